"""SHACL: whether graphs keep the shapes, and where in the catalogue what does not comes from.

The shapes are those of SHACL [1]_, Core and SPARQL-based constraints, checked by pySHACL on an
rdflib graph without inference. A shape that must look at every claim has a class as its one focus
node and names the offending node as ``sh:value``; findings show that node. Its query is written
for rdflib's engine: a filter runs on every row of its group, and a join whose left side holds
DISTINCT or another join reads the whole right side first, so that queries GROUP BY what they look
up, and filter in inner groups. Where there is nothing to group, one row without values comes out;
since filters would search the whole graph for it, HAVING keeps it out.

.. [1] https://www.w3.org/TR/shacl/
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import stat
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import active_children, current_process, get_context
from typing import TYPE_CHECKING, Any

from llm4cell.errors import CatalogueError, InputError, MissingExtraError, Problem
from llm4cell.resources import folder
from llm4cell.turtle import MAX_NESTING, nesting_line
from llm4cell.vocabulary import BASE, L4C, RDFS, SH, SKOS, XSD, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node

    from llm4cell.catalogue import Catalogue, Place, Value

__all__ = [
    "Finding",
    "Report",
    "UnreadableError",
    "check",
    "needing_the_whole",
    "places",
    "read_graph",
    "shape_files",
    "validate",
    "validate_files",
]

SHAPE = BASE + "shape/"
# Five times today's graphs, which take ten seconds on two cores.
SIZE_LIMIT = 16 * 1024 * 1024

# Keys of a record beside its facts, and the properties that they become.
_KEYS = {
    "label": (RDFS.label,),
    "alt_labels": (SKOS.altLabel,),
    "publication": (L4C.describedBy,),
    "primary_family": (L4C.primaryFamily,),
    "primary_family_rationale": (L4C.primaryFamilyRationale,),
    "listed_in": (L4C.listedIn, L4C.tableNumber, L4C.rowNumber),
    "first_author": (L4C.firstAuthor,),
}
_WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>(),;]+")
_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^<>\s]*)>", re.IGNORECASE | re.MULTILINE)


class UnreadableError(InputError):
    """Files cannot be read as Turtle; ``problems`` holds every such file's fault."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a shape finds wrong.

    Attributes:
        node: IRI of the node at fault; "[]" for a blank node, a literal in Turtle's syntax.
        path: IRI of the property at fault, several joined by "|", or "".
        value: the value at fault in Turtle's syntax, or "" where none is to blame.
        message: what is wrong and how to correct it.
        shape: IRI of the shape.
        severity: Violation, Warning or Info.
        place: the line of the file that the node comes from, where known.
    """

    node: str
    path: str
    value: str
    message: str
    shape: str
    severity: str
    place: Place | None = None

    def sort_key(self) -> tuple[str, int, str, str, str, str, str]:
        """Order by file, line, node, and then by all that is left."""
        file, line = (self.place.file, self.place.line) if self.place else ("", 0)
        return file, line, self.node, self.shape, self.path, self.value, self.message

    def __str__(self) -> str:
        subject = " ".join(filter(None, (_short(self.node), *map(_short, self.path.split("|")),
                                         _short_term(self.value))))
        name = self.shape.removeprefix(SHAPE)
        text = f"{subject}: {self.message} [{name}]"
        return f"{self.place}: {text}" if self.place else text


@dataclass(frozen=True, slots=True)
class Report:
    """What the shapes find in a graph; nothing, where it conforms.

    ``triples`` counts what was checked, the ontology left out.
    """

    findings: tuple[Finding, ...] = ()
    triples: int = 0

    @property
    def conforms(self) -> bool:
        """Whether there is no finding, of whatever severity (SHACL, 3.6.1.1)."""
        return not self.findings

    def located(self, where: Mapping[tuple[str, ...], Place]) -> Report:
        """Return the same findings with their places, those already known kept.

        The keys of ``where`` are those of :func:`places`; the most exact that fits counts.
        """
        return _report((
            finding if finding.place else replace(finding, place=_place(finding, where))
            for finding in self.findings
        ), self.triples)

    def text(self) -> str:
        """Return one line a finding, ``file:line: node property value: message [shape]``."""
        return "".join(f"{finding}\n" for finding in self.findings)

    def json(self) -> str:
        """Return ``{"conforms": bool, "findings": [...]}``.

        A finding has the keys node, path, value, message, shape, severity (strings as in
        :class:`Finding`) and place, ``{"file": str, "line": int}`` or null.
        """
        findings = [
            {
                "node": finding.node,
                "path": finding.path,
                "value": finding.value,
                "message": finding.message,
                "shape": finding.shape,
                "severity": finding.severity,
                "place": finding.place
                and {"file": finding.place.file, "line": finding.place.line},
            }
            for finding in self.findings
        ]
        return json.dumps({"conforms": self.conforms, "findings": findings},
                          indent=1, ensure_ascii=False) + "\n"

    def turtle(self) -> str:
        """Return a SHACL validation report, the same bytes for the same findings.

        Here ``sh:focusNode`` is the node at fault also where the shape's own focus is a class.
        """
        results = "".join(_result(finding) for finding in self.findings)
        conforms = "true" if self.conforms else "false"
        return (f"@prefix sh: <{SH}> .\n\n[] a sh:ValidationReport ;\n"
                f"    sh:conforms {conforms}{results} .\n")


def _report(findings: Iterable[Finding], triples: int = 0) -> Report:
    return Report(tuple(sorted(set(findings), key=Finding.sort_key)), triples)


def _place(finding: Finding, where: Mapping[tuple[str, ...], Place]) -> Place | None:
    key = (finding.node, finding.path, finding.value)
    return where.get(key) or where.get(key[:2]) or where.get(key[:1])


def _short(iri: str) -> str:
    return compact(iri) if iri else ""


def _short_term(term: str) -> str:
    return _short(term[1:-1]) if term.startswith("<") else term


def _result(finding: Finding) -> str:
    from rdflib import Literal

    paths = [f"<{path}>" for path in finding.path.split("|") if path]
    path = paths[0] if len(paths) == 1 else f"[ sh:alternativePath ( {' '.join(paths)} ) ]"
    node = finding.node if finding.node[:1] in "[\"" else f"<{finding.node}>"
    lines = [
        "a sh:ValidationResult",
        f"sh:focusNode {node}",
        *([f"sh:resultPath {path}"] if paths else []),
        *([f"sh:value {finding.value}"] if finding.value else []),
        f"sh:resultMessage {Literal(finding.message).n3()}",
        f"sh:resultSeverity sh:{finding.severity}",
        *([f"sh:sourceShape <{finding.shape}>"] if finding.shape else []),
    ]
    return " ;\n    sh:result [\n        " + " ;\n        ".join(lines) + " ]"


def shape_files(root: Path | None = None, *, records_only: bool = False) -> list[Path]:
    """Return the files of shapes below ``root`` (default: the packaged ones), sorted.

    With ``records_only`` those that one record and the ontology suffice to check.
    """
    top = root / "shapes" if root is not None and (root / "shapes").is_dir() else folder("shapes")
    names = ("record",) if records_only else ("graph", "record")
    return [path for name in names for path in sorted((top / name).glob("*.ttl"))]


def validate(data: Graph, shapes: Sequence[Path], ontology: Graph) -> Report:
    """Check ``data`` together with ``ontology`` against the shapes in files.

    Neither graph is changed, nothing is inferred, and no import is followed.

    Raises:
        MissingExtraError: pySHACL is not installed.
        InputError: a file of shapes is no shapes graph, or the data nest too deeply.
    """
    from rdflib import Graph

    whole = Graph()
    whole += data
    whole += ontology
    return _check_files(whole, shapes, len(data))


def check(data: Graph, shapes: Graph) -> Report:
    """Check ``data``, which must hold the ontology, against shapes; see :func:`validate`."""
    return _report(_findings(_run(data, shapes), shapes, data))


def _check_files(data: Graph, files: Sequence[Path], triples: int) -> Report:
    """Check each file of shapes, which stands on its own, in as many processes as there are cores.

    Forked processes have the graph already, so that only findings pass between them.
    """
    read_graph(files)  # names all files that cannot be read
    # The largest first, so that none is left for the end.
    files = sorted(files, key=lambda path: -path.stat().st_size)
    processes = min(len(files), _cores())
    reports: list[Report] = []
    if processes > 1:
        _FORKED["data"] = data
        try:
            with ProcessPoolExecutor(processes, get_context("fork"), _die_silently) as pool:
                try:
                    reports = list(pool.map(_check_file, files))
                except KeyboardInterrupt:  # of this process alone, perhaps; the pool would wait
                    for child in active_children():
                        child.kill()
                    raise
        except BrokenProcessPool:
            pass  # One was ended from outside, as where memory runs out: one after the other, then.
        finally:
            del _FORKED["data"]
    reports = reports or [check(data, read_graph([path])) for path in files]
    return _report((finding for report in reports for finding in report.findings), triples)


# What a forked process finds here need not be sent to it.
_FORKED: dict[str, Graph] = {}


def _check_file(path: Path) -> Report:
    return check(_FORKED["data"], read_graph([path]))


def _die_silently() -> None:
    """Leave it to the parent to speak when the user interrupts, and end when it says so."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _cores() -> int:
    """Return in how many processes to check; 1 where a fork may not or had better not be."""
    alone = current_process().daemon or threading.current_thread() is not threading.main_thread()
    if sys.platform != "linux" or alone:
        return 1
    return len(os.sched_getaffinity(0))


