"""llm4cell quality: what is known of each field, from what kind of source, and what to do next."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llm4cell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.quality import Cell
    from llm4cell.store import EmbeddedStore

_KINDS = {"model": "Model", "dataset": "Dataset"}
_BEGIN, _END = "<!-- quality: begin -->", "<!-- quality: end -->"
# What a curator can do about a state, in the order in which it pays.
_TODO = {"lead": "find an address", "disputed": "find the authors' word",
         "unknown": "look it up", "rejected": "look it up", "not found": "look again"}
_MOST = 4


@click.command(short_help="Show how well each field is evidenced, and what to do next.")
@click.argument("name", metavar="[ID]", required=False)
@click.option("-k", "--kind", type=click.Choice(list(_KINDS)), default="model", show_default=True,
              help="Which records to look at.")
@click.option("-p", "--param", "params", multiple=True, metavar="scope=VALUE",
              help="scope=survey or scope=beyond; all records where left out.")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json", "csv"]),
              default="table", show_default=True)
@click.option("--readme", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the totals between the marks of FILE, as README has them.")
def command(name: str | None, kind: str, params: tuple[str, ...], form: str,
            readme: Path | None) -> None:
    """Show what is known of each field of the models, and from what kind of source.

    Without ID: totals by field, then by record, with what to do next. With ID: each field of that
    record. "known" is followed by the best kind of source that an accepted claim has; "lead" is
    said somewhere without an address, "disputed" by a third party alone. JSON and CSV have one
    entry a record and field.

    \b
    llm4cell quality
    llm4cell quality epiagent
    llm4cell quality -k dataset -p scope=survey -f csv
    """
    from llm4cell.quality import as_markdown, assess, count
    from llm4cell.store import EmbeddedStore
    from llm4cell.vocabulary import L4C

    store = EmbeddedStore()
    cells = assess(store, L4C + _KINDS[kind], _scope(store, params))
    if readme is not None:
        _update(readme, as_markdown(count(cells)))
        return
    if name is not None:
        cells = _of_record(store, cells, name, kind)
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(cell) for cell in cells], ensure_ascii=False,
                              indent=1))
    elif form == "csv":
        click.echo(_as_csv(cells), nl=False)
    elif name is not None:
        _print_record(cells)
    else:
        _print_totals(cells, kind)
    unknown = sum(cell.state in ("unknown", "rejected", "not found") for cell in cells)
    share = f"{unknown / (len(cells) or 1):.0%}"
    click.echo(f"{len(cells)} fields, {unknown} of them unknown ({share})", err=True)


def _scope(store: EmbeddedStore, params: Sequence[str]) -> str:
    from llm4cell.entities import Scope, find_term
    from llm4cell.vocabulary import L4C

    found = ""
    for param in params:
        key, sign, value = param.partition("=")
        if key != "scope" or not sign:
            raise InputError(f"-p {param}: the one parameter is scope; write -p scope=survey")
        found = find_term(store, value.strip(), Scope(below=L4C.CatalogueScope), what="scope")
    return "" if found == L4C.CatalogueScope else found


def _of_record(store: EmbeddedStore, cells: Sequence[Cell], name: str, kind: str) -> list[Cell]:
    from llm4cell.entities import find_entity

    iri = find_entity(store, name)
    chosen = [cell for cell in cells if cell.record == iri]
    if not chosen:
        raise InputError(f"{name}: no {kind} of this scope; "
                         f"'llm4cell quality -k {kind}' lists them")
    return chosen


def _print_totals(cells: Sequence[Cell], kind: str) -> None:
    from llm4cell.cli.output import print_lines, print_table
    from llm4cell.quality import count

    head = ["known", "authors", "registry", "survey", "other", "qualified", "stated absent",
            "disputed", "lead", "not found", "unknown"]
    rows = [[total.label, f"{total.known} ({total.known / total.cells:.0%})", *map(str, (
        total.authors, total.registry, total.survey, total.other, total.qualified, total.absent,
        total.disputed, total.leads, total.searched, total.unknown))]
        for total in count(cells)]
    print_lines([(f"By field, over {len({cell.record for cell in cells})} {kind}s "
                 "(authors: their paper, code or model card):")])
    print_table(["field", *head], rows)
    rows = []
    for total in count(cells, "record"):
        own = [cell for cell in cells if cell.record_label == total.label]
        rows.append([total.label, f"{total.known}/{total.cells}", str(total.authors),
                     str(total.absent), str(total.disputed + total.leads), str(total.unknown),
                     "; ".join(_next(own))])
    print_lines([f"By {kind}:"])
    print_table([kind, "known", "authors", "stated absent", "disputed or lead", "unknown",
                 "what to do next"], rows)


def _next(cells: Sequence[Cell]) -> list[str]:
    """Return what to do, the cheapest first: an address for a lead comes before a new search."""
    found: list[str] = []
    for state, todo in _TODO.items():
        labels = [cell.field_label for cell in cells if cell.state == state]
        if labels and len(found) < 2:
            more = f" and {len(labels) - _MOST} more" if len(labels) > _MOST else ""
            found.append(f"{todo}: {', '.join(labels[:_MOST])}{more}")
    return found


def _print_record(cells: Sequence[Cell]) -> None:
    from llm4cell.cli.output import print_lines, print_table

    print_lines([cells[0].record_label])
    print_table(["field", "state", "best source", "claims", "leads", "what to do next"],
                [[cell.field_label, cell.state, cell.kind, str(cell.claims), str(cell.leads),
                  _TODO.get(cell.state, "")] for cell in cells])


def _as_csv(cells: Sequence[Cell]) -> str:
    out = io.StringIO()
    names = [field.name for field in dataclasses.fields(cells[0])] if cells else []
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180, as SPARQL's own CSV
    writer.writerow(names)
    writer.writerows([getattr(cell, name) for name in names] for cell in cells)
    return out.getvalue()


def _update(path: Path, table: str) -> None:
    from llm4cell.files import replace_file

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error})") from error
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise InputError(f"{path}: no marks; put '{_BEGIN}' and '{_END}' where the totals belong")
    replace_file(path, f"{before}{begin}\n{table}\n{end}{after}".encode())
