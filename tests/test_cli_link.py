"""llm4cell link: where labels come from, where answers go, and what is said of bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings

import pytest

from llm4cell import __version__

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


def test_labels_of_standard_input_stay_as_they_are(run_cli) -> None:
    text = "\ufeffT cell  \r\n  B cell\n\n \nx\x00y\r\r\nTregs"
    done = run_cli("link", "-f", "json", input=text, errors="strict")
    assert [one["label"] for one in json.loads(done.stdout)] == [
        "T cell  ", "  B cell", "x\x00y\r", "Tregs"]


@pytest.mark.parametrize(
    ("text", "args", "labels"),
    [
        # Of a single column, commas belong to the labels, quoted or not.
        ('cell_type\nCD4-positive, alpha-beta T cell\n"B, T; NK"\n', [],
         ["CD4-positive, alpha-beta T cell", "B, T; NK"]),
        ('"a, b";label\n"x;y";B\n', [], ["B"]),
        ("a,label,,\n1,B,,,,\n2\n", [], ["B", ""]),
        ("Cluster,Label\n1,B\n", [], ["B"]),
        # No text is taken for Parquet or bzip2 by the letters that it begins with.
        ("PAR1,label\n1,B\n", [], ["B"]),
        ("BZh,label\n1,B\n", [], ["B"]),
        (" label ,x\nB,1\n", ["--column", "label"], ["B"]),
    ],
)
def test_tables_are_read_as_people_write_them(run_cli, tmp_path, text, args, labels) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding="utf-8")
    done = run_cli("link", "-i", str(file), *args, "-f", "json")
    assert done.returncode == 0, done.stderr
    assert [one["label"] for one in json.loads(done.stdout)] == labels
    assert ("labels are taken from column" in done.stderr) is not bool(args)


def test_a_label_in_place_of_a_header_is_pointed_out(run_cli, tmp_path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("T cell\nB cell\n", encoding="utf-8")
    done = run_cli("link", "-i", str(file), "-f", "json")
    assert "column 'T cell'; where that is a label, the file has no header" in done.stderr


def test_a_pipe_is_read_once(tmp_path) -> None:
    """As in: llm4cell link -i <(cut -f2 labels.tsv)."""
    line = f"'{sys.executable}' -m llm4cell link -f json -i <(printf 'label\nTregs\nAT2\n')"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert [one["label"] for one in json.loads(done.stdout)] == ["Tregs", "AT2"]


def test_the_tissue_may_stand_in_a_column(run_cli, tmp_path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("label,organ\nHSC,liver\nHSC,bone marrow\n", encoding="utf-8")
    done = run_cli("link", "-i", str(file), "--tissue-column", "organ", "-f", "json")
    assert [one["tissue"] for one in json.loads(done.stdout)] == ["liver", "bone marrow"]
    done = run_cli("link", "-i", str(file), "--tissue-column", "organ", "-f", "sssom")
    assert [line.split("\t")[-1] for line in done.stdout.splitlines()[-2:]] == [
        "tissue: liver", "tissue: bone marrow"]
    done = run_cli("link", "-i", str(file), "--tissue-column", "organ", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["term"] for row in rows] == ["hepatic stellate cell", "hematopoietic stem cell"]


def test_csv_holds_no_formula(run_cli) -> None:
    done = run_cli("link", "-f", "csv", "--", "=B cell", "-T cell", "@x", "+1")
    assert [row["label"][0] for row in csv.DictReader(io.StringIO(done.stdout))] == ["'"] * 4


def read_sssom(file):
    """Return what the reference implementation reads, and that it finds it valid."""
    sssom = pytest.importorskip("sssom")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sssom.validators import validate

        table = sssom.parse_sssom_table(file)
        reports = validate(table, fail_on_error=False)
    assert len(reports) == 3
    assert [result.message for report in reports.values() for result in report.results] == []
    return table


def test_sssom_is_valid(run_cli, tmp_path) -> None:
    file = tmp_path / "labels.sssom.tsv"
    done = run_cli("link", "Tregs", 'a "quoted"\tlabel', "Dorsal neuron 3", "banana", "L5 ET",
                   "CL:0000084", "Tregs", "-f", "sssom", "-o", str(file))
    assert done.returncode == 0, done.stderr
    frame = read_sssom(file).df
    assert sorted(frame["subject_label"]) == [
        "CL:0000084", "Dorsal neuron 3", "L5 ET", "Tregs", 'a "quoted"\tlabel', "banana"]
    assert set(frame["mapping_justification"]) <= {
        "semapv:LexicalMatching", "semapv:BackgroundKnowledgeBasedMatching",
        "semapv:LexicalSimilarityThresholdMatching"}
    none = frame[frame["object_id"] == "sssom:NoTermFound"]
    assert sorted(none["subject_label"]) == ['a "quoted"\tlabel', "banana"]
    assert set(none["comment"]) == {"no confident match"}
    # What all rows share stands in the header; it is given back to the rows on reading.
    for column, value in {
        "subject_type": "rdfs literal", "object_source": "obo:cl.owl",
        "object_source_version": "2026-03-26", "mapping_tool": "llm4cell link",
        "mapping_tool_version": __version__,
    }.items():
        assert set(frame[column]) == {value}


def test_the_header_of_sssom_says_which_set_it_is(run_cli) -> None:
    """Ids of mapping sets are globally unique, so no two runs share one."""
    heads = [[line for line in run_cli("link", "Tregs", "-f", "sssom").stdout.splitlines()
              if line.startswith("#")] for _ in range(2)]
    assert [{line.partition(":")[0] for line in head if not line.startswith("# ")}
            for head in heads] == [{
        "#curie_map", "#mapping_set_id", "#mapping_set_description", "#license", "#subject_type",
        "#object_source", "#object_source_version", "#mapping_tool", "#mapping_tool_version",
        "#mapping_date"}] * 2
    differing = set(heads[0]) - set(heads[1])
    assert [line.partition(": ")[0] for line in differing] == ["#mapping_set_id"]


def test_exact_matches_are_first_and_say_all(run_cli, tmp_path) -> None:
    """Two exact matches of one label would be the same as each other (SKOS S45)."""
    file = tmp_path / "labels.sssom.tsv"
    done = run_cli("link", "Kupffer cells", "activated T cells", "T cell/B cell", "CL:0000003",
                   "MMP1+ fibroblasts", "--top", "5", "-f", "sssom", "-o", str(file))
    assert done.returncode == 0, done.stderr
    frame = read_sssom(file).df
    assert len(frame) > 8
    exact = frame[frame["predicate_id"] == "skos:exactMatch"]
    assert sorted(zip(exact["subject_label"], exact["object_id"], strict=True)) == [
        ("CL:0000003", "CL:0000000"), ("Kupffer cells", "CL:0000091")]


# What a label may hold -> what stands in SSSOM, where that is something else.
STRANGE = {
    "T\ncell": None, "a\tb cell": None, 'say "T cell"': None, '"T cell"': None, "#T cell": None,
    "  T cell  ": None, "T|B": None, "=1+1": None, "12": None, "true": None, "2024-01-01": None,
    "\u202eB cell": None, "T\u2028cell": None, "\ufeffB cell": None, "\U0001d54b cell": None,
    "y" * 100_000: None, "T\rcell": "T\ncell", "B\r\ncell": "B\ncell",
    "T\x00cell": "T\ufffdcell", "\x1b[31mB cell": "\ufffd[31mB cell",
    # What pandas takes for missing, in quotes or not, is no mapping.
    "": "", "   ": "", "NA": "", "nan": "", "None": "", "null": "",
}


def test_strange_labels_stay_as_they_are(run_cli, tmp_path) -> None:
    """Exact in JSON, in CSV but for the guard against formulas, in SSSOM as far as TSV goes."""
    file, table = tmp_path / "labels.csv", tmp_path / "labels.sssom.tsv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["label"], *([label] for label in STRANGE)])
    done = run_cli("link", "-i", str(file), "-f", "json")
    assert done.returncode == 0, done.stderr
    assert [one["label"] for one in json.loads(done.stdout)] == list(STRANGE)
    target = tmp_path / "out.csv"
    assert run_cli("link", "-i", str(file), "-o", str(target)).returncode == 0
    with target.open(encoding="utf-8", newline="") as stream:
        found = [row["label"] for row in csv.DictReader(stream)]
    assert found == [f"'{label}" if label[:1] == "=" else label for label in STRANGE]
    done = run_cli("link", "-i", str(file), "-o", str(table))
    assert done.returncode == 0, done.stderr
    assert set(read_sssom(table).df["subject_label"]) == {
        label if other is None else other for label, other in STRANGE.items()} - {""}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_guarded_in_csv_alone(run_cli, tmp_path, start) -> None:
    label = f"{start}HYPERLINK(A1)"
    target = tmp_path / "out.csv"
    assert run_cli("link", "-o", str(target), "--", label).returncode == 0
    with target.open(newline="") as stream:
        assert [row["label"] for row in csv.DictReader(stream)] == [f"'{label}"]
    done = run_cli("link", "-f", "json", "--", label)
    assert json.loads(done.stdout)[0]["label"] == label


def test_the_name_of_the_output_says_its_form(run_cli, tmp_path) -> None:
    for name, start in {"a.json": "[", "a.sssom.tsv": "#curie_map", "a.csv": "label,",
                        "a.txt": "label,"}.items():
        done = run_cli("link", "Tregs", "-o", name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).read_text().startswith(start)
    done = run_cli("link", "Tregs", "-f", "csv", "-o", "a.json", cwd=tmp_path)
    assert (tmp_path / "a.json").read_text().startswith("label,")
    assert run_cli("link", "Tregs", "-o", "-").stdout.startswith("label,")


@pytest.mark.parametrize(
    ("column", "labels"),
    [("cell_type", ["Tregs", "B cells", "12"]), ("author", ["AT2", "Kupffer cells", "x"]),
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
    assert "no term for 1 label: a cluster number carries no meaning" in done.stderr
    assert h5ad.read_bytes() == before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = anndata.read_h5ad(copy)
    assert list(data.obs["cell_type_ontology_term_id"]) == [
        "CL:0000815", "CL:0000236", "unknown", "unknown"]
    assert list(data.obs["author"]) == ["AT2", "Kupffer cells", "AT2", "x"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.h5ad", "linked.h5ad"]


def test_context_that_changes_nothing_is_said(run_cli) -> None:
    done = run_cli("link", "T cell", "--tissue", "lnug", "--species", "humna", "-f", "json")
    assert done.returncode == 0
    assert [line.split(" is in")[0] for line in done.stderr.splitlines()] == ["'lnug'", "'humna'"]


def test_a_copy_heeds_each_cells_tissue(run_cli, tmp_path, monkeypatch) -> None:
    """HSC is a stem cell, in the liver a stellate cell."""
    from llm4cell.cells import inputs, read_obs, write_obs

    file = tmp_path / "data.h5ad"
    with h5py.File(file, "w") as opened:
        opened["obs/label"] = ["HSC", "HSC", "PC", "HSC", "HSC"]
        opened["obs/organ/categories"] = ["no cell has it", "liver", "bone marrow"]
        opened["obs/organ/codes"] = [1, 2, 1, -1, 1]
        opened["obs"].attrs["column-order"] = ["label", "organ"]
    rows = [("HSC", "liver"), ("HSC", "bone marrow"), ("PC", "liver"), ("HSC", "")]
    stellate, stem = "CL:0000632", "CL:0000037"
    for dense in (inputs._DENSE, 0):
        monkeypatch.setattr(inputs, "_DENSE", dense)
        assert read_obs(str(file), "label", "organ") == rows
        made = tmp_path / f"{dense}.h5ad"
        assert write_obs(str(file), str(made), "label", tissue="organ") == (5, 5)
        with h5py.File(made) as opened:
            group = opened["obs/cell_type_ontology_term_id"]
            terms = [group["categories"].asstr()[code] for code in group["codes"]]
        assert [terms[0], terms[1], terms[3], terms[4]] == [stellate, stem, stem, stellate]
    done = run_cli("link", "-i", str(file), "--obs", "label", "--tissue-column", "organ",
                   "-o", str(tmp_path / "copy.h5ad"))
    assert done.returncode == 0, done.stderr
    assert everything(tmp_path / "copy.h5ad") == everything(made)


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
        ("a.csv", b"label\nB\n", ["-o", "a.csv"], "is the input, which is never changed"),
        ("a.csv", "label\nB\n".encode("utf-16-le"), [], "UTF-16; save it as UTF-8"),
        ("a.csv", b"label\rB\rT\r", [], "lines end in CR"),
        ("a.csv", b"x,label\n1,CD4-positive, alpha-beta T cell\n", [], "a.csv:2: 3 cells, but"),
        ("a.csv", b'label,x\n"T,1\nNK,1\n', [], "a.csv:2: not a table (unexpected end of data"),
        ("a.csv", b'label\n"naive" B cell\n', [], "a.csv:2: not a table (end of line expected"),
        ("a.tsv", b"label\n1\tB\n", [], "a.tsv:2: 2 cells, but the header has 1"),
        ("a.csv.gz", b"\x1f\x8b\x08", [], "compressed by gzip; unpack it first"),
        ("a.h5ad", b"\x1f\x8b\x08", ["--obs", "x"], "compressed by gzip; unpack it first"),
        ("a.xlsx", b"PK\x03\x04\x14", [], "save the sheet as CSV"),
        ("a.csv", b"label\n" + b"x" * (1 << 24), [], "a.csv:2: longer than"),
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
    assert "did you mean 'cell_type'? its columns: cell_type, author, leiden, tissue" in done.stderr
    with h5py.File(tmp_path / "other.h5ad", "w") as file:
        file["X"] = [1]
    done = run_cli("link", "-i", str(tmp_path / "other.h5ad"), "--obs", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no obs in it, so no h5ad file; it holds X" in done.stderr


@pytest.mark.parametrize("kind", ["same", "symlink", "hard link"])
def test_the_input_is_never_overwritten(run_cli, h5ad, tmp_path, kind) -> None:
    before = h5ad.read_bytes()
    target = h5ad if kind == "same" else tmp_path / "other.h5ad"
    if kind == "symlink":
        target.symlink_to(h5ad)
    elif kind == "hard link":
        target.hardlink_to(h5ad)
    done = run_cli("link", "-i", str(h5ad), "--obs", "author", "-o", str(target))
    assert done.returncode == 2
    assert "never changed" in done.stderr
    assert h5ad.read_bytes() == before


def test_standard_input_is_not_overwritten(run_cli, tmp_path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("Tregs\n")
    with file.open() as stream:
        done = run_cli("link", "-f", "csv", "-o", str(file), stdin=stream)
    assert done.returncode == 2
    assert file.read_text() == "Tregs\n"


def everything(file):
    """Return each object of an HDF5 file with its attributes and its values."""
    import numpy as np

    found = {}
    with h5py.File(file) as opened:
        found["/"] = {key: str(value) for key, value in opened.attrs.items()}

        def visit(name, item):
            held = None if isinstance(item, h5py.Group) else np.asarray(item[()]).tolist()
            found[name] = ({key: str(value) for key, value in item.attrs.items()}, str(held))

        opened.visititems(visit)
    return found


COLUMNS = {
    "text": (["T cell", "B cell", "nan", ""], ["CL:0000084", "CL:0000236", "unknown", "unknown"]),
    "nullable": (["T cell", None, "T cell", "AT2"],
                 ["CL:0000084", "unknown", "CL:0000084", "CL:0002063"]),
    "category": (["AT2", None, "T cell", "AT2"],
                 ["CL:0002063", "unknown", "CL:0000084", "CL:0002063"]),
    "number": ([0, 1, 1, 2], ["unknown"] * 4),
    "float": ([3.0, float("nan"), float("nan"), 1.5], ["unknown"] * 4),
    "nullable number": ([1, None, 2, 1], ["unknown"] * 4),
    "truth": ([True, False, True, True], ["unknown"] * 4),
    "number category": ([3, 1, 2, 3], ["unknown"] * 4),
    "cell_type_ontology_term_id": (["CL:0000003", "CL:0000084", "unknown", "CL:0000084"],
                                   ["CL:0000000", "CL:0000084", "unknown", "CL:0000084"]),
}
MADE = {"nullable": "string", "category": "category", "nullable number": "Int64",
        "number category": "category"}


@pytest.fixture(scope="module")
def columns(tmp_path_factory):
    """An h5ad file with a column of each kind, and an index that is named as a column often is."""
    import numpy as np

    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame({name: pd.Series(values, dtype=MADE.get(name))
                        for name, (values, _) in COLUMNS.items()})
    obs["category"] = obs["category"].cat.set_categories(["no cell has it", "T cell", "AT2"])
    obs.index = pd.Index(["c1", "c2", "c3", "c4"], name="cell_type")
    data = anndata.AnnData(X=np.eye(4, dtype="f4"), obs=obs, uns={"a": {"b": [1, 2]}},
                           obsm={"X_pca": np.ones((4, 2))})
    file = tmp_path_factory.mktemp("columns") / "columns.h5ad"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with anndata.settings.override(allow_write_nullable_strings=True):
            data.write_h5ad(file, compression="gzip")
    return file


@pytest.mark.parametrize("name", COLUMNS)
def test_every_kind_of_column_is_read_and_all_else_kept(run_cli, columns, tmp_path, name) -> None:
    anndata = pytest.importorskip("anndata")
    values, terms = COLUMNS[name]
    done = run_cli("link", "-i", str(columns), "--obs", name, "-f", "json")
    assert done.returncode == 0, done.stderr
    there = [value for value in values if value is not None and value == value]
    assert [one["label"] for one in json.loads(done.stdout)] == [
        str(int(value)) if value == 3.0 else str(value) for value in dict.fromkeys(there)]
    copy = tmp_path / "copy.h5ad"
    done = run_cli("link", "-i", str(columns), "--obs", name, "-o", str(copy))
    assert done.returncode == 0, done.stderr
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        obs = anndata.read_h5ad(copy).obs
    assert list(obs["cell_type_ontology_term_id"]) == terms
    assert list(obs.columns) == list(COLUMNS)
    before, after = everything(columns), everything(copy)
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} <= {
        f"obs/cell_type_ontology_term_id{part}" for part in ("", "/categories", "/codes")}


def test_categories_of_anndata_0_7_are_read_and_kept(run_cli, tmp_path) -> None:
    """Categories lay in obs/__categories; a column was dropped where its list forgot it."""
    import numpy as np

    anndata = pytest.importorskip("anndata")
    file, copy = tmp_path / "old.h5ad", tmp_path / "copy.h5ad"
    with h5py.File(file, "w") as opened:
        opened["X"] = np.zeros((3, 1), dtype="f4")
        for table, index in (("obs", ["a", "b", "c"]), ("var", ["g"])):
            group = opened.create_group(table)
            group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.1.0",
                                "_index": "index"})
            group["index"] = np.array(index, dtype=object)
            group.attrs["column-order"] = np.array([b"ct"] if table == "obs" else [], dtype="S2")
        obs = opened["obs"]
        obs["__categories/ct"] = np.array(["T cell", "no cell has it", "AT2"], dtype=object)
        obs["ct"] = np.array([2, -1, 0], dtype="i1")
        obs["ct"].attrs["categories"] = obs["__categories/ct"].ref
    done = run_cli("link", "-i", str(file), "-f", "json", "--obs", "ct")
    assert [one["label"] for one in json.loads(done.stdout)] == ["AT2", "T cell"]
    assert run_cli("link", "-i", str(file), "--obs", "ct", "-o", str(copy)).returncode == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        obs = anndata.read_h5ad(copy).obs
    assert list(obs.columns) == ["ct", "cell_type_ontology_term_id"]
    assert list(obs["cell_type_ontology_term_id"]) == ["CL:0002063", "unknown", "CL:0000084"]


def test_obs_of_anndata_0_6_is_read_but_not_written(run_cli, tmp_path) -> None:
    import numpy as np

    file = tmp_path / "older.h5ad"
    with h5py.File(file, "w") as opened:
        opened["obs"] = np.array(
            [(b"a", 1, b"T cell"), (b"b", 0, b"B cell")],
            dtype=[("index", "S3"), ("ct", "i1"), ("text", "S10")])
        opened["uns/ct_categories"] = np.array(["Tregs", "AT2"], dtype=object)
        opened["uns/text"] = 1
    for name, labels in {"ct": ["AT2", "Tregs"], "text": ["T cell", "B cell"]}.items():
        done = run_cli("link", "-i", str(file), "--obs", name, "-f", "json")
        assert [one["label"] for one in json.loads(done.stdout)] == labels
    done = run_cli("link", "-i", str(file), "--obs", "ct", "-o", str(tmp_path / "copy.h5ad"))
    assert done.returncode == 2
    assert "anndata before 0.7; read and write it once with a newer" in done.stderr
    assert not (tmp_path / "copy.h5ad").exists()


def no_categories(file):
    del file["obs/cell_type/categories"]


def a_category_too_many(file):
    del file["obs/cell_type/codes"]
    file["obs/cell_type/codes"] = [9, 0, 0, 0]


def no_table(file):
    del file["obs"]
    file["obs"] = [1, 2]


def a_lost_link(file):
    del file["obs"]
    file["obs"] = h5py.ExternalLink("not-there.h5", "/obs")


def two_values_a_cell(file):
    del file["obs/cell_type"]
    file["obs/cell_type"] = [[1, 2]] * 4


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(no_categories, "an encoding that is not known"), (a_category_too_many, "category 9 of 3"),
     (no_table, "obs is no table"), (a_lost_link, "cannot be read"),
     (two_values_a_cell, "has not one value a cell")],
)
def test_a_spoilt_obs_is_named(run_cli, h5ad, tmp_path, spoil, said) -> None:
    with h5py.File(h5ad, "r+") as file:
        spoil(file)
    for args in (["-f", "json"], ["-o", str(tmp_path / "copy.h5ad")]):
        done = run_cli("link", "-i", str(h5ad), "--obs", "cell_type", *args)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"llm4cell: {h5ad}: ")
        assert said in done.stderr
    assert list(tmp_path.iterdir()) == [h5ad]


def test_a_file_that_is_being_written_is_named(run_cli, h5ad) -> None:
    with h5py.File(h5ad, "r+"):
        done = run_cli("link", "-i", str(h5ad), "--obs", "author")
    assert done.returncode == 2
    assert "another program has it open for writing" in done.stderr


def test_a_file_system_without_locks_is_named(h5ad, monkeypatch) -> None:
    """HDF5 then fails with ENOLCK; the file is as it should be."""
    import errno

    from llm4cell.cells import read_obs
    from llm4cell.errors import InputError

    def fail(*_):
        raise OSError(errno.ENOLCK, "Unable to synchronously open file (unable to lock file, "
                      "errno = 37, error message = 'No locks available')")

    monkeypatch.setattr(h5py, "File", fail)
    with pytest.raises(InputError, match="set HDF5_USE_FILE_LOCKING=FALSE"):
        read_obs(h5ad, "author")


@pytest.mark.parametrize("more", [-1000, 1000])
def test_a_full_disk_leaves_nothing(h5ad, tmp_path, more) -> None:
    """Room for less than the copy, and for the copy but not for the new column."""
    pytest.importorskip("resource")
    size = h5ad.stat().st_size + more
    limited = (f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
               "from llm4cell.cli import main; main()")
    done = subprocess.run(
        [sys.executable, "-c", limited, "link", "-i", str(h5ad), "--obs", "author",
         "-o", str(tmp_path / "copy.h5ad")],
        capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"llm4cell: {tmp_path / 'copy.h5ad'}: cannot be written (File too large)\n")
    assert list(tmp_path.iterdir()) == [h5ad]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
@pytest.mark.parametrize("name", ["out.csv", "out.h5ad"])
def test_interrupting_leaves_nothing_behind(tmp_path, name, number) -> None:
    """Stopped while the output is being written: code 130, and neither it nor a part of it."""
    import numpy as np

    if name.endswith(".csv"):
        source = tmp_path / "in.csv"
        source.write_text("label\n" + "".join(f"T cell {at}\n" for at in range(300_000)))
        args = []
    else:
        source = tmp_path / "in.h5ad"
        with h5py.File(source, "w") as file:
            file["obs/ct"] = np.array(["T cell"] * 4, dtype=object)
            file["X"] = np.zeros((1 << 28,), dtype="i1")
        args = ["--obs", "ct"]
    with subprocess.Popen(
        [sys.executable, "-m", "llm4cell", "link", "-i", str(source), *args,
         "-o", str(tmp_path / name)], stderr=subprocess.PIPE, text=True,
    ) as process:
        end = time.monotonic() + 30
        while time.monotonic() < end and not list(tmp_path.glob(".out*")):
            time.sleep(0.001)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.endswith("interrupted\n")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("form", ["csv", "json", "sssom", "table"])
def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path, form) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("label\n" + "".join(f"T cell {at}\n" for at in range(1500)))
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c",
         f"'{sys.executable}' -m llm4cell link -i '{file}' --column label -f {form} | head -1"],
        capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    assert "Traceback" not in done.stderr


def on_terminal(*args: str, cwd) -> str:
    """Return what a terminal shows of a command."""
    pty = pytest.importorskip("pty")
    terminal, inner = pty.openpty()
    seen = b""
    with subprocess.Popen(
        [sys.executable, "-m", "llm4cell", "link", *args], cwd=cwd, stdin=inner, stdout=inner,
        stderr=inner, env={**os.environ, "TERM": "xterm"}, start_new_session=True,
    ):
        os.close(inner)
        while True:
            try:
                part = os.read(terminal, 1 << 16)
            except OSError:  # Linux's word for the end of a terminal
                break
            if not part:
                break
            seen += part
    os.close(terminal)
    return seen.decode(errors="replace")


def test_a_terminal_shows_how_far_it_is(tmp_path) -> None:
    (tmp_path / "labels.csv").write_text(
        "label\n" + "".join(f"activated T cell {at}\n" for at in range(9_000)))
    shown = on_terminal("-i", "labels.csv", "-o", "out.csv", cwd=tmp_path)
    assert "/9000" in shown
    assert "written to out.csv" in shown
    # Where the answers themselves are shown, no count comes between.
    (tmp_path / "labels.csv").write_text("label\n" + "T cell\nB cell\n" * 3)
    shown = on_terminal("-i", "labels.csv", "-f", "json", cwd=tmp_path)
    assert "linking" not in shown


def test_a_terminal_without_labels_gets_usage(tmp_path) -> None:
    assert "no labels; give some, or -i FILE" in on_terminal(cwd=tmp_path)


@pytest.mark.parametrize(
    ("args", "said"),
    [(["B", "-i", "x.csv"], "give one of them"), (["-i", "missing.csv"], "No such file"),
     (["--column", "x"], "belong to -i FILE"), (["B", "--threshold", "2"], "threshold"),
     (["B", "--column", "x"], "belong to -i FILE"), (["B", "--threshold", "nan"], "nan"),
     (["B", "-f", "table", "-o", "x"], "into a file write csv, json or sssom"),
     (["B", "-o", "none/x.csv"], "cannot be written (No such file"),
     ([], "standard input: empty; no labels in it"),
     (["B", "--top", "0"], "top")],
)
def test_usage_is_checked(run_cli, tmp_path, args, said) -> None:
    done = run_cli("link", *args, cwd=tmp_path, input="")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_table_steers_no_terminal(run_cli) -> None:
    done = run_cli("link", "\x1b[31mT cell\x1b[0m", "\u202eB cell", "y" * 100_000)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert len(done.stdout) < 5000


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
        for _ in range(2):  # each label is answered once, however far apart it comes again
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
