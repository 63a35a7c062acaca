"""Prints one table of medians: seconds, ratios within this run, peak memory.

Machines are noisy, so compare ratios, and only those of one run. Cold commands are fresh processes
that take turns, so that a slow moment of the machine hits all of them; warm queries take turns too.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph
from rdflib import Graph

from llm4cell.queries import CannedQuery, bind, list_queries, run_query
from llm4cell.resources import graph_files
from llm4cell.store import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
QUERY = "epigenomic-models-for-trajectory"
QUICK, SLOW, WARM = 9, 3, 9


def main() -> int:
    print(f"{'cold command':28}{'median s':>9}{'MB':>7}  ratio to the rdflib script")
    with tempfile.TemporaryDirectory() as folder:
        for name, (seconds, megabytes, ratio) in measure_cold(Path(folder)).items():
            print(f"{name:28}{seconds:9.2f}{megabytes:7.0f}  {ratio}")
    print()
    print_warm()
    return 0


def measure_cold(folder: Path) -> dict[str, tuple[float, float, str]]:
    """Return command -> (median seconds, peak MB, ratio as text)."""
    copy = folder / "root"
    for name in ("graphs", "ontology", "shapes"):
        shutil.copytree(ROOT / name, copy / name)
    cli = [sys.executable, "-m", "llm4cell"]
    files = [str(path) for path in graph_files(ROOT).values()]
    query = str(ROOT / "queries" / f"{QUERY}.rq")
    quick = {
        "plain rdflib script": [sys.executable, str(ROOT / "benchmarks/rdflib_query.py"), query,
                                *files],
        "llm4cell query": [*cli, "query", QUERY],
        "llm4cell query -f json": [*cli, "query", QUERY, "-f", "json"],
        "llm4cell sparql": [*cli, "sparql", query],
    }
    binary = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if binary:
        # The binary needs a store on disk; loading it is not counted.
        location = str(folder / "store")
        loaded = [argument for file in files for argument in ("--file", file)]
        subprocess.run([binary, "load", "--location", location, *loaded], check=True,
                       capture_output=True)
        quick["oxigraph query (loaded)"] = [
            binary, "query", "--location", location, "--query-file", query,
            "--results-format", "json"]
    slow = {
        "llm4cell build": [*cli, "build", "--root", str(copy)],
        "llm4cell validate": [*cli, "validate", "--root", str(copy)],
        "llm4cell reason": [*cli, "reason", "--root", str(copy)],
        "llm4cell export -f ttl": [*cli, "export", "-f", "ttl", "-o", str(folder / "out.ttl")],
    }
    found = take_turns(quick, QUICK)
    base = found["plain rdflib script"][0]
    rows = {name: (s, mb, f"{s / base:.3f}") for name, (s, mb) in found.items()}
    return rows | {name: (s, mb, "") for name, (s, mb) in take_turns(slow, SLOW).items()}


def take_turns(commands: dict[str, list[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Return command name -> (median seconds, largest peak memory in MB of it and its children)."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, float] = dict.fromkeys(commands, 0.0)
    # Linux gives kilobytes, macOS bytes.
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    for _ in range(rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            with tempfile.TemporaryFile() as errors, subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=errors
            ) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                seconds[name].append(time.perf_counter() - start)
                if process.returncode:
                    errors.seek(0)
                    raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n"
                                     f"{errors.read().decode()}")
            peaks[name] = max(peaks[name], usage.ru_maxrss / scale)
    return {name: (statistics.median(seconds[name]), peaks[name]) for name in commands}


def print_warm() -> None:
    """Print medians over all canned queries on loaded engines: ours alone, then turn by turn."""
    queries = list_queries(ROOT / "queries")
    ours = EmbeddedStore()
    alone = {query.name: spent(lambda q=query: run_query(ours, q, {}))  # type: ignore[misc]
             for query in queries}
    raw = pyoxigraph.Store()
    plain = Graph()
    for iri, path in graph_files(ROOT).items():
        raw.bulk_load(path=path, format=pyoxigraph.RdfFormat.TURTLE,
                      to_graph=pyoxigraph.NamedNode(iri))
        plain.parse(path, format="turtle")

    def ask_raw(text: str) -> list[object]:
        return [tuple(row) for row in raw.query(text, use_default_graph_as_union=True)]  # type: ignore[union-attr,arg-type]

    over_raw, over_rdflib = [], []
    for query in queries:
        text = with_defaults(query)
        own = spent(lambda q=query: run_query(ours, q, {}))  # type: ignore[misc]
        over_raw.append(own / spent(lambda t=text: ask_raw(t)))  # type: ignore[misc]
        over_rdflib.append(spent(lambda t=text: list(plain.query(t)), 1) / own)  # type: ignore[misc]
    slowest = max(alone, key=lambda name: alone[name])
    print(f"warm, {len(alone)} canned queries with their defaults")
    print(f"  llm4cell: median {statistics.median(alone.values()):.1f} ms, "
          f"slowest {alone[slowest]:.1f} ms ({slowest})")
    print(f"  {statistics.median(over_raw):.2f} of raw pyoxigraph (median of ratios)")
    print(f"  {statistics.median(over_rdflib):.0f} times as fast as rdflib (median of ratios)")


def spent(task: Callable[[], object], rounds: int = WARM) -> float:
    """Return the median milliseconds of ``task``, after one call that does not count."""
    task()
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        task()
        found.append(time.perf_counter() - start)
    return statistics.median(found) * 1000


def with_defaults(query: CannedQuery) -> str:
    """Return the query's text with the default terms in place."""
    return bind(query.text, {
        p.variable: f"<{p.default_iri}>" if p.default_iri else p.default
        for p in query.parameters if p.default and (p.below or p.type == "integer")
    })


if __name__ == "__main__":
    sys.exit(main())
