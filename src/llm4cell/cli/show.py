"""llm4cell show: one resource with all of its evidence."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.entities import ClaimRow, Dossier


@click.command(short_help="Show a model, dataset, task or claim with its evidence.")
@click.argument("name", metavar="ID")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table",
              show_default=True)
def command(name: str, form: str) -> None:
    """Show what the graph holds on ID, with every claim for and against it.

    ID is a slug, label, synonym, CURIE or IRI.

    \b
    llm4cell show epiagent
    llm4cell show "trajectory inference"
    """
    from llm4cell.entities import describe, find_entity
    from llm4cell.store import EmbeddedStore

    store = EmbeddedStore()
    dossier = describe(store, find_entity(store, name))
    if form == "json":
        click.echo(json.dumps(dataclasses.asdict(dossier), ensure_ascii=False, indent=1))
    else:
        _print(dossier)


def _print(dossier: Dossier) -> None:
    from llm4cell.vocabulary import compact

    click.echo(f"{dossier.label}  ({', '.join(dossier.types)})  {compact(dossier.iri)}")
    facts = {claim.property for claim in dossier.claims}
    for name, value in dossier.triples:
        # What claims state is shown with its evidence below.
        if name not in facts:
            click.echo(f"  {name}: {value}")
    if dossier.claims:
        _print_claims(["property", "value"], dossier.claims)
    if dossier.supporters:
        click.echo("Claims with this value or a narrower one:")
        _print_claims(["about", "property", "value"], dossier.supporters)


def _print_claims(leading: Sequence[str], claims: Sequence[ClaimRow]) -> None:
    from llm4cell.cli.output import print_table

    rows = []
    before: list[str] = []
    for claim in claims:
        head = [str(getattr(claim, name)) for name in leading]
        # A value stands once, over all of its evidence.
        shown = [cell if head[: i + 1] != before[: i + 1] else "" for i, cell in enumerate(head)]
        before = head
        verdict = claim.verdict if claim.polarity == "affirmed" else f"{claim.verdict}, {claim.polarity}"
        note = claim.reason or claim.statement
        rows.append([*shown, verdict, claim.kind, f"{_short(claim)}, {claim.locator}", note])
    print_table([*leading, "verdict", "source kind", "where", "reason or statement"], rows)


def _short(claim: ClaimRow) -> str:
    return claim.source.rpartition("/")[2]
