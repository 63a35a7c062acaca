"""Canned queries against answers worked out from the catalogue, on both engines, with changes.

``golden.py`` says what every query must answer; ``golden/`` holds that, so that a change of an
answer can be read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery

import golden
from llm4cell.queries import CannedQuery, Parameter, bind, list_queries, run_query
from llm4cell.resources import graph_files
from llm4cell.store import EmbeddedStore, quote
from llm4cell.vocabulary import BASE, L4C, PREFIXES, SOURCE, XSD, expand

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = tuple[str, ...]

QUERIES = {query.name: query for query in list_queries()}
# One case a query with the numbers of its golden cases: test ids then name the query.
CASES = [(name, number) for name in QUERIES
         for number in range(len(golden.CASES.get(name, [{}])))]
HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
every_query = pytest.mark.parametrize("name", QUERIES)
every_case = pytest.mark.parametrize(("name", "number"), CASES)


# --- asking ----------------------------------------------------------------------------------


@cache
def quads() -> tuple[ox.Quad, ...]:
    """Return the ontology and the graphs; blank nodes only occur in the ontology's axioms."""
    return tuple(
        ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(iri))
        for iri, path in graph_files().items()
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    )


def load() -> ox.Store:
    store = ox.Store()
    store.bulk_extend(quads())
    return store


@pytest.fixture(scope="module")
def store() -> ox.Store:
    return load()


@pytest.fixture(scope="module")
def rdflib_graph() -> Graph:
    graph = Graph()
    for path in graph_files().values():
        graph.parse(path, format="turtle")
    return graph


def serialise(parameter: Parameter, text: str) -> str:
    """Return a golden parameter as SPARQL: a prefixed name, or a slug of what the header says."""
    if parameter.type == "string":
        return quote(text)
    if parameter.type in ("integer", "boolean"):
        return f'"{text}"^^<{XSD + parameter.type}>'
    if text.startswith("http"):
        return f"<{text}>"
    space = L4C.base if parameter.below else f"{BASE}{parameter.of.lower()}/"
    return f"<{expand(text) or space + text}>"


def text_of(query: CannedQuery, values: dict[str, str]) -> str:
    """Return the query with its parameters and defaults in place."""
    known = {parameter.name for parameter in query.parameters}
    assert set(values) <= known
    given = {p: values.get(p.name, p.default) for p in query.parameters}
    return bind(query.text, {p.variable: serialise(p, text) for p, text in given.items() if text})


