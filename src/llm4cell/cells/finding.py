"""The names that are most like a label, one a term."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from llm4cell.cells.likeness import Found, compare
from llm4cell.cells.names import LABEL
from llm4cell.cells.reading import Reader
from llm4cell.cells.words import split_words, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llm4cell.cells.names import Name, Names
    from llm4cell.cells.reading import Reading

__all__ = ["Context", "Finder", "context_of", "in_brackets", "without_brackets"]

_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]")
_BARE = 0.8  # of the likeness of a label whose brackets are left out
_SURE = 0.99  # an answer beside which no other reading is tried
_STEP_BACK = 0.97  # of the likeness of an answer that gives way to a kind of it
_PASSING = ("state", "stage")
_ORGANISMS = {"human": "homo sapiens", "mouse": "mus musculus", "mmus": "mus musculus",
              "ncbitaxon:9606": "homo sapiens", "ncbitaxon:10090": "mus musculus"}


class Context(NamedTuple):
    """What is known of a cell besides its label: words of its tissue, and its species."""

    words: frozenset[str] = frozenset()
    organism: str = ""


def context_of(names: Names, tissue: str, species: str) -> Context:
    """Return what ``tissue`` and ``species``, in words, say."""
    folded = species.strip().casefold()
    organism = _ORGANISMS.get(folded, folded)
    around = f"{tissue} human" if organism == "homo sapiens" else tissue
    words = names.canonical(split_words(tidy(around))) if around else ()
    return Context(frozenset(words), organism)


def without_brackets(text: str) -> str:
    """Return a label without what stands in brackets.

    >>> without_brackets("G cell (stomach)")
    'G cell'
    """
    return tidy(_BRACKETS.sub(" ", text)) if "(" in text or "[" in text else text


def in_brackets(text: str) -> list[str]:
    """Return what :func:`without_brackets` leaves out of a label.

    >>> in_brackets("G cell (stomach)")
    ['stomach']
    """
    return [found[1:-1].strip() for found in _BRACKETS.findall(text)]


class Finder:
    """Finds names; make it once, ask it often."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.reader = Reader(names)

    def term_of(self, found: Found) -> int:
        """Return the number of the term that a name is of."""
        return self.names.names[found.name].term

    def find(self, text: str, words: Sequence[str], context: Context) -> list[Found]:
        """Return the best name of each term that shares words with a label, best first.

        Args:
            text: the label, tidy.
            words: its words, of :func:`~llm4cell.cells.words.split_words`.
            context: what is known besides.
        """
        best = self._spelt(text, words)
        done: set[frozenset[str]] = set()
        for reading in self._readings(text, words, context):
            if done and best and max(
                    found.raw for found in best.values()) > min(reading.cost, _SURE):
                break
            spoken = frozenset(reading.words)
            if spoken in done:
                continue
            done.add(spoken)
            for found in compare(self.names, reading, *context):
                at = self.term_of(found)
                if at not in best or found.raw > best[at].raw:
                    best[at] = found
        order = sorted(best.values(), key=lambda found: (
            -found.raw, self.names.terms[self.term_of(found)].id))
        if order and context.words:
            order = self._of_the_tissue(order, context.words)
        return self._in_state(order, words) if order else order

    def _readings(
        self, text: str, words: Sequence[str], context: Context
    ) -> Iterator[Reading]:
        """Yield the ways to read a label, at last without what stands in brackets."""
        yield from self.reader.readings(text, words, context.words)
        bare = without_brackets(text)
        if bare != text and (left := split_words(bare)):
            for reading in self.reader.readings(bare, left, context.words):
                yield reading._replace(cost=reading.cost * _BARE, bare=True)

    def _spelt(self, text: str, words: Sequence[str]) -> dict[int, Found]:
        """Return the terms of which the label is a name, but for capitals and the plural."""
        numbers = self.names.spelt(text, words)
        terms = {self.names.names[number].term for number in numbers}
        # A label of the ontology means its term; of a synonym the field's use may differ.
        if not numbers or (self.names.names[numbers[0]].kind != LABEL and (
                len(terms) > 1 or tuple(words) in self.names.lexicon.rules)):
            return {}
        reading = self.reader.literal(text, words)
        return {self.names.names[number].term: Found(1.0, number, 1.0, 1.0, 0.0, 0.0, reading)
                for number in numbers}

    def _of_the_tissue(self, order: list[Found], tissue: frozenset[str]) -> list[Found]:
        """Put the tissue's own kind of the best answer first, where the ontology has one.

        It is told apart by the tissue alone: a Kupffer cell is named "liver macrophage" too, but
        not each macrophage there is one.
        """
        first = order[0]
        top = self.names.names[first.name]
        numbers = [
            number for word in tissue - top.words for number in self.names.of_word.get(word, ())
            if self._is_of_tissue(self.names.names[number], top, tissue)]
        if not numbers:
            return order
        names, terms = self.names.names, self.names.terms
        number = min(numbers, key=lambda number: (
            -len(names[number].words), terms[names[number].term].id, number))
        missed = sum(self.names.weights[word] for word in names[number].words - top.words)
        own = first._replace(name=number, missed=missed)
        return self._give_way(order, own, self._place(order, names[number].term))

    def _is_of_tissue(self, name: Name, top: Name, tissue: frozenset[str]) -> bool:
        """Tell whether a name says ``top`` and a tissue, which alone sets its term apart."""
        return name.term != top.term and not name.species \
            and top.words <= name.words <= top.words | tissue \
            and self._is_kind(name.term, top.term) and self.names.own_words(name.term) <= tissue

    def _in_state(self, order: list[Found], words: Sequence[str]) -> list[Found]:
        """Put first what the ontology names as the best answer in the label's state or stage."""
        first = order[0]
        top = self.names.names[first.name]
        qualifiers = self.names.lexicon.qualifiers
        states = self.names.canonical(
            [word for word in words if qualifiers.get(word) in _PASSING])
        for state in states:
            for own in self.names.of_term[top.term] if state not in top.words else ():
                together = self.names.names[own].words | {state}
                for number in self.names.by_words.get(together, ()):
                    term = self.names.names[number].term
                    if term != top.term and self._is_kind(term, top.term):
                        own_state = first._replace(name=number, said=1.0)
                        return self._give_way(order, own_state, self._place(order, term))
        return order

    def _is_kind(self, at: int, of: int) -> bool:
        return self.names.terms[of].id in self.names.above(at)

    def _place(self, order: list[Found], term: int) -> int:
        """Return where a term stands in ``order``, its end where it does not."""
        return next((at for at, found in enumerate(order) if self.term_of(found) == term),
                    len(order))

    def _give_way(self, order: list[Found], own: Found, at: int) -> list[Found]:
        """Put ``own`` first, take the answer at ``at`` out, and lower what was first."""
        first = order[0]._replace(raw=order[0].raw * _STEP_BACK)
        return [own, first, *order[1:at], *order[at + 1:]]
