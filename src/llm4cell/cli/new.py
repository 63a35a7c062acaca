"""llm4cell new: start a catalogue file."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Start a catalogue file.")
@click.argument("kind", type=click.Choice(["model", "dataset", "publication"]))
@click.argument("name")
@click.option("--root", type=click.Path(path_type=Path), default=None,
              help="The folder that holds graphs/catalogue. [default: the nearest above]")
def command(kind: str, name: str, root: Path | None) -> None:
    """Start the catalogue file of a KIND called NAME, with holes to fill.

    'llm4cell build' then names each hole that is still empty, by line.

    \b
    llm4cell new model "My Model"
    """
    from llm4cell.resources import find_root
    from llm4cell.templates import start_record

    path = start_record(find_root(root), kind, name)
    click.echo(path)
    click.echo("fill the holes, then run: llm4cell build && llm4cell validate", err=True)
