"""Prints one table of medians: seconds, ratios within this run, peak memory.

Machines are noisy, so compare ratios, and only those of one run. Each command is a fresh process;
the commands take turns, so that a slow moment of the machine hits all of them.
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

from llm4cell.resources import graph_files

ROOT = Path(__file__).resolve().parent.parent
QUERY = "epigenomic-models-for-trajectory"
QUICK, SLOW = 9, 3


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "root"
        for name in ("graphs", "ontology"):
            shutil.copytree(ROOT / name, copy / name)
        cli = [sys.executable, "-m", "llm4cell"]
        files = [str(path) for path in graph_files(ROOT).values()]
        rdflib_script = [
            sys.executable,
            str(ROOT / "benchmarks" / "rdflib_query.py"),
            str(ROOT / "queries" / f"{QUERY}.rq"),
            *files,
        ]
        cold = measure({"query": [*cli, "query", QUERY], "rdflib": rdflib_script}, QUICK)
        rest = measure(
            {
                "build": [*cli, "build", "--root", str(copy)],
                "validate": [*cli, "validate", "--root", str(copy)],
                "reason": [*cli, "reason", "--root", str(copy)],
            },
            SLOW,
        )
    ours, plain = cold["query"], cold["rdflib"]
    rows = [
        ("llm4cell query, cold", *ours, f"{ours[0] / plain[0]:.3f} of the rdflib script"),
        ("plain rdflib script, cold", *plain, "1"),
        *((f"llm4cell {name}", *rest[name], "") for name in rest),
    ]
    print(f"{'command':28}{'median s':>9}{'MB':>7}  ratio")
    for name, seconds, megabytes, ratio in rows:
        print(f"{name:28}{seconds:9.2f}{megabytes:7.0f}  {ratio}")
    return 0


def measure(commands: dict[str, list[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Return command name -> (median seconds, largest peak memory in MB of it and its children)."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, float] = dict.fromkeys(commands, 0.0)
    for _ in range(rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            with subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            ) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode:
                    message = process.stderr.read().decode() if process.stderr else ""
                    raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n{message}")
            seconds[name].append(time.perf_counter() - start)
            # Linux gives kilobytes, macOS bytes.
            scale = 1024 if sys.platform != "darwin" else 1024 * 1024
            peaks[name] = max(peaks[name], usage.ru_maxrss / scale)
    return {name: (statistics.median(seconds[name]), peaks[name]) for name in commands}


if __name__ == "__main__":
    sys.exit(main())