def _run(data: Graph, shapes: Graph) -> Graph:
    """Return pySHACL's validation report as a graph."""
    from rdflib import Graph

    try:
        import pyshacl
        from pyshacl.errors import ReportableRuntimeError, ValidationFailure
    except ImportError as error:
        package = error.name or "pyshacl"
        raise MissingExtraError("llm4cell validate", package, "validate") from error
    try:
        _, report, text = pyshacl.validate(
            data, shacl_graph=shapes, inference="none", advanced=False, js=False,
            do_owl_imports=False, meta_shacl=False, inplace=True,
        )
    except (ReportableRuntimeError, ValidationFailure) as error:
        raise InputError(f"the shapes cannot be used: {error}") from error
    except RecursionError as error:
        raise InputError("the data cannot be checked: a chain in them, such as of "
                         "rdfs:subClassOf, is too long") from error
    if not isinstance(report, Graph):
        raise InputError(f"the shapes cannot be used: {text}")
    return report


def _findings(report: Graph, shapes: Graph, data: Graph) -> Iterator[Finding]:
    from rdflib import URIRef

    query = URIRef(SH.SPARQLConstraintComponent)

    def part(result: Node, name: str) -> Node | None:
        return report.value(result, URIRef(SH + name))

    for result in report.objects(None, URIRef(SH.result)):
        shape, node, value = (part(result, name) for name in ("sourceShape", "focusNode", "value"))
        stand_in = (shape, URIRef(SH.targetNode), node) in shapes
        if value is not None and stand_in and part(result, "sourceConstraintComponent") == query:
            # The class that stood in for all claims is no news; what the query found is.
            node, value = value, None
        if node == value and part(result, "resultPath") is None:
            # A node shape's value is its focus node.
            value = None
        messages = sorted(map(str, report.objects(result, URIRef(SH.resultMessage))))
        message = " ".join(" ".join(messages).split())
        path = part(result, "resultPath")
        if value is None and stand_in and isinstance(path, URIRef):
            value = _named(message, data.objects(node, path))
        yield Finding(
            node=str(node) if isinstance(node, URIRef) else _term(node),
            path=_path(path, shape, shapes),
            value=_term(value),
            message=_compact_all(message),
            shape=str(shape) if isinstance(shape, URIRef) else "",
            severity=str(part(result, "resultSeverity")).removeprefix(str(SH)),
        )


