"""What users type -> the resource that they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from llm4cell.errors import ParameterError
from llm4cell.ontology import fold, local_name
from llm4cell.store import Store, quote
from llm4cell.vocabulary import BASE, CL, ONTOLOGY, RDF, RDFS, SKOS, compact, expand, prologue

__all__ = ["Scope", "find_entity", "find_term", "find_value"]

# Every IRI of ours is of this form, and nothing else may be pasted into a query.
_PLAIN_IRI = re.compile(re.escape(BASE) + r"[A-Za-z0-9._~/-]*")
_PREFIXES = prologue("dcterms", "rdf", "rdfs", "schema", "skos")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look for a name: terms at or below one, instances of a class, values of a property.

    Where several are given, in all of them; with none, every term of the ontology.
    """

    below: str = ""
    of: str = ""
    among: str = ""

    @property
    def pattern(self) -> str:
        """The scope as a SPARQL group whose ?s are its members."""
        # UBERON's part-of and is-a are one relation, and properties have a tree of their own.
        above = f"(<{RDFS.subClassOf}>|<{RDFS.subPropertyOf}>|<{SKOS.broader}>)*"
        parts = [f"?s {above} <{self.below}>"] if self.below else []
        if self.of:
            parts.append(f"?s <{RDF.type}>/<{RDFS.subClassOf}>* <{self.of}>")
        if self.among:
            parts.append(f"?any <{self.among}> ?s")
        if not parts:
            parts.append(f"?s <{RDFS.isDefinedBy}> <{ONTOLOGY}>")
        return " UNION ".join(f"{{ {part} }}" for part in parts)


def find_term(store: Store, text: str, scope: Scope, *, what: str) -> str:
    """Return the IRI within ``scope`` that ``text`` names: IRI, CURIE, slug, label or synonym.

    Among cell types, any term of the Cell Ontology may be named, be it in use or not, also by an
    obsolete id. Raises ParameterError with the nearest names where nothing is meant by it.
    """
    names = _names(store, scope)
    iris = set(names.values())
    for candidate in (text, text.removeprefix("<").removesuffix(">"), expand(text)):
        if candidate in iris:
            return str(candidate)
    found = names.get(_key(text))
    if found:
        return found
    fault = ""
    if scope.below.startswith(CL.base):
        # The slim holds only the terms in use, and no synonyms.
        from llm4cell.cells.hierarchy import resolve

        try:
            return CL + resolve(text).removeprefix("CL:")
        except ParameterError as error:
            fault = str(error)
    try:
        other = find_entity(store, text)
    except ParameterError:
        raise ParameterError(f"{what}={text}: {fault or _offer(text, names)}") from None
    raise ParameterError(f"{what}={text}: that is {compact(other)}, no {what}")


def find_value(store: Store, text: str, predicate: str, *, what: str) -> str:
    """Return the literal of the property ``predicate`` that ``text`` spells, as the graph has it.

    Raises ParameterError with the nearest values where there is none.
    """
    table = store.select(f"SELECT DISTINCT ?v WHERE {{ ?s <{predicate}> ?v }} ORDER BY ?v")
    values = {_key(cell.value): cell.value for (cell,) in table if cell}
    if _key(text) in values:
        return values[_key(text)]
    if len(values) <= _FEW:
        raise ParameterError(f"{what}={text}: known: {', '.join(values.values())}")
    raise ParameterError(f"{what}={text}: {_nearest(text, dict(zip(values, values, strict=True)))}")


# Up to so many values are all named where none is meant.
_FEW = 20


def _offer(text: str, names: dict[str, str]) -> str:
    """Return the nearest names, or all labels where none is near and there are few."""
    labels = {iri: name for name, iri in reversed(names.items())}
    if len(labels) <= _FEW and not _near(text, names):
        return f"known: {', '.join(sorted(labels.values()))}"
    return _nearest(text, names)


def _key(text: str) -> str:
    """Return a name as it is looked up: hyphens and underscores count as spaces."""
    return fold(text.replace("-", " ").replace("_", " "))


# Names of a store's terms; a store is loaded once and does not change.
_known: WeakKeyDictionary[Store, dict[Scope, dict[str, str]]] = WeakKeyDictionary()


