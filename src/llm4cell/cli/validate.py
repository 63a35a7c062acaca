"""llm4cell validate: check graphs against the SHACL shapes."""

from __future__ import annotations

from pathlib import Path

import click

from llm4cell.errors import MissingExtraError


@click.command(short_help="Check graphs against the shapes.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--root", type=click.Path(path_type=Path), default=None,
              help="The folder that holds graphs/catalogue. [default: the nearest above]")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json", "turtle"]),
              default="text", show_default=True, help="turtle is a SHACL validation report.")
@click.option("--records", is_flag=True,
              help="Leave out what needs the whole graph, such as links to other files.")
def command(files: tuple[Path, ...], root: Path | None, form: str, records: bool) -> int:
    """Check FILES (Turtle) against the shapes; without FILES, the graphs below --root.

    Each finding names the node, the line that it comes from (the catalogue's, or that of FILES) and
    how to correct it; exit 1 where there is one. FILES are taken together as the whole graph.

    \b
    llm4cell validate mine.ttl --records
    """
    try:
        import pyshacl  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("llm4cell validate", error.name or "pyshacl", "validate") from error
    from llm4cell.cli.output import busy
    from llm4cell.resources import find_root
    from llm4cell.validation import needing_the_whole, validate_files

    where = find_root(root) if root or not files else None
    with busy("validating"):
        report = validate_files(files, where, records_only=records)
    if form == "json":
        click.echo(report.json(), nl=False)
    elif form == "turtle":
        click.echo(report.turtle(), nl=False)
    else:
        click.echo(report.text(), nl=False)
    count = len(report.findings)
    if not report.triples:
        click.echo("nothing to check: the files hold no triples", err=True)
    else:
        click.echo(f"{count} {'finding' if count == 1 else 'findings'}" if count else "conforms",
                   err=True)
    linked = needing_the_whole(report, where) if files and not records else 0
    if linked:
        click.echo(f"{linked} of them need the whole graph, such as links to records in other "
                   "files; to check FILES without the rest, add --records", err=True)
    return 0 if report.conforms else 1
