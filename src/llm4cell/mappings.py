"""The mapping table (SSSOM) -> SKOS mapping triples."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.errors import OntologyError
from llm4cell.vocabulary import SKOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib.term import Node

    from llm4cell.ontology import Ontology

__all__ = ["Mapping", "mapping_triples", "read_mappings"]

_PREDICATES = {f"skos:{name}": SKOS + name for name in
               ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")}
_COLUMNS = ("subject_id", "subject_label", "predicate_id", "object_id", "object_label",
            "mapping_justification")


@dataclass(frozen=True, slots=True)
class Mapping:
    """One row: our term, the SKOS relation, the other vocabulary's term and its label."""

    subject: str
    predicate: str
    object: str
    object_label: str
    line: int


def read_mappings(path: Path) -> list[Mapping]:
    """Read an SSSOM table; raises OntologyError naming file, line and fault."""
    prefixes: dict[str, str] = {}
    rows: list[Mapping] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    head = 0
    while head < len(lines) and lines[head].startswith("#"):
        entry = lines[head][1:]
        name, colon, iri = entry.strip().partition(": ")
        if colon and entry.startswith("  "):
            prefixes[name.strip("\"'")] = iri.strip().strip("\"'")
        head += 1
    table = csv.DictReader(lines[head:], delimiter="\t")
    missing = [c for c in _COLUMNS if c not in (table.fieldnames or ())]
    if missing:
        raise OntologyError(f"{path}:{head + 1}: no column {', '.join(missing)}")
    for number, row in enumerate(table, start=head + 2):
        if None in row or None in row.values():
            raise OntologyError(f"{path}:{number}: not {len(table.fieldnames or ())} columns")
        predicate = _PREDICATES.get(row["predicate_id"])
        if predicate is None:
            raise OntologyError(f"{path}:{number}: predicate '{row['predicate_id']}' is none of "
                                f"{', '.join(_PREDICATES)}")
        iris = []
        for curie in (row["subject_id"], row["object_id"]):
            prefix, _, name = curie.partition(":")
            if prefix not in prefixes:
                raise OntologyError(f"{path}:{number}: prefix of '{curie}' is not in the curie_map")
            iris.append(prefixes[prefix] + name)
        rows.append(Mapping(iris[0], predicate, iris[1], row["object_label"], number))
    return rows


def mapping_triples(path: Path, ontology: Ontology) -> Iterator[tuple[Node, Node, Node]]:
    """Yield a SKOS triple a row; a subject that the ontology lacks is an OntologyError."""
    from rdflib import URIRef

    for row in read_mappings(path):
        if row.subject not in ontology.labels:
            raise OntologyError(f"{path}:{row.line}: the ontology has no term <{row.subject}>")
        yield URIRef(row.subject), URIRef(row.predicate), URIRef(row.object)
