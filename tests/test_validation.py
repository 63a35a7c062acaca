"""What validate() reports, where it says it is, and what it refuses to read."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import RDF, SH, Graph, URIRef

from llm4cell import validation
from llm4cell.catalogue import Place, read_catalogue
from llm4cell.errors import InputError, LLM4CellError, MissingExtraError
from llm4cell.ontology import load_ontology
from llm4cell.validation import (
    Finding,
    Report,
    UnreadableError,
    places,
    read_graph,
    shape_files,
    validate,
    validate_files,
)
from llm4cell.vocabulary import BASE, CHALLENGE, CLAIM, ERRATUM, L4C, MODEL, RDFS

if TYPE_CHECKING:
    from conftest import RunCli

HERE = Path(__file__).parent
ROOT = HERE.parent
BASE_FILE = HERE / "fixtures" / "shapes" / "base.ttl"
SHAPE = BASE + "shape/"


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return read_graph([ROOT / "ontology" / "llm4cell.ttl"])


def _shapes(tmp_path: Path, *names: str) -> list[Path]:
    """Return a file with a few shapes only, since all of them take a second."""
    shapes = read_graph(shape_files(ROOT))
    for shape in set(shapes.subjects(SH.name)):
        if str(shape).removeprefix(SHAPE) not in names:
            shapes.remove((shape, None, None))
    path = tmp_path / "few.ttl"
    path.write_text(shapes.serialize(format="turtle"), encoding="utf-8")
    return [path]


BROKEN = """
@prefix l4c: <https://w3id.org/llm4cell/ontology/> .
@prefix model: <https://w3id.org/llm4cell/model/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

