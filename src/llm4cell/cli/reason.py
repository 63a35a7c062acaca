"""llm4cell reason: consistency and classification by HermiT."""

from __future__ import annotations

from pathlib import Path

import click

from llm4cell.errors import MissingExtraError


@click.command(short_help="Check the graph's logic with HermiT.")
@click.option("--root", type=click.Path(path_type=Path), default=None,
              help="The folder that holds graphs/catalogue. "
                   "[default: the nearest above, else the package's own]")
@click.option("--materialize", type=click.Path(path_type=Path, dir_okay=False), default=None,
              metavar="FILE", help="Write the inferred types of catalogue instances as Turtle.")
def command(root: Path | None, materialize: Path | None) -> int:
    """Reason over ontology and graphs, without claims: they add nothing but time.

    Exit 1 where the graph is inconsistent or a class can have no instance.

    \b
    llm4cell reason --materialize types.ttl
    """
    try:
        import owlready2  # noqa: F401
        import rdflib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("llm4cell reason", error.name or "owlready2", "reason") from error
    from llm4cell.cli.output import busy
    from llm4cell.reasoning import reason, write_types
    from llm4cell.resources import logic_files, nearest_root
    from llm4cell.vocabulary import compact

    root = nearest_root(root)
    click.echo(f"reasoning over {root or 'the graphs of the package'}", err=True)
    with busy("reasoning"):
        result = reason(logic_files(root))
    if materialize is not None and result.consistent:
        write_types(result, materialize)
    click.echo("consistent" if result.consistent else "inconsistent")
    for line in result.explanation:
        click.echo(f"  {line}")
    for iri in result.unsatisfiable:
        click.echo(f"unsatisfiable: {compact(iri)}")
    if result.consistent:
        count = len(result.inferred_types)
        click.echo(f"{count} types of catalogue instances inferred", err=True)
        if materialize is not None:
            click.echo(f"written to {materialize}", err=True)
    return 0 if result.consistent and not result.unsatisfiable else 1
