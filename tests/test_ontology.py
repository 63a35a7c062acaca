"""The T-box: what it must hold, that it reuses real terms, and how Python reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import DCAT, DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS, VANN, XSD, Graph, URIRef

from llm4cell.errors import OntologyError
from llm4cell.ontology import Ontology, load_ontology, snake_case
from llm4cell.vocabulary import FAIR4ML, L4C, OBOINOWL

CLOSED = (DCAT, DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS, VANN, XSD)
FAMILIES = {
    "FoundationModel",
    "TextBridgeModel",
    "SpatialMultimodalModel",
    "EpigenomicModel",
    "AgenticFramework",
}
TASKS = {
    "AnnotationAndOntologyMapping",
    "TrajectoryAndPerturbationModeling",
    "MultiOmicIntegration",
    "SpatialMappingAndDeconvolution",
    "RegulatoryNetworkAndPathwayInference",
    "CrossSpeciesTranslation",
    "GenerationAndSimulation",
    "DrugResponsePrediction",
}
DIMENSIONS = {
    "BiologicalGrounding",
    "BatchEffectRobustness",
    "MultiOmicsAlignment",
    "TrajectoryAndPerturbationFidelity",
    "CrossSpeciesGeneralization",
    "AtlasFairness",
    "Explainability",
    "PrivacyAndEthics",
    "Scalability",
    "EmergingAgenticBehavior",
}
# Other roots of the survey's axes, each with terms below it.
ROOTS = (
    "AnalyticalTask",
    "DataModality",
    "GroundingSource",
    "Architecture",
    "LearningObjective",
    "AgentCapability",
    "Tokenization",
    "GeneralPurposeModel",
    "PerturbationType",
    "License",
    "ReferenceOntology",
    "Dataset",
    "Source",
)


def names(iris: object) -> set[str]:
    return {str(iri).removeprefix(L4C.base) for iri in iris}  # type: ignore[attr-defined]


def test_families_tasks_and_dimensions_are_the_surveys(ontology: Ontology) -> None:
    graph = ontology.graph
    assert names(graph.subjects(RDFS.subClassOf, URIRef(L4C.Model))) == FAMILIES
    subset = graph.subjects(URIRef(OBOINOWL.inSubset), URIRef(L4C.LLM4CellTasks))
    assert names(subset) == TASKS
    below = graph.subjects(RDFS.subClassOf, URIRef(L4C.EvaluationDimension))
    assert names(below) == DIMENSIONS


@pytest.mark.parametrize("name", ROOTS)
def test_every_axis_has_terms(ontology: Ontology, name: str) -> None:
    assert len(ontology.below(L4C + name)) > 3


def test_every_class_is_below_one_root(ontology: Ontology) -> None:
    """Roots of different axes are disjoint, so a class below two of them could have no instance."""
    below = {name: ontology.below(L4C + name) for name in (*ROOTS, "EvaluationDimension", "Model")}
    for iri in set.union(*below.values()):
        assert sum(iri in terms for terms in below.values()) == 1, iri


def test_reused_terms_exist(ontology: Ontology) -> None:
    """rdflib's closed namespaces raise on a misspelt term."""
    for triple in ontology.graph:
        for node in triple:
            if isinstance(node, URIRef):
                for namespace in CLOSED:
                    if node.startswith(str(namespace)) and node != URIRef(str(namespace)):
                        namespace[node.removeprefix(str(namespace))]  # raises where unknown


def test_schema_org_is_https_everywhere(root: Path) -> None:
    wrong = [
        path.relative_to(root).as_posix()
        for folder in ("ontology", "graphs", "queries", "shapes")
        for path in (root / folder).rglob("*")
        if path.suffix in (".ttl", ".rq", ".tsv") and "http://schema.org" in path.read_text()
    ]
    assert wrong == []


def test_no_value_outside_owl2_datatypes(root: Path) -> None:
    """xsd:date and xsd:gYear abort HermiT."""
    for path in [root / "ontology" / "llm4cell.ttl", *(root / "graphs").glob("*.ttl")]:
        assert not re.search(r"\^\^xsd:(date|gYear)\b", path.read_text()), path


def test_claimable_properties(ontology: Ontology) -> None:
    task = ontology.properties["supports_task"]
    assert task.is_fact
    assert task.kind == "object"
    assert task.roots == (L4C.AnalyticalTask,)
    trained = ontology.properties["trained_on"]
    assert trained.iri == FAIR4ML.trainedOn
    # Domain and range come from l4c:usesDataset above it.
    assert trained.ranges == {L4C.Dataset}
    assert trained.domains == {L4C.Model, L4C.ModelVariant}
    assert not ontology.properties["domain_score"].is_fact
    assert ontology.properties["is_agentic"].functional


def test_counts_are_whole_numbers_with_a_unit(ontology: Ontology) -> None:
    for key, unit in (("parameter_count", "parameters"), ("pretraining_cell_count", "cells")):
        entry = ontology.properties[key]
        assert entry.functional
        assert entry.ranges == {str(XSD.integer)}
        units = ontology.graph.objects(URIRef(entry.iri), SDO.unitText)
        assert [str(text) for text in units] == [unit]


def test_a_backbone_is_a_system_or_a_class_and_never_typed_as_one(ontology: Ontology) -> None:
    """A range would make l4c:GPT4, the punned value, an l4c:Model."""
    for key in ("builds_on", "fine_tuned_from"):
        entry = ontology.properties[key]
        assert entry.ranges == {L4C.Model, L4C.ModelVariant}
        assert entry.roots == (L4C.GeneralPurposeModel,)
        above = ontology.graph.transitive_objects(URIRef(entry.iri), RDFS.subPropertyOf)
        assert not any((property_, RDFS.range, None) in ontology.graph for property_ in above)
    assert ontology.find("gpt-4", [L4C.GeneralPurposeModel]) == L4C.GPT4


