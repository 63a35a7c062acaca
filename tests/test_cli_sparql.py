"""llm4cell sparql as users meet it: forms, formats, bad input, Ctrl-C, exit codes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llm4cell.queries import load_query

Run = Callable[..., subprocess.CompletedProcess[str]]
CLI = [sys.executable, "-m", "llm4cell"]
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SCGPT = "<https://w3id.org/llm4cell/model/scgpt>"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


@pytest.mark.parametrize("form", ["json", "csv", "tsv"])
def test_same_bytes_as_the_canned_query(run_cli: Run, form: str) -> None:
    name = "epigenomic-models-for-trajectory"
    free = run_cli("sparql", "-", "-f", form, input=load_query(name).text)
    assert free.stdout
    assert free.stdout == run_cli("query", name, "-f", form).stdout


@pytest.mark.parametrize(
    ("query", "args", "output"),
    [
        (f"SELECT ?l {{ {SCGPT} {LABEL} ?l }}", ["-f", "csv"], b"l\r\nscGPT\r\n"),
        (f"SELECT ?l {{ {SCGPT} {LABEL} ?l }}", ["-f", "tsv"], b'?l\n"scGPT"\n'),
        ("SELECT ?l { FILTER(false) }", ["-f", "csv"], b"l\r\n"),
        ("SELECT ?l { FILTER(false) }", [], b""),
        (f"ASK {{ {SCGPT} {LABEL} ?l }}", [], b"true\n"),
        ("ASK { FILTER(false) }", ["-f", "json"], b'{"head": {}, "boolean": false}\n'),
        (
            f"CONSTRUCT WHERE {{ {SCGPT} {LABEL} ?l }}",
            [],
            (
                b"@prefix model: <https://w3id.org/llm4cell/model/> .\n"
                b"@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\n"
                b'model:scgpt rdfs:label "scGPT" .\n'
            ),
        ),
    ],
)
def test_output_is_exact(query: str, args: list[str], output: bytes) -> None:
    done = subprocess.run(
        [*CLI, "sparql", "-", *args], input=query.encode(), capture_output=True, check=True
    )
    assert done.stdout == output


def test_table_shows_labels_and_counts(run_cli: Run) -> None:
    done = run_cli("sparql", "-", input="SELECT ?m { BIND(" + SCGPT + " AS ?m) }")
    assert done.stdout.split() == ["m", "\u2500" * 5, "scGPT"]
    assert done.stderr == "1 row\n"
    done = run_cli("sparql", "-", input="SELECT ?m { FILTER(false) }")
    assert (done.stdout, done.stderr) == ("", "no rows\n")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "q.rq:1:1: no query in it"),
        (b"\x7fELF\0\0", "q.rq: not text but binary data"),
        (b"SELECT *\n{ ?s ?p '\xe9' }", "q.rq:2: byte 18 is not UTF-8"),
        (b"SELECT * {} #" + b"x" * (1 << 20), "q.rq: longer than 1 MiB"),
        (b"SELECT * {\n ?s ?p }", "q.rq:2:8: not SPARQL at '}'"),
        (b"SELECT * {\n SERVICE <http://h/> {} }", "q.rq:2:2: SERVICE would ask"),
        (b"LOAD <http://h/>", "q.rq:1:1: LOAD belongs to updates"),
        (b"SELECT * FROM <file:///etc/passwd> {}", "q.rq:1:10: FROM names <file:///etc/passwd>"),
    ],
)
def test_bad_files_are_named(run_cli: Run, tmp_path: Path, data: bytes, fault: str) -> None:
    (tmp_path / "q.rq").write_bytes(data)
    done = run_cli("sparql", "q.rq", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("llm4cell: " + fault)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("args", "query", "fault"),
    [
        (["nowhere.rq"], "", "nowhere.rq: No such file"),
        (["/"], "", "/: Is a directory"),
        (["SELECT * { ?s ?p ?o }"], "", "FILE looks like a query"),
        (["-", "-f", "ttl"], "SELECT * {}", "-f ttl: SELECT gives a table; take -f table or json"),
        (["-", "-f", "csv"], "ASK {}", "-f csv: ASK gives true or false; take -f table or json"),
        (["-", "-f", "json"], "DESCRIBE <a:b>", "-f json: DESCRIBE gives a graph; take -f ttl"),
        (["-", "--timeout", "0"], "ASK {}", "between 0 and 86400"),
        (["-", "--timeout", "nan"], "ASK {}", "between 0 and 86400"),
        (["-", "--timeout", "0.6"], ENDLESS, "standard input: stopped after 0.6 s"),
    ],
)
def test_refusals(run_cli: Run, args: list[str], query: str, fault: str) -> None:
    done = run_cli("sparql", *args, input=query)
    assert done.returncode == 2
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_byte_order_mark_is_no_fault(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_bytes(b"\xef\xbb\xbfASK {}")
    assert run_cli("sparql", "q.rq", cwd=tmp_path).stdout == "true\n"


def test_ctrl_c_in_a_terminal_stops_at_once(tmp_path: Path) -> None:
    query = tmp_path / "q.rq"
    query.write_text(ENDLESS)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*CLI, "sparql", str(query)])
    shown = b""
    while b"asking" not in shown:  # the sign of life after two seconds
        shown += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"interrupted" in shown
    assert b"Traceback" not in shown


def test_sigint_leaves_no_output(tmp_path: Path) -> None:
    query = tmp_path / "q.rq"
    query.write_text(ENDLESS)
    with subprocess.Popen(
        [*CLI, "sparql", str(query)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err.split()) == (130, b"", [b"interrupted"])


def test_json_is_one_document(run_cli: Run) -> None:
    done = run_cli("sparql", "-", "-f", "json", input="SELECT * { ?s ?p ?o } LIMIT 1000")
    assert len(json.loads(done.stdout)["results"]["bindings"]) == 1000


def test_closed_pipe_is_quiet(tmp_path: Path) -> None:
    """More output than a pipe holds: click alone would exit with 1."""
    query = tmp_path / "q.rq"
    query.write_text("SELECT * { ?s ?p ?o }")
    command = f"{' '.join(CLI)} sparql {query} -f csv | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "o,p,s\n", "")
