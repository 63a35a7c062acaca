"""Labels that name two types, as "Mono/DC" or "Tcm/Naive helper T cells" do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm4cell.cells.hierarchy import steps_up
from llm4cell.cells.likeness import Found
from llm4cell.cells.words import split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.cells.finding import Context, Finder

__all__ = ["GENERIC", "find_types", "rank_types"]

GENERIC = 160  # kinds; a type with more of them says little ("eukaryotic cell")
_BETWEEN = re.compile(r"\s*(?:/|&|\s\+\s|\s(?:and|or|vs|plus|mixed with)\s|;|\|)\s*")
_TRAILING_GENES = re.compile(r"(?:\s+[A-Za-z0-9]*\d[A-Za-z]?[+-])+$")
_MOST_PARTS = 4
_MOST_SHARED = 4  # words at the end of a label that all its parts may share
# What a part must reach to name one type in full.
_LIKE, _SAID, _HEARD = 0.85, 0.88, 0.85
_ALL = 0.95  # the share of a label that one name must say to be all of it
# The likeness that is given to the common kind, to the types themselves, and at most to others.
_NEAR_KIND, _FAR_KIND, _SINGLE, _REST = 0.72, 0.4, 0.6, 0.35
_NEXT = 0.02  # by which each further type is less likely than the one named before it


def find_types(
    finder: Finder, text: str, context: Context, whole: Sequence[Found] = (),
) -> list[Found]:
    """Return the types that a label names side by side, in its order; none where it does not.

    A part may share the label's last words: "Tcm/Naive helper T cells" names two helper T cells.
    Where one type is a kind of another the label names one type, said twice. So it does where the
    best answer to the ``whole`` label says both and is a kind of neither, as the
    megakaryocyte-erythroid progenitor is; an NK T cell is a T cell, and "T/NK" names two types.
    """
    names = finder.names
    text = _TRAILING_GENES.sub("", text)
    parts = [part for part in _BETWEEN.split(text) if part]
    if not 2 <= len(parts) <= _MOST_PARTS:
        return []
    words = split_words(text)
    if tuple(words) in names.lexicon.rules or tuple(names.canonical(words)) in names.orders:
        return []
    last = parts[-1].split()
    for shared in reversed(range(min(len(last), _MOST_SHARED))):
        tail = last[len(last) - shared:]
        full = [" ".join((part, *tail)) for part in parts[:-1]] + parts[-1:]
        tops = [top for part in full if (top := _plain(finder, part, context))]
        if len(tops) == len(parts):
            break
    else:
        return []
    distinct = list({finder.term_of(top): top for top in reversed(tops)}.values())[::-1]
    terms = [finder.term_of(top) for top in distinct]
    nested = any(one != other and names.terms[other].id in names.above(one)
                 for one in terms for other in terms)
    if nested or len(terms) < 2 or (whole and _is_both(finder, whole[0], terms)):
        return []
    return distinct


def _is_both(finder: Finder, found: Found, terms: Sequence[int]) -> bool:
    """Tell whether one answer says all of a label and is a kind of none of ``terms``."""
    above = finder.names.above(finder.term_of(found))
    return found.heard >= _ALL and found.said >= _SAID and not any(
        finder.names.terms[term].id in above for term in terms)


def rank_types(finder: Finder, types: Sequence[Found], whole: Sequence[Found]) -> list[Found]:
    """Return the nearest common kind of types, the types, and other answers to the whole label.

    The common kind goes first where it is a direct parent of all, else last of them.
    """
    names = finder.names
    steps = [steps_up(names.terms[finder.term_of(found)].id, names.index) for found in types]
    singles = [found._replace(raw=_SINGLE - at * _NEXT) for at, found in enumerate(types)]
    shared = set(steps[0]).intersection(*steps[1:]) & names.places.keys()

    def is_generic(identifier: str) -> bool:
        return names.kinds_of(names.places[identifier]) > GENERIC

    made = singles
    if shared:
        nearest = min(shared, key=lambda other: (
            is_generic(other), sum(step[other] for step in steps), other))
        near = not is_generic(nearest) and max(step[nearest] for step in steps) <= 1
        both = Found(_NEAR_KIND if near else _FAR_KIND, names.label_of(names.places[nearest]),
                     said=1.0, heard=0.5, missed=0.0, lost=9.0, reading=types[0].reading)
        made = [both, *singles] if near else [*singles, both]
    done = {finder.term_of(found) for found in made}
    return made + [found._replace(raw=min(found.raw, _REST)) for found in whole
                   if finder.term_of(found) not in done]


def _plain(finder: Finder, part: str, context: Context) -> Found | None:
    """Return what a part of a label names, None where it does not name one type in full."""
    words = split_words(part)
    found = finder.find(part, words, context) if words else []
    if found and found[0].raw >= _LIKE and found[0].said >= _SAID and found[0].heard >= _HEARD:
        return found[0]
    return None
