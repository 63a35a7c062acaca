"""Tables for people: wrapped to the terminal, coloured only there."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "print_lines", "print_table"]

# A pipe has no width of its own; lines as long as this keep every cell on one line.
_PIPE_WIDTH = 200
_STYLES = {"accepted": "green", "disputed": "yellow", "rejected": "red"}


def console() -> Console:
    """Return standard output as a rich console; NO_COLOR and COLUMNS are honoured."""
    from rich.console import Console

    class PipedConsole(Console):
        def on_broken_pipe(self) -> None:
            # Left to the command group, which ends quietly; rich itself would exit with 1.
            raise BrokenPipeError

    width = None
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        width = _PIPE_WIDTH
    return PipedConsole(highlight=False, soft_wrap=False, width=width, emoji=False, markup=False)


def print_lines(lines: Sequence[str]) -> None:
    """Print lines of text, wrapped to the terminal."""
    out = console()
    for line in lines:
        out.print(line)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their column names."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    console().print(table)


def _style(cell: str) -> str:
    if cell.startswith("[") and cell.endswith("]"):
        return "bold"
    return _STYLES.get(cell.partition(",")[0], "")
