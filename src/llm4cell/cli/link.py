"""llm4cell link: cell labels to the Cell Ontology."""

from __future__ import annotations

import contextlib
import gc
import math
import os
import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llm4cell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llm4cell.cells.embedding import EmbeddingLinker
    from llm4cell.cells.inputs import Row
    from llm4cell.cells.linking import Link, Linker

_FORMATS = ("table", "csv", "json", "sssom")
_ENDINGS = {".json": "json", ".sssom.tsv": "sssom", ".sssom": "sssom"}
_TABLE_ROWS = 2000


@click.command(short_help="Link cell labels to the Cell Ontology.")
@click.argument("labels", nargs=-1, metavar="[LABEL]...")
@click.option("-i", "--input", "source", type=click.Path(path_type=Path, allow_dash=True),
              metavar="FILE", help="CSV, TSV or h5ad; - or nothing for lines of standard input.")
@click.option("--column", metavar="NAME", help="The column of labels in a CSV or TSV file.")
@click.option("--obs", metavar="NAME", help="The column of labels in the obs of an h5ad file.")
@click.option("--tissue", default="", metavar="WORDS", help="Where the cells were found: 'lung'.")
@click.option("--tissue-column", metavar="NAME", help="The column that says where.")
@click.option("--species", default="", metavar="WORDS", help="Whose cells they are: 'human'.")
@click.option("--top", type=click.IntRange(1, 50), default=None,
              help="How many candidates a label.  [default: 5; 1 for sssom]")
@click.option("--threshold", type=click.FloatRange(0, 1), default=None,
              help="The least score of a first candidate.  [default: 0.2]")
@click.option("-f", "--format", "form", type=click.Choice(_FORMATS), default=None,
              help="[default: table; of -o FILE, what its name ends in, else csv]")
@click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE",
              help="Write to FILE; of an h5ad input, NAME.h5ad is a copy with the ids in its obs.")
@click.option("--embeddings", is_flag=True,
              help="Ask sentence embeddings where words find nothing (extra 'embeddings').")
def command(
    labels: tuple[str, ...], source: Path | None, column: str | None, obs: str | None,
    tissue: str, tissue_column: str | None, species: str, top: int | None,
    threshold: float | None, form: str | None, output: Path | None, embeddings: bool,
) -> None:
    """Link each LABEL to the terms of the Cell Ontology that it may mean, best first.

    The score is the share of such answers that are right. Where none is good enough there is none,
    and the note says why. Of a file, each distinct label is answered once.

    \b
    llm4cell link "CD8+ Tmem" "Inh PVALB L4"
    llm4cell link -i labels.csv --column cell_type --tissue lung -f csv
    llm4cell link -i data.h5ad --obs cell_type -o linked.h5ad
    """
    from llm4cell.cells.linking import THRESHOLD, TOP, load_linker

    if threshold is not None and math.isnan(threshold):
        raise click.BadParameter("nan is no number", param_hint="'--threshold'")
    if output is not None and str(output) == "-":
        output = None
        form = form or "csv"
    h5ad = output is not None and output.suffix.lower() == ".h5ad"
    if output is not None:
        _check_output(source, output)
    if not h5ad:
        form = _form(form, output)
    # A terminal that shows the answers has no room for a count of them.
    watched = output is not None or not (form == "table" or sys.stdout.isatty())
    rows, hdf5 = _rows(labels, source, column, obs, tissue_column, watched=watched and not h5ad)
    linker: Linker | EmbeddingLinker = load_linker()
    if embeddings:
        from llm4cell.cells.embedding import EmbeddingLinker

        linker = EmbeddingLinker(load_linker())
    most = top or (1 if form == "sssom" else TOP)
    least = THRESHOLD if threshold is None else threshold

    gc.freeze()  # what stays until the end need not be looked through again and again
    for word in load_linker().unheeded(tissue, species):
        click.echo(f"'{word}' is in no name of the Cell Ontology; it changes no answer", err=True)

    def answer(row: Row) -> Link:
        return linker.link(row.label, tissue=f"{tissue} {row.tissue}".strip(), species=species,
                           top=most, threshold=least)

    if output is not None and h5ad:
        if not hdf5 or source is None:
            raise InputError(f"{output}: an h5ad file is written from an h5ad file alone; name it "
                             "with -i, or take -f csv")
        if form is not None:
            raise click.UsageError(f"-f {form}: {output} is written as h5ad; leave out -f, "
                                   "or name the file otherwise")
        _write_h5ad(source, output, obs, tissue_column, answer)
        return
    if form == "table":
        _print(rows, answer)
        return
    if form == "sssom" and (source is None or str(source) == "-"):
        # One mapping twice says no more than once.
        rows = _once(rows)
    _write(_pieces(form or "csv", rows, answer, linker.index.version,
                   tissues=tissue_column is not None), output)


