"""The slims: of each outside vocabulary the terms in use, with all terms above them.

Their content comes from the releases in ``cellxgene-ontology-guide``: label and place in the
hierarchy, nothing more. Taxa alone come from ``ontology/mappings/targets.tsv``, without what is
above them, since that package takes 19 s and 3.2 GB to read its NCBITaxon.
"""

from __future__ import annotations

import csv
import importlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llm4cell.documents import Items, Pairs, Text, read_document
from llm4cell.errors import MissingExtraError, OntologyError
from llm4cell.mappings import read_mappings
from llm4cell.turtle import lay_out, order
from llm4cell.vocabulary import (
    CL,
    DCTERMS,
    EFO,
    IMPORTS,
    MONDO,
    NCBITAXON,
    OBO,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SLIMS,
    UBERON,
    Namespace,
    compact,
    expand,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pyoxigraph

    from llm4cell.documents import Node

__all__ = [
    "VOCABULARIES",
    "IdentifierUse",
    "Slims",
    "Target",
    "Vocabulary",
    "catalogue_uses",
    "direct",
    "guide_version",
    "make_slims",
    "parse_slims",
    "phrase_uses",
    "read_guide",
    "read_slims",
    "read_targets",
    "slim_file",
    "used_terms",
    "vocabulary_of",
]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """An outside vocabulary: how its ids are spelt, what its slim says of where it comes from.

    ``release`` is the version IRI that it publishes, with a hole for the version.
    """

    name: str
    prefix: str
    space: Namespace
    pattern: str
    source: str
    release: str
    title: str
    license: str
    rights: str
    citation: str
    relation: str = RDFS.subClassOf

    def spells(self, curie: str) -> bool:
        """Say whether ``curie`` has the form of this vocabulary's ids."""
        return re.fullmatch(f"{self.prefix}:{self.pattern}", curie) is not None


_CC_BY_3 = "http://creativecommons.org/licenses/by/3.0/"
_CC_BY_4 = "http://creativecommons.org/licenses/by/4.0/"

# Licences and citations as the OBO Foundry's registry has them, EFO's as its own header does
# (dc:rights; https://github.com/EBISPOT/efo/issues/2018).
VOCABULARIES: dict[str, Vocabulary] = {vocabulary.name: vocabulary for vocabulary in (
    Vocabulary(
        "cl", "CL", CL, "[0-9]{7}", OBO + "cl.owl", OBO + "cl/releases/{}/cl.owl",
        "Cell Ontology", _CC_BY_4,
        "Labels and hierarchy of the Cell Ontology, by the Cell Ontology developers; "
        "Creative Commons Attribution 4.0 International",
        "Diehl et al.: The Cell Ontology 2016: enhanced content, modularization, and ontology "
        "interoperability. https://doi.org/10.1186/s13326-016-0088-7",
    ),
    Vocabulary(
        "efo", "EFO", EFO, "[0-9]{7}", "http://www.ebi.ac.uk/efo/efo.owl",
        "http://www.ebi.ac.uk/efo/releases/v{}/efo.owl",
        "Experimental Factor Ontology", "http://www.apache.org/licenses/LICENSE-2.0",
        "Labels and hierarchy of the Experimental Factor Ontology, copyright EMBL-European "
        "Bioinformatics Institute; Apache License, Version 2.0",
        "Malone et al.: Modeling sample variables with an Experimental Factor Ontology (2010). "
        "https://doi.org/10.1093/bioinformatics/btq099",
    ),
    Vocabulary(
        "mondo", "MONDO", MONDO, "[0-9]{7}", OBO + "mondo.owl", OBO + "mondo/releases/{}/mondo.owl",
        "Mondo Disease Ontology", _CC_BY_4,
        "Labels and hierarchy of the Mondo Disease Ontology, by the Monarch Initiative; "
        "Creative Commons Attribution 4.0 International",
        "Vasilevsky et al.: Mondo: Unifying diseases for the world, by the world. "
        "https://doi.org/10.1101/2022.04.13.22273750",
    ),
    Vocabulary(
        "ncbitaxon", "NCBITaxon", NCBITAXON, "[1-9][0-9]*", OBO + "ncbitaxon.owl",
        OBO + "ncbitaxon/{}/ncbitaxon.owl",
        "NCBI organismal classification", "https://creativecommons.org/publicdomain/zero/1.0/",
        "Names of the NCBI Taxonomy in the rendering of the OBO Foundry; CC0 1.0",
        "Federhen: The NCBI Taxonomy database (2012). https://doi.org/10.1093/nar/gkr1178",
        relation="",
    ),
    Vocabulary(
        "uberon", "UBERON", UBERON, "[0-9]{7}", OBO + "uberon.owl",
        OBO + "uberon/releases/{}/uberon.owl",
        "Uberon multi-species anatomy ontology", _CC_BY_3,
        "Labels and hierarchy of Uberon, by the Uberon developers; Creative Commons Attribution "
        "3.0 Unported",
        "Mungall et al.: Uberon, an integrative multi-species anatomy ontology (2012). "
        "https://doi.org/10.1186/gb-2012-13-1-r5",
        relation=SKOS.broader,
    ),
)}
assert tuple(VOCABULARIES) == SLIMS  # what is made is what is loaded

# The guide's hierarchy does not say which links are part-of. In CL (2026-03-26) these three are,
# and those that lead through another vocabulary (a nucleus is part of a cell, by way of GO); all
# others are is-a. In UBERON both kinds are mixed throughout, whence its skos:broader.
_PART_OF = frozenset({
    ("CL:0002453", "CL:0000125"),
    ("CL:4052024", "CL:0008046"),
    ("CL:4052025", "CL:0008046"),
})
NCBITAXON_PREFIX = VOCABULARIES["ncbitaxon"].prefix
_TARGET_COLUMNS = ("iri", "label", "vocabulary", "version", "checked_in", "note")
_NOTICE = "# Built by 'llm4cell build --slims' from {source}; change no line here.\n"


@dataclass(frozen=True, slots=True)
class IdentifierUse:
    """One use of an outside term: the file, its line (0 where not known), the IRI, and the label
    that the file gives to it, if any."""

    path: Path
    line: int
    iri: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What an outside vocabulary says of a term: label, whether obsolete, and its replacement."""

    label: str
    obsolete: bool = False
    replacement: str = ""
    version: str = ""


def vocabulary_of(iri: str) -> Vocabulary | None:
    """Return the vocabulary of a term's IRI, if it is one that has a slim.

    >>> vocabulary_of("http://purl.obolibrary.org/obo/CL_0000084").title
    'Cell Ontology'
    """
    return next((v for v in VOCABULARIES.values()
                 if iri.startswith(v.space.base) and v.spells(compact(iri))), None)


def slim_file(vocabulary: Vocabulary) -> str:
    """Return the path of a vocabulary's slim below the root."""
    return f"ontology/imports/{vocabulary.name}.ttl"


# What is there


@dataclass(slots=True)
class Slims:
    """The slims as they stand: the label of each term, those above it, and each slim's version."""

    labels: dict[str, str] = field(default_factory=dict)
    parents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    versions: dict[str, str] = field(default_factory=dict)

    def named(self, label: str, vocabularies: Iterable[Vocabulary]) -> list[str]:
        """Return the terms of ``vocabularies`` that have exactly this label."""
        spaces = tuple(v.space.base for v in vocabularies)
        return sorted(iri for iri, name in self.labels.items()
                      if name == label and iri.startswith(spaces))

    def unused(self, used: Iterable[str]) -> list[str]:
        """Return the terms that nothing uses and that are above nothing in use."""
        needed: set[str] = set()
        waiting = set(used)
        while waiting:
            needed |= waiting
            waiting = {above for iri in waiting for above in self.parents.get(iri, ())} - needed
        return sorted(self.labels.keys() - needed)


def read_slims(root: Path) -> Slims:
    """Read ontology/imports/ below ``root``; a slim that is missing has no terms.

    Raises OntologyError where a file is no Turtle.
    """
    texts = {}
    for vocabulary in VOCABULARIES.values():
        path = root / slim_file(vocabulary)
        try:
            texts[slim_file(vocabulary)] = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OntologyError(f"{path}: cannot be read ({error.strerror})") from error
    return parse_slims(texts)


def parse_slims(texts: Mapping[str, str | bytes]) -> Slims:
    """Return what slims say, given as path -> Turtle."""
    from pyoxigraph import Literal, NamedNode, RdfFormat, parse

    slims = Slims()
    for path, text in texts.items():
        try:
            for quad in parse(text, format=RdfFormat.TURTLE):
                subject, predicate, value = quad.subject, quad.predicate.value, quad.object
                if not isinstance(subject, NamedNode):
                    continue
                if isinstance(value, Literal):
                    if predicate == RDFS.label and vocabulary_of(subject.value):
                        slims.labels[subject.value] = value.value
                    elif predicate == OWL.versionInfo:
                        slims.versions[subject.value.removeprefix(str(IMPORTS))] = value.value
                elif isinstance(value, NamedNode) and predicate in (RDFS.subClassOf, SKOS.broader):
                    slims.parents[subject.value].add(value.value)
        except (SyntaxError, ValueError) as error:
            raise OntologyError(f"{path}: not Turtle ({error}); run: llm4cell build --slims"
                                ) from error
    return slims


# What is used


def used_terms(root: Path) -> set[str]:
    """Return the terms in use below ``root``: catalogue, mapping table and phrases."""
    mappings = root / "ontology" / "mappings"
    uses = {use.iri for use in (*catalogue_uses(root), *phrase_uses(mappings / "phrases.tsv"))}
    uses |= {row.object for row in read_mappings(mappings / "llm4cell.sssom.tsv")}
    return {iri for iri in uses if vocabulary_of(iri)}


def catalogue_uses(root: Path) -> list[IdentifierUse]:
    """Return every well-formed ``id:`` of a fact in graphs/catalogue, with the label beside it.

    Files are taken as they are: their faults are for the build to name.
    """
    uses: list[IdentifierUse] = []
    folder = root / "graphs" / "catalogue"
    for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
        if not path.is_symlink():
            node = read_document(path, path.name, [])
            if node is not None:
                uses += _fact_uses(path, node)
    return uses


def _fact_uses(path: Path, node: Node) -> Iterator[IdentifierUse]:
    if isinstance(node, Items):
        for item in node.items:
            yield from _fact_uses(path, item)
    if isinstance(node, Pairs):
        identifier, value = node.nodes.get("id"), node.nodes.get("value")
        if "evidence" in node.nodes and isinstance(identifier, Text):
            iri = expand(identifier.text.strip())
            if iri and vocabulary_of(iri):
                label = value.text.strip() if isinstance(value, Text) else None
                yield IdentifierUse(path, identifier.line, iri, label)
        for inner in node.nodes.values():
            yield from _fact_uses(path, inner)


def phrase_uses(path: Path) -> list[IdentifierUse]:
    """Return the outside terms that phrases.tsv maps to; none where there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    uses = []
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        for term in cells[2].split("|") if len(cells) > 2 else ():
            iri = expand(term.strip())
            if iri and vocabulary_of(iri):
                uses.append(IdentifierUse(path, number, iri))
    return uses


def read_targets(path: Path) -> dict[str, Target]:
    """Return IRI -> what was found of it, from the list of terms checked by hand.

    Raises OntologyError naming file, line and fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if tuple(rows.fieldnames or ()) != _TARGET_COLUMNS:
        raise OntologyError(f"{path}:1: columns are not {', '.join(_TARGET_COLUMNS)}")
    targets: dict[str, Target] = {}
    for row in rows:
        if None in row.values() or None in row:
            raise OntologyError(f"{path}:{rows.line_num}: not {len(_TARGET_COLUMNS)} columns")
        for column in _TARGET_COLUMNS[:-1]:
            if not row[column].strip():
                raise OntologyError(f"{path}:{rows.line_num}: no {column}")
        if row["iri"] in targets:
            raise OntologyError(f"{path}:{rows.line_num}: <{row['iri']}> is listed twice")
        targets[row["iri"]] = Target(row["label"], version=row["version"])
    return targets


# The guide


def read_guide(prefix: str) -> dict[str, Target]:
    """Return IRI -> term of CL, EFO, MONDO or UBERON in the release that the guide ships.

    Raises MissingExtraError where the package is not installed.
    """
    return {
        _iri(curie): Target(term["label"], bool(term.get("deprecated")),
                            _iri(term.get("replaced_by") or ""))
        for curie, term in _guide(prefix, "llm4cell check").items()
    }


def _guide(prefix: str, command: str) -> dict[str, Any]:
    """Return the guide's terms by CURIE; MissingExtraError names ``command``."""
    assert prefix != NCBITAXON_PREFIX  # 19 s and 3.2 GB
    terms: dict[str, Any] = _schema(command).ontology(prefix)
    return terms


def guide_version(prefix: str, command: str = "llm4cell check") -> str:
    """Return the version, such as 2026-03-26, of a vocabulary in the installed guide."""
    version: str = _schema(command).supported_ontologies[prefix]["version"]
    return version.removeprefix("v")


def _schema(command: str) -> Any:
    try:
        versions: Any = importlib.import_module("cellxgene_ontology_guide.supported_versions")
    except ModuleNotFoundError as error:
        raise MissingExtraError(command, "cellxgene-ontology-guide", "check") from error
    return versions.CXGSchema()


def _iri(curie: str) -> str:
    """Return a term's IRI; the guide also names terms of vocabularies that have no slim here."""
    prefix, colon, number = curie.partition(":")
    return expand(curie) or (OBO + f"{prefix}_{number}" if colon else curie)


# Making


def make_slims(root: Path) -> dict[str, str]:
    """Return path -> Turtle of each slim, for the terms in use below ``root``.

    A term that does not exist or is obsolete is in none of them: its use is a fault.
    Raises MissingExtraError where the guide is not installed.
    """
    command = "llm4cell build --slims"
    used = used_terms(root)
    files = {}
    for vocabulary in VOCABULARIES.values():
        mine = sorted(iri for iri in used if vocabulary_of(iri) is vocabulary)
        if vocabulary.prefix == NCBITAXON_PREFIX:
            listed = read_targets(root / "ontology" / "mappings" / "targets.tsv")
            labels = {iri: listed[iri].label for iri in mine if iri in listed}
            # Terms that were read elsewhere have no date for a version.
            version = max((listed[iri].version for iri in labels
                           if listed[iri].version[0].isdigit()), default="")
            source, edges = "ontology/mappings/targets.tsv", set[tuple[str, str, str]]()
        else:
            terms = _guide(vocabulary.prefix, command) if mine else {}
            kept = {curie for curie in map(compact, mine)
                    if curie in terms and not terms[curie].get("deprecated")}
            kept |= {above for curie in kept for above in terms[curie]["ancestors"]}
            labels = {_iri(curie): terms[curie]["label"] for curie in kept}
            edges = {(_iri(curie), _relation(vocabulary, curie, above, terms), _iri(above))
                     for curie in kept for above in direct(curie, terms)}
            version = guide_version(vocabulary.prefix, command)
            source = "cellxgene-ontology-guide"
        triples = sorted(_describe(vocabulary, version, labels, edges), key=order)
        files[slim_file(vocabulary)] = _NOTICE.format(source=source) + lay_out(triples)
    return files


def direct(curie: str, terms: Mapping[str, Any]) -> set[str]:
    """Return the nearest terms above ``curie``, through which all others above it are reached.

    These are the ones at distance 1, and where the way up leads through another vocabulary, which
    the guide leaves out (EFO's through OBI and others), the nearest behind it.
    """
    left: dict[str, int] = dict(terms[curie]["ancestors"])
    found = {above for above, far in left.items() if far == 1}
    for above in found:
        for further in (above, *terms[above]["ancestors"]):
            left.pop(further, None)
    while left:
        above = min(left, key=lambda name: (left[name], name))
        found.add(above)
        for further in (above, *terms[above]["ancestors"]):
            left.pop(further, None)
    return found


def _relation(vocabulary: Vocabulary, curie: str, above: str, terms: Mapping[str, Any]) -> str:
    """Return the property for a link of :func:`direct`."""
    far: int = terms[curie]["ancestors"][above]
    if vocabulary.prefix == "CL" and (far > 1 or (curie, above) in _PART_OF):
        return SKOS.broader
    return vocabulary.relation


def _describe(vocabulary: Vocabulary, version: str, labels: Mapping[str, str],
              edges: Iterable[tuple[str, str, str]]) -> Iterator[pyoxigraph.Triple]:
    from pyoxigraph import Literal, NamedNode, Triple

    def link(subject: str, predicate: str, value: str) -> Triple:
        return Triple(NamedNode(subject), NamedNode(predicate), NamedNode(value))

    def text(subject: str, predicate: str, value: str) -> Triple:
        return Triple(NamedNode(subject), NamedNode(predicate), Literal(value))

    slim = IMPORTS + vocabulary.name
    release = vocabulary.release.format(version) if version else vocabulary.source
    yield link(slim, RDF.type, OWL.Ontology)
    yield text(slim, DCTERMS.title, f"{vocabulary.title}: the terms that LLM4Cell uses")
    yield text(slim, DCTERMS.description, _PARTS[vocabulary.relation])
    yield link(slim, DCTERMS.license, vocabulary.license)
    yield text(slim, DCTERMS.rights, vocabulary.rights)
    yield text(slim, DCTERMS.bibliographicCitation, vocabulary.citation)
    yield link(slim, DCTERMS.source, release)
    yield link(slim, PROV.wasDerivedFrom, release)
    if version:
        yield text(slim, OWL.versionInfo, version)
    for iri, label in labels.items():
        yield link(iri, RDF.type, OWL.Class)
        yield text(iri, RDFS.label, label)
    for edge in edges:
        yield link(*edge)
    # Declared here too, so that each slim can be opened alone.
    for name in _ANNOTATIONS:
        yield link(name, RDF.type, OWL.AnnotationProperty)


_ANNOTATIONS = (SKOS.broader, DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.rights,
                DCTERMS.bibliographicCitation, DCTERMS.source, PROV.wasDerivedFrom)
_PARTS = {
    RDFS.subClassOf: "The terms in use and all above them, with their labels and is-a links; a "
                     "link of another kind, such as part-of, is skos:broader. No definitions.",
    SKOS.broader: "The terms in use and all above them, with their labels; skos:broader stands "
                  "for is-a and part-of alike. No definitions.",
    "": "The taxa in use with their names, without those above them. ontology/mappings/targets.tsv "
        "says where each was read.",
}
