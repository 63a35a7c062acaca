"""The engine behind every query: text in, terms out, and the exact forms they are written in.

One protocol for every engine. The embedded one is pyoxigraph, in memory, over the packaged graphs:
no server, no network. Every graph is a named graph, and the default graph of a query is named
outright, since engines disagree on what it is when nobody says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from llm4cell.errors import EngineError
from llm4cell.resources import graph_files
from llm4cell.turtle import lay_out
from llm4cell.vocabulary import RDF, RDFS, XSD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pyoxigraph

__all__ = [
    "FORMATS",
    "Answer",
    "EmbeddedStore",
    "Store",
    "Table",
    "Term",
    "Triples",
    "quote",
    "read_results",
    "read_triples",
    "select_labels",
    "serialise",
]


class Term(NamedTuple):
    """An RDF term of an answer; ``datatype`` is empty for IRIs, blank nodes and tagged text.

    ``value`` of a blank node is its label, without the ``_:``.
    """

    kind: str  # uri, literal or bnode, as in SPARQL 1.1 Query Results JSON, section 3.2.2
    value: str
    datatype: str = ""
    language: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the term in the form of SPARQL 1.1 Query Results JSON."""
        data = {"type": self.kind, "value": self.value}
        if self.language:
            data["xml:lang"] = self.language
        elif self.datatype and self.datatype != XSD.string:
            data["datatype"] = self.datatype
        return data

    def as_turtle(self) -> str:
        """Return the term as Turtle and SPARQL spell it, numbers and booleans bare.

        >>> Term("literal", "7", XSD.integer).as_turtle()
        '7'
        """
        if self.kind == "uri":
            return f"<{self.value}>"
        if self.kind == "bnode":
            return f"_:{self.value}"
        if self.language:
            return f"{quote(self.value)}@{self.language}"
        if not self.datatype or self.datatype == XSD.string:
            return quote(self.value)
        bare = _BARE.get(self.datatype)
        if bare and bare.fullmatch(self.value):
            return self.value
        return f"{quote(self.value)}^^<{self.datatype}>"


# Turtle, section 2.5.2 and 2.5.3. TSV: https://www.w3.org/TR/sparql11-results-csv-tsv/#tsv-terms
_BARE = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.double: re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
    XSD.boolean: re.compile(r"true|false"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a SELECT: column names and rows; None where a cell is unbound."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def __iter__(self) -> Iterator[tuple[Term | None, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return the table as SPARQL 1.1 Query Results JSON."""
        bindings = [_binding(self.columns, row) for row in self.rows]
        return {"head": {"vars": list(self.columns)}, "results": {"bindings": bindings}}


@dataclass(frozen=True, slots=True)
class Triples:
    """The answer to a CONSTRUCT or DESCRIBE: each triple once, in the order of Turtle's blocks."""

    triples: tuple[tuple[Term, Term, Term], ...]

    def __iter__(self) -> Iterator[tuple[Term, Term, Term]]:
        return iter(self.triples)

    def __len__(self) -> int:
        return len(self.triples)


Answer = Table | bool | Triples
"""What a query can give: SELECT a table, ASK a truth value, CONSTRUCT and DESCRIBE triples."""


class Store(Protocol):
    """What every engine offers."""

    def select(self, text: str) -> Table:
        """Answer a SELECT query; raises EngineError where the engine refuses it."""
        ...

    def query(self, text: str) -> Answer:
        """Answer a query of any form; raises EngineError where the engine refuses it."""
        ...


class EmbeddedStore:
    """pyoxigraph in memory."""

    def __init__(self, files: dict[str, Path] | None = None) -> None:
        """Load ``files`` (graph IRI -> Turtle file; default: the packaged graphs)."""
        import pyoxigraph

        self._store = pyoxigraph.Store()
        for iri, path in (graph_files() if files is None else files).items():
            name = pyoxigraph.NamedNode(iri)
            try:
                self._store.bulk_load(
                    path=path, format=pyoxigraph.RdfFormat.TURTLE, to_graph=name
                )
            except (OSError, SyntaxError) as error:
                fault = f"{path}: cannot be loaded ({error}); run: llm4cell build"
                raise EngineError(fault) from error

    def select(self, text: str) -> Table:
        answer = self.query(text)
        if not isinstance(answer, Table):
            raise EngineError("the query is no SELECT; a table was asked for")
        return answer

    def query(self, text: str) -> Answer:
        try:
            return _read(self.evaluate(text))
        except SyntaxError as error:
            raise EngineError(f"not SPARQL: {error}") from error
        except (OSError, RuntimeError) as error:
            raise EngineError(f"the engine cannot answer: {error}") from error

    def evaluate(
        self, text: str, *, own_dataset: bool = False
    ) -> pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples:
        """Return pyoxigraph's own answer, evaluated as it is read, with pyoxigraph's own errors.

        ``own_dataset`` says that the query names its dataset (FROM), which a default graph given
        from outside would silently replace.
        """
        if own_dataset:
            return self._store.query(text)
        # The store holds the loaded graphs alone: their union is the default graph that other
        # engines are given by name, and pyoxigraph walks it several times as fast.
        return self._store.query(text, use_default_graph_as_union=True)


def read_results(data: bytes) -> Table | bool:
    """Read SPARQL 1.1 Query Results JSON, as every engine gives it; raises EngineError."""
    import pyoxigraph

    try:
        answer = _read(
            pyoxigraph.parse_query_results(data, format=pyoxigraph.QueryResultsFormat.JSON)
        )
    except SyntaxError as error:
        raise EngineError(f"the engine's answer is no SPARQL Results JSON: {error}") from error
    assert not isinstance(answer, Triples)  # results hold none
    return answer


def read_triples(data: bytes) -> Triples:
    """Read N-Triples, the form in which engines hand over triples; raises EngineError."""
    import pyoxigraph

    try:
        return _triples(
            pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_TRIPLES, rename_blank_nodes=False)
        )
    except SyntaxError as error:
        raise EngineError(f"the engine's answer is no N-Triples: {error}") from error


