"""llm4cell query: list the canned queries, or ask one."""

from __future__ import annotations

import json

import click

from llm4cell.errors import ParameterError


@click.command(short_help="Ask a canned question, or list them.")
@click.argument("name", required=False)
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE",
              help="A parameter: a slug, label, synonym, CURIE or IRI.")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table",
              show_default=True, help="json is SPARQL 1.1 Query Results JSON.")
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
    from llm4cell.store import EmbeddedStore

    store = EmbeddedStore()
    table = queries.run_query(store, query, values)
    if form == "json":
        click.echo(json.dumps(table.as_json(), ensure_ascii=False, indent=1))
        return
    from llm4cell.cli.output import print_table
    from llm4cell.faces import readable

    columns, rows = readable(store, table)
    click.echo(query.question)
    if rows:
        print_table(columns, rows)
    click.echo(f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}", err=True)


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
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    from llm4cell.cli.output import print_table

    rows = [[query.name, query.question,
             "\n".join(f"{p.name}: {p.description}" for p in query.parameters)]
            for query in found]
    print_table(["query", "question", "parameters"], rows)
