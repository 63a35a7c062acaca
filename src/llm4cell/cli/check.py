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
    """Check the ontology's quality, the graphs' shapes and every outside id.

    Exit 1 where an ontology check of level ERROR, a shape or an id has a finding. Findings of level
    WARN are shown and stop nothing.
    """
    try:
        import pyshacl  # noqa: F401
        import rdflib
    except ImportError as error:
        raise MissingExtraError("llm4cell check", error.name or "pyshacl", "check") from error
    from llm4cell.identifiers import check_identifiers, used_identifiers
    from llm4cell.report import report, stops_release
    from llm4cell.resources import find_root, folder
    from llm4cell.validation import validate_files
    from llm4cell.vocabulary import compact

    root = find_root(root)
    checks = root / "ontology" / "report"
    graph = rdflib.Graph().parse(root / "ontology" / "llm4cell.ttl", format="turtle")
    found = report(graph, checks=checks if checks.is_dir() else folder("ontology") / "report")
    shown = [finding for finding in found if verbose or finding.level != "INFO"]
    for finding in shown:
        parts = map(compact, filter(None, (finding.entity, finding.property, finding.value)))
        click.echo(f"{finding.level} {finding.check}: {' '.join(parts)}; {finding.description}")
    hidden = len(found) - len(shown)
    click.echo(f"ontology: {len(found)} findings" + (f" ({hidden} INFO, see -v)" if hidden else ""),
               err=True)

    shapes = validate_files((), root)
    click.echo(shapes.text(), nl=False)
    click.echo(f"shapes: {len(shapes.findings)} findings", err=True)

    ids = check_identifiers(root)
    for problem in ids:
        click.echo(str(problem))
    count = len({use.iri for use in used_identifiers(root)})
    click.echo(f"outside ids: {count} checked, {len(ids)} findings", err=True)
    return 1 if stops_release(found) or not shapes.conforms or ids else 0
