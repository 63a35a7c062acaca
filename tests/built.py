"""The built graphs and the ontology as tests read them: terms as in ``facts``, no package code."""

from __future__ import annotations

from collections import defaultdict

import pyoxigraph as ox

import facts

BASE = "https://w3id.org/llm4cell/"
PREFIXES = {
    "l4c": f"{BASE}ontology/",
    **{name: f"{BASE}{name}/" for name in
       ("model", "dataset", "publication", "source", "challenge", "claim", "erratum")},
    "fair4ml": "https://w3id.org/fair4ml#",
    "schema": "https://schema.org/",
    "bibo": "http://purl.org/ontology/bibo/",
    "dcterms": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
}


def compact(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """Return a term as in ``facts``: prefixed name, quoted text, bare number or boolean."""
    if isinstance(term, ox.Literal):
        bare = term.datatype.value.endswith(("#integer", "#boolean"))
        return term.value if bare else f'"{term.value}"'
    for prefix, iri in PREFIXES.items():
        if term.value.startswith(iri):
            return f"{prefix}:{term.value[len(iri):]}"
    return term.value


class Graph:
    """All built graphs and the ontology: a store, and subject -> property -> values."""

    def __init__(self) -> None:
        self.store = ox.Store()
        for path in (*sorted((facts.ROOT / "graphs").glob("*.ttl")),
                     facts.ROOT / "ontology" / "llm4cell.ttl"):
            self.store.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE)
        self.index: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for quad in self.store:
            subject, predicate = compact(quad.subject), compact(quad.predicate)
            self.index[subject][predicate].append(compact(quad.object))

    def values(self, subject: str, predicate: str) -> list[str]:
        return sorted(self.index.get(subject, {}).get(predicate, ()))

    def text(self, subject: str, predicate: str) -> str:
        """Return the one literal, '' where there is none; two are an error."""
        found = self.values(subject, predicate)
        assert len(found) <= 1, (subject, predicate, found)
        return found[0].strip('"') if found else ""

    def one(self, subject: str, *predicates: str) -> str:
        """Return the one value of one of ``predicates``."""
        (found,) = [value for name in predicates for value in self.values(subject, name)]
        return found

    def subjects(self, predicate: str, value: str) -> set[str]:
        return {s for s, properties in self.index.items() if value in properties.get(predicate, ())}

    def above(self, term: str) -> set[str]:
        """Return a class and all classes above it."""
        found, todo = {term}, [term]
        while todo:
            for parent in self.values(todo.pop(), "rdfs:subClassOf"):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return found

    def ask(self, query: str) -> set[tuple[str, ...]]:
        head = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
        return {tuple(compact(term) for term in row) for row in self.store.query(head + query)}