model:two a l4c:Model ; rdfs:label "Two" , "Zwei" .
model:one a l4c:Model ; l4c:supportsTask l4c:CITESeq ; l4c:isAgentic "n\\"o" .
<https://w3id.org/llm4cell/model/three> a l4c:Model ; rdfs:label "Three" .
[] a l4c:Model ; rdfs:label "Nameless" .
"""


@pytest.fixture
def report(tmp_path: Path, ontology: Graph) -> Report:
    file = tmp_path / "broken.ttl"
    file.write_text(BROKEN, encoding="utf-8")
    names = ("RecordLabel", "SupportsTaskValue", "IsAgentic", "FactHasClaim", "ModelIri")
    return validate(read_graph([file]), _shapes(tmp_path, *names), ontology)


def test_findings_name_node_path_value_and_shape(report: Report) -> None:
    rows = [(f.node, f.path, f.value, f.shape.removeprefix(SHAPE)) for f in report.findings]
    one, two = MODEL + "one", MODEL + "two"
    cite = f"<{L4C.CITESeq}>"
    assert rows == [
        ("[]", "", "", "ModelIri"),
        (one, L4C.isAgentic, '"n\\"o"', "FactHasClaim"),
        (one, L4C.supportsTask, cite, "FactHasClaim"),
        (one, L4C.isAgentic, '"n\\"o"', "IsAgentic"),
        (one, RDFS.label, "", "RecordLabel"),
        (one, L4C.supportsTask, cite, "SupportsTaskValue"),
        (two, RDFS.label, "", "RecordLabel"),
    ]
    assert not report.conforms
    assert {f.severity for f in report.findings} == {"Violation"}


def test_findings_are_in_order_and_frozen(report: Report) -> None:
    assert list(report.findings) == sorted(report.findings, key=Finding.sort_key)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.findings[0].node = ""  # type: ignore[misc]


def test_places_come_first_in_the_order(report: Report) -> None:
    one, two = MODEL + "one", MODEL + "two"
    located = report.located({(two,): Place("a.yaml", 9), (one,): Place("b.yaml", 2)})
    assert [str(f.place) for f in located.findings] == ["None", "a.yaml:9", *["b.yaml:2"] * 5]
    # A place once known is kept.
    assert located.located({(two,): Place("c.yaml", 1)}) == located


def test_the_most_exact_place_counts(report: Report) -> None:
    one, cite = MODEL + "one", f"<{L4C.CITESeq}>"
    located = report.located({
        (one,): Place("b.yaml", 2), (one, L4C.isAgentic): Place("b.yaml", 5),
        (one, L4C.supportsTask): Place("b.yaml", 7),
        (one, L4C.supportsTask, cite): Place("b.yaml", 9),
    })
    assert {(f.path, f.place.line) for f in located.findings if f.place} == {
        (RDFS.label, 2), (L4C.isAgentic, 5), (L4C.supportsTask, 9)}


def test_text_is_one_line_a_finding_with_short_names(report: Report) -> None:
    located = report.located({(MODEL + "two",): Place("graphs/catalogue/models/two.yaml", 3)})
    lines = located.text().splitlines()
    assert len(lines) == len(report.findings)
    assert lines[-1] == (
        "graphs/catalogue/models/two.yaml:3: model:two rdfs:label: A record has exactly one label, "
        "a plain string without white space at its ends; give one 'label:'. [RecordLabel]"
    )
    task = next(line for line in lines if "SupportsTaskValue" in line)
    assert task.startswith("model:one l4c:supportsTask l4c:CITESeq: A value of l4c:supportsTask ")
    assert Report().text() == ""


def test_message_names_what_the_query_found(report: Report) -> None:
    messages = [f.message for f in report.findings if f.shape == SHAPE + "FactHasClaim"]
    assert messages[1] == ("No accepted and affirmed claim states l4c:supportsTask l4c:CITESeq; "
                           "give its 'evidence:', or remove the value.")


def test_json_has_the_documented_keys(report: Report) -> None:
    located = report.located({(MODEL + "two",): Place("two.yaml", 3)})
    got = json.loads(located.json())
    assert set(got) == {"conforms", "findings"}
    assert got["conforms"] is False
    assert got["findings"][-1] == {
        "node": MODEL + "two",
        "path": RDFS.label,
        "value": "",
        "message": report.findings[-1].message,
        "shape": SHAPE + "RecordLabel",
        "severity": "Violation",
        "place": {"file": "two.yaml", "line": 3},
    }
    assert got["findings"][0]["place"] is None
    assert json.loads(Report().json()) == {"conforms": True, "findings": []}


def test_turtle_is_a_validation_report(report: Report) -> None:
    graph = Graph().parse(data=report.turtle(), format="turtle")
    (top,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert str(graph.value(top, SH.conforms)) == "false"
    results = list(graph.objects(top, SH.result))
    assert len(results) == len(report.findings)
    for result in results:
        for part in ("focusNode", "resultMessage", "resultSeverity", "sourceShape"):
            assert graph.value(result, SH[part]) is not None, part
    assert "n\"o" in {str(value) for value in graph.objects(None, SH.value)}
    assert URIRef(MODEL + "one") in set(graph.objects(None, SH.focusNode))
    empty = Graph().parse(data=Report().turtle(), format="turtle")
    assert str(next(empty.objects(None, SH.conforms))) == "true"


def test_alternative_paths_are_reported_and_are_turtle(tmp_path: Path, ontology: Graph) -> None:
    file = tmp_path / "erratum.ttl"
    file.write_text(f'<{ERRATUM}x-1> a <{L4C.Erratum}> ; <{L4C.about}> "x" .', encoding="utf-8")
    report = validate(read_graph([file]), _shapes(tmp_path, "ErratumLinks"), ontology)
    (finding,) = report.findings
    assert finding.path == f"{L4C.about}|{L4C.concerns}"
    assert "l4c:about l4c:concerns \"x\"" in str(finding)
    graph = Graph().parse(data=report.turtle(), format="turtle")
    assert list(graph.objects(None, SH.alternativePath))


def test_same_input_gives_the_same_bytes(tmp_path: Path, ontology: Graph) -> None:
    file = tmp_path / "broken.ttl"
    lines = BROKEN.strip().splitlines()
    names = ("RecordLabel", "FactHasClaim", "ModelIri")
    made = []
    for body in (lines[4:], lines[:3:-1]):
        file.write_text("\n".join([*lines[:4], *body]), encoding="utf-8")
        report = validate(read_graph([file]), _shapes(tmp_path, *names), ontology)
        made.append((report.text(), report.json(), report.turtle()))
    assert made[0] == made[1]


def test_validate_changes_neither_graph(tmp_path: Path, ontology: Graph) -> None:
    data = read_graph([BASE_FILE])
    before = len(data), len(ontology)
    validate(data, _shapes(tmp_path, "RecordLabel"), ontology)
    assert (len(data), len(ontology)) == before


def test_no_network_is_touched(
    tmp_path: Path, ontology: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    file = tmp_path / "imports.ttl"
    file.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "<https://example.org/data> a owl:Ontology ; owl:imports <https://example.org/other> .\n",
        encoding="utf-8",
    )
    assert validate(read_graph([file]), _shapes(tmp_path, "DeclaredType"), ontology).conforms


# -- processes -------------------------------------------------------------------------------


@pytest.fixture
def halves(tmp_path: Path) -> list[Path]:
    """Two files of shapes, each of which finds something in BROKEN."""
    files = []
    for name in ("RecordLabel", "SupportsTaskValue"):
        (tmp_path / name).mkdir()
        files += _shapes(tmp_path / name, name)
    return files


def test_processes_find_what_one_does(
    tmp_path: Path, halves: list[Path], ontology: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "broken.ttl"
    file.write_text(BROKEN, encoding="utf-8")
    reports = []
    for cores in (1, 2):
        monkeypatch.setattr(validation, "_cores", lambda cores=cores: cores)
        reports.append(validate(read_graph([file]), halves, ontology))
    assert reports[0] == reports[1]
    assert {f.shape.removeprefix(SHAPE) for f in reports[0].findings} == {
        "RecordLabel", "SupportsTaskValue"}


def test_faults_reach_the_caller_from_a_process(
    halves: list[Path], ontology: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "_cores", lambda: 2)
    halves[0].write_text(
        f"@prefix sh: <{SH}> .\n<s> a sh:PropertyShape ; sh:targetClass <{L4C.Model}> .\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="shapes cannot be used"):
        validate(read_graph([BASE_FILE]), halves, ontology)


def test_a_process_that_dies_costs_no_finding(
    tmp_path: Path, halves: list[Path], ontology: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "broken.ttl"
    file.write_text(BROKEN, encoding="utf-8")
    monkeypatch.setattr(validation, "_cores", lambda: 2)
    monkeypatch.setattr(validation, "_check_file", _die)
    report = validate(read_graph([file]), halves, ontology)
    assert {f.shape.removeprefix(SHAPE) for f in report.findings} == {
        "RecordLabel", "SupportsTaskValue"}


def _die(path: Path) -> Report:
    os._exit(9)


def test_only_the_main_thread_forks() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(validation._cores()))
    thread.start()
    thread.join()
    assert found == [1]
    assert validation._cores() == (len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1)


# -- places ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def where() -> dict[tuple[str, ...], Place]:
    return places(read_catalogue(ROOT, load_ontology(ROOT / "ontology" / "llm4cell.ttl")))


def test_everything_built_has_a_place(where: dict[tuple[str, ...], Place]) -> None:
    # What rules derive has no line in the catalogue; the rule's name leads to its file.
    graph = read_graph(sorted(path for path in (ROOT / "graphs").glob("*.ttl")
                              if path.name != "derived.ttl"))
    subjects = {str(s) for s in graph.subjects() if str(s).startswith(BASE)}
    terms = (BASE + "graph/", BASE + "query/", L4C.base)
    missing = sorted(s for s in subjects if (s,) not in where and not s.startswith(terms))
    assert missing == []


def test_every_fact_and_key_has_the_line_of_its_value(where: dict[tuple[str, ...], Place]) -> None:
    """What a model's file says of itself is found at that line, literal or term."""
    scgpt = MODEL + "scgpt"
    boolean = "<http://www.w3.org/2001/XMLSchema#boolean>"
    for key, start in (
        ((scgpt, RDFS.label), "label: "),
        ((scgpt, L4C.primaryFamily), "primary_family: "),
        ((scgpt, L4C.rowNumber), "listed_in:"),
        ((scgpt, L4C.isAgentic, f'"false"^^{boolean}'), "- value: false"),
        ((scgpt, L4C.family, f"<{L4C.FoundationModel}>"), "- value: foundation model"),
    ):
        place = where[key]
        lines = (ROOT / place.file).read_text(encoding="utf-8").splitlines()
        assert lines[place.line - 1].strip().startswith(start), key


