"""Each fault in a catalogue file is named with file, line and remedy; all faults at once."""

from __future__ import annotations

import os
import re
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm4cell.catalogue import (
    MAX_FAULTS,
    SLUG,
    Catalogue,
    Value,
    examine_catalogue,
    read_catalogue,
    slug,
)
from llm4cell.errors import CatalogueError
from llm4cell.triples import find_clashes
from llm4cell.vocabulary import L4C, MODEL, OBO, PUBLICATION, SPDX, VARIANT, XSD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llm4cell.ontology import Ontology

EVIDENCE = """\
      evidence:
        - source: p
          locator: Table 1
          kind: primary paper
"""
MODEL_FILE = f"""\
id: m
label: M
is_model: true
publication: p
primary_family: foundation model
facts:
  supports_task:
    - value: trajectory inference
{EVIDENCE}\
  is_agentic:
    - value: false
{EVIDENCE}\
  trained_on:
    - value: d
{EVIDENCE}\
assessments:
  - dimension: scalability
    evidence:
      - source: https://example.org/m
        locator: README
        kind: repository
        retrieved: 2026-02-28T23:59:59Z
variants:
  - id: m-small
    label: M small
leads:
  - property: supports_task
    value: clustering
    said_by: a talk
"""
FILES = {
    "models/m.yaml": MODEL_FILE,
    "datasets/d.yaml": f"""\
id: d
label: D
type: atlas
facts:
  cell_count:
    - value: 650000
{EVIDENCE}""",
    "publications/p.yaml": f"""\
id: p
label: P
first_author: Li
facts:
  venue:
    - value: Nature
{EVIDENCE}\
    - value: Science
      evidence:
        - source: p
          locator: Table 2
          kind: survey table
          verdict: rejected
          errata: [2]
          corrected_by: Nature
""",
    "statements.yaml": f"""\
- about: foundation model
  facts:
    supports_task:
      - value: clustering
{EVIDENCE.replace("      ", "        ", 1).replace("        -", "          -")
         .replace("          l", "            l").replace("          k", "            k")}""",
    "errata.yaml": """\
- source: p
  number: 2
  kind: count
  about: [m, d]
  concerns_tasks: [clustering]
  text: Two are three.
""",
    "rubrics.yaml": """\
- id: ten-dimensions-1
  label: ten dimensions
  version: 1
  criteria:
    - dimension: scalability
      level: present
      description: Many cells.
    - dimension: scalability
      level: partial
      description: Fewer.
""",
    "challenges.yaml": """\
- id: trust
  label: trust
  source: p
  locator: section 7
  description: Nobody does.
  touches: [scalability]
""",
}


