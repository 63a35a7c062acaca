"""llm4cell link: where labels come from, where answers go, and what is said of bad input."""

from __future__ import annotations

import csv
import io
import json
import warnings

import pytest

h5py = pytest.importorskip("h5py")
pd = pytest.importorskip("pandas")


@pytest.fixture
def h5ad(tmp_path):
    """An h5ad file with categorical, string and numeric columns, and a matrix that is a trap."""
    import numpy as np

    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame(
        {"cell_type": pd.Categorical(["Tregs", "B cells", None, "12"]),
         "author": ["AT2", "Kupffer cells", "AT2", "x"], "leiden": [1, 2, 3, 4],
         "tissue": ["lung", "liver", "lung", "lung"]}, index=list("abcd"))
    file = tmp_path / "data.h5ad"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        anndata.AnnData(X=np.zeros((4, 3), dtype="f4"), obs=obs).write_h5ad(file)
    return file


def test_json_is_a_list_with_one_object_a_label(run_cli) -> None:
    done = run_cli("link", "Tregs", "banana", "Tregs", "-f", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["label"] for one in found] == ["Tregs", "banana", "Tregs"]
    assert set(found[0]) == {"label", "candidates", "note"}
    assert set(found[0]["candidates"][0]) == {"id", "label", "score", "method"}
    assert found[0]["candidates"][0]["id"] == "CL:0000815"
    assert found[1]["candidates"] == []


def test_a_table_says_how_many_were_linked(run_cli) -> None:
    done = run_cli("link", "Tregs", "12")
    assert "regulatory T cell" in done.stdout
    assert "cluster number" in done.stdout.replace("\n", " ")
    assert "1 of 2 labels linked" in done.stderr


def test_labels_come_from_standard_input(run_cli) -> None:
    done = run_cli("link", "-f", "json", input="Tregs\n\nB cells\n")
    assert [one["label"] for one in json.loads(done.stdout)] == ["Tregs", "B cells"]


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_labels_come_from_a_column_once_each(run_cli, tmp_path, separator) -> None:
    file = tmp_path / "labels.csv"
    rows = [["id", "cell_type"], ["1", "Tregs"], ["2", "B cells"], ["3", "Tregs"]]
    file.write_text("".join(separator.join(row) + "\r\n" for row in rows), encoding="utf-8-sig")
    for args in ([], ["--column", "cell_type"]):
        done = run_cli("link", "-i", str(file), *args, "-f", "json", "--top", "1")
        assert [one["label"] for one in json.loads(done.stdout)] == ["Tregs", "B cells"]


