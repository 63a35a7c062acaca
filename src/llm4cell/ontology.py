"""The T-box as the rest of the program sees it: properties, terms and their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llm4cell.errors import OntologyError
from llm4cell.vocabulary import L4C, OWL, RDF, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["Ontology", "Property", "fold", "load_ontology", "local_name", "snake_case"]


def snake_case(name: str) -> str:
    """Return a property's local name as a catalogue key.

    >>> snake_case("supportsTask")
    'supports_task'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def local_name(iri: str) -> str:
    """Return what stands behind the last / or # of an IRI."""
    return re.split(r"[/#]", iri)[-1]


def fold(text: str) -> str:
    """Return a label as it is compared: case and spacing do not matter."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Property:
    """A property that catalogue files may state.

    ``roots`` are the classes at or below which its values are terms; ``ranges`` holds a datatype,
    or the classes whose instances are its values; a property with both (builds on) takes
    instances and terms. ``vocabularies`` are the outside ontologies whose terms are its values.
    """

    iri: str
    key: str
    kind: str  # object, data or annotation
    is_fact: bool
    functional: bool
    domains: frozenset[str]
    ranges: frozenset[str]
    roots: tuple[str, ...]
    vocabularies: tuple[str, ...] = ()


@dataclass(slots=True)
class Ontology:
    """Properties by catalogue key, and the terms below each root by label and synonym."""

    graph: Graph
    properties: dict[str, Property] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    _names: dict[str, dict[str, str]] = field(default_factory=dict)
    _groups: dict[str, bool] = field(default_factory=dict)

    def below(self, root: str) -> set[str]:
        """Return the IRIs of ``root``, all classes below it and all individuals of these."""
        from rdflib import URIRef

        classes = set(self.graph.transitive_subjects(URIRef(RDFS.subClassOf), URIRef(root)))
        individuals = {
            s for c in classes for s in self.graph.subjects(URIRef(RDF.type), c)
        }
        return {str(term) for term in classes | individuals}

    def names(self, root: str) -> dict[str, str]:
        """Return folded label or synonym -> IRI for the terms at or below ``root``."""
        if root not in self._names:
            names: dict[str, str] = {}
            from rdflib import URIRef

            for iri in sorted(self.below(root)):
                for predicate in (RDFS.label, SKOS.altLabel):
                    for label in self.graph.objects(URIRef(iri), URIRef(predicate)):
                        names.setdefault(fold(str(label)), iri)
            self._names[root] = names
        return self._names[root]

    def find(self, text: str, roots: Iterable[str]) -> str | None:
        """Return the IRI of the term that ``text`` names at or below one of ``roots``."""
        for root in roots:
            iri = self.names(root).get(fold(text))
            if iri:
                return iri
        return None

    def groups(self, iri: str, roots: Iterable[str]) -> bool:
        """Say whether ``iri`` is a class where the members of ``roots`` are individuals."""
        from rdflib import URIRef

        kind, cls = URIRef(RDF.type), URIRef(OWL.Class)
        for root in roots:
            if root not in self._groups:
                self._groups[root] = any((URIRef(member), kind, cls) not in self.graph
                                         for member in self.below(root))
            if self._groups[root] and (URIRef(iri), kind, cls) in self.graph:
                return True
        return False

    def nearest(self, text: str, roots: Iterable[str]) -> list[str]:
        """Return up to three labels or synonyms close to ``text``, best first."""
        known = [name for root in roots for name in self.names(root)]
        import difflib

        return difflib.get_close_matches(fold(text), known, n=3, cutoff=0.6)


def load_ontology(path: Path) -> Ontology:
    """Read the ontology file; literals keep their spelling.

    Raises:
        OntologyError: it is missing, cannot be read or is not Turtle; the line is named where one
            is known.
    """
    from rdflib import URIRef

    # Here, since that module needs this one for the lines of the catalogue.
    from llm4cell.validation import UnreadableError, read_graph

    if not path.exists():
        raise OntologyError(f"{path}: missing")
    try:
        graph = read_graph([path])
    except UnreadableError as error:
        raise OntologyError(str(error)) from error
    ontology = Ontology(graph)
    ontology.labels = {str(s): str(o) for s, o in graph.subject_objects(URIRef(RDFS.label))}
    for subject, marker in graph.subject_objects(URIRef(L4C.isFact)):
        entry = _read_property(graph, str(subject), str(marker) == "true")
        ontology.properties[entry.key] = entry
    return ontology


def _read_property(graph: Graph, iri: str, is_fact: bool) -> Property:
    from rdflib import URIRef

    subject = URIRef(iri)
    types = {str(o) for o in graph.objects(subject, URIRef(RDF.type))}
    kind = ("object" if OWL.ObjectProperty in types
            else "data" if OWL.DatatypeProperty in types else "annotation")
    return Property(
        iri=iri,
        key=snake_case(local_name(iri)),
        kind=kind,
        is_fact=is_fact,
        functional=OWL.FunctionalProperty in types,
        domains=_classes(graph, subject, RDFS.domain),
        # No range where classes are values too: it would type them (docs/decisions/001).
        ranges=_classes(graph, subject, RDFS.range) or _classes(graph, subject, L4C.valueClass),
        roots=tuple(sorted(_classes(graph, subject, L4C.valueRoot))),
        vocabularies=_values(graph, subject, L4C.valueVocabulary),
    )


def _values(graph: Graph, subject: Node, predicate: str) -> tuple[str, ...]:
    """Return what ``predicate`` gives a property, or else the property above it, in order."""
    from rdflib import URIRef

    found = {str(o) for o in graph.objects(subject, URIRef(predicate))}
    if not found:
        for parent in graph.objects(subject, URIRef(RDFS.subPropertyOf)):
            found.update(_values(graph, parent, predicate))
    return tuple(sorted(found))


def _classes(graph: Graph, subject: Node, predicate: str) -> frozenset[str]:
    """Return what ``predicate`` gives a property, or else the property above it.

    The classes of a union come one by one.
    """
    from rdflib import URIRef
    from rdflib.collection import Collection

    found: set[str] = set()
    for value in graph.objects(subject, URIRef(predicate)):
        union = graph.value(value, URIRef(OWL.unionOf))
        found |= {str(c) for c in (Collection(graph, union) if union else [value])}
    if not found:
        for parent in graph.objects(subject, URIRef(RDFS.subPropertyOf)):
            found |= _classes(graph, parent, predicate)
    return frozenset(found)
