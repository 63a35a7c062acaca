"""Catalogue -> graphs/*.ttl and the JSON Schemas of the catalogue's files.

The same sources give the same bytes: triples are sorted, there are no blank nodes, and nothing
depends on time, place or hash order. Every file is replaced whole or not at all.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llm4cell.catalogue import read_catalogue
from llm4cell.errors import BuildError
from llm4cell.mappings import mapping_triples
from llm4cell.ontology import load_ontology
from llm4cell.schema import schemas
from llm4cell.triples import describe_catalogue
from llm4cell.vocabulary import DCTERMS, GRAPH, GRAPHS, ONTOLOGY, OWL, PREFIXES, RDF

if TYPE_CHECKING:
    from rdflib.term import Node

__all__ = ["Build", "build", "differences", "serialise", "write"]

_TITLES = {
    "models": "LLM4Cell: models",
    "datasets": "LLM4Cell: data resources",
    "sources": "LLM4Cell: publications and other sources",
    "claims": "LLM4Cell: claims about models, data resources and publications",
    "statements": "LLM4Cell: claims about families and tasks",
    "challenges": "LLM4Cell: open challenges",
    "errata": "LLM4Cell: errata of reviews",
    "mappings": "LLM4Cell: mappings to other vocabularies",
}
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_NOTICE = "# Built by 'llm4cell build' from {source}; change that, not this file.\n"
_TEMPORARY = ".tmp"
_DIFF_LINES = 40
# Beyond this, comparing line by line costs more than anyone would read.
_DIFF_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Build:
    """What a build makes: path below the root -> content, and how many triples and records."""

    root: Path
    files: dict[str, str]
    triples: int
    records: int


def build(root: Path) -> Build:
    """Make everything that is built, in memory; raises CatalogueError with all faults found."""
    ontology = load_ontology(root / "ontology" / "llm4cell.ttl")
    catalogue = read_catalogue(root, ontology)
    graphs: dict[str, set[tuple[Node, Node, Node]]] = {name: set() for name in GRAPHS}
    for name, triple in describe_catalogue(catalogue):
        graphs[name].add(triple)
    table = root / "ontology" / "mappings" / "llm4cell.sssom.tsv"
    graphs["mappings"].update(mapping_triples(table, ontology))
    files = {}
    for name in GRAPHS:
        graphs[name].update(_header(name))
        source = "ontology/mappings/" if name == "mappings" else "graphs/catalogue/"
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

    Terms are written by rdflib and laid out by pyoxigraph, ten times as fast as rdflib's own
    Turtle; its order of prefixes varies from run to run, so these are written here.
    """
    import pyoxigraph

    rdf_type = f"<{RDF.type}>"
    rows = sorted(
        (s.n3(), p.n3() != rdf_type, p.n3(), o.n3()) for s, p, o in triples
    )
    lines = "".join(f"{s} {p} {o} .\n" for s, _, p, o in rows)
    quads = pyoxigraph.parse(lines, format=pyoxigraph.RdfFormat.N_TRIPLES)
    body = pyoxigraph.serialize(
        (quad.triple for quad in quads), format=pyoxigraph.RdfFormat.TURTLE, prefixes=PREFIXES
    ).decode()
    blocks: list[str] = []
    for line in body.splitlines():
        if line.startswith("@prefix "):
            continue
        if not line.startswith("\t"):
            blocks.append("")
        blocks.append(line.replace("\t", "    ", 1) if line.startswith("\t") else line)
    used = "\n".join(blocks)
    head = [f"@prefix {p}: <{PREFIXES[p]}> ." for p in sorted(PREFIXES) if f"{p}:" in used]
    return "\n".join([*head, used, ""])


def _header(name: str) -> Iterator[tuple[Node, Node, Node]]:
    from rdflib import Literal, URIRef

    graph = URIRef(GRAPH + name)
    yield graph, URIRef(RDF.type), URIRef(OWL.Ontology)
    yield graph, URIRef(OWL.imports), URIRef(ONTOLOGY)
    yield graph, URIRef(DCTERMS.title), Literal(_TITLES[name])
    yield graph, URIRef(DCTERMS.license), URIRef(_LICENCE)


