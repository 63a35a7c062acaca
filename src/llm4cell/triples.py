"""Record -> triples: pure, so that it runs record by record and in parallel.

Each function yields (graph name, triple); what follows from a fact is decided here and nowhere
else: a claim an evidence item, and a direct triple where a claim is accepted and affirmed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from rdflib import Literal, URIRef

from llm4cell.catalogue import slug
from llm4cell.errors import Problem
from llm4cell.ontology import local_name
from llm4cell.vocabulary import (
    CLAIM,
    DCTERMS,
    FAIR4ML,
    L4C,
    LEAD,
    OWL,
    PUBLICATION,
    RDF,
    RDFS,
    RUBRIC,
    SCHEMA,
    SEARCH,
    SKOS,
    SOURCE,
    XSD,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

    from llm4cell.catalogue import (
        Assessment,
        Catalogue,
        Challenge,
        Erratum,
        Evidence,
        Fact,
        Lead,
        Place,
        Record,
        Rubric,
        Search,
        Value,
    )

    Triple = tuple[URIRef, URIRef, Node]
    Quad = tuple[str, Triple]

__all__ = ["assessment_iri", "claim_iri", "describe_catalogue", "describe_record", "find_clashes",
           "lead_iri", "search_iri", "source_iri"]

# The graph that holds a record's own triples.
HOMES = {"model": "models", "variant": "models", "dataset": "datasets", "publication": "sources"}
_REPOSITORIES = ("github.com", "gitlab.com", "huggingface.co", "zenodo.org", "figshare.com",
                 "bitbucket.org", "codeberg.org")

_ANNOTATIONS = {
    "statement": L4C.statement,
    "printed": L4C.printed,
    "phrase": L4C.phrase,
    "reason": L4C.reason,
    "qualifier": L4C.qualifier,
    "identifier": DCTERMS.identifier,
    "scope": L4C.scope,
    "printed_as": L4C.printedAs,
    "cited_there_as": L4C.citedThereAs,
    "explanation": L4C.explanation,
}


def digest(text: str) -> str:
    """Return 8 hexadecimal digits of ``text``: short, and stable for ever."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def source_iri(source: str) -> str:
    """Return the IRI of a source: a publication's own, or one made from a web address.

    >>> source_iri("https://github.com/example/CellOracleNet")
    'https://w3id.org/llm4cell/source/github-com-example-celloraclenet'
    """
    if source.startswith(PUBLICATION.base):
        return source
    # Letters beyond ASCII become %xx, so that they still tell two addresses apart.
    parts = urlsplit("".join(c if c.isascii() else quote(c) for c in source))
    return SOURCE + slug(f"{parts.netloc} {parts.path} {parts.query} {parts.fragment}")


def claim_iri(subject: str, fact: Fact, evidence: Evidence) -> str:
    """Return the IRI of a claim: subject, property, value, source and locator, no counter.

    It depends on nothing but the claim, so that adding or removing another one moves none. A
    phrase is written only where one place states the same value twice; then its digest follows.
    """
    value = digest(fact.value.text) if fact.value.datatype else local_name(fact.value.text).lower()
    return _join(subject, local_name(fact.property.iri).lower(), value, evidence)


def assessment_iri(subject: str, assessment: Assessment, evidence: Evidence) -> str:
    """Return the IRI of an assessment, made like that of a claim."""
    return _join(subject, "dimension", local_name(assessment.dimension).lower(), evidence)


def _join(subject: str, name: str, value: str, evidence: Evidence) -> str:
    parts = [local_name(subject).lower(), name, value, local_name(source_iri(evidence.source)),
             slug(evidence.locator)]
    if evidence.phrase:
        parts.append(digest(evidence.phrase))
    return CLAIM + "-".join(parts)


def lead_iri(subject: str, lead: Lead) -> str:
    """Return the IRI of a lead: subject, property or dimension, and what who says, as a digest."""
    return LEAD + "-".join((local_name(subject).lower(), local_name(lead.topic).lower(),
                            digest(f"{lead.value}\n{lead.said_by}")))


def search_iri(subject: str, search: Search) -> str:
    """Return the IRI of a fruitless search: subject and property."""
    return f"{SEARCH}{local_name(subject).lower()}-{local_name(search.property).lower()}"


