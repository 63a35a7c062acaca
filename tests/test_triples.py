"""What follows from a record: claims always, a direct triple only where one is accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef

from llm4cell.build import serialise
from llm4cell.catalogue import (
    Assessment,
    Catalogue,
    Challenge,
    Erratum,
    Evidence,
    Fact,
    Listing,
    Place,
    Record,
    Value,
)
from llm4cell.errors import BuildError
from llm4cell.triples import (
    assessment_iri,
    claim_iri,
    describe_catalogue,
    describe_record,
    find_clashes,
    source_iri,
)
from llm4cell.vocabulary import (
    BIBO,
    CHALLENGE,
    CLAIM,
    DATASET,
    DCTERMS,
    ERRATUM,
    FAIR4ML,
    L4C,
    MODEL,
    PUBLICATION,
    RDF,
    RDFS,
    RUBRIC,
    SCHEMA,
    SKOS,
    SOURCE,
    VARIANT,
    XSD,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm4cell.ontology import Ontology

SURVEY = PUBLICATION + "llm4cell-2025"
HERE = Place("graphs/catalogue/models/m.yaml", 1)
VERDICTS = (L4C.Accepted, L4C.Disputed, L4C.Rejected)
POLARITIES = (L4C.Affirmed, L4C.Qualified, L4C.Denied)


def says(source: str = SURVEY, locator: str = "Table 7", **more: Any) -> Evidence:
    return Evidence(source, locator, more.pop("kind", L4C.SurveyTable), HERE, **more)


def fact(ontology: Ontology, key: str, value: str | Value, *evidence: Evidence) -> Fact:
    if isinstance(value, str):
        value = Value(value)
    return Fact(ontology.properties[key], value, evidence or (says(),))


def model(*facts: Fact, **more: Any) -> Record:
    return Record(more.pop("kind", "model"), more.pop("iri", MODEL.m), HERE,
                  types=(L4C.Model,), label="M", facts=facts, **more)


def rows(record: Record, graph: str | None = None) -> set[tuple[str, ...]]:
    """Return the triples in words, ``graph`` first where none is asked for."""
    return {
        (name, *map(str, triple)) if graph is None else tuple(map(str, triple))
        for name, triple in describe_record(record) if graph in (None, name)
    }


def direct(record: Record) -> set[tuple[str, str]]:
    """Return (property, value) of the direct triples, identity left out."""
    return {(p, o) for s, p, o in rows(record, "models") if s == record.iri
            and p not in (RDFS.label, L4C.catalogueScope) and (p, o) != (RDF.type, L4C.Model)}


def test_claim_iri_of_the_design(ontology: Ontology) -> None:
    claim = fact(ontology, "supports_task", L4C.PerturbationResponsePrediction)
    assert claim_iri(MODEL.epiagent, claim, says()) == (
        "https://w3id.org/llm4cell/claim/"
        "epiagent-supportstask-perturbationresponseprediction-llm4cell-2025-table-7")


@pytest.mark.parametrize(("change", "ending"), [
    ({}, "-table-7"),
    ({"locator": "appendix C.1"}, "-appendix-c-1"),
    ({"locator": "\u00a7 3"}, "-3"),
    ({"phrase": "in silico"}, "-table-7-6ca6b50f"),
    ({"statement": "x", "verdict": L4C.Rejected, "identifier": "A1"}, "-table-7"),
])
def test_only_the_phrase_follows_the_locator(ontology: Ontology, change: dict[str, str],
                                             ending: str) -> None:
    iri = claim_iri(MODEL.m, fact(ontology, "supports_task", L4C.Clustering), says(**change))
    assert iri == f"{CLAIM}m-supportstask-clustering-llm4cell-2025{ending}"


def test_a_literal_is_eight_digits_of_its_hash(ontology: Ontology) -> None:
    nature = fact(ontology, "venue", Value("Nature", XSD.string))
    # printf Nature | sha256sum
    assert claim_iri(PUBLICATION.p, nature, says()).startswith(f"{CLAIM}p-venue-c71ce8cc-")
    assert claim_iri(PUBLICATION.p, fact(ontology, "venue", Value("Cell", XSD.string)), says()) != (
        claim_iri(PUBLICATION.p, nature, says()))


def test_assessment_iri() -> None:
    evidence = says(locator="section 6.1")
    assert assessment_iri(MODEL.m, Assessment(L4C.Scalability, (evidence,)), evidence) == (
        f"{CLAIM}m-dimension-scalability-llm4cell-2025-section-6-1")


@pytest.mark.parametrize(("address", "iri"), [
    (SURVEY, SURVEY),
    ("https://example.org", SOURCE + "example-org"),
    ("https://github.com/Example/CellOracleNet", SOURCE + "github-com-example-celloraclenet"),
    ("http://example.org:80/a?b=c#d", SOURCE + "example-org-80-a-b-c-d"),
    ("https://example.org/\u6a21", SOURCE + "example-org-e6-a8-a1"),
    ("https://w3id.org/llm4cell/ontology", SOURCE + "w3id-org-llm4cell-ontology"),
])
def test_source_iri(address: str, iri: str) -> None:
    assert source_iri(address) == iri


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("polarity", POLARITIES)
def test_a_direct_triple_stands_iff_accepted_and_affirmed(ontology: Ontology, verdict: str,
                                                          polarity: str) -> None:
    record = model(fact(ontology, "supports_task", L4C.Clustering,
                        says(verdict=verdict, polarity=polarity)))
    stands = verdict == L4C.Accepted and polarity == L4C.Affirmed
    assert direct(record) == ({(L4C.supportsTask, L4C.Clustering)} if stands else set())
    claim = f"{CLAIM}m-supportstask-clustering-llm4cell-2025-table-7"
    assert rows(record, "claims") == {
        (claim, RDF.type, L4C.Claim), (claim, L4C.about, MODEL.m),
        (claim, L4C.property, L4C.supportsTask), (claim, L4C.value, L4C.Clustering),
        (claim, DCTERMS.source, SURVEY), (claim, L4C.locator, "Table 7"),
        (claim, L4C.sourceKind, L4C.SurveyTable), (claim, L4C.polarity, polarity),
        (claim, L4C.verdict, verdict),
    }


def test_one_good_claim_among_bad_ones_is_enough(ontology: Ontology) -> None:
    bad = [says(locator=f"Table {n}", verdict=verdict) for n, verdict in enumerate(VERDICTS)
           if verdict != L4C.Accepted]
    assert direct(model(fact(ontology, "supports_task", L4C.Clustering, *bad))) == set()
    assert direct(model(fact(ontology, "supports_task", L4C.Clustering, *bad, says()))) == {
        (L4C.supportsTask, L4C.Clustering)}


def test_own_words_for_a_term_are_no_direct_triple(ontology: Ontology) -> None:
    words = Value("many cells", XSD.string, term=False)
    record = model(fact(ontology, "modality", words))
    assert direct(record) == set()
    assert {o for _, p, o in rows(record, "claims") if p == L4C.value} == {"many cells"}


def test_what_is_no_fact_is_no_direct_triple(ontology: Ontology) -> None:
    record = model(fact(ontology, "domain_score", Value("8", XSD.string)))
    assert direct(record) == set()
    assert len(rows(record, "claims")) == 9


def test_statements_about_classes_are_claims_only(ontology: Ontology) -> None:
    evidence = says(kind=L4C.SurveyProse)
    record = Record("statement", L4C.FoundationModel, HERE,
                    facts=(fact(ontology, "supports_task", L4C.Clustering, evidence),),
                    assessments=(Assessment(L4C.Scalability, (evidence,)),))
    assert {row[0] for row in rows(record)} == {"statements"}
    assert {row[1] for row in rows(record)} == {
        f"{CLAIM}foundationmodel-supportstask-clustering-llm4cell-2025-table-7",
        f"{CLAIM}foundationmodel-dimension-scalability-llm4cell-2025-table-7"}


def test_a_family_is_a_type_as_well(ontology: Ontology) -> None:
    record = model(fact(ontology, "family", L4C.FoundationModel),
                   fact(ontology, "family", L4C.EpigenomicModel, says(verdict=L4C.Disputed)),
                   primary_family=L4C.EpigenomicModel)
    assert direct(record) == {
        (L4C.family, L4C.FoundationModel), (RDF.type, L4C.FoundationModel),
        (L4C.primaryFamily, L4C.EpigenomicModel)}


def test_literals_keep_their_type_and_spelling(ontology: Ontology) -> None:
    record = model(fact(ontology, "is_agentic", Value("false", XSD.boolean)))
    triples = {triple for _, triple in describe_record(record)}
    assert (URIRef(MODEL.m), URIRef(L4C.isAgentic),
            Literal("false", datatype=URIRef(XSD.boolean))) in triples
    doi = Value("10.1/X", XSD.string)
    triples = {t for _, t in describe_record(model(fact(ontology, "limitation", doi)))}
    assert (URIRef(MODEL.m), URIRef(L4C.limitation), Literal("10.1/X")) in triples


def test_what_a_record_is(ontology: Ontology) -> None:
    record = model(alt_labels=("MM",), is_model=True, primary_family=L4C.FoundationModel,
                   primary_family_rationale="why", publication=PUBLICATION.p,
                   listing=Listing(SURVEY, 7, 39))
    assert rows(record) == {("models", MODEL.m, p, o) for p, o in (
        (RDF.type, L4C.Model), (RDF.type, FAIR4ML.MLModel), (RDFS.label, "M"),
        (SKOS.altLabel, "MM"), (L4C.primaryFamily, L4C.FoundationModel),
        (L4C.primaryFamilyRationale, "why"), (L4C.describedBy, PUBLICATION.p),
        (L4C.listedIn, SURVEY), (L4C.tableNumber, "7"), (L4C.rowNumber, "39"),
        (L4C.catalogueScope, L4C.SurveyScope))}
    variant = Record("variant", VARIANT.v, HERE, label="V", types=(L4C.ModelVariant,),
                     variant_of=MODEL.m)
    assert ("models", VARIANT.v, L4C.variantOf, MODEL.m) in rows(variant)
    assert L4C.catalogueScope not in {row[2] for row in rows(variant)}


def test_what_no_review_lists_is_beyond_the_survey() -> None:
    beyond = (L4C.catalogueScope, L4C.BeyondSurveyScope)
    dataset = Record("dataset", DATASET.d, HERE, label="D", types=(L4C.Atlas,))
    assert ("models", MODEL.m, *beyond) in rows(model())
    assert ("datasets", DATASET.d, *beyond) in rows(dataset)
    paper = Record("publication", PUBLICATION.p, HERE, label="P", types=(L4C.Publication,))
    assert L4C.catalogueScope not in {row[2] for row in rows(paper)}


@pytest.mark.parametrize(("address", "kind", "label"), [
    ("https://github.com/example/m/", L4C.Repository, "github.com/example/m"),
    ("https://www.huggingface.co/m", L4C.Repository, "huggingface.co/m"),
    ("https://example.org/m?q=1#top", L4C.WebPage, "example.org/m?q=1#top"),
    ("https://github.com.example.org/m", L4C.WebPage, "github.com.example.org/m"),
])
def test_an_address_becomes_a_source(ontology: Ontology, address: str, kind: str,
                                     label: str) -> None:
    evidence = says(address, "README", retrieved="2026-11-24T09:30:00Z")
    record = model(fact(ontology, "supports_task", L4C.Clustering, evidence))
    iri = source_iri(address)
    assert rows(record, "sources") == {
        (iri, RDF.type, kind), (iri, RDFS.label, label), (iri, SCHEMA.url, address)}
    claim = claim_iri(MODEL.m, record.facts[0], evidence)
    assert {(claim, DCTERMS.source, iri),
            (claim, L4C.retrieved, "2026-11-24T09:30:00Z")} <= rows(record, "claims")


def test_a_publication_is_described_in_its_own_file_only(ontology: Ontology) -> None:
    assert rows(model(fact(ontology, "supports_task", L4C.Clustering)), "sources") == set()


def test_corrected_by_leads_to_the_accepted_claims_of_the_right_value(ontology: Ontology) -> None:
    right = Value(L4C.Clustering)
    good = fact(ontology, "supports_task", right, says(), says(locator="section 5"),
                says(locator="section 6", verdict=L4C.Disputed))
    wrong = fact(ontology, "supports_task", L4C.Denoising,
                 says(verdict=L4C.Rejected, reason="no", corrected_by=right))
    elsewhere = fact(ontology, "grounding", right)
    iri = claim_iri(MODEL.m, wrong, wrong.evidence[0])
    assert {row for row in rows(model(good, wrong, elsewhere), "claims")
            if row[1] == L4C.correctedBy} == {
        (iri, L4C.correctedBy, f"{CLAIM}m-supportstask-clustering-llm4cell-2025-{place}")
        for place in ("table-7", "section-5")}


def test_every_note_of_a_claim_is_kept(ontology: Ontology) -> None:
    notes = {"statement": L4C.statement, "printed": L4C.printed, "phrase": L4C.phrase,
             "reason": L4C.reason, "qualifier": L4C.qualifier, "identifier": DCTERMS.identifier,
             "scope": L4C.scope, "printed_as": L4C.printedAs, "cited_there_as": L4C.citedThereAs}
    evidence = says(**{key: f"the {key}" for key in notes}, scope_models=(MODEL.n,))
    claim = fact(ontology, "supports_task", L4C.Clustering, evidence)
    iri = claim_iri(MODEL.m, claim, evidence)
    assert {(iri, predicate, f"the {key}") for key, predicate in notes.items()} | {
        (iri, L4C.scopeModel, MODEL.n)} <= rows(model(claim), "claims")


def test_an_erratum_concerns_the_claim(ontology: Ontology) -> None:
    evidence = says(errata=(ERRATUM + "llm4cell-2025-3",))
    claim = fact(ontology, "supports_task", L4C.Clustering, evidence)
    assert rows(model(claim), "errata") == {
        (ERRATUM + "llm4cell-2025-3", L4C.concerns, claim_iri(MODEL.m, claim, evidence))}


def test_an_assessment_has_a_dimension_and_no_direct_triple() -> None:
    evidence = says(level=L4C.Partial, judge="house-rubric", explanation="counts spots")
    record = model(assessments=(Assessment(L4C.Scalability, (evidence,)),))
    iri = f"{CLAIM}m-dimension-scalability-llm4cell-2025-table-7"
    claims = rows(record, "claims")
    assert direct(record) == set()
    assert {(iri, RDF.type, L4C.DimensionAssessment), (iri, L4C.dimension, L4C.Scalability),
            (iri, L4C.level, L4C.Partial), (iri, L4C.judge, RUBRIC + "house-rubric"),
            (iri, L4C.about, MODEL.m), (iri, L4C.explanation, "counts spots")} <= claims
    assert not {p for _, p, _ in claims} & {L4C.property, L4C.value}


def test_challenges_and_errata() -> None:
    challenge = Challenge(CHALLENGE.trust, "trust", "Why.", SURVEY, "section 7.1",
                          (L4C.Scalability,), HERE)
    erratum = Erratum(ERRATUM + "p-2", SURVEY, 2, "count", (MODEL.m, L4C.Clustering), ("Table 1",),
                      "Wrong.", True, HERE)
    found = {(name, *map(str, triple)) for name, triple
             in describe_catalogue(Catalogue((), (), (challenge,), (erratum,)))}
    assert found == {
        *(("challenges", CHALLENGE.trust, p, o) for p, o in (
            (RDF.type, L4C.OpenChallenge), (RDFS.label, "trust"), (DCTERMS.description, "Why."),
            (DCTERMS.source, SURVEY), (L4C.locator, "section 7.1"),
            (L4C.touches, L4C.Scalability))),
        *(("errata", ERRATUM + "p-2", p, o) for p, o in (
            (RDF.type, L4C.Erratum), (RDFS.label, "erratum 2"), (DCTERMS.identifier, "2"),
            (DCTERMS.description, "Wrong."), (DCTERMS.source, SURVEY), (L4C.erratumKind, "count"),
            (L4C.about, MODEL.m), (L4C.about, L4C.Clustering), (L4C.locator, "Table 1"),
            (L4C.outsideSource, "true"))),
    }


TASKS = ("Clustering", "Denoising", "TrajectoryInference", "QuestionAnswering")
CLAIMS = st.tuples(
    st.sampled_from(TASKS), st.sampled_from(("llm4cell-2025", "a-2020")),
    st.sampled_from(("Table 1", "Table 2", "section 1.1")), st.sampled_from(("", "x", "y")),
    st.sampled_from(VERDICTS))


def catalogue(ontology: Ontology, claims: Iterable[tuple[str, ...]]) -> Catalogue:
    facts: dict[str, list[Evidence]] = {}
    for task, source, locator, phrase, verdict in claims:
        facts.setdefault(task, []).append(
            says(PUBLICATION + source, locator, phrase=phrase, verdict=verdict))
    return Catalogue((model(*(fact(ontology, "supports_task", L4C + task, *evidence)
                              for task, evidence in facts.items())),), (), (), ())


@given(st.lists(CLAIMS, unique_by=lambda claim: claim[:4]), st.data())
def test_adding_a_claim_changes_no_other(ontology: Ontology, claims: list[tuple[str, ...]],
                                         data: st.DataObject) -> None:
    new = data.draw(CLAIMS.filter(lambda claim: claim[:4] not in {c[:4] for c in claims}))
    place = data.draw(st.integers(0, len(claims)))
    before = {t for g, t in describe_catalogue(catalogue(ontology, claims)) if g == "claims"}
    after = {t for g, t in describe_catalogue(
        catalogue(ontology, [*claims[:place], new, *claims[place:]])) if g == "claims"}
    assert before <= after
    assert len({s for s, _, _ in after - before}) == 1


@given(st.lists(CLAIMS))
def test_clashes_are_found_where_ingredients_are_the_same(ontology: Ontology,
                                                          claims: list[tuple[str, ...]]) -> None:
    ingredients = {claim[:4] for claim in claims}
    assert len(find_clashes(catalogue(ontology, claims))) == len(claims) - len(ingredients)


def test_a_clash_names_both_places(ontology: Ontology) -> None:
    later = replace(says(), place=Place("x.yaml", 9))
    records = (model(fact(ontology, "supports_task", L4C.Clustering, says(), later)),)
    assert [str(problem) for problem in find_clashes(Catalogue(records, (), (), ()))] == [
        ("x.yaml:9: the same claim as in graphs/catalogue/models/m.yaml:1: same subject, property, "
        "value, source and locator; give this one a 'phrase:', the source's words that tell it "
        "apart, or remove it")]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from([
    '"', '"""', "\\", "\\u0041", "a\nb", "a\r\nb", "\t@prefix x: <y> .", "'", "\x85", "\u2028",
    "\x0b\x0c\x1c", "^^", "@en", " . ", "\U0010ffff", "e\u0301", "\ufeff", "\x7f", "\x01", "\n\n"])
