"""llm4cell sparql: ask a SPARQL query of your own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from llm4cell.errors import InputError

if TYPE_CHECKING:
    from llm4cell.store import Answer

_FORMATS = ("table", "json", "csv", "tsv", "ttl")
# Query form -> what it gives, and the formats that can hold that; the first is the default.
_HOLDS = {
    "SELECT": ("a table", ("table", "json", "csv", "tsv")),
    "ASK": ("true or false", ("table", "json")),
    "CONSTRUCT": ("a graph", ("ttl", "table")),
    "DESCRIBE": ("a graph", ("ttl", "table")),
}


@click.command(short_help="Ask a SPARQL query of your own.")
@click.argument("file", type=click.Path(allow_dash=True), metavar="FILE")
@click.option("-f", "--format", "form", type=click.Choice(_FORMATS), default=None,
              help="json, csv and tsv are SPARQL 1.1's own; ttl is Turtle. "
                   "[default: table; ttl for CONSTRUCT and DESCRIBE]")
@click.option("--timeout", type=float, default=30.0, show_default=True, metavar="SECONDS",
              help="Stop the query after so long.")
def command(file: str, form: str | None, timeout: float) -> None:
    """Ask the SPARQL 1.1 query in FILE, or on standard input where FILE is '-'.

    SELECT, ASK, CONSTRUCT and DESCRIBE see the loaded graphs and nothing else: no SERVICE, no other
    FROM, no update. A query has 1 GiB of memory and 64 MiB of answer; one that needs more is
    refused, not cut. Declare the prefixes that you use.

    \b
    llm4cell sparql question.rq -f csv > answer.csv
    echo 'SELECT DISTINCT ?type { ?x a ?type }' | llm4cell sparql -
    """
    from llm4cell.isolation import Limits, ask, check
    from llm4cell.resources import graph_files

    if not 0 < timeout <= 86400:
        raise click.BadParameter("between 0 and 86400 seconds", param_hint="'--timeout'")
    limits = Limits(seconds=timeout)
    place = "standard input" if file == "-" else file
    text = _read(file, place, limits.text)
    files = graph_files()
    kind = check(text, files, place=place).form
    gives, fitting = _HOLDS.get(kind, ("", _FORMATS))
    if form is not None and form not in fitting:
        raise InputError(f"-f {form}: {kind} gives {gives}; take -f {' or '.join(fitting)}")
    from llm4cell.cli.output import busy

    with busy("asking"):
        answer = ask(text, limits=limits, files=files, place=place)
    _print(answer, form or fitting[0])


def _read(file: str, place: str, most: int) -> str:
    """Return the text of ``file``; raises InputError where it is none, OSError as it comes."""
    if file == "-":
        if sys.stdin is None:
            raise InputError("standard input is closed; name a file")
        data = sys.stdin.buffer.read(most + 1)
    else:
        try:
            with open(file, "rb") as stream:  # noqa: PTH123 - only so much of it is read
                data = stream.read(most + 1)
        except OSError:
            if "{" in file:
                raise InputError("FILE looks like a query; write it to a file, or send it: "
                                 "echo '...' | llm4cell sparql -") from None
            raise
    if len(data) > most:
        raise InputError(f"{place}: longer than {most >> 20} MiB; "
                         "a query is short; keep data in graphs")
    if b"\0" in data:
        raise InputError(f"{place}: not text but binary data; a query is UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{place}:{line}: byte {error.start} is not UTF-8; "
                         "save the query as UTF-8") from error


def _print(answer: Answer, form: str) -> None:
    from llm4cell.cli.output import count_rows, print_table, write
    from llm4cell.store import EmbeddedStore, Table, Triples, serialise

    if form != "table":
        write(serialise(answer, form))
        return
    if isinstance(answer, bool):
        click.echo("true" if answer else "false")
        return
    if isinstance(answer, Triples):
        answer = Table(("subject", "predicate", "object"), answer.triples)
    if len(answer):
        from llm4cell.faces import readable

        print_table(*readable(EmbeddedStore(), answer))
    count_rows(len(answer))
