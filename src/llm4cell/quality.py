"""How well records are evidenced: what is known of each field, and from what kind of source.

The fields that a curator looks for are those that the ontology marks with ``l4c:expectedOf``, and
for models the evaluation dimensions. Bibliographic fields are those of the record's publication;
what is known of a variant counts for its model.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.vocabulary import L4C, prologue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llm4cell.store import Store, Term

__all__ = ["KINDS", "STATES", "Cell", "Total", "as_markdown", "assess", "count"]

# Kinds of source from the best on, by the truth order of docs/catalogue.md.
KINDS = {
    L4C.PrimaryPaper: "primary paper",
    L4C.Repository: "repository",
    L4C.Registry: "registry",
    L4C.Curated: "curated",
    L4C.Derived: "derived",
    L4C.SurveyTable: "survey table",
    L4C.SurveyProse: "survey prose",
}
# What is known of a field, from the best on. "known" is followed by its kind of source.
STATES = ("known", "qualified", "stated absent", "disputed", "lead", "not found", "rejected",
          "unknown")
_AUTHORS = ("primary paper", "repository")
_SURVEY = ("survey table", "survey prose")
_PREFIXES = prologue("l4c", "rdfs")


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one record: its state, and the best kind of source of an accepted claim."""

    record: str
    record_label: str
    field: str
    field_label: str
    state: str
    kind: str = ""
    claims: int = 0
    leads: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """Cells counted by what is known: over the records for one field, or the reverse."""

    label: str
    cells: int
    authors: int
    registry: int
    survey: int
    other: int
    qualified: int
    absent: int
    disputed: int
    leads: int
    searched: int
    unknown: int

    @property
    def known(self) -> int:
        """Return how many cells have an accepted, affirmed claim."""
        return self.authors + self.registry + self.survey + self.other

    @property
    def answered(self) -> int:
        """Return how many cells a source other than a third party answers, be it with "none"."""
        return self.known + self.qualified + self.absent


def assess(store: Store, of: str = L4C.Model, scope: str = "") -> list[Cell]:
    """Return a cell for each record of class ``of`` and each field expected of it.

    Args:
        store: the engine that holds the graph.
        of: ``l4c:Model`` or ``l4c:Dataset``.
        scope: a class of ``l4c:CatalogueScope``; all records where it is empty.
    """
    records = _records(store, of, scope)
    fields = _fields(store, of)
    # A claim about a publication or a variant counts for every record it belongs to.
    owners: dict[str, list[str]] = defaultdict(list)
    for record in records:
        owners[record].append(record)
    for part, record in _parts(store):
        if record in records:
            owners[part].append(record)
    found: dict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
    claims: Counter[tuple[str, str]] = Counter()
    leads: Counter[tuple[str, str]] = Counter()
    for about, field, verdict, polarity, kind in _claims(store):
        for record in owners.get(about, ()):
            found[record, field].add(_weigh(verdict, polarity, kind))
            claims[record, field] += 1
    for about, field, cls in _leads(store):
        for record in owners.get(about, ()):
            state = "lead" if cls == L4C.Lead else "not found"
            found[record, field].add((STATES.index(state), ""))
            leads[record, field] += cls == L4C.Lead
    cells = []
    for record, label in records.items():
        for field, name in fields.items():
            best = min(found.get((record, field), {(STATES.index("unknown"), "")}), key=_rank)
            cells.append(Cell(record, label, field, name, STATES[best[0]], best[1],
                              claims[record, field], leads[record, field]))
    return cells


def count(cells: Iterable[Cell], by: str = "field") -> list[Total]:
    """Return totals of ``cells`` by "field" or by "record", in the order they come in."""
    groups: dict[str, list[Cell]] = {}
    labels: dict[str, str] = {}
    for cell in cells:
        key = cell.field if by == "field" else cell.record
        labels[key] = cell.field_label if by == "field" else cell.record_label
        groups.setdefault(key, []).append(cell)
    return [_total(labels[key], group) for key, group in groups.items()]


def as_markdown(totals: Sequence[Total]) -> str:
    """Return totals as the Markdown table that README shows."""
    lines = [("| field | known | of them from the authors | from the survey alone | stated absent "
             "| disputed or lead | unknown |"),
             "|---|---:|---:|---:|---:|---:|---:|"]
    for total in totals:
        share = f"{total.known / (total.cells or 1):.0%}"
        lines.append(f"| {total.label} | {total.known} ({share}) | {total.authors} "
                     f"| {total.survey} | {total.absent} | {total.disputed + total.leads} "
                     f"| {total.unknown + total.searched} |")
    return "\n".join(lines)


