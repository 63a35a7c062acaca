"""What users type -> the resource they mean, and everything the graph says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.errors import ParameterError
from llm4cell.store import Store, Term, select_labels
from llm4cell.vocabulary import BASE, ONTOLOGY, OWL, RDFS, compact, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ClaimRow", "Dossier", "Scope", "describe", "find_entity", "find_term"]

_PREFIXES = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX l4c: <https://w3id.org/llm4cell/ontology/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look for a name: terms at or below a class, or instances of a class.

    With neither, every term of the ontology.
    """

    below: str = ""
    of: str = ""


def fold(text: str) -> str:
    """Return a name as it is compared: case and spacing do not matter."""
    return " ".join(text.casefold().split())


def find_term(store: Store, text: str, scope: Scope, *, what: str) -> str:
    """Return the IRI within ``scope`` that ``text`` names: IRI, CURIE, slug, label or synonym.

    Raises ParameterError with the nearest names where nothing is meant by it.
    """
    names = _names(store, scope)
    iris = set(names.values())
    for candidate in (text, expand(text)):
        if candidate in iris:
            return str(candidate)
    found = names.get(fold(text))
    if found:
        return found
    raise ParameterError(f"{what}={text}: {_nearest(text, names)}")


def _names(store: Store, scope: Scope) -> dict[str, str]:
    """Return folded label, synonym or slug -> IRI."""
    if scope.below:
        pattern = f"?s rdfs:subClassOf* <{scope.below}> ."
    elif scope.of:
        pattern = f"?s rdf:type/rdfs:subClassOf* <{scope.of}> ."
    else:
        pattern = f"?s rdfs:isDefinedBy <{ONTOLOGY}> ."
    table = store.select(
        f"{_PREFIXES}SELECT DISTINCT ?s ?label ?synonym WHERE {{ {pattern} "
        "?s rdfs:label ?label . OPTIONAL { ?s skos:altLabel ?synonym } } ORDER BY ?s ?synonym"
    )
    labels: dict[str, str] = {}
    synonyms: dict[str, str] = {}
    for s, label, synonym in table:
        if s and label:
            labels.setdefault(fold(label.value), s.value)
            labels.setdefault(_slug(s.value).casefold(), s.value)
            if synonym:
                synonyms.setdefault(fold(synonym.value), s.value)
    return synonyms | labels


def _slug(iri: str) -> str:
    return iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]


