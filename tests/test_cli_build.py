"""llm4cell build and llm4cell new, as typed: exit codes, messages, and names of every kind."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llm4cell.catalogue import examine_catalogue
from llm4cell.cli import group
from llm4cell.errors import InputError, MissingExtraError
from llm4cell.resources import find_root
from llm4cell.templates import start_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import RunCli
    from llm4cell.ontology import Ontology

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process; returns exit code, output and errors."""
    def call(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["llm4cell", *args])
        code = group.run()
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A root with an empty catalogue."""
    (tmp_path / "graphs" / "catalogue").mkdir(parents=True)
    return tmp_path


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


# -- root ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("build",), ("build", "--check"), ("new", "model", "X")])
@pytest.mark.parametrize("where", ["nowhere", "graphs", "ontology/llm4cell.ttl", "x" * 5000])
def test_a_root_without_a_catalogue(run: Run, root: Path, command: tuple[str, ...],
                                    where: str) -> None:
    """--root is that folder itself: what lies above it is not searched."""
    code, out, err = run(*command, "--root", str(root / where))
    assert (code, out) == (2, "")
    assert err.startswith("llm4cell: ")
    assert err.count("\n") == 1


def test_no_root_here_or_above(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("build")
    assert (code, out) == (2, "")
    assert err == (f"llm4cell: {tmp_path}: no folder graphs/catalogue here or above; "
                   "run this inside a checkout or name one with --root\n")


def test_the_nearest_root_above(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = empty / "graphs" / "catalogue"
    monkeypatch.chdir(below)
    assert find_root() == empty
    assert find_root(Path("../..")) == empty
    with pytest.raises(InputError, match="no folder graphs/catalogue in it"):
        find_root(below)


# -- build -----------------------------------------------------------------------------------


def test_all_findings_on_stderr_and_nothing_written(run: Run, project: Path) -> None:
    catalogue = project / "graphs" / "catalogue"
    for path in (project / "graphs").glob("*.ttl"):
        path.unlink()
    (catalogue / "models" / "broken.yaml").write_text("id: [broken\n")
    (catalogue / "models" / "bad.yaml").write_text("id: bad\nlabel:\nis_modle: true\n")
    before = files(project)
    code, out, err = run("build", "--root", str(project))
    assert (code, out) == (2, "")
    assert [line.partition("; ")[0].removeprefix("graphs/catalogue/models/")
            for line in err.splitlines()] == [
        "bad.yaml:1: a model has no 'is_model'", "bad.yaml:1: a model has no 'primary_family'",
        "bad.yaml:2: 'label' has no value", "bad.yaml:3: unknown key 'is_modle' in a model",
        "broken.yaml:2: not YAML: while parsing a flow sequence did not find expected ',' or ']'",
        "5 problems"]
    assert files(project) == before


def test_stale_is_one_with_a_diff_on_stdout(run: Run, project: Path) -> None:
    assert run("build", "--root", str(project))[0] == 0
    assert run("build", "--check", "--root", str(project))[:2] == (0, "")
    path = project / "graphs" / "challenges.ttl"
    text = path.read_text()
    path.write_text(text.replace('"section 7.1"', '"section 7.0"'))
    (project / "graphs" / "models.ttl").unlink()
    before = files(project)
    code, out, err = run("build", "--check", "--root", str(project))
    assert (code, err) == (1, "stale; run: llm4cell build\n")
    assert out.splitlines()[:2] == ["graphs/models.ttl: missing",
                                    "--- graphs/challenges.ttl (on disk)"]
    assert '-    l4c:locator "section 7.0" ;\n+    l4c:locator "section 7.1" ;\n' in out
    assert files(project) == before
    code, out, err = run("build", "--root", str(project))
    assert (code, out.split()) == (0, ["graphs/models.ttl", "graphs/challenges.ttl"])
    assert re.fullmatch(r"\d+ records, \d+ triples; 2 of \d+ files changed\n", err)
    assert path.read_text() == text


def test_an_output_that_cannot_be_written(project: Path, run_cli: RunCli) -> None:
    """A diff with letters that the terminal lacks, and an output that is full: no traceback."""
    path = project / "graphs" / "challenges.ttl"
    path.write_text(path.read_text() + "\n<x> <y> '\u6a21' .\n", encoding="utf-8")
    done = run_cli("build", "--check", cwd=project, env={"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 1, done.stderr
    assert "\\u6a21" in done.stdout
    with Path("/dev/full").open("w") as full:
        full.fileno()
        os.set_inheritable(full.fileno(), True)
        done = run_cli("build", "--help", cwd=project, preexec_fn=lambda: os.dup2(full.fileno(), 1))
    assert done.returncode == 2
    assert done.stderr == "llm4cell: cannot write the output: No space left on device\n"


def test_without_its_packages_the_command_names_the_extra(run: Run, root: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    code, _, err = run("build", "--check", "--root", str(root))
    assert code == 2
    assert str(MissingExtraError("llm4cell build", "yaml", "build")) in err


def test_without_the_guide_slims_name_the_extra(run: Run, project: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cellxgene_ontology_guide.supported_versions", None)
    code, out, err = run("build", "--slims", "--root", str(project))
    assert (code, out) == (2, "")
    assert str(MissingExtraError("llm4cell build --slims", "cellxgene-ontology-guide",
                                 "check")) in err
    assert run("build", "--check", "--root", str(project))[:2] == (0, "")
    path = project / "ontology" / "imports" / "efo.ttl"
    # A term of the mapping table alone: one of the catalogue would be a fault of that.
    path.write_text(path.read_text().replace("EFO:0000548", "EFO:1000548"))
    code, out, err = run("build", "--check", "--root", str(project))
    assert (code, err) == (1, "stale; run: llm4cell build --slims\n")
    assert "ontology/imports/efo.ttl: EFO:0000548 is missing; run: llm4cell build --slims" in out


@pytest.mark.parametrize(("args", "message"), [
    (("biuld",), "no command 'biuld'; did you mean 'build'?"),
    (("build", "--chekc"), "--chekc"),
    (("build", "x"), "unexpected extra argument"),
    (("new", "x", "y"), "'x' is not one of 'model', 'dataset', 'publication'"),
    (("new", "model"), "Missing argument 'NAME'"),
])
def test_usage_errors(run: Run, args: tuple[str, ...], message: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("Usage: llm4cell ")


# -- new -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["model", "dataset", "publication"])
def test_build_names_every_hole_of_a_new_file(run: Run, empty: Path, ontology: Ontology,
                                              kind: str) -> None:
    code, out, err = run("new", kind, "Cell Oracle Net", "--root", str(empty))
    path = empty / "graphs" / "catalogue" / f"{kind}s" / "cell-oracle-net.yaml"
    assert (code, out) == (0, f"{path}\n")
    assert err == "fill the holes, then run: llm4cell build && llm4cell validate\n"
    lines = path.read_text().splitlines()
    assert lines[0] == f"# yaml-language-server: $schema=../schema/{kind}.json"
    holes = {number for number, line in enumerate(lines, 1)
             if re.fullmatch(r"[ -]*(?!evidence|facts)[a-z_]+:( +#.*)?", line)
             and not (lines[number:] and re.match(r" +- ", lines[number])
                      and "value" not in line and "locator" not in line and "kind" not in line)}
    _, problems = examine_catalogue(empty, ontology)
    named = {int(str(problem).split(":")[1]) for problem in problems}
    assert named == holes
    assert len(problems) == len(holes) >= 9
    assert all("has no value; give one or remove the key" in str(p) for p in problems)


def test_an_existing_file_is_left_alone(run: Run, empty: Path) -> None:
    for name in ("a.yaml", "b.yml"):
        path = empty / "graphs" / "catalogue" / "models" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
        code, out, err = run("new", "model", name[0].upper(), "--root", str(empty))
        assert (code, out) == (2, "")
        assert err == f"llm4cell: {path}: exists already; edit it, or choose another name\n"
        assert path.read_text() == "mine"
    (empty / "graphs/catalogue/models/c.yaml").symlink_to(empty / "elsewhere")
    assert run("new", "model", "c", "--root", str(empty))[0] == 2
    assert not (empty / "elsewhere").exists()


NAMES = {
    "../../x": "x", "/etc/passwd": "etc-passwd", "a: b": "a-b", 'say "x"': "say-x", "it's": "it-s",
    "# x": "x", "- x": "x", "null": "null", "true": "true", "no": "no", "0123": "0123",
    "1e5": "1e5", "{x}": "x", "%x": "x", "*x": "x", "&x": "x", "!x": "x", "|x": "x", "@x": "x",
    "x\\y": "x-y", "scGPT \U0001f9ec": "scgpt", "caf\u00e9 1": "caf-1",
    "  two   words ": "two-words",
    "{evidence}": "evidence", "x" * 300: "x" * 100, "con.yaml": "con-yaml",
}


@pytest.mark.parametrize(("name", "stem"), NAMES.items(), ids=[name[:20] for name in NAMES])
def test_odd_names_are_safe(empty: Path, ontology: Ontology, name: str, stem: str) -> None:
    path = start_record(empty, "dataset", name)
    assert files(empty) == [f"graphs/catalogue/datasets/{stem}.yaml"]
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (written["id"], written["label"]) == (stem, " ".join(name.split()))
    catalogue, _ = examine_catalogue(empty, ontology)
    assert (catalogue.records[0].label, catalogue.records[0].iri) == (
        " ".join(name.split()), f"https://w3id.org/llm4cell/dataset/{stem}")


@pytest.mark.parametrize("name", ["", " ", "..", "\U0001f9ec", "\u6a21\u578b", "a\0b", "a\x1b[31m",
                                  "a\u202eb", "a\ud800", "-", "x" * 301, "x" * 100_000])
def test_names_that_are_refused(run: Run, empty: Path, name: str) -> None:
    code, out, err = run("new", "model", "--root", str(empty), "--", name)
    assert (code, out) == (2, "")
    assert "a name needs a letter a-z or a digit" in err
    assert len(err) < 250
    assert err.rstrip("\n").isprintable()
    assert files(empty) == []


@given(st.text(max_size=30))
def test_any_name_is_refused_or_comes_back(tmp_path_factory: pytest.TempPathFactory,
                                           ontology: Ontology, name: str) -> None:
    root = tmp_path_factory.mktemp("new")
    (root / "graphs" / "catalogue").mkdir(parents=True)
    try:
        path = start_record(root, "publication", name)
    except InputError:
        assert files(root) == []
        return
    assert path.parent == root / "graphs" / "catalogue" / "publications"
    catalogue, _ = examine_catalogue(root, ontology)
    assert catalogue.records[0].label == " ".join(name.split())


def test_a_full_disk_leaves_no_half_file(run: Run, empty: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def full(self: Path, mode: str = "r", **options: str) -> object:
        with real(self, mode, **options):  # type: ignore[call-overload]
            pass
        return real(Path("/dev/full"), "w")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(OSError, match="No space left"):
            start_record(empty, "model", "x")
    assert files(empty) == []
    assert run("new", "model", "x", "--root", str(empty))[0] == 0
