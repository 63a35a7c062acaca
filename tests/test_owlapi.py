"""Do OWL tools read our files whole? The OWL API, which Protégé and ROBOT build on, is asked.

One Java process (owlapi/CheckOwl.java says what it looks for) reads the real files, each alone and
all as one graph, and beside them small graphs with one planted fault each: every check must fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llm4cell.vocabulary import GRAPHS, SLIMS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parent
CHECKER = HERE / "owlapi" / "CheckOwl.java"
SMALL = HERE / "owlapi" / "small"

# Debian: apt install libowlapi-java default-jdk-headless. OWLAPI_JARS names another folder.
JAR_FOLDER = Path(os.environ.get("OWLAPI_JARS", "/usr/share/java"))
JARS = (
    "owlapi-distribution",
    # what its parsers need at run time: libowlapi-java depends on all of it
    "atinject-jsr330-api",
    "caffeine",
    "commons-codec",
    "commons-io",
    "commons-rdf-api",
    "guava",
    "hppcrt",
    "jsr305",
    "rdf4j-model",
    "rdf4j-model-api",
    "rdf4j-model-vocabulary",
    "rdf4j-rio-api",
    "rdf4j-rio-datatypes",
    "rdf4j-rio-languages",
    "rdf4j-rio-n3",
    "rdf4j-rio-ntriples",
    "rdf4j-rio-turtle",
    "rdf4j-util",
    "slf4j-api",
    "slf4j-nop",
    "xz",
)

REAL = sorted(
    file.relative_to(ROOT)
    for folder in ("ontology", "ontology/imports", "graphs")
    for file in (ROOT / folder).glob("*.ttl")
)
EXPECTED = [
    Path("ontology/llm4cell.ttl"),
    *(Path(f"ontology/imports/{name}.ttl") for name in SLIMS),
    *(Path(f"graphs/{g}.ttl") for g in (*GRAPHS, "llm4cell")),
]
MERGED = os.pathsep.join(map(str, REAL))

HEADER = """
@prefix l4c: <https://w3id.org/llm4cell/ontology/> .
@prefix model: <https://w3id.org/llm4cell/model/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/llm4cell/graph/{name}> a owl:Ontology ;
    owl:imports <https://w3id.org/llm4cell/ontology> .
