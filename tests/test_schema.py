"""The JSON Schemas accept every catalogue file, refuse bad ones, and agree with the reader."""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from llm4cell.catalogue import FOLDERS, KEYS
from llm4cell.schema import schemas

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm4cell.ontology import Ontology

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "graphs" / "catalogue"
LISTS = ("statements", "errata", "challenges", "rubrics")


class Loader(yaml.SafeLoader):
    """YAML as editors read it: the core schema of YAML 1.2, without its sexagesimals and dates."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"),
                                 list(first))
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def files() -> list[tuple[str, Path]]:
    """Return (schema, file) of the catalogue and of the examples that the documentation shows."""
    found = [(kind, path) for kind, folder in FOLDERS.items()
             for path in sorted((CATALOGUE / folder).glob("*.yaml"))]
    found += [(name, CATALOGUE / f"{name}.yaml") for name in LISTS]
    examples = ROOT / "tests" / "fixtures" / "catalogue"
    return [*found, ("model", examples / "example-model.yaml"),
            ("publication", examples / "example-publication.yaml")]


@pytest.fixture(scope="module")
def check(ontology: Ontology) -> Callable[[str, Any], list[str]]:
    made = schemas(ontology)

    @cache
    def validator(kind: str) -> Draft202012Validator:
        Draft202012Validator.check_schema(made[kind])
        return Draft202012Validator(made[kind])

    return lambda kind, data: [f"{error.json_path}: {error.message[:200]}"
                               for error in validator(kind).iter_errors(data)]


def test_there_is_a_schema_for_each_file(ontology: Ontology) -> None:
    assert set(schemas(ontology)) == {*FOLDERS, *LISTS}


def test_every_file_of_the_catalogue_fits(check: Callable[[str, Any], list[str]]) -> None:
    found = files()
    assert len(found) > 100
    assert {path.name: faults for kind, path in found if (faults := check(kind, load(path)))} == {}


def test_every_file_names_its_schema() -> None:
    for kind, path in files():
        head = path.read_text(encoding="utf-8").partition("\n")[0]
        folder = "schema" if kind in LISTS else "../schema"
        assert head == f"# yaml-language-server: $schema={folder}/{kind}.json", path


def test_editors_are_offered_every_key(ontology: Ontology) -> None:
    made = schemas(ontology)
    for kind in FOLDERS:
        assert list(made[kind]["properties"]) == list(KEYS[kind])
    assert list(made["errata"]["items"]["properties"]) == list(KEYS["erratum"])
    assert list(made["challenges"]["items"]["properties"]) == list(KEYS["challenge"])
    rubric = made["rubrics"]["items"]["properties"]
    assert list(rubric) == list(KEYS["rubric"])
    assert list(rubric["criteria"]["items"]["properties"]) == list(KEYS["criterion"])
    model = made["model"]["properties"]
    assert list(model["leads"]["items"]["properties"]) == list(KEYS["lead"])
    assert list(model["not_found"]["items"]["properties"]) == list(KEYS["search"])


EXAMPLE = load(ROOT / "tests" / "fixtures" / "catalogue" / "example-model.yaml")
REMOVE = object()
# Where in the example, and what to put there: each must be refused at that place.
SPOILT: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "unknown key": (("lable",), "x"),
    "no label": (("label",), REMOVE),
    "label of another type": (("label",), ["x"]),
    "empty label": (("label",), ""),
    "id that is no slug": (("id",), "My Model"),
    "word for truth": (("is_model",), "yes"),
    "root as family": (("primary_family",), "model"),
    "unknown property": (("facts", "cell_count"), []),
    "misspelt task": (("facts", "supports_task", 0, "value"), "trajectroy inference"),
    "task and words": (("facts", "supports_task", 0, "text"), "x"),
    "no value": (("facts", "supports_task", 0, "value"), REMOVE),
    "no evidence": (("facts", "supports_task", 0, "evidence"), REMOVE),
    "empty evidence": (("facts", "supports_task", 0, "evidence"), []),
    "no source": (("facts", "supports_task", 0, "evidence", 0, "source"), REMOVE),
    "file as source": (("facts", "supports_task", 0, "evidence", 0, "source"), "file:///etc/x"),
    "spaces in source": (("facts", "supports_task", 0, "evidence", 0, "source"), "https://a b"),
    "unknown kind": (("facts", "supports_task", 0, "evidence", 0, "kind"), "paper"),
    "root as verdict": (("facts", "supports_task", 0, "evidence", 0, "verdict"), "verdict"),
    "level in a fact": (("facts", "supports_task", 0, "evidence", 0, "level"), "present"),
    "time of no zone": (("facts", "supports_task", 0, "evidence", 0, "retrieved"), "2026-01-01"),
    "text as erratum": (("facts", "supports_task", 0, "evidence", 0, "errata"), ["x"]),
    "correction of a judgement": (("assessments", 0, "evidence", 0, "corrected_by"), "x"),
    "unknown dimension": (("assessments", 0, "dimension"), "beauty"),
    "variant of a variant": (("variants", 0, "variants"), []),
    "number as truth": (("facts", "is_agentic", 0, "value"), 0),
    "term without its id": (("facts", "organism", 0, "id"), REMOVE),
    "id of another vocabulary": (("facts", "organism", 0, "id"), "UBERON:0002048"),
    "IRI as an id": (("facts", "organism", 0, "id"),
                     "http://purl.obolibrary.org/obo/NCBITaxon_9606"),
    "id on a task": (("facts", "supports_task", 0, "id"), "EDAM:operation_3432"),
    "license that is none": (("facts", "code_license", 0, "value"), "MTI"),
    "address without a scheme": (("facts", "code_repository", 0, "value"), "github.com/a"),
    "lead of no property": (("leads", 0, "property"), "colour"),
    "lead of nothing": (("leads", 0, "property"), REMOVE),
    "lead of two": (("leads", 0, "dimension"), "scalability"),
    "level on a property": (("leads", 0, "level"), "present"),
    "level without judge": (("assessments", 0, "evidence", 0, "level"), "present"),
    "judge without level": (("assessments", 0, "evidence", 0, "judge"), "ten-dimensions-1"),
    "explanation without level": (("assessments", 0, "evidence", 0, "explanation"), "why"),
    "search at no time": (("not_found", 0, "on"), "yesterday"),
    "search nowhere": (("not_found", 0, "searched"), REMOVE),
}


@pytest.mark.parametrize(("path", "value"), SPOILT.values(), ids=SPOILT)
def test_a_bad_file_does_not_fit(check: Callable[[str, Any], list[str]],
                                 path: tuple[str | int, ...], value: Any) -> None:
    data = copy.deepcopy(EXAMPLE)
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    if value is REMOVE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    assert len(check("model", data)) == 1


@pytest.mark.parametrize(("kind", "data"), [
    ("dataset", {"id": "d", "label": "D", "type": "atlas", "facts": {"cell_count": [
        {"value": "650k", "evidence": [{"source": "p", "locator": "x", "kind": "registry"}]}]}}),
    ("errata", [{"source": "p", "number": "two", "kind": "count", "text": "x"}]),
    ("errata", {"source": "p"}),
    ("challenges", [{"id": "a", "label": "A", "source": "p", "locator": "x", "description": "x",
                     "touches": ["weather"]}]),
    ("statements", [{"about": "scGPT"}]),
    ("rubrics", [{"id": "r", "label": "R", "version": "1", "criteria": [
        {"dimension": "scalability", "level": "high", "description": "x"}]}]),
    ("rubrics", [{"id": "r", "label": "R", "criteria": []}]),
    ("errata", [{"source": "p", "number": 96, "kind": "count", "text": "x",
                 "shown_by": ["ftp://example.org"]}]),
])
def test_other_bad_files(check: Callable[[str, Any], list[str]], kind: str, data: Any) -> None:
    assert len(check(kind, data)) == 1