def _nearest(text: str, names: dict[str, str]) -> str:
    import difflib

    near = difflib.get_close_matches(fold(text), names, n=3, cutoff=0.5)
    if not near:
        words = set(fold(text).split())
        near = sorted(name for name in names if words & set(name.split()))[:3]
    if near:
        return "nothing of that name; did you mean " + " or ".join(f"'{n}'" for n in near) + "?"
    return "nothing of that name; 'llm4cell show ID' and 'llm4cell query' list what there is"


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim as a face shows it: labels and text, but IRIs in ``iri`` and ``source``."""

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
    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """A resource with its own triples (label -> values) and every claim about or behind it."""

    iri: str
    label: str
    types: tuple[str, ...]
    triples: tuple[tuple[str, str], ...]
    claims: tuple[ClaimRow, ...]
    supporters: tuple[ClaimRow, ...] = ()


def find_entity(store: Store, text: str) -> str:
    """Return the IRI of the record, claim, term or source that ``text`` names.

    A slug, CURIE, IRI, label or synonym; raises ParameterError where it names nothing, or several.
    """
    for candidate in filter(None, (text, expand(text))):
        if candidate.startswith(BASE) and _exists(store, candidate):
            return candidate
    table = store.select(
        f"{_PREFIXES}SELECT DISTINCT ?s ?label ?synonym WHERE {{ ?s rdfs:label ?label . "
        f'FILTER(STRSTARTS(STR(?s), "{BASE}")) OPTIONAL {{ ?s skos:altLabel ?synonym }} }}'
    )
    slugs: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for s, label, synonym in table:
        if s and label:
            slugs.setdefault(_slug(s.value).casefold(), set()).add(s.value)
            for name in filter(None, (label, synonym)):
                names.setdefault(fold(name.value), set()).add(s.value)
    for known, key in ((slugs, text.casefold()), (names, fold(text))):
        found = known.get(key, set())
        # A record goes before a term of the ontology of the same name: its name is what was typed.
        records = {iri for iri in found if not iri.startswith(ONTOLOGY)} or found
        if len(records) == 1:
            return records.pop()
        if records:
            choices = ", ".join(sorted(map(compact, records)))
            raise ParameterError(f"'{text}' names several: {choices}; give one of these")
    if _exists(store, f"{BASE}claim/{text}"):
        return f"{BASE}claim/{text}"
    every = {name: next(iter(iris)) for name, iris in (names | slugs).items()}
    raise ParameterError(f"{text}: {_nearest(text, every)}")


def _exists(store: Store, iri: str) -> bool:
    if any(c in iri for c in '<>"{}|\\^` \t\n'):
        return False
    return len(store.select(f"SELECT ?p WHERE {{ <{iri}> ?p ?o }} LIMIT 1")) > 0


_CLAIM = """
    ?claim l4c:about ?about ; l4c:verdict ?verdict ; l4c:polarity ?polarity ;
        l4c:sourceKind ?kind ; dcterms:source ?source ; l4c:locator ?locator .
    OPTIONAL { ?claim l4c:property ?property }
    OPTIONAL { ?claim l4c:value ?value }
    OPTIONAL { ?claim l4c:dimension ?dimension }
    OPTIONAL { ?claim l4c:statement ?statement }
    OPTIONAL { ?claim l4c:printed ?printed }
    OPTIONAL { ?claim l4c:reason ?reason }
"""
_COLUMNS = ("claim", "about", "property", "value", "dimension", "verdict", "polarity", "kind",
            "source", "locator", "statement", "printed", "reason")


# Terms of RDFS and OWL, which the graph does not label.
_BUILT_IN = {RDFS.subClassOf: "kind of", RDFS.subPropertyOf: "kind of", RDFS.domain: "domain",
             RDFS.range: "range", OWL.Class: "class", OWL.inverseOf: "inverse of"}


def _claims(store: Store, pattern: str) -> list[dict[str, Term | None]]:
    columns = " ".join(f"?{name}" for name in _COLUMNS)
    table = store.select(f"{_PREFIXES}SELECT DISTINCT {columns} WHERE {{ {pattern} . {_CLAIM} }} "
                         "ORDER BY ?property ?value ?dimension ?verdict ?locator ?claim")
    return [dict(zip(table.columns, row, strict=True)) for row in table]


def describe(store: Store, iri: str) -> Dossier:
    """Return all that the graph says of ``iri``: own triples, claims, and claims that use it."""
    own = store.select(
        f"{_PREFIXES}SELECT ?p ?o WHERE {{ <{iri}> ?p ?o FILTER(!isBlank(?o)) }} ORDER BY ?p ?o"
    )
    claims = _claims(store, f"?claim l4c:about <{iri}>")
    claims.sort(key=lambda row: row["dimension"] is not None)  # facts first
    supporters: list[dict[str, Term | None]] = []
    if iri.startswith(ONTOLOGY):
        supporters = _claims(store, f"?claim l4c:value|l4c:dimension ?term . "
                                    f"?term rdfs:subClassOf* <{iri}>")
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

    types = tuple(name(o) for p, o in own if p and o and p.value.endswith("#type"))
    triples = tuple((name(p), name(o)) for p, o in own
                    if p and o and not p.value.endswith(("#type", "#label", "#isDefinedBy")))
    return Dossier(
        iri=iri,
        label=labels.get(iri, compact(iri)),
        types=types,
        triples=triples,
        claims=tuple(_row(row, name) for row in claims),
        supporters=tuple(_row(row, name) for row in supporters),
    )


def _row(row: Mapping[str, Term | None], name: Callable[[Term | None], str]) -> ClaimRow:
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
        statement=name(row["statement"] or row["printed"]),
        reason=name(row["reason"]),
    )
