"""What is no catalogue YAML is refused with file and line, quickly, and all of it at once."""

from __future__ import annotations

import os
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llm4cell.documents import (
    MAX_BYTES,
    MAX_PROBLEMS,
    MAX_TEXT,
    Items,
    Node,
    Pairs,
    Text,
    read_document,
)

if TYPE_CHECKING:
    from pathlib import Path

    from llm4cell.errors import Problem


def read(path: Path, content: bytes | str) -> tuple[Node | None, list[str]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems: list[Problem] = []
    return read_document(path, "x.yaml", problems), [str(problem) for problem in problems]


def plain(node: Node) -> object:
    if isinstance(node, Text):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.nodes.items()}


def test_scalars_stay_what_they_look_like(tmp_path: Path) -> None:
    node, problems = read(tmp_path / "x", "a: no\nb: 10:30\nc: 0123\nd: 2026-01-01\ne: 1_000\n"
                                          "f: .nan\ng: 'null'\nh: <<\n")
    assert problems == []
    assert plain(node) == {"a": "no", "b": "10:30", "c": "0123", "d": "2026-01-01", "e": "1_000",
                           "f": ".nan", "g": "null", "h": "<<"}


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    node, _ = read(tmp_path / "x",
                   "# head\na: 1\nb:\n  - x\n  - y: |\n      two\n      lines\nc: 3\n")
    assert isinstance(node, Pairs)
    assert node.lines == {"a": 2, "b": 3, "c": 8}
    items = node.nodes["b"]
    assert isinstance(items, Items)
    assert [item.line for item in items.items] == [4, 5]


@pytest.mark.parametrize("nothing", ["", " ", " ~", " null", " Null", " NULL", " # a hole"])
def test_a_key_without_value_is_empty(tmp_path: Path, nothing: str) -> None:
    node, problems = read(tmp_path / "x", f"a:{nothing}\nb: 1\n")
    assert isinstance(node, Pairs)
    assert problems == []
    assert node.nodes["a"] == Text(node.nodes["a"].text, 1, empty=True)  # type: ignore[union-attr]


def test_a_text_that_is_too_long_is_marked_as_cut(tmp_path: Path) -> None:
    """Whoever measures it again would count what is left, 5,000 characters."""
    for size in (MAX_TEXT, MAX_TEXT + 1):
        node, problems = read(tmp_path / "x", f"a: {'x' * size}\n")
        assert isinstance(node, Pairs)
        assert node.nodes["a"] == Text("x" * MAX_TEXT, 1, cut=size > MAX_TEXT)
        assert len(problems) == size - MAX_TEXT


def test_the_parser_in_python_reads_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: ~\nb:\n- x\n- 'q'\nc: {d: 1}\n"
    fast, _ = read(tmp_path / "x", text)
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow, _ = read(tmp_path / "x", text)
    assert slow == fast


def test_byte_order_mark_of_utf_8_is_no_fault(tmp_path: Path) -> None:
    node, problems = read(tmp_path / "x", b"\xef\xbb\xbfa: b\n")
    assert (plain(node), problems) == ({"a": "b"}, [])


BAD = {
    "empty": ("", ["x.yaml: the file is empty; see docs/catalogue.md"]),
    "only a comment": ("# nothing\n", ["x.yaml: the file is empty"]),
    "only null": ("~\n", ["x.yaml: the file is empty"]),
    "not utf-8": (b"a: 1\nb: caf\xe9\n", ["x.yaml:2: byte 0xe9 is not UTF-8"]),
    "utf-16": ("a: b".encode("utf-16"), ["x.yaml:1: byte 0xff is not UTF-8"]),
    "surrogate bytes": (b"a: \xed\xa0\x80\n", ["x.yaml:1: byte 0xed is not UTF-8"]),
    "mark inside": ("a: b\nc: \ufeffd\n", ["x.yaml:2: character U+FEFF"]),
    "nul and bell": ("a: b\0\0\nc: d\ne: \a\n",
                     ["x.yaml:1: character U+0000", "x.yaml:3: character U+0007"]),
    "escaped control": ('a: "\\0"\nb: "\\e[31m"\n',
                        ["x.yaml:1: character U+0000", "x.yaml:2: character U+001B"]),
    "escaped surrogate": ('a: "\\ud800"\n', ["x.yaml:1: not YAML"]),
    "tab": ("a:\n\tb: 1\n", ["x.yaml:2: not YAML"]),
    "colon": ("a: b: c\n", ["x.yaml:1: not YAML: mapping values are not allowed"]),
    "open quote": ("a: 1\nb: 'x\n", ["x.yaml:3: not YAML: while scanning a quoted scalar"]),
    "open bracket": ("a: [1,\n", ["x.yaml:2: not YAML"]),
    "bad indent": ("a:\n    b: 1\n  c: 2\n", ["x.yaml:3: not YAML"]),
    "directive": ("%YAML 3.0\n---\na: b\n", ["x.yaml:1: not YAML: found incompatible"]),
    "two documents": ("a: 1\n---\nb: 2\n", ["x.yaml:2: a second document starts"]),
    "alias": ("a: &x 1\nb: *x\n", ["x.yaml:1: anchor '&x'; remove it",
                                   "x.yaml:2: alias '*x'; write the value out"]),
    "tag": ("a: !!python/object/apply:os.system [ls]\nb: !x 1\n",
            ["x.yaml:1: tag '!!python/object/apply:os.system'", "x.yaml:2: tag '!x'"]),
    "key again": ("a: 1\nb: 2\na: 3\n", ["x.yaml:3: key 'a' again; it stands on line 1 already"]),
    "key list": ("[a]: 1\n", ["x.yaml:1: a key that is not plain text; write 'key: value'"]),
    "long value": ("a: " + "x" * 100_000, ["x.yaml:1: 'xxx"]),
    "all at once": ("a: &x 1\na: !y 2\nb: \"\\0\"\nc: [\n",
                    ["x.yaml:1: anchor", "x.yaml:2: tag", "x.yaml:2: key 'a' again",
                     "x.yaml:3: character U+0000", "x.yaml:5: not YAML"]),
}


