"""Turtle is laid out the same every time, and what nests too deeply is seen before it is parsed."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm4cell.errors import InputError
from llm4cell.turtle import MAX_NESTING, nesting_line
from llm4cell.validation import validate_files

DEEP = {
    "quoted triples": ("<<( <urn:a> <urn:b> ", ")>>"),
    "blank nodes": ("[ <urn:p> ", "]"),
    "lists": ("( ", ")"),
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_is_refused(tmp_path: Path, kind: str) -> None:
    """Quoted triples once ended the process, blank nodes once kept it busy for ever."""
    start, end = DEEP[kind]
    path = tmp_path / "deep.ttl"
    path.write_text(f"\n<urn:a> <urn:b> {start * 20_000} <urn:c> {end * 20_000} .")
    with pytest.raises(InputError, match=r"deep\.ttl:2: nested deeper than 200 levels"):
        validate_files([path])


@pytest.mark.parametrize("kind", DEEP)
def test_nesting_is_measured_not_counted(kind: str) -> None:
    start, end = DEEP[kind]
    assert nesting_line(f"{start} {end} . " * 1000) == 0
    assert nesting_line(start * MAX_NESTING + end * MAX_NESTING) == 0
    assert nesting_line("\n" * 4 + start * (MAX_NESTING + 1)) == 5


@pytest.mark.parametrize(
    "text",
    ['"' + "[" * 300 + '"', "'" + "(" * 300 + "'", '"""' + "\n[" * 300 + '"""',
     "# " + "<<" * 300, '"\\"' + "[" * 300 + '"'],
)
def test_brackets_in_text_do_not_count(text: str) -> None:
    assert nesting_line(text) == 0
