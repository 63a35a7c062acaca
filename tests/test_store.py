"""The embedded engine: the same graphs as the files, an explicit default graph, clear errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm4cell.errors import EngineError
from llm4cell.store import (
    EmbeddedStore,
    Table,
    Term,
    Triples,
    quote,
    read_results,
    read_triples,
    select_labels,
    serialise,
)

EX = "https://example.org/"


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text(
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
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
        (
            "SELECT (1/0 AS ?x) (REPLACE('a', '(', '') AS ?y) { FILTER(<urn:f>(1)) }",
            "cannot answer",
        ),
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
    assert table == Table(
        ("x",), ((Term("literal", text, "http://www.w3.org/2001/XMLSchema#string"),),)
    )


def test_labels_of_what_has_one(store: EmbeddedStore) -> None:
    assert select_labels(store, [EX + "a", EX + "b"]) == {EX + "a": "A"}
    assert select_labels(store, []) == {}


XSD = "http://www.w3.org/2001/XMLSchema#"
# The table of https://www.w3.org/TR/sparql11-results-csv-tsv/#example, with what must be quoted.
TABLE = Table(
    ("x", "literal"),
    (
        (Term("uri", "http://example/x"), Term("literal", "String", XSD + "string")),
        (
            Term("uri", "http://example/x"),
            Term("literal", 'String-with-dquote"', XSD + "string"),
        ),
        (Term("bnode", "b0"), Term("literal", "Blank node", XSD + "string")),
        (None, Term("literal", "Missing 'x'", XSD + "string")),
        (None, None),
        (Term("uri", "http://example/x"), None),
        (Term("bnode", "b1"), Term("literal", "String-with-lang", "", "en")),
        (Term("bnode", "b1"), Term("literal", "123", XSD + "integer")),
        (None, Term("literal", "a,b\r\n\tc\\", XSD + "string")),
    ),
)


def test_csv_is_the_recommendations() -> None:
    assert "".join(serialise(TABLE, "csv")) == (
        "x,literal\r\n"
        "http://example/x,String\r\n"
        'http://example/x,"String-with-dquote"""\r\n'
        "_:b0,Blank node\r\n"
        ",Missing 'x'\r\n"
        ",\r\n"
        "http://example/x,\r\n"
        "_:b1,String-with-lang\r\n"
        "_:b1,123\r\n"
        ',"a,b\r\n\tc\\"\r\n'
    )


def test_tsv_is_the_recommendations() -> None:
    assert "".join(serialise(TABLE, "tsv")) == (
        "?x\t?literal\n"
        '<http://example/x>\t"String"\n'
        '<http://example/x>\t"String-with-dquote\\""\n'
        '_:b0\t"Blank node"\n'
        "\t\"Missing 'x'\"\n"
        "\t\n"
        "<http://example/x>\t\n"
        '_:b1\t"String-with-lang"@en\n'
        "_:b1\t123\n"
        '\t"a,b\\r\\n\\tc\\\\"\n'
    )


def test_json_reads_back_as_the_same_table() -> None:
    assert read_results("".join(serialise(TABLE, "json")).encode()) == TABLE
    assert read_results("".join(serialise(True, "json")).encode()) is True


@pytest.mark.parametrize(
    ("value", "kind", "bare"),
    [
        ("1", "integer", True),
        ("-01", "integer", True),
        ("1.", "integer", False),
        ("1.5", "decimal", True),
        ("1", "decimal", False),
        ("1e0", "double", True),
        ("1", "double", False),
        ("true", "boolean", True),
        ("1", "boolean", False),
    ],
)
def test_only_what_reads_back_is_bare(value: str, kind: str, bare: bool) -> None:
    text = Term("literal", value, XSD + kind).as_turtle()
    assert text == (value if bare else f'"{value}"^^<{XSD}{kind}>')


def test_triples_are_sorted_types_first_and_read_back(store: EmbeddedStore) -> None:
    text = (
        f'CONSTRUCT {{ <{EX}b> <{EX}a> 1.0 , "x\\n\\ty"@en . <{EX}a> <{EX}a> true ; a <{EX}c> ;'
        f" <{EX}a> true }} {{}}"
    )
    triples = store.query(text)
    assert isinstance(triples, Triples)
    assert len(triples) == 4
    assert "".join(serialise(triples, "ttl")) == (
        "\n<https://example.org/a> a <https://example.org/c> ;\n"
        "    <https://example.org/a> true .\n\n"
        '<https://example.org/b> <https://example.org/a> 1.0 , "x\\n\\ty"@en .\n'
    )
    assert read_triples("".join(serialise(triples, "nt")).encode()) == triples


@pytest.mark.parametrize(
    ("text", "form", "fault"),
    [
        ("SELECT * {}", "ttl", "is a table, which ttl cannot hold; take json, csv or tsv"),
        ("ASK {}", "csv", "is a truth value, which csv cannot hold; take json"),
        (
            "CONSTRUCT WHERE { ?s ?p ?o }",
            "json",
            "is a graph, which json cannot hold; take ttl or nt",
        ),
    ],
)
def test_a_format_holds_what_it_can(store: EmbeddedStore, text: str, form: str, fault: str) -> None:
    with pytest.raises(EngineError, match=fault):
        serialise(store.query(text), form)


@pytest.mark.parametrize("data", [b"", b"{", b"<html>", b'{"head": {}}'])
def test_answers_that_are_none_are_engine_errors(data: bytes) -> None:
    with pytest.raises(EngineError, match="no SPARQL Results JSON"):
        read_results(data)
