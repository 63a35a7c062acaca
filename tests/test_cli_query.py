"""llm4cell query and show as users meet them: output, messages, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = ("rdflib", "networkx", "owlready2", "pyshacl", "yaml", "pandas", "numpy")


def test_founding_question_as_table(run_cli: Run) -> None:
    done = run_cli("query", "epigenomic-models-for-trajectory")
    assert done.returncode == 0, done.stderr
    cells = [tuple(line.split("  ")[0:1]) for line in done.stdout.splitlines()]
    assert cells[0] == ("Which epigenomic models support trajectory and perturbation modeling,"
                        " and who says so?",)
    rows = [" ".join(line.split()) for line in done.stdout.splitlines() if "response" in line]
    assert rows == [
        "EpiAgent perturbation response prediction survey table llm4cell-2025 Table 7 accepted",
        "EpiAgent perturbation response prediction survey prose llm4cell-2025 section 5.2 accepted",
        "EpiFoundation perturbation response prediction survey prose llm4cell-2025 section 5.2"
        " accepted",
    ]
    assert done.stderr == "3 rows\n"


def test_json_is_sparql_results_json(run_cli: Run) -> None:
    done = run_cli("query", "epigenomic-models-for-trajectory", "-f", "json")
    data = json.loads(done.stdout)
    assert data["head"]["vars"][:2] == ["model", "modelLabel"]
    assert [b["locator"]["value"] for b in data["results"]["bindings"]] == [
        "Table 7", "section 5.2", "section 5.2"]
    assert all(b["model"]["type"] == "uri" for b in data["results"]["bindings"])


def test_list_names_every_query(run_cli: Run) -> None:
    done = run_cli("query")
    assert "epigenomic-models-for-trajectory" in done.stdout
    assert "models-by-family-and-task" in done.stdout
    names = {entry["name"] for entry in json.loads(run_cli("query", "-f", "json").stdout)}
    assert names >= {"epigenomic-models-for-trajectory", "models-by-family-and-task"}


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (["query", "epigenomic-model-for-trajectory"],
         "did you mean 'epigenomic-models-for-trajectory'"),
        (["query", "models-by-family-and-task", "-p", "family"], "write -p name=value"),
        (["query", "models-by-family-and-task", "-p", "task=a", "-p", "task=b"], "given twice"),
        (["query", "models-by-family-and-task", "-p", "task=trajectry inference"],
         "did you mean 'trajectory inference'"),
        (["query", "-p", "task=a"], "parameters without a query's name"),
        (["query", "../../etc/passwd"], "no query"),
        (["show", "epiagnt"], "did you mean 'epiagent'"),
        (["shwo"], "did you mean 'show'"),
        (["query", "epigenomic-models-for-trajectory", "-f", "xml"], "'xml' is not one of"),
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


def test_show_json_has_every_claim(run_cli: Run) -> None:
    data = json.loads(run_cli("show", "epiagent", "-f", "json").stdout)
    assert data["iri"] == "https://w3id.org/llm4cell/model/epiagent"
    assert all(claim["kind"] and claim["verdict"] for claim in data["claims"])


def test_output_has_no_colour_in_a_pipe(run_cli: Run) -> None:
    assert "\x1b" not in run_cli("show", "epiagent").stdout


@pytest.mark.parametrize("args", [["query", "epigenomic-models-for-trajectory"],
                                  ["show", "epiagent"], ["--help"]])
def test_asking_imports_nothing_heavy(args: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['llm4cell', *sys.argv[1:]]\n"
        "from llm4cell.cli import main\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True,
                          check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & set(HEAVY)


def test_closed_pipe_is_quiet() -> None:
    command = f"{sys.executable} -m llm4cell show annotation | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
