"""Rubrics, judgements by them, leads, fruitless searches and what shows an erratum."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from llm4cell.catalogue import read_catalogue
from llm4cell.triples import describe_catalogue, source_iri
from llm4cell.vocabulary import (
    DCTERMS,
    ERRATUM,
    L4C,
    LEAD,
    MODEL,
    OWL,
    PUBLICATION,
    RDF,
    RDFS,
    RUBRIC,
    SEARCH,
    SOURCE,
)
from test_catalogue import FILES, faults, make

if TYPE_CHECKING:
    from pathlib import Path

    from llm4cell.ontology import Ontology

M, D, E, R = "models/m.yaml", "datasets/d.yaml", "errata.yaml", "rubrics.yaml"
RUBRICS = """\
- id: r-1
  label: R, version 1
  version: "1"
  description: Only what a source shows.
  criteria:
    - dimension: scalability
      level: present
      description: Ten million cells.
    - dimension: scalability
      level: absent
      description: Said not to scale.
"""
JUDGED = """\
        kind: repository
        level: present
        judge: r-1
        explanation: spots, not cells
"""
NOTES = """\
  - dimension: atlas fairness
    level: partial
    value: rare types
    said_by: a talk
not_found:
  - property: grounding
    searched: README
    on: 2026-11-24T09:30:00Z
