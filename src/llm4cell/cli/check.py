"""llm4cell check: everything that a release needs."""

from __future__ import annotations

from pathlib import Path

import click

from llm4cell.errors import MissingExtraError


@click.command(short_help="Check ontology, shapes and outside ids.")
@click.option("--root", type=click.Path(path_type=Path), default=None,
              help="The folder that holds graphs/catalogue. [default: the nearest above]")
@click.option("-v", "--verbose", is_flag=True, help="Show findings of level INFO as well.")
def command(root: Path | None, verbose: bool) -> int:
    """Check that the graphs are up to date, the ontology's quality, the shapes and outside ids.

    Exit 1 where a graph is stale, or an ontology check of level ERROR, a shape or an id has a
    finding. Findings of level WARN are shown and stop nothing.

    \b
    llm4cell check --verbose
    """
    try:
        import pyshacl  # noqa: F401
        import rdflib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("llm4cell check", error.name or "pyshacl", "check") from error
    from llm4cell.build import check
    from llm4cell.cli.output import busy
    from llm4cell.identifiers import check_identifiers, used_identifiers
    from llm4cell.ontology import load_ontology
    from llm4cell.report import report, stops_release
    from llm4cell.resources import find_root, folder
    from llm4cell.validation import validate_files
    from llm4cell.vocabulary import compact

    root = find_root(root)
    checks = root / "ontology" / "report"
    graph = load_ontology(root / "ontology" / "llm4cell.ttl").graph
    _, stale = check(root)
    for line in stale:
        click.echo(line)
    option = " --slims" if any("ontology/imports/" in line for line in stale) else ""
    state = f"stale; run: llm4cell build{option}" if stale else "up to date"
    click.echo(f"graphs: {state}", err=True)

    found = report(graph, checks=checks if checks.is_dir() else folder("ontology") / "report")
    shown = [finding for finding in found if verbose or finding.level != "INFO"]
    for finding in shown:
        parts = map(compact, filter(None, (finding.entity, finding.property, finding.value)))
        click.echo(f"{finding.level} {finding.check}: {' '.join(parts)}; {finding.description}")
    hidden = len(found) - len(shown)
    click.echo(f"ontology: {len(found)} findings" + (f" ({hidden} INFO, see -v)" if hidden else ""),
               err=True)

    with busy("checking the shapes"):
        shapes = validate_files((), root)
    click.echo(shapes.text(), nl=False)
    click.echo(f"shapes: {len(shapes.findings)} findings", err=True)

    with busy("checking outside ids"):
        ids = check_identifiers(root)
    for problem in ids:
        click.echo(str(problem))
    count = len({use.iri for use in used_identifiers(root)})
    click.echo(f"outside ids: {count} checked, {len(ids)} findings", err=True)
    return 1 if stale or stops_release(found) or not shapes.conforms or ids else 0
