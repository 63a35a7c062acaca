"""How like a label a name is.

What a name says beyond the label counts against it in full, what the label says beyond the name in
part (Tversky 1977, doi:10.1037/0033-295X.84.4.327): so a parent is a better answer than a wrong
child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llm4cell.cells.names import CELL, LABEL, OBSOLETE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm4cell.cells.names import Name, Names
    from llm4cell.cells.reading import Reading

__all__ = ["Found", "compare"]

# Tversky's weight of what only the label says; what only the name says has 1.
_LABEL_MISS = 0.45
_CONTEXT_MISS = 0.2  # the share that a name's word costs which the context says
_STATE_MISS = 2.5  # how often it costs a state's, which a label would say
_IMPLIED = 0.8  # how much a word counts as said that a kind above the term has in its name
_AGAINST = 0.5  # the share left to an answer that says what the label excludes
_BESIDE = 0.5  # likewise to one that has a tissue, a state or the source, not the type
_SPECIES_MISS = 0.85  # likewise to one that is said of a species of which the label says nothing
_OTHER_SPECIES = 0.6
_USUAL_SPECIES = ("mus musculus", "homo sapiens", "primate", "vertebrata", "mus")
# The groups that names are said of, as "sensu Vertebrata", and a species belongs to.
_GROUPS = {"homo sapiens": ("primate", "vertebrata"), "mus musculus": ("mus", "vertebrata")}
_BY_SYNONYM, _BY_OBSOLETE = 0.998, 0.99  # likewise to names that are no labels; to part ties
_WIDE = 8  # names that are compared in full
_FEW, _HOPELESS = 5, 0.5  # or fewer, where the others promise less than this share of the first
_WORTH = 0.2  # of the most that any name shares; what shares less is left aside


class Found(NamedTuple):
    """A name that is like a label.

    ``raw`` is the likeness in [0, 1]; ``said`` the share of the name that the label says, ``heard``
    that of the label that the name says; ``missed`` and ``lost`` weigh what only one of them says.
    """

    raw: float
    name: int
    said: float
    heard: float
    missed: float
    lost: float
    reading: Reading


def compare(
    names: Names, reading: Reading, context: frozenset[str] = frozenset(), organism: str = "",
) -> Iterator[Found]:
    """Yield the names that share the most with a reading.

    Args:
        names: all names there are.
        reading: the label, read.
        context: words that are known besides; a name may have them at little cost.
        organism: the species of the cell, folded, or nothing.
    """
    held = _share(names, reading)
    if not held:
        return
    total = sum(weight * reading.shares[word]
                for word, weight in reading.words.items() if word != CELL)
    least = _WORTH * max(held.values())
    weights = names.weight_of
    ranked = [
        (weight / (weights[number] + (
            _LABEL_MISS * (total - weight) if total > weight else 0.0) + 0.01), number)
        for number, weight in held.items() if weight >= least]
    ranked.sort(reverse=True)
    hopeless = _HOPELESS * ranked[0][0]
    for at, (upper, number) in enumerate(ranked[:_WIDE]):
        if upper < hopeless and at >= _FEW and not context:
            break
        yield _weigh(names, reading, number, total, context, organism)


def _share(names: Names, reading: Reading) -> dict[int, float]:
    """Return name -> the weight of the words that it shares with a reading, rare words first."""
    held: dict[int, float] = {}
    known = [word for word in reading.words if word in names.of_word]
    for word in sorted(known, key=lambda word: len(names.of_word[word])):
        weight = reading.words[word]
        if not held:
            held = dict.fromkeys(names.of_word[word], weight)
        elif not names.is_common(word):
            for number in names.of_word[word]:
                held[number] = held.get(number, 0.0) + weight
        else:
            # A common word proposes no name by itself, but for those of common words alone.
            for number in names.of_common_words.get(word, ()):
                held.setdefault(number, 0.0)
            for number in names.having[word].intersection(held):
                held[number] += weight
    for number in names.by_words.get(frozenset(reading.words), ()):
        held.setdefault(number, 0.0)
    return held


def _weigh(
    names: Names, reading: Reading, number: int, total: float, context: frozenset[str],
    organism: str,
) -> Found:
    """Compare one name with a reading in full; ``total`` is the weight of the reading's words."""
    name = names.names[number]
    words, shares = reading.words, reading.shares
    shared = heard = missed = 0.0
    for word in name.words:
        own = names.weights[word]
        weight = words.get(word)
        if weight is None:
            missed += own * (_CONTEXT_MISS if word in context else
                             _STATE_MISS if word in names.states else 1.0)
            continue
        shared += weight
        if word != CELL:
            heard += weight * shares[word]
        if weight < own:  # misspelt
            missed += (own - weight) * 0.5
    if heard < total:
        above = names.said_above(name.term)
        for word in words:
            if word in above and word not in name.words:
                heard += _IMPLIED * words[word] * shares[word]
    lost = max(total - heard, 0.0)
    raw = shared / (shared + missed + _LABEL_MISS * lost + 1e-9) * reading.cost
    if missed and name.guarded and _contradicts(names, name, words):
        raw *= _AGAINST
    if _is_beside(name, reading, partial=missed > names.weights[CELL]):
        raw *= _BESIDE
    if name.species and name.species not in (organism, *_GROUPS.get(organism, ())):
        usual = not organism and name.species in _USUAL_SPECIES
        raw *= _SPECIES_MISS if usual else _OTHER_SPECIES
    if name.kind != LABEL:
        raw *= _BY_OBSOLETE if name.kind == OBSOLETE else _BY_SYNONYM
    # Rounded, for the order of a set's words is left to chance, and ties must not be.
    return Found(round(raw, 12), number, shared / (shared + missed + 1e-9), heard / (total + 1e-9),
                 missed, lost, reading)


def _is_beside(name: Name, reading: Reading, *, partial: bool) -> bool:
    """Tell whether a name has of the label its tissue, state or source, or a letter, not the type.

    A letter is enough for a name that the label says in full: "A-like", but not "a label".
    """
    if reading.telling and name.telling.isdisjoint(reading.telling):
        return True
    if reading.source and name.words - {CELL} <= reading.source:
        return True
    return partial and all(
        len(word) == 1 for word in name.words if word in reading.words and word != CELL)


def _contradicts(names: Names, name: Name, label: dict[str, float]) -> bool:
    """Tell whether a name has a word that a word of the label excludes."""
    opposites = names.lexicon.opposites
    return any(
        other in label and other not in name.words
        for word in name.guarded if word not in label for other in opposites[word])
