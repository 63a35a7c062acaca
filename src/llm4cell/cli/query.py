"""llm4cell query: list the canned queries, or ask one."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import click

from llm4cell.errors import InputError, ParameterError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from llm4cell.queries import CannedQuery, Parameter
    from llm4cell.store import Store


def _complete(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return queries, then their parameters as name=, then name=value; none where that fails."""
    from click.shell_completion import CompletionItem

    with contextlib.suppress(Exception):  # a shell has no use for a traceback
        from llm4cell.queries import list_queries

        queries = {query.name: query for query in list_queries()}
        if param.name == "name":
            return [CompletionItem(query.name, help=query.title)
                    for query in queries.values() if query.name.startswith(incomplete)]
        # A line that ends in '-p' is not parsed; its words are left as they are.
        words = [ctx.params.get("name"), *(ctx.params.get("params") or ()), *ctx.args]
        parameters = next(queries[word].parameters for word in words if word in queries)
        name, sign, value = incomplete.partition("=")
        if not sign:
            given = {word.partition("=")[0] for word in words if word and "=" in word}
            return [CompletionItem(f"{p.name}=", help=p.description) for p in parameters
                    if p.name.startswith(name) and p.name not in given]
        (parameter,) = (p for p in parameters if p.name == name)
        return [CompletionItem(f"{name}={known}") for known in _values(parameter)
                if known.casefold().startswith(value.casefold())]
    return []


def _values(parameter: Parameter) -> list[str]:
    """Return the labels of what ``parameter`` takes."""
    if parameter.type == "boolean":
        return ["false", "true"]
    if parameter.type != "iri":
        return []
    from llm4cell.store import EmbeddedStore
    from llm4cell.vocabulary import RDFS

    table = EmbeddedStore().select(
        f"SELECT DISTINCT ?label {{ {parameter.scope.pattern} ?s <{RDFS.label}> ?label }} "
        "ORDER BY ?label"
    )
    return [label.value for (label,) in table if label]


@click.command(short_help="Ask a canned question, or list them.")
@click.argument("name", required=False, shell_complete=_complete)
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE",
              shell_complete=_complete,
              help="A parameter: a slug, label, synonym, CURIE or IRI.")
@click.option("-f", "--format", "form", default="table", show_default=True,
              type=click.Choice(["table", "json", "csv", "tsv", "ttl"]),
              help="json, csv and tsv are SPARQL 1.1's own; ttl is for graphs, see 'sparql'.")
def command(name: str | None, params: tuple[str, ...], form: str) -> None:
    """Ask the canned question NAME; without NAME, list all questions.

    \b
    llm4cell query epigenomic-models-for-trajectory
    llm4cell query models-by-family-and-task -p family=epigenomic -p task=annotation
    """
    from llm4cell import queries

    if name is None:
        if params:
            raise click.UsageError("parameters without a query's name")
        _list(form)
        return
    query = queries.load_query(name)
    values = _read(params)
    if form == "ttl":
        raise InputError(f"-f ttl: '{name}' is a SELECT and gives a table, not a graph; "
                         "take -f table, json, csv or tsv")
    from llm4cell.store import EmbeddedStore, serialise

    store = EmbeddedStore()
    table = queries.run_query(store, query, values)
    if form != "table":
        from llm4cell.cli.output import write

        write(serialise(table, form))
        return
    from llm4cell.cli.output import count_rows, print_lines, print_table
    from llm4cell.faces import readable

    print_lines([query.question, *_assumed(store, query, values)])
    columns, rows = readable(store, table)
    if rows:
        print_table(columns, rows)
    count_rows(len(table))
    if "state" in columns:
        unknown = sum(row[columns.index("state")] == "unknown" for row in rows)
        click.echo(f"{unknown} of them unknown ({unknown / (len(rows) or 1):.0%})", err=True)


def _assumed(store: Store, query: CannedQuery, values: dict[str, str]) -> list[str]:
    """Return a line for each default that narrows the answer and that nobody typed."""
    from llm4cell.store import select_labels

    lines = []
    for parameter in query.parameters:
        default, iri = parameter.default, parameter.default_iri
        if parameter.name not in values and default not in ("", "0", parameter.below):
            value = select_labels(store, [iri]).get(iri, default) if iri else default
            lines.append(f"({parameter.name}: {value}; another with -p {parameter.name}=...)")
    return lines


def _read(params: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for param in params:
        name, sign, value = param.partition("=")
        if not sign:
            raise ParameterError(f"-p {param}: no '='; write -p name=value")
        if name in values:
            raise ParameterError(f"parameter '{name}' is given twice; give it once")
        values[name] = value.strip()
    return values


def _list(form: str) -> None:
    from llm4cell.queries import list_queries

    if form not in ("table", "json"):
        raise InputError(f"-f {form}: the list of questions is a table or json; "
                         "name a query to have its answer in this form")
    found = list_queries()
    if form == "json":
        data = [
            {"name": query.name, "title": query.title, "question": query.question,
             "keywords": list(query.keywords),
             "parameters": [
                 {"name": p.name, "type": p.type, "description": p.description,
                  "default": p.default or None, "required": p.required}
                 for p in query.parameters]}
            for query in found
        ]
        from llm4cell.cli.output import write

        write([json.dumps(data, ensure_ascii=False, indent=1), "\n"])
        return
    from llm4cell.cli.output import print_table

    rows = [[query.name, query.question,
             "\n".join(f"{p.name}: {p.description}" for p in query.parameters)]
            for query in found]
    print_table(["query", "question", "parameters"], rows)
