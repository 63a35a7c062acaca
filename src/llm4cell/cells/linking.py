"""Free-text cell labels -> terms of the Cell Ontology, with a score and how it was found.

A label is split into words, its shorthand is read (:mod:`llm4cell.cells.lexicon`), and the words
are compared with those of every label and synonym. What a name says beyond the label counts against
it in full, what the label says beyond the name in part (Tversky 1977,
doi:10.1037/0033-295X.84.4.327): so a parent is a better answer than a wrong child.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from llm4cell.cells.calibration import calibrate
from llm4cell.cells.hierarchy import descendants, identifier_in, steps_up
from llm4cell.cells.index import load_index
from llm4cell.cells.lexicon import load_lexicon
from llm4cell.cells.words import split_words, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llm4cell.cells.index import Index
    from llm4cell.cells.lexicon import Lexicon, Rule

__all__ = ["THRESHOLD", "TOP", "Candidate", "Link", "Linker", "link", "load_linker"]

THRESHOLD = 0.2
TOP = 5
# What is longer is no label; what stands beyond is not read.
LONGEST = 300

# Tversky's weight of what only the label says; what only the name says has 1.
_LABEL_MISS = 0.45
# How much a word counts that the label has and the name lacks, by what it speaks of.
_LABEL_SHARE = {"state": 0.15, "stage": 0.2, "tissue": 0.4, "species": 0.05, "noise": 0.05,
                "order": 0.05, "sample": 0.1, "weak": 0.3, "gene": 0.12, "layer": 0.15,
                "nothing": 0.3}
_CELL = "cell"
_FIXED = {_CELL: 0.35, "alphabeta": 0.15, "human": 0.25}
_NUMBER_WEIGHT = 2.5
_WEAK = 0.35  # the weight of a weak word, relative to what its rarity would give
_CONTEXT_MISS = 0.2  # the share that a name's word costs which the context says
_STOP = frozenset(("of", "the", "in", "and", "with", "for", "by", "a", "an", "from", "to", "or",
                   "on", "at", "is", "as", "its", "that", "which"))
_SPECIES = re.compile(
    r"\((?P<name>Mmus|Mus musculus|Homo sapiens|Hsap|Primate|Ggal|sensu [A-Z][^)]*)\)")
_SPECIES_MISS = 0.85
_USUAL_SPECIES = ("mus musculus", "homo sapiens", "primate", "vertebrata", "mus", "mammalia")
_GENERIC = 160  # kinds; a type with more of them says little ("eukaryotic cell")
_READINGS = 6
_READING_COST = 0.985
_SURE = 0.99  # an answer beside which no other reading is tried
_WIDE = 10  # names that are compared in full
_ALIKE = 0.84  # how much alike a word and its misspelling are, of 1
_COMMON = 120  # terms
_WORTH = 0.2  # of the most that any name shares; what shares less is left aside
_CACHE = 20_000

_CLUSTER = re.compile(
    r"(?:(?:cluster|clust|cl|c|leiden|louvain|seurat|seurat_clusters|group|metacell)?"
    r"[\s_.:-]*\d+(?:[.,_-]\d+)*|nan)", re.IGNORECASE)
_ID = re.compile(r"(?<![A-Za-z0-9])CL[:_]\d{7}(?!\d)")
_BETWEEN = re.compile(r"\s*(?:/|&|\s\+\s|\s(?:and|or|vs|plus|mixed with)\s|;|\|)\s*")
_NUMBER = re.compile(r"\d+[a-z]?|(?![bt])[a-z]")
_GENE = re.compile(
    r"[A-Z][A-Z0-9]{2,}(?:-[A-Z0-9]+)?|[A-Z][a-z]{1,6}\d{1,4}[a-z]?|[A-Z][A-Z0-9]*\d")


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


class _Name(NamedTuple):
    term: int
    words: frozenset[str]
    weight: float
    kind: str
    species: str


class _Reading(NamedTuple):
    """One way to read a label: word -> its weight, and the share that counts where it is missed."""

    words: dict[str, float]
    shares: dict[str, float]
    methods: dict[str, str]
    cost: float


class _Found(NamedTuple):
    raw: float
    name: int
    said: float  # the share of the name that the label says
    heard: float  # the share of the label that the name says
    missed: float  # the weight of what only the name says
    lost: float  # the weight of what only the label says
    reading: _Reading


class Linker:
    """Links labels to one index by one lexicon; make it once, ask it often."""

    def __init__(self, index: Index | None = None, lexicon: Lexicon | None = None) -> None:
        self.index = index or load_index()
        self.lexicon = lexicon or load_lexicon()
        self._phrases = _by_first(self.lexicon.words)
        self._longest_rule = max(map(len, self.lexicon.rules), default=1)
        self._terms = [term for term in self.index.terms.values() if not term.obsolete]
        self._places = {term.id: at for at, term in enumerate(self._terms)}
        self._names: list[_Name] = []
        self._list_names()
        self._near: dict[str, tuple[str, float] | None] = {}
        self._pieces: dict[str, tuple[str, ...]] = {}
        self._grams: dict[str, list[str]] = {}
        self._up: dict[int, frozenset[str]] = {}
        self._kinds: dict[str, int] = {}
        self._answers: dict[tuple[str, str, str, int, float], Link] = {}

    # The index, by words

    def _list_names(self) -> None:
        raw: list[tuple[int, tuple[str, ...], str, str]] = []
        for at, term in enumerate(self._terms):
            raw.append((at, *self._name_words(term.label), "exact label"))
            raw += [(at, *self._name_words(name), "synonym") for name in term.synonyms]
        for name, identifier in self.lexicon.names:
            current = self.index.current(identifier)
            if current in self._places:
                raw.append((self._places[current], *self._name_words(name), "synonym"))
        for term in self.index.terms.values():
            current = self.index.current(term.id) if term.obsolete else None
            if current in self._places:
                for name in (term.label.removeprefix("obsolete "), *term.synonyms):
                    raw.append((self._places[current], *self._name_words(name), "obsolete"))
        seen: Counter[str] = Counter()
        done: set[tuple[int, frozenset[str], str]] = set()
        kept: list[tuple[int, frozenset[str], str, str, tuple[str, ...]]] = []
        for at, spelt, species, kind in raw:
            key = (at, frozenset(spelt), species)
            if spelt and key not in done:
                done.add(key)
                kept.append((at, key[1], species, kind, spelt))
        # Document frequency: in how many terms' names a word stands.
        seen.update(word for word, _ in {(word, at) for at, words, *_ in kept for word in words})
        total = len(self._terms)
        qualifiers = self.lexicon.qualifiers
        self._weights = {
            word: math.log(1 + total / count) * (_WEAK if qualifiers.get(word) == "weak" else 1.0)
            for word, count in seen.items()
        }
        for word in self._weights:
            if word[0].isdigit():
                self._weights[word] = min(self._weights[word], _NUMBER_WEIGHT)
        self._weights.update(_FIXED)
        self._rare = math.log(1 + total)
        self._postings: dict[str, list[int]] = {}
        self._name_weights: list[float] = []
        self._plain_names: dict[str, list[int]] = {}  # names of common words alone
        self._exact: dict[frozenset[str], list[int]] = {}
        self._orders: dict[tuple[str, ...], list[int]] = {}
        for at, words, species, kind, order in kept:
            number = len(self._names)
            weight = sum(self._weights[word] for word in words)
            self._names.append(_Name(at, words, weight, kind, species))
            self._exact.setdefault(words, []).append(number)
            self._orders.setdefault(order, []).append(number)
            for word in words - {_CELL}:
                self._postings.setdefault(word, []).append(number)
                if all(seen[other] >= _COMMON for other in words - {_CELL}):
                    self._plain_names.setdefault(word, []).append(number)
            self._name_weights.append(weight - (self._weights[_CELL] if _CELL in words else 0.0))
        self._vocabulary = set(self._weights)

    def _name_words(self, name: str) -> tuple[tuple[str, ...], str]:
        match = _SPECIES.search(name)
        species = ""
        if match:
            species = match["name"].removeprefix("sensu ").casefold()
            species = {"mmus": "mus musculus", "hsap": "homo sapiens"}.get(species, species)
            name = name[:match.start()] + name[match.end():]
        return tuple(self._canonical(split_words(tidy(name)))), species

    def _canonical(self, words: Sequence[str]) -> list[str]:
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

    # A label

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
        """
        key = (label, tissue, species, top, threshold)
        known = self._answers.get(key)
        if known is None:
            known = self._answer(label, tissue, species, top, threshold)
            if len(label) <= LONGEST:
                if len(self._answers) >= _CACHE:
                    self._answers.clear()
                self._answers[key] = known
        return known

    def _answer(
        self, label: str, tissue: str, species: str, top: int, threshold: float
    ) -> Link:
        text = tidy(label[:LONGEST * 4])
        long = len(text) > LONGEST
        text = text[:LONGEST]
        if not text:
            return Link(label, (), "empty")
        if known := self._identified(text):
            return Link(label, known[0][:top], known[1])
        if _CLUSTER.fullmatch(text):
            return Link(label, (), "a cluster number carries no meaning; name the cluster's type")
        words = split_words(text)
        kinds = [self.lexicon.qualifiers.get(word, "") for word in words]
        if not words:
            return Link(label, (), "no words in it")
        organism = _organism(species)
        around = f"{tissue} human" if organism == "homo sapiens" else tissue
        context = frozenset(self._canonical(split_words(tidy(around)))) if around else frozenset()
        notes = ["cut after 300 characters"] if long else []
        if "doublet" in kinds:
            return Link(label, (), "a doublet is no cell type")
        if all(kind in ("nothing", "noise", "order", "sample", "weak") or _NUMBER.fullmatch(word)
               for word, kind in zip(words, kinds, strict=True)) and set(kinds) & {
                   "nothing", "sample"} and tuple(self._canonical(words)) not in self._orders:
            what = "a sample" if "sample" in kinds else "nothing known"
            return Link(label, (), f"names {what}, no cell type")
        if not self._may_be_type(words, kinds):
            what = " or ".join(dict.fromkeys(
                kind for kind in kinds if kind in ("tissue", "species", "state", "stage")))
            return Link(label, (), f"names {f'a {what}' if what else 'nothing'}, no cell type")
        found = self._find(text, words, context, organism)
        mixed = self._mixed(text, found, context, organism)
        if mixed:
            found = mixed[0]
            notes.append(mixed[1])
        candidates = self._scored(found, top, threshold)
        if candidates and not mixed:
            name = self._names[found[0].name]
            states = [word for word, kind in zip(words, kinds, strict=True)
                      if kind == "state" and word not in name.words
                      and not set(self._canonical([word])) & name.words]
            if states:
                notes.append(f"state left out: {', '.join(dict.fromkeys(states))}")
            if name.kind == "obsolete":
                notes.append("an obsolete name, replaced")
        if not candidates:
            notes.append("no confident match")
        return Link(label, candidates, "; ".join(notes))

    def _may_be_type(self, words: list[str], kinds: list[str]) -> bool:
        """Tell whether a word of a label is about the type, or all together are its name."""
        if any(kind in ("", "weak") and not _NUMBER.fullmatch(word)
               for word, kind in zip(words, kinds, strict=True)):
            return True
        if frozenset(self._canonical(words)) in self._exact:
            return True
        return any(rules for _, rules in self._segments(words, set(words)))

    def _identified(self, text: str) -> tuple[tuple[Candidate, ...], str] | None:
        match = _ID.search(text)
        identifier = identifier_in(match[0]) if match else identifier_in(text)
        if identifier is None:
            return None
        term = self.index.terms.get(identifier)
        if term is None:
            return (), f"{identifier} is not in the Cell Ontology {self.index.version}"
        current = self.index.current(identifier)
        if term.obsolete and (current is None or current not in self.index.terms):
            also = f"; consider {', '.join(term.replaced_by)}" if term.replaced_by else ""
            return (), f"{identifier} is obsolete{also}"
        assert current is not None
        note = f"{identifier} is obsolete, replaced by {current}" if term.obsolete else ""
        method = "replaced id" if term.obsolete else "id"
        return (Candidate(current, self.index.terms[current].label, 1.0, method),), note

    def _find(
        self, text: str, words: list[str], context: frozenset[str], organism: str
    ) -> list[_Found]:
        """Return the best name of each term that shares words with the label, best first."""
        best: dict[int, _Found] = {}
        done: set[frozenset[str]] = set()
        for reading in self._readings(text, words, context):
            spoken = frozenset(reading.words)
            if spoken in done:
                continue
            done.add(spoken)
            for found in self._compare(reading, context, organism):
                at = self._names[found.name].term
                if at not in best or found.raw > best[at].raw:
                    best[at] = found
            if best and max(found.raw for found in best.values()) > _SURE:
                break
        order = sorted(best.values(), key=lambda found: (
            -found.raw, self._terms[self._names[found.name].term].id))
        if context and order:
            order = self._promoted(order, context)
        return order

    def _readings(
        self, text: str, words: list[str], context: frozenset[str]
    ) -> Iterator[_Reading]:
        literal = self._canonical(words)
        # Shorthand means what the field says, also where an old synonym says otherwise.
        if frozenset(literal) in self._exact and tuple(
                word for word in words if word != _CELL) not in self.lexicon.rules:
            yield self._reading(text, [("", word) for word in literal], 1.0)
        pieces: list[str] = []
        known = sum(1 for word in words if word not in self.lexicon.qualifiers and (
            word in self._vocabulary or (word,) in self.lexicon.rules))
        for word in words:
            # Beside a known word, capitals and digits are a gene's, not shorthand run together.
            pieces += (word,) if known and _is_gene(word, text) else self._taken_apart(word)
        company = set(pieces) | set(literal) | context
        for _, rules in self._segments(pieces, None):
            for rule in rules[:1]:
                if not rule.when:
                    company.update(rule.means)
        segments = []
        for phrase, rules in self._segments(pieces, company):
            options: list[tuple[str, tuple[str, ...]]] = [
                (rule.method, rule.means) for rule in rules[:1 if rules[0].when else 2]
            ] if rules else []
            if not rules or (len(options) < 2 and not rules[0].when and all(
                    word in self._vocabulary for word in self._canonical(phrase))):
                options.append(("", phrase))
            segments.append(options)
        choices = sorted(
            islice(product(*(range(len(options)) for options in segments)), 64), key=sum)
        for choice in choices[:_READINGS]:
            read: list[tuple[str, str]] = []
            plain: list[str] = []
            for options, option in zip(segments, choice, strict=True):
                method, means = options[option]
                if method:
                    read += [("", word) for word in self._canonical(plain)]
                    plain = []
                    read += [(method, word) for word in self._canonical(means)]
                else:
                    plain += means
            read += [("", word) for word in self._canonical(plain)]
            yield self._reading(text, read, _READING_COST ** sum(choice))

    def _segments(
        self, words: list[str], company: set[str] | None
    ) -> Iterator[tuple[tuple[str, ...], tuple[Rule, ...]]]:
        """Split words into the longest phrases that rules know, with those that hold here."""
        at = 0
        while at < len(words):
            for length in range(min(self._longest_rule, len(words) - at), 0, -1):
                phrase = tuple(words[at:at + length])
                rules = self.lexicon.rules.get(phrase, ())
                if rules:
                    holding = tuple(rule for rule in rules if company is None or (
                        (not rule.when or rule.when & company) and not rule.unless & company))
                    if holding:
                        yield phrase, holding
                        at += length
                        break
            else:
                yield (words[at],), ()
                at += 1

    def _taken_apart(self, word: str) -> tuple[str, ...]:
        """Return the words that an unknown word is glued from, itself where it is not."""
        if word in self._vocabulary or (word,) in self.lexicon.rules or \
                word in self.lexicon.qualifiers or (word,) in self.lexicon.words:
            return (word,)
        if word not in self._pieces:
            if len(self._pieces) > _CACHE:
                self._pieces.clear()
            self._pieces[word] = self._take_apart(word)
        return self._pieces[word]

    def _take_apart(self, word: str) -> tuple[str, ...]:
        if not 3 <= len(word) <= 30 or "/" in word or word.endswith("-neg"):
            return (word,)
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 18), end):
                before = best[start]
                if before is None:
                    continue
                piece = word[start:end]
                cost = self._piece_cost(piece)
                if piece in ("h", "m") and start == 0:
                    cost = 1.3  # of human or mouse cells, as in "hSMC1"
                if cost is None:
                    continue
                total = before[0] + cost
                if best[end] is None or total < best[end][0]:  # type: ignore[index]
                    best[end] = (total, (*before[1], piece))
        last = best[-1]
        if last is None or last[0] >= 4.5:
            return (word,)
        return tuple(piece for piece in last[1] if piece not in ("h", "m"))

    def _piece_cost(self, piece: str) -> float | None:
        if piece in ("t", "b"):
            return 1.4
        if piece.isdigit():
            return 1.2 if len(piece) < 3 else None
        if len(piece) == 2 and (piece,) in self.lexicon.rules:
            return 1.3
        if len(piece) < 3:
            return None
        if (piece,) in self.lexicon.rules or piece in self._vocabulary or \
                piece in self.lexicon.qualifiers:
            return 1.0 if len(piece) > 3 else 1.1
        return None

    def _reading(self, text: str, read: list[tuple[str, str]], cost: float) -> _Reading:
        weights: dict[str, float] = {}
        shares: dict[str, float] = {}
        methods: dict[str, str] = {}
        for method, word in read:
            if word in weights:
                continue
            kind = self.lexicon.qualifiers.get(word)
            weight = self._weights.get(word)
            share = _LABEL_SHARE.get(kind or "", 1.0)
            if weight is None:
                if kind is None and not method and not _NUMBER.fullmatch(word):
                    near = self._nearest(word, text)
                    if near:
                        word, weight = near
                        method = "fuzzy"
                        if word in weights:
                            continue
                if weight is None:
                    weight = self._rare * 0.7
                    if _NUMBER.fullmatch(word):
                        share = _LABEL_SHARE["order"]
                    elif word[0] == "l" and word[1:2].isdigit():
                        share = _LABEL_SHARE["layer"]
                    elif word.endswith("-neg") or _is_gene(word, text):
                        share = _LABEL_SHARE["gene"]
                    elif kind is None:
                        share = 0.6
            elif kind is None:
                if word[0].isdigit():
                    share = 0.5
                elif word[0] == "l" and word[1:2].isdigit():
                    share = _LABEL_SHARE["layer"]
            weights[word] = weight
            shares[word] = share
            if method:
                methods[word] = method
        return _Reading(weights, shares, methods, cost)

    def _nearest(self, word: str, text: str) -> tuple[str, float] | None:
        """Return the known word that ``word`` is a misspelling of, and its weight, lowered."""
        if len(word) < 5 or _is_gene(word, text):
            return None
        if word not in self._near:
            if len(self._near) > _CACHE:
                self._near.clear()
            self._near[word] = self._look_near(word)
        return self._near[word]

    def _look_near(self, word: str) -> tuple[str, float] | None:
        if not self._grams:
            for known in self._vocabulary:
                if len(known) > 4 and known.isalpha():
                    for gram in _grams(known):
                        self._grams.setdefault(gram, []).append(known)
        own = _grams(word)
        shared = Counter(known for gram in own for known in self._grams.get(gram, ()))
        best = (0.0, "")
        for known, _ in shared.most_common(12):
            if abs(len(known) - len(word)) <= 2:
                alike = SequenceMatcher(None, word, known, autojunk=False).ratio()
                best = max(best, (alike, known))
        if best[0] < _ALIKE:
            return None
        return best[1], self._weights[best[1]] * best[0]

    def _compare(
        self, reading: _Reading, context: frozenset[str], organism: str
    ) -> Iterator[_Found]:
        """Yield the names that share the most with a reading."""
        words, shares = reading.words, reading.shares
        known = sorted(words.keys() & self._postings.keys(),
                       key=lambda word: len(self._postings[word]))
        held: dict[int, float] = {}
        for word in known:
            weight = words[word]
            postings = self._postings[word]
            if not held or len(postings) < _COMMON:
                for number in postings:
                    held[number] = held.get(number, 0.0) + weight
                continue
            # A common word proposes no name by itself, but for those of common words alone.
            names = self._names
            for number in self._plain_names.get(word, ()):
                held.setdefault(number, 0.0)
            for number in held:
                if word in names[number].words:
                    held[number] += weight
        for number in self._exact.get(frozenset(words), ()):
            held.setdefault(number, 0.0)
        if not held:
            return
        weights = self._name_weights
        total = sum(weight * shares[word] for word, weight in words.items() if word != _CELL)
        least = _WORTH * max(held.values())
        ranked = [
            (weight / (weights[number] + _LABEL_MISS * (total - weight if total > weight else 0.0)
                       + 0.01), number)
            for number, weight in held.items() if weight >= least]
        ranked.sort(reverse=True)
        for _, number in ranked[:_WIDE]:
            yield self._weigh(reading, number, total, context, organism)

    def _weigh(
        self, reading: _Reading, number: int, total: float, context: frozenset[str], organism: str
    ) -> _Found:
        """Compare one name with a reading in full."""
        name = self._names[number]
        words, shares = reading.words, reading.shares
        shared = heard = missed = 0.0
        for word in name.words:
            own = self._weights[word]
            weight = words.get(word)
            if weight is None:
                # "T" says "T cell"; "cell" counts once something else is missing.
                missed += own * (_CONTEXT_MISS if word in context else 1.0)
                continue
            shared += weight
            if word != _CELL:
                heard += weight * shares[word]
            if weight < own:
                missed += (own - weight) * 0.5
        lost = max(total - heard, 0.0)
        raw = shared / (shared + missed + _LABEL_MISS * lost + 1e-9) * reading.cost
        if name.species and name.species != organism:
            raw *= 0.6 if organism or name.species not in _USUAL_SPECIES else _SPECIES_MISS
        if name.kind != "exact label":
            raw *= 0.998 if name.kind == "synonym" else 0.99
        return _Found(raw, number, shared / (shared + missed + 1e-9), heard / (total + 1e-9),
                      missed, lost, reading)

    def _method(self, found: _Found) -> str:
        """Say how an answer was found."""
        if found.missed > 0.4:
            return "fuzzy"
        if found.lost > 1.0:
            return "parent fallback"
        name, methods = self._names[found.name], found.reading.methods
        used = {methods[word] for word in name.words if word in methods}
        for method in ("fuzzy", "marker", "abbreviation"):
            if method in used:
                return method
        return "synonym" if name.kind == "obsolete" else name.kind

    def _promoted(self, order: list[_Found], context: frozenset[str]) -> list[_Found]:
        """Put the tissue's own kind of the best answer first, where the ontology has one."""
        first = order[0]
        top = self._names[first.name]
        general = self._terms[top.term].id
        for at, found in enumerate(order[1:12], 1):
            name = self._names[found.name]
            extra = name.words - top.words
            if (extra and extra <= context and top.words <= name.words
                    and general in self._above(name.term)):
                own = found._replace(raw=first.raw)
                return [own, first._replace(raw=first.raw * 0.97), *order[1:at], *order[at + 1:]]
        return order

    def _above(self, at: int) -> frozenset[str]:
        if at not in self._up:
            self._up[at] = frozenset(steps_up(self._terms[at].id, self.index))
        return self._up[at]

    def _below(self, identifier: str) -> int:
        """Return how many kinds a term has."""
        if identifier not in self._kinds:
            self._kinds[identifier] = len(descendants(identifier, self.index))
        return self._kinds[identifier]

    def _mixed(
        self, text: str, whole: list[_Found], context: frozenset[str], organism: str
    ) -> tuple[list[_Found], str] | None:
        """Return answers for a label that names two types, None for one that does not."""
        words = split_words(text)
        if tuple(words) in self.lexicon.rules or tuple(self._canonical(words)) in self._orders:
            return None
        parts = [part for part in _BETWEEN.split(text) if part]
        if not 2 <= len(parts) <= 4:
            return None
        last = parts[-1].split()
        for shared in reversed(range(min(len(last), 4))):
            tail = " ".join(last[len(last) - shared:])
            tops = []
            for at, part in enumerate(parts):
                top = self._plain(f"{part} {tail}" if tail and at < len(parts) - 1 else part,
                                  context, organism)
                if top is None:
                    break
                tops.append(top)
            if len(tops) == len(parts):
                break
        else:
            return None
        terms = list(dict.fromkeys(self._names[top.name].term for top in tops))
        if len(terms) < 2:
            return None
        for one in terms:
            for other in terms:
                if one != other and self._terms[other].id in self._above(one):
                    return None
        labels = " and ".join(self._terms[at].label for at in terms)
        return self._common(tops, terms, whole), f"names two types: {labels}"

    def _plain(self, part: str, context: frozenset[str], organism: str) -> _Found | None:
        """Return what a part of a label names, None where it does not name one type in full."""
        words = split_words(part)
        found = self._find(part, words, context, organism) if words else []
        if not found or found[0].raw < 0.85 or found[0].said < 0.88 or found[0].heard < 0.85:
            return None
        return found[0]

    def _common(
        self, tops: list[_Found], terms: list[int], whole: list[_Found]
    ) -> list[_Found]:
        """Return the two types' nearest common kind, then each of them, then the rest."""
        steps = [steps_up(self._terms[at].id, self.index) for at in terms]
        shared = set(steps[0]).intersection(*steps[1:])
        singles = [top._replace(raw=0.6 - at * 0.02) for at, top in enumerate(
            {self._names[top.name].term: top for top in tops}.values())]
        if not shared:
            return singles
        nearest = min(shared, key=lambda other: (
            self._below(other) > _GENERIC, sum(step[other] for step in steps), other))
        near = self._below(nearest) <= _GENERIC and max(step[nearest] for step in steps) <= 1
        both = _Found(0.72 if near else 0.4, self._first_name(self._places[nearest]),
                      said=1.0, heard=0.5, missed=0.0, lost=9.0, reading=tops[0].reading)
        made = [both, *singles] if near else [*singles, both]
        done = {self._names[found.name].term for found in made}
        rest = [found._replace(raw=min(found.raw, 0.35)) for found in whole
                if self._names[found.name].term not in done]
        return made + rest

    def _first_name(self, at: int) -> int:
        words, _ = self._name_words(self._terms[at].label)
        return next(n for n in self._exact[frozenset(words)] if self._names[n].term == at)

    def _scored(
        self, found: list[_Found], top: int, threshold: float
    ) -> tuple[Candidate, ...]:
        made: list[Candidate] = []
        for at, one in enumerate(found[:top]):
            rival = found[1].raw if at == 0 and len(found) > 1 else found[0].raw if at else 0.0
            method = self._method(one)
            score = calibrate(one.raw, one.raw - rival, one.heard, method, first=at == 0)
            if made:
                score = min(score, made[-1].score)
            elif score < threshold:
                break
            term = self._terms[self._names[one.name].term]
            made.append(Candidate(term.id, term.label, round(score, 3), method))
        return tuple(made)


def _by_first(phrases: Iterable[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    """Return first word -> phrases that begin with it, longest first."""
    made: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        made.setdefault(phrase[0], []).append(phrase)
    return made


def _grams(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at:at + 3] for at in range(len(padded) - 2)}


def _is_gene(word: str, text: str) -> bool:
    """Tell whether a word was written as genes are: capitals, or a capital and digits."""
    at = text.casefold().find(word)
    return at >= 0 and bool(_GENE.fullmatch(text[at:at + len(word)]))


def _organism(species: str) -> str:
    folded = species.strip().casefold()
    return {"human": "homo sapiens", "mouse": "mus musculus", "ncbitaxon:9606": "homo sapiens",
            "ncbitaxon:10090": "mus musculus", "mmus": "mus musculus"}.get(folded, folded)


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
