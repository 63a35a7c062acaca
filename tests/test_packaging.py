"""Wheel and sdist: what they hold, and that they work with no checkout beside them."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from the checkout without a network."""
    target = tmp_path_factory.mktemp("dist")
    code = (
        "import sys; from hatchling.build import build_sdist, build_wheel; "
        "build_sdist(sys.argv[1]); build_wheel(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(target)], cwd=root, check=True,
                   capture_output=True)
    return target


def test_wheel_holds_package_and_data(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "llm4cell/__init__.py",
        "llm4cell/py.typed",
        "llm4cell/cli/main.py",
        "llm4cell/data/ontology/llm4cell.ttl",
        "llm4cell/data/ontology/catalog-v001.xml",
        "llm4cell/data/graphs/claims.ttl",
        "llm4cell/data/graphs/catalog-v001.xml",
        "llm4cell/data/queries/epigenomic-models-for-trajectory.rq",
    } <= names
    assert any(name.startswith("llm4cell/data/shapes/record/") for name in names)
    assert not any("catalogue/" in name or "tests/" in name for name in names)


def test_sdist_holds_what_building_needs(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    names = {name.partition("/")[2] for name in tarfile.open(sdist).getnames()}
    assert {
        "pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA", "Makefile",
        "graphs/catalogue/models/epiagent.yaml", "shapes", "ontology/llm4cell.ttl",
        "tests/test_packaging.py",
    } <= names | {str(Path(name).parent) for name in names} | {n.split("/")[0] for n in names}


def test_wheel_answers_alone(built: Path, tmp_path: Path) -> None:
    """Unpacked on its own, the wheel finds its data, not the checkout's."""
    (wheel,) = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import llm4cell.cli.main as m; "
        "assert m.__file__.startswith(sys.argv[1]), m.__file__; "
        "sys.argv = ['llm4cell', 'query', 'epigenomic-models-for-trajectory', '-f', 'json']; m.main()"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=tmp_path,
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 0, done.stderr
    assert "model/epiagent" in done.stdout
