"""llm4cell build: make graphs/ from the catalogue."""

from __future__ import annotations

from pathlib import Path

import click

from llm4cell.errors import MissingExtraError


@click.command(short_help="Build graphs/*.ttl from the catalogue.")
@click.option("--root", type=click.Path(path_type=Path), default=None,
              help="The folder that holds graphs/catalogue. [default: the nearest above]")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a file is stale.")
@click.option("--slims", is_flag=True,
              help="Make ontology/imports/ first: the outside terms in use. "
                   "Needs the extra 'check'.")
def command(root: Path | None, check: bool, slims: bool) -> int:
    """Build the graphs from graphs/catalogue, ontology/ and its mapping table.

    The same sources give the same bytes. Each file is replaced whole or not at all.

    \b
    llm4cell build --check
    llm4cell build --slims
    """
    try:
        import rdflib  # noqa: F401
        import yaml  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("llm4cell build", error.name or "rdflib", "build") from error
    from llm4cell import build
    from llm4cell.cli.output import busy
    from llm4cell.resources import find_root

    with busy("building"):
        folder = find_root(root)
        if check and not slims:
            made, lines = build.check(folder)
        else:
            made = build.build(folder, slims=slims)
            lines = build.differences(made) if check else []
    if check:
        if lines:
            click.echo("\n".join(lines))
            option = " --slims" if slims or any("ontology/imports/" in n for n in lines) else ""
            click.echo(f"stale; run: llm4cell build{option}", err=True)
            return 1
        click.echo(f"{len(made.files)} files are up to date", err=True)
        return 0
    written = build.write(made)
    for path in written:
        click.echo(path)
    click.echo(f"{made.records} records, {made.triples} triples; "
               f"{len(written)} of {len(made.files)} files changed", err=True)
    return 0
