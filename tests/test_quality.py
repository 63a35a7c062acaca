"""The quality report against a recount of the built graph in plain Python."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from built import Graph
from llm4cell.quality import as_markdown, assess, count
from llm4cell.store import EmbeddedStore
from llm4cell.vocabulary import L4C, compact

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("l4c:PrimaryPaper", "l4c:Repository", "l4c:Registry", "l4c:Curated", "l4c:Derived",
         "l4c:SurveyTable", "l4c:SurveyProse")


def run(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "llm4cell", "quality", *args],
                          capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph()


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return EmbeddedStore()


def recount(graph: Graph, record: str, field: str) -> tuple[str, str]:
    """Return state and best kind of one field, by the rules of the command's help."""
    parts = {record, *graph.values(record, "l4c:describedBy"),
             *graph.subjects("l4c:variantOf", record)}
    found = {subject for subject, properties in graph.index.items()
             if parts & set(properties.get("l4c:about", ()))
             and (field in properties.get("l4c:property", ())
                  or field in properties.get("l4c:dimension", ()))}
    claims = {s for s in found if graph.values(s, "l4c:verdict")}

    def those(verdict: str, polarity: str = "") -> set[str]:
        return {graph.one(s, "l4c:sourceKind") for s in claims
                if graph.one(s, "l4c:verdict") == verdict
                and (not polarity or graph.one(s, "l4c:polarity") == polarity)}

    for state, polarity in (("known", "l4c:Affirmed"), ("qualified", "l4c:Qualified"),
                            ("stated absent", "l4c:Denied")):
        kinds = those("l4c:Accepted", polarity)
        if kinds:
            return state, next(kind for kind in KINDS if kind in kinds)
    types = {kind for s in found for kind in graph.values(s, "rdf:type")}
    for state, holds in (
        ("disputed", those("l4c:Disputed")),
        ("lead", "l4c:Lead" in types),
        ("not found", "l4c:Search" in types),
        ("rejected", those("l4c:Rejected")),
    ):
        if holds:
            return state, ""
    return "unknown", ""


@pytest.mark.parametrize("record", ["model:epiagent", "model:sctrans", "model:geneformer",
                                    "model:qust-llm", "model:state"])
def test_cells_are_those_of_a_recount(record: str, graph: Graph, store: EmbeddedStore) -> None:
    cells = {compact(c.field): c for c in assess(store) if compact(c.record) == record}
    fields = {f for f in graph.index if "l4c:Model" in graph.values(f, "l4c:expectedOf")
              or "l4c:Publication" in graph.values(f, "l4c:expectedOf")}
    dimensions = graph.subjects("rdfs:subClassOf", "l4c:EvaluationDimension")
    assert set(cells) == fields | dimensions
    labels = {kind: graph.text(kind, "rdfs:label") for kind in KINDS}
    for field, cell in cells.items():
        state, kind = recount(graph, record, field)
        assert (cell.state, cell.kind) == (state, labels.get(kind, "")), field


def test_datasets_have_fields_of_their_own(graph: Graph, store: EmbeddedStore) -> None:
    cells = assess(store, L4C.Dataset)
    assert {compact(c.record) for c in cells} == {
        s for s in graph.index if s.startswith("dataset:")}
    assert "l4c:tissue" in {compact(c.field) for c in cells}
    assert "schema:codeRepository" not in {compact(c.field) for c in cells}


def test_a_scope_leaves_the_others_out(store: EmbeddedStore) -> None:
    everything = {c.record for c in assess(store)}
    survey = {c.record for c in assess(store, scope=L4C.SurveyScope)}
    beyond = {c.record for c in assess(store, scope=L4C.BeyondSurveyScope)}
    assert (len(survey), len(beyond)) == (58, 10)
    assert survey | beyond == everything


def test_totals_count_every_cell_once(store: EmbeddedStore) -> None:
    cells = assess(store)
    states = Counter(c.state for c in cells)
    for by in ("field", "record"):
        totals = count(cells, by)
        assert sum(t.cells for t in totals) == len(cells)
        for t in totals:
            parts = (t.known, t.qualified, t.absent, t.disputed, t.leads, t.searched, t.unknown)
            assert sum(parts) == t.cells
        assert sum(t.known for t in totals) == states["known"]
        assert sum(t.unknown for t in totals) == states["unknown"] + states["rejected"]


def test_table_tells_what_to_do_and_the_share_of_unknown() -> None:
    done = run()
    assert done.returncode == 0
    assert "By field, over 68 models" in done.stdout
    assert "find an address" in done.stdout
    assert "fields" in done.stderr
    assert "of them unknown (" in done.stderr


def test_one_record() -> None:
    done = run("scgpt")
    assert done.returncode == 0
    assert "code repository" in done.stdout
    assert "33 fields" in done.stderr


def test_json_and_csv_have_an_entry_a_field() -> None:
    data = json.loads(run("-f", "json", "-p", "scope=survey").stdout)
    rows = list(csv.DictReader(run("-f", "csv", "-p", "scope=survey").stdout.splitlines()))
    assert len(data) == len(rows) == 58 * 33
    assert [entry["state"] for entry in data] == [row["state"] for row in rows]
    by_record = defaultdict(set)
    for entry in data:
        by_record[entry["record"]].add(entry["field"])
    assert {len(fields) for fields in by_record.values()} == {33}


@pytest.mark.parametrize(("args", "message"), [
    (("nosuchmodel",), "nosuchmodel"),
    (("tabula-muris",), "no model of this scope"),
    (("-p", "family=x"), "the one parameter is scope"),
    (("-p", "scope=suvey"), "survey"),
    (("-k", "modle"), "model"),
    (("--readme", "no-such-file.md"), "cannot be read"),
])
def test_bad_input_is_named(args: tuple[str, ...], message: str) -> None:
    done = run(*args)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_totals_go_between_the_marks(tmp_path: Path, store: EmbeddedStore) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- quality: begin -->\nold\n<!-- quality: end -->\nafter\n")
    assert run("--readme", str(page)).returncode == 0
    table = as_markdown(count(assess(store)))
    assert page.read_text() == (
        f"before\n<!-- quality: begin -->\n{table}\n<!-- quality: end -->\nafter\n")
    page.write_text("no marks")
    assert run("--readme", str(page)).returncode == 2
    assert page.read_text() == "no marks"


def test_readme_has_the_totals_of_the_graph(store: EmbeddedStore) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("<!-- quality: begin -->\n")[2].partition("\n<!-- quality: end -->")[0]
    assert block == as_markdown(count(assess(store))), "run 'make graphs'"
