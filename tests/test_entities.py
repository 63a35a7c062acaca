"""What users type -> the resource, and everything the graph says of it."""

from __future__ import annotations

import pytest

from llm4cell.dossier import describe
from llm4cell.entities import find_entity
from llm4cell.errors import ParameterError
from llm4cell.store import EmbeddedStore
from llm4cell.vocabulary import compact


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return EmbeddedStore()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epiagent", "model:epiagent"),
        ("EpiAgent", "model:epiagent"),
        ("model:epiagent", "model:epiagent"),
        ("https://w3id.org/llm4cell/model/epiagent", "model:epiagent"),
        ("Universal Cell Embeddings", "model:uce"),
        ("trajectory inference", "l4c:TrajectoryInference"),
        ("TrajectoryInference", "l4c:TrajectoryInference"),
        ("pseudotime inference", "l4c:TrajectoryInference"),
        ("merfish", "dataset:merfish"),
        ("multi-omic-integration", "l4c:MultiOmicIntegration"),
        ("a369", "claim:epifoundation-architecture-conditionalnetwork-llm4cell-2025-section-5-8"),
        ("modality", "l4c:modality"),
        ("llm4cell-2025-66", "erratum:llm4cell-2025-66"),
        ("ethics-privacy", "challenge:ethics-privacy"),
        ("https://arxiv.org/abs/2510.07793", "source:arxiv-org-abs-2510-07793"),
        ("A369", "claim:epifoundation-architecture-conditionalnetwork-llm4cell-2025-section-5-8"),
        (
            "epiagent-isagentic-fcbcf165-llm4cell-2025-table-7",
            "claim:epiagent-isagentic-fcbcf165-llm4cell-2025-table-7",
        ),
    ],
)
def test_names(store: EmbeddedStore, text: str, expected: str) -> None:
    assert compact(find_entity(store, text)) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("epiagnt", "did you mean 'epiagent'"),
        ("", "nothing of that name"),
        ("%", "nothing of that name"),
        ("http://[bad", "nothing of that name"),
        ("\x1b[31mx", "nothing of that name"),
        ("model:nosuch", "nothing of that name"),
        ("x> } SELECT ?s { <x", "nothing of that name"),
        ("https://w3id.org/llm4cell/model/a b", "nothing of that name"),
    ],
)
def test_unknown_names_offer_the_nearest(store: EmbeddedStore, text: str, fault: str) -> None:
    with pytest.raises(ParameterError) as caught:
        find_entity(store, text)
    assert fault in str(caught.value)


def test_a_model_shows_its_disputes(store: EmbeddedStore) -> None:
    dossier = describe(store, find_entity(store, "epiagent"))
    families = {(c.value, c.verdict, c.kind) for c in dossier.claims if c.property == "family"}
    assert families == {
        ("epigenomic model", "accepted", "survey table"),
        ("text-bridge model", "rejected", "survey table"),
        ("agentic framework", "rejected", "survey prose"),
    }
    assert all(c.reason for c in dossier.claims if c.verdict != "accepted")
    assert all(c.kind and c.verdict and c.locator and c.source for c in dossier.claims)
    assert ("primary family", "epigenomic model") in dossier.triples


def test_an_absence_is_a_denied_claim(store: EmbeddedStore) -> None:
    dossier = describe(store, find_entity(store, "geneformer"))
    denied = [c for c in dossier.claims if c.polarity == "denied"]
    assert [(c.property, c.value, c.locator) for c in denied] == [
        ("grounding", "grounding source", "Table 7")
    ]


def test_a_task_shows_who_is_said_to_support_it(store: EmbeddedStore) -> None:
    dossier = describe(store, find_entity(store, "trajectory-perturbation"))
    assert dossier.label == "trajectory and perturbation modeling"
    about = {c.about for c in dossier.supporters if c.property == "supports task"}
    assert {"scGPT", "Geneformer", "EpiAgent"} <= about
    assert {c.property for c in dossier.claims} >= {"metric", "limitation"}


def test_a_claim_shows_its_parts(store: EmbeddedStore) -> None:
    name = "epiagent-supportstask-perturbationresponseprediction-llm4cell-2025-section-5-2"
    dossier = describe(store, find_entity(store, name))
    assert dict(dossier.triples) == {
        "about": "EpiAgent",
        "property": "supports task",
        "value": "perturbation response prediction",
        "source": "LLM4Cell: A Survey of Large Language and Agentic Models for Single-Cell Biology"
        " (publication:llm4cell-2025)",
        "locator": "section 5.2",
        "has source kind": "survey prose",
        "has polarity": "affirmed",
        "has verdict": "accepted",
        "scope": "direct",
        "identifier": "A136",
        "statement": "Epigenomic model extended to regulatory responses.",
    }
