"""llm4cell diff: what changed between two builds of the graphs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

_STYLES = {"-": "red", "+": "green", "~": "yellow"}


@click.command(short_help="Show what changed between two builds of the graphs.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True)
def command(old: Path, new: Path, form: str) -> int:
    """Show what changed from OLD to NEW, by model, data resource and publication.

    Each is a folder graphs/, a checkout or a wheel of llm4cell; of a wheel nothing is installed or
    run. Exit 0 where all triples of graphs/*.ttl agree, 1 where some differ, 2 where one of the two
    cannot be read. The ontology is not compared.

    \b
    llm4cell diff ../release/graphs graphs
    llm4cell diff llm4cell-0.1.0-py3-none-any.whl . -f json
    """
    from llm4cell.diff import as_data, as_lines, compare, read_snapshot

    before, after = read_snapshot(old), read_snapshot(new)
    changes = compare(before, after)
    if form == "json":
        click.echo(json.dumps(as_data(changes, before, after), ensure_ascii=False, indent=1))
    else:
        plain = False if os.environ.get("NO_COLOR") else None
        for line in as_lines(changes, before, after):
            sign = line.strip()[:1] if line.startswith("  ") else ""
            style = click.style(line, fg=_STYLES.get(sign), bold=not line.startswith(" "))
            click.echo(style, color=plain)
    count = len(changes)
    click.echo(f"{count} {'resource differs' if count == 1 else 'resources differ'}" if count
               else "the graphs agree", err=True)
    return 1 if changes else 0
