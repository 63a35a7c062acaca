"""phrases.tsv against the survey and the papers: every phrase once, on a term of the right tree."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from facts import FACTS, PHRASES, ROOT, available
from llm4cell.identifiers import read_targets
from llm4cell.ontology import load_ontology
from llm4cell.vocabulary import L4C, OBO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOTS = {
    "architecture": L4C.Architecture,
    "backbone": L4C.GeneralPurposeModel,
    "grounding": L4C.GroundingSource,
    "modality": L4C.DataModality,
    "objective": L4C.LearningObjective,
    "perturbation": L4C.PerturbationType,
    "task": L4C.AnalyticalTask,
    "tokenization": L4C.Tokenization,
}
# Kind -> what a term of an outside vocabulary looks like.
OUTSIDE = {"species": r"NCBITaxon:[1-9]\d*", "tissue": r"UBERON:\d{7}"}
# Data sets are records; what is said of them is compared where the catalogue is.
KINDS = {*ROOTS, *OUTSIDE, "dataset"}
# Records that a phrase may name in place of a term.
RECORDS = {"backbone": "model", "dataset": "dataset"}
# How often each kind is stated at least.
STATED = dict.fromkeys(ROOTS, 50) | {
    "backbone": 30, "perturbation": 10, "species": 70, "tissue": 50,
}
MAX_UNMAPPED = 0.05

needs_facts = pytest.mark.skipif(
    not available(), reason=f"no fact files at {FACTS} (set LLM4CELL_FACTS)"
)


class Row(NamedTuple):
    line: int
    kind: str
    phrase: str
    terms: str
    reason: str

    @property
    def names(self) -> list[str]:
        return [] if self.terms == "unmapped" else self.terms.split("|")


@cache
def rows() -> tuple[Row, ...]:
    with PHRASES.open(encoding="utf-8", newline="") as lines:
        table = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert next(table) == ["kind", "phrase", "terms", "reason"]
        return tuple(Row(number, *row) for number, row in enumerate(table, start=2))


def _load(name: str) -> list[dict[str, Any]]:
    with (FACTS / name).open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader)  # type: ignore[no-any-return]


def _each(record: dict[str, Any], kind: str, *keys: str) -> Iterator[tuple[str, str]]:
    for key in keys:
        value = record.get(key)
        for phrase in [value] if isinstance(value, str) else value or []:
            yield kind, phrase


def printed_phrases() -> Iterator[tuple[str, str]]:
    """Yield every (kind, phrase) of the fact files, as often as it is stated."""
    for model in _load("survey/models.yaml"):
        yield from _each(model, "task", "tasks", "tasks_prose")
        yield from _each(model, "modality", "modalities")
        yield from _each(model, "grounding", "grounding", "grounding_printed")
    for name in ("survey/assertions.yaml", "survey/task_assertions.yaml"):
        for assertion in _load(name):
            if assertion["kind"] in ROOTS:
                yield assertion["kind"], assertion["object"]
    for dataset in _load("survey/datasets.yaml"):
        yield from _each(dataset, "task", "tasks_printed")
        yield from _each(dataset, "modality", "assay")
    for name in ("primary/models.yaml", "primary/models-beyond-survey.yaml"):
        for model in _load(name):
            yield from _each(model, "task", "tasks")
            yield from _each(model, "modality", "modalities")
            yield from _each(model, "architecture", "architecture")
            yield from _each(model, "objective", "objective")
            yield from _each(model, "backbone", "backbone")
            yield from _each(model, "tokenization", "tokenization")
            yield from _each(model, "species", "species")
            yield from _each(model, "tissue", "tissues")
    for dataset in _load("primary/datasets.yaml"):
        yield from _each(dataset, "modality", "modalities")
        yield from _each(dataset, "perturbation", "perturbation_type")
        for assay in dataset.get("assays") or []:
            yield "modality", assay["label"]


@needs_facts
def test_every_phrase_is_there_once_and_none_else() -> None:
    printed = set(printed_phrases())
    listed = Counter((row.kind, row.phrase) for row in rows() if row.kind != "dataset")
    # Else a key of the facts was renamed.
    assert {kind for kind, _ in printed} == {*ROOTS, *OUTSIDE}
    assert sorted(printed - set(listed)) == []
    assert sorted(set(listed) - printed) == []
    assert [key for key, times in listed.items() if times > 1] == []


@needs_facts
@pytest.mark.parametrize("kind", STATED)
def test_each_kind_is_stated_often(kind: str) -> None:
    """A recount that reads nothing would agree with anything."""
    assert sum(k == kind for k, _ in printed_phrases()) >= STATED[kind]


def test_rows_are_well_formed() -> None:
    faults = [
        f"{row.line}: {row}" for row in rows()
        if row.kind not in KINDS
        or not row.phrase or row.phrase != row.phrase.strip()
        or not row.terms or len(set(row.names)) != len(row.names)
        or any(cell != cell.strip() for cell in (row.terms, row.reason, *row.names))
    ]
    assert faults == []


def test_rows_are_sorted_and_unique() -> None:
    keys = [(row.kind, row.phrase) for row in rows()]
    assert keys == sorted(keys)
    assert [key for key, times in Counter(keys).items() if times > 1] == []


@pytest.mark.parametrize("kind", ROOTS)
def test_terms_lie_below_the_root_of_their_kind(kind: str) -> None:
    root = ROOTS[kind]
    allowed = load_ontology(ROOT / "ontology" / "llm4cell.ttl").below(root) - {root}
    assert len(allowed) > 5
    wrong = [f"{row.line}: {row.phrase}: {name}" for row in rows() if row.kind == kind
             for name in row.names if L4C + name not in allowed and ":" not in name]
    assert wrong == []


def test_records_that_phrases_name_exist() -> None:
    wrong = [
        f"{row.line}: {row.phrase}: {name}" for row in rows() for name in row.names
        if ":" in name and row.kind not in OUTSIDE
        and not (name.startswith(f"{RECORDS.get(row.kind)}:") and _record(name).is_file())
    ]
    assert wrong == []


def _record(name: str) -> Path:
    kind, _, slug = name.partition(":")
    return ROOT / "graphs" / "catalogue" / f"{kind}s" / f"{slug}.yaml"


def test_species_were_checked_and_tissues_are_current() -> None:
    from cellxgene_ontology_guide.supported_versions import CXGSchema

    checked = read_targets(ROOT / "ontology" / "mappings" / "targets.tsv")
    uberon = CXGSchema().ontology("UBERON")
    named = [(row, name) for row in rows() if row.kind in OUTSIDE for name in row.names]
    assert {row.kind for row, _ in named} == set(OUTSIDE)
    for row, name in named:
        assert re.fullmatch(OUTSIDE[row.kind], name), row
        # NCBITaxon is never asked of the package: its table takes 3.2 GB.
        if row.kind == "species":
            assert OBO + name.replace(":", "_") in checked, row
        else:
            assert not uberon[name]["deprecated"], row


def test_few_phrases_are_unmapped_and_each_says_why() -> None:
    unmapped = [row for row in rows() if not row.names]
    assert [f"{row.line}: {row.phrase}" for row in unmapped if len(row.reason.split()) < 3] == []
    assert len(unmapped) <= MAX_UNMAPPED * len(rows())
