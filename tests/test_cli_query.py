"""llm4cell query and show as users meet them: output, messages, exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llm4cell.cli.group import _COMMANDS

Run = Callable[..., subprocess.CompletedProcess[str]]
CLI = [sys.executable, "-m", "llm4cell"]
GOLDEN = Path(__file__).resolve().parent / "golden_show"
HEAVY = (
    "rdflib",
    "networkx",
    "owlready2",
    "pyshacl",
    "yaml",
    "pandas",
    "numpy",
    "subprocess",
    "multiprocessing",
)


def test_founding_question_as_table(run_cli: Run) -> None:
    done = run_cli("query", "epigenomic-models-for-trajectory", env={"COLUMNS": "200"})
    assert done.returncode == 0, done.stderr
    cells = [tuple(line.split("  ")[0:1]) for line in done.stdout.splitlines()]
    assert cells[0] == (
        ("Which epigenomic models support trajectory and perturbation modeling, and who says so?"),
    )
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    paper = "primary paper www-nature-com-articles-s41592-025-02822-z article accepted"
    survey = "EpiAgent perturbation response prediction survey"
    assert {
        f"EpiAgent trajectory inference {paper}",
        f"EpiAgent perturbation response prediction {paper}",
        f"{survey} table llm4cell-2025 Table 7 accepted",
        f"{survey} prose llm4cell-2025 section 5.2 accepted",
    } <= set(rows)
    # What the survey says of it is rejected: the paper reports neither task.
    assert not [row for row in rows if row.startswith("EpiFoundation")]
    assert done.stderr == "10 rows\n"


def test_json_is_sparql_results_json(run_cli: Run) -> None:
    done = run_cli("query", "epigenomic-models-for-trajectory", "-f", "json")
    data = json.loads(done.stdout)
    assert data["head"]["vars"][:2] == ["model", "modelLabel"]
    locators = {b["locator"]["value"] for b in data["results"]["bindings"]}
    assert locators == {"Table 7", "section 5.2", "article", "repository"}
    assert all(b["model"]["type"] == "uri" for b in data["results"]["bindings"])


def test_list_names_every_query(run_cli: Run) -> None:
    done = run_cli("query", env={"COLUMNS": "200"})
    assert "epigenomic-models-for-trajectory" in done.stdout
    assert "models-by-family-and-task" in done.stdout
    names = {entry["name"] for entry in json.loads(run_cli("query", "-f", "json").stdout)}
    assert names >= {"epigenomic-models-for-trajectory", "models-by-family-and-task"}


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (
            ["query", "epigenomic-model-for-trajectory"],
            "did you mean 'epigenomic-models-for-trajectory'",
        ),
        (["query", "models-by-family-and-task", "-p", "family"], "write -p name=value"),
        (["query", "models-by-family-and-task", "-p", "task=a", "-p", "task=b"], "given twice"),
        (
            ["query", "models-by-family-and-task", "-p", "task=trajectry inference"],
            "did you mean 'trajectory inference'",
        ),
        (["query", "-p", "task=a"], "parameters without a query's name"),
        (["query", "../../etc/passwd"], "no query"),
        (["show", "epiagnt"], "did you mean 'epiagent'"),
        (["shwo"], "did you mean 'show'"),
        (["query", "epigenomic-models-for-trajectory", "-f", "xml"], "'xml' is not one of"),
        (
            ["query", "epigenomic-models-for-trajectory", "-f", "ttl"],
            "is a SELECT and gives a table",
        ),
        (["query", "-f", "csv"], "the list of questions is a table or json"),
    ],
)
def test_errors_name_the_fix(run_cli: Run, args: list[str], fault: str) -> None:
    done = run_cli(*args)
    assert done.returncode == 2
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_show_fits_a_narrow_terminal(run_cli: Run) -> None:
    done = run_cli("show", "epiagent", env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_show_tells_right_from_wrong_on_one_screen(run_cli: Run) -> None:
    """The golden file says what must be seen, worked out from the errata and the paper."""
    golden = json.loads((GOLDEN / "epiagent.json").read_text(encoding="utf-8"))["claims"]
    lines = run_cli("show", "epiagent", env={"COLUMNS": "200"}).stdout.splitlines()
    assert len(lines) <= 80
    data = json.loads(run_cli("show", "epiagent", "-f", "json").stdout)
    for expected in golden:
        claims = [c for c in data["claims"]
                  if all(c[key] == expected[key] for key in ("property", "value", "kind"))]
        assert {c["verdict"] for c in claims} == {expected["verdict"]}, expected
        numbers = {number for c in claims for number in c["errata"]}
        assert not expected["erratum"] or expected["erratum"] in numbers, expected
        # The verdict stands on the first line of a row; a long row goes on below.
        rows = [" ".join(lines[max(0, i - 2):i + 1]) for i, line in enumerate(lines)
                if expected["value"] in line]
        assert any(expected["verdict"] in row for row in rows), expected


def test_show_gives_each_claim_its_line(run_cli: Run) -> None:
    done = run_cli("show", "epiagent", "--claims", env={"COLUMNS": "200"})
    assert "survey prose: llm4cell-2025, section 5.2 (A140)" in done.stdout
    assert "[supports task]" in done.stdout


def test_show_json_has_every_claim(run_cli: Run) -> None:
    data = json.loads(run_cli("show", "epiagent", "-f", "json").stdout)
    assert data["iri"] == "https://w3id.org/llm4cell/model/epiagent"
    assert all(claim["kind"] and claim["verdict"] for claim in data["claims"])


def test_output_has_no_colour_in_a_pipe(run_cli: Run) -> None:
    assert "\x1b" not in run_cli("show", "epiagent").stdout


@pytest.mark.parametrize(
    "args", [["query", "epigenomic-models-for-trajectory"], ["show", "epiagent"], ["--help"]]
)
def test_asking_imports_nothing_heavy(args: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['llm4cell', *sys.argv[1:]]\n"
        "from llm4cell.cli import main\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & set(HEAVY)


def test_interrupting_while_it_is_imported_is_quiet() -> None:
    code = (
        "import sys\n"
        "class Impatient:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click':\n            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "from llm4cell.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_closed_pipe_is_quiet() -> None:
    command = f"{sys.executable} -m llm4cell show annotation | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("form", "head", "end"),
    [("csv", "model,modelLabel,task,", "\r\n"), ("tsv", "?model\t?modelLabel\t?task\t", "\n")],
)
def test_machine_formats_are_exact(form: str, head: str, end: str) -> None:
    done = subprocess.run(
        [*CLI, "query", "epigenomic-models-for-trajectory", "-f", form],
        capture_output=True,
        check=True,
    )
    lines = done.stdout.decode().split(end)
    assert lines[0].startswith(head)
    assert len(lines) == 1 + 10 + 1
    assert done.stderr == b""


def test_empty_answer_has_its_header(run_cli: Run) -> None:
    args = [
        "query",
        "models-by-family-and-task",
        "-p",
        "family=epigenomic",
        "-p",
        "task=question answering",
    ]
    done = run_cli(*args)
    question = "Which models of a family support a task, or a finer task below it, and who says so?"
    assert (" ".join(done.stdout.split()), done.stderr) == (question, "no rows\n")
    assert run_cli(*args, "-f", "csv").stdout.startswith("model,modelLabel,")
    assert len(run_cli(*args, "-f", "csv").stdout.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("form", ["table", "json"])
def test_unwritable_output_is_named(form: str) -> None:
    command = [*CLI, "query", "epigenomic-models-for-trajectory", "-f", form]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.endswith("llm4cell: cannot write the output: No space left on device\n")
        assert "Traceback" not in done.stderr
        # Not even the message can be written: the exit code still tells.
        assert subprocess.run(command, stdout=full, stderr=full, check=False).returncode == 2


def test_closed_output_is_named() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(CLI)} query >&-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "llm4cell: standard output is closed; nothing was done\n"


def in_terminal(*args: str, **env: str) -> bytes:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [*CLI, *args], {**os.environ, "TERM": "xterm-256color", **env})
    shown = b""
    with contextlib.suppress(OSError):
        while data := os.read(terminal, 1 << 16):
            shown += data
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return shown


def test_colour_on_terminals_unless_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert b"\x1b[32m" in in_terminal("query", "epigenomic-models-for-trajectory")
    assert b"\x1b[3" not in in_terminal("query", "epigenomic-models-for-trajectory", NO_COLOR="1")
    assert b"\x1b" not in in_terminal("query", "epigenomic-models-for-trajectory", "-f", "csv")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("llm4cell quer", ["query"]),
        ("llm4cell query epigenomic-models-for-tr", [
            "epigenomic-models-for-trajectory-inference", "epigenomic-models-for-trajectory"]),
        ("llm4cell query models-by-family-and-task -p ", ["family=", "task=", "scope="]),
        ("llm4cell query models-by-family-and-task -p family=x -p ", ["task=", "scope="]),
        ("llm4cell query models-by-family-and-task -p family=epig", ["epigenomic\\ model"]),
        (
            "llm4cell query models-by-family-and-task -p task=trajectory\\ i",
            ["trajectory\\ inference"],
        ),
        ("llm4cell query no-such-query -p ", []),
        ("llm4cell query models-by-family-and-task -p nothing=", []),
    ],
)
def test_bash_completes(tmp_path: Path, line: str, expected: list[str]) -> None:
    """As bash asks: words broken at '=' and ':', then the function that the script defines."""
    command = tmp_path / "llm4cell"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m llm4cell "$@"\n')
    command.chmod(0o755)
    words = [word for word in re.split(r"(?<!\\) |(=)", line) if word is not None]
    if line.endswith("="):
        words = words[:-1]  # the cursor is on the sign itself
    script = (
        "compopt() { :; }; complete() { :; }\n"
        'eval "$(_LLM4CELL_COMPLETE=bash_source llm4cell)"\n'
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}\n"
        "_llm4cell_completion llm4cell\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert done.stdout.split("\n")[:-1] == (expected or [""])
    assert done.stderr == ""


def test_an_argument_that_is_no_text(root: Path) -> None:
    """It once ended in a traceback from a place that depended on the command."""
    for args in (["show", b"\xff"], ["query", "models-by-venue", "-p", b"venue=\xff"]):
        done = subprocess.run([*CLI, *args], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr == "llm4cell: an argument is not UTF-8; check what the terminal sends\n"


def test_nothing_typed_steers_the_terminal(run_cli: Run) -> None:
    done = run_cli("show", "\x1b[31mred\x07")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\\x1b[31mred" in done.stderr


def test_matrices_tell_the_share_of_unknown_cells(run_cli: Run) -> None:
    done = run_cli("query", "model-task-matrix")
    assert done.stdout.count(" unknown ") == int(done.stderr.split()[2])
    assert re.fullmatch(r"544 rows\n\d+ of them unknown \(\d+%\)\n", done.stderr)
    survey = run_cli("query", "model-task-matrix", "-p", "scope=survey")
    assert survey.stderr.startswith("464 rows\n")


def test_a_default_that_narrows_is_told(run_cli: Run) -> None:
    assert "(family: epigenomic model;" in run_cli("query", "tasks-without-models").stdout
    assert "(family:" not in run_cli("query", "models-by-family").stdout


@pytest.mark.parametrize("command", ["", *_COMMANDS])
def test_every_help_has_an_example(run_cli: Run, command: str) -> None:
    done = run_cli(*filter(None, [command]), "--help")
    assert re.search(rf"^  (echo .*)?llm4cell {command}", done.stdout, re.MULTILINE), done.stdout
