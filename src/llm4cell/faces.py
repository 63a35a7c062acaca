"""What every face for people shares: an answer's cells as labels."""

from __future__ import annotations

import re

from llm4cell.store import Store, Table, Term, select_labels
from llm4cell.vocabulary import PUBLICATION, SOURCE, compact

__all__ = ["printable", "readable"]


def printable(text: str, keep: str = "") -> str:
    """Return ``text`` with control characters, which could steer a terminal, as escapes.

    >>> print(printable("red" + chr(27)))
    red\\x1b
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode()
                   for c in text)


def readable(store: Store, table: Table) -> tuple[list[str], list[list[str]]]:
    """Return column names and cells for people.

    ``?x`` gives way to ``?xLabel`` where both are there. Other IRIs are shown by their label, or as
    a CURIE where they have none; sources by their slug, since a title fills a line. A polarity
    stands with its verdict, and only where it is not the usual one: "disputed, denied".
    """
    shown = [
        index for index, name in enumerate(table.columns) if f"{name}Label" not in table.columns
    ]
    terms = [term for row in table for index in shown if (term := row[index])]
    labels = select_labels(store, sorted({term.value for term in terms if term.kind == "uri"}))

    def cell(term: Term | None) -> str:
        if term is None:
            return ""
        if term.kind == "bnode":
            return f"_:{term.value}"
        if term.kind != "uri":
            return term.value
        for space in (PUBLICATION, SOURCE):
            if term.value.startswith(space.base):
                return term.value.removeprefix(space.base)
        return labels.get(term.value) or compact(term.value)

    names = [_heading(table.columns[index]) for index in shown]
    rows = [[cell(row[index]) for index in shown] for row in table]
    if {"polarity", "verdict"} <= set(names):
        polarity = names.index("polarity")
        verdict = names.index("verdict")
        for cells in rows:
            if cells[polarity] not in ("", "affirmed"):
                cells[verdict] += f", {cells[polarity]}"
            del cells[polarity]
        del names[polarity]
    return names, rows


def _heading(name: str) -> str:
    """Return a variable's name as words.

    >>> _heading("sourceKind"), _heading("modelLabel")
    ('source kind', 'model')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Label")).lower()
