"""The ontology report: checks written as SPARQL queries, and what they find in a graph.

A check is one ``.rq`` file of ``ontology/report``: a header in grlc's ``#+`` form (title, level,
family, description, and ids where other families have the same check), then a SELECT of
``?entity ?property ?value``, the contract of ROBOT's report
(http://robot.obolibrary.org/report). The families are ROBOT's 32 checks by name, those of FOOPS!
(https://w3id.org/foops) that can fail without a network, and pitfalls of OOPS!
(https://oops.linkeddata.es/catalogue.jsp).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from llm4cell.errors import OntologyError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib import Graph
    from rdflib.plugins.sparql.sparql import Query

__all__ = [
    "Check",
    "CheckError",
    "Family",
    "Level",
    "ReportFinding",
    "read_check",
    "read_checks",
    "report",
    "stops_release",
]

_T = TypeVar("_T")

Level = Literal["ERROR", "WARN", "INFO"]
Family = Literal["ROBOT", "FOOPS", "OOPS"]

LEVELS: tuple[Level, ...] = get_args(Level)
FAMILIES: tuple[Family, ...] = get_args(Family)
COLUMNS = ("entity", "property", "value")
REQUIRED_KEYS = ("title", "level", "family", "description")
KNOWN_KEYS = (*REQUIRED_KEYS, "id")

_HEADER_LINE = re.compile(r"#\+\s*(?P<key>[A-Za-z]+)\s*:\s*(?P<text>.*)")


class CheckError(OntologyError):
    """A check file cannot be used; ``path`` is the file."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path}: {fault}")
        self.path = path


@dataclass(frozen=True, order=True)
class Check:
    """One check of the report.

    ``name`` is the file's name without its ending; ``ids`` are the names that other families give
    to it, such as ``FOOPS OM4.1``; ``description`` says what is wrong and how to mend it;
    ``query`` is the text as it stands in the file.
    """

    name: str
    title: str
    level: Level
    family: Family
    description: str
    ids: tuple[str, ...] = ()
    query: str = field(default="", repr=False)


@dataclass(frozen=True)
class ReportFinding:
    """One row that a check returned.

    ``entity`` is the IRI of the term at fault, ``property`` the IRI of the property that is wrong
    or missing, ``value`` the text or IRI that it has; either of the two is empty where there is
    nothing to name.
    """

    check: str
    level: Level
    entity: str
    property: str
    value: str
    description: str

    def sort_key(self) -> tuple[int, str, str, str, str]:
        """Return what findings are ordered by: the gravest first, then check and columns."""
        return (LEVELS.index(self.level), self.check, self.entity, self.property, self.value)


