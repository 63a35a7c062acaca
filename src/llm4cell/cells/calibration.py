"""Raw similarity -> the share of such answers that are right.

The numbers lie in ``ontology/cells/calibration.tsv``, whose header says on what they were fitted.
An answer's score is that of a logistic model of its similarity, its lead over the next answer, the
share of the label that it says and how it was found; what shares little with the label is lowered
further, since the labels of the fit were all of cells.
"""

from __future__ import annotations

import math
from functools import cache

from llm4cell.cells.tables import read_rows
from llm4cell.errors import OntologyError
from llm4cell.resources import folder

__all__ = ["METHODS", "calibrate", "calibrate_likeness", "doubt", "features"]

METHODS = ("exact label", "synonym", "abbreviation", "marker", "fuzzy", "parent fallback")

# Below this similarity a label may as well not be of a cell at all.
_DOUBT = 0.6
# Beyond these a lead says no more.
_LEAD = (-0.5, 0.2)


def calibrate(raw: float, lead: float, heard: float, method: str, *, first: bool) -> float:
    """Return the chance that an answer is right.

    Args:
        raw: its similarity to the label, in [0, 1].
        lead: by how much this is more than that of the next answer; of a further answer, than that
            of the first.
        heard: the share of the label that the answer says.
        method: how it was found.
        first: whether it is the first answer.
    """
    base, likeness, leading, hearing = _weights("first" if first else "further", method)
    sum_ = base + likeness * raw + leading * _bounded(lead) + hearing * heard
    return doubt(raw) / (1 + math.exp(-sum_))


def doubt(raw: float) -> float:
    """Return the share of its chance that is left to an answer of this similarity, in [0, 1]."""
    return min(1.0, raw / _DOUBT) ** 2


def features(raw: float, lead: float, heard: float, method: str) -> tuple[float, ...]:
    """Return what the model weighs: likeness, lead, the share heard, and the method, one of all."""
    return (raw, _bounded(lead), heard, *(float(method == known) for known in METHODS))


def calibrate_likeness(likeness: float, *, first: bool) -> float:
    """Return the chance that an answer by sentence embedding is right.

    Args:
        likeness: the cosine of label and name.
        first: whether it is the first answer.
    """
    rank = "embedding, first" if first else "embedding, further"
    numbers = _numbers()
    sum_ = numbers[rank, "intercept"] + numbers[rank, "similarity"] * likeness
    return 1 / (1 + math.exp(-sum_))


def _bounded(lead: float) -> float:
    return min(max(lead, _LEAD[0]), _LEAD[1])


@cache
def _weights(rank: str, method: str) -> tuple[float, float, float, float]:
    """Return what counts in any case, and the weights of likeness, lead and the share heard."""
    numbers = _numbers()
    return (numbers[rank, "intercept"] + numbers.get((rank, method), 0.0),
            numbers[rank, "similarity"], numbers[rank, "lead"], numbers[rank, "heard"])


@cache
def _numbers() -> dict[tuple[str, str], float]:
    numbers: dict[tuple[str, str], float] = {}
    for place, (rank, name, value) in read_rows(
            folder("ontology") / "cells" / "calibration.tsv", ("rank", "name", "value"))[1]:
        try:
            numbers[rank, name] = float(value)
        except ValueError as error:
            raise OntologyError(f"{place}: '{value}' is no number") from error
    return numbers