def _form(form: str | None, output: Path | None) -> str:
    """Return the format asked for, or that which the name of the output ends in."""
    if output is None:
        return form or "table"
    if form == "table":
        raise click.UsageError("-f table is for the terminal; into a file write csv, json or sssom")
    name = output.name.lower()
    return form or next((form for end, form in _ENDINGS.items() if name.endswith(end)), "csv")


def _check_output(source: Path | None, output: Path) -> None:
    """Raise InputError where the output would take the place of the input."""
    if not output.is_file():
        return
    same = False
    if source is not None and str(source) != "-":
        same = source.exists() and source.samefile(output)
    elif sys.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            same = os.path.samestat(os.fstat(sys.stdin.fileno()), output.stat())
    if same:
        raise InputError(f"{output}: is the input, which is never changed; name another file")


def _rows(
    labels: tuple[str, ...], source: Path | None, column: str | None, obs: str | None,
    tissue_column: str | None, *, watched: bool,
) -> tuple[Iterable[Row], bool]:
    """Return the labels asked for, and whether they are from HDF5.

    Where that is ``watched``, a terminal shows how many were read.
    """
    from llm4cell.cells.inputs import Row, is_hdf5, is_usual, read_lines, read_obs, read_table
    from llm4cell.cli.output import counted

    def shown(rows: Iterable[Row], total: int | None = None) -> Iterator[Row]:
        return counted(rows, "linking", total) if watched else iter(rows)

    if labels and labels != ("-",):
        if source is not None:
            raise click.UsageError("labels and -i: give one of them")
        if column or obs or tissue_column:
            raise click.UsageError("--column, --obs and --tissue-column belong to -i FILE")
        return shown(map(Row, labels), len(labels)), False
    if source is None or str(source) == "-":
        if column or obs or tissue_column:
            raise click.UsageError("--column, --obs and --tissue-column belong to -i FILE")
        if sys.stdin is None:
            raise InputError("standard input is closed; give labels or -i FILE")
        if source is None and not labels and sys.stdin.isatty():
            raise click.UsageError("no labels; give some, or -i FILE")
        lines = read_lines(sys.stdin.buffer, "standard input")
        return _some(shown(lines), "standard input"), False
    if source.is_dir():
        raise InputError(f"{source}: is a folder; name a file")

    def guessed(name: str) -> None:
        from llm4cell.faces import printable

        hint = "" if is_usual(name) else ("; where that is a label, the file has no header: "
                                          "give it as standard input")
        click.echo(f"{source}: labels are taken from column '{printable(name)}'{hint}", err=True)

    if is_hdf5(source):
        if source.stat().st_size == 0:
            raise InputError(f"{source}: empty")
        if column:
            raise InputError(f"{source}: an h5ad file; name the column of obs with --obs")
        found = read_obs(source, obs, tissue_column, guessed)
        return _some(shown(found, len(found)), str(source)), True
    if obs:
        raise InputError(f"{source}: not HDF5, or broken off; is it an h5ad file? "
                         "Of a CSV or TSV file name the column with --column")
    rows = read_table(source, column, tissue_column, guessed)
    total = _count_rows(source) if watched and sys.stderr and sys.stderr.isatty() else None
    return _some(_once(shown(rows, total)), str(source)), False


