"""The is-a hierarchy of the Cell Ontology: what is a kind of what, and how far apart two types are.

Each function takes ids (``CL:0000084``, ``CL_0000084``, its IRI), names and synonyms ("T cell"), or
obsolete ids that one other replaces, and speaks of the packaged release unless ``index`` names
another.
"""

from __future__ import annotations

import difflib
import re
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

from llm4cell.cells.index import load_index
from llm4cell.errors import ParameterError

if TYPE_CHECKING:
    from llm4cell.cells.index import Index

__all__ = [
    "ancestors",
    "descendants",
    "distance",
    "is_a",
    "lowest_common_ancestor",
    "resolve",
]

_MOST_SAID = 80  # letters of an unknown name that the message repeats
_ID = re.compile(
    r"(?:<?https?://purl\.obolibrary\.org/obo/|obo:)?cl[:_](\d{7})>?", re.IGNORECASE)


def identifier_in(text: str) -> str | None:
    """Return the id of the Cell Ontology that ``text`` is, as a CURIE.

    >>> identifier_in("http://purl.obolibrary.org/obo/CL_0000084")
    'CL:0000084'
    """
    match = _ID.fullmatch(text.strip())
    return f"CL:{match[1]}" if match else None


def resolve(term: str, index: Index | None = None) -> str:
    """Return the current id for an id, a label or a synonym.

    Raises ParameterError where there is none, naming what is near.

    >>> resolve("T cell"), resolve("T lymphocyte"), resolve("CL_0000084")
    ('CL:0000084', 'CL:0000084', 'CL:0000084')
    """
    index = index or load_index()
    identifier = identifier_in(term)
    if identifier is None:
        names = _names(index.version) if index is load_index() else _list_names(index)
        identifier = names.get(term.strip().casefold())
        if identifier is None:
            near = difflib.get_close_matches(term.strip().casefold(), names, n=5)
            found = dict.fromkeys(names[name] for name in near)
            hint = " or ".join(f"'{index.terms[one].label}' ({one})" for one in [*found][:3])
            said = term if len(term) <= _MOST_SAID else f"{term[:_MOST_SAID]}…"
            raise ParameterError(
                f"'{said}' is no cell type of the Cell Ontology {index.version}; "
                + (f"did you mean {hint}?" if hint else "give its name or an id such as CL:0000084")
            )
        return identifier
    current = index.current(identifier)
    if current is None or current not in index.terms:
        known = index.terms.get(identifier)
        hint = "it has no id of its own" if known is None else "it is obsolete"
        also = f"; consider {', '.join(known.replaced_by)}" if known and known.replaced_by else ""
        raise ParameterError(f"'{term}': {hint} in the Cell Ontology {index.version}{also}")
    return current


@cache
def _names(version: str) -> dict[str, str]:  # noqa: ARG001 - the key of the cache
    return _list_names(load_index())


def _list_names(index: Index) -> dict[str, str]:
    """Return name, folded -> id; a label goes before another term's synonym."""
    names: dict[str, str] = {}
    current = [term for term in index.terms.values() if not term.obsolete]
    for term in current:
        names.setdefault(term.label.casefold(), term.id)
    for term in current:
        for synonym in term.synonyms:
            names.setdefault(synonym.casefold(), term.id)
    return names


def steps_up(identifier: str, index: Index) -> dict[str, int]:
    """Return each ancestor with its least number of is-a steps, the term itself with 0."""
    found = {identifier: 0}
    queue = deque([identifier])
    while queue:
        at = queue.popleft()
        for parent in index.terms[at].parents:
            if parent not in found:
                found[parent] = found[at] + 1
                queue.append(parent)
    return found


def ancestors(term: str, index: Index | None = None) -> list[str]:
    """Return the ids of what ``term`` is a kind of, nearest first, without itself.

    >>> ancestors("T cell")[:2]
    ['CL:0000542', 'CL:0000842']
    """
    index = index or load_index()
    found = steps_up(resolve(term, index), index)
    return sorted(found, key=lambda other: (found[other], other))[1:]


def descendants(term: str, index: Index | None = None) -> list[str]:
    """Return the ids of the kinds of ``term``, nearest first, without itself.

    >>> "CL:0000624" in descendants("T cell")
    True
    """
    index = index or load_index()
    start = resolve(term, index)
    children = _children(index.version) if index is load_index() else _list_children(index)
    found = {start: 0}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        for child in children.get(at, ()):
            if child not in found:
                found[child] = found[at] + 1
                queue.append(child)
    return sorted(found, key=lambda other: (found[other], other))[1:]


@cache
def _children(version: str) -> dict[str, list[str]]:  # noqa: ARG001 - the key of the cache
    return _list_children(load_index())


def _list_children(index: Index) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for term in index.terms.values():
        for parent in term.parents:
            children.setdefault(parent, []).append(term.id)
    return children


def is_a(term: str, other: str, index: Index | None = None) -> bool:
    """Tell whether ``term`` is ``other`` or a kind of it.

    >>> is_a("CD4-positive, alpha-beta T cell", "T cell"), is_a("T cell", "B cell")
    (True, False)
    """
    index = index or load_index()
    return resolve(other, index) in steps_up(resolve(term, index), index)


def lowest_common_ancestor(term: str, other: str, index: Index | None = None) -> str:
    """Return the id of the lowest type that both are kinds of; ParameterError where none is.

    No kind of it has both below it. Of several, that with the fewest steps to both, then the fewest
    to ``term``, then the least id.

    >>> lowest_common_ancestor("B cell", "plasma cell")
    'CL:0000945'
    """
    index = index or load_index()
    left, right = _both_up(term, other, index)
    common = left.keys() & right.keys()
    higher = {parent for one in common for parent in index.terms[one].parents}
    return min(common - higher, key=lambda one: (left[one] + right[one], left[one], one))


def distance(term: str, other: str, index: Index | None = None) -> int:
    """Return the least number of is-a steps up from both to one type that both are kinds of.

    Raises ParameterError where they have none (two nuclei of the ontology are no cells).

    >>> distance("T cell", "T cell"), distance("T cell", "lymphocyte")
    (0, 1)
    """
    left, right = _both_up(term, other, index or load_index())
    return min(left[one] + right[one] for one in left.keys() & right.keys())


def _both_up(term: str, other: str, index: Index) -> tuple[dict[str, int], dict[str, int]]:
    left = steps_up(resolve(term, index), index)
    right = steps_up(resolve(other, index), index)
    if left.keys().isdisjoint(right):
        raise ParameterError(f"'{term}' and '{other}' are kinds of nothing common")
    return left, right
