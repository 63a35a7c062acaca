"""Canned queries: one .rq file a question, with its parameters in the header.

The header holds lines that start with '#+' (the form of grlc). A parameter is a variable
``?_name_type`` in the query; its value replaces the variable, token by token, as one serialised
RDF term, so no value can change the query's structure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.entities import Scope, find_term, find_value
from llm4cell.errors import ParameterError, QueryFileError
from llm4cell.resources import folder
from llm4cell.store import Store, Table, quote
from llm4cell.turtle import OPAQUE, lay_out, order
from llm4cell.vocabulary import L4C, QUERY, RDF, RDFS, SCHEMA, SH, XSD, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = [
    "CannedQuery",
    "Parameter",
    "bind",
    "describe_queries",
    "list_queries",
    "load_query",
    "read_query",
    "run_query",
]

TYPES = ("iri", "string", "integer", "boolean")
_HEADER = re.compile(r"#\+ ?(?P<text>.*)")
_ENTRY = re.compile(r"(?P<key>[a-z_]+):(?: (?P<value>.*))?")
_PARAMETER = re.compile(r"[?$]_(?P<name>[A-Za-z]\w*)_(?P<type>[a-z]+)")
# A variable as a token; anything else is passed over.
_TOKEN = re.compile(OPAQUE + r"|(?P<variable>[?$]\w+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a canned query.

    ``below`` names the term at or below which an iri's value lies; ``of`` the class whose instances
    its value is one of, beside the terms where both are given. Terms of other vocabularies are
    named by CURIE. ``among`` is the property whose values a string or an iri is one of. One without
    a default may be left out, or given as 'all', and then stays free, unless it is ``required``.
    """

    name: str
    type: str
    description: str
    below: str = ""
    of: str = ""
    among: str = ""
    default: str = ""
    required: bool = False

    @property
    def variable(self) -> str:
        return f"_{self.name}_{self.type}"

    @property
    def scope(self) -> Scope:
        """Where an iri's value is looked for."""
        return Scope(*(_iri(name) if name else "" for name in (self.below, self.of, self.among)))

    @property
    def default_iri(self) -> str:
        """The term that stands where an iri is left out; empty where that is no term."""
        return _iri(self.default) if self.below and self.default else ""

    def frees(self, text: str) -> bool:
        """Whether ``text`` says that the parameter is to stay free."""
        return text == _ALL and not self.default and not self.required


_ALL = "all"


def _iri(name: str) -> str:
    """Return the IRI of a name in a header: of the ontology where it has no prefix."""
    return expand(name) or L4C + name


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """A question: its name (the file's), header and SPARQL text."""

    name: str
    title: str
    question: str
    keywords: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str


def list_queries(where: Path | None = None) -> list[CannedQuery]:
    """Return all canned queries by name."""
    return [read_query(path) for path in sorted((where or folder("queries")).glob("*.rq"))]


def load_query(name: str, where: Path | None = None) -> CannedQuery:
    """Return the canned query ``name``; raises ParameterError with the nearest names."""
    source = where or folder("queries")
    known = {path.stem: path for path in source.glob("*.rq")}
    if name not in known:
        raise ParameterError(f"no query '{name}'; {_nearest(name, known)}")
    return read_query(known[name])