def _named(message: str, values: Iterable[Node]) -> Node | None:
    """Return the one of ``values`` that a query's message names, where there is one.

    A query has no other way to report a value, since what it calls so is the node at fault.
    """
    named = [value for value in values if re.search(
        rf"(?<!\S){re.escape(' '.join(str(value).split()))}(?=[;,.]?(?:\s|$))", message)]
    return named[0] if len(named) == 1 else None


def _term(node: Node | None) -> str:
    from rdflib import BNode

    # Labels of blank nodes differ from run to run; a report must not.
    return "" if node is None else "[]" if isinstance(node, BNode) else node.n3()


def _path(path: Node | None, shape: Node | None, shapes: Graph) -> str:
    """Return the IRI of a path, those of an alternative path joined by "|", or ""."""
    from rdflib import URIRef
    from rdflib.collection import Collection

    if isinstance(path, URIRef):
        return str(path)
    own = shapes.value(shape, URIRef(SH.path)) if path is not None else None
    choice = shapes.value(own, URIRef(SH.alternativePath)) if own is not None else None
    parts = list(Collection(shapes, choice)) if choice is not None else []
    return "|".join(map(str, parts)) if all(isinstance(p, URIRef) for p in parts) else ""


def _compact_all(text: str) -> str:
    """Return ``text`` with IRIs of known prefixes as prefix:name, as people read them."""
    return _WEB_ADDRESS.sub(lambda match: compact(match[0]), text)


def read_graph(files: Sequence[Path]) -> Graph:
    """Return the triples of Turtle files as one graph; literals keep their spelling.

    Raises:
        UnreadableError: a file is missing, no regular file, too large, not UTF-8 or not Turtle;
            all files at fault are named, with the line where one is known.
    """
    return _read(files)[0]


