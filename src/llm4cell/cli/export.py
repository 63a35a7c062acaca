"""llm4cell export: the whole graph in another format."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FORMATS = ("ttl", "rdfxml", "jsonld", "nquads", "graphml", "queries", "csv")


@click.command(short_help="Write the whole graph in another format.")
@click.option("-f", "--format", "form", type=click.Choice(_FORMATS), required=True,
              help="csv has one row a claim, graphml one edge a fact, nquads a graph a triple; "
                   "queries gives the canned questions.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE",
              help="The file to write, - for standard output.")
@click.option("--root", type=click.Path(path_type=Path), default=None,
              help="The folder that holds ontology/ and graphs/. [default: the package's own]")
def command(form: str, output: Path, root: Path | None) -> None:
    """Write ontology and graphs to FILE, which is replaced whole or not at all.

    The same graph gives the same bytes. In csv an apostrophe goes before a cell that begins with
    = + - @, a tab or a CR, so that no spreadsheet takes it for a formula. For Protégé, open
    graphs/llm4cell.ttl of a checkout instead: an export has the imports of all its parts.

    \b
    llm4cell export -f csv -o claims.csv
    llm4cell export -f ttl -o - | riot --count -
    """
    from llm4cell.export import export

    data = export(form, root)
    if str(output) != "-":
        from llm4cell.files import replace_file

        replace_file(output, data)
        click.echo(f"{len(data):,} bytes written to {output}", err=True)
        return
    stream = sys.stdout.buffer
    stream.write(data)
    stream.flush()