def make(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / "graphs" / "catalogue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def faults(root: Path, ontology: Ontology) -> list[str]:
    """Return all faults without the part of the path that is always the same."""
    catalogue, problems = examine_catalogue(root, ontology)
    problems += find_clashes(catalogue)
    return [str(problem).removeprefix("graphs/catalogue/") for problem in problems]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return make(tmp_path, FILES)


def test_what_a_good_catalogue_says(good: Path, ontology: Ontology) -> None:
    assert faults(good, ontology) == []
    catalogue = read_catalogue(good, ontology)
    assert [(r.kind, r.iri, r.place.line) for r in catalogue.records] == [
        ("model", MODEL.m, 1), ("variant", VARIANT + "m-small", 33),
        ("dataset", "https://w3id.org/llm4cell/dataset/d", 1), ("publication", PUBLICATION.p, 1)]
    model = catalogue.records[0]
    assert (model.label, model.is_model, model.publication) == ("M", True, PUBLICATION.p)
    assert model.primary_family == L4C.FoundationModel
    assert [fact.value.text for fact in model.facts] == [
        L4C.TrajectoryInference, "false", "https://w3id.org/llm4cell/dataset/d"]
    assert [str(e.place) for fact in model.facts for e in fact.evidence] == [
        f"graphs/catalogue/models/m.yaml:{line}" for line in (10, 16, 22)]
    assert model.leads[0].said_by == "a talk"
    venue = catalogue.records[3].facts[1].evidence[0]
    assert (venue.corrected_by, venue.errata) == (
        Value("Nature", "http://www.w3.org/2001/XMLSchema#string"),
        ("https://w3id.org/llm4cell/erratum/p-2",))
    assert catalogue.statements[0].iri == L4C.FoundationModel
    assert catalogue.errata[0].about == (
        MODEL.m, "https://w3id.org/llm4cell/dataset/d", L4C.Clustering)
    assert catalogue.challenges[0].touches == (L4C.Scalability,)


M, D, P = "models/m.yaml", "datasets/d.yaml", "publications/p.yaml"
LONG = "x" * 100_000
# One change to the good catalogue: file, old text, new text, and every fault that follows, each
# with the file's stem for its path.
CHANGES: dict[str, tuple[str, str, str, list[str]]] = {
    # keys
    "unknown key": (M, "label: M\n", "label: M\nalt_lables: [x]\n",
                    [r"m:3: unknown key 'alt_lables' in a model; did you mean 'alt_labels'\?"]),
    "unknown fact": (M, "  trained_on:", "  trained_onn:",
                     [r"m:19: unknown key 'trained_onn' in 'facts'; did you mean"]),
    "foreign fact": (D, "cell_count", "supports_task",
                     [r"d:5: unknown key 'supports_task' in 'facts'; did you mean 'serves_"]),
    "unknown evidence key": (D, "locator", "locater",
                             [r"d:8: evidence has no 'locator'; add 'locator:'",
                              r"d:9: unknown key 'locater' .*did you mean 'locator'"]),
    "below an unknown fact": (
        M, f"  trained_on:\n    - value: d\n{EVIDENCE}",
        f"  traned_on:\n    - txt: cells\n{EVIDENCE.replace('primary paper', 'paper')}",
        [r"m:19: unknown key 'traned_on' in 'facts'; did you mean 'trained_on'",
         r"m:20: an item of 'traned_on' has no 'value'",
         r"m:20: unknown key 'txt' in an item of 'traned_on'",
         r"m:24: 'kind: paper' is no source kind"]),
    "level in a fact": (D, "kind: primary paper", "kind: primary paper\n          level: present",
                        [r"d:11: unknown key 'level' in evidence"]),
    "correction of a judgement": (
        M, "        kind: repository", "        kind: repository\n        corrected_by: x",
        [r"m:31: unknown key 'corrected_by' in evidence"]),
    "no label": (D, "label: D\n", "", [r"d:1: a dataset has no 'label'; add 'label:'"]),
    "no id": (D, "id: d\n", "", [r"d:1: a dataset has no 'id'"]),
    "long key": (M, "label: M\n", f"label: M\n? {LONG}\n: x\n",
                 [r"m:3: 'xxx", r"m:3: unknown key 'x+\.\.\.' in a model"]),
    # types
    "a list for a record": (D, FILES[D], "- id: d\n", [r"d:1: a dataset is not a mapping"]),
    "text for a record": (D, FILES[D], "d\n", [r"d:1: a dataset is not a mapping"]),
    "mapping for text": (M, "label: M\n", "label: {en: M}\n",
                         [r"m:2: 'label' is not plain text; write one value"]),
    "text for a list": (M, "label: M\n", "label: M\nalt_labels: MM\n",
                        [r"m:3: 'alt_labels' is not a list; write each item on a line"]),
    "hole in a list": (M, "label: M\n", "label: M\nalt_labels: [MM, ~]\n",
                       [r"m:3: an item of 'alt_labels' is not plain text"]),
    "text for facts": (D, FILES[D], "id: d\nlabel: D\ntype: atlas\nfacts: none\n",
                       [r"d:4: 'facts' is not a mapping"]),
    "text for a fact": (D, f"    - value: 650000\n{EVIDENCE}", "    - 650000\n",
                        [r"d:6: an item of 'cell_count' is not a mapping"]),
    "mapping for facts' list": (D, "    - value: 650000\n", "      value: 650000\n",
                                [r"d:6: 'cell_count' is not a list"]),
    "text for variants": (M, "variants:\n  - id: m-small\n    label: M small\n", "variants: none\n",
                          [r"m:32: 'variants' is not a list"]),
    "not true or false": (M, "is_model: true", "is_model: yes",
                          [r"m:3: 'is_model: yes' is neither true nor false; write true or"]),
    "empty label": (M, "label: M\n", "label:\n", [r"m:2: 'label' has no value; give one"]),
    "blank label": (M, "label: M\n", "label: ' '\n", [r"m:2: 'label' has no value"]),
    "null publication": (M, "publication: p", "publication: null",
                         [r"m:4: 'publication' has no value"]),
    "label of two lines": (M, "label: M\n", 'label: "M\\nN"\n', [r"m:2: 'label' has line br"]),
    "label with U+2028": (M, "label: M\n", 'label: "M\\u2028N"\n', [r"m:2: 'label' has line"]),
    "long label": (M, "label: M\n", f"label: {'x' * 301}\n",
                   [r"m:2: 'label' has 301 characters, more than 300; say it in fewer"]),
    "huge label": (M, "label: M\n", f"label: {LONG}\n",
                   [r"m:2: 'x+\.\.\.' has 100,000 char"]),
    "label with a bidirectional override": (
        M, "label: M\n", 'label: "M\\u202Etxt"\n',
        [(r"m:2: 'label' has a character that is not seen, U\+202E \(right-to-left override\); "
          "remove it")]),
    "label with a tab": (M, "label: M\n", 'label: "M\\tN"\n', [
        r"m:2: 'label' has a character that is not seen, U\+0009 \(control character\)"]),
    "alternative label with a soft hyphen": (
        M, "label: M\n", "label: M\nalt_labels: [\u00adN]\n",
        [r"m:3: 'alt_labels' has a character that is not seen, U\+00AD \(soft hyphen\)"]),
    "id with a zero-width space": (
        D, "id: d", "id: d\u200b", [r"d:1: 'id' has a character that is not seen, U\+200B",
                                    r"d:1: id 'd.' is not a slug; .*such as 'd'"]),
    "alternative label of two lines": (M, "label: M\n", 'label: M\nalt_labels: ["M\\nN"]\n',
                                       [r"m:3: 'alt_labels' has line breaks"]),
    # names
    "id of another file": (D, "id: d", "id: e", [r"d:1: id 'e' in a file named 'd'"]),
    "unicode id": (D, "id: d", "id: dä", [(r"d:1: id 'dä' is not a slug; use lower-case letters"
                                          r".*such as 'd'"), ]),
    "Cyrillic id": (D, "id: d", "id: \u0434", [r"d:1: id '\u0434' is not a slug"]),
    "path as id": (D, "id: d", "id: ../d", [r"d:1: id '../d' is not a slug"]),
    "variant again": (M, "variants:\n", "variants:\n  - id: m-small\n    label: N\n",
                      [r"m:35: variant id 'm-small' again; it stands in .*m\.yaml already"]),
    "variant with the id of a model": (
        M, "id: m-small", "id: m",
        [r"m:33: variant id 'm' is the id of a model; add what .*, as in 'm-small'"]),
    "no such publication": (M, "publication: p", "publication: q",
                            [r"m:4: no publication 'q' in the catalogue; add publications/q"]),
    "no such dataset": (M, "value: d\n", "value: dd\n",
                        [(r"m:20: no dataset 'dd' in the catalogue; did you mean 'd'\? Or give the "
                          r"source's own words as 'text:'")]),
    "words for a dataset": (M, "value: d\n", "value: my own cells\n",
                            [(r"m:20: no dataset 'my own cells' in the catalogue; add datasets/"
                              r"my-own-cells\.yaml, or give the source's own words as 'text:'")]),
    "CURIE as a dataset": (M, "value: d\n", "value: dataset:d\n",
                           [r"m:20: .*; write its id, 'd', not an IRI or CURIE$"]),
    "no such model": ("errata.yaml", "[m, d]", "[mm, d]",
                      [r"errata:4: no model, dataset or publication 'mm'"]),
    "no such source": (D, "source: p", "source: paper-x",
                       [r"d:8: no publication 'paper-x' in the catalogue"]),
    "misspelt task": (M, "trajectory inference", "trajectroy inference",
                      [(r"m:8: 'supports_task: trajectroy inference' is no analytical task of "
                       r"the ontology; did you mean 'trajectory inference'\?")]),
    "no task at all": (M, "trajectory inference", "qqqqqq",
                       [(r"m:8: .*use a label or synonym, or propose a term for .*, or give the "
                         r"source's own words as 'text:'")]),
    "root as a task": (M, "trajectory inference", "analytical task",
                       [(r"m:8: 'supports_task: analytical task' names the whole class, no member "
                         r"of it; name a member; or, where .* none, write 'polarity: denied'")]),
    "term of another tree": (M, "trajectory inference", "foundation model",
                             [r"m:8: 'supports_task: foundation model' is no analytical task"]),
    "IRI as a term": (M, "trajectory inference", "l4c:TrajectoryInference",
                      [r"m:8: .*; write its label, 'trajectory inference', not an IRI or CURIE$"]),
    "unknown CURIE as a term": (M, "trajectory inference", "l4c:Nothing",
                                [r"m:8: .*; write a label, not an IRI or CURIE$"]),
    "full IRI as a term": (M, "trajectory inference", L4C.Clustering,
                           [r"m:8: .*; write its label, 'clustering', not an IRI or CURIE$"]),
    "root as family": (M, "primary_family: foundation model", "primary_family: model",
                       [(r"m:5: 'primary_family' names the whole class, no member of it; write "
                        r"agentic framework, .* or text-bridge model$")]),
    "no family": (M, "primary_family: foundation model", "primary_family: x",
                  [(r"m:5: 'primary_family: x' is no family of the ontology; write agentic "
                    r"framework, .* or text-bridge model$")]),
    "no verdict": (D, "kind: primary paper", "kind: primary paper\n          verdict: foo",
                   [(r"d:11: 'verdict: foo' is no verdict of the ontology; write accepted, "
                     r"disputed or rejected$")]),
    "root as verdict": (D, "kind: primary paper", "kind: primary paper\n          verdict: verdict",
                        [r"d:11: 'verdict' names the whole class, .*; write accepted, disp"]),
    "misspelt kind": (D, "kind: primary paper", "kind: primry paper",
                      [r"d:10: 'kind: primry paper' .*did you mean 'primary paper'"]),
    "misspelt dimension": (M, "dimension: scalability", "dimension: scalable",
                           [r"m:26: 'dimension: scalable' is no evaluation dimension"]),
    "misspelt statement": ("statements.yaml", "about: foundation model", "about: foundations",
                           [r"statements:1: 'about: foundations' is no family or analytical"]),
    "lead's property": (M, "property: supports_task", "property: support_task",
                        [r"m:36: a model has no property 'support_task'; did you mean"]),
    # values
    "no value": (D, "    - value: 650000\n" + EVIDENCE, "    -" + EVIDENCE[5:],
                 [r"d:6: an item of 'cell_count' has no 'value'; add 'value:'"]),
    "value and text": (M, "- value: d\n", "- value: d\n      text: D\n",
                       [r"m:20: both 'value' and 'text'; 'value' is a term"]),
    "text where plain": (D, "value: 650000", "text: many",
                         [r"d:6: 'text' on 'cell_count', which takes plain values; write 'val"]),
    "number with a unit": (D, "650000", "650k cells",
                           [(r"d:6: 'cell_count: 650k cells' is not a whole number; "
                             r"write 650000$")]),
    "number in millions": (D, "650000", "51 M", [r"d:6: .*; write 51000000$"]),
    "rounded number": (D, "650000", "~33 million cells",
                       [r"d:6: .*; write 33000000, and 'qualifier: approximate' in its evidence$"]),
    "number of many thousands": (D, "650000", "51,300,000", [r"d:6: .*; write 51300000$"]),
    "number with an exponent": (D, "650000", "1.2e6", [r"d:6: .*; write 1200000$"]),
    "lower bound": (D, "650000", "'>400,000'",
                    [r"d:6: .*; write 400000, and 'qualifier: lower bound' in its evidence$"]),
    "number of two meanings": (D, "650000", "1,5 M",
                               [r"d:6: .*; write digits only, without a unit, as in 650000$"]),
    "fraction of a cell": (D, "650000", "1.5", [r"d:6: .*; write digits only"]),
    "words for a number": (D, "650000", "many", [r"d:6: .*; write digits only"]),
    "number with commas": (D, "650000", "650,000", [r"d:6: .*; write 650000$"]),
    "number with zeros": (D, "650000", "0650", [r"d:6: .*; write 650$"]),
    "number of other digits": (D, "650000", "\u0663\u0663", [r"d:6: .*write digits only"]),
    "number without end": (D, "650000", "9" * 5_000, [r"d:6: .*write digits only"]),
    "fraction": (D, "650000", "6.5", [r"d:6: 'cell_count: 6.5' is not a whole number"]),
    "no truth": (M, "value: false", "value: no", [r"m:14: 'is_agentic: no' is neither"]),
    "value again": (M, "  is_agentic:\n",
                    (f"    - value: Trajectory  Inference\n{EVIDENCE.replace('1', '2')}"
                    "  is_agentic:\n"),
                    [(r"m:13: 'supports_task' gives the same value again; move its evidence to "
                     r"line 8")]),
    # evidence
    "no evidence": (D, EVIDENCE, "", [r"d:6: an item of 'cell_count' has no 'evidence'"]),
    "empty evidence": (D, EVIDENCE, "      evidence: []\n",
                       [r"d:7: no evidence; every fact has a source; add one"]),
    "hole for evidence": (D, EVIDENCE, "      evidence:\n", [r"d:7: no evidence"]),
    "text for evidence": (D, EVIDENCE, "      evidence: p\n", [r"d:7: 'evidence' is not a list",
                                                               r"d:7: no evidence"]),
    "time that is none": (M, "2026-02-28T", "2026-13-45T",
                          [(r"m:31: 'retrieved: 2026-13-45T23:59:59Z' is no UTC time; write it "
                           r"like 2026-11-24T09:30:00Z")]),
    "day that is none": (M, "2026-02-28T", "2026-02-29T", [r"m:31: .*is no UTC time"]),
    "hour that is none": (M, "T23:59:59Z", "T24:59:59Z", [r"m:31: .*is no UTC time"]),
    "time of no zone": (M, "T23:59:59Z", "T23:59:59", [r"m:31: .*is no UTC time"]),
    "unknown scope": (D, "kind: primary paper", "kind: primary paper\n          scope: all",
                      [r"d:11: 'scope: all' is neither direct nor group; write direct or"]),
    "judge that is no slug": (M, "kind: repository",
                              "kind: repository\n        judge: A <b>\n        level: present",
                              [r"m:31: judge 'A <b>' is not a slug; .*such as 'a-b'"]),
    "scope model": (D, "kind: primary paper", "kind: primary paper\n          scope_models: [n, ~]",
                    [r"d:11: no model 'n' in the catalogue",
                     r"d:11: not the id of a model"]),
    "locator without letters": (D, "Table 1", "\u00a7", [r"d:9: 'locator: \u00a7' has no letter"]),
    "locator of two lines": (D, "Table 1", '"Table\\n1"', [r"d:9: 'locator' has line breaks"]),
    "no such erratum": (P, "[2]", "[3]", [r"p:17: its source has no erratum '3'; see errata"]),
    "superscript erratum": (P, "[2]", "['\u00b2']", [r"p:17: its source has no erratum '\u00b2'"]),
    "erratum without end": (P, "[2]", f"[{'9' * 5_000}]", [r"p:17: its source has no erratum '9"]),
    "erratum of another source": (P, "source: p\n          locator: Table 2",
                                  "source: https://example.org/p\n          locator: Table 2",
                                  [r"p:17: its source has no erratum '2'"]),
    "corrected by itself": (P, "corrected_by: Nature", "corrected_by: Science",
                            [r"p:13: 'corrected_by' names the claim's own value"]),
    "corrected by nothing": (P, "corrected_by: Nature", "corrected_by: Cell",
                             [(r"p:13: 'corrected_by: Cell' is no accepted value of 'venue' her"
                              r"e; state that value with its own evidence")]),
    "corrected by what is denied": (
        P, "kind: primary paper", "kind: primary paper\n          polarity: denied",
        [r"p:14: 'corrected_by: Nature' is no accepted value of 'venue'"]),
    # claims that would be one
    "evidence twice": (D, EVIDENCE, EVIDENCE + "\n".join(EVIDENCE.split("\n")[1:]),
                       [(r"d:11: the same claim as in .*d\.yaml:8: same subject, property, "
                        r"value, source and locator; give this one a 'phrase:'")]),
    "phrase twice": (D, EVIDENCE, EVIDENCE + "          phrase: x\n"
                     + "\n".join(EVIDENCE.split("\n")[1:]) + "          phrase: x\n",
                     [r"d:12: the same claim as in"]),
    "locators alike": (D, EVIDENCE, EVIDENCE
                       + "\n".join(EVIDENCE.split("\n")[1:]).replace("Table 1", "table-1"),
                       [r"d:11: the same claim as in"]),
    "judgement twice": (M, "variants:\n", ("      - source: https://example.org/m\n"
                        "        locator: README\n        kind: repository\nvariants:\n"),
                        [r"m:32: the same claim as in .*m\.yaml:28"]),
    "statements twice": ("statements.yaml", FILES["statements.yaml"], FILES["statements.yaml"] * 2,
                         [r"statements:14: the same claim as in .*statements\.yaml:6"]),
    "addresses alike": (D, EVIDENCE, EVIDENCE.replace("source: p", "source: http://example.org/M/"),
                        [r"d:8: the address differs from that in .*m\.yaml:28 only in case"]),
    # lists
    "erratum again": ("errata.yaml", FILES["errata.yaml"], FILES["errata.yaml"] * 2,
                      [r"errata:7: erratum 2 again; give each number once"]),
    "erratum without number": ("errata.yaml", "number: 2", "number: two", [
        r"errata:2: 'number: two' is not a whole number",
        r"p:17: its source has no erratum '2'"]),
    "challenge again": ("challenges.yaml", FILES["challenges.yaml"], FILES["challenges.yaml"] * 2,
                        [r"challenges:7: challenge id 'trust' again"]),
    "challenge id": ("challenges.yaml", "id: trust", "id: in <God>",
                     [r"challenges:1: id 'in <God>' is not a slug"]),
    "mapping for a list": ("challenges.yaml", FILES["challenges.yaml"], "a: b\n",
                           [r"challenges:1: the file is not a list"]),
    "broken list": ("statements.yaml", "- about", "- [about", [r"statements:2: not YAML"]),
}
for address in ("file:///etc/passwd", "ftp://example.org/m", "javascript:alert(1)", "http://",
                "https://exa mple.org/m", "https://[::1", "https://a[b", "https://?q",
                "example.org/m",
                "mailto:a@b.c", "https://example.org/<m>", "//example.org/m",
                "https://example.org/\u00a0m", "a b"):
    CHANGES[f"source {address}"] = (D, "source: p", f"source: '{address}'", [
        (rf"d:8: 'source: {re.escape(' '.join(address.split()))}' is no web address; write a "
        "publication's id, or an address that starts with https")])


@pytest.mark.parametrize(("name", "old", "new", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_fault_is_named_alone(good: Path, ontology: Ontology, name: str, old: str, new: str,
                                expected: list[str]) -> None:
    assert old in FILES[name]
    make(good, {name: FILES[name].replace(old, new, 1)})
    found = faults(good, ontology)
    assert len(found) == len(expected), found
    for fault, pattern in zip(found, expected, strict=True):
        assert re.match(pattern, re.sub(r"^(?:\w+/)?(\w+)\.yaml:", r"\1:", fault)), fault
        assert len(fault) < 600
        assert fault.isprintable()


@pytest.mark.parametrize("address", [
    "http://example.org", "https://example.org/m?q=1&r=2#x", "https://example.org:8080/a_b/~c",
    "https://user.github.io/m", "https://example.org/\u6a21\u578b", "https://doi.org/10.1/(a)b;c"])
def test_web_addresses_that_fit(good: Path, ontology: Ontology, address: str) -> None:
    make(good, {D: FILES[D].replace("source: p", f"source: '{address}'")})
    assert faults(good, ontology) == []


def test_all_faults_of_all_files_at_once_in_order(good: Path, ontology: Ontology) -> None:
    make(good, {D: FILES[D].replace("atlas", "atlass").replace("650000", "1 cell"),
                M: FILES[M].replace("label: M\n", "label:\n") + "label: N\n",
                P: "a: [\n"})
    found = faults(good, ontology)
    assert [fault.partition(": ")[0] for fault in found] == [
        "datasets/d.yaml:3", "datasets/d.yaml:6", "models/m.yaml:2", "models/m.yaml:39",
        "publications/p.yaml:2"]
    with pytest.raises(CatalogueError) as error:
        read_catalogue(good, ontology)
    assert len(error.value.problems) == 5


def test_a_flood_is_cut_short(good: Path, ontology: Ontology) -> None:
    words = "".join(f"    - value: task number {n}\n{EVIDENCE}" for n in range(20_000))
    make(good, {M: FILES[M].replace("  is_agentic", words + "  is_agentic"), D: "id: e\n"})
    start = time.process_time()
    found = faults(good, ontology)
    assert time.process_time() - start < 15
    ours = [fault for fault in found if fault.startswith("models/")]
    assert len(ours) == MAX_FAULTS + 1
    assert f"models/m.yaml: more than {MAX_FAULTS} faults; correct these first" in ours
    assert any(fault.startswith("datasets/d.yaml:1: id 'e'") for fault in found)


def test_two_files_of_one_id(good: Path, ontology: Ontology) -> None:
    make(good, {"datasets/d.yml": FILES[D].replace("Table 1", "Table 9")})
    assert faults(good, ontology) == [
        ("datasets/d.yml:1: dataset id 'd' again; it stands in graphs/catalogue/datasets/d.yaml "
        "already")]


def test_same_id_of_two_kinds_is_fine_until_they_make_one_claim(
    good: Path, ontology: Ontology
) -> None:
    fact = "modality:\n    - value: single-cell RNA-seq\n" + EVIDENCE
    make(good, {"datasets/m.yaml": f"id: m\nlabel: M\ntype: atlas\nfacts:\n  {fact}"})
    assert faults(good, ontology) == []
    make(good, {M: MODEL_FILE.replace("  is_agentic", f"  {fact}  is_agentic")})
    assert [fault.partition(";")[0] for fault in faults(good, ontology)] == [
        ("datasets/m.yaml:8: the same claim as in graphs/catalogue/models/m.yaml:16: same subject, "
         "property, value, source and locator")]


def test_only_a_denied_claim_names_a_whole_class(good: Path, ontology: Ontology) -> None:
    """That is how a source's 'none' is written: every evidence item must deny."""
    denied = EVIDENCE + "          polarity: denied\n"
    for evidence, count in ((denied, 0), (EVIDENCE, 1),
                            (denied + EVIDENCE.partition("\n")[2].replace("1", "2"), 1)):
        fact = f"grounding:\n    - value: grounding source\n{evidence}"
        make(good, {M: MODEL_FILE.replace("  is_agentic", f"  {fact}  is_agentic")})
        assert len(faults(good, ontology)) == count


def test_files_that_would_be_overlooked(good: Path, ontology: Ontology) -> None:
    make(good, {"models/old/n.yaml": "x", "statments.yaml": "x", "schema/x.yml": "x",
                "models/.n.yaml": "x", "models/m.yaml~": "x", "models/note.txt": "x"})
    found = faults(good, ontology)
    assert [fault.partition(";")[0] for fault in found] == [
        f"{name}: no catalogue file belongs here"
        for name in ("models/old/n.yaml", "schema/x.yml", "statments.yaml")]
    assert "known: models/*.yaml, datasets/*.yaml, publications/*.yaml, challenges.yaml" in found[0]


def test_links(good: Path, ontology: Ontology, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    shutil.copytree(good / "graphs/catalogue/publications", outside / "publications")
    catalogue = good / "graphs" / "catalogue"
    shutil.rmtree(catalogue / "publications")
    (catalogue / "publications").symlink_to(outside / "publications")
    (catalogue / D).rename(outside / "d.yaml")
    (catalogue / D).symlink_to(outside / "d.yaml")
    (catalogue / "statements.yaml").unlink()
    (catalogue / "statements.yaml").symlink_to("statements.yaml")
    (catalogue / "models/n.yaml").symlink_to("/dev/zero")
    (catalogue / "models/.#m.yaml").symlink_to("user@host.123")  # an editor's lock
    found = [fault for fault in faults(good, ontology) if "no publication 'p'" not in fault]
    assert found == [
        "datasets/d.yaml: a link that leaves the catalogue; put the file itself here",
        "models/n.yaml: a link that leaves the catalogue; put the file itself here",
        "publications: a link to a folder; put the folder itself here",
        "statements.yaml: cannot be read (Too many levels of symbolic links)",
    ]


def test_links_inside_the_catalogue_are_followed(good: Path, ontology: Ontology) -> None:
    catalogue = good / "graphs" / "catalogue"
    (catalogue / D).rename(catalogue / "d.txt")
    (catalogue / D).symlink_to("../d.txt")
    assert faults(good, ontology) == []


def test_no_files_but_folders_and_pipes(good: Path, ontology: Ontology) -> None:
    catalogue = good / "graphs" / "catalogue"
    (catalogue / "datasets" / "x.yaml").mkdir()
    os.mkfifo(catalogue / "models" / "y.yaml")
    shutil.rmtree(catalogue / "publications")
    (catalogue / "publications").write_text("p")
    found = [fault for fault in faults(good, ontology) if "no publication 'p'" not in fault]
    assert [fault.partition(";")[0] for fault in found] == [
        "datasets/x.yaml: not a regular file", "models/y.yaml: not a regular file",
        "publications: not a folder"]


def test_links_to_a_file_that_cannot_be_read_are_no_faults(good: Path, ontology: Ontology) -> None:
    make(good, {P: b"\xff"})
    found = [fault for fault in faults(good, ontology) if not fault.startswith("errata")]
    assert found == ["publications/p.yaml:1: byte 0xff is not UTF-8; save the file as UTF-8"]


def test_an_empty_catalogue_is_one(tmp_path: Path, ontology: Ontology) -> None:
    (tmp_path / "graphs" / "catalogue").mkdir(parents=True)
    assert read_catalogue(tmp_path, ontology) == Catalogue((), (), (), ())

# Outside terms, licences and addresses: one value in place of the model's or the data resource's.
SLIM = """\
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
obo:NCBITaxon_9606 rdfs:label "Homo sapiens" .
obo:NCBITaxon_10090 rdfs:label "Mus musculus" .
obo:UBERON_0002048 rdfs:label "lung" .
<http://www.ebi.ac.uk/efo/EFO_0008913> rdfs:label "single-cell RNA sequencing" .
"""
DENIED = EVIDENCE + "          polarity: denied\n"
REJECTED = EVIDENCE.replace("Table 1", "Table 2") + """\
          verdict: rejected
          reason: mistaken
          corrected_by: {}
"""


def fact(key: str, value: str, evidence: str = EVIDENCE) -> str:
    return f"  {key}:\n    - {value.replace(chr(10), chr(10) + '      ')}\n{evidence}"


@pytest.fixture
def outside(good: Path, root: Path) -> Path:
    for name, text in (
        ("imports/ncbitaxon.ttl", SLIM),
        ("mappings/targets.tsv", (root / "ontology/mappings/targets.tsv").read_text()),
    ):
        path = good / "ontology" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return good


HUMAN = "value: Homo sapiens\nid: NCBITaxon:9606"
# key, value, evidence -> what Value comes of it, or the faults; the value stands in m.yaml:7.
VALUES: dict[str, tuple[str, str, str, Value | list[str]]] = {
    "taxon": ("organism", HUMAN, EVIDENCE, Value(OBO + "NCBITaxon_9606")),
    "words": ("organism", "text: a human-like ape", EVIDENCE,
              Value("a human-like ape", XSD.string, term=False)),
    "tissue": ("tissue", "value: lung\nid: UBERON:0002048", EVIDENCE,
               Value(OBO + "UBERON_0002048")),
    "assay": ("assay", "value: single-cell RNA sequencing\nid: EFO:0008913", EVIDENCE,
              Value("http://www.ebi.ac.uk/efo/EFO_0008913")),
    "no id": ("organism", "value: Homo sapiens", EVIDENCE,
              [r"m:8: 'Homo sapiens' has no 'id'; add 'id: NCBITaxon:9606', or give the source's"]),
    "no id and no label": ("organism", "value: people", EVIDENCE, [
        r"m:8: 'people' has no 'id'; add 'id:', its id in NCBI .*, as in NCBITaxon:9606, or give"]),
    "no label": ("organism", "id: NCBITaxon:9606", EVIDENCE,
                 [r"m:8: an 'id' without its label; add it as 'value:'"]),
    "empty id": ("organism", "value: Homo sapiens\nid:", EVIDENCE, [r"m:9: 'id' has no value"]),
    "id beside words": ("organism", "text: people\nid: NCBITaxon:9606", EVIDENCE,
                        [r"m:9: an 'id' beside 'text'; for a term, write its label as 'value:'"]),
    "id where none belongs": ("supports_task", "value: clustering\nid: EDAM:operation_3432",
                              EVIDENCE, [r"m:9: unknown key 'id' in an item of 'supports_task'"]),
    "IRI": ("organism", f"value: Homo sapiens\nid: {OBO}NCBITaxon_9606", EVIDENCE,
            [r"m:9: id 'http.*9606' is not spelt as one; write 'NCBITaxon:9606'"]),
    "underscore": ("tissue", "value: lung\nid: UBERON_0002048", EVIDENCE,
                   [r"m:9: id 'UBERON_0002048' is not spelt as one; write 'UBERON:0002048'"]),
    "small letters": ("organism", "value: Homo sapiens\nid: ncbitaxon:9606", EVIDENCE,
                      [r"m:9: .*; write 'NCBITaxon:9606'"]),
    "too few digits": ("tissue", "value: lung\nid: UBERON:2048", EVIDENCE,
                       [r"m:9: id 'UBERON:2048' is no id of Uberon .*; 'lung' is UBERON:0002048"]),
    "no id at all": ("tissue", "value: bronchus and so on\nid: bronchus", EVIDENCE,
                     [r"m:9: id 'bronchus' is no id of Uberon .*; write it as in UBERON:0002048"]),
    "id of another vocabulary": (
        "tissue", "value: lung\nid: CL:0000084", EVIDENCE,
        [r"m:9: id 'CL:0000084' is of the Cell Ontology, not of Uberon .*; 'lung' is UBERON:0002"]),
    "label of another term": (
        "organism", "value: Mus musculus\nid: NCBITaxon:9606", EVIDENCE,
        [(r"m:8: NCBITaxon:9606 is 'Homo sapiens', not 'Mus musculus'; correct the label, or the "
          r"id: 'Mus musculus' is NCBITaxon:10090$")]),
    "label of no term": ("organism", "value: human\nid: NCBITaxon:9606", EVIDENCE, [
        r"m:8: NCBITaxon:9606 is 'Homo sapiens', not 'human'; correct the label or the id$"]),
    "label in other letters": ("tissue", "value: Lung\nid: UBERON:0002048", EVIDENCE,
                               [r"m:8: UBERON:0002048 is 'lung', not 'Lung'; correct the label"]),
    "not in the slim": ("tissue", "value: brain\nid: UBERON:0000955", EVIDENCE, [
        (r"m:9: UBERON:0000955 \('brain'\) is not in ontology/imports/uberon.ttl; "
         r"run: llm4cell build --slims$")]),
    "taxon not in the slim": ("organism", "value: Pan troglodytes\nid: NCBITaxon:9598", EVIDENCE, [
        r"m:9: NCBITaxon:9598 .* is not in ontology/imports/ncbitaxon.ttl; run: llm4cell"]),
    "not checked": ("organism", "value: Loxodonta africana\nid: NCBITaxon:9785", EVIDENCE, [
        r"m:9: NCBITaxon:9785 is not in any vocabulary .*; check it .* and list it in .*targets"]),
    "does not exist": ("tissue", "value: braine\nid: UBERON:9999999", EVIDENCE, [
        r"m:9: UBERON:9999999 is not in any .*; did you mean UBERON:0000955 \('brain'\)"]),
    "obsolete": ("assay", "value: obsolete_DNase-Seq\nid: EFO:0008716", EVIDENCE, [
        r"m:9: EFO:0008716 .* is obsolete; use EFO:0003752 \('DNase-hypersensitivity seq'\)"]),
    "other label, not in the slim": (
        "assay", "value: spatial transcriptomics\nid: EFO:0009294", EVIDENCE,
        [(r"m:9: EFO:0009294 is labelled 'spatial transcriptomics'; its label is 'CITE-seq'; "
          r"correct the label or the id \('spatial transcriptomics' is EFO:0008994\)")]),

    "licence": ("code_license", "value: MIT", EVIDENCE, Value(SPDX.MIT)),
    "licence by its name": ("code_license", "value: MIT License", EVIDENCE, Value(SPDX.MIT)),
    "no licence": ("code_license", "value: license", DENIED, Value(L4C.License)),
    "no licence, affirmed": ("code_license", "value: license", EVIDENCE,
                             [r"m:8: 'code_license: license' names the whole class"]),
    "class of licences": ("code_license", "value: open license", EVIDENCE, [
        r"m:8: 'code_license: open license' names a class, no single one .*; name a member of it"]),
    "misspelt licence": ("code_license", "value: MTI", EVIDENCE,
                         [r"m:8: 'code_license: MTI' is no license .*; did you mean .* 'MIT'\?"]),
    "licence in other words": ("code_license", "value: Apache 2", EVIDENCE,
                               [r"m:8: .*; write its SPDX id, 'Apache-2.0'"]),
    "licence that nobody has": ("code_license", "value: Zlib", EVIDENCE, [
        r"m:8: .*; SPDX has it as Zlib, the ontology does not; add .* <http://spdx.org/licenses/Z"]),
    "retired licence": ("code_license", "value: AGPL-1.0", EVIDENCE,
                        [r"m:8: .*retired that id; write AGPL-1.0-only or AGPL-1.0-or-later"]),
    "licence of one work": ("weights_license", "value: LicenseRef-Mine", EVIDENCE, [
        r"m:8: .*; add it to .* <https://w3id.org/llm4cell/license/LicenseRef-Mine>"]),

    "address": ("code_repository", "value: https://github.com/a/b", EVIDENCE,
                Value("https://github.com/a/b", XSD.anyURI)),
    "bucket": ("weights", "value: s3://bucket/key", EVIDENCE,
               Value("s3://bucket/key", XSD.anyURI)),
    "no address": ("weights", "value: none", DENIED, Value("none", XSD.string)),
    "no address, affirmed": ("weights", "value: none", EVIDENCE, [
        r"m:8: 'weights: none' is no address; give the address; or, .* 'polarity: denied'"]),
    "address without scheme": ("code_repository", "value: github.com/a/b", EVIDENCE,
                               [r"m:8: .* is no address; write 'https://github.com/a/b'"]),
    "address with spaces": ("code_repository", "value: https://github.com/a b", EVIDENCE,
                            [r"m:8: .* is no address; write it with https://"]),
    "address of another kind": ("code_repository", "value: javascript:alert(1)", EVIDENCE,
                                [r"m:8: .* is no address"]),
    "words for an address": ("weights", "value: unavailable", EVIDENCE,
                             [r"m:8: .* is no address; where .* none, write 'value: none' and d"]),

    "model of the catalogue": ("builds_on", "value: n", EVIDENCE, Value(MODEL + "n")),
    "general model": ("builds_on", "value: GPT-4", EVIDENCE, Value(L4C.GPT4)),
    "neither": ("builds_on", "value: qqqq", EVIDENCE, [
        r"m:8: 'builds_on: qqqq' is no id of the catalogue and no general-purpose model of"]),
    "misspelt model": ("builds_on", "value: scgpt-lung-mode", EVIDENCE,
                       [r"m:8: .*; did you mean 'scgpt-lung-model'\? Or give"]),
    "no backbone": ("builds_on", "value: general-purpose model", DENIED,
                    Value(L4C.GeneralPurposeModel)),
}


@pytest.mark.parametrize(("key", "value", "evidence", "expected"), VALUES.values(), ids=VALUES)
def test_values_that_point_outside(outside: Path, ontology: Ontology, key: str, value: str,
                                   evidence: str, expected: Value | list[str]) -> None:
    head = MODEL_FILE.partition("facts:\n")[0] + "facts:\n"
    other = "id: {0}\nlabel: {0}\nis_model: true\nprimary_family: foundation model\n"
    make(outside, {M: head + fact(key, value, evidence),
                   **{f"models/{n}.yaml": other.format(n) for n in ("n", "scgpt-lung-model")}})
    found = [line for line in faults(outside, ontology) if line.startswith("models/")]
    if isinstance(expected, Value):
        assert found == []
        facts = read_catalogue(outside, ontology).records[0].facts
        assert [one.value for one in facts] == [expected]
        return
    assert len(found) == len(expected), found
    for line, pattern in zip(found, expected, strict=True):
        assert re.match(pattern, line.removeprefix("models/").replace(".yaml", "", 1)), line


@pytest.mark.parametrize(("right", "expected"), [
    ("Homo sapiens", []),
    ("NCBITaxon:9606", []),
    ("Mus musculus", [r".*'corrected_by' names the claim's own value"]),
    ("human", [r".*:14: 'human' is no value of 'organism' here; name one by its label or id"]),
    ("NCBITaxon:9598", [r".*'corrected_by: NCBITaxon_9598' is no accepted value of 'organism'"]),
])
def test_corrections_name_a_term_by_label_or_id(outside: Path, ontology: Ontology, right: str,
                                                expected: list[str]) -> None:
    facts = fact("organism", "value: Mus musculus\nid: NCBITaxon:10090", REJECTED.format(right))
    facts += fact("organism", HUMAN).partition("\n")[2]
    make(outside, {D: "id: d\nlabel: D\ntype: atlas\nfacts:\n" + facts})
    found = faults(outside, ontology)
    assert len(found) == len(expected), found
    for pattern, line in zip(expected, found, strict=True):
        assert re.match(pattern, line), line
    if not expected:
        (record,) = (r for r in read_catalogue(outside, ontology).records if r.kind == "dataset")
        assert record.facts[0].evidence[0].corrected_by == Value(OBO + "NCBITaxon_9606")


def test_many_unknown_terms_are_told_soon(outside: Path, ontology: Ontology) -> None:
    facts = "".join(f"    - value: lung of kind {n}\n      id: UBERON:99{n:05}\n{EVIDENCE}"
                    for n in range(100))
    make(outside, {D: f"id: d\nlabel: D\ntype: atlas\nfacts:\n  tissue:\n{facts}"})
    start = time.process_time()
    assert len(faults(outside, ontology)) == 100
    assert time.process_time() - start < 20


@given(st.text(max_size=40))
def test_slugs_are_slugs(text: str) -> None:
    made = slug(text)
    assert made == "" or SLUG.fullmatch(made)
    assert slug(made) == made


def test_the_example_is_a_good_file(root: Path, outside: Path, ontology: Ontology) -> None:
    """docs/catalogue.md shows this file: two sources, a dispute, an absence, two variants."""
    examples = root / "tests" / "fixtures" / "catalogue"
    make(outside, {
        "models/celloraclenet.yaml": (examples / "example-model.yaml").read_bytes(),
        "publications/celloraclenet-2026.yaml":
            (examples / "example-publication.yaml").read_bytes(),
    })
    assert faults(outside, ontology) == []
    records = {r.iri: r for r in read_catalogue(outside, ontology).records}
    model = records[MODEL.celloraclenet]
    evidence = {(f.property.key, f.value.text): f.evidence for f in model.facts}
    assert len({e.source for e in evidence["modality", L4C.SingleCellRNASeq]}) == 2
    assert L4C.Disputed in {e.verdict for e in evidence["supports_task", L4C.BatchIntegration]}
    assert evidence["grounding", L4C.GroundingSource][0].polarity == L4C.Denied
    assert sum(r.variant_of == model.iri for r in records.values()) == 2
