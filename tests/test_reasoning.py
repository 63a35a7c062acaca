"""What follows from the graphs, and what reason() does when HermiT cannot say."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from llm4cell.errors import InputError, MissingExtraError, ReasonerError
from llm4cell.reasoning import Reasoning, reason
from llm4cell.vocabulary import DATASET, GRAPHS, L4C, MODEL, OWL, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
ROOT = HERE.parent
SMALL = [HERE / "owlapi" / "small" / name for name in ("ontology.ttl", "models.ttl")]
# Claims double the time and change no conclusion, so only the machine that tests for all has them.
LEFT_OUT = () if os.environ.get("CI") else ("claims", "statements")
REAL = [
    ROOT / "ontology" / "llm4cell.ttl",
    *(ROOT / "graphs" / f"{name}.ttl" for name in GRAPHS if name not in LEFT_OUT),
]

PREFIXES = """
@prefix l4c: <https://w3id.org/llm4cell/ontology/> .
@prefix model: <https://w3id.org/llm4cell/model/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


@pytest.fixture(scope="module", autouse=True)
def _java() -> None:
    """Skip on a machine without Java; but the machine that tests for all must have it."""
    if shutil.which("java") is None:
        message = "no Java on PATH: apt install default-jre-headless"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def planted(tmp_path: Path, turtle: str) -> list[Path]:
    file = tmp_path / "planted.ttl"
    file.write_text(PREFIXES + turtle)
    return [*SMALL, file]


def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named java in front of the real one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "java").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "java").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def load(files: list[Path]) -> Store:
    store = Store()
    for file in files:
        store.load(path=str(file), format=RdfFormat.TURTLE)
    return store


def pairs(store: Store, predicate: str) -> set[tuple[str, str]]:
    """Return the (subject, object) IRIs of ``predicate``."""
    return {
        (quad.subject.value, quad.object.value)
        for quad in store.quads_for_pattern(None, NamedNode(predicate), None)
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)
    }


