"""The build gives the same bytes each time, writes whole files only, and says what is stale."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Literal, URIRef

from llm4cell.build import Build, build, differences, serialise, write
from llm4cell.errors import BuildError, CatalogueError, OntologyError
from llm4cell.vocabulary import (
    GRAPHS,
    IMPORTS,
    L4C,
    MODEL,
    ONTOLOGY,
    OWL,
    RDF,
    RDFS,
    SLIMS,
    XSD,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import RunCli

ROOT = Path(__file__).resolve().parents[1]


@cache
def _made() -> Build:
    return build(ROOT)


@pytest.fixture
def made(project: Path) -> Build:
    """A build of the real catalogue that would be written to ``project``."""
    return replace(_made(), root=project)


def digests(made: Build) -> dict[str, str]:
    return {path: hashlib.sha256((made.root / path).read_bytes()).hexdigest()
            for path in made.files if (made.root / path).is_file()}


def litter(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.tmp")]


def test_turtle_is_laid_out_for_readers() -> None:
    triples = [(URIRef(MODEL + s), URIRef(p), o) for s, p, o in (
        ("b", RDFS.label, Literal("B \u00e9 \"x\"\n")), ("b", RDF.type, URIRef(L4C.Model)),
        ("a", L4C.rowNumber, Literal("1", datatype=URIRef(XSD.integer))),
        ("a", RDF.type, URIRef(OWL.Thing)), ("a", RDF.type, URIRef(L4C.Model)))]
    assert serialise(triples) == """\
@prefix l4c: <https://w3id.org/llm4cell/ontology/> .
@prefix model: <https://w3id.org/llm4cell/model/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

model:a a owl:Thing , l4c:Model ;
    l4c:rowNumber 1 .

model:b a l4c:Model ;
    rdfs:label "B \u00e9 \\"x\\"\\n" .
