"""Turtle as this project lays it out: types first, a blank line between subjects.

pyoxigraph writes it, faster than rdflib; its order of prefixes varies from run to run, so
these are written here, and those alone that are used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm4cell.vocabulary import PREFIXES, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyoxigraph

__all__ = ["MAX_NESTING", "OPAQUE", "lay_out", "nesting_line", "order"]

# Deeper than any Turtle that people write. pyoxigraph 0.5 ends the process where some 15,000 quoted
# triples stand in one another, and chains of blank nodes keep pySHACL busy for ever.
MAX_NESTING = 200
# What text can hide in, in Turtle and SPARQL alike: strings, IRIs, comments.
OPAQUE = (
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\x00-\x20]*>"
    r"|\#[^\n]*"
)
_MARK = re.compile(OPAQUE + r"|(?P<open><<\(?|[\[({])|(?P<close>\)?>>|[\])}])", re.DOTALL)


def nesting_line(text: str) -> int:
    """Return the line on which Turtle nests deeper than MAX_NESTING, 0 where it never does."""
    depth = 0
    for mark in _MARK.finditer(text):
        if mark["open"]:
            depth += 1
            if depth > MAX_NESTING:
                return text.count("\n", 0, mark.start()) + 1
        elif mark["close"]:
            depth -= 1
    return 0


def order(triple: pyoxigraph.Triple) -> tuple[str, bool, str, str]:
    """Return the key by which triples are sorted before they are laid out."""
    predicate = triple.predicate.value
    return str(triple.subject), predicate != RDF.type, predicate, str(triple.object)


def lay_out(triples: Iterable[pyoxigraph.Triple], more: dict[str, str] | None = None) -> str:
    """Return ``triples``, in the order given, as Turtle; ``more`` adds to the usual prefixes."""
    import pyoxigraph

    prefixes = PREFIXES | (more or {})
    body = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.TURTLE, prefixes=prefixes)
    assert body is not None  # no output was given, so it is returned
    lines: list[str] = []
    # Not splitlines(): a literal may hold characters that it takes for line ends.
    for line in body.decode().removesuffix("\n").split("\n"):
        if not line.startswith("@prefix "):
            lines += [line.replace("\t", "    ", 1)] if line.startswith("\t") else ["", line]
    text = "\n".join(lines)
    head = [f"@prefix {p}: <{prefixes[p]}> ." for p in sorted(prefixes) if f"{p}:" in text]
    return "\n".join([*head, text, ""])
