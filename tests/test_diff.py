"""What changed between two builds, and archives that nobody should read."""

from __future__ import annotations

import contextlib
import json
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from llm4cell import diff
from llm4cell.diff import Changed, as_lines, compare, read_snapshot
from llm4cell.errors import InputError
from llm4cell.vocabulary import FAIR4ML, L4C, RDFS

Run = Callable[..., subprocess.CompletedProcess[str]]

HEAD = """\
@prefix claim: <https://w3id.org/llm4cell/claim/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix l4c: <https://w3id.org/llm4cell/ontology/> .
@prefix model: <https://w3id.org/llm4cell/model/> .
@prefix publication: <https://w3id.org/llm4cell/publication/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
MODELS = HEAD + """
model:a a l4c:Model ; rdfs:label "A" ; l4c:supportsTask l4c:TrajectoryInference .
model:b a l4c:Model ; rdfs:label "B" .
publication:p a l4c:Publication ; rdfs:label "P" ; l4c:publicationYear 2024 .
"""
CLAIMS = HEAD + """
claim:a-task a l4c:Claim ; l4c:about model:a ; l4c:property l4c:supportsTask ;
    l4c:value l4c:TrajectoryInference ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Affirmed ;
    l4c:sourceKind l4c:SurveyTable ; dcterms:source publication:p ; l4c:locator "Table 7" .
claim:p-year a l4c:Claim ; l4c:about publication:p ; l4c:property l4c:publicationYear ;
    l4c:value 2024 ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Affirmed ;
    l4c:sourceKind l4c:Curated ; dcterms:source publication:p ; l4c:locator "title page" .
