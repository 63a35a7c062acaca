"""Fits the scores of `llm4cell link` to labels whose terms are known: calibration.tsv anew.

usage: calibrate.py FILE.tsv... [--write]

Each FILE has columns label and id, where ids that are equally right stand between '|'. Take labels
that the rules were not written with. Prints how many answers of about each score are right, of
labels that the fit did not see (five-fold); with --write the fit to all goes into
ontology/cells/calibration.tsv, whose rows for sentence embeddings stay as they are.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from link import read
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from llm4cell.cells import Linker
from llm4cell.cells.calibration import METHODS, doubt, features

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = Path(__file__).resolve().parent.parent / "ontology" / "cells" / "calibration.tsv"
RANKS = ("first", "further")
FOLDS = 5


class Answers(NamedTuple):
    """Of each answer its features, whether it is right, the number of its label, and its rank."""

    x: NDArray[np.float64]
    right: NDArray[np.bool_]
    label: NDArray[np.int64]
    first: NDArray[np.bool_]


def main() -> int:
    paths = [Path(name) for name in sys.argv[1:] if name != "--write"]
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    pairs = [pair for path in paths for pair in read(path)]
    answers = ask(pairs)
    print_reliability(answers)
    if "--write" in sys.argv:
        write({rank: fit(answers, answers.first == (rank == "first")) for rank in RANKS},
              Counter({path.stem: len(read(path)) for path in paths}))
    return 0


def ask(pairs: list[tuple[str, list[str]]]) -> Answers:
    seen: list[tuple[float, ...]] = []

    def record(raw: float, lead: float, heard: float, method: str, *, first: bool) -> float:
        seen.append((float(first), *features(raw, lead, heard, method)))
        return 1.0

    linker = Linker(score=record)
    rows, right, labels = [], [], []
    for number, (label, ids) in enumerate(dict(pairs).items()):
        seen.clear()
        found = linker.link(label).candidates
        if len(found) != len(seen):  # an id, which is no guess
            continue
        rows += seen
        right += [candidate.id in ids for candidate in found]
        labels += [number] * len(found)
    table = np.array(rows)
    return Answers(table[:, 1:], np.array(right), np.array(labels), table[:, 0] == 1)


def fit(answers: Answers, chosen: NDArray[np.bool_]) -> Any:
    return LogisticRegression(C=3, max_iter=5000).fit(answers.x[chosen], answers.right[chosen])


def print_reliability(answers: Answers) -> None:
    """Print, for first answers, mean score and share right by score, of labels held out in turn."""
    chance = np.zeros(len(answers.x))
    numbers = np.unique(answers.label)
    for train, _ in KFold(FOLDS, shuffle=True, random_state=0).split(numbers):
        inside = np.isin(answers.label, numbers[train])
        for first in (True, False):
            rank = answers.first == first
            model = fit(answers, inside & rank)
            out = ~inside & rank
            if out.any():
                chance[out] = model.predict_proba(answers.x[out])[:, 1]
    chance *= [doubt(raw) for raw in answers.x[:, 0]]  # as the score has it
    for rank in RANKS:
        of_rank = answers.first == (rank == "first")
        print(f"{rank:>10}{'answers':>9}{'mean':>7}{'right':>7}")
        for low in range(10):
            chosen = of_rank & (chance * 10 // 1 == low)
            if chosen.any():
                print(f"{low / 10:6.1f}-{low / 10 + 0.1:.1f}{chosen.sum():9}"
                      f"{chance[chosen].mean():7.2f}{answers.right[chosen].mean():7.2f}")


def write(models: dict[str, Any], sizes: Counter[str]) -> None:
    kept = TABLE.read_text(encoding="utf-8")
    embedding = kept[kept.index("# Answers by sentence embedding"):]
    named = ", ".join(f"{name} ({count})" for name, count in sizes.items())
    lines = ["# Logistic models of the chance that an answer is right: a first one, and a further.",
             "# Fitted by benchmarks/calibrate.py on labels that the rules were not written with:",
             f"# {named}; see docs/linking.md.", "rank\tname\tvalue"]
    names = ("similarity", "lead", "heard", *METHODS)
    for rank, model in models.items():
        lines.append(f"{rank}\tintercept\t{model.intercept_[0]:.3f}")
        lines += [f"{rank}\t{name}\t{value:.3f}"
                  for name, value in zip(names, model.coef_[0], strict=True)]
    TABLE.write_text("\n".join(lines) + "\n" + embedding, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