def find_clashes(catalogue: Catalogue) -> list[Problem]:
    """Return a fault for each claim, lead, search and web address whose IRI an earlier one has.

    Where two claims share an IRI their triples would run together into one claim that says both.
    """
    claims: dict[str, Evidence] = {}
    sources: dict[str, tuple[str, Place]] = {}
    problems: list[Problem] = []

    def check_address(address: str, place: Place) -> None:
        known, first = sources.setdefault(source_iri(address), (address, place))
        if known != address:
            problems.append(Problem(
                str(place), f"the address differs from that in {first} only in case, scheme or "
                "punctuation, and would share its IRI", "write both alike"))

    for iri, evidence in _claims(catalogue):
        if not (evidence.source and evidence.locator):
            continue
        first = claims.setdefault(iri, evidence)
        if first is not evidence:
            problems.append(Problem(
                str(evidence.place),
                f"the same claim as in {first.place}: same subject, property, value, source and "
                "locator", "give this one a 'phrase:', the source's words that tell it apart, "
                "or remove it"))
        check_address(evidence.source, evidence.place)
    for erratum in catalogue.errata:
        for address in erratum.shown_by:
            check_address(address, erratum.place)
    return problems + _find_doubles(catalogue)


def _find_doubles(catalogue: Catalogue) -> list[Problem]:
    """Return a fault for each lead and each fruitless search that is given twice."""
    places: dict[str, Place] = {}
    problems: list[Problem] = []
    for record in catalogue.records:
        found = [(lead_iri(record.iri, lead), lead.place, "lead") for lead in record.leads
                 if lead.topic]
        found += [(search_iri(record.iri, search), search.place, "fruitless search")
                  for search in record.searches if search.property]
        for iri, place, what in found:
            first = places.setdefault(iri, place)
            if first is not place:
                problems.append(Problem(str(place), f"the same {what} as in {first}",
                                        "remove one of them"))
    return problems


def _claims(catalogue: Catalogue) -> Iterator[tuple[str, Evidence]]:
    for record in (*catalogue.records, *catalogue.statements):
        if local_name(record.iri):
            for fact in record.facts:
                for evidence in fact.evidence:
                    yield claim_iri(record.iri, fact, evidence), evidence
            for assessment in record.assessments:
                for evidence in assessment.evidence:
                    yield assessment_iri(record.iri, assessment, evidence), evidence


def describe_catalogue(catalogue: Catalogue) -> Iterator[Quad]:
    """Yield the triples of every record, statement, challenge, erratum and rubric."""
    for record in (*catalogue.records, *catalogue.statements):
        yield from describe_record(record)
    for challenge in catalogue.challenges:
        yield from _describe_challenge(challenge)
    for erratum in catalogue.errata:
        yield from _describe_erratum(erratum)
    for rubric in catalogue.rubrics:
        yield from _describe_rubric(rubric)


def describe_record(record: Record) -> Iterator[Quad]:
    """Yield all triples of one record: what it is, its direct facts and the claims behind them."""
    home = HOMES.get(record.kind)
    if home:
        yield from ((home, triple) for triple in _identity(record))
    for fact in record.facts:
        if home and _is_direct(fact):
            yield home, _triple(record.iri, fact.property.iri, _node(fact.value))
            if fact.property.iri == L4C.family:
                yield home, _triple(record.iri, RDF.type, URIRef(fact.value.text))
    claims = "claims" if home else "statements"
    for fact in record.facts:
        for evidence in fact.evidence:
            iri = claim_iri(record.iri, fact, evidence)
            yield claims, _triple(iri, RDF.type, URIRef(L4C.Claim))
            yield claims, _triple(iri, L4C.property, URIRef(fact.property.iri))
            yield claims, _triple(iri, L4C.value, _node(fact.value))
            if evidence.corrected_by is not None:
                for right in _corrections(record, fact, evidence.corrected_by):
                    yield claims, _triple(iri, L4C.correctedBy, URIRef(right))
            yield from _evidence(claims, record.iri, iri, evidence)
    for assessment in record.assessments:
        for evidence in assessment.evidence:
            iri = assessment_iri(record.iri, assessment, evidence)
            yield claims, _triple(iri, RDF.type, URIRef(L4C.DimensionAssessment))
            yield claims, _triple(iri, L4C.dimension, URIRef(assessment.dimension))
            if evidence.level:
                yield claims, _triple(iri, L4C.level, URIRef(evidence.level))
            if evidence.judge:
                yield claims, _triple(iri, L4C.judge, URIRef(RUBRIC + evidence.judge))
            yield from _evidence(claims, record.iri, iri, evidence)
    yield from _describe_curation(record)