@pytest.mark.parametrize(("content", "expected"), BAD.values(), ids=BAD)
def test_bad_yaml(tmp_path: Path, content: bytes | str, expected: list[str]) -> None:
    _, problems = read(tmp_path / "x", content)
    assert len(problems) == len(expected), problems
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(start)
        assert len(problem) < 200
        assert problem.isprintable()


HEAVY = {
    "flow brackets": b"[" * 100_000,
    "block brackets": b"- " * 100_000 + b"a",
    "braces": b"{a: " * 100_000,
    "explicit keys": b"? " * 100_000,
    "indented keys": b"".join(b" " * i + b"a:\n" for i in range(2_000)),
    "billion laughs": b"a: &a [x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (i, i, b",".join([b"*%c" % (i - 1)] * 9)) for i in b"bcdefghijklm"),
    "one long line": b"a: " + b"x" * (MAX_BYTES - 10),
    "too large": b"a: " + b"x" * MAX_BYTES,
    "tiny items": b"- a\n" * (3 * 1024 * 256),
    "tiny flow items": b"[" + b"a," * (3 * 1024 * 512) + b"a]",
    "repeated keys": b"a: 1\n" * 300_000,
    "anchors": b"- &a 1\n" * 300_000,
    "control characters": b"a: \x01\n" * 300_000,
}


@pytest.mark.parametrize("content", HEAVY.values(), ids=HEAVY)
def test_heavy_files_are_refused_soon(tmp_path: Path, content: bytes) -> None:
    start = time.process_time()
    _, problems = read(tmp_path / "x", content)
    assert 1 <= len(problems) <= MAX_PROBLEMS
    assert time.process_time() - start < 8


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    content = b"- name: cell\n" * 10_000
    tracemalloc.start()
    try:
        node, problems = read(tmp_path / "x", content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert problems == []
    assert isinstance(node, Items)
    assert len(node.items) == 10_000
    assert peak < 1024 * len(node.items)


def unreadable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    path.write_text("a: b\n")
    monkeypatch.setattr(os, "open", refuse)


NO_FILES = {
    "absent": (lambda path, _: None, "cannot be read (No such file or directory)"),
    "folder": (lambda path, _: path.mkdir(), "not a regular file"),
    "pipe": (lambda path, _: os.mkfifo(path), "not a regular file"),
    "device": (lambda path, _: path.symlink_to("/dev/zero"), "not a regular file"),
    "link to itself": (lambda path, _: path.symlink_to(path), "cannot be read (Too many levels"),
    "unreadable": (unreadable, "cannot be read (Permission denied)"),
}


@pytest.mark.parametrize(("make", "expected"), NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_readable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                  make: object, expected: str) -> None:
    path = tmp_path / "x.yaml"
    with monkeypatch.context() as patch:
        make(path, patch)  # type: ignore[operator]
        problems: list[Problem] = []
        assert read_document(path, "x.yaml", problems) is None
    assert [str(problem).partition(";")[0][: len("x.yaml: ") + len(expected)]
            for problem in problems] == [f"x.yaml: {expected}"]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"],
                              exclude_characters="\ufeff\ufffe\uffff"), max_size=30)
TREES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=4)
                     | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12)


@given(TREES.filter(lambda tree: not isinstance(tree, str)))
def test_trees_survive(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    text = yaml.safe_dump(tree, default_style='"', allow_unicode=True)
    node, problems = read(tmp_path_factory.getbasetemp() / "tree.yaml", text)
    assert problems == []
    assert node is not None
    assert plain(node) == tree


@given(st.binary(max_size=200) | WORDS.map(lambda text: text.encode()))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory,
                                       content: bytes) -> None:
    node, problems = read(tmp_path_factory.getbasetemp() / "any.yaml", content)
    assert node is not None or problems