def _total(label: str, cells: Sequence[Cell]) -> Total:
    states = Counter(cell.state for cell in cells)
    kinds = Counter(cell.kind for cell in cells if cell.state == "known")
    authors = sum(kinds[kind] for kind in _AUTHORS)
    survey = sum(kinds[kind] for kind in _SURVEY)
    return Total(
        label=label,
        cells=len(cells),
        authors=authors,
        registry=kinds["registry"],
        survey=survey,
        other=states["known"] - authors - survey - kinds["registry"],
        qualified=states["qualified"],
        absent=states["stated absent"],
        disputed=states["disputed"],
        leads=states["lead"],
        searched=states["not found"],
        # What a source said and what turned out wrong leaves the field as unknown as silence.
        unknown=states["unknown"] + states["rejected"],
    )


def _weigh(verdict: str, polarity: str, kind: str) -> tuple[int, str]:
    if verdict == L4C.Accepted:
        state = {L4C.Affirmed: "known", L4C.Qualified: "qualified"}.get(polarity, "stated absent")
        return STATES.index(state), KINDS.get(kind, "")
    return STATES.index("disputed" if verdict == L4C.Disputed else "rejected"), ""


def _rank(weight: tuple[int, str]) -> tuple[int, int]:
    order = list(KINDS.values())
    return weight[0], order.index(weight[1]) if weight[1] in order else len(order)


def _records(store: Store, of: str, scope: str) -> dict[str, str]:
    within = f"?record l4c:catalogueScope <{scope}> ." if scope else ""
    table = store.select(f"{_PREFIXES}SELECT DISTINCT ?record ?label WHERE {{ ?record "
                         f"l4c:catalogueScope ?any ; a/rdfs:subClassOf* <{of}> ; "
                         f"rdfs:label ?label . {within} }} ORDER BY ?label")
    return {record.value: label.value for record, label in _full(table)}


def _fields(store: Store, of: str) -> dict[str, str]:
    """Return field -> label: own properties, those of the publication, dimensions of a model."""
    fields: dict[str, str] = {}
    for cls in (of, L4C.Publication):
        table = store.select(f"{_PREFIXES}SELECT DISTINCT ?field ?label WHERE {{ ?field "
                             f"l4c:expectedOf <{cls}> ; rdfs:label ?label }} ORDER BY ?label")
        fields |= {field.value: label.value for field, label in _full(table)}
    if of == L4C.Model:
        table = store.select(f"{_PREFIXES}SELECT DISTINCT ?field ?label WHERE {{ ?field "
                             f"rdfs:subClassOf <{L4C.EvaluationDimension}> ; rdfs:label ?label "
                             f"FILTER (?field != <{L4C.EvaluationDimension}>) }} ORDER BY ?label")
        fields |= {field.value: label.value for field, label in _full(table)}
    return fields


def _parts(store: Store) -> list[tuple[str, str]]:
    table = store.select(f"{_PREFIXES}SELECT DISTINCT ?part ?record WHERE {{ {{ ?record "
                         "l4c:describedBy ?part } UNION { ?part l4c:variantOf ?record } }")
    return [(part.value, record.value) for part, record in _full(table)]


def _claims(store: Store) -> list[tuple[str, ...]]:
    table = store.select(f"{_PREFIXES}SELECT ?about ?field ?verdict ?polarity ?kind WHERE {{ "
                         "{ ?claim l4c:property ?field } UNION { ?claim l4c:dimension ?field } "
                         "?claim l4c:about ?about ; l4c:verdict ?verdict ; "
                         "l4c:polarity ?polarity ; l4c:sourceKind ?kind }")
    return [tuple(term.value for term in row) for row in _full(table)]


def _leads(store: Store) -> list[tuple[str, str, str]]:
    table = store.select(f"{_PREFIXES}SELECT ?about ?field ?class WHERE {{ "
                         "?lead a ?class ; l4c:about ?about . "
                         "{ ?lead l4c:property ?field } UNION { ?lead l4c:dimension ?field } "
                         f"FILTER (?class = <{L4C.Lead}> || ?class = <{L4C.Search}>) }}")
    return [(about.value, field.value, cls.value) for about, field, cls in _full(table)]


def _full(table: Iterable[Sequence[Term | None]]) -> list[tuple[Term, ...]]:
    """Return rows whose terms are all bound, as these queries' always are."""
    return [tuple(term for term in row if term is not None) for row in table]
