"""Wheel and sdist: what they hold, and that they work with no checkout beside them.

One virtual environment, with what 'pip install llm4cell' gives and nothing else, serves all tests.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

# What a question needs; each addition makes every user's installation larger.
CORE = {"click", "pyoxigraph", "rich"}
# In no 'all': what only developers need, and models of hundreds of MB.
APART = {"all", "dev", "embeddings"}


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from the checkout without a network."""
    target = tmp_path_factory.mktemp("dist")
    code = (
        "import sys; from hatchling.build import build_sdist, build_wheel; "
        "build_sdist(sys.argv[1]); build_wheel(sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=root, check=True, capture_output=True
    )
    return target


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


class Installed:
    """The wheel in an environment of its own; commands run in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.cwd = folder / "elsewhere"
        self.cwd.mkdir()
        # No way back to the checkout or to this environment's packages.
        self.env = {key: value for key, value in os.environ.items()
                    if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}

    def run(self, *args: str, program: str = "llm4cell") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / program), *args], cwd=self.cwd, env=self.env, capture_output=True,
            encoding="utf-8", check=False, timeout=60,
        )

    def python(self, code: str) -> str:
        done = self.run("-c", code, program="python")
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    # Without pip of its own, which takes longer to set up than all the rest: ours installs there.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")],
                   check=True, capture_output=True)
    made = Installed(folder)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(made.bin / "python"), "install",
         "--no-compile", "--disable-pip-version-check", "--quiet", str(wheel)],
        capture_output=True, text=True, check=False, env=made.env, timeout=300,
    )
    if done.returncode:
        # On a train there is no index to install click from; in CI there is.
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent(f"pip cannot install the wheel: {done.stderr.strip()[-500:]}")
    return made


def metadata(wheel: Path) -> list[tuple[str, str]]:
    """The wheel's requirements as (requirement, extra), '' for the core."""
    archive = zipfile.ZipFile(wheel)
    (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    message = HeaderParser().parsestr(archive.read(name).decode())
    found = []
    for line in message.get_all("Requires-Dist") or []:
        requirement, _, marker = line.partition(";")
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", marker)
        found.append((requirement.strip(), extra[1] if extra else ""))
    return found


# What they hold


def test_wheel_holds_package_and_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "llm4cell/__init__.py",
        "llm4cell/py.typed",
        "llm4cell/cli/group.py",
        "llm4cell/data/ontology/llm4cell.ttl",
        "llm4cell/data/ontology/catalog-v001.xml",
        "llm4cell/data/ontology/imports/cl.ttl",
        "llm4cell/data/ontology/imports/uberon.ttl",
        "llm4cell/data/graphs/claims.ttl",
        "llm4cell/data/graphs/catalog-v001.xml",
        "llm4cell/data/queries/epigenomic-models-for-trajectory.rq",
    } <= names
    assert any(name.startswith("llm4cell/data/shapes/record/") for name in names)
    assert not any("catalogue/" in name or "tests/" in name for name in names)


def test_sdist_holds_what_building_needs(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "LICENSE-DATA",
        "Makefile",
        "graphs/catalogue/models/epiagent.yaml",
        "shapes",
        "ontology/llm4cell.ttl",
        "tests/test_packaging.py",
    } <= names | {str(Path(name).parent) for name in names} | {n.split("/")[0] for n in names}


def test_wheel_from_the_sdist_is_the_same(built: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    code = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=unpacked, check=True,
                   capture_output=True)
    assert contents(tmp_path / wheel.name) == contents(wheel)


def contents(wheel: Path) -> dict[str, int]:
    return {member.filename: member.CRC for member in zipfile.ZipFile(wheel).infolist()}


def test_core_needs_what_a_query_needs(wheel: Path) -> None:
    core = {re.split(r"[^\w-]", requirement)[0] for requirement, extra in metadata(wheel)
            if not extra}
    assert core == CORE


def test_all_takes_every_extra_but_embeddings(wheel: Path) -> None:
    found: dict[str, set[str]] = {}
    for requirement, extra in metadata(wheel):
        found.setdefault(extra, set()).add(requirement)
    others = [needs for extra, needs in found.items() if extra and extra not in APART]
    assert found["all"] == set().union(*others)


# Installed, with no checkout beside it