def solutions(store: ox.Store, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    answer = store.query(text, use_default_graph_as_union=True)
    assert isinstance(answer, ox.QuerySolutions)
    return [variable.value for variable in answer.variables], [tuple(row) for row in answer]


def ask(store: ox.Store, name: str, values: dict[str, str]) -> tuple[list[str], list[Row]]:
    """Return columns and rows as a golden file writes them."""
    columns, rows = solutions(store, text_of(QUERIES[name], values))
    addresses = {
        source.value: url.value
        for source, url in solutions(store, HEAD + "SELECT ?s ?u { ?s schema:url ?u }")[1]
    }

    def cell(term: Any) -> str:
        if isinstance(term, ox.NamedNode):
            if term.value.startswith(SOURCE.base):
                return addresses[term.value]
            return golden.compact(term.value)
        return "" if term is None else str(term.value)

    return columns, [tuple(map(cell, row)) for row in rows]


@cache
def committed(name: str) -> dict[str, Any]:
    return json.loads((golden.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


# --- (a) the graph gives the golden answers --------------------------------------------------


def differences(expected: Iterable[Row], found: Iterable[Row]) -> list[str]:
    """Return what is missing and what is extra."""
    missing, extra = Counter(expected), Counter(found)
    return [f"missing: {row}" for row in (missing - extra).elements()] + [
        f"extra: {row}" for row in (extra - missing).elements()]


@every_case
def test_graph_gives_the_golden_answer(name: str, number: int, store: ox.Store) -> None:
    case = committed(name)["cases"][number]
    columns, rows = ask(store, name, case["parameters"])
    assert columns == case["columns"]
    assert case["rows"], "a case answers something"
    found = differences(map(tuple, case["rows"]), rows)
    assert not found, "\n".join(found)


@every_case
def test_values_are_taken_as_users_type_them(
    name: str, number: int, store: ox.Store
) -> None:
    values = golden.CASES.get(name, [{}])[number]
    table = run_query(embedded(), QUERIES[name], values)
    found = [tuple(cell.value if cell else None for cell in row) for row in table]
    rows = solutions(store, text_of(QUERIES[name], values))[1]
    assert found == [tuple(None if cell is None else cell.value for cell in row) for row in rows]


@cache
def embedded() -> EmbeddedStore:
    return EmbeddedStore()


# --- (b) the golden answers are those of the catalogue ---------------------------------------


def test_every_query_has_a_golden_file() -> None:
    files = {path.stem for path in golden.FOLDER.glob("*.json")}
    assert files == set(QUERIES) == set(golden.ANSWERS)
    assert set(golden.CASES) <= files


def test_every_parameter_is_set_in_some_case() -> None:
    for name, query in QUERIES.items():
        used = {key for case in golden.CASES.get(name, []) for key in case}
        assert used == {parameter.name for parameter in query.parameters}, name


@every_query
def test_golden_file_has_the_cases(name: str) -> None:
    found = committed(name)
    assert found["query"] == name
    assert [case["parameters"] for case in found["cases"]] == golden.CASES.get(name, [{}])


@every_query
def test_golden_file_is_worked_out_from_the_catalogue(name: str) -> None:
    path = golden.FOLDER / f"{name}.json"
    assert path.read_text(encoding="utf-8") == golden.write(golden.work_out(name)), (
        "run: python tests/golden.py")


# --- (c) a change of the data changes the answer ---------------------------------------------


class Mutation(NamedTuple):
    """A SPARQL update and a cell of a row that it adds to the answer, or takes from it."""

    change: str
    update: str
    cell: str


def lose(pattern: str) -> str:
    """Delete all triples that match."""
    return f"DELETE {{ GRAPH ?g {{ {pattern} }} }} WHERE {{ GRAPH ?g {{ {pattern} }} }}"


def forget(claim: str) -> str:
    """Delete every triple of the claims that match."""
    return f"DELETE {{ GRAPH ?g {{ ?c ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?c ?p ?o ; {claim} }} }}"


def alter(claim: str, property_: str, value: str) -> str:
    """Give the claims that match another value of one property."""
    return (f"DELETE {{ GRAPH ?g {{ ?c {property_} ?old }} }} INSERT {{ GRAPH ?g {{ ?c {property_}"
            f" {value} }} }} WHERE {{ GRAPH ?g {{ ?c {property_} ?old ; {claim} }} }}")


def add(triples: str) -> str:
    return f"INSERT DATA {{ GRAPH graph:claims {{ {triples} }} }}"


def about(subject: str, property_: str, value: str) -> str:
    return f"l4c:about {subject} ; l4c:property {property_} ; l4c:value {value}"


SCGPT_TASK = about("model:scgpt", "l4c:supportsTask", "l4c:CellTypeAnnotation")
GET_TASK = about("model:get", "l4c:supportsTask", "?v")
EPIAGENT = about("model:epiagent", "l4c:supportsTask", "l4c:PerturbationResponsePrediction")

# Query -> what changes, the update, and a cell of a row that comes or goes.
MUTATIONS = {
    "architectures-of-model": Mutation(
        "an architecture is disputed",
        alter("l4c:about model:scgraphformer ; l4c:property l4c:architecture", "l4c:verdict",
              "l4c:Disputed"), "model:scgraphformer"),
    "benchmark-contamination": Mutation(
        "scFoundation is evaluated on nothing",
        lose("model:scfoundation fair4ml:evaluatedOn ?x"), "model:scfoundation"),
    "citations": Mutation(
        "scGPT is cited otherwise", alter(about("model:scgpt", "l4c:citedAs", "?v"), "l4c:value",
                                          '"Nobody, 1900"'), "Nobody, 1900"),
    "claims-by-source-kind": Mutation(
        "a table's claims become a registry's",
        alter("l4c:property l4c:venue ; l4c:sourceKind l4c:SurveyTable", "l4c:sourceKind",
              "l4c:Derived"), "l4c:Derived"),
    "code-and-weights-of-model": Mutation(
        "scFoundation's code lies nowhere",
        forget("l4c:about model:scfoundation ; l4c:property schema:codeRepository"),
        "schema:codeRepository"),
    "contradicted-survey-claims": Mutation(
        "no erratum concerns scFoundation's claims",
        "DELETE { GRAPH ?g { ?e l4c:concerns ?c } } WHERE { GRAPH ?g { ?e l4c:concerns ?c }"
        " GRAPH ?h { ?c l4c:about model:scfoundation } }", "model:scfoundation"),
    "corrected-claims": Mutation(
        "HEIST's venue has no right value",
        lose("claim:heist-2026-venue-fea07ffb-llm4cell-2025-table-7 l4c:correctedBy ?r"),
        "publication:heist-2026"),
    "datasets-by-assay": Mutation(
        "an assay leaves the hierarchy",
        lose("EFO:0008860 rdfs:subClassOf ?x"), "EFO:0008860"),
    "datasets-by-cell-line": Mutation(
        "nothing is of K562",
        lose("?d l4c:cellLine EFO:0002067"), "EFO:0002067"),
    "datasets-by-cell-type": Mutation(
        "T cells leave the hierarchy",
        lose("CL:0000084 rdfs:subClassOf ?x"), "CL:0000084"),
    "datasets-by-disease": Mutation(
        "a disease leaves the hierarchy",
        lose("MONDO:0100096 rdfs:subClassOf ?x"), "MONDO:0100096"),
    "datasets-by-group": Mutation(
        "sci-Plex is in another group",
        alter(about("dataset:sci-plex", "l4c:surveyGroup", "?v"), "l4c:value", '"drug"')
        + " ; " + lose("dataset:sci-plex l4c:surveyGroup ?x"), "dataset:sci-plex"),
    "datasets-by-license": Mutation(
        "a license is of no class",
        lose("<http://spdx.org/licenses/CC-BY-4.0> a ?x"), "http://spdx.org/licenses/CC-BY-4.0"),
    "datasets-by-modality": Mutation(
        "DOGMA-seq loses its modality", lose("dataset:dogma-seq l4c:modality ?x"),
        "dataset:dogma-seq"),
    "datasets-by-organism": Mutation(
        "HEST-1k is of no organism",
        lose("dataset:hest-1k l4c:organism ?x"), "dataset:hest-1k"),
    "datasets-by-organism-tissue-and-assay": Mutation(
        "HEST-1k is of no assay",
        lose("dataset:hest-1k l4c:assay ?x"), "EFO:0920058"),
    "datasets-by-perturbation-type": Mutation(
        "a kind of perturbation leaves the hierarchy",
        lose("l4c:GeneticPerturbation rdfs:subClassOf ?x"), "dataset:norman-2019-perturb-seq"),
    "datasets-by-size": Mutation(
        "the size of Tabula Sapiens is unknown",
        lose("dataset:tabula-sapiens-v2 l4c:cellCount ?n"), "1100000"),
    "datasets-by-task": Mutation(
        "a task leaves the hierarchy",
        lose("l4c:PerturbationResponsePrediction rdfs:subClassOf ?x"),
        "l4c:PerturbationResponsePrediction"),
    "datasets-by-tissue": Mutation(
        "the lung is a part of nothing",
        lose("UBERON:0002048 skos:broader ?x"), "UBERON:0002048"),
    "datasets-of-model": Mutation(
        "scGPT is no longer said to use data",
        forget("l4c:about model:scgpt ; l4c:property fair4ml:trainedOn"), "model:scgpt"),
    "datasets-shared-by-models": Mutation(
        "scGPT is evaluated on nothing",
        lose("model:scgpt fair4ml:evaluatedOn ?x"), "dataset:tabula-sapiens-v2"),
    "denied-claims": Mutation(
        "Geneformer's grounding is no longer denied",
        alter("l4c:about model:geneformer ; l4c:polarity l4c:Denied", "l4c:polarity",
              "l4c:Affirmed"), "model:geneformer"),
    "derived-against-judged": Mutation(
        "scGPT is judged as the rule does",
        alter("l4c:about model:scgpt ; l4c:judge rubric:ten-dimensions-1",
             "l4c:level", "l4c:Partial"), "model:scgpt"),
    "dimensions-of-model": Mutation(
        "scGPT is assessed otherwise",
        alter("l4c:about model:scgpt ; l4c:dimension ?d", "l4c:polarity", "l4c:Denied"),
        "l4c:Denied"),
    "dimensions-without-evidence": Mutation(
        "nobody assesses privacy",
        forget("l4c:dimension l4c:PrivacyAndEthics ; l4c:verdict ?v"), "unknown"),
    "disputed-claims": Mutation(
        "scMamba's family is accepted",
        alter("l4c:about model:scmamba ; l4c:verdict l4c:Disputed", "l4c:verdict", "l4c:Accepted"),
        "model:scmamba"),
    "domain-scores": Mutation(
        "GET's score is accepted", alter(about("model:get", "l4c:domainScore", "?v"),
                                         "l4c:verdict", "l4c:Accepted"), "model:get"),
    "epigenomic-models-for-trajectory": Mutation(
        "EpiAgent is not epigenomic", lose("model:epiagent l4c:family l4c:EpigenomicModel"),
        "model:epiagent"),
    "epigenomic-models-for-trajectory-inference": Mutation(
        "only the survey says so of EpiAgent",
        alter(about("model:epiagent", "l4c:supportsTask", "l4c:TrajectoryInference"),
              "l4c:sourceKind", "l4c:SurveyProse"), "model:epiagent"),
    "errata": Mutation(
        "an erratum concerns another claim",
        add("erratum:llm4cell-2025-1 l4c:concerns claim:new"), "erratum:llm4cell-2025-1"),
    "errata-by-kind": Mutation(
        "an erratum is of another kind",
        alter('dcterms:identifier "1" ; a l4c:Erratum', "l4c:erratumKind", '"count"'),
        "erratum:llm4cell-2025-1"),
    "errata-by-model": Mutation(
        "an erratum is about another model",
        alter('dcterms:identifier "1" ; a l4c:Erratum', "l4c:about", "model:scbert"),
        "model:scbert"),
    "facts-with-one-source": Mutation(
        "a second source says that scGPT denoises",
        "INSERT { GRAPH graph:claims { claim:new l4c:about model:scgpt ; l4c:property ?p ;"
        " l4c:value ?v ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Affirmed ;"
        " dcterms:source source:new } } WHERE { GRAPH ?g { ?c l4c:about model:scgpt ;"
        " l4c:property ?p ; l4c:value ?v } }",
        "l4c:supportsTask"),
    "families-of-model": Mutation(
        "EpiAgent is no longer said to be an agent",
        forget(about("model:epiagent", "l4c:family", "l4c:AgenticFramework")), "l4c:Rejected"),
    "family-dimension-matrix": Mutation(
        "nothing is said of privacy", forget("l4c:about ?m ; l4c:dimension l4c:PrivacyAndEthics"),
        "unknown"),
    "family-task-matrix": Mutation(
        "somebody says that an agent does not translate between species",
        add("claim:new l4c:about model:scagent ; l4c:property l4c:supportsTask ; l4c:value"
            " l4c:CrossSpeciesAnnotation ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Denied ;"
            " l4c:sourceKind l4c:Repository"), "repository"),
    "fine-tasks-without-models": Mutation(
        "a task gets a model of the family",
        add("claim:new l4c:about model:epibert ; l4c:property l4c:supportsTask ; l4c:value"
            " l4c:LineageInference ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Affirmed ;"
            " l4c:sourceKind l4c:PrimaryPaper"), "l4c:LineageInference"),
    "groundings-of-model": Mutation(
        "Geneformer's grounding is rejected",
        alter("l4c:about model:geneformer ; l4c:property l4c:grounding", "l4c:verdict",
              "l4c:Rejected"), "l4c:Rejected"),
    "leads": Mutation(
        "a lead is of another record",
        alter("a l4c:Lead ; l4c:about model:epiagent", "l4c:about", "model:scbert"),
        "model:scbert"),
    "learning-objectives-of-model": Mutation(
        "UCE's objectives are unknown",
        forget("l4c:about model:uce ; l4c:property l4c:learningObjective"), "model:uce"),
    "limitations-of-model": Mutation(
        "no limitation of a model is named",
        forget("l4c:about ?m ; l4c:property l4c:limitation"), "l4c:SurveyProse"),
    "mappings-of-term": Mutation(
        "cell type annotation is not mapped", lose("l4c:CellTypeAnnotation ?r ?t"),
        "l4c:CellTypeAnnotation"),
    "metrics-by-task": Mutation(
        "a metric has another name",
        alter("l4c:property l4c:metric ; l4c:value \"ARI\"", "l4c:value", '"NMI"'), "NMI"),
    "modalities-of-model": Mutation(
        "scMMGPT is not said to take ATAC",
        forget(about("model:scmmgpt", "l4c:modality", "l4c:SingleCellATACSeq")), "model:scmmgpt"),
    "model-dimension-matrix": Mutation(
        "the assessments of scGPT are lost", forget("l4c:about model:scgpt ; l4c:dimension ?d"),
        "unknown"),
    "model-task-matrix": Mutation(
        "a denial becomes known",
        add("claim:new l4c:about model:scbert ; l4c:property l4c:supportsTask ; l4c:value"
            " l4c:CellTypeAnnotation ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Denied ;"
            " l4c:sourceKind l4c:Repository"), "mixed"),
    "models-beyond-survey": Mutation(
        "the survey lists State",
        alter("a l4c:Model ; rdfs:label \"State\"", "l4c:catalogueScope", "l4c:SurveyScope"),
        "model:state"),
    "models-by-agentic-flag": Mutation(
        "scAgent has no flag", lose("model:scagent l4c:isAgentic ?x"), "model:scagent"),
    "models-by-architecture": Mutation(
        "an architecture leaves the hierarchy",
        lose("l4c:TransformerNetwork rdfs:subClassOf ?x"), "l4c:TransformerNetwork"),
    "models-by-assay": Mutation(
        "CosMx leaves the hierarchy",
        lose("EFO:0920059 rdfs:subClassOf ?x"), "EFO:0920059"),
    "models-by-backbone": Mutation(
        "SpaCCC builds on nothing",
        lose("model:spaccc l4c:buildsOn ?x"), "model:spaccc"),
    "models-by-cell-type": Mutation(
        "T cells leave the hierarchy",
        lose("CL:0000084 rdfs:subClassOf ?x"), "CL:0000084"),
    "models-by-challenge": Mutation(
        "data bias touches nothing", lose("challenge:data-bias l4c:touches ?x"),
        "challenge:data-bias"),
    "models-by-dataset": Mutation(
        "scGPT is not evaluated on Tabula Sapiens",
        lose("model:scgpt fair4ml:evaluatedOn dataset:tabula-sapiens-v2"), "model:scgpt"),
    "models-by-dimension": Mutation(
        "a dimension leaves the hierarchy", lose("l4c:Explainability rdfs:subClassOf ?x"),
        "l4c:Explainability"),
    "models-by-family": Mutation(
        "EpiAgent is not epigenomic", lose("model:epiagent l4c:family l4c:EpigenomicModel"),
        "model:epiagent"),
    "models-by-family-and-dimension": Mutation(
        "scGPT is no model", lose("model:scgpt a ?x"), "model:scgpt"),
    "models-by-family-and-modality": Mutation(
        "scMoFormer is no spatial or multimodal model",
        lose("model:scmoformer a ?x"), "model:scmoformer"),
    "models-by-family-and-task": Mutation(
        "EpiAgent's task is rejected", alter(EPIAGENT, "l4c:verdict", "l4c:Rejected"),
        "l4c:Rejected"),
    "models-by-family-and-year": Mutation(
        "GenePT is no model", lose("model:genept a ?x"), "model:genept"),
    "models-by-family-modality-and-task": Mutation(
        "EpiAgent takes nothing", lose("model:epiagent l4c:modality ?x"), "model:epiagent"),
    "models-by-grounding": Mutation(
        "GeneCompass is not grounded", lose("model:genecompass l4c:grounding ?x"),
        "model:genecompass"),
    "models-by-learning-objective": Mutation(
        "an objective leaves the hierarchy",
        lose("l4c:CrossModalContrastiveLearning rdfs:subClassOf ?x"),
        "l4c:CrossModalContrastiveLearning"),
    "models-by-license": Mutation(
        "EpiAgent's code has no license",
        lose("model:epiagent l4c:codeLicense ?x"), "model:epiagent"),
    "models-by-modality": Mutation(
        "scGPT takes nothing", lose("model:scgpt l4c:modality ?x"), "model:scgpt"),
    "models-by-ontology": Mutation(
        "nothing uses the Cell Ontology",
        lose("?m l4c:usesOntology <http://purl.obolibrary.org/obo/cl.owl>"),
        "http://purl.obolibrary.org/obo/cl.owl"),
    "models-by-organism": Mutation(
        "EpiAgent is for no organism",
        lose("model:epiagent l4c:organism ?x"), "model:epiagent"),
    "models-by-parameters": Mutation(
        "Geneformer's variants are no variants",
        lose("?v l4c:variantOf model:geneformer"), "variant:geneformer-v1-10m"),
    "models-by-pretraining-cells": Mutation(
        "EpiAgent's corpus is unknown",
        lose("model:epiagent l4c:pretrainingCellCount ?n"), "unknown"),
    "models-by-task": Mutation(
        "scGPT's task stands in the prose only",
        forget(f"{SCGPT_TASK} ; l4c:sourceKind l4c:SurveyTable"), "model:scgpt"),
    "models-by-task-and-dataset": Mutation(
        "scGPT supports nothing", lose("model:scgpt l4c:supportsTask ?x"), "model:scgpt"),
    "models-by-tokenization": Mutation(
        "a tokenization leaves the hierarchy",
        lose("l4c:RankTokenization rdfs:subClassOf ?x"), "l4c:RankTokenization"),
    "models-by-venue": Mutation(
        "scGPT's paper has no venue", lose("publication:scgpt-2024 l4c:venue ?x"), "model:scgpt"),
    "models-by-year": Mutation(
        "scGPT's paper has no year", lose("publication:scgpt-2024 l4c:publicationYear ?x"),
        "model:scgpt"),
    "models-in-several-families": Mutation(
        "C2S-Scale is in one family", lose("model:c2s-scale l4c:family l4c:SpatialMultimodalModel"),
        "model:c2s-scale"),
    "models-without-family": Mutation(
        "a model of which nothing is said",
        add('model:new a l4c:Model ; rdfs:label "New" ; l4c:catalogueScope l4c:SurveyScope'),
        "model:new"),
    "open-challenges": Mutation(
        "data bias touches nothing", lose("challenge:data-bias l4c:touches ?x"),
        "challenge:data-bias"),
    "open-models": Mutation(
        "the MIT License is of no class",
        lose("<http://spdx.org/licenses/MIT> a ?x"), "denied"),
    "publications-of-model": Mutation(
        "scGPT's DOI is disputed", alter(about("publication:scgpt-2024", "bibo:doi", "?v"),
                                         "l4c:verdict", "l4c:Disputed"), "l4c:Disputed"),
    "rejected-claims": Mutation(
        "GET's tasks are accepted", alter(GET_TASK, "l4c:verdict", "l4c:Accepted"), "model:get"),
    "rubric-criteria": Mutation(
        "a rule applies nothing",
        lose("query:two-organisms prov:wasDerivedFrom ?x"), "query:two-organisms"),
    "searches": Mutation(
        "EpiAgent's parameters were not looked for",
        forget("a l4c:Search ; l4c:about model:epiagent ; l4c:property l4c:parameterCount"),
        "l4c:parameterCount"),
    "statements-about-dataset": Mutation(
        "a statement stands elsewhere",
        alter("l4c:about dataset:tabula-sapiens-v2 ; l4c:property l4c:scale", "l4c:locator",
              '"Table 0"'), "Table 0"),
    "statements-about-family": Mutation(
        "a statement stands elsewhere",
        alter("l4c:about l4c:EpigenomicModel ; l4c:dimension ?d", "l4c:locator", '"Table 0"'),
        "Table 0"),
    "statements-about-model": Mutation(
        "a statement stands elsewhere",
        alter("l4c:about model:scgpt ; l4c:property l4c:family", "l4c:locator", '"Table 0"'),
        "Table 0"),
    "statements-about-task": Mutation(
        "nothing is said of drug response", forget("l4c:about l4c:DrugResponsePrediction"),
        "l4c:DrugResponsePrediction"),
    "survey-against-rubric": Mutation(
        "scGPT is judged otherwise",
        alter("l4c:about model:scgpt ; l4c:judge rubric:ten-dimensions-1",
             "l4c:level", "l4c:Absent"), "l4c:Absent"),
    "tasks-of-model": Mutation(
        "scGPT's task is rejected", alter(SCGPT_TASK, "l4c:verdict", "l4c:Disputed"),
        "l4c:Disputed"),
    "tasks-without-models": Mutation(
        "an epigenomic model gets a task",
        add("claim:new l4c:about model:epibert ; l4c:property l4c:supportsTask ; l4c:value"
            " l4c:CellTypeDeconvolution ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Affirmed ;"
            " l4c:sourceKind l4c:PrimaryPaper"), "l4c:SpatialMappingAndDeconvolution"),
    "terms-below-term": Mutation(
        "a term leaves the hierarchy", lose("l4c:CellTypeDeconvolution rdfs:subClassOf ?x"),
        "l4c:CellTypeDeconvolution"),
    "thinnest-evidence": Mutation(
        "a second source assesses privacy",
        add("claim:new l4c:about model:epibert ; l4c:dimension l4c:PrivacyAndEthics ;"
            " l4c:verdict l4c:Accepted ; l4c:polarity l4c:Affirmed ; l4c:level l4c:Absent ;"
            " l4c:sourceKind l4c:Registry ; dcterms:source source:new"), "registry"),
}


def test_every_query_has_a_mutation() -> None:
    assert set(MUTATIONS) == set(QUERIES)


@every_query
def test_a_change_of_the_data_changes_the_answer(name: str, store: ox.Store) -> None:
    mutation = MUTATIONS[name]
    before = set(ask(store, name, {})[1])
    changed = load()
    changed.update(HEAD + mutation.update)
    after = set(ask(changed, name, {})[1])
    cells = {cell for row in before ^ after for cell in row}
    assert mutation.cell in cells, f"{mutation.change}: {mutation.cell} neither comes nor goes"


# --- (d) both engines give the same rows -----------------------------------------------------


@every_case
def test_same_rows_in_the_same_order_on_rdflib(
    name: str, number: int, store: ox.Store, rdflib_graph: Graph
) -> None:
    text = text_of(QUERIES[name], golden.CASES.get(name, [{}])[number])
    expected = solutions(store, text)[1]
    found = [tuple(None if cell is None else str(cell) for cell in row)
             for row in rdflib_graph.query(text)]
    assert found == [tuple(None if cell is None else cell.value for cell in row)
                     for row in expected]


# --- (e) the text keeps the rules ------------------------------------------------------------


def bare(text: str) -> str:
    """Return a query without prologue, comments, strings and IRIs."""
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"|<[^<>\s]*>|#[^\n]*', " ", text)
    return re.sub(r"PREFIX \w+:\s+", "", text)


# What a rule forbids -> how the text shows it.
FORBIDDEN = {
    "only the default graph is asked": r"\b(SERVICE|FROM|GRAPH)\b",
    "the outermost SELECT is DISTINCT": r"^\s*(?!SELECT DISTINCT\b)",
    "no column list is *": r"SELECT (DISTINCT )?\*",
    "rdflib: no average over errors": r"\bAVG\b",
    "rdflib: VALUES beside OPTIONAL": r"VALUES[\s\S]*OPTIONAL|OPTIONAL[\s\S]*VALUES",
    "standard SPARQL 1.1: no lateral join, no custom function": r"\bLATERAL\b|\b\w+:\w+\s*\(",
}
PROJECTION = re.compile(r"SELECT DISTINCT([\s\S]*?)WHERE")
SUBSELECT = re.compile(r"\{\s*SELECT[\s\S]*?(?:\n  \}|\} \})")


def faults(text: str) -> list[str]:
    """Return the rules that a query's text breaks."""
    code = re.sub(r"\n\s*\n", "\n", bare(text)).strip() + "\n"
    found = [rule for rule, pattern in FORBIDDEN.items() if re.search(pattern, code)]
    projected = PROJECTION.search(code)
    if projected and re.search(r"\?_\w+", projected[1]):
        found.append("parameters are not projected")
    inner = SUBSELECT.search(code)
    if inner and re.search(r"\?_\w+", inner[0]):
        found.append("rdflib: no parameter in a sub-select")
    if inner and not code[: inner.start()].rstrip().endswith("WHERE {"):
        found.append("rdflib: a sub-select comes first")
    aggregates = re.search(r"\b(COUNT|MAX|MIN|SUM|SAMPLE|GROUP_CONCAT)\(", code)
    if aggregates and "GROUP BY" not in code:
        found.append("rdflib: an aggregate has its GROUP BY")
    if "ORDER BY" not in code:
        found.append("the order of rows is determined")
    if re.search(r"\bGROUP_CONCAT\b|\bSAMPLE\b|\bRAND\b|\bNOW\b", code):
        found.append("an answer does not depend on chance")
    return found


@every_query
def test_text_keeps_the_rules(name: str) -> None:
    query = QUERIES[name]
    assert faults(query.text) == []
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+|[a-z]+", name)
    assert query.question.endswith("?")
    assert query.title[0].isupper()
    assert all(query.keywords)
    assert all(not p.description.endswith(".") for p in query.parameters)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s", "DISTINCT"),
        ("SELECT DISTINCT ?s WHERE { ?s ?p ?o }", "order of rows"),
        ("SELECT DISTINCT * WHERE { ?s ?p ?o } ORDER BY ?s", "column list"),
        ("SELECT DISTINCT ?s WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s", "default graph"),
        ("SELECT DISTINCT ?s FROM <x:y> WHERE { ?s ?p ?o } ORDER BY ?s", "default graph"),
        ("SELECT DISTINCT ?s WHERE { SERVICE <x:y> { ?s ?p ?o } } ORDER BY ?s", "default graph"),
        ("SELECT DISTINCT ?_a_iri WHERE { ?_a_iri ?p ?o } ORDER BY ?_a_iri", "not projected"),
        ("SELECT DISTINCT ?s WHERE { VALUES ?s { 1 } OPTIONAL { ?s ?p ?o } } ORDER BY ?s",
         "VALUES beside OPTIONAL"),
        ("SELECT DISTINCT (COUNT(?s) AS ?n) WHERE { ?s ?p ?o } ORDER BY ?n", "GROUP BY"),
        ("SELECT DISTINCT ?s WHERE { ?s ?p ?o . { SELECT ?s WHERE { ?s ?p 1 } } } ORDER BY ?s",
         "sub-select comes first"),
        ("SELECT DISTINCT ?s WHERE { ?s ?p ?o FILTER(ex:f(?s)) } ORDER BY ?s", "custom function"),
    ],
)
def test_linter_finds(text: str, rule: str) -> None:
    assert any(rule in fault for fault in faults(text))


def test_linter_reads_code_only() -> None:
    text = 'SELECT DISTINCT ?s WHERE { ?s ?p "FROM" } # SERVICE\nORDER BY ?s'
    assert faults(text) == []


@every_query
def test_parses_on_both_engines(name: str) -> None:
    text = QUERIES[name].text
    prepareQuery(text)
    assert isinstance(ox.Store().query(text), ox.QuerySolutions)


class Key(NamedTuple):
    """A variable of ORDER BY, and how: DESC downwards, STR as text, STRLEN by length."""

    variable: str
    function: str


def order_keys(text: str) -> list[Key]:
    clause = bare(text).rpartition("ORDER BY")[2]
    return [Key(variable, function)
            for function, variable in re.findall(r"(?:(DESC|STR|STRLEN)\()?\?(\w+)", clause)]


@every_query
def test_rows_come_in_a_total_order(name: str, store: ox.Store) -> None:
    """No two rows share all sort keys, and the rows are sorted by them."""
    keys = order_keys(QUERIES[name].text)
    columns, rows = solutions(store, text_of(QUERIES[name], {}))
    assert {key.variable for key in keys} <= set(columns)

    def value(row: tuple[Any, ...], key: Key) -> tuple[int, Any]:
        cell = row[columns.index(key.variable)]
        if cell is None:
            return 0, ""
        if key.function == "STRLEN":
            return 1, len(cell.value)
        numeric = isinstance(cell, ox.Literal) and cell.datatype.value == XSD.integer
        return 1, int(cell.value) if numeric and key.function != "STR" else cell.value

    assert len({tuple(value(row, key) for key in keys) for row in rows}) == len(rows)
    expected = rows
    for key in reversed(keys):
        expected = sorted(expected, key=lambda row: value(row, key), reverse=key.function == "DESC")
    assert rows == expected


@every_query
def test_labels_stand_beside_what_they_label(name: str, store: ox.Store) -> None:
    columns, _ = solutions(store, text_of(QUERIES[name], {}))
    for column in columns:
        if column.endswith("Label"):
            assert columns[columns.index(column) - 1] == column.removesuffix("Label")