def _read(
    answer: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples,
) -> Answer:
    import pyoxigraph

    if isinstance(answer, pyoxigraph.QueryBoolean):
        return bool(answer)
    if isinstance(answer, pyoxigraph.QueryTriples):
        return _triples(answer)
    convert = _converter()
    columns = tuple(variable.value for variable in answer.variables)
    return Table(columns, tuple(tuple(map(convert, solution)) for solution in answer))


def _triples(found: Iterable[Any]) -> Triples:
    convert = _converter()
    unique = {(convert(t.subject), convert(t.predicate), convert(t.object)) for t in found}
    # Types first, as people read Turtle.
    return Triples(tuple(sorted(unique, key=lambda t: (t[0], t[1].value != RDF.type, *t[1:]))))


class _Terms(dict[Any, Any]):
    """pyoxigraph's terms -> ours; an answer repeats many, and each is made once."""

    def __missing__(self, node: Any) -> Term | None:
        import pyoxigraph

        if isinstance(node, pyoxigraph.NamedNode):
            term = Term("uri", node.value)
        elif isinstance(node, pyoxigraph.BlankNode):
            term = Term("bnode", node.value)
        elif isinstance(node, pyoxigraph.Literal) and not node.direction:
            language = node.language or ""
            term = Term("literal", node.value, "" if language else node.datatype.value, language)
        else:
            raise EngineError(f"the answer holds {node}, a term of RDF 1.2; ask for its parts")
        self[node] = term
        return term


def _converter() -> Callable[[Any], Any]:
    """Return a function from pyoxigraph's terms, or None where a cell is unbound, to ours."""
    return _Terms({None: None}).__getitem__


FORMATS = ("json", "csv", "tsv", "ttl", "nt")


def serialise(answer: Answer, form: str) -> Iterator[str]:
    """Yield ``answer`` in one of FORMATS, piece by piece, so that it is never held twice.

    json is SPARQL 1.1 Query Results JSON, csv and tsv are SPARQL 1.1 Query Results CSV and TSV
    (https://www.w3.org/TR/sparql11-results-csv-tsv/), ttl is Turtle, nt N-Triples; all are UTF-8.
    Raises EngineError where ``answer`` is of a kind that ``form`` cannot hold.
    """
    if isinstance(answer, Table) and form in ("json", "csv", "tsv"):
        return {"json": _json, "csv": _csv, "tsv": _tsv}[form](answer)
    if isinstance(answer, bool) and form == "json":
        return iter([json.dumps({"head": {}, "boolean": answer}), "\n"])
    if isinstance(answer, Triples) and form in ("ttl", "nt"):
        return _turtle(answer) if form == "ttl" else _lines(answer)
    kind, fits = {Table: ("table", "json, csv or tsv"), bool: ("truth value", "json"),
                  Triples: ("graph", "ttl or nt")}[type(answer)]
    raise EngineError(f"the answer is a {kind}, which {form} cannot hold; take {fits}")


def _binding(columns: tuple[str, ...], row: tuple[Term | None, ...]) -> dict[str, dict[str, str]]:
    return {name: term.as_json() for name, term in zip(columns, row, strict=True) if term}


def _json(table: Table) -> Iterator[str]:
    """Yield JSON with one line a row: readable, and comparable with diff."""
    head = json.dumps({"vars": list(table.columns)}, ensure_ascii=False)
    yield f'{{"head": {head},\n "results": {{"bindings": ['
    comma = "\n  "
    for row in table:
        yield comma + json.dumps(_binding(table.columns, row), ensure_ascii=False)
        comma = ",\n  "
    yield "]}}\n"


def _csv(table: Table) -> Iterator[str]:
    import csv

    class Echo:
        def write(self, text: str) -> str:
            return text

    # The writer hands on what write() gives back.
    writer: Any = csv.writer(Echo(), lineterminator="\r\n")
    yield writer.writerow(table.columns)
    for row in table:
        yield writer.writerow([_raw(term) for term in row])


def _raw(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def _tsv(table: Table) -> Iterator[str]:
    yield "\t".join(f"?{name}" for name in table.columns) + "\n"
    for row in table:
        yield "\t".join(term.as_turtle() if term else "" for term in row) + "\n"


def _lines(triples: Triples) -> Iterator[str]:
    for triple in triples:
        yield " ".join(map(_full, triple)) + " .\n"


def _full(term: Term) -> str:
    if term.datatype in _BARE:  # N-Triples has no bare numbers
        return f"{quote(term.value)}^^<{term.datatype}>"
    return term.as_turtle()


def _turtle(triples: Triples) -> Iterator[str]:
    import pyoxigraph

    data = "".join(_lines(triples)).encode()
    found = pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    yield lay_out(quad.triple for quad in found)


def quote(text: str) -> str:
    """Return ``text`` as a SPARQL string literal."""
    return '"' + text.translate(_ESCAPES) + '"'


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t",
                          "\b": "\\b", "\f": "\\f"})
_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


def select_labels(store: Store, iris: Sequence[str]) -> dict[str, str]:
    """Return IRI -> rdfs:label for those of ``iris`` that have one."""
    values = " ".join(f"<{iri}>" for iri in iris if not _NO_IRI.search(iri))
    if not values:
        return {}
    table = store.select(
        f"SELECT DISTINCT ?s ?label WHERE {{ VALUES ?s {{ {values} }} ?s <{RDFS.label}> ?label }}"
    )
    return {s.value: label.value for s, label in table if s and label}