def _names(store: Store, scope: Scope) -> dict[str, str]:
    """Return folded label, synonym or slug -> IRI."""
    known = _known.setdefault(store, {})
    if scope not in known:
        known[scope] = _read_names(store, scope)
    return known[scope]


def _read_names(store: Store, scope: Scope) -> dict[str, str]:
    table = store.select(
        f"{_PREFIXES}SELECT DISTINCT ?s ?label ?synonym WHERE {{ {scope.pattern} "
        "?s rdfs:label ?label . OPTIONAL { ?s skos:altLabel ?synonym } } ORDER BY ?s ?synonym"
    )
    labels: dict[str, str] = {}
    others: dict[str, str] = {}
    for s, label, synonym in table:
        if s and label:
            labels.setdefault(_key(label.value), s.value)
            others.setdefault(_key(local_name(s.value)), s.value)
            if synonym:
                others.setdefault(_key(synonym.value), s.value)
    # Labels come first: they go before others of the same name, and are offered before them.
    return labels | {name: iri for name, iri in others.items() if name not in labels}


def find_entity(store: Store, text: str) -> str:
    """Return the IRI of the record, claim, term or source that ``text`` names.

    A slug, CURIE, IRI, label, synonym, statement number (A136) or web address; raises
    ParameterError where it names nothing, or several.
    """
    for candidate in filter(None, (text, expand(text))):
        if candidate.startswith(BASE) and _exists(store, candidate):
            return candidate
    table = store.select(
        f"{_PREFIXES}SELECT DISTINCT ?s ?label ?synonym WHERE {{ ?s rdfs:label ?label . "
        f'FILTER(STRSTARTS(STR(?s), "{BASE}")) OPTIONAL {{ ?s skos:altLabel ?synonym }} }}'
    )
    slugs: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for s, label, synonym in table:
        if s and label:
            slugs.setdefault(_key(local_name(s.value)), set()).add(s.value)
            for name in filter(None, (label, synonym)):
                names.setdefault(_key(name.value), set()).add(s.value)
    for known in (slugs, names):
        found = known.get(_key(text), set())
        # A record goes before a term of the ontology of the same name: its name is what was typed.
        records = {iri for iri in found if not iri.startswith(ONTOLOGY)} or found
        if len(records) == 1:
            return records.pop()
        if records:
            choices = ", ".join(sorted(map(compact, records)))
            raise ParameterError(f"'{text}' names several: {choices}; give one of these")
    if _exists(store, f"{BASE}claim/{text}"):
        return f"{BASE}claim/{text}"
    for predicate in ("dcterms:identifier", "schema:url"):
        pattern = f"?s {predicate} ?o FILTER(LCASE(STR(?o)) = LCASE({quote(text)}))"
        rows = store.select(f"{_PREFIXES}SELECT ?s WHERE {{ {pattern} }}").rows
        if len(rows) == 1 and rows[0][0]:
            return rows[0][0].value
    every = {name: min(iris) for name, iris in names.items()}
    every |= {name: iri for name, iris in slugs.items()
              for iri in iris if not iri.startswith(ONTOLOGY)}
    raise ParameterError(f"{text}: {_nearest(text, every)}")


def _exists(store: Store, iri: str) -> bool:
    if not _PLAIN_IRI.fullmatch(iri):
        return False
    return len(store.select(f"SELECT ?p WHERE {{ <{iri}> ?p ?o }} LIMIT 1")) > 0


def _nearest(text: str, names: dict[str, str]) -> str:
    """Return what to try instead."""
    near = [f"'{name}'" for name in _near(text, names)[:3]]
    if near:
        return f"nothing of that name; did you mean {' or '.join(near)}?"
    return ("nothing of that name; these list what there is: llm4cell query models-by-family, "
            "datasets-by-group, terms-below-term")


def _near(text: str, names: dict[str, str]) -> list[str]:
    """Return names similar to ``text``, then names that hold all its words."""
    import difflib

    words = _key(text).split()
    held = [name for name in names if words and all(word in name for word in words)]
    close = difflib.get_close_matches(_key(text), names, n=9, cutoff=0.6)
    found: dict[str, str] = {}
    for name in (*close, *sorted(held, key=lambda name: (len(name), name))):
        iri = names[name]
        # Labels stand first among names; a slug is no word to offer.
        label = next(known for known, other in names.items() if other == iri)
        found.setdefault(iri, label if name == _key(local_name(iri)) else name)
    return list(found.values())