def test_only_the_core_is_installed(installed: Installed) -> None:
    names = installed.python(
        "from importlib.metadata import distributions as d; "
        "print(*sorted(x.metadata['Name'].lower() for x in d()))").split()
    # rich brings three small ones of its own.
    assert set(names) == CORE | {"llm4cell", "markdown-it-py", "mdurl", "pygments"}
    where = installed.python("import llm4cell; print(llm4cell.__file__)").strip()
    assert Path(where).is_relative_to(installed.bin.parent)


def test_it_answers(installed: Installed) -> None:
    done = installed.run("query", "epigenomic-models-for-trajectory", "-f", "json")
    assert done.returncode == 0, done.stderr
    assert "model/epiagent" in done.stdout
    done = installed.run("query", "epigenomic-models-for-trajectory")
    assert "EpiAgent" in done.stdout, done.stderr


def test_it_shows(installed: Installed) -> None:
    done = installed.run("show", "epiagent")
    assert done.returncode == 0, done.stderr
    assert "survey table" in done.stdout


def test_it_links(installed: Installed) -> None:
    done = installed.run("link", "Treg", "-f", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["candidates"][0]["id"] == "CL:0000815"


def test_it_runs_as_a_module(installed: Installed) -> None:
    done = installed.run("-m", "llm4cell", "--version", program="python")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("llm4cell, version ")


@pytest.mark.parametrize("form", ["ttl", "rdfxml", "jsonld", "nquads", "csv"])
def test_it_exports(installed: Installed, form: str) -> None:
    done = installed.run("export", "-f", form, "-o", f"out.{form}")
    assert done.returncode == 0, done.stderr
    data = (installed.cwd / f"out.{form}").read_bytes()
    assert b"epiagent" in data
    if form == "csv":
        assert len(list(csv.reader(data.decode().splitlines(keepends=True)))) > 1000
    if form == "jsonld":
        assert len(json.loads(data)) > 1000


def test_it_compares_wheels(installed: Installed, wheel: Path, root: Path) -> None:
    done = installed.run("diff", str(wheel), str(root))
    assert (done.returncode, done.stderr.strip()) == (0, "the graphs agree")


def test_it_is_there_for_python(installed: Installed) -> None:
    out = installed.python(
        "import llm4cell; kg = llm4cell.load(); "
        "print(*(m.id for m in kg.models(family='epigenomic', task='trajectory inference'))); "
        "print(len(kg.model('epiagent').facts), len(kg.query('models-by-family-and-task')))")
    ids, counts = out.splitlines()
    assert set(ids.split()) <= {"epiagent", "epifoundation"}
    assert all(int(count) > 0 for count in counts.split())


@pytest.mark.parametrize(
    ("args", "extra"),
    [
        (["build"], "build"),
        (["validate"], "validate"),
        (["check"], "check"),
        (["reason"], "reason"),
        (["export", "-f", "graphml", "-o", "out.graphml"], "analysis"),
    ],
)
def test_a_command_names_the_extra_it_needs(
    installed: Installed, wheel: Path, args: list[str], extra: str
) -> None:
    done = installed.run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"run: pip install 'llm4cell[{extra}]'" in done.stderr
    assert f"'llm4cell {args[0]}" in done.stderr
    assert "Traceback" not in done.stderr
    assert extra in {name for _, name in metadata(wheel)}


@pytest.mark.parametrize(
    ("code", "call", "extra"),
    [
        ("kg.graph", "kg.graph", "build"),
        ("kg.to_networkx()", "kg.to_networkx()", "analysis"),
        ("kg.query('models-by-family-and-task').to_pandas()", "to_pandas()", "analysis"),
    ],
)
def test_python_names_the_extra_it_needs(
    installed: Installed, code: str, call: str, extra: str
) -> None:
    done = installed.run("-c", f"import llm4cell; kg = llm4cell.load(); {code}", program="python")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"llm4cell.errors.MissingExtraError: '{call}' needs the package")
    assert last.endswith(f"run: pip install 'llm4cell[{extra}]'")


def test_every_command_has_help(installed: Installed) -> None:
    listed = re.findall(r"^  ([a-z]+) {2,}", installed.run("--help").stdout, re.MULTILINE)
    assert "query" in listed
    for name in listed:
        done = installed.run(name, "--help")
        assert done.returncode == 0, (name, done.stderr)