def in_families(store: Store, types: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Keep the (instance, class) pairs of families, the classes that owl:hasValue defines."""
    families = {
        quad.object.value
        for quad in store.quads_for_pattern(None, NamedNode(OWL.hasValue), None)
        if isinstance(quad.object, NamedNode)
    }
    return {(instance, kind) for instance, kind in types if kind in families}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Reasoning:
    """What follows from the real graph without the family types that it states."""
    store = load(REAL)
    for instance, kind in in_families(store, pairs(store, RDF.type)):
        store.remove(Quad(NamedNode(instance), NamedNode(RDF.type), NamedNode(kind)))
    file = tmp_path_factory.mktemp("real") / "unstated.ttl"
    store.dump(str(file), RdfFormat.TURTLE, from_graph=DefaultGraph())
    return reason([file])


def test_real_graph_is_consistent(real: Reasoning) -> None:
    """What holds of all files together holds of each: OWL is monotonic."""
    assert real.consistent, real.explanation
    assert real.unsatisfiable == ()


def test_real_families_follow_from_their_property(real: Reasoning) -> None:
    """HermiT infers the family types that the build states, and these are those of l4c:family."""
    store = load(REAL)
    by_property = pairs(store, L4C.family)
    assert len({model for model, _ in by_property}) >= 50  # of the survey's 58; some are disputed
    assert in_families(store, real.inferred_types) == by_property
    assert in_families(store, pairs(store, RDF.type)) == by_property


def test_small_graph(tmp_path: Path, temporary: Path, capfd: pytest.CaptureFixture[str]) -> None:
    imports = "<https://example.org/x> owl:imports <http://127.0.0.1:9/not-followed> ."
    reasoning = reason(planted(tmp_path, imports))
    assert reasoning.consistent
    assert reasoning.unsatisfiable == ()
    # Nothing about classes used as values, the annotations of a claim, or types that are stated.
    assert reasoning.inferred_types == (
        (DATASET.census, L4C.Dataset),
        (MODEL.epiagent, L4C.EpigenomicModel),
        (MODEL.hybrid, L4C.EpigenomicModel),
        (MODEL.hybrid, L4C.FoundationModel),
    )
    assert reasoning.explanation == ()
    assert reasoning.seconds > 0
    assert capfd.readouterr() == ("", "")
    assert list(temporary.iterdir()) == []


def test_unsatisfiable_classes_are_named(tmp_path: Path) -> None:
    """owlready2 0.51 reports a class that is used as a value otherwise than one that is not."""
    files = planted(
        tmp_path,
        "l4c:Bad a owl:Class ; rdfs:subClassOf l4c:Model , l4c:Atlas ."
        "l4c:Worse a owl:Class ; rdfs:subClassOf l4c:Bad ."
        "model:none l4c:supportsTask l4c:Bad .",
    )
    reasoning = reason(files)
    assert reasoning.consistent
    assert reasoning.unsatisfiable == (L4C.Bad, L4C.Worse)


@pytest.mark.parametrize(
    ("turtle", "explanation"),
    [
        pytest.param(
            "model:hybrid a l4c:Atlas . model:epiagent l4c:usesDataset model:none ."
            "model:x l4c:family l4c:FoundationModel ; a l4c:Claim .",
            (
                "model:hybrid is both l4c:Dataset and l4c:Model, which are disjoint",
                "model:none is both l4c:Dataset and l4c:Model, which are disjoint",
                "model:x is both l4c:Claim and l4c:Model, which are disjoint",
            ),
            id="by type, range, definition, list of disjoint classes",
        ),
        pytest.param(
            'model:none l4c:publicationYear "spring" .', (), id="no reason that we could name"
        ),
    ],
)
def test_inconsistency(
    tmp_path: Path, temporary: Path, turtle: str, explanation: tuple[str, ...]
) -> None:
    reasoning = reason(planted(tmp_path, turtle))
    assert not reasoning.consistent
    assert reasoning.explanation == explanation
    assert reasoning.unsatisfiable == ()
    assert reasoning.inferred_types == ()
    assert list(temporary.iterdir()) == []


def test_datatype_outside_owl_is_named(tmp_path: Path, temporary: Path) -> None:
    files = planted(tmp_path, 'model:none l4c:publicationYear "2024"^^xsd:gYear .')
    with pytest.raises(ReasonerError, match=r"xsd:gYear is not one of OWL 2.*use xsd:integer"):
        reason(files)
    assert list(temporary.iterdir()) == []


def test_input_that_is_no_turtle(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.ttl: no such file"):
        reason([tmp_path / "absent.ttl"])
    with pytest.raises(InputError, match=r"planted\.ttl: cannot be read as Turtle"):
        reason(planted(tmp_path, "model:x l4c:"))


def test_without_owlready2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm4cell.reasoning.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"llm4cell\[reason\]"):
        reason(SMALL)


def test_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReasonerError, match=r"Java is missing.*apt install default-jre-headless"):
        reason(SMALL)


def test_memory_is_bounded(temporary: Path) -> None:
    with pytest.raises(ReasonerError, match="ran out of its 4 MB"):
        reason(SMALL, memory_mb=4)
    assert list(temporary.iterdir()) == []


def test_temporary_folder_that_hermit_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a # in its path HermiT read nothing and found it consistent."""
    folder = tmp_path / "my #1 folder"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with pytest.raises(ReasonerError, match="my #1 folder; set TMPDIR"):
        reason(SMALL)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 0", "failed: Error: not all of the graph was read"),
        (
            "echo 'java.lang.UnsupportedClassVersionError: org/semanticweb/HermiT'; exit 1",
            "Java is too old.*apt install default-jre-headless",
        ),
        ("echo 'Unable to locate a Java Runtime.'; exit 1", "Java is missing"),
        ("kill -9 $$", "killed by signal 9"),
        ("echo notice; echo 'x.y.OddException: why'; exit 1", r"failed: x\.y\.OddException: why"),
        ("exit 3", "failed: exit code 3"),
    ],
)
def test_java_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporary: Path, script: str, message: str
) -> None:
    java(tmp_path, monkeypatch, script)
    with pytest.raises(ReasonerError, match=message):
        reason(SMALL)
    assert list(temporary.iterdir()) == []


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but is not yet reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def await_pid(file: Path) -> int:
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < deadline, "Java was not started"
        time.sleep(0.02)
    return int(file.read_text())


def await_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline, "Java goes on running"
        time.sleep(0.02)


def test_time_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    java(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    with pytest.raises(ReasonerError, match="not finished after 3 s"):
        reason(SMALL, timeout_s=3)
    await_end(await_pid(tmp_path / "pid"))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name
)
def test_java_ends_with_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    """Ctrl-C, and also a caller that is killed outright, must not leave Java running."""
    java(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    folder = tmp_path / "temporary"
    folder.mkdir()
    code = f"""
from pathlib import Path
from llm4cell.reasoning import reason
reason([Path(name) for name in {[str(file) for file in SMALL]}])
"""
    caller = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )
    pid = await_pid(tmp_path / "pid")
    caller.send_signal(how)
    assert caller.wait(10) != 0
    await_end(pid)
    deadline = time.monotonic() + 5
    while list(folder.iterdir()):
        assert time.monotonic() < deadline, "temporary files stay"
        time.sleep(0.02)