@pytest.mark.parametrize("iri", [
    MODEL + "scgpt",
    CHALLENGE + "data-bias",
    ERRATUM + "llm4cell-2025-11",
    CLAIM + "adamson-2016-perturb-seq-modality-perturbseq-llm4cell-2025-table-5",
])
def test_place_is_the_entry_itself(iri: str, where: dict[tuple[str, ...], Place]) -> None:
    place = where[iri,]
    lines = (ROOT / place.file).read_text(encoding="utf-8").splitlines()
    entry = "\n".join(lines[place.line - 1 : place.line + 8])
    name = {"model": "id: scgpt", "challenge": "id: data-bias", "erratum": "number: 11",
            "claim": "locator: Table 5"}[iri.removeprefix(BASE).split("/")[0]]
    assert name in entry


# -- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "line", "fault"), [
    (b"@prefix l4c: <https://x.org/> .\n\nl4c:a l4c:b\n", 4, "not Turtle"),
    (b"<https://x.org/a> <https://x.org/b> x:c .", 1, "not Turtle"),
    (b"<https://x.org/a> <https://x.org/b> <not an iri> .", 1, "not Turtle"),
    (b"# fine\n# caf\xe9\n", 2, "not UTF-8"),
    (b"<a> <b> <<( <a> <b> <c> )>> .", 0, "triple term"),
    (b"{\"@id\": \"x\"}", 1, "not Turtle"),
    (b"\x00\x01\x02", 1, "not Turtle"),
    (b"<a> <b> " + b"[ <b> " * 20_000, 1, "nested deeper than 200 levels"),
])
def test_unreadable_file_is_named_with_its_line(
    content: bytes, line: int, fault: str, tmp_path: Path
) -> None:
    file = tmp_path / "bad.ttl"
    file.write_bytes(content)
    with pytest.raises(UnreadableError, match=fault) as caught:
        read_graph([file])
    (problem,) = caught.value.problems
    if line:
        assert problem.place == f"{file}:{line}"
    else:
        assert problem.place.startswith(str(file))
    assert isinstance(caught.value, InputError)
    assert isinstance(caught.value, LLM4CellError)
    assert "\n" not in str(caught.value)