"""


def test_every_file_is_an_ontology_that_imports_ours() -> None:
    for name in GRAPHS:
        graph = Graph().parse(data=_made().files[f"graphs/{name}.ttl"], format="turtle")
        iri = URIRef(f"https://w3id.org/llm4cell/graph/{name}")
        assert list(graph.subjects(URIRef(RDF.type), URIRef(OWL.Ontology))) == [iri]
        # Graphs with outside terms as values import these.
        terms = [IMPORTS + slim for slim in SLIMS if name in ("models", "datasets")]
        assert sorted(graph.objects(iri, URIRef(OWL.imports))) == [
            URIRef(target) for target in (ONTOLOGY, *terms)]
        assert not [s for s in graph.subjects() if not isinstance(s, URIRef)]


def test_the_same_bytes_whatever_the_surroundings(project: Path, made: Build,
                                                  run_cli: RunCli) -> None:
    made = replace(build(ROOT, slims=True), root=made.root)
    expected = {path: hashlib.sha256(text.encode()).hexdigest()
                for path, text in made.files.items()}
    surroundings = (
        ({"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, project / "graphs", ()),
        ({"PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
          "PYTHONIOENCODING": "ascii", "TZ": "Asia/Tokyo"}, Path("/"), ("--root", str(project))),
    )
    for env, cwd, args in surroundings:
        for path in made.files:
            (project / path).unlink(missing_ok=True)
        done = run_cli("build", "--slims", *args, cwd=cwd, env=env)
        assert (done.returncode, done.stdout.split()) == (0, list(made.files)), done.stderr
        assert digests(made) == expected
    done = run_cli("build", "--check", "--root", str(project), cwd=Path("/"))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{len(made.files)} files are up to date\n"


def test_a_second_build_writes_nothing(made: Build) -> None:
    write(made)
    times = {path: (made.root / path).stat().st_mtime_ns for path in made.files}
    assert differences(made) == []
    assert write(made) == []
    assert {path: (made.root / path).stat().st_mtime_ns for path in made.files} == times
    assert litter(made.root) == []


def test_what_is_stale(made: Build) -> None:
    write(made)
    graphs = made.root / "graphs"
    (graphs / "models.ttl").unlink()
    (graphs / "extra.ttl").write_text("x")
    (graphs / "catalogue/schema/old.json").write_text("{}")
    text = (graphs / "claims.ttl").read_text()
    (graphs / "claims.ttl").write_text(
        text.replace('l4c:locator "Table 7"', 'l4c:locator "Table 8"', 1)
        + "\nclaim:new a l4c:Claim .\n")
    (graphs / "sources.ttl").write_bytes((graphs / "sources.ttl").read_bytes() + b"\n")
    (graphs / "errata.ttl").write_bytes(b"\xff\xfe\0")
    first = next(block for block in text.split("\n\n") if 'l4c:locator "Table 7"' in block)
    lines = differences(made)
    assert lines[0] == "graphs/models.ttl: missing"
    start = lines.index("--- graphs/claims.ttl (on disk)")
    assert lines[start:start + 6] == [
        "--- graphs/claims.ttl (on disk)", "+++ graphs/claims.ttl (built)",
        f" {first.splitlines()[0]}", '-    l4c:locator "Table 8" ;', '+    l4c:locator "Table 7" ;',
        "-claim:new a l4c:Claim ."]
    assert "graphs/sources.ttl: line ends or the order of its parts differ" in lines
    assert "--- graphs/errata.ttl (on disk)" in lines
    assert lines[-1].startswith("graphs/catalogue/schema/old.json: no build makes it; remove it")
    assert lines[-2].startswith("graphs/extra.ttl: no build makes it; remove it")
    assert len(lines) < 100


def shuffled(text: str) -> str:
    lines = text.split("\n")
    random.Random(1).shuffle(lines)
    return "\n".join(lines)


def interleaved(text: str) -> str:
    """Return what difflib is slowest at: every other line is right."""
    return "\n".join(f"{line}\ny{line}" for line in text.split("\n"))


@pytest.mark.parametrize("spoil", [
    shuffled, interleaved,
    lambda text: text.replace("a", "b"), lambda text: text * 20, lambda _: "",
    lambda text: "\n\n".join(reversed(text.split("\n\n"))),
    lambda _: "x\n" * 500_000, lambda _: "x" * 5_000_000, lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace(" .\n", " . \n"),
], ids=["shuffled", "interleaved", "letters", "longer", "empty", "reversed", "many lines",
        "one line", "crlf", "spaces"])
def test_a_large_difference_is_told_soon_and_in_short(made: Build,
                                                      spoil: Callable[[str], str]) -> None:
    write(made)
    stale = {path for path, text in made.files.items() if spoil(text) != text}
    for path in stale:
        (made.root / path).write_bytes(spoil(made.files[path]).encode())
    start = time.process_time()
    lines = differences(made)
    assert time.process_time() - start < 5
    assert {path for path in made.files if any(path in line for line in lines)} == stale
    assert len(lines) < 150 * len(made.files)


def test_faults_of_the_catalogue_and_clashes_are_told_together(project: Path) -> None:
    path = project / "graphs" / "catalogue" / "challenges.yaml"
    path.write_text(path.read_text().replace("- id: ", "- idd: ", 1))
    model = project / "graphs" / "catalogue" / "models" / "n.yaml"
    evidence = "        - {source: llm4cell-2025, locator: Table 7, kind: survey table}\n"
    model.write_text("id: n\nlabel: N\nis_model: true\nprimary_family: foundation model\nfacts:\n"
                     "  family:\n    - value: foundation model\n      evidence:\n" + evidence * 2)
    with pytest.raises(CatalogueError) as error:
        build(project)
    assert [str(problem).partition(";")[0][:60] for problem in error.value.problems] == [
        "graphs/catalogue/challenges.yaml:7: a challenge has no 'id'",
        "graphs/catalogue/challenges.yaml:7: unknown key 'idd' in a c",
        "graphs/catalogue/models/n.yaml:10: the same claim as in grap"]


@pytest.mark.parametrize(("content", "message"), [
    (None, "missing"), ("@prefix : <x", "not Turtle")])
def test_an_ontology_that_cannot_be_read(project: Path, content: str | None, message: str) -> None:
    path = project / "ontology" / "llm4cell.ttl"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(OntologyError, match=message):
        build(project)


# -- writing ---------------------------------------------------------------------------------


def spoil_all(made: Build) -> dict[str, str]:
    """Make every file old, so that the build has to write each."""
    for path in made.files:
        (made.root / path).write_text(f"old {path}\n")
    return digests(made)


def test_a_file_in_place_of_a_folder(made: Build) -> None:
    before = spoil_all(made)
    schema = made.root / "graphs" / "catalogue" / "schema"
    shutil.rmtree(schema)
    schema.write_text("in the way")
    with pytest.raises(BuildError, match=r"schema/model\.json: cannot be written \(.*\); nothing"):
        write(made)
    assert digests(made) == {path: d for path, d in before.items() if "/schema/" not in path}
    assert schema.read_text() == "in the way"
    assert litter(made.root) == []


def test_a_folder_in_place_of_a_file(made: Build) -> None:
    before = spoil_all(made)
    path = "graphs/catalog-v001.xml"
    (made.root / path).unlink()
    (made.root / path).mkdir()
    with pytest.raises(BuildError, match=r"v001\.xml: cannot be written \(Is a directory\)"):
        write(made)
    assert digests(made) == {p: digest for p, digest in before.items() if p != path}
    assert litter(made.root) == []


def test_a_folder_where_nothing_can_be_written(made: Build) -> None:
    with pytest.raises(BuildError, match=r"^/proc/graphs/models\.ttl: cannot be written"):
        write(replace(made, root=Path("/proc")))


def test_a_full_disk_at_any_file(made: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    before = spoil_all(made)
    for good in (0, 3, len(made.files) - 1):
        left = [good]

        def fill(_: int, left: list[int] = left) -> None:
            if not left[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left[0] -= 1

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fill)
            with pytest.raises(BuildError, match=r"\(No space left on device\); nothing was"):
                write(made)
        assert digests(made) == before
        assert litter(made.root) == []
    write(made)
    assert differences(made) == []


def test_a_disk_that_is_really_full(project: Path, made: Build, run_cli: RunCli) -> None:
    """The kernel cuts files at 100 kB, as it does where a disk or a quota is full."""
    before = spoil_all(made)
    done = run_cli("build", cwd=project, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (100_000, 100_000)))
    assert done.returncode == 2
    assert "cannot be written (File too large); nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr
    assert digests(made) == before
    assert litter(project) == []


# Runs the command line, and stops where a file is saved or replaced until it is killed.
STOP = """
import os, pathlib, sys, time
stage, number = sys.argv.pop(1), int(sys.argv.pop(1))
def stop(real):
    def run(*args):
        global number
        number -= 1
        if number == 0:
            print("here", flush=True)
            time.sleep(60)
        return real(*args)
    return run
