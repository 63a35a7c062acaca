"""The ways to read a label: its shorthand spelt out, its misspellings mended, each word weighed."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain, combinations, islice
from typing import TYPE_CHECKING, NamedTuple

from llm4cell.cells.names import CELL
from llm4cell.cells.words import HIGH, LOW, NEGATIVE, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llm4cell.cells.lexicon import Rule
    from llm4cell.cells.names import Names

    # Words of a label, and what rules say of them.
    Phrase = tuple[tuple[str, ...], tuple[Rule, ...]]

__all__ = ["NUMBER", "Reader", "Reading"]

# How much a word counts that the label has and the name lacks, by what it speaks of.
_SHARES = {"state": 0.15, "stage": 0.2, "tissue": 0.55, "species": 0.05, "noise": 0.05,
           "sample": 0.1, "weak": 0.3, "nothing": 0.3}
_ORDER_SHARE, _LAYER_SHARE, _GENE_SHARE = 0.05, 0.15, 0.12
_KNOWN_ORDER_SHARE, _KNOWN_GENE_SHARE, _UNKNOWN_SHARE = 0.6, 0.4, 0.45
# Behind what a cell comes from or resembles, which is not what it is.
_NO_TYPE_BEFORE = frozenset({"biased", "derived", "like", "primed"})
_MARKER_WEIGHT = 0.6  # of what a gene says, beside words that say a type
_SOURCE_SHARE = 0.3  # of what a cell comes from or resembles
_UNKNOWN = 0.7  # the weight of a word that no name has, relative to the rarest
_LEVELS = (NEGATIVE, LOW, HIGH)
_MOST = 6  # readings
_COST = 0.95  # of each reading that is not the likeliest
_ALIKE = 0.84  # how much alike a word and its misspelling are, of 1
_CACHE = 20_000

# A number, or a letter that counts: "B2", "cluster a"; T and B are types.
NUMBER = re.compile(r"c?\d+[a-z]?|(?![bt])[a-z]")
_LAYER = re.compile(r"l\d(?:/\d)*[ab]?")
_GENE = re.compile(
    r"[A-Z][A-Z0-9]{2,}(?:-[A-Z0-9]+)?|[A-Z][a-z]{1,6}\d{1,4}[a-z]?|[A-Z][A-Z0-9]*\d")
# "EC5" is an endothelial cluster; CD5 and IL7 are of families of genes.
_NUMBERED = re.compile(r"(?!cd|il|krt|muc)([a-z]{2,})\d{1,2}")
_BEFORE_WORD = re.compile(r"\b[A-Z]{2,}\d{1,2}(?= \w)")
# Short forms of cells that also begin words: "peribronchial" is no pericyte.
_PREFIXES = frozenset({"endo", "epi", "meso", "micro", "myo", "neuro", "peri"})
_FAMILY = re.compile(r"(?:cd|il|krt|muc)\d+[ac-su-z]?")


class Reading(NamedTuple):
    """One way to read a label.

    ``words`` gives each word's weight, ``shares`` how much of it counts where a name lacks the
    word, ``methods`` how a word was found that the label does not say as it stands, ``telling``
    the words that names tell types apart by, ``bare`` whether brackets were left out.
    """

    words: dict[str, float]
    shares: dict[str, float]
    methods: dict[str, str]
    cost: float
    telling: frozenset[str]
    source: frozenset[str] = frozenset()
    bare: bool = False


class Reader:
    """Reads labels by the words of ``names`` and the shorthand of their lexicon."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._lexicon = names.lexicon
        # First word -> the length of the longest phrase of a rule that begins with it.
        self._longest: dict[str, int] = {}
        for phrase in self._lexicon.rules:
            self._longest[phrase[0]] = max(self._longest.get(phrase[0], 0), len(phrase))
        self._grams: dict[str, list[str]] = {}
        self._take_apart = lru_cache(_CACHE)(self._cut)
        self._mend = lru_cache(_CACHE)(self._look_near)

    def readings(
        self, text: str, words: Sequence[str], context: frozenset[str]
    ) -> Iterator[Reading]:
        """Yield the ways to read a label, the likeliest first.

        Args:
            text: the label, tidy.
            words: its words, of :func:`~llm4cell.cells.words.split_words`.
            context: words that are known besides, as of the tissue.
        """
        literal = self._names.canonical(words)
        # Shorthand means what the field says, also where an old synonym says otherwise.
        if frozenset(literal) in self._names.by_words and not self._lexicon.rules.keys() & {
                tuple(words), tuple(word for word in words if word != CELL)}:
            yield self.literal(text, words)
        phrases = list(self.segments(words))
        pieces = self._pieces(text, phrases)
        if pieces != words:
            phrases = list(self.segments(pieces))
        if any(rule.when or rule.unless for _, rules in phrases for rule in rules):
            company = _company(phrases, frozenset((*pieces, *literal)) | context)
            phrases = list(self.segments(pieces, company))
        segments = [self._options(phrase, rules) for phrase, rules in phrases]
        behind = _find_source(phrases)
        unsure = [at for at, options in enumerate(segments) if len(options) > 1]
        choices = chain.from_iterable(
            combinations(unsure, count) for count in range(len(unsure) + 1))
        for otherwise in islice(choices, _MOST):
            picked = [options[at in otherwise] for at, options in enumerate(segments)]
            yield self._weigh(
                text, self._spell_out(picked), _COST ** len(otherwise),
                () if behind is None else self._names.canonical(picked[behind][1]))

    def literal(self, text: str, words: Sequence[str]) -> Reading:
        """Return the reading that takes each word as it stands."""
        return self._weigh(text, [("", word) for word in self._names.canonical(words)], 1.0)

    def segments(
        self, words: Sequence[str],
        company: Callable[[tuple[str, ...]], frozenset[str]] | None = None,
    ) -> Iterator[Phrase]:
        """Split words into the longest phrases that rules know, with those that hold here.

        ``company`` gives the words in whose company a phrase is; without it each rule holds.
        """
        at = 0
        while at < len(words):
            for length in range(min(self._longest.get(words[at], 0), len(words) - at), 0, -1):
                phrase = tuple(words[at:at + length])
                holding = self._lexicon.rules.get(phrase, ())
                if holding and company:
                    around = company(phrase)
                    holding = tuple(rule for rule in holding if rule.holds(around))
                if holding:
                    yield phrase, holding
                    at += length
                    break
            else:
                yield (words[at],), ()
                at += 1

    def _options(
        self, phrase: tuple[str, ...], rules: tuple[Rule, ...]
    ) -> list[tuple[str, tuple[str, ...]]]:
        """Return one or two things that a phrase may mean: how that is known, and the words."""
        if not rules:
            return [("", phrase)]
        sure = bool(rules[0].when)
        options = [(rule.method, rule.means) for rule in rules[:1 if sure else 2]]
        known = all(word in self._names.weights for word in self._names.canonical(phrase))
        if len(options) < 2 and not sure and known:
            options.append(("", phrase))
        return options

    def _spell_out(self, picked: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, str]]:
        """Return (how it was found, word) for all words, in the ontology's form."""
        read: list[tuple[str, str]] = []
        plain: list[str] = []
        for method, means in picked:
            if method:
                read += [("", word) for word in self._names.canonical(plain)]
                read += [(method, word) for word in self._names.canonical(means)]
                plain = []
            else:
                plain += means
        return read + [("", word) for word in self._names.canonical(plain)]

    def _pieces(self, text: str, phrases: Sequence[Phrase]) -> list[str]:
        """Return the words of phrases, those taken apart that are run together."""
        known = any(self._is_known(word) and self._lexicon.qualifiers.get(word) in (None, "tissue")
                    for phrase, _ in phrases for word in phrase)
        pieces: list[str] = []
        for phrase, rules in phrases:
            pieces += phrase if rules else self._cut_one(phrase[0], text, known=known)
        return pieces

    def _cut_one(self, word: str, text: str, *, known: bool) -> Sequence[str]:
        """Return the pieces of a word for which there is no rule; ``known`` tells of the others."""
        if word.endswith(HIGH) and not self._is_known(word):
            stem = word.removesuffix(HIGH)
            return [stem if self._is_marker(stem) else word]
        # Beside a known word, capitals and digits are a gene's, not shorthand run together.
        if _FAMILY.fullmatch(word) or (
                known and _is_gene(word, text) and not self._is_numbered(word, text)):
            return [word]
        return self._take_apart(word, _is_prose(word, text))

    def _is_known(self, word: str) -> bool:
        return word in self._names.weights or (word,) in self._lexicon.rules \
            or (word,) in self._lexicon.words

    def _is_marker(self, gene: str) -> bool:
        """Tell whether names or the table of markers say what cells have a gene."""
        rules = self._lexicon.rules.get((gene,), ())
        return any(rule.method == "marker" for rule in rules) or (
            not rules and gene in self._names.weights and any(c.isdigit() for c in gene))

    def _is_numbered(self, word: str, text: str) -> bool:
        """Tell whether a word is shorthand with a cluster's number: "EC5" in "EC5_art".

        Of three capitals and more a gene is likelier beside a type: "ATL1 neuron".
        """
        match = _NUMBERED.fullmatch(word)
        if match is None:
            return False
        stem = spell(match[1])
        if len(stem) > 2 and word.upper() in _BEFORE_WORD.findall(text):
            return False
        return (stem,) in self._lexicon.rules or (len(stem) > 3 and self._is_known(stem))

    def _cut(self, word: str, prose: bool) -> tuple[str, ...]:
        """Return the words that an unknown word is glued from, itself where it is not.

        A word in ``prose`` is not made of short forms: "basic" holds no intercalated cell.
        """
        if self._is_known(word) or word in self._lexicon.qualifiers \
                or not 3 <= len(word) <= 30 or "/" in word or word.endswith(_LEVELS):
            return (word,)
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 18), end):
                before = best[start]
                if before is None:
                    continue
                piece = spell(word[start:end])
                cost = self._piece_cost(piece)
                if cost is None or (prose and _is_shorthand(piece, start)):
                    continue
                if piece[0].isdigit() and word[start - 1:start].isdigit():
                    continue  # a number is not parted: "EC10" is no EC1
                if len(piece) < 3 and end - start > len(piece):
                    continue  # nor is a letter lost: "PTS3" is no plural
                total, known = before[0] + cost, best[end]
                if known is None or total < known[0]:
                    best[end] = (total, (*before[1], piece))
        last = best[-1]
        if last is None or last[0] >= 4.5 or _is_gibberish(last[1]):
            return (word,)
        return last[1]

    def _piece_cost(self, piece: str) -> float | None:
        if piece in ("t", "b"):
            return 1.4
        if piece.isdigit():
            return 1.2 if len(piece) < 3 else None
        if len(piece) == 2 and (piece,) in self._lexicon.rules:
            return 1.3
        if len(piece) > 2 and (self._is_known(piece) or piece in self._lexicon.qualifiers):
            return 1.0 if len(piece) > 3 else 1.1
        return None

    def _weigh(
        self, text: str, read: list[tuple[str, str]], cost: float, source: Sequence[str] = (),
    ) -> Reading:
        words: dict[str, float] = {}
        shares: dict[str, float] = {}
        methods: dict[str, str] = {}
        for method, word in read:
            if word in words:
                continue
            weight = self._names.weights.get(word)
            kind = self._lexicon.qualifiers.get(word)
            if weight is None and not method and not kind and not NUMBER.fullmatch(word) \
                    and not _is_gene(word, text) and (near := self._mend(word)):
                word, weight, method = *near, "fuzzy"
                if word in words:
                    continue
            words[word] = self._names.rarest * _UNKNOWN if weight is None else weight
            shares[word] = self._share(word, text, known=weight is not None)
            if method:
                methods[word] = method
        telling = self._names.telling(words)
        if "marker" in methods.values() and any(
                methods.get(word) != "marker" for word in telling):
            words.update((word, words[word] * _MARKER_WEIGHT)
                         for word, how in methods.items() if how == "marker")
        # "Hillock-like" alone is next to a hillock cell; what is derived from a cell is another.
        if source and ("derived" in words or not telling.issubset(source)):
            telling = telling.difference(source)
            shares.update((word, min(_SOURCE_SHARE, shares[word]))
                          for word in source if word in shares)
        else:
            source = ()
        return Reading(words, shares, methods, cost, telling, frozenset(source))

    def _share(self, word: str, text: str, *, known: bool) -> float:
        """Return how much of a word's weight counts where a name lacks it."""
        if NUMBER.fullmatch(word) and not known:
            return _ORDER_SHARE
        kind = self._lexicon.qualifiers.get(word)
        if kind:
            return _SHARES.get(kind, 1.0)
        if _LAYER.fullmatch(word):
            return _LAYER_SHARE
        if known and _is_gene(word, text) and word not in self._lexicon.opposites:
            return _KNOWN_GENE_SHARE
        if known:
            return _KNOWN_ORDER_SHARE if NUMBER.fullmatch(word) or word[0].isdigit() else 1.0
        if word.endswith(_LEVELS) or _is_gene(word, text):
            return _GENE_SHARE
        return _UNKNOWN_SHARE

    def _look_near(self, word: str) -> tuple[str, float] | None:
        """Return the known word that ``word`` is a misspelling of, and its weight, lowered."""
        if len(word) < 5 or not word.isalpha():
            return None
        if not self._grams:
            for known in sorted(self._names.weights):
                if len(known) > 4 and known.isalpha():
                    for gram in _trigrams(known):
                        self._grams.setdefault(gram, []).append(known)
        shared = Counter(known for gram in _trigrams(word) for known in self._grams.get(gram, ()))
        best = (0.0, "")
        for known, _ in shared.most_common(12):
            if abs(len(known) - len(word)) <= 2:
                alike = SequenceMatcher(None, word, known, autojunk=False).ratio()
                best = max(best, (alike, known))
        if best[0] < _ALIKE:
            return None
        return best[1], self._names.weights[best[1]] * best[0]