def test_all_unreadable_files_are_reported_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "SIZE_LIMIT", 1000)
    bad, large, pipe = (tmp_path / name for name in ("bad.ttl", "large.ttl", "pipe.ttl"))
    bad.write_text("<a> <b>", encoding="utf-8")
    large.write_text("#" * 1001, encoding="utf-8")
    os.mkfifo(pipe)
    files = [bad, large, pipe, tmp_path / "missing.ttl", tmp_path, Path("nul\0.ttl")]
    with pytest.raises(UnreadableError) as caught:
        validate_files(files)
    faults = [str(problem).split(": ", 1)[1] for problem in caught.value.problems]
    assert len(faults) == len(files)
    for fault, start in zip(faults, ("not Turtle", "too large", "not a file", "no such file",
                                     "not a file", "no file name"), strict=True):
        assert fault.startswith(start)


def test_the_limit_is_for_all_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "SIZE_LIMIT", 1000)
    files = [tmp_path / "a.ttl", tmp_path / "b.ttl"]
    for file in files:
        file.write_text("#" * 600, encoding="utf-8")
    assert len(read_graph(files[:1])) == 0
    with pytest.raises(UnreadableError, match=r"b\.ttl: too large"):
        read_graph(files)


def test_literals_keep_their_spelling_and_print_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "literals.ttl"
    file.write_text('\ufeff<a> <b> 007 , "x"^^<http://www.w3.org/2001/XMLSchema#integer> , "y" .',
                    encoding="utf-8")
    values = {o.n3() for o in read_graph([file]).objects()}
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    assert values == {f'"007"^^{integer}', f'"x"^^{integer}', '"y"'}
    assert capfd.readouterr() == ("", "")