def test_the_tissue_may_stand_in_a_column(run_cli, tmp_path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("label,organ\nHSC,liver\nHSC,bone marrow\n", encoding="utf-8")
    done = run_cli("link", "-i", str(file), "--tissue-column", "organ", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["term"] for row in rows] == ["hepatic stellate cell", "hematopoietic stem cell"]


def test_csv_holds_no_formula(run_cli) -> None:
    done = run_cli("link", "-f", "csv", "--", "=B cell", "-T cell", "@x", "+1")
    assert [row["label"][0] for row in csv.DictReader(io.StringIO(done.stdout))] == ["'"] * 4


def test_sssom_is_valid(run_cli, tmp_path) -> None:
    sssom = pytest.importorskip("sssom")
    file = tmp_path / "labels.sssom.tsv"
    done = run_cli("link", "Tregs", 'a "quoted"\tlabel', "Dorsal neuron 3", "banana", "L5 ET",
                   "CL:0000084", "-f", "sssom", "-o", str(file))
    assert done.returncode == 0, done.stderr
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sssom.validators import validate

        table = sssom.parse_sssom_table(file)
        reports = validate(table)
    assert all(not report.results for report in reports.values())
    frame = table.df
    assert {"Tregs", "banana", "L5 ET"} < set(frame["subject_label"])
    assert set(frame["mapping_justification"]) <= {
        "semapv:LexicalMatching", "semapv:BackgroundKnowledgeBasedMatching",
        "semapv:LexicalSimilarityThresholdMatching"}
    assert "sssom:NoTermFound" in set(frame["object_id"])
    # What all rows share, sssom moves to the header; it gives it back to the rows on reading.
    assert set(frame["object_source_version"]) == {"2026-03-26"}


@pytest.mark.parametrize(
    ("column", "labels"),
    [("cell_type", ["12", "B cells", "Tregs"]), ("author", ["AT2", "Kupffer cells", "x"]),
     ("leiden", ["1", "2", "3", "4"])],
)
def test_labels_come_from_obs(run_cli, h5ad, column, labels) -> None:
    done = run_cli("link", "-i", str(h5ad), "--obs", column, "-f", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["label"] for one in found] == labels
    if column == "leiden":
        assert all("carries no meaning" in one["note"] for one in found)


def test_the_matrix_is_never_read(run_cli, h5ad) -> None:
    with h5py.File(h5ad, "r+") as file:
        del file["X"]
        file["X"] = h5py.ExternalLink("not-there.h5", "/X")
    done = run_cli("link", "-i", str(h5ad), "--obs", "author", "--tissue-column", "tissue",
                   "-f", "json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3


def test_a_copy_holds_the_ids(run_cli, h5ad, tmp_path) -> None:
    anndata = pytest.importorskip("anndata")
    before = h5ad.read_bytes()
    copy = tmp_path / "linked.h5ad"
    done = run_cli("link", "-i", str(h5ad), "--obs", "cell_type", "-o", str(copy))
    assert done.returncode == 0, done.stderr
    assert "of 2 of 4 cells" in done.stderr
    assert h5ad.read_bytes() == before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = anndata.read_h5ad(copy)
    assert list(data.obs["cell_type_ontology_term_id"]) == [
        "CL:0000815", "CL:0000236", "unknown", "unknown"]
    assert list(data.obs["author"]) == ["AT2", "Kupffer cells", "AT2", "x"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.h5ad", "linked.h5ad"]


@pytest.mark.parametrize(
    ("name", "data", "args", "said"),
    [
        ("a.csv", b"", [], "empty"),
        ("a.csv", b"cell_type\n", [], "empty; no labels"),
        ("a.csv", b"x,cell_type\n1,B\n", ["--column", "celltype"], "did you mean 'cell_type'?"),
        ("a.csv", b"x,y\n1,B\n", [], "name the column of labels with --column; its columns: x, y"),
        ("a.csv", b"x,label\n1,B\n", ["--tissue-column", "z"], "no column 'z'"),
        ("a.csv", "cell_type\nMüller\n".encode("latin-1"), [], "a.csv:2: byte 2"),
        ("a.csv", "cell_type\nB\n".encode("utf-16"), [], "UTF-16; save it as UTF-8"),
        ("a.csv", b'cell_type\n"B\n', ["--obs", "x"], "not HDF5"),
        ("a.h5ad", b"", ["--obs", "x"], "empty"),
        ("a.h5ad", b"nothing", ["--obs", "x"], "not HDF5"),
        ("a.h5ad", b"\x89HDF\r\n\x1a\n broken", ["--obs", "x"], "not HDF5, or broken off"),
        ("a.csv", b"label\nB\n", ["-o", "b.h5ad"], "from an h5ad file alone"),
    ],
)
def test_bad_input_is_named(run_cli, tmp_path, name, data, args, said) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    done = run_cli("link", "-i", str(file), "-f", "json", *args, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_obs_that_is_not_there_is_named(run_cli, h5ad, tmp_path) -> None:
    done = run_cli("link", "-i", str(h5ad), "--obs", "celltype")
    assert done.returncode == 2
    assert "did you mean 'cell_type'? its columns: author, cell_type, leiden, tissue" in done.stderr
    with h5py.File(tmp_path / "other.h5ad", "w") as file:
        file["X"] = [1]
    done = run_cli("link", "-i", str(tmp_path / "other.h5ad"), "--obs", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no obs in it, so no h5ad file; it holds X" in done.stderr


def test_the_input_is_never_overwritten(run_cli, h5ad) -> None:
    before = h5ad.read_bytes()
    done = run_cli("link", "-i", str(h5ad), "--obs", "author", "-o", str(h5ad))
    assert done.returncode == 2
    assert "never changed" in done.stderr
    assert h5ad.read_bytes() == before


@pytest.mark.parametrize(
    ("args", "said"),
    [(["B", "-i", "x.csv"], "give one of them"), (["-i", "missing.csv"], "No such file"),
     (["--column", "x"], "belong to -i FILE"), (["B", "--threshold", "2"], "threshold"),
     (["B", "--top", "0"], "top")],
)
def test_usage_is_checked(run_cli, tmp_path, args, said) -> None:
    done = run_cli("link", *args, cwd=tmp_path, input="")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_strange_labels_do_no_harm(run_cli, tmp_path) -> None:
    file = tmp_path / "labels.csv"
    labels = ["x" * 100_000, "\x1b[31mT cell\x1b[0m", "a\x00b", "\u202eB cell", "T\ncell", "🧬"]
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["label"], *([label] for label in labels)])
    done = run_cli("link", "-i", str(file), "-f", "json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == len(labels)
    done = run_cli("link", "-i", str(file))
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout


def test_a_broken_off_output_leaves_the_old_file(run_cli, tmp_path) -> None:
    source, target = tmp_path / "labels.csv", tmp_path / "out.csv"
    source.write_bytes(b"label\nB cell\n" + "Müller\n".encode("latin-1"))
    target.write_text("old")
    done = run_cli("link", "-i", str(source), "-f", "csv", "-o", str(target))
    assert done.returncode == 2
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_many_labels_take_bounded_memory(run_cli, tmp_path) -> None:
    psutil = pytest.importorskip("psutil")
    import subprocess
    import sys

    file = tmp_path / "labels.csv"
    with file.open("w") as stream:
        stream.write("label\n")
        stream.writelines(f"cluster {number}\n" for number in range(200_000))
    with subprocess.Popen(
        [sys.executable, "-m", "llm4cell", "link", "-i", str(file), "-f", "csv"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        peak = lines = 0
        for lines, _ in enumerate(process.stdout):
            if lines % 20_000 == 0:
                peak = max(peak, psutil.Process(process.pid).memory_info().rss)
    assert lines == 200_000
    assert peak < 250 << 20
