"""The built graph against what papers, repositories and registries say, field by field.

``primary`` works out which claims must follow; here the graph is asked for each. What curators
looked up later may stand beside them: such a claim says when its source was read.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

import facts
import primary
from built import Graph
from primary import Row

pytestmark = pytest.mark.skipif(
    not facts.available(), reason=f"no fact files at {facts.FACTS} (set LLM4CELL_FACTS)"
)
AUTHORS = {"l4c:PrimaryPaper", "l4c:Repository"}
SURVEY_KINDS = {"l4c:SurveyTable", "l4c:SurveyProse"}
# Fields that the first part of the catalogue took from the same facts: see test_survey.
BIBLIOGRAPHY = {"l4c:venue", "l4c:publicationYear", "bibo:doi", "l4c:preprint", "bibo:pmid"}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph()


@pytest.fixture(scope="module")
def rows(graph: Graph) -> dict[str, Row]:
    """Claim IRI -> its content, comparable with that of ``primary``."""
    found = {}
    for kind in ("l4c:Claim", "l4c:DimensionAssessment"):
        for iri in graph.subjects("rdf:type", kind):
            source = graph.one(iri, "dcterms:source")
            subject = graph.one(iri, "l4c:about")
            owner = graph.values(subject, "l4c:variantOf")
            dimension = graph.values(iri, "l4c:dimension")
            value = graph.one(iri, "l4c:dimension" if dimension else "l4c:value")
            found[iri] = Row(
                subject=f"variant of {owner[0]}" if owner else subject,
                property="l4c:dimension" if dimension else graph.one(iri, "l4c:property"),
                value=_shorten(value),
                source=_source(graph, subject, source),
                kind=graph.one(iri, "l4c:sourceKind"),
                polarity=graph.one(iri, "l4c:polarity"),
                verdict=graph.one(iri, "l4c:verdict"),
                level=next(iter(graph.values(iri, "l4c:level")), ""),
            )
    return found


def _shorten(value: str) -> str:
    """Return a value as ``primary`` writes it: outside terms by their name alone."""
    for space in ("http://purl.obolibrary.org/obo/", "http://www.ebi.ac.uk/efo/"):
        if value.startswith(space):
            name = value.removeprefix(space)
            # Ontologies go by their short name.
            return name.removesuffix(".owl").upper() if name.endswith(".owl") else name
    return value.replace("https://w3id.org/llm4cell/license/", "license:")


def _source(graph: Graph, subject: str, source: str) -> str:
    described = graph.values(subject, "l4c:describedBy")
    if subject.startswith("dataset:") and source in described:
        return f"publication of {subject}"
    return graph.text(source, "schema:url") or source


def test_every_evidenced_field_is_claimed(rows: dict[str, Row]) -> None:
    """A value whose evidence has an address is a claim of that kind, with the verdict due."""
    held = set(rows.values())
    missing = [row for row in (*primary.claims(), *primary.assessments()) if row not in held]
    assert not missing, f"{len(missing)} missing, such as {missing[:8]}"


def test_whatever_else_is_claimed_says_when_it_was_read(graph: Graph, rows) -> None:
    expected = {*primary.claims(), *primary.assessments()}
    beside = [
        (iri, row) for iri, row in rows.items()
        if row not in expected and row.kind not in {*SURVEY_KINDS, "l4c:Derived", "l4c:Curated"}
        and row.property not in BIBLIOGRAPHY and not graph.values(iri, "l4c:retrieved")
        and row.subject != facts.SURVEY
    ]
    assert not beside, f"{len(beside)} unfounded, such as {beside[:8]}"


def test_what_has_no_address_is_a_lead(graph: Graph, rows: dict[str, Row]) -> None:
    """A filled field without an address is a lead, unless a better source states the value."""
    stated = {(row.subject, row.property, row.value.casefold()) for row in rows.values()
              if row.kind not in {*SURVEY_KINDS, "l4c:ThirdParty"}}
    leads = defaultdict(set)
    for lead in graph.subjects("rdf:type", "l4c:Lead"):
        subject = graph.one(lead, "l4c:about")
        owner = graph.values(subject, "l4c:variantOf")
        field = graph.one(lead, "l4c:property", "l4c:dimension")
        leads[f"variant of {owner[0]}" if owner else subject, field].add(
            graph.one(lead, "l4c:value"))
    missing = []
    for model in primary.models():
        publication = f"publication:{model['id']}-{model['year']}"
        for field, (name, kind) in primary.MODEL_FIELDS.items():
            subject = f"model:{model['id']}"
            if field == "parameters" and isinstance(model[field], list):
                subject = f"variant of {subject}"
            evidence = (model.get("evidence") or {}).get(field) or ()
            if primary.sources(model, field, publication) or any(
                    item["kind"] == "survey" for item in evidence):
                continue
            values = list(primary._values(model, field, name, kind))
            free = [v for v in values if (subject, name, v.casefold()) not in stated]
            if free and not leads[subject, name]:
                missing.append((subject, name, free))
    for judged in primary.judgements():
        key = f"model:{judged['model']}", facts.DIMENSIONS[judged["dimension"]]
        if not any(row.subject == key[0] and row.value == key[1] and row.level
                   for row in rows.values()) and not leads[key]:
            missing.append((*key, [judged["level"]]))
    assert not missing


def test_third_parties_are_never_accepted(rows: dict[str, Row]) -> None:
    found = [row for row in rows.values() if row.kind == "l4c:ThirdParty"]
    assert found
    assert not [row for row in found if row.verdict == "l4c:Accepted"]


def survey_models(graph: Graph) -> set[str]:
    return {s for s in graph.subjects("l4c:listedIn", facts.SURVEY) if s.startswith("model:")}


def test_coverage_of_the_dimensions(graph: Graph, rows: dict[str, Row]) -> None:
    """At least 245 of the 580 pairs are judged, 184 of them by an accepted claim."""
    models = survey_models(graph)
    judged = {(row.subject, row.value): "" for row in rows.values() if row.level}
    accepted = {(row.subject, row.value) for row in rows.values()
                if row.level and row.verdict == "l4c:Accepted" and row.kind != "l4c:Derived"}
    assert len([pair for pair in judged if pair[0] in models]) >= 245
    assert len([pair for pair in accepted if pair[0] in models]) >= 184


def test_every_model_has_a_version_of_record_or_a_preprint(graph: Graph) -> None:
    """Or its search is on record."""
    for model in survey_models(graph):
        publication = graph.one(model, "l4c:describedBy")
        known = any(graph.values(publication, name) for name in ("bibo:doi", "l4c:preprint"))
        assert known or searched(graph, publication, "bibo:doi", "l4c:venue"), model


def test_every_code_repository_is_known_absent_or_looked_for(graph: Graph, rows) -> None:
    models = survey_models(graph)
    by_authors = {row.subject for row in rows.values()
                  if row.property == "schema:codeRepository" and row.verdict == "l4c:Accepted"
                  and row.kind != "l4c:ThirdParty"}
    for model in models - by_authors:
        assert searched(graph, model, "schema:codeRepository"), model
    assert len(models & by_authors) / len(models) >= 0.84


def searched(graph: Graph, subject: str, *properties: str) -> bool:
    return any(subject in graph.values(search, "l4c:about")
               and set(graph.values(search, "l4c:property")) & set(properties)
               for search in graph.subjects("rdf:type", "l4c:Search"))


def test_fine_tasks_have_sources_of_their_own(graph: Graph, rows: dict[str, Row]) -> None:
    """Of the 58 models, at least 85 % have a task from a source that is no third party's."""
    models = survey_models(graph)
    known = {row.subject for row in rows.values()
             if row.property == "l4c:supportsTask" and row.kind in {*AUTHORS, "l4c:Registry"}
             and row.verdict == "l4c:Accepted"}
    assert len(models & known) / len(models) >= 0.85


def test_no_fact_stands_on_a_third_party_alone(graph: Graph) -> None:
    """Every direct triple has an accepted, affirmed claim of another kind."""
    facts_of = set(graph.subjects("l4c:isFact", "true"))
    backed = {
        (graph.one(iri, "l4c:about"), graph.one(iri, "l4c:property"), graph.one(iri, "l4c:value"))
        for iri in graph.subjects("rdf:type", "l4c:Claim")
        if graph.one(iri, "l4c:verdict") == "l4c:Accepted"
        and graph.one(iri, "l4c:polarity") == "l4c:Affirmed"
        and graph.one(iri, "l4c:sourceKind") != "l4c:ThirdParty"
    }
    for subject, properties in graph.index.items():
        if subject.startswith(("model:", "variant:", "dataset:", "publication:")):
            for name in facts_of & properties.keys():
                for value in properties[name]:
                    assert (subject, name, value) in backed
