"""README and docs say what is so: numbers, commands, files, links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from llm4cell.catalogue import EVIDENCE_KEYS
from llm4cell.cli.group import _COMMANDS
from llm4cell.store import EmbeddedStore

PREFIX = "PREFIX l4c: <https://w3id.org/llm4cell/ontology/> "
COUNTS = {
    "models": "SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a l4c:Model ; l4c:listedIn ?s }",
    "data resources": "SELECT (COUNT(DISTINCT ?x) AS ?n) "
    "{ ?x a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* l4c:Dataset ; "
    "l4c:listedIn ?s }",
    "statements": "SELECT (COUNT(DISTINCT ?i) AS ?n) "
    "{ ?c <http://purl.org/dc/terms/identifier> ?i ; l4c:statement ?t }",
    "errata": "SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a l4c:Erratum }",
}


def pages(root: Path) -> list[Path]:
    return [
        root / "README.md",
        root / "CONTRIBUTING.md",
        *sorted((root / "docs").rglob("*.md")),
        *sorted((root / "ontology").rglob("*.md")),
    ]


@pytest.mark.parametrize("what", COUNTS)
def test_readme_numbers_come_from_the_graph(root: Path, what: str) -> None:
    found = re.search(rf"(\d+) {what}", (root / "README.md").read_text())
    assert found, what
    ((cell,),) = EmbeddedStore().select(PREFIX + COUNTS[what]).rows
    assert cell is not None
    assert found[1] == cell.value


def test_links_lead_somewhere(root: Path) -> None:
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in pages(root)
        for target in re.findall(r"\]\(([^)#]+)", page.read_text())
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert broken == []


def test_named_files_and_folders_exist(root: Path) -> None:
    missing = [
        f"{page.relative_to(root)}: {name}"
        for page in pages(root)
        for name in re.findall(
            r"`((?:ontology|graphs|shapes|queries|src|docs)/[\w./-]*)`", page.read_text()
        )
        if not (root / name).exists()
    ]
    assert missing == []


def test_commands_in_the_docs_exist(root: Path) -> None:
    used = {
        word
        for page in pages(root)
        for word in re.findall(
            r"llm4cell ([a-z]+)", page.read_text().replace("llm4cell knowledge", "")
        )
    }
    assert used <= set(_COMMANDS), used - set(_COMMANDS)


def test_architecture_names_every_module(root: Path) -> None:
    text = (root / "docs" / "architecture.md").read_text()
    package = root / "src" / "llm4cell"
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert [name for name in sorted(modules) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("command", _COMMANDS)
def test_help_reads_without_extras(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llm4cell", command, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: ")


def test_the_example_is_the_tested_one(root: Path) -> None:
    example = (root / "tests" / "fixtures" / "catalogue" / "example-model.yaml").read_text()
    assert f"```yaml\n{example}```" in (root / "docs" / "catalogue.md").read_text()


def test_catalogue_page_names_every_key(root: Path) -> None:
    text = (root / "docs" / "catalogue.md").read_text()
    assert [key for key in EVIDENCE_KEYS if f"`{key}`" not in text] == []