"""
GOOD = FILES | {
    R: RUBRICS,
    M: FILES[M].replace("        kind: repository\n", JUDGED) + NOTES,
    E: FILES[E] + "  shown_by: [p, https://example.org/p]\n",
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return make(tmp_path, GOOD)


def rows(root: Path, ontology: Ontology, graph: str) -> set[tuple[str, str, str]]:
    return {(str(s), str(p), str(o)) for name, (s, p, o)
            in describe_catalogue(read_catalogue(root, ontology)) if name == graph}


def test_a_rubric_has_its_version_and_a_criterion_a_level(good: Path, ontology: Ontology) -> None:
    assert faults(good, ontology) == []
    present, absent = (f"{RUBRIC}r-1-scalability-{level}" for level in ("present", "absent"))
    assert rows(good, ontology, "rubrics") == {
        (RUBRIC + "r-1", RDF.type, L4C.Rubric), (RUBRIC + "r-1", RDFS.label, "R, version 1"),
        (RUBRIC + "r-1", OWL.versionInfo, "1"),
        (RUBRIC + "r-1", DCTERMS.description, "Only what a source shows."),
        *((iri, p, o) for iri, level, text in ((present, "present", "Ten million cells."),
                                               (absent, "absent", "Said not to scale."))
          for p, o in ((RDF.type, L4C.Criterion), (RDFS.label, f"scalability, {level}"),
                       (L4C.criterionOf, RUBRIC + "r-1"), (L4C.dimension, L4C.Scalability),
                       (L4C.level, L4C + level.title()), (DCTERMS.description, text)))}


def test_a_judgement_names_level_judge_and_explanation(good: Path, ontology: Ontology) -> None:
    said = {(p, o) for _, p, o in rows(good, ontology, "claims")}
    assert {(L4C.level, L4C.Present), (L4C.judge, RUBRIC + "r-1"),
            (L4C.explanation, "spots, not cells")} <= said


def test_leads_and_searches_are_notes_to_curators(good: Path, ontology: Ontology) -> None:
    # printf 'clustering\na talk' | sha256sum; printf 'rare types\na talk' | sha256sum
    task, fairness = LEAD + "m-supportstask-b891b8ce", LEAD + "m-atlasfairness-b5499150"
    search = SEARCH + "m-grounding"
    found = rows(good, ontology, "curation")
    assert found == {
        *((task, p, o) for p, o in (
            (RDF.type, L4C.Lead), (L4C.about, MODEL.m), (L4C.property, L4C.supportsTask),
            (L4C.value, "clustering"), (L4C.saidBy, "a talk"))),
        *((fairness, p, o) for p, o in (
            (RDF.type, L4C.Lead), (L4C.about, MODEL.m), (L4C.dimension, L4C.AtlasFairness),
            (L4C.level, L4C.Partial), (L4C.value, "rare types"), (L4C.saidBy, "a talk"))),
        *((search, p, o) for p, o in (
            (RDF.type, L4C.Search), (L4C.about, MODEL.m), (L4C.property, L4C.grounding),
            (L4C.searched, "README"), (L4C.retrieved, "2026-11-24T09:30:00Z"))),
    }


def test_what_shows_an_erratum_is_a_source(good: Path, ontology: Ontology) -> None:
    page = source_iri("https://example.org/p")
    shown = {o for s, p, o in rows(good, ontology, "errata")
             if (s, p) == (ERRATUM + "p-2", L4C.shownBy)}
    assert shown == {PUBLICATION.p, page}
    assert (SOURCE + "example-org-p", RDF.type, L4C.WebPage) in rows(good, ontology, "sources")


CHANGES: dict[str, tuple[str, str, str, list[str]]] = {
    "unknown judge": (M, "judge: r-1", "judge: r-2",
                      [r"m:32: no rubric 'r-2' in rubrics\.yaml; did you mean 'r-1'\?"]),
    "judge alone": (M, "        level: present\n", "", [
        r"m:31: 'judge' without 'level'; give the level, or remove the judge",
        r"m:32: 'explanation' without 'level'"]),
    "level alone": (M, "        judge: r-1\n", "", [
        r"m:31: 'level' without 'judge'; name the rubric"]),
    "no such criterion": (M, "level: present", "level: partial", [
        (r"m:28: rubric 'r-1' has no criterion for 'scalability' at level 'partial'; give a level "
         "that it has")]),
    "root as level": (M, "level: present", "level: coverage level", [
        r"m:31: 'level' names the whole class, .*; write absent, partial or present"]),
    "explanation in a fact": (D, "kind: primary paper", ("kind: primary paper\n          "
                              "explanation: x"), [r"d:11: unknown key 'explanation' in evidence"]),
    "rubric again": (R, RUBRICS, RUBRICS * 2, [
        r"rubrics:12: rubric id 'r-1' again; give each id once",
        r"rubrics:17: a second criterion for 'scalability' at level 'present'; keep one",
        r"rubrics:20: a second criterion"]),
    "criterion of no level": (R, "      level: present\n", "", [
        r"rubrics:6: a criterion has no 'level'"]),
    "criterion of no text": (R, "      description: Ten million cells.\n", "", [
        r"rubrics:6: a criterion has no 'description'"]),
    "rubric of no version": (R, '  version: "1"\n', "", [r"rubrics:1: a rubric has no 'version'"]),
    "unreadable rubrics": (R, "- id", "- [id", [r"rubrics:2: not YAML"]),
    "lead of nothing": (M, "  - dimension: atlas fairness\n    level: partial\n    value",
                        "  - value", [r"m:42: a lead has either a 'property' or a 'dimension'"]),
    "lead of both": (M, "  - dimension: atlas", "  - property: grounding\n    dimension: atlas",
                     [r"m:42: a lead has either a 'property' or a 'dimension'"]),
    "level on a property": (M, "  - dimension: atlas fairness\n", "  - property: grounding\n", [
        r"m:43: 'level' without 'dimension'; name the dimension"]),
    "same lead": (M, "not_found:", ("  - {property: supports_task, value: clustering, "
                  "said_by: a talk}\nnot_found:"), [
                      r"m:46: the same lead as in .*m\.yaml:39; remove one of them"]),
    "lead of another's": (M, "not_found:", ("  - {property: supports_task, value: clustering, "
                          "said_by: another talk}\nnot_found:"), []),
    "same search": (M, "    on: 2026-11-24T09:30:00Z\n", ("    on: 2026-11-24T09:30:00Z\n"
                    "  - {property: grounding, searched: x, on: 2026-11-25T09:30:00Z}\n"), [
                        r"m:50: the same fruitless search as in .*m\.yaml:47"]),
    "search for what is known": (M, "property: grounding", "property: is_agentic", [
        r"m:47: 'is_agentic' is not found here and stated on line 14; remove one of them"]),
    "search at no time": (M, "on: 2026-11-24T09:30:00Z", "on: today", [
        r"m:49: 'on: today' is no UTC time; write it like"]),
    "search for nothing": (M, "property: grounding", "property: ground", [
        r"m:47: a model has no property 'ground'; did you mean 'grounding'"]),
    "shown by nobody": (E, "shown_by: [p,", "shown_by: [q,", [
        r"errata:7: no publication 'q' in the catalogue"]),
    "shown by a file": (E, "https://example.org/p", "file:///p", [
        r"errata:7: 'shown_by: file:///p' is no web address"]),
    "addresses alike": (E, "https://example.org/p", "http://example.org/M", [
        r"errata:1: the address differs from that in .*m\.yaml:28 only in case"]),
}


@pytest.mark.parametrize(("name", "old", "new", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_fault_is_named_alone(good: Path, ontology: Ontology, name: str, old: str, new: str,
                                expected: list[str]) -> None:
    assert old in GOOD[name]
    make(good, {name: GOOD[name].replace(old, new, 1)})
    found = faults(good, ontology)
    assert len(found) == len(expected), found
    for fault, pattern in zip(found, expected, strict=True):
        assert re.match(pattern, re.sub(r"^(?:\w+/)?(\w+)\.yaml:", r"\1:", fault)), fault


def test_the_rubric_has_a_criterion_for_every_dimension_and_level(root: Path,
                                                                  ontology: Ontology) -> None:
    (rubric,) = read_catalogue(root, ontology).rubrics
    pairs = [(c.dimension, c.level) for c in rubric.criteria]
    wanted = {(dimension, level)
              for dimension in ontology.below(L4C.EvaluationDimension) - {L4C.EvaluationDimension}
              for level in (L4C.Present, L4C.Partial, L4C.Absent)}
    assert (len(pairs), set(pairs)) == (30, wanted)
    assert len({criterion.iri for criterion in rubric.criteria}) == 30
