"""llm4cell link: cell labels to the Cell Ontology."""

from __future__ import annotations

import sys
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
@click.option("-f", "--format", "form", type=click.Choice(_FORMATS), default="table",
              show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
              help="Write to FILE; of an h5ad input, NAME.h5ad is a copy with the ids in its obs.")
@click.option("--embeddings", is_flag=True,
              help="Ask sentence embeddings where words find nothing (extra 'embeddings').")
def command(
    labels: tuple[str, ...], source: Path | None, column: str | None, obs: str | None,
    tissue: str, tissue_column: str | None, species: str, top: int | None,
    threshold: float | None, form: str, output: Path | None, embeddings: bool,
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

    rows, total, hdf5 = _rows(labels, source, column, obs, tissue_column)
    linker: Linker | EmbeddingLinker = load_linker()
    if embeddings:
        from llm4cell.cells.embedding import EmbeddingLinker

        linker = EmbeddingLinker(load_linker())
    most = top or (1 if form == "sssom" else TOP)
    least = THRESHOLD if threshold is None else threshold

    def answer(row: Row) -> Link:
        return linker.link(row.label, tissue=f"{tissue} {row.tissue}".strip(), species=species,
                           top=most, threshold=least)

    if output is not None and output.suffix == ".h5ad":
        if not hdf5 or source is None:
            raise InputError(f"{output}: an h5ad file is written from an h5ad file alone; name it "
                             "with -i, or take -f csv")
        _write_h5ad(source, output, obs or column, tissue_column, answer)
        return
    if form == "table" and output is None:
        _print(rows, answer)
        return
    _write(_pieces(form, rows, total, answer, linker), output)


def _rows(
    labels: tuple[str, ...], source: Path | None, column: str | None, obs: str | None,
    tissue_column: str | None,
) -> tuple[Iterable[Row], int | None, bool]:
    """Return the labels asked for, how many there are if that is known, whether from HDF5."""
    from llm4cell.cells.inputs import Row, is_hdf5, read_lines, read_obs, read_table

    if labels and labels != ("-",):
        if source is not None:
            raise click.UsageError("labels and -i: give one of them")
        return [Row(label) for label in labels], len(labels), False
    if source is None or str(source) == "-":
        if column or obs or tissue_column:
            raise click.UsageError("--column, --obs and --tissue-column belong to -i FILE")
        if sys.stdin is None:
            raise InputError("standard input is closed; give labels or -i FILE")
        if source is None and not labels and sys.stdin.isatty():
            raise click.UsageError("no labels; give some, or -i FILE")
        return _some(read_lines(sys.stdin.buffer, "standard input"), "standard input"), None, False
    if source.is_dir():
        raise InputError(f"{source}: is a folder; name a file")
    if is_hdf5(source):
        if source.stat().st_size == 0:
            raise InputError(f"{source}: empty")
        if column:
            raise InputError(f"{source}: an h5ad file; name the column of obs with --obs")
        return _some(read_obs(source, obs, tissue_column), str(source)), None, True
    if obs:
        raise InputError(f"{source}: not HDF5, or broken off; is it an h5ad file? "
                         "Of a CSV or TSV file name the column with --column")
    return _some(_once(read_table(source, column, tissue_column)), str(source)), None, False


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield each row once; what was seen is kept as hashes, a few bytes a label."""
    seen: set[int] = set()
    for row in rows:
        key = hash(row)
        if key not in seen:
            seen.add(key)
            yield row


def _some(rows: Iterator[Row], place: str) -> Iterator[Row]:
    """Yield ``rows``; raises InputError where there is none, before anything is printed."""
    from itertools import chain

    try:
        first = next(rows)
    except StopIteration:
        raise InputError(f"{place}: empty; no labels in it") from None
    return chain((first,), rows)


def _pieces(
    form: str, rows: Iterable[Row], total: int | None, answer: Callable[[Row], Link],
    linker: Linker | EmbeddingLinker,
) -> Iterator[str]:
    from llm4cell.cells.outputs import as_csv, as_json, as_sssom
    from llm4cell.cli.output import counted

    pairs = ((row, answer(row)) for row in counted(rows, "linking", total))
    if form == "json":
        yield from as_json(link for _, link in pairs)
    elif form == "sssom":
        yield from as_sssom((link for _, link in pairs), linker.index.version)
    else:
        yield from as_csv(pairs)


def _write(pieces: Iterator[str], output: Path | None) -> None:
    from llm4cell.cli.output import write

    if output is None or str(output) == "-":
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
        rest = "; ".join(f"{c.label} ({c.score:.2f})" for c in link.candidates[1:3])
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
    from llm4cell.cells.inputs import Row, name_of_column
    from llm4cell.cells.outputs import TERM_COLUMN, write_obs
    from llm4cell.cli.output import busy

    if tissue_column:
        raise InputError("--tissue-column: an h5ad file is written for one tissue; "
                         "name it with --tissue")
    name = name_of_column(source, obs)
    with busy("writing"):
        count, cells = write_obs(source, output, name, lambda label: answer(Row(label)))
    click.echo(f"obs['{TERM_COLUMN}'] of {count:,} of {cells:,} cells written to {output}",
               err=True)
