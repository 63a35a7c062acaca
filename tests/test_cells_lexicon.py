"""The sources of the tables for cell labels: each row has one, and what it cites is there."""

from __future__ import annotations

import re
from functools import cache

import pytest

from llm4cell.cells import lexicon, load_index
from llm4cell.cells.linking import load_linker
from llm4cell.cells.words import split_words, tidy

TABLES = ("abbreviations", "markers", "names", "opposites", "qualifiers", "words")
SYNONYM, LABELS, USAGE = "CL synonym", "CL labels", "usage"
KINDS = {
    "abbreviations": {SYNONYM, LABELS, USAGE},
    "markers": {USAGE},
    "names": {SYNONYM, LABELS, USAGE},
    "opposites": {LABELS},
    "qualifiers": {USAGE},
    "words": {LABELS, USAGE},
}
DOI = re.compile(r"10\.\d{4,5}/[A-Za-z0-9._;()/-]*[A-Za-z0-9]")


def read(root, table: str) -> list[list[str]]:
    text = (root / "ontology" / "cells" / f"{table}.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [[cell.strip() for cell in line.split("\t")] for line in lines[1:]]


def references(root) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in read(root, "references")}


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name as the tables ``words`` reads them, without a last "cell"."""
    found = load_linker().names.canonical(split_words(tidy(text)))
    return tuple(found[:-1] if len(found) > 1 and found[-1] == "cell" else found)


@cache
def names_of(identifier: str) -> tuple[tuple[str, ...], ...]:
    term = load_index().terms[identifier]
    return tuple(words(name) for name in (term.label, *term.synonyms))


@cache
def kinds_of(identifier: str) -> frozenset[str]:
    """Return a term and all below it."""
    below: dict[str, list[str]] = {}
    for term in load_index().terms.values():
        for parent in term.parents:
            below.setdefault(parent, []).append(term.id)
    found, left = {identifier}, [identifier]
    while left:
        new = set(below.get(left.pop(), ())) - found
        found |= new
        left += new
    return frozenset(found)


def stands_in(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[at:at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def meant(phrase: str) -> set[str]:
    """Return the terms of which ``phrase`` is a name, else the one that it is linked to."""
    wanted = frozenset(words(phrase))
    terms = {term.id for term in load_index().terms.values() if not term.obsolete
             and wanted in map(frozenset, names_of(term.id))}
    if not terms:
        terms = {link.id for link in load_linker().link(phrase, threshold=0).candidates[:1]}
    return terms


def is_synonym(spelling: str, terms: set[str]) -> bool:
    """Tell whether ``spelling`` stands in a name of one of ``terms`` or of their kinds."""
    return any(stands_in(words(spelling), name)
               for term in terms for kind in kinds_of(term) for name in names_of(kind))


def is_in_labels(spelling: str) -> bool:
    part = tuple(split_words(tidy(spelling)))
    return any(stands_in(part, tuple(split_words(tidy(name))))
               for term in load_index().terms.values() for name in (term.label, *term.synonyms))


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_a_source_of_the_closed_set(root, table) -> None:
    known = KINDS[table] | set(references(root))
    assert {row[0]: row[-1] for row in read(root, table) if row[-1] not in known} == {}


def test_every_reference_is_cited_once_listed_and_has_a_doi(root) -> None:
    listed = [row[0] for row in read(root, "references")]
    cited = {row[-1] for table in TABLES for row in read(root, table)}
    assert listed == sorted(set(listed))
    assert set(listed) - cited == set()
    for key, (citation, doi, seen) in references(root).items():
        assert DOI.fullmatch(doi), key
        assert citation, key
        assert seen, key


def test_no_doi_hides_in_a_source(root) -> None:
    assert [row for table in TABLES for row in read(root, table) if "10." in row[-1]] == []


def test_a_synonym_is_one(root) -> None:
    wrong = [(row[0], row[1]) for row in read(root, "abbreviations") if row[-1] == SYNONYM
             and not any(is_synonym(text, meant(row[1])) for text in row[0].split("|"))]
    wrong += [(row[0], row[1]) for row in read(root, "names") if row[-1] == SYNONYM
              and not any(is_synonym(text, {row[1]}) for text in row[0].split("|"))]
    assert wrong == []


def test_words_of_labels_are_in_labels(root) -> None:
    rows = [row for table in ("abbreviations", "words") for row in read(root, table)]
    assert [row[0] for row in rows if row[-1] == LABELS
            and not any(is_in_labels(text) for text in row[0].split("|"))] == []


def test_a_shortened_label_is_one(root) -> None:
    assert [row[0] for row in read(root, "names") if row[-1] == LABELS and not any(
        set(words(text)) <= set(name) for text in row[0].split("|") for name in names_of(row[1])
    )] == []


def test_every_kind_of_qualifier_is_in_use(root) -> None:
    assert {row[1] for row in read(root, "qualifiers")} == set(lexicon.KINDS)


def test_every_row_of_words_says_something(root) -> None:
    """A plural of one word, or its British spelling, needs no row."""
    assert [row[0] for row in read(root, "words")
            if all(split_words(tidy(form)) == split_words(tidy(row[1]))
                   for form in row[0].split("|"))] == []


def test_spellings_that_are_read_alike_make_one_rule() -> None:
    """Two would take the place of the reading that is tried next, of the words as they stand."""
    rules = lexicon.load_lexicon().rules
    assert [found for found in rules.values() if len(set(found)) < len(found)] == []
    assert len(rules["tcm",]) == 1


@pytest.mark.parametrize(
    ("spelling", "phrase", "true"),
    [("AT1", "type 1 pneumocyte", False), ("Hofbauer", "Hofbauer cell", True),
     ("TSCM", "memory T cell", True), ("Tc", "cytotoxic T cell", False),
     ("PMN", "hepatocyte", False)],
)
def test_what_counts_as_a_synonym(spelling, phrase, true) -> None:
    assert is_synonym(spelling, meant(phrase)) is true