def _count_rows(file: Path) -> int | None:
    """Return the number of lines below the header, None of a pipe, which can be read but once."""
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return sum(part.count(b"\n") for part in iter(lambda: stream.read(1 << 20), b"")) - 1


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield each row once; what was seen is kept as hashes, 12 to 24 bytes a row."""
    table, count = array("Q", bytes(8 << 12)), 0
    for row in rows:
        key = hash(row) & 0xFFFFFFFFFFFFFFFF or 1
        if _added(table, key):
            count += 1
            if count * 3 > len(table) * 2:
                larger = array("Q", bytes(16 * len(table)))
                for old in table:
                    if old:
                        _added(larger, old)
                table = larger
            yield row


def _added(table: array[int], key: int) -> bool:
    """Put ``key`` into a table of keys with gaps of 0; tell whether it is new there."""
    mask = len(table) - 1
    at = key & mask
    while found := table[at]:
        if found == key:
            return False
        at = (at + 1) & mask
    table[at] = key
    return True


def _some(rows: Iterator[Row], place: str) -> Iterator[Row]:
    """Yield ``rows``; raises InputError where there is none, before anything is printed."""
    from itertools import chain

    try:
        first = next(rows)
    except StopIteration:
        raise InputError(f"{place}: empty; no labels in it") from None
    return chain((first,), rows)


def _pieces(
    form: str, rows: Iterable[Row], answer: Callable[[Row], Link], version: str, *, tissues: bool,
) -> Iterator[str]:
    from llm4cell.cells.outputs import as_csv, as_json, as_sssom

    pairs = ((row, answer(row)) for row in rows)
    if form == "json":
        return as_json(pairs, tissues=tissues)
    return as_sssom(pairs, version) if form == "sssom" else as_csv(pairs)


def _write(pieces: Iterator[str], output: Path | None) -> None:
    from llm4cell.cli.output import write

    if output is None:
        write(pieces)
        return
    from llm4cell.files import replace_with

    size = replace_with(output, (piece.encode() for piece in pieces))
    click.echo(f"{size:,} bytes written to {output}", err=True)


def _print(rows: Iterable[Row], answer: Callable[[Row], Link]) -> None:
    from itertools import islice

    from llm4cell.cli.output import counted, print_table

    rows = iter(rows)
    cells = []
    for row in counted(islice(rows, _TABLE_ROWS), "linking", None):
        link = answer(row)
        best = link.best
        rest = "\n".join(f"{c.label} ({c.score:.2f})" for c in link.candidates[1:3])
        cells.append([_short(link.label), best.id if best else "", best.label if best else "",
                      f"{best.score:.2f}" if best else "", best.method if best else "", rest,
                      link.note])
    print_table(["label", "id", "term", "score", "found by", "runner-ups", "note"], cells)
    found = sum(bool(row[1]) for row in cells)
    click.echo(f"{found} of {len(cells)} labels linked", err=True)
    if next(rows, None) is not None:
        click.echo(f"only the first {_TABLE_ROWS} labels are shown; take -f csv for all", err=True)


def _short(label: str) -> str:
    text = " ".join(label.split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def _write_h5ad(
    source: Path, output: Path, obs: str | None, tissue_column: str | None,
    answer: Callable[[Row], Link],
) -> None:
    from collections import Counter

    from llm4cell.cells.outputs import TERM_COLUMN, write_obs
    from llm4cell.cli.output import busy

    reasons: Counter[str] = Counter()

    def answer_and_count(row: Row) -> Link:
        found = answer(row)
        if not found.candidates:
            reasons[found.note] += 1
        return found

    with busy("writing"):
        count, cells = write_obs(source, output, obs, tissue=tissue_column, link=answer_and_count)
    click.echo(f"obs['{TERM_COLUMN}'] of {count:,} of {cells:,} cells written to {output}",
               err=True)
    for reason, labels in reasons.most_common(3):
        click.echo(f"no term for {labels:,} {'label' if labels == 1 else 'labels'}: {reason}",
                   err=True)
