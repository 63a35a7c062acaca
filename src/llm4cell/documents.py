"""YAML text -> a tree in which every node knows its line.

Catalogue files are written by hand and may come from strangers, so the tree is built from parser
events: nesting is bounded before anything recursive sees it, aliases and tags are refused, and
scalars stay the text that stands in the file ("no", "10:30" and "0123" are what they look like).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from llm4cell.errors import CatalogueError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Items", "Node", "Pairs", "Text", "read_document"]

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 20


@dataclass(slots=True)
class Text:
    """A scalar: its text and line; ``empty`` where the file has a key without a value."""

    text: str
    line: int
    empty: bool = False


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


def read_document(path: Path, shown: str) -> Node:
    """Read one YAML file; ``shown`` is the path that messages name.

    Raises CatalogueError where the file cannot be read, is too large, is not UTF-8, is not YAML,
    nests deeper than 20 levels, repeats a key, or uses an alias, an anchor or a tag.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _error(shown, 0, f"{size:,} bytes, more than {MAX_BYTES:,}", "split the file")
        raw = path.read_bytes()
    except OSError as error:
        raise _error(shown, 0, f"cannot be read ({error.strerror})", "") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(shown, line, f"byte 0x{raw[error.start]:02x} is not UTF-8",
                     "save the file as UTF-8") from error
    return _build(text, shown)


def _build(text: str, shown: str) -> Node:
    import yaml

    try:
        return _Builder(shown).build(
            yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(shown, line, f"character #x{ord(str(error.character)[:1] or ' '):04x} "
                     "is not allowed in YAML", "remove it") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        fault = " ".join(filter(None, (error.context, error.problem)))
        raise _error(shown, line, f"not YAML: {fault}",
                     "check indentation, quotes and colons on this line") from error


def _error(shown: str, line: int, fault: str, fix: str) -> CatalogueError:
    return CatalogueError([Problem(f"{shown}:{line}" if line else shown, fault, fix)])


class _Builder:
    """Builds the tree iteratively, so that depth costs no stack."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.open: list[Items | Pairs] = []
        self.keys: list[Text | None] = []

    def build(self, events: Iterator[object]) -> Node:
        import yaml

        for event in events:
            line = event.start_mark.line + 1  # type: ignore[attr-defined]
            if isinstance(event, yaml.AliasEvent):
                raise _error(self.shown, line, f"alias '*{event.anchor}'",
                             "write the value out; aliases are not read")
            if isinstance(event, yaml.NodeEvent) and event.anchor:
                raise _error(self.shown, line, f"anchor '&{event.anchor}'",
                             "remove it; anchors are not read")
            if isinstance(event, yaml.ScalarEvent):
                if event.tag not in (None, "!"):
                    raise _error(self.shown, line, f"tag '{event.tag}'",
                                 "remove it; every value is plain text")
                empty = event.style is None and event.value in ("", "~", "null")
                self._place(Text(event.value, line, empty))
            elif isinstance(event, yaml.CollectionStartEvent):
                if len(self.open) >= MAX_DEPTH:
                    raise _error(self.shown, line, f"nested deeper than {MAX_DEPTH} levels",
                                 "a catalogue file needs fewer")
                if event.tag not in (None, "!"):
                    raise _error(self.shown, line, f"tag '{event.tag}'",
                                 "remove it; every value is plain")
                node: Items | Pairs = (
                    Pairs(line) if isinstance(event, yaml.MappingStartEvent) else Items(line)
                )
                self._place(node)
                self.open.append(node)
                self.keys.append(None)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
            elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                raise _error(self.shown, line, "a second document starts",
                             "one file holds one document")
        if self.problems:
            raise CatalogueError(self.problems)
        if self.root is None:
            raise _error(self.shown, 0, "the file is empty",
                         "see docs/catalogue.md for what belongs here")
        return self.root

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
                raise _error(self.shown, node.line, "a key that is not plain text",
                             "write 'key: value'")
            self.keys[-1] = node
            return
        self.keys[-1] = None
        if key.text in parent.nodes:
            self.problems.append(Problem(f"{self.shown}:{key.line}", f"key '{key.text}' again",
                                         f"it stands on line {parent.lines[key.text]} already"))
            return
        parent.nodes[key.text] = node
        parent.lines[key.text] = key.line