def _whole() -> Iterator[tuple[Node, Node, Node]]:
    from rdflib import Literal, URIRef

    graph = URIRef(GRAPH + "llm4cell")
    yield graph, URIRef(RDF.type), URIRef(OWL.Ontology)
    yield graph, URIRef(DCTERMS.title), Literal("LLM4Cell knowledge graph")
    yield graph, URIRef(DCTERMS.license), URIRef(_LICENCE)
    for target in (ONTOLOGY, *(GRAPH + name for name in GRAPHS)):
        yield graph, URIRef(OWL.imports), URIRef(target)


def _catalog() -> str:
    """Return the XML catalog by which Protégé and the OWL API find imports without a network."""
    targets = {ONTOLOGY: "../ontology/llm4cell.ttl"}
    targets |= {GRAPH + name: f"{name}.ttl" for name in ("llm4cell", *GRAPHS)}
    lines = [f'    <uri name="{iri}" uri="{path}"/>' for iri, path in targets.items()]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        '<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">',
        *lines,
        "</catalog>",
        "",
    ])


def differences(made: Build) -> list[str]:
    """Return what on disk differs from ``made``, as lines of a short unified diff."""
    lines: list[str] = []
    for path, content in made.files.items():
        file = made.root / path
        if not file.is_file():
            lines.append(f"{path}: missing")
            continue
        found = file.read_bytes().decode("utf-8", errors="replace")
        if found != content:
            lines += _difference(path, found.splitlines(), content.splitlines())
    known = {made.root / path for path in made.files}
    for file in sorted((made.root / "graphs").glob("*.ttl")):
        if file not in known:
            lines.append(f"{file.relative_to(made.root).as_posix()}: no build makes it; remove it")
    return lines


def _difference(path: str, found: list[str], made: list[str]) -> list[str]:
    start = 0
    while start < min(len(found), len(made)) and found[start] == made[start]:
        start += 1
    end = 0
    while end < min(len(found), len(made)) - start and found[-1 - end] == made[-1 - end]:
        end += 1
    old, new = found[start : len(found) - end], made[start : len(made) - end]
    if len(old) + len(new) > _DIFF_LIMIT:
        return [f"{path}: {len(old)} lines on disk stand where the build makes {len(new)}"]
    diff = list(difflib.unified_diff(old, new, f"{path} (on disk)", f"{path} (built)", "", "", 1, ""))
    if not diff:
        return [f"{path}: line ends differ"]
    shown = [line for line in diff if not line.startswith("@@")]
    if len(shown) > _DIFF_LINES:
        shown = [*shown[:_DIFF_LINES], f"... and {len(shown) - _DIFF_LINES} more lines"]
    return shown


def write(made: Build) -> list[str]:
    """Write the files that differ, each atomically; return their paths.

    All new content is on disk beside its target before the first file is replaced, so a full disk
    or a kill leaves every file whole. Raises BuildError where something cannot be written.
    """
    _sweep(made)
    pending: list[tuple[Path, Path]] = []
    step = "nothing was changed"
    try:
        for path, content in made.files.items():
            file = made.root / path
            data = content.encode()
            if file.is_file() and file.read_bytes() == data:
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_name(f".{file.name}{_TEMPORARY}")
            pending.append((temporary, file))
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        step = "some files are new, all are whole; run the build again"
        for temporary, file in pending:
            temporary.replace(file)
    except OSError as error:
        name = error.filename or made.root
        raise BuildError(f"{name}: cannot be written ({error.strerror}); {step}") from error
    finally:
        for temporary, _ in pending:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return [file.relative_to(made.root).as_posix() for _, file in pending]


def _sweep(made: Build) -> None:
    """Remove what a build that was killed left behind."""
    for folder in {(made.root / path).parent for path in made.files}:
        for leftover in folder.glob(f".*{_TEMPORARY}"):
            with contextlib.suppress(OSError):
                leftover.unlink()