LITERALS = (
    st.builds(Literal, TEXTS)
    | st.builds(lambda text: Literal(text, lang="en-gb"), TEXTS)
    | st.builds(lambda n: Literal(str(n), datatype=URIRef(XSD.integer), normalize=False),
                st.integers())
    | st.builds(lambda text: Literal(text, datatype=URIRef(XSD.anyURI), normalize=False), TEXTS)
)
NAMES = st.sampled_from([URIRef(MODEL.a), URIRef(MODEL.b + "-c.d"), URIRef(BIBO.doi),
                         URIRef("https://example.org/x_(y)%20z;'"), URIRef(RDF.type)])


@given(st.sets(st.tuples(NAMES, NAMES, NAMES | LITERALS), max_size=8))
def test_turtle_says_what_the_triples_say(triples: set[tuple[Any, Any, Any]]) -> None:
    text = serialise(triples)
    assert text == serialise(sorted(triples, reverse=True))
    parsed = set(Graph().parse(data=text, format="turtle"))
    assert parsed == triples


@pytest.mark.parametrize("term", [Literal("\ud800"), Literal("a\udfff"), URIRef("https://x/a b"),
                                  URIRef("https://x/\ud800"), URIRef("no scheme")])
def test_what_rdf_cannot_hold_is_refused(term: Any) -> None:
    with pytest.raises(BuildError, match="cannot be written as RDF"):
        serialise([(URIRef(MODEL.a), URIRef(BIBO.doi), term)])