def _is_direct(fact: Fact) -> bool:
    """Whether a fact stands as a triple of its own, beside the claims behind it."""
    stands = any(evidence.asserts for evidence in fact.evidence)
    return stands and fact.property.is_fact and fact.value.term


def _identity(record: Record) -> Iterator[Triple]:
    iri = record.iri
    for cls in record.types:
        yield _triple(iri, RDF.type, URIRef(cls))
    if record.is_model:
        yield _triple(iri, RDF.type, URIRef(FAIR4ML.MLModel))
    yield _triple(iri, RDFS.label, Literal(record.label))
    for label in record.alt_labels:
        yield _triple(iri, SKOS.altLabel, Literal(label))
    for predicate, target in (
        (L4C.primaryFamily, record.primary_family),
        (L4C.describedBy, record.publication),
        (L4C.variantOf, record.variant_of),
    ):
        if target:
            yield _triple(iri, predicate, URIRef(target))
    if record.primary_family_rationale:
        yield _triple(iri, L4C.primaryFamilyRationale, Literal(record.primary_family_rationale))
    if record.first_author:
        yield _triple(iri, L4C.firstAuthor, Literal(record.first_author))
    if record.listing:
        yield _triple(iri, L4C.listedIn, URIRef(record.listing.source))
        yield _triple(iri, L4C.tableNumber, _integer(record.listing.table))
        yield _triple(iri, L4C.rowNumber, _integer(record.listing.row))
    if record.kind in ("model", "dataset"):
        scope = L4C.SurveyScope if record.listing else L4C.BeyondSurveyScope
        yield _triple(iri, L4C.catalogueScope, URIRef(scope))


def _evidence(graph: str, subject: str, iri: str, evidence: Evidence) -> Iterator[Quad]:
    """Yield what a claim and an assessment have in common, and the source where it is new."""
    yield graph, _triple(iri, L4C.about, URIRef(subject))
    source = source_iri(evidence.source)
    yield graph, _triple(iri, DCTERMS.source, URIRef(source))
    if source != evidence.source:
        yield from _describe_source(source, evidence.source)
    yield graph, _triple(iri, L4C.locator, Literal(evidence.locator))
    yield graph, _triple(iri, L4C.sourceKind, URIRef(evidence.kind))
    yield graph, _triple(iri, L4C.polarity, URIRef(evidence.polarity))
    yield graph, _triple(iri, L4C.verdict, URIRef(evidence.verdict))
    for name, predicate in _ANNOTATIONS.items():
        text = getattr(evidence, name)
        if text:
            yield graph, _triple(iri, predicate, Literal(text))
    for model in evidence.scope_models:
        yield graph, _triple(iri, L4C.scopeModel, URIRef(model))
    if evidence.retrieved:
        yield graph, _triple(iri, L4C.retrieved, _moment(evidence.retrieved))
    for erratum in evidence.errata:
        yield "errata", _triple(erratum, L4C.concerns, URIRef(iri))


def _describe_source(iri: str, address: str) -> Iterator[Quad]:
    parts = urlsplit(address)
    host = parts.netloc.removeprefix("www.")
    cls = L4C.Repository if host in _REPOSITORIES else L4C.WebPage
    yield "sources", _triple(iri, RDF.type, URIRef(cls))
    # With query and fragment: openreview.net/forum alone would name many papers.
    label = parts._replace(scheme="", netloc=host, path=parts.path.rstrip("/")).geturl()[2:]
    yield "sources", _triple(iri, RDFS.label, Literal(label))
    url = Literal(address, datatype=URIRef(XSD.anyURI), normalize=False)
    yield "sources", _triple(iri, SCHEMA.url, url)


def _corrections(record: Record, fact: Fact, right: Value) -> Iterator[str]:
    """Yield the accepted claims of ``record`` that state the right value of a wrong one."""
    for other in record.facts:
        if other.property == fact.property and other.value == right:
            for evidence in other.evidence:
                if evidence.asserts:
                    yield claim_iri(record.iri, other, evidence)


