"""Exports parse back to the same graph, come out the same every time, and replace files whole."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import networkx
import pyoxigraph
import pytest
from rdflib import Dataset, Graph
from rdflib.compare import isomorphic

import llm4cell
from llm4cell.cli.export import _FORMATS
from llm4cell.errors import InputError, MissingExtraError
from llm4cell.export import FORMATS, export, guard
from llm4cell.resources import graph_files
from llm4cell.vocabulary import GRAPH, L4C

Run = Callable[..., subprocess.CompletedProcess[str]]

# One claim with all that escapes and spreadsheets stumble over.
NASTY = """
claim:nasty a l4c:Claim ;
    dcterms:source <https://w3id.org/llm4cell/publication/llm4cell-2025> ;
    l4c:about <https://w3id.org/llm4cell/model/scgpt> ;
    l4c:locator "@SUM(1)" ;
    l4c:polarity l4c:Affirmed ;
    l4c:property l4c:limitation ;
    l4c:reason "-1 <b>&amp;</b> ]]> 'quoted' \\"twice\\" \\\\ back" ;
    l4c:sourceKind l4c:SurveyProse ;
    l4c:statement "=HYPERLINK(\\"x\\")\\n@prefix l4c: <urn:x> .\\n\\ttab, ; \\u2028 \\U0001F9EC" ;
    l4c:value "+1" ;
    l4c:verdict l4c:Disputed .
"""


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real graphs with one claim in place of thousands, so that rdflib is quick."""
    target = tmp_path_factory.mktemp("small")
    for name in ("ontology", "graphs"):
        shutil.copytree(root / name, target / name, ignore=shutil.ignore_patterns("catalogue"))
    head = (root / "graphs" / "claims.ttl").read_text().partition("\n\n")[0]
    (target / "graphs" / "claims.ttl").write_text(head + "\n" + NASTY)
    (target / "graphs" / "statements.ttl").write_text("")
    (target / "graphs" / "derived.ttl").write_text("")
    # The ontology itself is in test_the_whole_graph_comes_back; here its blank nodes suffice.
    terms = pyoxigraph.Store()
    terms.load(path=root / "ontology" / "llm4cell.ttl", format=pyoxigraph.RdfFormat.TURTLE)
    kept = [quad.triple for quad in terms if quad.subject in _keep(terms)]
    data = pyoxigraph.serialize(kept, format=pyoxigraph.RdfFormat.N_TRIPLES)
    # By rdflib, which writes them as [ ... ]: what has no name gets another in every run.
    Graph().parse(data=data, format="nt").serialize(target / "ontology" / "llm4cell.ttl", "turtle")
    assert " [ " in (target / "ontology" / "llm4cell.ttl").read_text()
    return target


def _keep(store: pyoxigraph.Store) -> set[object]:
    prefix = L4C.base
    named = {prefix + name for name in ("EpigenomicModel", "Model", "supportsTask", "limitation",
                                        "Accepted", "Disputed", "Affirmed", "SurveyProse")}
    found: set[object] = {pyoxigraph.NamedNode(iri) for iri in named}
    while True:
        more = {quad.object for node in found for quad in store.quads_for_pattern(node, None, None)
                if isinstance(quad.object, pyoxigraph.BlankNode)}
        if more <= found:
            return found
        found |= more


def canonical(quads: list[pyoxigraph.Quad]) -> set[str]:
    """The quads with blank nodes named by RDFC-1.0: equal where graphs are isomorphic."""
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


RDF = {
    "ttl": ("turtle", pyoxigraph.RdfFormat.TURTLE),
    "rdfxml": ("xml", pyoxigraph.RdfFormat.RDF_XML),
    "jsonld": ("json-ld", pyoxigraph.RdfFormat.JSON_LD),
}


@pytest.mark.parametrize("form", RDF)
def test_rdflib_reads_the_same_graph_back(small: Path, form: str) -> None:
    expected = Graph()
    for path in graph_files(small).values():
        expected.parse(path, format="turtle")
    found = Graph().parse(data=export(form, small), format=RDF[form][0])
    assert len(found) == len(expected) > 1000
    assert isomorphic(found, expected)


@pytest.fixture(scope="module")
def whole() -> set[str]:
    return canonical([
        pyoxigraph.Quad(q.subject, q.predicate, q.object)
        for path in graph_files().values()
        for q in pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE)
    ])


@pytest.mark.parametrize("form", RDF)
def test_the_whole_graph_comes_back(whole: set[str], form: str) -> None:
    found = canonical(list(pyoxigraph.parse(export(form), format=RDF[form][1])))
    assert found == whole
    assert len(found) > 20_000


def test_nquads_keep_the_graphs_apart(small: Path) -> None:
    data = export("nquads", small)
    found = Dataset()
    found.parse(data=data, format="nquads")
    for iri, path in graph_files(small).items():
        assert isomorphic(found.graph(iri), Graph().parse(path, format="turtle")), iri
    lines = data.decode().split("\n")[:-1]
    assert lines == sorted(lines)
    assert any(line.endswith(f"<{GRAPH}models> .") for line in lines)


