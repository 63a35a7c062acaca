"""The whole graph in other formats: RDF for triple stores, GraphML for networks, CSV for sheets.

The same graph gives the same bytes in every format: blank nodes take the labels of RDFC-1.0
(https://www.w3.org/TR/rdf-canon/) and triples are sorted.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

from llm4cell.errors import InputError, MissingExtraError
from llm4cell.resources import graph_files
from llm4cell.turtle import lay_out, order
from llm4cell.vocabulary import PREFIXES, compact

if TYPE_CHECKING:
    from pathlib import Path

    import pyoxigraph

    from llm4cell.knowledge import KnowledgeGraph, Value

__all__ = ["FORMATS", "export"]

FORMATS = {
    "ttl": "Turtle",
    "rdfxml": "RDF/XML",
    "jsonld": "JSON-LD, expanded, one node a line",
    "nquads": "N-Quads, with the graph that each triple comes from",
    "graphml": "GraphML: models, data resources and terms, linked by accepted facts",
    "queries": "Turtle: the canned queries as SHACL SPARQL executables",
    "csv": "CSV, one row a claim; cells are guarded against spreadsheet formulas",
}
_COLUMNS = ("claim", "subject", "subject_label", "property", "property_label", "value",
            "value_label", "level", "judge", "verdict", "polarity", "source_kind", "source",
            "source_label", "locator", "statement", "printed", "reason", "corrected_by")
# What a spreadsheet takes for the start of a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What XML 1.0 cannot hold, not even escaped (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(form: str, root: Path | None = None) -> bytes:
    """Return ontology and graphs in the format ``form``, a key of FORMATS.

    Those of the checkout ``root``, else the packaged ones. Raises InputError where they are missing
    or the format cannot hold them, MissingExtraError where graphml lacks networkx.

    >>> export("nquads").splitlines()[0].startswith(b"<http")
    True
    """
    if form not in FORMATS:
        raise InputError(f"no format '{form}'; known: {', '.join(FORMATS)}")
    if form in ("csv", "graphml"):
        from llm4cell.knowledge import KnowledgeGraph

        graph = KnowledgeGraph(root)
        return _csv(graph) if form == "csv" else _graphml(graph)
    if form == "queries":
        from llm4cell.queries import describe_queries, list_queries

        return describe_queries(list_queries(root / "queries" if root else None)).encode()
    quads = _read(root)
    if form == "nquads":
        return "".join(sorted(f"{quad} .\n" for quad in quads)).encode()
    triples = sorted({quad.triple for quad in quads}, key=order)
    return {"ttl": _turtle, "rdfxml": _rdfxml, "jsonld": _jsonld}[form](triples)


def _read(root: Path | None) -> pyoxigraph.Dataset:
    """Return every quad, with blank nodes named the same in every run."""
    import pyoxigraph

    dataset = pyoxigraph.Dataset()
    for iri, path in graph_files(root).items():
        name = pyoxigraph.NamedNode(iri)
        try:
            for quad in pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE):
                dataset.add(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, name))
        except SyntaxError as error:
            raise InputError(f"{path}: not Turtle ({error}); run: llm4cell build") from error
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _turtle(triples: list[pyoxigraph.Triple]) -> bytes:
    return lay_out(triples).encode()


def _rdfxml(triples: list[pyoxigraph.Triple]) -> bytes:
    import pyoxigraph

    for triple in triples:
        value = triple.object
        if isinstance(value, pyoxigraph.Literal) and (bad := _NOT_XML.search(value.value)):
            raise InputError(f"{triple.subject}: XML cannot hold the character {bad[0]!r} of "
                             f"{compact(triple.predicate.value)}; export another format")
    body = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.RDF_XML, prefixes=PREFIXES)
    assert body is not None  # no output was given, so it is returned
    # The engine's own order of namespaces is arbitrary.
    start, end = body.index(b"<rdf:RDF") + 8, body.index(b">", body.index(b"<rdf:RDF"))
    names = sorted(body[start:end].split())
    return body[:start] + b"".join(b"\n    " + name for name in names) + body[end:]


def _jsonld(triples: list[pyoxigraph.Triple]) -> bytes:
    import pyoxigraph

    body = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.JSON_LD)
    assert body is not None  # no output was given, so it is returned
    nodes = (json.dumps(node, ensure_ascii=False) for node in json.loads(body))
    return ("[\n" + ",\n".join(nodes) + "\n]\n").encode()


def _graphml(graph: KnowledgeGraph) -> bytes:
    try:
        from networkx.readwrite.graphml import write_graphml_xml
    except ImportError as error:
        raise MissingExtraError("llm4cell export -f graphml", "networkx", "analysis") from error
    network = graph.to_networkx()
    for _, _, data in network.edges(data=True):
        for name, value in data.items():
            data[name] = _NOT_XML.sub("\ufffd", value)
    for _, data in network.nodes(data=True):
        data["label"] = _NOT_XML.sub("\ufffd", data["label"])
    out = io.BytesIO()
    write_graphml_xml(network, out)
    return out.getvalue() + b"\n"


def _csv(graph: KnowledgeGraph) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for claim in graph.claims():
        value, value_label = _name(claim.value)
        writer.writerow(map(guard, (
            claim.curie, claim.about.curie, claim.about.label, compact(claim.property_iri),
            claim.property, value, value_label, claim.level or "", claim.judge or "",
            claim.verdict, claim.polarity, claim.source_kind, claim.source.curie,
            claim.source.label, claim.locator, claim.statement, claim.printed, claim.reason,
            " ".join(map(compact, claim.corrected_by)),
        )))
    return out.getvalue().encode()


def _name(value: Value) -> tuple[str, str]:
    """Return a value's id and label; a literal has only the one form."""
    from llm4cell.knowledge import Resource

    if isinstance(value, Resource):
        return value.curie, value.label
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text, text


def guard(cell: str) -> str:
    """Return ``cell`` so that no spreadsheet takes it for a formula: led by an apostrophe.

    To have the text back, drop an apostrophe that stands before = + - @, a tab or a CR.

    >>> guard("=HYPERLINK(A1)"), guard("a=b")
    ("'=HYPERLINK(A1)", 'a=b')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
