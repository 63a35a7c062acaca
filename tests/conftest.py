"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from llm4cell.ontology import load_ontology

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm4cell.ontology import Ontology

ROOT = Path(__file__).resolve().parents[1]


class RunCli(Protocol):
    """Run ``python -m llm4cell ARGS`` as a user would; keywords go to subprocess.run."""

    def __call__(self, *args: str, cwd: Path = ..., **options: Any) -> Finished: ...


Finished = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    """The real ontology; tests must not change it."""
    return load_ontology(ROOT / "ontology" / "llm4cell.ttl")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of ontology/ and graphs/ that a test may spoil."""
    for name in ("ontology", "graphs"):
        shutil.copytree(ROOT / name, tmp_path / "project" / name)
    return tmp_path / "project"


@pytest.fixture(scope="session")
def run_cli() -> RunCli:
    def run(*args: str, cwd: Path = ROOT, env: dict[str, str] | None = None,
            **options: Any) -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "llm4cell", *args], cwd=cwd, capture_output=True,
            encoding="utf-8", timeout=60, check=False, env={**os.environ, **(env or {})}, **options,
        )

    return run


@pytest.fixture(scope="session")
def requires() -> Callable[[str], str]:
    """Return where a program is; without it a test is skipped, but fails in CI, which has all."""
    def find(tool: str) -> str:
        path = shutil.which(tool)
        if path is None:
            absent = pytest.fail if os.environ.get("CI") else pytest.skip
            absent(f"{tool} is not installed")
        return path

    return find