def read_check(path: Path) -> Check:
    """Read one check from its file.

    Raises:
        CheckError: the file cannot be read, its header lacks a key or has an unknown one, or the
            query is no ``SELECT DISTINCT ?entity ?property ?value`` ordered by all three.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckError(path, f"cannot be read: {error}") from error
    header = _read_header(path, text)
    level = _one_of(path, "level", header, LEVELS)
    family = _one_of(path, "family", header, FAMILIES)
    _check_form(path, text)
    return Check(
        name=path.stem,
        title=header["title"],
        level=level,
        family=family,
        description=header["description"],
        ids=tuple(part.strip() for part in header.get("id", "").split(",") if part.strip()),
        query=text,
    )


def read_checks(folder: Path) -> list[Check]:
    """Read every ``.rq`` file of a folder, ordered by name.

    Raises:
        CheckError: a file is at fault (see :func:`read_check`), or the folder holds no check, in
            which case a report would find nothing and look like success.
    """
    paths = sorted(folder.glob("*.rq"))
    if not paths:
        raise CheckError(folder, "holds no check; expected one .rq file a check")
    return [read_check(path) for path in paths]


def report(graph: Graph, *, checks: Path) -> list[ReportFinding]:
    """Run every check of a folder on a graph and return what they find, the gravest first.

    The graph is an ontology; classes that it takes from imports must be declared in it, or the
    imports merged into it, as the checks look nowhere else. Nothing is fetched.

    Args:
        graph: the ontology.
        checks: the folder of ``.rq`` files.

    Raises:
        CheckError: see :func:`read_checks`.
    """
    findings = {
        ReportFinding(check.name, check.level, *row, check.description)
        for check in read_checks(checks)
        for row in _rows(graph, check)
    }
    return sorted(findings, key=ReportFinding.sort_key)


def stops_release(findings: Iterable[ReportFinding]) -> bool:
    """Say whether any finding is an ERROR; WARN and INFO stop no release."""
    return any(finding.level == "ERROR" for finding in findings)


def _read_header(path: Path, text: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#+"):
            continue
        match = _HEADER_LINE.fullmatch(line.rstrip())
        if match is None:
            raise CheckError(path, f"line {number}: not of the form '#+ key: text': {line!r}")
        key = match["key"]
        if key not in KNOWN_KEYS:
            known = ", ".join(KNOWN_KEYS)
            raise CheckError(path, f"line {number}: unknown header {key!r}; known are {known}")
        if key in header:
            raise CheckError(path, f"line {number}: header {key!r} given twice")
        header[key] = match["text"].strip()
    for key in REQUIRED_KEYS:
        if not header.get(key):
            raise CheckError(path, f"header {key!r} is missing; add a line '#+ {key}: ...'")
    return header


def _one_of(path: Path, key: str, header: dict[str, str], allowed: tuple[_T, ...]) -> _T:
    for choice in allowed:
        if choice == header[key]:
            return choice
    raise CheckError(path, f"{key} {header[key]!r} is none of {', '.join(map(str, allowed))}")


def _check_form(path: Path, text: str) -> None:
    from pyparsing import ParseException

    try:
        algebra = _parse(text).algebra
    except ParseException as error:
        raise CheckError(path, f"line {error.lineno}: not SPARQL: {error}") from error
    except Exception as error:
        # rdflib raises bare Exceptions for faults in its second pass (an unknown prefix, say).
        raise CheckError(path, f"not SPARQL: {error}") from error
    if algebra.name != "SelectQuery":
        raise CheckError(path, "not a SELECT query")
    columns = tuple(str(variable) for variable in algebra.PV)
    if columns != COLUMNS:
        got = " ".join(f"?{column}" for column in columns)
        raise CheckError(path, f"selects {got}, expected ?entity ?property ?value")
    if algebra.datasetClause:
        raise CheckError(path, "has a FROM clause; a check looks at the graph that it is given")
    if "ServiceGraphPattern" in _part_names(algebra):
        raise CheckError(path, "has a SERVICE clause; a check runs without a network")
    ordered = _ordered_by(algebra)
    if algebra.p.name != "Distinct" or ordered != COLUMNS:
        raise CheckError(
            path, "is not SELECT DISTINCT ... ORDER BY ?entity ?property ?value, so rows may vary"
        )


def _ordered_by(algebra: Any) -> tuple[str, ...]:
    # Distinct(Project(OrderBy(...))) is how rdflib nests the modifiers (SPARQL 1.1, 18.2.5).
    part = algebra.p
    while getattr(part, "name", None) in ("Distinct", "Project"):
        part = part.p
    if getattr(part, "name", None) != "OrderBy":
        return ()
    return tuple(str(condition.expr) for condition in part.expr)


def _part_names(part: Any) -> set[str]:
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(part, CompValue):
        return {part.name}.union(*(_part_names(inner) for inner in part.values()))
    if isinstance(part, list | tuple):
        return set().union(*(_part_names(inner) for inner in part))
    return set()


@lru_cache(maxsize=256)
def _parse(text: str) -> Query:
    # Parsing costs about as much as running, and a text never changes its meaning.
    from rdflib.plugins.sparql import prepareQuery

    return prepareQuery(text)


def _rows(graph: Graph, check: Check) -> Iterable[tuple[str, str, str]]:
    from rdflib.query import ResultRow

    for row in graph.query(_parse(check.query)):
        assert isinstance(row, ResultRow)
        yield _text(row[0]), _text(row[1]), _text(row[2])


def _text(term: object) -> str:
    from rdflib import BNode

    if term is None:
        return ""
    # Labels of blank nodes differ from run to run; a report must not.
    return "[]" if isinstance(term, BNode) else str(term)