def read_query(path: Path) -> CannedQuery:
    """Read one .rq file; raises QueryFileError naming file, line and fault."""
    text = path.read_text(encoding="utf-8")
    fields: dict[str, str] = {}
    parameters: list[dict[str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.fullmatch(line)
        if not header:
            continue
        entry = header["text"]
        is_parameter = entry.startswith(("  - ", "    "))
        if entry.startswith("  - "):
            parameters.append({})
        match = _ENTRY.fullmatch(entry.removeprefix("  - ").strip())
        if not match or (is_parameter and not parameters):
            raise QueryFileError(f"{path}:{number}: header line is not 'key: value'")
        target = parameters[-1] if is_parameter else fields
        target[match["key"]] = (match["value"] or "").strip()
    missing = [key for key in ("title", "question", "keywords") if not fields.get(key)]
    if missing:
        raise QueryFileError(f"{path}:1: header has no {', '.join(missing)}")
    query = CannedQuery(
        name=path.stem,
        title=fields["title"],
        question=fields["question"],
        keywords=tuple(word.strip() for word in fields["keywords"].split(",")),
        parameters=tuple(_parameter(path, entry) for entry in parameters),
        text=text,
    )
    _check_variables(path, query)
    return query


def _parameter(path: Path, entry: Mapping[str, str]) -> Parameter:
    unknown = set(entry) - {"name", "type", "description", "below", "of", "among", "default",
                            "required"}
    if unknown or not {"name", "type", "description"} <= set(entry):
        raise QueryFileError(f"{path}: a parameter has name, type, description and, where they "
                             "apply, below, of, among, default, required; "
                             f"found: {', '.join(entry)}")
    if entry["type"] not in TYPES:
        raise QueryFileError(f"{path}: type '{entry['type']}' is none of {', '.join(TYPES)}")
    fields = {key: value for key, value in entry.items() if key != "required"}
    return Parameter(**fields, required=entry.get("required") == "true")


def _check_variables(path: Path, query: CannedQuery) -> None:
    declared = {parameter.variable for parameter in query.parameters}
    used = {match["variable"][1:] for match in _TOKEN.finditer(query.text)
            if match["variable"] and _PARAMETER.fullmatch(match["variable"])}
    for name in sorted(declared ^ used):
        what = "is declared but not used" if name in declared else "is used but not declared"
        raise QueryFileError(f"{path}: parameter ?{name} {what}")


def run_query(store: Store, query: CannedQuery, values: Mapping[str, str]) -> Table:
    """Answer ``query`` with parameter values as users type them.

    Raises ParameterError where a parameter is unknown, missing or of the wrong type, or its value
    names nothing (the nearest names are in the message).
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            hint = _nearest(name, known) if known else "it takes none"
            raise ParameterError(f"query '{query.name}' has no parameter '{name}'; {hint}")
    bound: dict[str, str] = {}
    for parameter in query.parameters:
        text = values.get(parameter.name, parameter.default)
        if parameter.frees(text):
            continue
        if text:
            bound[parameter.variable] = _serialise(store, parameter, text)
        elif parameter.required or parameter.name in values:
            raise ParameterError(f"query '{query.name}' needs a value: "
                                 f"-p {parameter.name}=... ({parameter.description})")
    return store.select(bind(query.text, bound))


def bind(text: str, terms: Mapping[str, str]) -> str:
    """Return ``text`` with each variable named in ``terms`` replaced by its serialised term.

    >>> bind('SELECT ?x { ?x ?p ?_n_integer # ?_n_integer\\n}', {"_n_integer": "7"})
    'SELECT ?x { ?x ?p 7 # ?_n_integer\\n}'
    """

    def replace(match: re.Match[str]) -> str:
        variable = match["variable"]
        return terms.get(variable[1:], variable) if variable else match[0]

    return _TOKEN.sub(replace, text)


def _serialise(store: Store, parameter: Parameter, text: str) -> str:
    if parameter.type == "string":
        if parameter.among:
            text = find_value(store, text, L4C + parameter.among, what=parameter.name)
        return quote(text)
    if parameter.type == "integer":
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise ParameterError(f"{parameter.name}={text}: not a whole number")
        return f'"{int(text)}"^^<{XSD.integer}>'
    if parameter.type == "boolean":
        if text not in ("true", "false"):
            raise ParameterError(f"{parameter.name}={text}: neither true nor false")
        return f'"{text}"^^<{XSD.boolean}>'
    return f"<{find_term(store, text, parameter.scope, what=parameter.name)}>"


def describe_queries(found: Iterable[CannedQuery]) -> str:
    """Return queries as Turtle: SHACL SPARQL executables, as sparql-examples collections hold them.

    The text keeps its header, in which the parameters are described; a parameter stays the variable
    that it is, so each query runs as it stands. Source:
    SHACL-AF, section 5 (sh:SPARQLExecutable), https://www.w3.org/TR/shacl-af/.
    """
    import pyoxigraph as ox

    triples = []
    for query in found:
        subject = ox.NamedNode(QUERY + query.name)
        described: list[tuple[str, ox.NamedNode | ox.Literal]] = [
            (RDF.type, ox.NamedNode(SH.SPARQLExecutable)),
            (RDF.type, ox.NamedNode(SH.SPARQLSelectExecutable)),
            (RDFS.label, ox.Literal(query.title, language="en")),
            (RDFS.comment, ox.Literal(query.question, language="en")),
            (SH.select, ox.Literal(query.text.strip())),
            *((SCHEMA.keywords, ox.Literal(word)) for word in query.keywords),
        ]
        for predicate, value in described:
            triples.append(ox.Triple(subject, ox.NamedNode(predicate), value))
    return lay_out(sorted(triples, key=order), {"query": QUERY.base, "sh": SH.base})


def _nearest(wrong: str, known: Mapping[str, object]) -> str:
    import difflib

    near = difflib.get_close_matches(wrong, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(f"'{name}'" for name in near) + "?"
    return f"known: {', '.join(sorted(known))}"
