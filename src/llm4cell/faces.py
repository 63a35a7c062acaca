"""What every face for people shares: an answer's cells as labels."""

from __future__ import annotations

import re

from llm4cell.store import Store, Table, select_labels
from llm4cell.vocabulary import compact

__all__ = ["readable"]


def readable(store: Store, table: Table) -> tuple[list[str], list[list[str]]]:
    """Return column names and cells for people.

    ``?x`` gives way to ``?xLabel`` where both are there; other IRIs are shown by their label, or as
    a CURIE where they have none.
    """
    shown = [
        index for index, name in enumerate(table.columns) if f"{name}Label" not in table.columns
    ]
    iris = {
        row[index].value  # type: ignore[union-attr]
        for row in table for index in shown if row[index] and row[index].kind == "uri"  # type: ignore[union-attr]
    }
    labels = select_labels(store, sorted(iris))
    rows = []
    for row in table:
        cells = []
        for index in shown:
            term = row[index]
            if term is None:
                cells.append("")
            elif term.kind == "uri":
                cells.append(labels.get(term.value) or compact(term.value))
            else:
                cells.append(term.value)
        rows.append(cells)
    return [_heading(table.columns[index]) for index in shown], rows


def _heading(name: str) -> str:
    """Return a variable's name as words.

    >>> _heading("sourceKind"), _heading("modelLabel")
    ('source kind', 'model')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Label")).lower()
    return words
