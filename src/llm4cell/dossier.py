"""Everything that the graph says of one resource, as every face shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.store import Store, Term, select_labels
from llm4cell.vocabulary import FAIR4ML, L4C, ONTOLOGY, OWL, PUBLICATION, RDFS, compact, prologue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ClaimRow", "Dossier", "describe"]

_PREFIXES = prologue("dcterms", "l4c", "owl", "rdfs")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim as a face shows it: labels and text, but IRIs in ``iri`` and ``source``.

    ``words`` marks a source's own words where a term or record belongs: no fact follows from them.
    """

    iri: str
    about: str
    property: str
    value: str
    verdict: str
    polarity: str
    kind: str
    source: str
    source_label: str
    locator: str
    identifier: str
    statement: str
    reason: str
    corrected_by: str
    retrieved: str
    words: bool
    level: str = ""
    judge: str = ""
    explanation: str = ""
    errata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """A resource with its own triples (label -> values) and every claim about or behind it."""

    iri: str
    label: str
    types: tuple[str, ...]
    triples: tuple[tuple[str, str], ...]
    claims: tuple[ClaimRow, ...]
    supporters: tuple[ClaimRow, ...] = ()


_CLAIM = """
    ?claim l4c:about ?about ; l4c:verdict ?verdict ; l4c:polarity ?polarity ;
        l4c:sourceKind ?kind ; dcterms:source ?source ; l4c:locator ?locator .
    OPTIONAL {
        ?claim l4c:property ?property
        OPTIONAL { ?property a ?kindOfProperty FILTER(?kindOfProperty = owl:ObjectProperty) }
    }
    OPTIONAL { ?claim l4c:value ?value }
    OPTIONAL { ?claim l4c:dimension ?dimension }
    OPTIONAL { ?claim l4c:statement ?statement }
    OPTIONAL { ?claim l4c:printed ?printed }
    OPTIONAL { ?claim l4c:reason ?reason }
    OPTIONAL { ?claim l4c:correctedBy/l4c:value ?right }
    OPTIONAL { ?claim l4c:retrieved ?retrieved }
    OPTIONAL { ?claim dcterms:identifier ?identifier }
    OPTIONAL { ?claim l4c:level ?level ; l4c:judge ?judge }
    OPTIONAL { ?claim l4c:explanation ?explanation }
"""
_COLUMNS = ("claim", "about", "property", "value", "dimension", "verdict", "polarity", "kind",
            "source", "locator", "statement", "printed", "reason", "right", "retrieved",
            "identifier", "kindOfProperty", "level", "judge", "explanation")


_ORDER = (L4C.family, L4C.supportsTask, L4C.modality, L4C.servesTask, L4C.cellCount, L4C.organism,
          L4C.tissue, L4C.architecture, L4C.learningObjective, L4C.grounding, L4C.isAgentic,
          L4C.agentCapability, FAIR4ML.trainedOn, FAIR4ML.evaluatedOn, L4C.usesDataset)
# Terms of RDFS and OWL, which the graph does not label.
_BUILT_IN = {RDFS.subClassOf: "kind of", RDFS.subPropertyOf: "kind of", RDFS.domain: "domain",
             RDFS.range: "range", OWL.Class: "class", OWL.inverseOf: "inverse of"}


def _claims(store: Store, pattern: str) -> list[dict[str, Term | None]]:
    columns = " ".join(f"?{name}" for name in _COLUMNS)
    table = store.select(f"{_PREFIXES}SELECT DISTINCT {columns} WHERE {{ {pattern} . {_CLAIM} }} "
                         "ORDER BY ?property ?value ?dimension ?verdict ?locator ?claim")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table]
    return sorted(rows, key=_rank)


def _rank(row: Mapping[str, Term | None]) -> int:
    """Order properties as a reader asks for them; dimensions last."""
    term = row["property"]
    if term is None:
        return len(_ORDER) + 1
    return _ORDER.index(term.value) if term.value in _ORDER else len(_ORDER)


