"""YAML text -> a tree in which every node knows its line.

Catalogue files are written by hand and may come from strangers, so the tree is built from parser
events: size and nesting are bounded before anything recursive sees them, aliases, anchors and tags
are refused, and scalars stay the text that stands in the file ("no", "10:30" and "0123" are what
they look like).
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from llm4cell.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import yaml

__all__ = ["MAX_TEXT", "Items", "Node", "Pairs", "Text", "read_document", "shorten"]

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 20
MAX_NODES = 300_000
MAX_PROBLEMS = 100
MAX_TEXT = 5_000

# YAML 1.2, production 1 (c-printable), without the byte order mark.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd"
                        "\U00010000-\U0010ffff]")
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Text:
    """A scalar: its text and line.

    ``empty`` where the file has a key without a value; ``cut`` where the text was too long and only
    its beginning is kept, which is a problem recorded already.
    """

    text: str
    line: int
    empty: bool = False
    cut: bool = False


@dataclass(slots=True)
class Items:
    """A list of nodes."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Pairs:
    """A mapping from key to node, with the line of each key."""

    line: int
    nodes: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Text | Items | Pairs


class _Stop(Exception):  # noqa: N818  it ends a reading and reports nothing itself
    """Nothing behind this place can be read; the problem is recorded already."""


def shorten(text: str) -> str:
    """Return ``text`` as a message may quote it: one line, short, nothing a terminal obeys.

    >>> shorten("a\\nb"), len(shorten("x" * 1000))
    ('a b', 60)
    """
    text = " ".join(text[:200].split())
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= 60 else text[:57] + "..."


def read_document(path: Path, shown: str, problems: list[Problem]) -> Node | None:
    """Read one YAML file; ``shown`` is the path that messages name.

    Everything wrong with the file as YAML is added to ``problems``: it cannot be read, is too
    large, is not UTF-8, holds control characters, nests too deep, repeats a key, uses an alias, an
    anchor or a tag. Returns the tree, or None where there is none to go on with.
    """
    builder = _Builder(shown, problems)
    try:
        text = _decode(_read_bytes(path, builder), builder)
        builder.build(text)
    except _Stop:
        return None
    return builder.root


def _read_bytes(path: Path, report: _Builder) -> bytes:
    try:
        # A pipe or device would be waited for: look before reading, and open without waiting.
        if not stat.S_ISREG(path.stat().st_mode):
            report.stop(0, "not a regular file", "put a YAML file here or remove it")
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        report.stop(0, f"cannot be read ({error.strerror})", "")
    if len(raw) > MAX_BYTES:
        report.stop(0, f"more than {MAX_BYTES:,} bytes", "split the file")
    return raw


def _decode(raw: bytes, report: _Builder) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        report.stop(line, f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8")
    found = _FORBIDDEN.search(text)
    while found:
        line = text.count("\n", 0, found.start()) + 1
        report.fault(line, f"character U+{ord(found[0]):04X} is not allowed in YAML", "remove it")
        end = text.find("\n", found.start())
        found = _FORBIDDEN.search(text, end) if end >= 0 else None
    if report.count:
        raise _Stop
    return text


class _Builder:
    """Builds the tree iteratively, so that depth costs no stack."""

    def __init__(self, shown: str, problems: list[Problem]) -> None:
        self.shown = shown
        self.problems = problems
        self.count = 0
        self.nodes = 0
        self.root: Node | None = None
        self.open: list[Items | Pairs] = []
        self.keys: list[Text | None] = []

    def fault(self, line: int, fault: str, fix: str) -> None:
        self.count += 1
        self.problems.append(Problem(f"{self.shown}:{line}" if line else self.shown, fault, fix))
        if self.count >= MAX_PROBLEMS:
            raise _Stop

    def stop(self, line: int, fault: str, fix: str) -> NoReturn:
        self.fault(line, fault, fix)
        raise _Stop

    def build(self, text: str) -> None:
        import yaml

        try:
            self._follow(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            fault = " ".join(filter(None, (error.context, error.problem)))
            self.stop(getattr(mark, "line", -1) + 1, f"not YAML: {fault}",
                      "check indentation, quotes and colons on this line")
        if self.root is None or (isinstance(self.root, Text) and self.root.empty):
            self.stop(0, "the file is empty", "see docs/catalogue.md for what belongs here")

    def _follow(self, events: Iterable[yaml.Event]) -> None:
        import yaml

        for event in events:
            start: Any = event.start_mark
            line: int = start.line + 1
            if isinstance(event, yaml.NodeEvent):
                self._check(event, line)
            if isinstance(event, yaml.AliasEvent):
                self._place(Text("", line))
            elif isinstance(event, yaml.ScalarEvent):
                # Plain style is None in one parser and "" in the other.
                empty = not event.style and event.value in _NULLS
                cut = len(event.value) > MAX_TEXT
                self._place(Text(event.value[:MAX_TEXT], line, empty, cut))
            elif isinstance(event, yaml.CollectionStartEvent):
                node = Pairs(line) if isinstance(event, yaml.MappingStartEvent) else Items(line)
                self._place(node)
                self.open.append(node)
                self.keys.append(None)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
            elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                self.stop(line, "a second document starts", "one file holds one document")

    def _check(self, event: yaml.NodeEvent, line: int) -> None:
        """Record what no catalogue file may hold."""
        import yaml

        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.stop(line, f"more than {MAX_NODES:,} keys and values", "split the file")
        if isinstance(event, yaml.AliasEvent):
            self.fault(line, f"alias '*{shorten(event.anchor or '')}'",
                       "write the value out; aliases are not read")
            return
        if event.anchor:
            self.fault(line, f"anchor '&{shorten(event.anchor)}'",
                       "remove it; anchors are not read")
        if isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent) and event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.fault(line, f"tag '{shorten(tag)}'", "remove it; every value is plain")
        if isinstance(event, yaml.ScalarEvent):
            self._check_text(event.value, line)
        elif len(self.open) >= MAX_DEPTH:
            self.stop(line, f"nested deeper than {MAX_DEPTH} levels",
                      "a catalogue file needs fewer")

    def _check_text(self, text: str, line: int) -> None:
        # Double quotes let a file write characters that it may not hold.
        found = _FORBIDDEN.search(text)
        if found:
            self.fault(line, f"character U+{ord(found[0]):04X} is not allowed", "remove it")
        if len(text) > MAX_TEXT:
            self.fault(line, f"'{shorten(text)}' has {len(text):,} characters, more than "
                       f"{MAX_TEXT:,}", "say it in fewer words")

    def _place(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
            return
        key = self.keys[-1]
        if key is None:
            if not isinstance(node, Text):
                self.stop(node.line, "a key that is not plain text", "write 'key: value'")
            self.keys[-1] = node
            return
        self.keys[-1] = None
        if key.text in parent.nodes:
            self.fault(key.line, f"key '{shorten(key.text)}' again",
                       f"it stands on line {parent.lines[key.text]} already")
            return
        parent.nodes[key.text] = node
        parent.lines[key.text] = key.line