def test_no_class_valued_property_has_a_range(ontology: Ontology) -> None:
    graph = ontology.graph
    roots = set(graph.subjects(URIRef(L4C.valueRoot)))
    assert len(roots) > 10
    assert [p for p in roots if (p, RDFS.range, None) in graph] == []


def test_licenses_are_found_by_their_spdx_id(ontology: Ontology) -> None:
    """Their labels are SPDX's full names."""
    mit = "http://spdx.org/licenses/MIT"
    assert ontology.find("mit", [L4C.License]) == mit
    assert ontology.labels[mit] == "MIT License"
    assert mit in ontology.below(L4C.OpenLicense)
    for name in ("CC-BY-NC-4.0", "LicenseRef-scFoundation"):
        iri = ontology.find(name, [L4C.License])
        assert iri in ontology.below(L4C.NonCommercialLicense) - ontology.below(L4C.OpenLicense)
    for iri in ontology.below(L4C.License):
        if not iri.startswith(L4C.base):
            names_ = {str(o) for o in ontology.graph.objects(URIRef(iri), SKOS.altLabel)}
            assert iri.rsplit("/", 1)[1] in names_, iri


def test_paired_assays_name_their_parts(ontology: Ontology) -> None:
    """So that a search for scATAC-seq can also find what was measured together with it."""
    parts = list(ontology.graph.subject_objects(URIRef(L4C.includesModality)))
    with_atac = {s for s, o in parts if o == URIRef(L4C.SingleCellATACSeq)}
    assert {"Multiome10x", "TEASeq", "ASAPSeq", "SHARESeq"} <= names(with_atac)
    modalities = ontology.below(L4C.DataModality)
    assert all(str(s) in modalities and str(o) in modalities for s, o in parts)
    paired = ontology.below(L4C.PairedMultiOmics) - {L4C.PairedMultiOmics}
    assert paired <= {str(s) for s, _ in parts}


def test_a_fact_says_what_it_is_about(ontology: Ontology) -> None:
    for entry in ontology.properties.values():
        if entry.is_fact and entry.kind != "annotation":
            assert entry.domains, entry.key


@pytest.mark.parametrize(
    ("text", "top", "expected"),
    [
        ("Cell Type  annotation", L4C.AnalyticalTask, "CellTypeAnnotation"),
        ("pseudotime inference", L4C.AnalyticalTask, "TrajectoryInference"),
        ("epigenomic", L4C.Model, "EpigenomicModel"),
        ("survey prose", L4C.SourceKind, "SurveyProse"),
        ("repository", L4C.SourceKind, "Repository"),
        ("epigenomic", L4C.AnalyticalTask, None),
    ],
)
def test_find(ontology: Ontology, text: str, top: str, expected: str | None) -> None:
    assert ontology.find(text, [top]) == (L4C + expected if expected else None)


def test_nearest_offers_what_was_meant(ontology: Ontology) -> None:
    assert (
        ontology.nearest("trajectry inference", [L4C.AnalyticalTask])[0] == "trajectory inference"
    )
    assert ontology.nearest("zzzzzzzz", [L4C.AnalyticalTask]) == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("supportsTask", "supports_task"),
        ("doi", "doi"),
        ("isAgentic", "is_agentic"),
        ("publicationYear", "publication_year"),
    ],
)
def test_snake_case(name: str, key: str) -> None:
    assert snake_case(name) == key


def test_unreadable_ontology_is_named(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="missing"):
        load_ontology(tmp_path / "none.ttl")
    with pytest.raises(OntologyError, match=f"^{re.escape(str(tmp_path))}: not a file"):
        load_ontology(tmp_path)
    bad = tmp_path / "bad.ttl"
    bad.write_bytes(b"# caf\xe9")
    with pytest.raises(OntologyError, match=r"bad\.ttl:1: not UTF-8"):
        load_ontology(bad)


def test_a_fault_of_the_ontology_has_its_line_and_one_sentence(root: Path, tmp_path: Path) -> None:
    """A parser's own message quotes half the file around the fault."""
    bad = tmp_path / "llm4cell.ttl"
    lines = (root / "ontology" / "llm4cell.ttl").read_text().splitlines()
    bad.write_text("\n".join([*lines, "l4c:New rdfs:subClassOf [", ""]))
    with pytest.raises(OntologyError) as error:
        load_ontology(bad)
    place, _, fault = str(error.value).rpartition(": not Turtle ")
    assert place in (f"{bad}:{len(lines) + 1}", f"{bad}:{len(lines) + 2}")
    assert re.fullmatch(r"\([\w ]+\)", fault)


def test_literals_of_the_ontology_keep_their_spelling(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(f"<{L4C.Model}> <{RDFS.comment}> 007 .")
    assert [str(o) for o in load_ontology(path).graph.objects()] == ["007"]


def test_ontology_is_one_graph_of_named_terms(ontology: Ontology) -> None:
    """Every label is in English and no term of ours is without a type."""
    graph: Graph = ontology.graph
    ours = {s for s in graph.subjects() if isinstance(s, URIRef) and s.startswith(L4C.base)}
    assert ours
    for term in ours:
        assert (term, RDF.type, None) in graph, term
        assert [label.language for label in graph.objects(term, RDFS.label)] == ["en"], term  # type: ignore[attr-defined]
