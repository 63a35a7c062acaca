"""The names of the Cell Ontology's terms, by the words that they are made of.

A word weighs the more the fewer terms have it in a name (inverse document frequency, Spärck Jones
1972, doi:10.1108/eb026526); words that say little about a type weigh less than that.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from llm4cell.cells.words import split_words, tidy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from llm4cell.cells.index import Index, Term
    from llm4cell.cells.lexicon import Lexicon

__all__ = ["CELL", "LABEL", "OBSOLETE", "SYNONYM", "Name", "Names"]

# Where a name comes from.
LABEL, SYNONYM, OBSOLETE = "exact label", "synonym", "obsolete"

CELL = "cell"
# Words that say next to nothing: most names have them, or could.
_FIXED = {CELL: 0.35, "alphabeta": 0.15, "human": 0.25}
_NUMBER_WEIGHT = 2.5  # at most, of a letter too
_STATE_WEIGHT = 1.8  # at most: a state says less than a type
_WEAK = 0.35  # the weight of a weak word, relative to what its rarity would give
_COMMON = 120  # names; a word of so many proposes none by itself
# A synonym of fewer letters stands for too many things; most are neurons of the crab.
_SHORTEST = 3
_STOP = frozenset(("of", "the", "in", "and", "with", "for", "by", "an", "from", "to", "or",
                   "at", "is", "as", "its", "that", "which"))
_SPECIES = re.compile(
    r"\((?P<name>Mmus|Mus musculus|Homo sapiens|Hsap|Primate|Ggal|sensu [A-Z][^)]*)\)")


class Name(NamedTuple):
    """A name of a term.

    ``kind`` says whence it is, ``species`` of which it is said. Of its words ``telling`` are about
    the type, and ``guarded`` exclude others.
    """

    term: int
    words: frozenset[str]
    kind: str
    species: str
    telling: frozenset[str]
    guarded: frozenset[str]


class Names:
    """Every name of every current term; names and terms go by their numbers."""

    def __init__(self, index: Index, lexicon: Lexicon) -> None:
        self.index = index
        self.lexicon = lexicon
        self.terms = [term for term in index.terms.values() if not term.obsolete]
        self.places = {term.id: at for at, term in enumerate(self.terms)}
        self._phrases = _by_first(lexicon.words)
        self._spelt: dict[str, list[int]] = {}
        self._spelt_words: dict[tuple[str, ...], list[int]] = {}
        kept = self._gather()
        self.weights = self._weigh(kept)
        self.states = frozenset(
            word for word, kind in lexicon.qualifiers.items() if kind == "state")
        # Words that tell types apart: no tissues, states, genes or numbers.
        self._telling = frozenset(
            word for word in self.weights if word not in lexicon.qualifiers
            and word not in _FIXED and not any(c.isdigit() for c in word)
            and not _is_letter(word))
        self.rarest = math.log(1 + len(self.terms))  # the weight of a word that one term has
        self.names: list[Name] = []
        self.weight_of: list[float] = []  # name -> the weight of its words but for "cell"
        self.by_words: dict[frozenset[str], list[int]] = {}
        self.orders: set[tuple[str, ...]] = set()
        self.of_word: dict[str, list[int]] = {}
        self.of_term: dict[int, list[int]] = {}
        for at, order, species, kind in kept:
            number, words = len(self.names), frozenset(order)
            self.names.append(Name(
                at, words, kind, species, self.telling(words), words & lexicon.opposites.keys()))
            # fsum, for sets have no order, and sums of floats depend on it.
            self.weight_of.append(math.fsum(self.weights[word] for word in words - {CELL}))
            self.of_term.setdefault(at, []).append(number)
            self.by_words.setdefault(words, []).append(number)
            self.orders.add(order)
            for word in words - {CELL}:
                self.of_word.setdefault(word, []).append(number)
        # Of common words as sets, to look names up.
        self.having = {word: frozenset(numbers) for word, numbers in self.of_word.items()
                       if self.is_common(word)}
        self.of_common_words = self._list_common()
        self._above: dict[int, frozenset[str]] = {}
        self._said_above: dict[int, frozenset[str]] = {}
        self._kinds: Counter[int] = Counter()

    def _gather(self) -> list[tuple[int, tuple[str, ...], str, str]]:
        """Return each name once a term: the term, the words in order, the species, whence it is."""
        done: dict[tuple[int, frozenset[str], str], int] = {}
        kept: list[tuple[int, tuple[str, ...], str, str]] = []
        for at, text, kind in self._texts():
            whole = tidy(text)
            words = split_words(whole)
            plain, species = _without_species(text)
            order = tuple(self.canonical(split_words(tidy(plain)) if species else words))
            if not order:
                continue
            key = (at, frozenset(order), species)
            if key not in done:
                done[key] = len(kept)
                kept.append((at, order, species, kind))
            for numbers in (self._spelt.setdefault(whole.casefold(), []),
                            self._spelt_words.setdefault(tuple(sorted(words)), [])):
                if done[key] not in numbers:
                    numbers.append(done[key])
        return kept

    def _texts(self) -> Iterator[tuple[int, str, str]]:
        """Yield term, name and whence it is; the better source of a name first."""
        for at, term in enumerate(self.terms):
            yield at, term.label, LABEL
            for name in term.synonyms:
                if len(name) >= _SHORTEST:
                    yield at, name, SYNONYM
        for name, identifier in self.lexicon.names:
            current = self.index.current(identifier)
            if current in self.places:
                yield self.places[current], name, SYNONYM
        for term in self.index.terms.values():
            current = self.index.current(term.id) if term.obsolete else None
            if current in self.places:
                for name in (term.label.removeprefix("obsolete "), *term.synonyms):
                    yield self.places[current], name, OBSOLETE

    def _weigh(self, kept: Iterable[tuple[int, tuple[str, ...], str, str]]) -> dict[str, float]:
        having = Counter(word for word, _ in {(word, at) for at, words, *_ in kept
                                              for word in words})
        weights = {}
        for word, count in having.items():
            weight = math.log(1 + len(self.terms) / count)
            kind = self.lexicon.qualifiers.get(word)
            if kind == "weak":
                weight *= _WEAK
            elif kind == "state":
                weight = min(weight, _STATE_WEIGHT)
            elif word[0].isdigit() or _is_letter(word):
                weight = min(weight, _NUMBER_WEIGHT)
            weights[word] = weight
        return weights | _FIXED

    def _list_common(self) -> dict[str, list[int]]:
        """Return word -> the names of common words alone that have it, as "memory T cell"."""
        made: dict[str, list[int]] = {}
        for number, name in enumerate(self.names):
            words = name.words - _FIXED.keys()
            if all(self.is_common(word) for word in words):
                for word in words:
                    made.setdefault(word, []).append(number)
        return made

    def telling(self, words: Iterable[str]) -> frozenset[str]:
        """Return those of ``words`` that tell types apart: no tissues, states, genes or numbers."""
        return self._telling.intersection(words)

    def is_common(self, word: str) -> bool:
        """Tell whether so many names have a word that it proposes none by itself."""
        return len(self.of_word.get(word, ())) >= _COMMON

    def canonical(self, words: Sequence[str]) -> list[str]:
        """Return words in the one form that the table ``words`` gives, without stop words."""
        made: list[str] = []
        at = 0
        while at < len(words):
            word = words[at]
            for phrase in self._phrases.get(word, ()):
                if tuple(words[at:at + len(phrase)]) == phrase:
                    made += self.lexicon.words[phrase]
                    at += len(phrase)
                    break
            else:
                if word not in _STOP:
                    made.append(word)
                at += 1
        return made

    def spelt(self, text: str, words: Sequence[str]) -> list[int]:
        """Return the names that a text is, letter by letter, else by its words in any order.

        Of several the terms' own labels go before synonyms.
        """
        numbers = self._spelt.get(text.casefold()) or self._spelt_words.get(
            tuple(sorted(words)), [])
        return [number for number in numbers if self.names[number].kind == LABEL] or numbers

    def label_of(self, at: int) -> int:
        """Return the number of a term's own label."""
        return self.of_term[at][0]

    def above(self, at: int) -> frozenset[str]:
        """Return the ids of all kinds that a term belongs to, its own among them."""
        if at not in self._above:
            term = self.terms[at]
            self._above[at] = frozenset((term.id,)).union(
                *(self.above(self.places[parent]) for parent in self._parents(term)))
        return self._above[at]

    def _parents(self, term: Term) -> list[str]:
        return [parent for parent in term.parents if parent in self.places]

    def said_above(self, at: int) -> frozenset[str]:
        """Return the words of all kinds that a term belongs to, which its name need not repeat."""
        if at not in self._said_above:
            own = self.names[self.label_of(at)].words - {CELL}
            self._said_above[at] = own.union(*(
                self.said_above(self.places[parent]) for parent in self._parents(self.terms[at])))
        return self._said_above[at]

    def own_words(self, at: int) -> frozenset[str]:
        """Return the words of a term's label that no kind above it has: what sets it apart."""
        return (self.names[self.label_of(at)].words - {CELL}).difference(*(
            self.said_above(self.places[parent]) for parent in self._parents(self.terms[at])))

    def kinds_of(self, at: int) -> int:
        """Return how many kinds a term has."""
        if not self._kinds:  # for all at once, which takes no longer than for a hundred
            self._kinds.update(self.places[other] for below in range(len(self.terms))
                               for other in self.above(below))
        return self._kinds[at] - 1


def _is_letter(word: str) -> bool:
    """Tell whether a word is a letter that names no type, as T and B do."""
    return len(word) == 1 and word not in "tb"


def _without_species(text: str) -> tuple[str, str]:
    """Return a name without the species that it is said of, and that species."""
    match = _SPECIES.search(text)
    if not match:
        return text, ""
    species = match["name"].removeprefix("sensu ").casefold()
    species = {"mmus": "mus musculus", "hsap": "homo sapiens"}.get(species, species)
    return text[:match.start()] + text[match.end():], species


def _by_first(phrases: Collection[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    """Return first word -> phrases that begin with it, longest first."""
    made: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        made.setdefault(phrase[0], []).append(phrase)
    return made
