"""What the field's shorthand means: the tables in ``ontology/cells/``, which a biologist can edit.

| table | a row says |
|---|---|
| words | two forms of one word ("renal" is "kidney"), in labels and in the ontology alike |
| abbreviations | what a short form is short for, and in which company |
| markers | what a marker gene in a label says about the cell |
| names | a name of a term that the ontology's synonyms lack |
| qualifiers | words that say something else than the type: state, tissue, species, sample ... |
| opposites | words that exclude each other: CD4 and CD8, artery and vein |

Each row has a source. It is for people: ``references.tsv`` says what it stands for, nothing here
reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from llm4cell.cells.tables import read_rows
from llm4cell.cells.words import split_words, tidy
from llm4cell.errors import OntologyError
from llm4cell.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Lexicon", "Rule", "load_lexicon", "read_lexicon"]

_COLUMNS = {
    "words": ("word", "means", "source"),
    "abbreviations": ("text", "means", "when", "source"),
    "markers": ("gene", "means", "when", "source"),
    "names": ("name", "id", "source"),
    "qualifiers": ("word", "kind", "source"),
    "opposites": ("words", "source"),
}
KINDS = ("doublet", "noise", "nothing", "sample", "species", "stage", "state", "tissue", "weak")
_ID = re.compile(r"CL:\d{7}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase of a label, the words it stands for, the company it needs, and how it is named."""

    text: tuple[str, ...]
    means: tuple[str, ...]
    when: frozenset[str]
    unless: frozenset[str]
    method: str

    def holds(self, company: frozenset[str]) -> bool:
        """Tell whether the rule holds in the company of these words."""
        return (not self.when or not self.when.isdisjoint(company)) \
            and self.unless.isdisjoint(company)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All tables, ready for look-up by words."""

    words: Mapping[tuple[str, ...], tuple[str, ...]]
    rules: Mapping[tuple[str, ...], tuple[Rule, ...]]
    names: tuple[tuple[str, str], ...]
    qualifiers: Mapping[str, str]
    opposites: Mapping[str, frozenset[str]]


def read_lexicon(where: Path) -> Lexicon:
    """Return the tables below ``where``; raises OntologyError naming file, line and fault."""
    words: dict[tuple[str, ...], tuple[str, ...]] = {}
    for place, (word, means, _) in _rows(where, "words"):
        value = _words_in(means, place)
        for variant in word.split("|"):
            key = _words_in(variant, place)
            if words.setdefault(key, value) != value:
                raise OntologyError(f"{place}: '{variant}' is there already, with another meaning")
    rules: dict[tuple[str, ...], list[Rule]] = {}
    lines: dict[Rule, str] = {}
    for table, method in (("abbreviations", "abbreviation"), ("markers", "marker")):
        for place, (text, means, when, _) in _rows(where, table):
            value = _words_in(means, place)
            company = [part.strip() for part in when.split(",") if part.strip()]
            needed = _words_of(part for part in company if not part.startswith("!"))
            barred = _words_of(part[1:] for part in company if part.startswith("!"))
            for variant in text.split("|"):
                key = _words_in(variant, place)
                rule = Rule(key, value, needed, barred, method)
                line = lines.setdefault(rule, place)
                if line != place:
                    raise OntologyError(f"{place}: '{variant}' is there already, in {line}")
                # Spellings of one row may come to the same words ("TCM|Tcm"): one rule, lest it
                # take the place of another reading.
                if rule not in rules.setdefault(key, []):
                    rules[key].append(rule)
    names = []
    for place, (name, identifier, _) in _rows(where, "names"):
        if not _ID.fullmatch(identifier):
            raise OntologyError(f"{place}: '{identifier}' is no id of the Cell Ontology")
        names += [(variant.strip(), identifier) for variant in name.split("|")]
    qualifiers: dict[str, str] = {}
    for place, (text, kind, _) in _rows(where, "qualifiers"):
        if kind not in KINDS:
            raise OntologyError(f"{place}: kind '{kind}'; known: {', '.join(KINDS)}")
        for variant in text.split("|"):
            word, *more = _words_in(variant, place)
            if more:
                raise OntologyError(f"{place}: '{variant}' is more than one word")
            if qualifiers.setdefault(word, kind) != kind:
                raise OntologyError(f"{place}: '{variant}' is there already, of another kind")
    opposites: dict[str, frozenset[str]] = {}
    for place, (text, _) in _rows(where, "opposites"):
        group = frozenset(text.split("|"))
        if len(group) < 2:
            raise OntologyError(f"{place}: '{text}' is no two words with '|' between")
        for word in group:
            opposites[word] = opposites.get(word, frozenset()) | (group - {word})
    # Rules with company first: they know more.
    ordered = {key: tuple(sorted(found, key=lambda rule: not rule.when))
               for key, found in rules.items()}
    return Lexicon(words, ordered, tuple(names), qualifiers, opposites)


def _words_in(text: str, place: str) -> tuple[str, ...]:
    words = tuple(split_words(tidy(text)))
    if not words:
        raise OntologyError(f"{place}: '{text}' has no words")
    return words


def _words_of(parts: Iterator[str]) -> frozenset[str]:
    return frozenset(chain.from_iterable(split_words(tidy(part)) for part in parts))


def _rows(where: Path, table: str) -> Iterator[tuple[str, list[str]]]:
    columns = _COLUMNS[table]
    for place, cells in read_rows(where / f"{table}.tsv", columns)[1]:
        if not cells[0] or not cells[1]:
            raise OntologyError(f"{place}: no {columns[0] if not cells[0] else columns[1]}")
        if not cells[-1]:
            raise OntologyError(f"{place}: no source")
        yield place, cells


@cache
def load_lexicon() -> Lexicon:
    """Return the packaged tables, read once."""
    return read_lexicon(folder("ontology") / "cells")