def _read(files: Sequence[Path], graph: Graph | None = None) -> tuple[Graph, dict[str, str]]:
    """Return the graph, ``graph`` where given, with the triples; and file name -> text."""
    from rdflib import Graph

    graph = Graph() if graph is None else graph
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    left = SIZE_LIMIT
    for path in files:
        try:
            texts[str(path)] = text = _text(path, left)
            left -= len(text.encode())
            graph.addN((*triple, graph) for triple in _triples(text, path))
        except UnreadableError as error:
            problems += error.problems
    if problems:
        raise UnreadableError(problems)
    return graph, texts


def _text(path: Path, limit: int) -> str:
    def unreadable(fault: str, fix: str = "", place: str = str(path)) -> UnreadableError:
        return UnreadableError([Problem(place, fault, fix)])

    content = None
    try:
        # A pipe or device could keep the program waiting for ever.
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as stream:
                content = stream.read(limit + 1)
    except FileNotFoundError:
        raise unreadable("no such file", "check the path") from None
    except OSError as error:
        raise unreadable(f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise unreadable(f"no file name ({error})") from error
    if content is None:
        raise unreadable("not a file", "name a Turtle file")
    if len(content) > limit:
        raise unreadable(f"too large: all files together may have {SIZE_LIMIT // 2**20} MiB",
                         "validate parts")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise unreadable("not UTF-8", "save the file as UTF-8", f"{path}:{line}") from error
    if line := nesting_line(text):
        raise unreadable(f"nested deeper than {MAX_NESTING} levels", "flatten it",
                         f"{path}:{line}")
    return text


def _triples(text: str, path: Path) -> Iterator[tuple[Node, Node, Node]]:
    """Parse Turtle with pyoxigraph, which is faster than rdflib."""
    import pyoxigraph as ox
    from rdflib import BNode, Literal, URIRef

    terms: dict[Any, Node] = {}

    def term(node: Any) -> Node:
        found = terms.get(node)
        if found is None:
            if isinstance(node, ox.NamedNode):
                found = URIRef(node.value)
            elif isinstance(node, ox.BlankNode):
                found = BNode(node.value)
            elif isinstance(node, ox.Literal) and node.language:
                found = Literal(node.value, lang=node.language)
            elif isinstance(node, ox.Literal):
                name = node.datatype.value
                datatype = None if name == XSD.string else URIRef(name)
                found = Literal(node.value, datatype=datatype, normalize=False)
            else:
                raise UnreadableError([Problem(str(path), "holds a triple term of RDF 1.2",
                                               "state it as a claim")])
            terms[node] = found
        return found

    try:
        with _silence("rdflib.term"):
            base = path.absolute().as_uri()
            for quad in ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base,
                                 rename_blank_nodes=True):
                yield term(quad.subject), term(quad.predicate), term(quad.object)
    except SyntaxError as error:
        place = f"{path}:{error.lineno}" if error.lineno else str(path)
        fault = re.sub(r"^Parser error at line \d+[^:]*: ", "", error.msg or "")
        raise UnreadableError([Problem(place, f"not Turtle ({fault})")]) from error


@contextlib.contextmanager
def _silence(logger: str) -> Iterator[None]:
    """Keep rdflib from printing a traceback for each ill-typed literal: shapes report them."""
    log = logging.getLogger(logger)
    before = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = before


def places(catalogue: Catalogue) -> dict[tuple[str, ...], Place]:
    """Return the lines of the catalogue, for all that it describes.

    Keys are (IRI,) for records, claims, assessments, leads, searches, web sources (where first
    cited), challenges, errata, rubrics and criteria; (IRI, property) for what a record has; and
    (IRI, property, value) for its facts, the value in Turtle's syntax as a finding has it.
    """
    from llm4cell.catalogue import Place
    from llm4cell.triples import assessment_iri, claim_iri, lead_iri, search_iri, source_iri

    found: dict[tuple[str, ...], Place] = {}
    for record in (*catalogue.records, *catalogue.statements):
        found.setdefault((record.iri,), record.place)
        for key, line in record.lines.items():
            for path in _KEYS.get(key, ()):
                found[record.iri, path] = Place(record.place.file, line)
        for fact in record.facts:
            if fact.place:
                found.setdefault((record.iri, fact.property.iri), fact.place)
                found[record.iri, fact.property.iri, _turtle(fact.value)] = fact.place
            for evidence in fact.evidence:
                found.setdefault((claim_iri(record.iri, fact, evidence),), evidence.place)
                found.setdefault((source_iri(evidence.source),), evidence.place)
        for assessment in record.assessments:
            for evidence in assessment.evidence:
                claim = assessment_iri(record.iri, assessment, evidence)
                found.setdefault((claim,), evidence.place)
                found.setdefault((source_iri(evidence.source),), evidence.place)
        found.update(((lead_iri(record.iri, lead),), lead.place) for lead in record.leads)
        found.update(((search_iri(record.iri, search),), search.place)
                     for search in record.searches)
    for rubric in catalogue.rubrics:
        found[rubric.iri,] = rubric.place
        found.update(((criterion.iri,), criterion.place) for criterion in rubric.criteria)
    for erratum in catalogue.errata:
        for address in erratum.shown_by:
            found.setdefault((source_iri(address),), erratum.place)
    found.update(((challenge.iri,), challenge.place) for challenge in catalogue.challenges)
    found.update(((erratum.iri,), erratum.place) for erratum in catalogue.errata)
    # A publication's own file tells more than the first place that cites it.
    found.update(((record.iri,), record.place) for record in catalogue.records)
    return found