def test_a_chain_that_is_too_long_is_an_input_error(tmp_path: Path, ontology: Graph) -> None:
    file = tmp_path / "chain.ttl"
    steps = "\n".join(f"<c{n}> rdfs:subClassOf <c{n + 1}> ." for n in range(5000))
    file.write_text(
        f"@prefix rdfs: <{RDFS}> .\n{steps}\n<c5000> rdfs:subClassOf <{L4C.Model}> .",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="too long"):
        validate(read_graph([file]), _shapes(tmp_path, "ModelType"), ontology)


def test_files_that_are_no_shapes_are_an_input_error(tmp_path: Path, ontology: Graph) -> None:
    file = tmp_path / "shapes.ttl"
    file.write_text(
        f"@prefix sh: <{SH}> .\n<s> a sh:PropertyShape ; sh:targetClass <{L4C.Model}> .\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="shapes cannot be used"):
        validate(read_graph([BASE_FILE]), [file], ontology)


def test_missing_pyshacl_names_the_extra(
    tmp_path: Path, ontology: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(MissingExtraError, match=r"llm4cell\[validate\]"):
        validate(read_graph([BASE_FILE]), _shapes(tmp_path, "RecordLabel"), ontology)


def test_findings_in_files_name_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "broken.ttl"
    file.write_text(BROKEN, encoding="utf-8")
    findings = validate_files([file], ROOT).findings
    lines = {f.node: f.place.line for f in findings if f.place}
    assert lines == {MODEL + "two": 6, MODEL + "one": 7, MODEL + "three": 8}
    shapes = {f.shape.removeprefix(SHAPE) for f in findings}
    assert {"FactHasClaim", "RecordLabel"} <= shapes
    alone = validate_files([file], ROOT, records_only=True).findings
    assert {f.shape.removeprefix(SHAPE) for f in alone} == shapes - {"FactHasClaim"}


def test_hint_where_files_lack_the_rest_of_the_graph(tmp_path: Path, run_cli: RunCli) -> None:
    """A file with a model and no claims: its fact needs the whole, its label does not."""
    file, empty = tmp_path / "broken.ttl", tmp_path / "empty.ttl"
    file.write_text(BROKEN, encoding="utf-8")
    empty.write_text("# nothing\n", encoding="utf-8")
    done = run_cli("validate", str(file))
    count = done.stdout.count("[FactHasClaim]")
    assert count
    assert re.search(rf"^{count} of them need the whole graph, .* add --records$", done.stderr,
                     re.MULTILINE)
    done = run_cli("validate", "--records", str(file))
    assert done.returncode == 1
    assert "--records" not in done.stderr
    done = run_cli("validate", str(empty))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing to check: the files hold no triples\n"


@pytest.mark.parametrize("name", ["models", "datasets", "sources", "errata", "challenges"])
def test_a_graph_without_the_others_conforms(name: str) -> None:
    """Links to records in other files are no finding of the shapes for records."""
    file = ROOT / "graphs" / f"{name}.ttl"
    assert validate_files([file], ROOT, records_only=True).text() == ""


def test_root_without_graphs_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no graphs to validate"):
        validate_files(root=tmp_path)


def test_findings_on_the_graphs_below_root_name_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small checkout: one publication with a bad year, built; then with a broken catalogue."""
    papers = tmp_path / "graphs" / "catalogue" / "publications"
    papers.mkdir(parents=True)
    (papers / "old-1889.yaml").write_text(
        "# comment\nid: old-1889\nlabel: Old\nfacts:\n  publication_year:\n  - value: 1889\n"
        "    evidence:\n    - source: old-1889\n      locator: title page\n"
        "      kind: primary paper\n",
        encoding="utf-8",
    )
    (tmp_path / "ontology").symlink_to(ROOT / "ontology")
    few = _shapes(tmp_path, "PublicationYear")
    monkeypatch.setattr(validation, "shape_files", lambda root, records_only: few)
    from llm4cell.build import build, write

    write(build(tmp_path))
    (finding,) = validate_files(root=tmp_path).findings
    assert (finding.value, str(finding.place)) == (
        '"1889"^^<http://www.w3.org/2001/XMLSchema#integer>',
        "graphs/catalogue/publications/old-1889.yaml:6",
    )
    (papers / "old-1889.yaml").write_text("id: [", encoding="utf-8")
    (finding,) = validate_files(root=tmp_path).findings
    assert finding.place
    assert finding.place.file == "graphs/sources.ttl"
