"""Links labels by four methods in one run: accuracy, labels a second, and how true the scores are.

usage: link.py [FILE.tsv]...

Each FILE has columns label and id, where ids that are equally right stand between '|'. Without one,
these are the labels of benchmarks/labels.tsv, by split and kind, and those that immunologists
mapped (../shared/gold), where they are there. The first answer counts with the default threshold
and no context; none counts as wrong.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from llm4cell.cells import Linker, distance, load_index
from llm4cell.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT.parent / "shared" / "gold" / "celltypist-labels.tsv"
Pairs = list[tuple[str, list[str]]]


def main() -> int:
    sets = {Path(name).stem: read(Path(name)) for name in sys.argv[1:]} or standard_sets()
    print_cold()  # first, while this process is small: a child's peak begins with its parent's
    methods = {"exact": exact(), "WRatio": wratio(), "TF-IDF": tfidf(), "llm4cell": ours()}
    print(f"{'labels':28}{'n':>5}  {'method':10}{'top-1':>7}{'top-5':>7}{'1 edge':>8}"
          f"{'labels/s':>10}")
    for name, pairs in sets.items():
        for method, find in methods.items():
            start = time.perf_counter()
            found = [find(label) for label, _ in pairs]
            spent = time.perf_counter() - start
            first, five, near = score(pairs, found)
            print(f"{name:28}{len(pairs):5}  {method:10}{first:7.1%}{five:7.1%}{near:8.1%}"
                  f"{len(pairs) / spent:10,.0f}")
    print_scores([pair for pairs in sets.values() for pair in pairs])
    return 0


def read(path: Path, **chosen: str) -> Pairs:
    """Return the labels of a table with the ids that are right, of rows that are as chosen.

    Ends the program where there is none, or no column of ids.
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines()
             if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    names = rows.fieldnames or ()
    ids = "id" if "id" in names else "cl_id"
    if not {"label", ids} <= set(names):
        raise SystemExit(f"{path}: no columns label and id")
    pairs = [(row["label"], row[ids].split("|")) for row in rows
             if all(row[name] == value for name, value in chosen.items())]
    if not pairs:
        raise SystemExit(f"{path}: no labels in it")
    return pairs


def standard_sets() -> dict[str, Pairs]:
    own = ROOT / "benchmarks" / "labels.tsv"
    sets = {f"own, {kind}, {split}": read(own, split=split, kind=kind)
            for split in ("development", "test") for kind in ("long", "short")}
    if GOLD.is_file():
        sets["immunologists'"] = read(GOLD)
    return sets


def score(pairs: Pairs, found: list[list[str]]) -> tuple[float, float, float]:
    """Return the shares of right first answers, right ones among five, and within one edge."""
    first = five = near = 0
    for (_, right), ids in zip(pairs, found, strict=True):
        first += bool(ids) and ids[0] in right
        five += any(identifier in right for identifier in ids[:5])
        near += bool(ids) and any(is_near(ids[0], other) for other in right)
    return first / len(pairs), five / len(pairs), near / len(pairs)


def is_near(one: str, other: str) -> bool:
    try:
        return distance(one, other) <= 1
    except ParameterError:  # of two without a common kind
        return False


def names() -> list[tuple[str, str]]:
    """Return every current label and synonym, folded, with its id."""
    current = [term for term in load_index().terms.values() if not term.obsolete]
    return ([(term.label.casefold(), term.id) for term in current]
            + [(name.casefold(), term.id) for term in current for name in term.synonyms])


def exact() -> Callable[[str], list[str]]:
    known: dict[str, str] = {}
    for name, identifier in names():
        known.setdefault(name, identifier)
    return lambda label: [known[label.casefold()]] if label.casefold() in known else []


def wratio() -> Callable[[str], list[str]]:
    from rapidfuzz import fuzz, process

    known = names()
    choices = [name for name, _ in known]

    def find(label: str) -> list[str]:
        best = process.extract(label.casefold(), choices, scorer=fuzz.WRatio, limit=20)
        return list(dict.fromkeys(known[at][1] for *_, at in best))

    return find


def tfidf() -> Callable[[str], list[str]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = names()
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    matrix = vectors.fit_transform([name for name, _ in known])

    def find(label: str) -> list[str]:
        likeness = (matrix @ vectors.transform([label.casefold()]).T).toarray().ravel()
        return list(dict.fromkeys(known[at][1] for at in likeness.argsort()[::-1][:20]))

    return find


def ours() -> Callable[[str], list[str]]:
    linker = Linker()
    linker.link("T cell")
    return lambda label: [candidate.id for candidate in linker.link(label).candidates]


def print_scores(pairs: Pairs) -> None:
    """Print how many answers of about each score are right."""
    linker = Linker()
    bins: dict[int, list[tuple[float, bool]]] = {}
    for label, right in pairs:
        best = linker.link(label).best
        if best:
            bins.setdefault(min(int(best.score * 10), 9), []).append(
                (best.score, best.id in right))
    print(f"\n{'score':>10}{'answers':>9}{'mean':>7}{'right':>7}")
    for at, answers in sorted(bins.items()):
        mean = sum(value for value, _ in answers) / len(answers)
        share = sum(right for _, right in answers) / len(answers)
        print(f"{at / 10:6.1f}-{at / 10 + 0.1:.1f}{len(answers):9}{mean:7.2f}{share:7.2f}")


def print_cold() -> None:
    """Print what one answer from a fresh process takes."""
    command = [sys.executable, "-m", "llm4cell", "link", "Treg", "-f", "json"]
    spent, peak = [], 0.0
    for _ in range(5):
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
        spent.append(time.perf_counter() - start)
        peak = max(peak, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024))
    print(f"first answer of a fresh process: {sorted(spent)[2]:.2f} s, {peak:.0f} MB\n")


if __name__ == "__main__":
    raise SystemExit(main())