def _turtle(value: Value) -> str:
    from rdflib import Literal, URIRef

    if not value.datatype:
        return f"<{value.text}>"
    datatype = None if value.datatype == XSD.string else URIRef(value.datatype)
    with _silence("rdflib.term"):
        return Literal(value.text, datatype=datatype, normalize=False).n3()


def validate_files(
    files: Sequence[Path] = (), root: Path | None = None, *, records_only: bool = False
) -> Report:
    """Check Turtle files, taken together, against the shapes.

    Args:
        files: what to check, as if it were the whole; none: the graphs.
        root: a checkout, whose graphs, ontology and shapes are used; None: the packaged ones.
        records_only: leave out what needs the whole: links to other records, uniqueness, and the
            claims behind facts.

    Findings name the lines of the catalogue where ``root`` has one that builds, else of the files.

    Raises:
        UnreadableError: files cannot be read; all of them are named.
        InputError, MissingExtraError: see :func:`validate`.
    """
    graphs = root / "graphs" if root is not None else folder("graphs")
    terms = root / "ontology" if root is not None else folder("ontology")
    checked = list(files) or sorted(graphs.glob("*.ttl"))
    if not checked:
        raise InputError(f"{graphs}: no graphs to validate; run: llm4cell build")
    data, texts = _read(checked)
    triples = len(data)
    _read([terms / "llm4cell.ttl", *sorted((terms / "imports").glob("*.ttl"))], data)
    report = _check_files(data, shape_files(root, records_only=records_only), triples)
    if report.conforms:
        return report
    if not files and root is not None:
        report = report.located(_catalogue_places(root))
        texts = {_below(root, name): text for name, text in texts.items()}
    return report.located(_lines(texts, {finding.node for finding in report.findings}))


def _below(root: Path, name: str) -> str:
    return name.removeprefix(f"{root}/")


def needing_the_whole(report: Report, root: Path | None = None) -> int:
    """Return how many findings are of shapes that ``records_only`` leaves out."""
    from rdflib import URIRef

    if report.conforms:
        return 0
    alone = set(shape_files(root, records_only=True))
    shapes = read_graph([path for path in shape_files(root) if path not in alone])
    names = set(map(str, shapes.subjects(URIRef(SH.name))))
    return sum(finding.shape in names for finding in report.findings)


def _catalogue_places(root: Path) -> dict[tuple[str, ...], Place]:
    from llm4cell.catalogue import read_catalogue
    from llm4cell.ontology import load_ontology

    try:
        return places(read_catalogue(root, load_ontology(root / "ontology" / "llm4cell.ttl")))
    except CatalogueError:
        # The catalogue has moved on since the graphs were built; their own lines must do.
        return {}


def _lines(texts: Mapping[str, str], nodes: set[str]) -> dict[tuple[str, ...], Place]:
    """Return node -> the first line that begins with it, as a subject does in tidy Turtle."""
    from llm4cell.catalogue import Place

    found: dict[tuple[str, ...], Place] = {}
    for file, text in texts.items():
        spaces = sorted(_PREFIX.findall(text), key=lambda pair: -len(pair[1]))
        names: dict[str, str] = {}
        for node in nodes:
            names[f"<{node}>"] = node
            for prefix, space in spaces:
                if space and node.startswith(space):
                    names.setdefault(f"{prefix}:{node[len(space):]}", node)
        for number, line in enumerate(text.split("\n"), start=1):
            word = line.split(maxsplit=1)[:1]
            if word and word[0] in names and not line[0].isspace():
                found.setdefault((names[word[0]],), Place(file, number))
    return found
