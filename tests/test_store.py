"""The embedded engine: the same graphs as the files, an explicit default graph, clear errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm4cell.errors import EngineError
from llm4cell.store import EmbeddedStore, Table, Term, quote, select_labels

EX = "https://example.org/"


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text(
        '@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n'
        '<https://example.org/a> rdfs:label "A"@en ; <https://example.org/n> 7 .\n'
    )
    two.write_text("<https://example.org/a> <https://example.org/p> <https://example.org/b> .\n")
    return EmbeddedStore({EX + "g/one": one, EX + "g/two": two})


def test_default_graph_is_the_union_of_the_loaded_graphs(store: EmbeddedStore) -> None:
    table = store.select(
        "SELECT ?n ?o { <https://example.org/a> <https://example.org/n> ?n ;"
        " <https://example.org/p> ?o }"
    )
    assert table.rows == (
        (Term("literal", "7", "http://www.w3.org/2001/XMLSchema#integer"), Term("uri", EX + "b")),
    )


def test_named_graphs_can_be_asked_for(store: EmbeddedStore) -> None:
    table = store.select("SELECT ?g { GRAPH ?g { ?s <https://example.org/p> ?o } }")
    assert [row[0].value for row in table if row[0]] == [EX + "g/two"]


def test_unbound_cells_are_left_out_of_json(store: EmbeddedStore) -> None:
    table = store.select(
        "SELECT ?label ?none { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label"
        " OPTIONAL { ?s <https://example.org/none> ?none } }"
    )
    assert table.as_json() == {
        "head": {"vars": ["label", "none"]},
        "results": {"bindings": [{"label": {"type": "literal", "value": "A", "xml:lang": "en"}}]},
    }


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("SELECT ?s WHERE { ?s ?p }", "not SPARQL"),
        ("ASK { ?s ?p ?o }", "no SELECT"),
        ("SELECT (1/0 AS ?x) (REPLACE('a', '(', '') AS ?y) { FILTER(<urn:f>(1)) }", "cannot answer"),
    ],
)
def test_refusals_are_engine_errors(store: EmbeddedStore, query: str, fault: str) -> None:
    with pytest.raises(EngineError, match=fault):
        store.select(query)


def test_file_that_is_no_turtle_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("<a> <b> .")
    with pytest.raises(EngineError, match=r"bad\.ttl: cannot be loaded"):
        EmbeddedStore({EX + "g": bad})


@pytest.mark.parametrize("text", ['"', "\\", '" . } #', "a\nb\tc\r", "\b\f", "é", "'", ""])
def test_quote_keeps_any_text(store: EmbeddedStore, text: str) -> None:
    table = store.select(f"SELECT ?x {{ BIND({quote(text)} AS ?x) }}")
    assert table == Table(("x",), ((Term("literal", text, "http://www.w3.org/2001/XMLSchema#string"),),))


def test_labels_of_what_has_one(store: EmbeddedStore) -> None:
    assert select_labels(store, [EX + "a", EX + "b"]) == {EX + "a": "A"}
    assert select_labels(store, []) == {}