def describe(store: Store, iri: str) -> Dossier:
    """Return all that the graph says of ``iri``: own triples, claims, and claims that use it."""
    own = store.select(
        f"{_PREFIXES}SELECT ?p ?o WHERE {{ <{iri}> ?p ?o FILTER(!isBlank(?o)) }} ORDER BY ?p ?o"
    )
    claims = _claims(store, f"?claim l4c:about <{iri}>")
    supporters: list[dict[str, Term | None]] = []
    if iri.startswith(ONTOLOGY):
        supporters = _claims(store, f"?claim l4c:value|l4c:dimension ?term . "
                                    f"?term rdfs:subClassOf* <{iri}>")
    errata = _errata(store, iri)
    terms = [term for row in own for term in row]
    terms += [term for row in (*claims, *supporters) for term in row.values()]
    iris = {term.value for term in terms if term and term.kind == "uri"}
    labels = select_labels(store, sorted(iris | {iri}))

    def name(term: Term | None) -> str:
        if term is None:
            return ""
        if term.kind != "uri":
            return term.value
        return labels.get(term.value) or _BUILT_IN.get(term.value) or compact(term.value)

    parts = store.select(f"{_PREFIXES}SELECT ?v WHERE {{ ?v l4c:variantOf <{iri}> }} ORDER BY ?v")
    variants = [("variant", compact(v.value)) for (v,) in parts if v]
    types = tuple(name(o) for p, o in own if p and o and p.value.endswith("#type"))
    triples = [(name(p), _reference(o, name)) for p, o in own
               if p and o and not p.value.endswith(("#type", "#label", "#isDefinedBy"))]
    return Dossier(
        iri=iri,
        label=labels.get(iri, compact(iri)),
        types=types,
        triples=(*triples, *variants),
        claims=tuple(_row(row, name, errata) for row in claims),
        supporters=tuple(_row(row, name, {}) for row in supporters),
    )


def _errata(store: Store, iri: str) -> dict[str, list[str]]:
    """Return claim about ``iri`` -> the numbers of the errata that concern it, in order."""
    table = store.select(f"{_PREFIXES}SELECT ?claim ?number WHERE {{ ?claim l4c:about <{iri}> . "
                         "?erratum l4c:concerns ?claim ; dcterms:identifier ?number }")
    found: dict[str, list[str]] = {}
    for claim, number in table:
        if claim and number:
            found.setdefault(claim.value, []).append(number.value)
    return {claim: sorted(numbers, key=int) for claim, numbers in found.items()}


def _reference(term: Term, name: Callable[[Term | None], str]) -> str:
    """Return a value's label, with the CURIE by which a publication can be shown in turn."""
    if term.value.startswith(PUBLICATION.base):
        return f"{name(term)} ({compact(term.value)})"
    return name(term)


def _row(row: Mapping[str, Term | None], name: Callable[[Term | None], str],
         errata: Mapping[str, list[str]]) -> ClaimRow:
    dimension = row["dimension"]
    claim, source = row["claim"], row["source"]
    return ClaimRow(
        iri=claim.value if claim else "",
        about=name(row["about"]),
        property="dimension" if dimension else name(row["property"]),
        value=name(dimension or row["value"]),
        verdict=name(row["verdict"]),
        polarity=name(row["polarity"]),
        kind=name(row["kind"]),
        source=source.value if source else "",
        source_label=name(source),
        locator=name(row["locator"]),
        identifier=name(row["identifier"]),
        statement=name(row["statement"] or row["printed"]),
        reason=name(row["reason"]),
        corrected_by=name(row["right"]),
        retrieved=name(row["retrieved"]),
        words=bool(row["kindOfProperty"] and row["value"] and row["value"].kind == "literal"),
        level=name(row["level"]),
        judge=name(row["judge"]),
        explanation=name(row["explanation"]),
        errata=tuple(errata.get(claim.value, ())) if claim else (),
    )
