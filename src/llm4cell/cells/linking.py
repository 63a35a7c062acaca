"""Free-text cell labels -> terms of the Cell Ontology, with a score and how it was found.

A label is split into words, its shorthand is read (:mod:`llm4cell.cells.reading`), and the words
are compared with those of every name (:mod:`llm4cell.cells.likeness`). What names no type, or two,
is told apart and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from llm4cell.cells.calibration import calibrate
from llm4cell.cells.finding import Finder, context_of, in_brackets, without_brackets
from llm4cell.cells.hierarchy import identifier_in
from llm4cell.cells.index import load_index
from llm4cell.cells.lexicon import load_lexicon
from llm4cell.cells.likeness import Found
from llm4cell.cells.mixtures import GENERIC, find_types, rank_types
from llm4cell.cells.names import CELL, OBSOLETE, SYNONYM, Names
from llm4cell.cells.reading import NUMBER
from llm4cell.cells.words import split_words, tidy
from llm4cell.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm4cell.cells.index import Index, Term
    from llm4cell.cells.lexicon import Lexicon

__all__ = ["THRESHOLD", "TOP", "Candidate", "Link", "Linker", "link", "load_linker"]

THRESHOLD = 0.2
TOP = 5
# Characters; what is longer is no label, tissue or species, and what stands beyond is not read.
LONGEST = 300
# The last that is said of a label in which words find nothing.
NO_MATCH = "no confident match"

_CLOSE = 0.5  # of the likeness of the first answer; what is less follows the kinds above it
# The weights from which on what only the name or only the label says makes an answer no exact one.
_MISSED, _LOST = 0.2, 1.0
_CACHE = 20_000
# Kinds of words of which no remark says that they are left out: states and stages have
# one of their own.
_IGNORED = ("noise", "species", "stage", "state")
_COUNTS = {2: "two", 3: "three", 4: "four"}

_CLUSTER = re.compile(
    r"(?:(?:cluster|clust|cl|c|leiden|louvain|seurat|seurat_clusters|group|metacell)?"
    r"[\s_.:-]*\d+(?:[.,_-]\d+)*(?:e[+-]?\d+)?|nan)", re.IGNORECASE)
_ID = re.compile(r"(?<![A-Za-z0-9])CL[:_]\d{7}(?!\d)")


class Candidate(NamedTuple):
    """One answer: id, label, score in [0, 1], and how it was found."""

    id: str
    label: str
    score: float
    method: str


@dataclass(frozen=True, slots=True)
class Link:
    """What a label was linked to, best first; ``note`` says what else is to be known."""

    label: str
    candidates: tuple[Candidate, ...] = ()
    note: str = ""

    @property
    def best(self) -> Candidate | None:
        """The first candidate, None where there is no confident match."""
        return self.candidates[0] if self.candidates else None


class Linker:
    """Links labels to one index by one lexicon; make it once, ask it often.

    Args:
        index: the terms; the packaged release of the Cell Ontology by default.
        lexicon: the field's shorthand; the packaged tables by default.
        score: gives the chance that an answer is right from the evidence for it.
    """

    def __init__(
        self, index: Index | None = None, lexicon: Lexicon | None = None,
        score: Callable[..., float] = calibrate,
    ) -> None:
        self.index = index or load_index()
        self.names = Names(self.index, lexicon or load_lexicon())
        self._finder = Finder(self.names)
        self._score = score
        self._answers: dict[tuple[str, str, str, int, float], Link] = {}

    def link(
        self, label: str, *, tissue: str = "", species: str = "", top: int = TOP,
        threshold: float = THRESHOLD,
    ) -> Link:
        """Return the terms that ``label`` means, best first; none where the first scores too low.

        Args:
            label: the text, which the answer repeats as it is.
            tissue: where the cell was found, in words ("lung").
            species: whose cell it is; terms of other species are left behind.
            top: how many candidates to give at most.
            threshold: the least score of a first candidate.

        Raises:
            TypeError: the label is no text.
            ParameterError: ``top`` is below 1, or ``threshold`` is no number from 0 to 1.
        """
        if not isinstance(label, str):
            raise TypeError(f"a label is text, not {type(label).__name__}: {label!r}")
        if top < 1:
            raise ParameterError(f"top={top}: give 1 or more")
        if not 0 <= threshold <= 1:
            raise ParameterError(f"threshold={threshold}: give a number from 0 to 1")
        tissue, species = tissue[:LONGEST], species[:LONGEST]
        key = (label, tissue, species, top, threshold)
        known = self._answers.get(key)
        if known is None:
            known = self._answer(label, tissue, species, top, threshold)
            if len(label) <= LONGEST:
                if len(self._answers) >= _CACHE:
                    self._answers.clear()
                self._answers[key] = known
        return known

    def unheeded(self, tissue: str, species: str) -> list[str]:
        """Return those of a tissue and a species of which neither names nor rules have a word."""
        lexicon = self.names.lexicon
        lost = []
        if tissue:
            known = self.names.weights.keys() | lexicon.qualifiers.keys() | {
                word for rules in lexicon.rules.values() for rule in rules for word in rule.when}
            words = {*split_words(tidy(tissue)), *context_of(self.names, tissue, "").words}
            lost += [tissue] if words.isdisjoint(known) else []
        organism = context_of(self.names, "", species).organism
        if organism and all(name.species != organism for name in self.names.names):
            lost.append(species)
        return lost

    def _answer(
        self, label: str, tissue: str, species: str, top: int, threshold: float
    ) -> Link:
        text = tidy(label[:LONGEST * 4])
        notes = ["cut after 300 characters"] if len(text) > LONGEST else []
        text = text[:LONGEST]
        if known := self._identified(text):
            return Link(label, known[0][:top], known[1])
        words = split_words(text)
        context = context_of(self.names, tissue, species)
        if reason := self._why_no_type(text, words, context.words):
            return Link(label, (), "; ".join((*notes, reason)))
        found = self._finder.find(text, words, context)
        types = find_types(self._finder, text, context, found)
        if types:
            *most, last = (self._term(one).label for one in types)
            notes.append(f"names {_COUNTS[len(types)]} types: {', '.join(most)} and {last}")
            found = rank_types(self._finder, types, found)
        else:
            found = self._with_kinds_above(found)
        candidates = self._candidates(found, top, threshold)
        if not candidates:
            notes.append(NO_MATCH)
        elif not types:
            notes += self._remarks(found[0], text, words)
        return Link(label, candidates, "; ".join(notes))

    def _identified(self, text: str) -> tuple[tuple[Candidate, ...], str] | None:
        """Return the term whose id the label holds, and what is to be said of it."""
        held = dict.fromkeys(map(identifier_in, _ID.findall(text) or [text]))
        identifier, *others = held
        if identifier is None:
            return None
        term = self.index.terms.get(identifier)
        if term is None:
            return (), f"{identifier} is not in the Cell Ontology {self.index.version}"
        current = self.index.current(identifier)
        if current is None or current not in self.index.terms:
            also = f"; consider {', '.join(term.replaced_by)}" if term.replaced_by else ""
            return (), f"{identifier} is obsolete{also}"
        notes = [f"{identifier} is obsolete, replaced by {current}"] * term.obsolete
        if others:
            notes.append(f"left out: {', '.join(filter(None, others))}")
        method = "replaced id" if term.obsolete else "id"
        found = Candidate(current, self.index.terms[current].label, 1.0, method)
        return (found,), "; ".join(notes)

    def _why_no_type(self, text: str, words: Sequence[str], context: frozenset[str]) -> str:
        """Return why a label cannot name a type, nothing where it can."""
        if not text:
            return "empty"
        if _CLUSTER.fullmatch(text):
            return "a cluster number carries no meaning; name the cluster's type"
        if not words:
            return "no words in it"
        kinds = [self.names.lexicon.qualifiers.get(word, "") for word in words]
        if "doublet" in kinds:
            return "a doublet is no cell type"
        bare = without_brackets(text)
        if any(tuple(self.names.canonical(said)) in self.names.orders
               for said in (words, *([split_words(bare)] if bare != text else ()))):
            return ""
        idle = ("nothing", "noise", "sample", "weak")
        if {"nothing", "sample"} & set(kinds) and all(
                kind in idle or NUMBER.fullmatch(word)
                for word, kind in zip(words, kinds, strict=True)):
            what = "a sample" if "sample" in kinds else "nothing known"
            return f"names {what}, no cell type"
        if self._may_be_type(words, kinds, context):
            return ""
        what = " or ".join(dict.fromkeys(
            kind for kind in kinds if kind in ("tissue", "species", "state", "stage")))
        return f"names {f'a {what}' if what else 'nothing'}, no cell type"

    def _may_be_type(
        self, words: Sequence[str], kinds: Sequence[str], context: frozenset[str]
    ) -> bool:
        """Tell whether a word of a label is about the type, or some together are its name."""
        if any(kind in ("", "weak") and not NUMBER.fullmatch(word)
               for word, kind in zip(words, kinds, strict=True)):
            return True
        if any(pair in self.names.orders for pair in pairwise(words)):  # "G cells"
            return True
        said = frozenset(words) | context
        return frozenset(self.names.canonical(words)) in self.names.by_words or any(
            rules for _, rules in self._finder.reader.segments(words, lambda _: said))

    def _remarks(self, first: Found, text: str, words: Sequence[str]) -> list[str]:
        """Return what the best answer leaves out, and whether its name is an old one."""
        name = self.names.names[first.name]
        qualifiers = self.names.lexicon.qualifiers
        # A short form may stand for a state too: a TAM is a macrophage, of a tumor.
        meant = [word for word, how in first.reading.methods.items() if how == "abbreviation"]
        remarks = []
        said: set[str] = set()
        for kind in ("state", "stage"):
            left = [word for word in (*words, *meant) if qualifiers.get(word) == kind
                    and name.words.isdisjoint((word, *self.names.canonical([word])))]
            if left:
                remarks.append(f"{kind} left out: {', '.join(dict.fromkeys(left))}")
                said.update(left)
        # Where the brackets hold a state alone, that is said already.
        beyond = [part for part in in_brackets(text) if not said.issuperset(split_words(part))]
        known = name.words | self.names.said_above(name.term) | (
            first.reading.methods.keys() - first.reading.source)
        others = [word for word in first.reading.words if word not in known and word != CELL
                  and qualifiers.get(word) not in _IGNORED and not NUMBER.fullmatch(word)]
        if left := [*others, *(beyond if first.reading.bare else ())]:
            remarks.append(f"left out: {', '.join(left)}")
        return remarks + ["an obsolete name, replaced"] * (name.kind == OBSOLETE)

    def _with_kinds_above(self, order: list[Found]) -> list[Found]:
        """Put the kinds that the first answer belongs to behind what is half as like the label."""
        if not order:
            return order
        first = order[0]
        line = first.raw * _CLOSE
        close = [found for found in order if found.raw >= line]
        places = self.names.places
        above = [places[other] for other in self._term(first).parents
                 if other in places and self.names.kinds_of(places[other]) <= GENERIC]
        done = {self._finder.term_of(found) for found in close}
        kinds = [Found(line, self.names.label_of(at), 1.0, first.heard / 2, 0.0, 9.0, first.reading)
                 for at in above if at not in done]
        done.update(above)
        return close + kinds + [found for found in order[len(close):]
                                if self._finder.term_of(found) not in done]

    def _candidates(
        self, found: Sequence[Found], top: int, threshold: float
    ) -> tuple[Candidate, ...]:
        made: list[Candidate] = []
        for at, one in enumerate(found[:top]):
            rival = found[1].raw if at == 0 and len(found) > 1 else found[0].raw if at else 0.0
            method = self._method(one)
            score = self._score(one.raw, one.raw - rival, one.heard, method, first=at == 0)
            if made:
                score = min(score, made[-1].score)
            elif score < threshold:
                break
            term = self._term(one)
            made.append(Candidate(term.id, term.label, round(score, 3), method))
        return tuple(made)

    def _method(self, found: Found) -> str:
        """Say how an answer was found."""
        name, methods = self.names.names[found.name], found.reading.methods
        # "T" is all of "T cell".
        implied = CELL in name.words and CELL not in found.reading.words
        if found.missed - (self.names.weights[CELL] if implied else 0.0) > _MISSED:
            return "fuzzy"
        if found.lost > _LOST:
            return "parent fallback"
        used = {methods[word] for word in name.words if word in methods}
        for method in ("fuzzy", "marker", "abbreviation"):
            if method in used:
                return method
        # "CD8 T cell" is no label letter by letter: CL says alpha-beta besides.
        looser = found.missed > (self.names.weights[CELL] if implied else 0.0)
        return SYNONYM if looser or name.kind == OBSOLETE else name.kind

    def _term(self, found: Found) -> Term:
        return self.names.terms[self._finder.term_of(found)]


@cache
def load_linker() -> Linker:
    """Return a linker over the packaged index and lexicon, made once."""
    return Linker()


def link(
    label: str, *, tissue: str = "", species: str = "", top: int = TOP,
    threshold: float = THRESHOLD,
) -> Link:
    """Return the terms of the Cell Ontology that ``label`` means; see :meth:`Linker.link`.

    >>> link("CD8+ T cells").best.label
    'CD8-positive, alpha-beta T cell'
    """
    return load_linker().link(
        label, tissue=tissue, species=species, top=top, threshold=threshold)