if stage == "save":
    os.fsync = stop(os.fsync)
else:
    pathlib.Path.replace = stop(pathlib.Path.replace)
from llm4cell.cli import main
main()
"""


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["ctrl-c", "kill", "kill-9"])
@pytest.mark.parametrize("stage", ["save", "replace"])
def test_a_build_that_is_stopped(made: Build, stage: str, number: signal.Signals) -> None:
    before = spoil_all(made)
    process = subprocess.Popen(
        [sys.executable, "-c", STOP, stage, "4", "build", "--root", str(made.root)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)

    new = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in made.files.items()}
    after = digests(made)
    done = [path for path in made.files if after[path] != before[path]]
    assert done == ([] if stage == "save" else list(made.files)[:3])
    assert all(after[path] == new[path] for path in done)
    if number != signal.SIGKILL:
        assert (process.returncode, errors.strip()) == (130, "interrupted")
        assert litter(made.root) == []
    else:
        assert process.returncode == -signal.SIGKILL
        assert litter(made.root) != []

    write(made)
    assert digests(made) == new
    assert litter(made.root) == []


def test_a_link_in_place_of_a_temporary_file_is_not_followed(made: Build, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("mine")
    spoil_all(made)
    (made.root / "graphs" / f".models.ttl.{os.getpid()}.tmp").symlink_to(treasure)
    write(made)
    assert treasure.read_text() == "mine"
    assert not (made.root / "graphs/models.ttl").is_symlink()
