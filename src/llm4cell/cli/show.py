"""llm4cell show: one resource with all of its evidence."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

# Where a survey lists a record: of use to those who look at each claim.
_PLACES = ("catalogue scope", "row number", "table number")

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.dossier import ClaimRow, Dossier


@click.command(short_help="Show a model, dataset, task or claim with its evidence.")
@click.argument("name", metavar="ID")
@click.option("-c", "--claims", "whole", is_flag=True,
              help="One line a claim, with its source and statement.")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table",
              show_default=True)
def command(name: str, whole: bool, form: str) -> None:
    """Show what the graph holds on ID, with who says so and what turned out wrong.

    ID is a slug, label, synonym, CURIE or IRI; for a claim also its statement's number. Values
    with the same verdict from the same kinds of source share a line; --claims and JSON give each
    claim its own.

    \b
    llm4cell show epiagent
    llm4cell show epiagent --claims
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
        _print(dossier, whole=whole)


def _print(dossier: Dossier, *, whole: bool) -> None:
    from llm4cell.cli.output import print_lines
    from llm4cell.vocabulary import compact

    facts = {claim.property for claim in dossier.claims}
    print_lines([
        "  ".join(dict.fromkeys([
            dossier.label, f"({', '.join(dossier.types)})", compact(dossier.iri)])),
        # What claims state is shown with its evidence below.
        *(f"  {name}: {value}" for name, value in dossier.triples
          if name not in facts and (whole or name not in _PLACES)),
    ])
    if dossier.claims and whole:
        _print_claims(dossier.claims)
    elif dossier.claims:
        _print_summary(dossier.claims)
    if dossier.supporters:
        print_lines(["Claims with this value or a narrower one:"])
        _print_claims(dossier.supporters, about=True)


def _print_summary(claims: Sequence[ClaimRow]) -> None:
    """Print one line for the values of a property that the same kinds of source judge alike."""
    from itertools import groupby

    from llm4cell.cli.output import print_table

    rows = []
    for name, group in groupby(claims, key=lambda claim: claim.property):
        by_value: dict[tuple[str, str], list[ClaimRow]] = {}
        for claim in group:
            by_value.setdefault((_value(claim), _verdict(claim)), []).append(claim)
        # Verdict, kinds of source and note -> the values that share them.
        lines: dict[tuple[str, str, str], list[str]] = {}
        for (value, verdict), alike in by_value.items():
            kinds = ", ".join(dict.fromkeys(claim.kind for claim in alike))
            note = "" if verdict == "accepted" else _notes(alike)
            lines.setdefault((verdict, kinds, note), []).append(value)
        heading = name
        for (verdict, kinds, note), values in lines.items():
            rows.append([heading, "; ".join(values), verdict, kinds, note])
            heading = ""
    print_table(["", "value", "verdict", "who says so", "why"], rows)


def _notes(claims: Sequence[ClaimRow]) -> str:
    """Return why claims are no plain facts: reasons, errata and the right value."""
    notes = dict.fromkeys((claim.reason or claim.statement).rstrip(".") for claim in claims)
    numbers = sorted({int(number) for claim in claims for number in claim.errata})
    if numbers:
        word = "erratum" if len(numbers) == 1 else "errata"
        notes[f"{word} {', '.join(map(str, numbers))}"] = None
    notes |= dict.fromkeys(f"right: {claim.corrected_by}" for claim in claims
                           if claim.corrected_by)
    return "; ".join(note for note in notes if note)


def _value(claim: ClaimRow) -> str:
    value = f"“{claim.value}”" if claim.words else claim.value
    return f"{value}: {claim.level}" if claim.level else value


def _verdict(claim: ClaimRow) -> str:
    return claim.verdict if claim.polarity == "affirmed" else f"{claim.verdict}, {claim.polarity}"


def _print_claims(claims: Sequence[ClaimRow], *, about: bool = False) -> None:
    """Print claims under a heading for each property; a value stands once over its evidence."""
    from itertools import groupby

    from llm4cell.cli.output import print_table

    rows: list[list[str]] = []
    for name, group in groupby(claims, key=lambda claim: claim.property):
        rows.append([f"[{name}]", "", "", ""])
        before = ""
        for claim in group:
            value = _value(claim)
            if about:
                value = f"{claim.about}: {value}"
            where = f"{claim.kind}: {claim.source.rpartition('/')[2]}, {claim.locator}"
            if claim.identifier:
                where += f" ({claim.identifier})"
            rows.append([value if value != before else "", _verdict(claim), where,
                         _notes([claim])])
            before = value
    print_table(["value", "verdict", "source", "reason or statement"], rows)
