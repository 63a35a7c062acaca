"""What reaches the terminal: tables for people, exact bytes for machines, signs of life."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

__all__ = ["busy", "console", "count_rows", "counted", "print_lines", "print_table", "write"]

# A pipe has no width of its own; lines as long as this keep every cell on one line.
_PIPE_WIDTH = 200
# Narrower than this nothing can be read; wider words than the other are names of files or queries.
_LEAST_WIDTH = 20
_LONG_WORD = 40
Item = TypeVar("Item")
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
    out = PipedConsole(highlight=False, soft_wrap=False, width=width, emoji=False, markup=False)
    out.width = max(out.width, _LEAST_WIDTH)
    return out


def print_lines(lines: Sequence[str]) -> None:
    """Print lines of text, wrapped to the terminal."""
    from llm4cell.faces import printable

    out = console()
    for line in lines:
        out.print(printable(line, keep="\n"))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their column names; one block a row where a table would break words."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from llm4cell.faces import printable

    rows = [[printable(cell, keep="\n") for cell in row] for row in rows]
    out = console()
    widths = _share(out.width - 3 * (len(columns) - 1), [columns, *rows])
    if not widths:
        for row in rows:
            out.print()
            for name, cell in zip(columns, row, strict=True):
                if cell:
                    out.print(Text(f"{name}: ").append(cell, style=_style(cell)))
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, overflow="fold", width=width)
    for row in rows:
        table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    out.print()
    out.print(table)
    out.print()


def _share(room: int, rows: Sequence[Sequence[str]]) -> list[int]:
    """Return a width for each column, none where the words of a row do not fit into ``room``.

    Each has room for its longest word; what is left goes to those that would like more, by how
    much more. Very long words may break.
    """
    least = [0] * len(rows[0])
    most = [0] * len(rows[0])
    for row in rows:
        for index, cell in enumerate(row):
            if len(cell) > least[index]:
                lines = cell.splitlines()
                most[index] = max(most[index], *map(len, lines))
                word = max(map(len, cell.split()), default=0)
                least[index] = max(least[index], min(word, _LONG_WORD))
    spare = room - sum(least)
    if spare < 0:
        return []
    wish = [big - small for big, small in zip(most, least, strict=True)]
    if sum(wish) > spare:
        wish = [spare * more // sum(wish) for more in wish]
    return [small + more for small, more in zip(least, wish, strict=True)]


def count_rows(number: int) -> None:
    """Say on standard error how many rows a table has."""
    import click

    click.echo(f"{number or 'no'} {'row' if number == 1 else 'rows'}", err=True)


def write(pieces: Iterable[str]) -> None:
    """Write pieces of machine-readable text as they are, in UTF-8 whatever the locale is."""
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece.encode())
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on a terminal's standard error that ``what`` goes on, once it has taken a second.

    Nothing else may be printed meanwhile.
    """
    if not _is_watched():
        yield
        return
    import threading

    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

    progress = _progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    progress.add_task(what, total=None)
    timer = threading.Timer(1.0, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        progress.stop()


def counted(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """Yield ``items``, and show on a terminal's standard error how many went by, after a second."""
    if not _is_watched():
        yield from items
        return
    import time

    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

    progress = _progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    task = progress.add_task(what, total=total)
    start = time.monotonic()
    shown = False
    try:
        for number, item in enumerate(items, 1):
            yield item
            if number % 256 == 0:
                if not shown and time.monotonic() - start > 1:
                    progress.start()
                    shown = True
                progress.update(task, completed=number)
    finally:
        progress.stop()


def _is_watched() -> bool:
    """Tell whether standard error is a terminal that can show what goes on."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _progress(*columns: ProgressColumn) -> Progress:
    """Return a display on standard error that leaves nothing behind."""
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True,
                    redirect_stdout=False, redirect_stderr=False)


def _style(cell: str) -> str:
    if cell.startswith("[") and cell.endswith("]"):
        return "bold"
    return _STYLES.get(cell.partition(",")[0], "")