model:x a l4c:Model .
"""

# name -> (Turtle after the header, kind of finding, part of its text)
FAULTS = {
    "undeclared-property-of-text": ('model:x l4c:nope "a" .', "UNDECLARED", "ontology/nope"),
    "undeclared-property-of-class": ("model:x l4c:nope l4c:Model .", "UNDECLARED", "ontology/nope"),
    "undeclared-property-in-the-header": (
        '<https://w3id.org/llm4cell/graph/{name}> l4c:nope "a" .',
        "DL",
        "Use of undeclared annotation property: <https://w3id.org/llm4cell/ontology/nope>",
    ),
    "no-ontology-header": ("", "LOAD", "no owl:Ontology with an IRI"),
    "undeclared-class": (
        "model:x a l4c:Nope .",
        "UNDECLARED",
        "Class https://w3id.org/llm4cell/ontology/Nope",
    ),
    "year": ('model:x l4c:publicationYear "2024"^^xsd:gYear .', "DL", "datatype: xsd:gYear"),
    "date-in-annotation": (
        'model:x l4c:value "2024-01-01"^^xsd:date .',
        "UNDECLARED",
        "XMLSchema#date",
    ),
    "property-of-two-kinds": (
        'l4c:family a owl:DatatypeProperty . model:x l4c:family "a" .',
        "DL",
        "Cannot pun between properties: <https://w3id.org/llm4cell/ontology/family>",
    ),
    "text-for-a-class": ('model:x l4c:family "a" .', "DL", "Cannot pun between properties"),
    "blank-node": ("model:x l4c:family [ a l4c:Model ] .", "ANONYMOUS", "_:blank"),
    "restriction-without-filler": (
        "l4c:Y a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty l4c:family ] .",
        "UNDECLARED",
        "error#Error",
    ),
    "restriction-without-user": (
        "[] a owl:Restriction ; owl:onProperty l4c:family ; owl:hasValue l4c:Model .",
        "LOST",
        "owl#hasValue",
    ),
    "text-in-a-list-of-classes": (
        'l4c:Y a owl:Class ; owl:equivalentClass [ owl:unionOf ( l4c:Model "a" ) ] .',
        "LOST",
        '"a"',
    ),
    "members-of-no-list": ("model:x owl:members model:x .", "UNPARSED", "owl#members"),
    "axiom-without-members": (
        "[] a owl:AllDisjointClasses ; owl:members l4c:Model .",
        "LOAD",
        "gave up",
    ),
    "no-turtle": ("model:x l4c: ", "LOAD", "no Turtle"),
    "missing-catalog-entry": (
        "<https://w3id.org/llm4cell/graph/{name}> owl:imports <{server}/other> .",
        "IMPORT",
        "/other is not in the catalog",
    ),
    "catalog-entry-on-the-network": (
        "<https://w3id.org/llm4cell/graph/{name}> owl:imports <https://example.org/remote> .",
        "NETWORK",
        "a socket was asked for",
    ),
}


@dataclass
class Report:
    """What the checker said about each graph, its exit code, and what the local server saw."""

    lines: dict[str, list[tuple[str, str]]]
    code: int
    requests: list[str]
    folder: Path

    def of(self, name: str) -> list[tuple[str, str]]:
        return self.lines.get(str(self.folder / f"{name}.ttl"), [])


def _need(present: bool, what: str) -> None:
    """Skip on a machine without the tool; but the machine that tests for all must have it."""
    if not present:
        message = f"{what}: apt install default-jdk-headless libowlapi-java"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)


def _check(graphs: list[str]) -> tuple[dict[str, list[tuple[str, str]]], int]:
    _need(shutil.which("javac") is not None, "no Java compiler on PATH")
    jars = [JAR_FOLDER / f"{name}.jar" for name in JARS]
    missing = [jar.name for jar in jars if not jar.is_file()]
    _need(not missing, f"{JAR_FOLDER} lacks {len(missing)} of {len(jars)} jars ({missing[:1]} ...)")
    run = subprocess.run(
        ["java", "-Xmx1500m", "-cp", os.pathsep.join(map(str, jars)), CHECKER, *graphs],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    assert run.stderr == ""
    lines: dict[str, list[tuple[str, str]]] = {}
    for line in run.stdout.splitlines():
        graph, kind, text = line.split("\t")
        lines.setdefault(graph, []).append((kind, text))
    return lines, run.returncode


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server on this machine, and the paths asked of it."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", requests
        http.shutdown()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, server: tuple[str, list[str]]) -> Report:
    address, requests = server
    folder = tmp_path_factory.mktemp("faults")
    for name, (turtle, _, _) in FAULTS.items():
        header = HEADER if name != "no-ontology-header" else "<urn:x> a <urn:y> ."
        text = (header + turtle).replace("{name}", name).replace("{server}", address)
        (folder / f"{name}.ttl").write_text(text)
    for file in ("ontology.ttl", "models.ttl"):
        shutil.copy(SMALL / file, folder)
    remote = f'  <uri name="https://example.org/remote" uri="{address}/remote.ttl"/>\n</catalog>'
    catalog = (SMALL / "catalog-v001.xml").read_text()
    (folder / "catalog-v001.xml").write_text(catalog.replace("</catalog>", remote))
    contrary = folder / "contrary"
    contrary.mkdir()
    (contrary / "catalog-v001.xml").write_text(catalog.replace("models.ttl", "absent.ttl"))
    for name, kind in (("contrary/one", "Object"), ("contrary/two", "Datatype")):
        text = f"<https://example.org/{name}> a owl:Ontology . l4c:p a owl:{kind}Property ."
        prefixes = "".join(
            line + "\n" for line in HEADER.splitlines() if line.startswith("@prefix")
        )
        (folder / f"{name}.ttl").write_text(prefixes + text)
    shutil.copy(SMALL / "ontology.ttl", contrary)
    lines, code = _check(
        [
            *map(str, REAL),
            *([MERGED] if REAL else []),
            str(folder / "models.ttl"),
            *(str(folder / f"{name}.ttl") for name in FAULTS),
            f"{folder}/./blank-node.ttl",
            os.pathsep.join(str(contrary / f"{name}.ttl") for name in ("one", "two")),
            os.pathsep.join(str(file) for file in (folder / "models.ttl", contrary / "one.ttl")),
            str(folder / "absent.ttl"),
        ]
    )
    return Report(lines, code, requests, folder)


def test_all_files_are_there() -> None:
    assert [file for file in EXPECTED if file not in REAL] == []


@pytest.mark.parametrize("file", REAL, ids=str)
def test_each_file_is_sound(report: Report, file: Path) -> None:
    assert report.lines.get(str(file), []) == []


@pytest.mark.skipif(not REAL, reason="nothing is built")
def test_all_files_together_are_sound(report: Report) -> None:
    assert report.lines.get(MERGED, []) == []


def test_small_graph_is_sound(report: Report) -> None:
    # The catalog's entry on the network is a fault, but not one of this file.
    assert [kind for kind, _ in report.of("models") if kind != "CATALOG"] == []


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found(report: Report, name: str) -> None:
    _, kind, text = FAULTS[name]
    found = report.of(name)
    assert any(kind == k and text in t for k, t in found), found
    assert report.code == 1


def test_missing_import_is_not_sought_on_the_network(report: Report) -> None:
    assert {kind for kind, _ in report.of("missing-catalog-entry")} == {"CATALOG", "IMPORT"}
    assert report.requests == []


def test_property_of_two_kinds_across_files(report: Report) -> None:
    one, two = (str(report.folder / "contrary" / f"{name}.ttl") for name in ("one", "two"))
    found = report.lines[f"{one}{os.pathsep}{two}"]
    assert any(k == "DL" and "declared as Data property, Object property" in t for k, t in found), (
        found
    )


def test_catalogs_are_checked(report: Report) -> None:
    texts = [t for found in report.lines.values() for k, t in found if k == "CATALOG"]
    assert any("graph/models points at no file: absent.ttl" in text for text in texts), texts
    assert any("ontology is listed twice, with different files" in text for text in texts), texts


def test_missing_file_is_named(report: Report) -> None:
    [(kind, text)] = [row for row in report.of("absent") if row[0] != "CATALOG"]
    assert kind == "LOAD"
    assert "absent.ttl" in text


def test_output_is_deterministic(report: Report) -> None:
    """Java numbers blank nodes as it goes: the same file, read again, must read the same."""
    assert report.lines[f"{report.folder}/./blank-node.ttl"] == report.of("blank-node")