"""
A = "https://w3id.org/llm4cell/model/a"
B = "https://w3id.org/llm4cell/model/b"
P = "https://w3id.org/llm4cell/publication/p"
TASK = "https://w3id.org/llm4cell/claim/a-task"


def graphs(folder: Path, models: str = MODELS, claims: str = CLAIMS) -> Path:
    folder.mkdir()
    (folder / "models.ttl").write_text(models)
    (folder / "claims.ttl").write_text(claims)
    return folder


def changes(tmp_path: Path, models: str = MODELS, claims: str = CLAIMS) -> list[Changed]:
    old = read_snapshot(graphs(tmp_path / "old"))
    return compare(old, read_snapshot(graphs(tmp_path / "new", models, claims)))


def test_equal_graphs_have_no_difference(tmp_path: Path) -> None:
    """Order, layout and the file that a triple stands in say nothing."""
    body = MODELS.removeprefix(HEAD)
    assert changes(tmp_path, HEAD, HEAD + CLAIMS.removeprefix(HEAD) + body) == []


def test_a_fact_added_and_one_removed(tmp_path: Path) -> None:
    (found,) = changes(tmp_path, MODELS.replace("l4c:TrajectoryInference", "l4c:Denoising"))
    assert (found.iri, found.kind) == (A, "model")
    assert found.facts_removed == [(L4C.supportsTask, f"<{L4C.TrajectoryInference}>")]
    assert found.facts_added == [(L4C.supportsTask, f"<{L4C.Denoising}>")]
    assert [found.claims_added, found.claims_removed, found.claims_changed] == [{}, {}, {}]


def test_a_changed_verdict(tmp_path: Path) -> None:
    new = CLAIMS.replace("l4c:Accepted", 'l4c:Rejected ; l4c:reason "no"', 1)
    (found,) = changes(tmp_path, claims=new)
    assert found.iri == A
    one, other = found.claims_changed[TASK]
    assert (one.property, one.old, one.new) == (L4C.reason, (), ('"no"',))
    assert (other.property, other.old, other.new) == (
        L4C.verdict, (f"<{L4C.Accepted}>",), (f"<{L4C.Rejected}>",))


def test_claims_added_and_removed(tmp_path: Path) -> None:
    found = changes(tmp_path, claims=CLAIMS.replace("claim:a-task", "claim:a-task-2"))
    assert [change.iri for change in found] == [A]
    assert list(found[0].claims_removed) == [TASK]
    assert list(found[0].claims_added) == [f"{TASK}-2"]
    assert found[0].claims_added[f"{TASK}-2"][L4C.locator] == {'"Table 7"'}


def test_a_new_model_and_a_renamed_one(tmp_path: Path) -> None:
    models = MODELS.replace('"B"', '"B two"') + 'model:c a l4c:Model ; rdfs:label "C" .\n'
    found = changes(tmp_path, models)
    assert [(change.iri, change.kind) for change in found] == [
        (B, "model"), ("https://w3id.org/llm4cell/model/c", "model")]
    assert found[0].facts_removed == [(RDFS.label, '"B"')]
    assert len(found[1].facts_added) == 2


def test_a_claim_that_changes_sides(tmp_path: Path) -> None:
    (found,) = changes(tmp_path, claims=CLAIMS.replace("about model:a", "about model:b"))
    assert found.iri == B
    assert [one.property for one in found.claims_changed[TASK]] == [L4C.about]


def test_kinds_come_in_order(tmp_path: Path) -> None:
    models = MODELS.replace("2024", "2025").replace('"A"', '"AA"') + (
        "l4c:x rdfs:label 'x' . <https://w3id.org/llm4cell/dataset/d> rdfs:label 'd' . "
        "<urn:else> rdfs:label 'e' . <https://w3id.org/llm4cell/variant/v> rdfs:label 'v' .")
    assert [change.kind for change in changes(tmp_path, models)] == [
        "model", "variant", "dataset", "publication", "other", "other"]


def test_text_reads_well(tmp_path: Path) -> None:
    models = MODELS.replace("l4c:publicationYear 2024", "l4c:publicationYear 2025")
    claims = CLAIMS.replace("l4c:Accepted", "l4c:Disputed", 1).replace(
        'l4c:value 2024', 'l4c:value 2025').replace("claim:p-year", "claim:p-year-2")
    old = read_snapshot(graphs(tmp_path / "old"))
    new = read_snapshot(graphs(tmp_path / "new", models, claims))
    marks = '(l4c:Accepted; l4c:Affirmed; l4c:Curated; P; "title page")'
    assert list(as_lines(compare(old, new), old, new)) == [
        "model:a  A",
        "  ~ claim:a-task",
        "      l4c:verdict: l4c:Accepted -> l4c:Disputed",
        "publication:p  P",
        "  - l4c:publicationYear: 2024",
        "  + l4c:publicationYear: 2025",
        f"  - claim:p-year  l4c:publicationYear: 2024 {marks}",
        f"  + claim:p-year-2  l4c:publicationYear: 2025 {marks}",
    ]


def test_text_takes_labels_from_the_ontology(project: Path, root: Path) -> None:
    models = project / "graphs" / "models.ttl"
    models.write_text(models.read_text().replace("l4c:isAgentic false", "l4c:isAgentic true"))
    old, new = read_snapshot(root), read_snapshot(project)
    lines = list(as_lines(compare(old, new), old, new))
    at = lines.index("model:scgpt  scGPT")
    assert lines[at + 1 : at + 3] == ["  - is agentic: false", "  + is agentic: true"]


def test_text_cannot_steer_a_terminal(tmp_path: Path) -> None:
    models = MODELS.replace('"B"', '"B \\u001B[2J\\u202E"')
    old = read_snapshot(graphs(tmp_path / "old"))
    new = read_snapshot(graphs(tmp_path / "new", models))
    text = "\n".join(as_lines(compare(old, new), old, new))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "B \\x1b[2J" in text


# Folders, checkouts, wheels


def wheel(path: Path, members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


GOOD: dict[str, str | bytes] = {"llm4cell/data/graphs/models.ttl": MODELS,
                                "llm4cell/data/graphs/claims.ttl": CLAIMS}


def test_folder_checkout_and_wheel_agree(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    graphs(checkout / "graphs")
    made = [read_snapshot(path) for path in (
        checkout, checkout / "graphs", wheel(tmp_path / "llm4cell-0.1.0-py3-none-any.whl", GOOD))]
    assert made[0] == made[1] == made[2]
    assert len(made[0].claims) == 2


def test_a_wheel_is_never_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wheel(tmp_path / "x.whl", {**GOOD, "llm4cell/__init__.py": "raise SystemExit('run')"})
    monkeypatch.chdir(tmp_path)
    assert read_snapshot(path).claims
    assert [file.name for file in tmp_path.iterdir()] == ["x.whl"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../../evil.ttl", "leads out of the archive"),
        ("/etc/evil.ttl", "leads out of the archive"),
        ("llm4cell/data/graphs/../../../evil.ttl", "leads out of the archive"),
        ("C:evil.ttl", "leads out of the archive"),
        ("llm4cell\\evil.ttl", "leads out of the archive"),
    ],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str, fault: str) -> None:
    path = wheel(tmp_path / "x.whl", {**GOOD, name: "x"})
    with pytest.raises(InputError, match=fault):
        read_snapshot(path)


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path / "x.whl", GOOD)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("llm4cell/data/graphs/models.ttl", "")
    with pytest.raises(InputError, match="is there twice"):
        read_snapshot(path)


def test_a_link_in_a_wheel_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path / "x.whl", GOOD)
    link = zipfile.ZipInfo("llm4cell/data/graphs/link.ttl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="is a link"):
        read_snapshot(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_a_bound_are_refused(tmp_path: Path, method: int) -> None:
    with pytest.raises(InputError, match="a method that wheels do not use"):
        read_snapshot(wheel(tmp_path / "x.whl", GOOD, method))


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """33 MB of blanks, 33 kB packed; and a file that claims to be small."""
    bomb = wheel(tmp_path / "bomb.whl", {**GOOD, "llm4cell/data/graphs/z.ttl": b" " * (33 << 20)})
    assert bomb.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"z\.ttl: larger than 32 MB"):
        read_snapshot(bomb)
    monkeypatch.setattr(diff, "_MAX_TOTAL", len(MODELS) + 1)
    with pytest.raises(InputError, match="larger than"):
        read_snapshot(wheel(tmp_path / "many.whl", GOOD))
    monkeypatch.setattr(diff, "_MAX_MEMBERS", 1)
    with pytest.raises(InputError, match="2 files in it"):
        read_snapshot(tmp_path / "many.whl")


def test_damaged_archives_are_said_to_be(tmp_path: Path) -> None:
    whole = wheel(tmp_path / "x.whl", GOOD).read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 5):
        (tmp_path / "cut.whl").write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"cut\.whl"):
            read_snapshot(tmp_path / "cut.whl")
    for at in range(30, len(whole), 7):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0xFF
        (tmp_path / "spoilt.whl").write_bytes(bytes(spoilt))
        # Some spoilt bytes matter to nobody; where one does, no other error comes through.
        with contextlib.suppress(InputError):
            read_snapshot(tmp_path / "spoilt.whl")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("model:a a", "models.ttl: not Turtle"),
        ("\0\0\0", "not Turtle"),
        ("<a> <b> <c> .", "not Turtle"),
        ("<urn:a> <urn:b> [] .", "blank node"),
        ("<urn:a> <urn:b> <<( <urn:a> <urn:b> <urn:c> )>> .", "blank node or quoted triple"),
        # Enough to end the process of a parser that recurses.
        ("<urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * 50_000, "more than 500 '<<'"),
        ("<urn:a> <urn:b> " + "[ <urn:c> " * 200_000, "more than 100000 '['"),
        ("<urn:a> <urn:b> " + "(" * 200_000, "more than 100000 '('"),
        ('<urn:a> <urn:b> "' + "x" * (20 << 20) + '" .', "buffer"),
    ],
)
def test_what_is_no_graph_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        read_snapshot(graphs(tmp_path / "new", text))
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("missing", "no such folder or wheel"), ("empty", "no graphs/*.ttl in it"),
     ("other.whl", "is it a wheel of llm4cell?"), ("text.ttl", "not a wheel")],
)
def test_what_is_no_build_is_refused(tmp_path: Path, name: str, fault: str) -> None:
    (tmp_path / "empty").mkdir()
    wheel(tmp_path / "other.whl", {"other/__init__.py": ""})
    (tmp_path / "text.ttl").write_text(MODELS)
    with pytest.raises(InputError) as caught:
        read_snapshot(tmp_path / name)
    assert fault in str(caught.value)


# The command


def test_command_says_nothing_of_equal_graphs(run_cli: Run, root: Path) -> None:
    done = run_cli("diff", str(root), str(root / "graphs"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "the graphs agree\n")


def test_command_exits_with_one(run_cli: Run, tmp_path: Path) -> None:
    graphs(tmp_path / "old")
    graphs(tmp_path / "new", MODELS.replace('"A"', '"AA"'))
    done = run_cli("diff", "old", "new", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "1 resource differs\n")
    assert done.stdout == 'model:a  AA\n  - label: "A"\n  + label: "AA"\n'


def test_command_gives_json(run_cli: Run, tmp_path: Path) -> None:
    graphs(tmp_path / "old")
    graphs(tmp_path / "new", MODELS.replace("l4c:supportsTask l4c:TrajectoryInference",
                                            f"<{FAIR4ML.trainedOn}> <urn:d>"),
           CLAIMS.replace("l4c:Accepted", "l4c:Rejected", 1))
    done = run_cli("diff", "old", "new", "-f", "json", cwd=tmp_path)
    data = json.loads(done.stdout)
    assert (done.returncode, data["equal"], data["summary"]) == (1, False, {"model": 1})
    (model,) = data["resources"]
    assert (model["iri"], model["label"]) == (A, "A")
    assert model["facts"] == {
        "added": [{"property": FAIR4ML.trainedOn, "value": "<urn:d>"}],
        "removed": [{"property": L4C.supportsTask, "value": f"<{L4C.TrajectoryInference}>"}],
    }
    assert model["claims"] == {"added": [], "removed": [], "changed": [
        {"iri": TASK, "changes": [{"property": L4C.verdict, "old": [f"<{L4C.Accepted}>"],
                                   "new": [f"<{L4C.Rejected}>"]}]}]}
    shutil.rmtree(tmp_path / "new")
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    done = run_cli("diff", "old", "new", "-f", "json", cwd=tmp_path)
    assert json.loads(done.stdout) == {"equal": True, "summary": {}, "resources": []}


@pytest.mark.parametrize("args", [["missing", "."], ["."], [".", "/etc/hostname"]])
def test_command_refuses(run_cli: Run, root: Path, args: list[str]) -> None:
    done = run_cli("diff", *args, cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr
