"""Catalogue -> graphs/*.ttl, the slims and the JSON Schemas of the catalogue's files.

The same sources give the same bytes: triples are sorted, there are no blank nodes, and nothing
depends on time, place or hash order. Every file is replaced whole or not at all.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import json
import os
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from llm4cell.catalogue import examine_catalogue
from llm4cell.errors import BuildError, CatalogueError, MissingExtraError
from llm4cell.files import TEMPORARY, beside, save
from llm4cell.mappings import mapping_triples
from llm4cell.ontology import load_ontology
from llm4cell.rules import accepted, derive, describe_rules, read_rules, rule_folder
from llm4cell.schema import schemas
from llm4cell.slims import (
    NCBITAXON_PREFIX,
    VOCABULARIES,
    guide_version,
    make_slims,
    parse_slims,
    read_slims,
    slim_file,
    used_terms,
)
from llm4cell.triples import describe_catalogue, find_clashes
from llm4cell.turtle import lay_out, order
from llm4cell.vocabulary import (
    DCTERMS,
    GRAPH,
    GRAPHS,
    IMPORTS,
    ONTOLOGY,
    OWL,
    RDF,
    SLIMS,
    compact,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyoxigraph
    from rdflib.term import Node

__all__ = ["Build", "build", "check", "differences", "serialise", "write"]

_TITLES = {
    "models": "LLM4Cell: models",
    "datasets": "LLM4Cell: data resources",
    "sources": "LLM4Cell: publications and other sources",
    "claims": "LLM4Cell: claims about models, data resources and publications",
    "statements": "LLM4Cell: claims about families and tasks",
    "challenges": "LLM4Cell: open challenges",
    "errata": "LLM4Cell: errata of reviews",
    "mappings": "LLM4Cell: mappings to other vocabularies",
    "rubrics": "LLM4Cell: rubrics and rules by which levels are given",
    "derived": "LLM4Cell: assessments that rules derive from accepted facts",
    "curation": "LLM4Cell: leads and fruitless searches, for curators",
}
# Graphs whose direct triples have outside terms for values.
_WITH_TERMS = ("models", "datasets")
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# What a graph is built from, where it is not graphs/catalogue/ alone.
_SOURCES = {
    "mappings": "ontology/mappings/",
    "rubrics": "graphs/catalogue/ and queries/rules/",
    "derived": "graphs/catalogue/ and queries/rules/",
}
_NOTICE = "# Built by 'llm4cell build' from {source}; change that, not this file.\n"
_DIFF_LINES = 40
# Beyond this, comparing line by line costs more than anyone would read.
_DIFF_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Build:
    """What a build makes: path below the root -> content, and how many triples and records."""

    root: Path
    files: dict[str, str]
    triples: int
    records: int


def build(root: Path, *, slims: bool = False) -> Build:
    """Make everything that is built, in memory; raises CatalogueError with all faults found.

    The slims only where asked for, since they need ``cellxgene-ontology-guide``; without it
    MissingExtraError is raised then. Else the catalogue is checked against those on disk.
    """
    ontology = load_ontology(root / "ontology" / "llm4cell.ttl")
    files = make_slims(root) if slims else {}
    terms = parse_slims(files) if slims else read_slims(root)
    catalogue, problems = examine_catalogue(root, ontology, terms)
    problems += find_clashes(catalogue)
    if problems:
        raise CatalogueError(problems)
    if slims:
        # Nothing else of a build needs what links cell labels.
        from llm4cell.cells.index import FILE, make

        files[f"ontology/{FILE}"] = make()
    graphs: dict[str, set[tuple[Node, Node, Node]]] = {name: set() for name in GRAPHS}
    for name, triple in describe_catalogue(catalogue):
        graphs[name].add(triple)
    table = root / "ontology" / "mappings" / "llm4cell.sssom.tsv"
    graphs["mappings"].update(mapping_triples(table, ontology))
    rules = read_rules(rule_folder(root), catalogue, ontology)
    graphs["rubrics"].update(describe_rules(rules))
    facts = (*ontology.graph, *graphs["models"], *graphs["datasets"], *accepted(graphs["claims"]))
    graphs["derived"].update(derive(rules, facts))
    for name in GRAPHS:
        graphs[name].update(_header(name))
        source = _SOURCES.get(name, "graphs/catalogue/")
        files[f"graphs/{name}.ttl"] = _NOTICE.format(source=source) + serialise(graphs[name])
    files["graphs/llm4cell.ttl"] = _NOTICE.format(source="graphs/catalogue/") + serialise(_whole())
    files["graphs/catalog-v001.xml"] = _catalog()
    for name, schema in schemas(ontology).items():
        text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        files[f"graphs/catalogue/schema/{name}.json"] = text
    count = sum(map(len, graphs.values()))
    return Build(root, files, count, len(catalogue.records))


def serialise(triples: Iterable[tuple[Node, Node, Node]]) -> str:
    """Return ``triples`` as Turtle: sorted, types first, a blank line between subjects.

    Raises BuildError for what RDF cannot hold: an IRI with a space, a lone surrogate.
    """
    import pyoxigraph

    try:
        made = [pyoxigraph.Triple(pyoxigraph.NamedNode(str(s)), pyoxigraph.NamedNode(str(p)),
                                  _convert(o)) for s, p, o in triples]
    except ValueError as error:
        raise BuildError(f"a term cannot be written as RDF: {error}") from error
    return lay_out(sorted(made, key=order))


def _convert(term: Node) -> pyoxigraph.NamedNode | pyoxigraph.Literal:
    import pyoxigraph
    from rdflib import Literal

    if not isinstance(term, Literal):
        return pyoxigraph.NamedNode(str(term))
    if term.datatype is None:
        return pyoxigraph.Literal(term, language=term.language)
    return pyoxigraph.Literal(term, datatype=pyoxigraph.NamedNode(term.datatype))


def _header(name: str) -> Iterator[tuple[Node, Node, Node]]:
    from rdflib import Literal, URIRef

    graph = URIRef(GRAPH + name)
    yield graph, URIRef(RDF.type), URIRef(OWL.Ontology)
    for target in (ONTOLOGY, *(_slims() if name in _WITH_TERMS else ())):
        yield graph, URIRef(OWL.imports), URIRef(target)
    yield graph, URIRef(DCTERMS.title), Literal(_TITLES[name])
    yield graph, URIRef(DCTERMS.license), URIRef(_LICENCE)


def _slims() -> list[str]:
    return [IMPORTS + name for name in SLIMS]


def _whole() -> Iterator[tuple[Node, Node, Node]]:
    from rdflib import Literal, URIRef

    graph = URIRef(GRAPH + "llm4cell")
    yield graph, URIRef(RDF.type), URIRef(OWL.Ontology)
    yield graph, URIRef(DCTERMS.title), Literal("LLM4Cell knowledge graph")
    yield graph, URIRef(DCTERMS.license), URIRef(_LICENCE)
    for target in (ONTOLOGY, *_slims(), *(GRAPH + name for name in GRAPHS)):
        yield graph, URIRef(OWL.imports), URIRef(target)


def _catalog() -> str:
    """Return the XML catalog by which Protégé and the OWL API find imports without a network."""
    targets = {ONTOLOGY: "../ontology/llm4cell.ttl"}
    targets |= {IMPORTS + name: f"../ontology/imports/{name}.ttl" for name in SLIMS}
    targets |= {GRAPH + name: f"{name}.ttl" for name in ("llm4cell", *GRAPHS)}
    lines = [f'    <uri name="{iri}" uri="{path}"/>' for iri, path in targets.items()]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        '<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">',
        *lines,
        "</catalog>",
        "",
    ])


def check(root: Path) -> tuple[Build, list[str]]:
    """Return a build of ``root`` and all that is stale on disk, slims included.

    These are made anew where the installed guide has the releases that they were made from. Where
    it has others or is not installed, they are looked through: each term in use is there, and no
    other but those above them. Raises CatalogueError.
    """
    found = read_slims(root)
    try:
        whole = all(guide_version(v.prefix) == found.versions.get(v.name)
                    for v in VOCABULARIES.values() if v.prefix != NCBITAXON_PREFIX)
    except MissingExtraError:
        whole = False
    made = build(root, slims=whole)
    lines = differences(made)
    if not whole:
        used = used_terms(root)
        parts = [(iri, "is missing") for iri in used - found.labels.keys()]
        parts += [(iri, "is not in use") for iri in found.unused(used)]
        for iri, fault in sorted(parts):
            vocabulary = next(v for v in VOCABULARIES.values() if iri.startswith(v.space.base))
            lines.append(f"{slim_file(vocabulary)}: {compact(iri)} {fault}; "
                         "run: llm4cell build --slims")
    return made, lines


def differences(made: Build) -> list[str]:
    """Return what on disk differs from ``made``, as lines of a short diff, subject by subject."""
    lines: list[str] = []
    for path, content in made.files.items():
        file = made.root / path
        if not file.is_file():
            lines.append(f"{path}: missing")
            continue
        found = file.read_bytes().decode("utf-8", errors="replace")
        if found != content:
            lines += _difference(path, found, content)
    known = {made.root / path for path in (*made.files, *map(slim_file, VOCABULARIES.values()))}
    for folder, pattern in (("graphs", "*.ttl"), ("graphs/catalogue/schema", "*.json"),
                            ("ontology/imports", "*.ttl")):
        lines += [f"{file.relative_to(made.root).as_posix()}: no build makes it; remove it"
                  for file in sorted((made.root / folder).glob(pattern)) if file not in known]
    return lines


def _difference(path: str, found: str, made: str) -> list[str]:
    old, new = _blocks(found), _blocks(made)
    changed = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    if not changed:
        return [f"{path}: line ends or the order of its parts differ"]
    lines = [f"--- {path} (on disk)", f"+++ {path} (built)"]
    for count, key in enumerate(changed):
        if len(lines) > _DIFF_LINES:
            return [*lines, f"... and {len(changed) - count} more parts of the file"]
        lines += _changes(old.get(key, []), new.get(key, []))
    return lines


def _blocks(text: str) -> dict[str, list[str]]:
    """Return the parts of a file that blank lines set apart, by the first word of each."""
    blocks: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if lines:
            blocks.setdefault(lines[0].split(" ", 1)[0], []).extend(lines)
    return blocks


def _changes(old: list[str], new: list[str]) -> list[str]:
    heading = [f" {new[0]}"] if old and new and old[0] == new[0] else []
    shared = _shared(old, new)
    old, new = old[shared:], new[shared:]
    shared = _shared(old[::-1], new[::-1])
    old, new = old[: len(old) - shared], new[: len(new) - shared]
    if len(old) + len(new) > _DIFF_LIMIT:
        return [*heading, f"... {len(old)} lines on disk, {len(new)} built"]
    diff = [line for line in difflib.unified_diff(old, new, n=0, lineterm="")
            if not line.startswith(("--- ", "+++ ", "@@"))]
    if len(diff) > _DIFF_LINES:
        diff = [*diff[:_DIFF_LINES], f"... and {len(diff) - _DIFF_LINES} more lines"]
    return heading + diff


def _shared(old: list[str], new: list[str]) -> int:
    """Return how many lines ``old`` and ``new`` begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def write(made: Build) -> list[str]:
    """Write the files that differ, each atomically; return their paths.

    All new content is on disk beside its target before the first file is replaced, so a full disk
    or a kill leaves every file whole. Raises BuildError where something cannot be written.
    """
    pending: list[tuple[Path, Path]] = []
    step = "nothing was changed"
    file = made.root
    try:
        for path, content in made.files.items():
            file = made.root / path
            _sweep(file)
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            data = content.encode()
            if file.is_file() and file.read_bytes() == data:
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = beside(file)
            pending.append((temporary, file))
            save(temporary, data)
        for temporary, file in pending:
            temporary.replace(file)
            step = "some files are new, all are whole; run the build again"
    except OSError as error:
        raise BuildError(f"{file}: cannot be written ({error.strerror}); {step}") from error
    finally:
        for temporary, _ in pending:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return [file.relative_to(made.root).as_posix() for _, file in pending]


def _sweep(file: Path) -> None:
    """Remove what a build that was killed left beside ``file``."""
    for leftover in file.parent.glob(f".{file.name}*{TEMPORARY}"):
        with contextlib.suppress(OSError):
            leftover.unlink()
