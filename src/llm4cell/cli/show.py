"""llm4cell show: one resource with all of its evidence."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.dossier import ClaimRow, Dossier


@click.command(short_help="Show a model, dataset, task or claim with its evidence.")
@click.argument("name", metavar="ID")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table",
              show_default=True)
def command(name: str, form: str) -> None:
    """Show what the graph holds on ID, with every claim for and against it.

    ID is a slug, label, synonym, CURIE or IRI; for a claim also its statement's number.

    \b
    llm4cell show epiagent
    llm4cell show "trajectory inference"
    llm4cell show A136
    """
    from llm4cell.dossier import describe
    from llm4cell.entities import find_entity
    from llm4cell.store import EmbeddedStore

    store = EmbeddedStore()
    dossier = describe(store, find_entity(store, name))
    if form == "json":
        click.echo(json.dumps(dataclasses.asdict(dossier), ensure_ascii=False, indent=1))
    else:
        _print(dossier)


def _print(dossier: Dossier) -> None:
    from llm4cell.cli.output import print_lines
    from llm4cell.vocabulary import compact

    facts = {claim.property for claim in dossier.claims}
    print_lines([
        "  ".join(dict.fromkeys([
            dossier.label, f"({', '.join(dossier.types)})", compact(dossier.iri)])),
        # What claims state is shown with its evidence below.
        *(f"  {name}: {value}" for name, value in dossier.triples if name not in facts),
    ])
    if dossier.claims:
        _print_claims(dossier.claims)
    if dossier.supporters:
        print_lines(["Claims with this value or a narrower one:"])
        _print_claims(dossier.supporters, about=True)


def _print_claims(claims: Sequence[ClaimRow], *, about: bool = False) -> None:
    """Print claims under a heading for each property; a value stands once over its evidence."""
    from itertools import groupby

    from llm4cell.cli.output import print_table

    rows: list[list[str]] = []
    for name, group in groupby(claims, key=lambda claim: claim.property):
        rows.append([f"[{name}]", "", "", ""])
        before = ""
        for claim in group:
            value = f"“{claim.value}”" if claim.words else claim.value
            if about:
                value = f"{claim.about}: {value}"
            verdict = claim.verdict
            if claim.polarity != "affirmed":
                verdict += f", {claim.polarity}"
            where = f"{claim.kind}: {claim.source.rpartition('/')[2]}, {claim.locator}"
            if claim.identifier:
                where += f" ({claim.identifier})"
            note = claim.reason or claim.statement
            if claim.corrected_by:
                note += f"; right: {claim.corrected_by}"
            rows.append([value if value != before else "", verdict, where, note])
            before = value
    print_table(["value", "verdict", "source", "reason or statement"], rows)