def _describe_challenge(challenge: Challenge) -> Iterator[Quad]:
    iri = challenge.iri
    for triple in (
        _triple(iri, RDF.type, URIRef(L4C.OpenChallenge)),
        _triple(iri, RDFS.label, Literal(challenge.label)),
        _triple(iri, DCTERMS.description, Literal(challenge.description)),
        _triple(iri, DCTERMS.source, URIRef(source_iri(challenge.source))),
        _triple(iri, L4C.locator, Literal(challenge.locator)),
        *(_triple(iri, L4C.touches, URIRef(term)) for term in challenge.touches),
    ):
        yield "challenges", triple


def _describe_erratum(erratum: Erratum) -> Iterator[Quad]:
    iri = erratum.iri
    for triple in (
        _triple(iri, RDF.type, URIRef(L4C.Erratum)),
        _triple(iri, RDFS.label, Literal(f"erratum {erratum.number}")),
        _triple(iri, DCTERMS.identifier, Literal(str(erratum.number))),
        _triple(iri, DCTERMS.description, Literal(erratum.text)),
        _triple(iri, DCTERMS.source, URIRef(erratum.source)),
        _triple(iri, L4C.erratumKind, Literal(erratum.kind)),
        *(_triple(iri, L4C.about, URIRef(target)) for target in erratum.about),
        *(_triple(iri, L4C.locator, Literal(locator)) for locator in erratum.locators),
    ):
        yield "errata", triple
    if erratum.outside:
        yield "errata", _triple(iri, L4C.outsideSource, Literal(True))
    for address in erratum.shown_by:
        source = source_iri(address)
        yield "errata", _triple(iri, L4C.shownBy, URIRef(source))
        if source != address:
            yield from _describe_source(source, address)


def _describe_rubric(rubric: Rubric) -> Iterator[Quad]:
    iri = rubric.iri
    yield "rubrics", _triple(iri, RDF.type, URIRef(L4C.Rubric))
    yield "rubrics", _triple(iri, RDFS.label, Literal(rubric.label))
    yield "rubrics", _triple(iri, OWL.versionInfo, Literal(rubric.version))
    if rubric.description:
        yield "rubrics", _triple(iri, DCTERMS.description, Literal(rubric.description))
    for criterion in rubric.criteria:
        for triple in (
            _triple(criterion.iri, RDF.type, URIRef(L4C.Criterion)),
            _triple(criterion.iri, RDFS.label, Literal(criterion.label)),
            _triple(criterion.iri, L4C.criterionOf, URIRef(iri)),
            _triple(criterion.iri, L4C.dimension, URIRef(criterion.dimension)),
            _triple(criterion.iri, L4C.level, URIRef(criterion.level)),
            _triple(criterion.iri, DCTERMS.description, Literal(criterion.description)),
        ):
            yield "rubrics", triple


def _describe_curation(record: Record) -> Iterator[Quad]:
    """Yield leads and fruitless searches: notes to curators, of which no claim is made."""
    for lead in record.leads:
        iri = lead_iri(record.iri, lead)
        yield "curation", _triple(iri, RDF.type, URIRef(L4C.Lead))
        yield "curation", _triple(iri, L4C.about, URIRef(record.iri))
        topic = L4C.dimension if lead.is_assessment else L4C.property
        yield "curation", _triple(iri, topic, URIRef(lead.topic))
        yield "curation", _triple(iri, L4C.value, Literal(lead.value))
        if lead.level:
            yield "curation", _triple(iri, L4C.level, URIRef(lead.level))
        yield "curation", _triple(iri, L4C.saidBy, Literal(lead.said_by))
    for search in record.searches:
        iri = search_iri(record.iri, search)
        yield "curation", _triple(iri, RDF.type, URIRef(L4C.Search))
        yield "curation", _triple(iri, L4C.about, URIRef(record.iri))
        yield "curation", _triple(iri, L4C.property, URIRef(search.property))
        yield "curation", _triple(iri, L4C.searched, Literal(search.searched))
        yield "curation", _triple(iri, L4C.retrieved, _moment(search.moment))


def _triple(subject: str, predicate: str, value: Node) -> Triple:
    return URIRef(subject), URIRef(predicate), value


def _moment(text: str) -> Literal:
    return Literal(text, datatype=URIRef(XSD.dateTime), normalize=False)


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=URIRef(XSD.integer), normalize=False)


def _node(value: Value) -> Node:
    if not value.datatype:
        return URIRef(value.text)
    if value.datatype == XSD.string:
        return Literal(value.text)
    return Literal(value.text, datatype=URIRef(value.datatype), normalize=False)
