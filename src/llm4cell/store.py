"""The engine behind every query: text in, table of terms out.

One protocol for every engine. The embedded one is pyoxigraph, in memory, over the packaged graphs:
no server, no network. Every graph is a named graph, and the default graph of a query is named
outright, since engines disagree on what it is when nobody says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from llm4cell.errors import EngineError
from llm4cell.resources import graph_files
from llm4cell.vocabulary import XSD

if TYPE_CHECKING:
    import pyoxigraph

__all__ = ["EmbeddedStore", "Store", "Table", "Term", "quote", "select_labels"]


@dataclass(frozen=True, slots=True)
class Term:
    """An RDF term of an answer; ``datatype`` is empty for IRIs, blank nodes and tagged text."""

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
        bindings = [
            {name: term.as_json() for name, term in zip(self.columns, row, strict=True) if term}
            for row in self.rows
        ]
        return {"head": {"vars": list(self.columns)}, "results": {"bindings": bindings}}


class Store(Protocol):
    """What every engine offers."""

    def select(self, text: str) -> Table:
        """Answer a SELECT query; raises EngineError where the engine refuses it."""
        ...


class EmbeddedStore:
    """pyoxigraph in memory."""

    def __init__(self, files: dict[str, Path] | None = None) -> None:
        """Load ``files`` (graph IRI -> Turtle file; default: the packaged graphs)."""
        import pyoxigraph

        self._store = pyoxigraph.Store()
        self._graphs = []
        for iri, path in (graph_files() if files is None else files).items():
            name = pyoxigraph.NamedNode(iri)
            try:
                self._store.bulk_load(
                    path=path, format=pyoxigraph.RdfFormat.TURTLE, to_graph=name
                )
            except (OSError, SyntaxError) as error:
                raise EngineError(f"{path}: cannot be loaded ({error}); run: llm4cell build") from error
            self._graphs.append(name)

    def select(self, text: str) -> Table:
        import pyoxigraph

        try:
            answer = self._store.query(text, default_graph=self._graphs)
            if not isinstance(answer, pyoxigraph.QuerySolutions):
                raise EngineError("the query is no SELECT; a table was asked for")
            columns = tuple(variable.value for variable in answer.variables)
            rows = tuple(tuple(map(_term, solution)) for solution in answer)
        except SyntaxError as error:
            raise EngineError(f"not SPARQL: {error}") from error
        except RuntimeError as error:
            raise EngineError(f"the engine cannot answer: {error}") from error
        return Table(columns, rows)


def _term(node: pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | Any) -> Term | None:
    if node is None:
        return None
    import pyoxigraph

    if isinstance(node, pyoxigraph.NamedNode):
        return Term("uri", node.value)
    if isinstance(node, pyoxigraph.Literal):
        language = node.language or ""
        return Term("literal", node.value, "" if language else node.datatype.value, language)
    return Term("bnode", str(node))


def quote(text: str) -> str:
    """Return ``text`` as a SPARQL string literal."""
    return '"' + text.translate(_ESCAPES) + '"'


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t",
                          "\b": "\\b", "\f": "\\f"})


def select_labels(store: Store, iris: Sequence[str]) -> dict[str, str]:
    """Return IRI -> rdfs:label for those of ``iris`` that have one."""
    if not iris:
        return {}
    values = " ".join(f"<{iri}>" for iri in iris)
    table = store.select(
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        f"SELECT DISTINCT ?s ?label WHERE {{ VALUES ?s {{ {values} }} ?s rdfs:label ?label }}"
    )
    return {s.value: label.value for s, label in table if s and label}