def test_graphml_is_the_network(tmp_path: Path) -> None:
    (tmp_path / "x.graphml").write_bytes(export("graphml"))
    found = networkx.read_graphml(tmp_path / "x.graphml", force_multigraph=True)
    expected = llm4cell.load().to_networkx()
    assert set(found.nodes) == set(expected.nodes)
    assert found.nodes["model:scgpt"] == expected.nodes["model:scgpt"]
    kept = {(u, v, k, data["claims"]) for u, v, k, data in
            expected.edges(keys=True, data=True)}
    assert {(u, v, k, data["claims"]) for u, v, k, data in
            found.edges(keys=True, data=True)} == kept


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_csv_has_one_row_a_claim() -> None:
    found = rows(export("csv"))
    claims = llm4cell.load().claims()
    assert [row["claim"] for row in found] == [claim.curie for claim in claims]
    (row,) = (r for r in found if r["claim"] ==
              "claim:epiagent-supportstask-perturbationresponseprediction-llm4cell-2025-table-7")
    words = ("statement", "printed", "source_label")
    assert {key: row[key] for key in row if key not in words} == {
        "claim": row["claim"],
        "subject": "model:epiagent", "subject_label": "EpiAgent",
        "property": "l4c:supportsTask", "property_label": "supports task",
        "value": "l4c:PerturbationResponsePrediction",
        "value_label": "perturbation response prediction",
        "level": "", "judge": "", "verdict": "accepted", "polarity": "affirmed",
        "source_kind": "survey table", "source": "publication:llm4cell-2025",
        "locator": "Table 7", "reason": "", "corrected_by": "",
    }
    assert {row["verdict"] for row in found} == {"accepted", "disputed", "rejected"}


def test_csv_cells_are_no_formulas(small: Path) -> None:
    data = export("csv", small)
    (row,) = rows(data)
    assert row["value"] == "'+1"
    assert row["locator"] == "'@SUM(1)"
    assert row["reason"].startswith("'-1 <b>")
    assert row["statement"].startswith("'=HYPERLINK(\"x\")\n@prefix")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_guard(start: str) -> None:
    assert guard(f"{start}1") == f"'{start}1"
    assert guard(f"1{start}") == f"1{start}"
    assert guard("") == ""


def test_turtle_reads_well(small: Path) -> None:
    text = export("ttl", small).decode()
    head, _, body = text.partition("\n\n")
    assert head.splitlines() == sorted(head.splitlines())
    subjects = [block.split(" ", 1)[0] for block in body.split("\n\n")]
    assert len(subjects) == len(set(subjects))
    assert "model:scgpt a fair4ml:MLModel , l4c:FoundationModel , l4c:Model ;\n    rdfs" in body


def test_every_run_gives_the_same_bytes(small: Path) -> None:
    """Hashes and blank nodes are salted anew in every process."""
    code = """if True:
        import hashlib, pathlib, sys
        from llm4cell.export import FORMATS, export
        for form in FORMATS:
            print(form, hashlib.sha256(export(form, pathlib.Path(sys.argv[1]))).hexdigest())
    """
    here = "".join(f"{form} {hashlib.sha256(export(form, small)).hexdigest()}\n"
                   for form in FORMATS)
    for seed in ("1", "2"):
        done = subprocess.run([sys.executable, "-c", code, str(small)], capture_output=True,
                              text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        assert done.stdout == here


def test_xml_says_what_it_cannot_hold(small: Path, tmp_path: Path) -> None:
    for name in ("ontology", "graphs"):
        shutil.copytree(small / name, tmp_path / name)
    claims = tmp_path / "graphs" / "claims.ttl"
    claims.write_text(claims.read_text().replace('"+1"', '"bell \\u0007"'))
    with pytest.raises(InputError, match=r"claim/nasty>: XML cannot hold .* of l4c:value"):
        export("rdfxml", tmp_path)
    assert b"bell" in export("jsonld", tmp_path)


def test_faults_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no format 'xlsx'; known: ttl"):
        export("xlsx")
    with pytest.raises(InputError, match="missing"):
        export("ttl", project / "graphs")
    (project / "graphs" / "models.ttl").write_text("model:x a")
    with pytest.raises(InputError, match=r"models\.ttl: not Turtle .* llm4cell build"):
        export("ttl", project)
    monkeypatch.setitem(sys.modules, "networkx.readwrite.graphml", None)
    with pytest.raises(MissingExtraError, match=r"export -f graphml'.*llm4cell\[analysis"):
        export("graphml")


# The command


def test_command_writes_and_says_so(run_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    done = run_cli("export", "-f", "csv", "-o", str(file))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert file.read_bytes() == export("csv")
    assert done.stderr == f"{file.stat().st_size:,} bytes written to {file}\n"


def test_command_writes_to_standard_output(run_cli: Run, small: Path) -> None:
    done = run_cli("export", "-f", "jsonld", "-o", "-", "--root", str(small))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(export("jsonld", small))


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (["-f", "ttl", "-o", "/no/such/folder/x.ttl"], "cannot be written (No such file"),
        (["-f", "ttl", "-o", "/dev/full"], "cannot be written (No space left"),
        (["-f", "xlsx", "-o", "-"], "'xlsx' is not one of"),
        (["-f", "ttl"], "Missing option '-o'"),
        (["-f", "ttl", "-o", "-", "--root", "/no/such"], "missing: /no/such/ontology"),
    ],
)
def test_command_refuses(run_cli: Run, args: list[str], fault: str) -> None:
    done = run_cli("export", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert fault in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_may_leave_early() -> None:
    done = subprocess.run(
        f"{sys.executable} -m llm4cell export -f nquads -o - | head -1", shell=True,
        capture_output=True, text=True, check=False)
    assert done.stdout.startswith("<http")
    assert done.stderr == ""


def test_command_offers_every_format() -> None:
    assert tuple(FORMATS) == _FORMATS