def _company(
    phrases: Sequence[Phrase], said: frozenset[str],
) -> Callable[[tuple[str, ...]], frozenset[str]]:
    """Return what gives the company of a phrase: what is said, and what other phrases mean."""
    means = {phrase: frozenset(rules[0].means) for phrase, rules in phrases
             if rules and not rules[0].when}
    counts = Counter(word for each in means.values() for word in each)

    def company(phrase: tuple[str, ...]) -> frozenset[str]:
        own = means.get(phrase, frozenset())
        return said | {word for word, count in counts.items() if count > (word in own)}

    return company


def _find_source(phrases: Sequence[Phrase]) -> int | None:
    """Return which phrase says what a cell comes from or resembles: "MSC" in "MSC-derived"."""
    for at, (phrase, _) in enumerate(phrases[1:]):
        if len(phrase) == 1 and phrase[0] in _NO_TYPE_BEFORE:
            return at - (at > 0 and phrases[at][0] == (CELL,))
    return None


def _trigrams(word: str) -> dict[str, None]:
    """Return each run of three letters once, in the order of the word."""
    padded = f"^{word}$"
    return dict.fromkeys(padded[at:at + 3] for at in range(len(padded) - 2))


def _is_shorthand(piece: str, start: int) -> bool:
    """Tell whether a piece of a word is too short for one of prose; "Tcell" begins with a T."""
    return len(piece) == 2 or (len(piece) == 1 and start > 0) or piece in _PREFIXES


def _is_gibberish(pieces: Sequence[str]) -> bool:
    """Tell whether a word came apart into letters in pairs, as SPEM, a metaplasia, would."""
    letters = [piece for piece in pieces if piece.isalpha()]
    return len(letters) > 1 and all(len(piece) < 3 for piece in letters)


def _is_prose(word: str, text: str) -> bool:
    """Tell whether a word of letters alone was written in small ones, but for the first."""
    return word.isalpha() and (word in text or word.capitalize() in text)


def _is_gene(word: str, text: str) -> bool:
    """Tell whether a word was written as genes are: capitals, or a capital and digits."""
    at = text.lower().find(word)  # which keeps places, as casefold does not
    return at >= 0 and bool(_GENE.fullmatch(text[at:at + len(word)]))
