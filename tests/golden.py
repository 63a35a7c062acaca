"""What every canned query must answer, worked out from the sources in plain Python.

The answers are computed from the rows of ``facts`` (the survey and the papers), the hierarchy and
labels in the text of the ontology, and, where the sources hold no table of it, the text of the
mapping table and of the catalogue's errata and challenges. No RDF library, no graph and nothing of
the package takes part, so that an answer of the graph can differ from them.

``python tests/golden.py`` writes them to ``tests/golden/``: one file a query, its cases each with
parameters, columns and rows. Resources are written as prefixed names, literals as plain text, an
empty cell as ``""`` and a text in the curators' own words as ``…``.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

import facts
from facts import SURVEY, Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Row = tuple[str, ...]
Rows = set[Row]

FOLDER = Path(__file__).resolve().parent / "golden"
ONTOLOGY = facts.ROOT / "ontology" / "llm4cell.ttl"
MAPPINGS = facts.ROOT / "ontology" / "mappings" / "llm4cell.sssom.tsv"
CATALOGUE = facts.ROOT / "graphs" / "catalogue"
WORDED = "…"  # a text that is there, in the curators' words

# Prefixes that a golden file uses; any other resource is written out.
PREFIXES = {
    "l4c": "https://w3id.org/llm4cell/ontology/",
    **{name: f"https://w3id.org/llm4cell/{name}/"
       for name in ("model", "dataset", "publication", "challenge", "erratum")},
    "fair4ml": "https://w3id.org/fair4ml#",
    "dcterms": "http://purl.org/dc/terms/",
    "bibo": "http://purl.org/ontology/bibo/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
# Names that a row of Table 7 prints otherwise than the model spells itself.
NAMES = {"scmformer": "scmFormer", "scformer": "scFormer", "pilot": "PILOT"}
EVIDENCE = ("polarity", "sourceKind", "source", "locator", "verdict")
USES = ("l4c:usesDataset", "fair4ml:trainedOn", "fair4ml:evaluatedOn")
# Claims that follow from no row of the facts: what is curated, and what the survey says of itself.
BESIDE_THE_FACTS = (
    Claim("dataset:10x-multiome-pbmc", "l4c:modality", "l4c:Multiome10x", SURVEY, "section 5.5",
          "l4c:Curated"),
    Claim("dataset:10x-multiome-pbmc-10k", "l4c:modality", "l4c:Multiome10x", SURVEY,
          "section 5.3", "l4c:Curated"),
    Claim(SURVEY, "l4c:preprint", '"arXiv:2510.07793"', SURVEY, "listing", "l4c:Registry"),
    *(Claim(SURVEY, "l4c:limitation", f'"{number}"', SURVEY, "limitations", "l4c:SurveyProse")
      for number in range(5)),
)


# --- the ontology, as text --------------------------------------------------------------------


class Term(NamedTuple):
    """A term's block in the ontology file, as far as the answers need it."""

    label: str
    definition: str
    parents: tuple[str, ...]
    in_subset: bool


@cache
def terms() -> dict[str, Term]:
    """Return term -> label, definition, parents; a block starts at the margin, ends with ' .'."""
    found = {}
    text = ONTOLOGY.read_text(encoding="utf-8")
    for name, body in re.findall(r"^(\w+:\w+) a owl:(.*?) \.$", text, re.M | re.S):
        parents = re.search(r"rdfs:subClassOf ([^;\[]+?)(?: ;|$)", body)
        label = re.search(r'rdfs:label "([^"]*)"', body)
        definition = re.search(r'skos:definition "((?:[^"\\]|\\.)*)"', body)
        found[name] = Term(
            label[1] if label else "",
            re.sub(r"\\(.)", r"\1", definition[1]) if definition else "",
            tuple(re.split(r"\s*,\s*", parents[1].strip())) if parents else (),
            "oboInOwl:inSubset" in body,
        )
    return found


@cache
def above(term: str) -> frozenset[str]:
    """Return a term and all terms above it."""
    parents = terms()[term].parents if term in terms() else ()
    return frozenset({term}).union(*map(above, parents))


@cache
def names() -> dict[str, str]:
    """Return resource -> label, for all that the answers name."""
    return {
        **{f"model:{row['id']}": NAMES.get(row["id"], row["name"]) for row in facts.models()},
        **{f"dataset:{row['id']}": row["name"] for row in facts.datasets()},
        **{iri: name for name, iri in facts.RESOURCES.items()},
        **{facts.publication(slug): paper["title"] for slug, paper in facts.papers().items()},
        **{challenge["iri"]: challenge["label"] for challenge in challenges()},
        **{name: term.label for name, term in terms().items()},
    }


def label(node: str) -> str:
    """Return the label of a resource, or a literal's own text."""
    return plain(node) if is_literal(node) else names()[node]


def is_literal(node: str) -> bool:
    return node.startswith('"') or ":" not in node


def plain(node: str) -> str:
    return node[1:-1] if node.startswith('"') else node


def expand(curie: str, prefixes: dict[str, str]) -> str:
    prefix, _, name = curie.partition(":")
    return prefixes[prefix] + name


def compact(iri: str) -> str:
    """Return an IRI as a golden file writes it."""
    for prefix, base in PREFIXES.items():
        if iri.startswith(base):
            return f"{prefix}:{iri[len(base):]}"
    return iri


# --- the catalogue's own words ----------------------------------------------------------------


@cache
def challenges() -> tuple[dict[str, Any], ...]:
    """Return the open problems with the terms they touch."""
    terms_by_label = {term.label: name for name, term in terms().items()}
    rows = yaml.safe_load((CATALOGUE / "challenges.yaml").read_text(encoding="utf-8"))
    return tuple(
        {**row, "iri": f"challenge:{row['id']}",
         "touches": tuple(terms_by_label[name] for name in row["touches"])}
        for row in rows
    )


@cache
def errata() -> tuple[dict[str, Any], ...]:
    """Return the errata with the resources they are about."""
    rows = yaml.safe_load((CATALOGUE / "errata.yaml").read_text(encoding="utf-8"))
    terms_by_label = {term.label: name for name, term in terms().items()}
    models = {row["id"] for row in facts.models()}
    return tuple(
        {**row, "iri": f"erratum:{row['source']}-{row['number']}",
         "subjects": tuple(
             f"model:{slug}" if slug in models else f"dataset:{slug}"
             for slug in row.get("about") or ()
         ) + tuple(terms_by_label[name] for name in row.get("concerns_tasks", ()))}
        for row in rows
    )


# --- claims -----------------------------------------------------------------------------------


@cache
def claims() -> tuple[Claim, ...]:
    return (*facts.claims(), *BESIDE_THE_FACTS)


@cache
def accepted() -> frozenset[tuple[str, str, str]]:
    """Return the facts: what an accepted claim affirms."""
    return frozenset(
        (c.subject, c.property, c.value) for c in claims()
        if (c.verdict, c.polarity) == ("l4c:Accepted", "l4c:Affirmed")
    )


def fact(c: Claim) -> bool:
    """Whether the claim's triple is a fact, be it by this claim or by another."""
    return (c.subject, c.property, c.value) in accepted()


@cache
def families_of(model: str) -> frozenset[str]:
    """Return the types of a model: its accepted families and l4c:Model."""
    return frozenset({"l4c:Model"}) | {
        v for s, p, v in accepted()
        if (s, p) == (model, "l4c:family") and not is_literal(v)
    }


def evidence(c: Claim) -> Row:
    return (c.polarity, c.kind, c.source, c.locator, c.verdict)


def is_model(c: Claim) -> bool:
    return c.subject.startswith("model:")


def words(c: Claim) -> str:
    """Return the paraphrase of a claim; the facts give none for families and one lost cell."""
    if c.kind == "l4c:SurveyProse" and not c.identifier and c.property != "l4c:family":
        return WORDED
    return c.statement


@cache
def models_of(publication: str) -> tuple[str, ...]:
    """Return the models that a publication describes."""
    return tuple(f"model:{slug}" for slug in facts.papers()
                 if facts.publication(slug) == publication)


# --- answers ----------------------------------------------------------------------------------

Answer = tuple[tuple[str, ...], Rows]
ANSWERS: dict[str, Callable[..., Answer]] = {}


def answers(*queries: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Name the queries whose answer a function works out."""
    def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
        for name in queries:
            ANSWERS[name] = function
        return function

    return register


def pair(name: str) -> tuple[str, str]:
    return name, f"{name}Label"


def both(node: str) -> tuple[str, str]:
    return plain(node), label(node)


def by_term(subject: str, column: str, property_: str, root: str, family: str = "l4c:Model",
            ) -> Answer:
    """Facts of models or datasets whose value lies at or below a term, with their claims."""
    rows = {
        (*both(c.subject), *both(c.value), *evidence(c))
        for c in claims()
        if c.property == property_ and fact(c) and c.subject.startswith(f"{subject}:")
        and not is_literal(c.value) and root in above(c.value)
        and (subject != "model" or family in families_of(c.subject))
    }
    return (*pair(subject), *pair(column), *EVIDENCE), rows


# Query -> its subject, column, property and root, where it lists facts by one axis.
AXES = {
    "models-by-task": ("model", "task", "l4c:supportsTask", "l4c:AnalyticalTask"),
    "models-by-modality": ("model", "modality", "l4c:modality", "l4c:DataModality"),
    "models-by-grounding": ("model", "grounding", "l4c:grounding", "l4c:GroundingSource"),
    "models-by-architecture": ("model", "architecture", "l4c:architecture", "l4c:Architecture"),
    "models-by-learning-objective": ("model", "objective", "l4c:learningObjective",
                                     "l4c:LearningObjective"),
    "models-by-family": ("model", "family", "l4c:family", "l4c:Model"),
    "datasets-by-task": ("dataset", "task", "l4c:servesTask", "l4c:AnalyticalTask"),
    "datasets-by-modality": ("dataset", "modality", "l4c:modality", "l4c:DataModality"),
}


def _axis(subject: str, column: str, property_: str, root: str) -> Callable[..., Answer]:
    return lambda **given: by_term(subject, column, property_, given.get(column, root))


ANSWERS |= {name: _axis(*axis) for name, axis in AXES.items()}


@answers("models-by-family-and-modality")
def family_and_modality(family: str = "l4c:Model", modality: str = "l4c:DataModality") -> Answer:
    return by_term("model", "modality", "l4c:modality", modality, family)


@answers("models-by-family-and-task")
def family_and_task(family: str = "l4c:Model", task: str = "l4c:AnalyticalTask") -> Answer:
    return by_term("model", "task", "l4c:supportsTask", task, family)


@answers("epigenomic-models-for-trajectory")
def epigenomic_models_for_trajectory() -> Answer:
    return family_and_task("l4c:EpigenomicModel", "l4c:TrajectoryAndPerturbationModeling")


@answers("models-by-family-modality-and-task")
def family_modality_and_task(
    family: str = "l4c:Model", modality: str = "l4c:DataModality",
    task: str = "l4c:TrajectoryAndPerturbationModeling",
) -> Answer:
    _, tasks = by_term("model", "task", "l4c:supportsTask", task, family)
    _, modalities = by_term("model", "modality", "l4c:modality", modality, family)
    inputs = {row[:4] for row in modalities}
    rows = {(*row[:2], *taken[2:], *row[2:]) for row in tasks for taken in inputs
            if taken[0] == row[0]}
    return (*pair("model"), *pair("modality"), *pair("task"), *EVIDENCE), rows


def dimension_claims(dimension: str) -> Iterator[Claim]:
    return (c for c in claims() if c.property == "l4c:dimension" and dimension in above(c.value))


@answers("models-by-dimension", "models-by-family-and-dimension", "dimensions-of-model")
def dimensions(dimension: str = "l4c:EvaluationDimension", family: str = "l4c:Model",
               model: str = "") -> Answer:
    rows = {
        (*both(c.subject), *both(c.value), words(c), *evidence(c))
        for c in dimension_claims(dimension)
        if is_model(c) and family in families_of(c.subject) and model in ("", c.subject)
    }
    return (*pair("model"), *pair("dimension"), "statement", *EVIDENCE), rows


@answers("models-by-dataset")
def by_dataset(dataset: str = "") -> Answer:
    rows = {
        (*both(c.subject), *both(c.value), *both(c.property), *evidence(c))
        for c in claims()
        if c.property in USES and is_model(c) and fact(c) and not is_literal(c.value)
        and dataset in ("", c.value)
    }
    return (*pair("model"), *pair("dataset"), *pair("use"), *EVIDENCE), rows


@answers("models-by-task-and-dataset")
def task_and_dataset(task: str = "l4c:AnnotationAndOntologyMapping", dataset: str = "") -> Answer:
    _, users = by_dataset(dataset)
    rows = {
        (*row[:2], *both(value), *row[2:])
        for row in users for subject, property_, value in accepted()
        if subject == row[0] and property_ == "l4c:supportsTask" and not is_literal(value)
        and task in above(value)
    }
    return (*pair("model"), *pair("task"), *pair("dataset"), *pair("use"), *EVIDENCE), rows


def by_publication(column: str, property_: str, wanted: str, family: str = "l4c:Model") -> Answer:
    rows = {
        (*both(model), plain(c.value), *both(c.subject), *evidence(c))
        for c in claims()
        if c.property == property_ and fact(c) and wanted in ("", plain(c.value))
        for model in models_of(c.subject) if family in families_of(model)
    }
    return (*pair("model"), column, *pair("publication"), *EVIDENCE), rows


@answers("models-by-year", "models-by-family-and-year")
def by_year(year: str = "", family: str = "l4c:Model") -> Answer:
    return by_publication("year", "l4c:publicationYear", year, family)


@answers("models-by-venue")
def by_venue(venue: str = "") -> Answer:
    return by_publication("venue", "l4c:venue", venue)


def literals(subject: str, column: str, property_: str, wanted: str = "",
             only_facts: bool = True, of: str = "") -> Answer:
    """Claims with a literal value, by value or by subject."""
    rows = {
        (*both(c.subject), plain(c.value), *evidence(c))
        for c in claims()
        if c.property == property_ and c.subject.startswith(f"{subject}:")
        and (fact(c) or not only_facts)
        and wanted in ("", plain(c.value)) and of in ("", c.subject)
    }
    return (*pair(subject), column, *EVIDENCE), rows


@answers("models-by-agentic-flag")
def by_agentic_flag(agentic: str = "") -> Answer:
    return literals("model", "agentic", "l4c:isAgentic", agentic)


@answers("datasets-by-group")
def by_group(group: str = "") -> Answer:
    return literals("dataset", "group", "l4c:surveyGroup", group)


@answers("domain-scores")
def domain_scores(model: str = "") -> Answer:
    return literals("model", "score", "l4c:domainScore", only_facts=False, of=model)


@answers("citations")
def citations(model: str = "") -> Answer:
    return literals("model", "citation", "l4c:citedAs", only_facts=False, of=model)


@answers("datasets-by-size")
def datasets_by_size(minimum: str = "0") -> Answer:
    rows = {
        (*both(c.subject), c.value, c.qualifier, c.printed, *evidence(c))
        for c in claims()
        if c.property == "l4c:cellCount" and fact(c) and int(c.value) >= int(minimum)
    }
    return (*pair("dataset"), "cells", "qualifier", "printed", *EVIDENCE), rows


@answers("models-without-family")
def without_family() -> Answer:
    rows = {
        (*both(c.subject), *both(c.value), *evidence(c))
        for c in claims()
        if c.property == "l4c:family" and is_model(c) and families_of(c.subject) == {"l4c:Model"}
    }
    return (*pair("model"), *pair("family"), *EVIDENCE), rows


@answers("models-in-several-families")
def in_several_families() -> Answer:
    columns, rows = by_term("model", "family", "l4c:family", "l4c:Model")
    return columns, {row for row in rows if len(families_of(row[0])) > 2}


def of_model(column: str, property_: str) -> Callable[..., Answer]:
    """Every claim about a model on one property, whatever became of it."""
    def answer(model: str = "") -> Answer:
        rows = {
            (*both(c.subject), *both(c.value), *evidence(c))
            for c in claims()
            if c.property == property_ and is_model(c) and model in ("", c.subject)
        }
        return (*pair("model"), *pair(column), *EVIDENCE), rows

    return answer


ANSWERS |= {
    "tasks-of-model": of_model("task", "l4c:supportsTask"),
    "modalities-of-model": of_model("modality", "l4c:modality"),
    "groundings-of-model": of_model("grounding", "l4c:grounding"),
    "architectures-of-model": of_model("architecture", "l4c:architecture"),
    "learning-objectives-of-model": of_model("objective", "l4c:learningObjective"),
    "families-of-model": of_model("family", "l4c:family"),
}


@answers("datasets-of-model")
def datasets_of_model(model: str = "") -> Answer:
    rows = {
        (*both(c.subject), *both(c.value), *both(c.property), *evidence(c))
        for c in claims()
        if c.property in USES and is_model(c) and model in ("", c.subject)
    }
    return (*pair("model"), *pair("dataset"), *pair("use"), *EVIDENCE), rows


@answers("limitations-of-model")
def limitations(model: str = "") -> Answer:
    rows = {
        (*both(c.subject), plain(c.value), words(c), *evidence(c))
        for c in claims()
        if c.property == "l4c:limitation" and is_model(c) and model in ("", c.subject)
    }
    return (*pair("model"), "limitation", "statement", *EVIDENCE), rows


@answers("publications-of-model")
def publications_of_model(model: str = "model:scgpt") -> Answer:
    rows = {
        (*both(c.subject), *both(c.property), plain(c.value), *evidence(c))
        for c in claims() if model in models_of(c.subject)
    }
    return (*pair("publication"), *pair("property"), "value", *EVIDENCE), rows


def statements(column: str, found: Iterable[Claim]) -> Answer:
    rows = {(*both(c.subject), *both(c.property), *both(c.value), words(c), *evidence(c))
            for c in found}
    return (*pair(column), *pair("property"), *pair("value"), "statement", *EVIDENCE), rows


@answers("statements-about-model")
def about_model(model: str = "model:scgpt") -> Answer:
    return statements("model", (c for c in claims() if c.subject == model))


@answers("statements-about-dataset")
def about_dataset(dataset: str = "dataset:tabula-sapiens-v2") -> Answer:
    return statements("dataset", (c for c in claims() if c.subject == dataset))


@answers("statements-about-family")
def about_family(family: str = "l4c:Model") -> Answer:
    return statements("family", (c for c in claims() if family in above(c.subject)))


@answers("statements-about-task")
def about_task(task: str = "l4c:AnalyticalTask") -> Answer:
    return statements("task", (c for c in claims() if task in above(c.subject)))


@answers("metrics-by-task")
def metrics(task: str = "l4c:AnalyticalTask") -> Answer:
    rows = {
        (*both(c.subject), plain(c.value), words(c), *evidence(c))
        for c in claims() if c.property == "l4c:metric" and task in above(c.subject)
    }
    return (*pair("task"), "metric", "statement", *EVIDENCE), rows


# --- matrices ---------------------------------------------------------------------------------

STATES = {("l4c:Accepted", "l4c:Affirmed"): "affirmed", ("l4c:Accepted", "l4c:Qualified"):
          "qualified", ("l4c:Accepted", "l4c:Denied"): "denied"}
ORDER = ("affirmed", "qualified", "denied", "disputed", "rejected")
CELL = ("state", "claims", "sourceKinds")


def state(found: Iterable[Claim]) -> str:
    """Return what the claims of a cell amount to; unknown where there is none."""
    seen = {STATES.get((c.verdict, c.polarity), c.verdict.removeprefix("l4c:").lower())
            for c in found}
    if {"affirmed", "denied"} <= seen:
        return "mixed"
    return next((name for name in ORDER if name in seen), "unknown")


def cell(found: Iterable[Claim]) -> Row:
    found = list(found)
    kinds = {c.kind for c in found}
    order = ("PrimaryPaper", "Repository", "Registry", "SurveyTable", "SurveyProse", "ThirdParty",
             "Derived", "Curated")
    shown = ", ".join(label(f"l4c:{kind}") for kind in order if f"l4c:{kind}" in kinds)
    return state(found), str(len(found)), shown


def eight() -> list[str]:
    return [name for name, term in terms().items() if term.in_subset]


def ten() -> list[str]:
    return [name for name, term in terms().items() if "l4c:EvaluationDimension" in term.parents]


def five() -> list[str]:
    return [name for name, term in terms().items() if "l4c:Model" in term.parents]


def task_claims(task: str) -> list[Claim]:
    """Return the claims that something supports a task or a finer one below it."""
    return [c for c in claims() if c.property == "l4c:supportsTask" and not is_literal(c.value)
            and task in above(c.value)]


def matrix(lines: Iterable[str], columns: Iterable[str], found: Callable[[str], list[Claim]],
           belongs: Callable[[Claim, str], bool]) -> dict[tuple[str, str], list[Claim]]:
    lines = list(lines)
    return {(line, column): [c for c in claims_ if belongs(c, line)]
            for column in columns for claims_ in [found(column)] for line in lines}


def all_models() -> list[str]:
    return [f"model:{row['id']}" for row in facts.models()]


def of_family(c: Claim, family: str) -> bool:
    """Whether a claim is about a family as such or about one of its models."""
    return c.subject == family or (is_model(c) and family in families_of(c.subject))


@answers("model-task-matrix")
def model_task_matrix() -> Answer:
    cells = matrix(all_models(), eight(), task_claims, lambda c, model: c.subject == model)
    rows = {(*both(model), *both(task), *cell(found)) for (model, task), found in cells.items()}
    return (*pair("model"), *pair("task"), *CELL), rows


@answers("model-dimension-matrix")
def model_dimension_matrix() -> Answer:
    cells = matrix(all_models(), ten(), lambda d: list(dimension_claims(d)),
                   lambda c, model: c.subject == model)
    rows = {(*both(model), *both(d), *cell(found)) for (model, d), found in cells.items()}
    return (*pair("model"), *pair("dimension"), *CELL), rows


@answers("family-task-matrix")
def family_task_matrix() -> Answer:
    cells = matrix(five(), eight(), task_claims, of_family)
    rows = {
        (*both(family), *both(task),
         str(len({c.subject for c in found if is_model(c) and fact(c)})), *cell(found))
        for (family, task), found in cells.items()
    }
    return (*pair("family"), *pair("task"), "supportingModels", *CELL), rows


@answers("family-dimension-matrix")
def family_dimension_matrix() -> Answer:
    cells = matrix(five(), ten(), lambda d: list(dimension_claims(d)), of_family)
    rows = {
        (*both(family), *both(d), str(len({c.subject for c in found if is_model(c)})),
         *cell(found))
        for (family, d), found in cells.items()
    }
    return (*pair("family"), *pair("dimension"), "assessedModels", *CELL), rows


def gaps(tasks: Iterable[str], family: str) -> Answer:
    """Tasks that no model of a family supports by an accepted claim."""
    rows = set()
    for task in tasks:
        found = [c for c in task_claims(task) if is_model(c) and family in families_of(c.subject)]
        if state(found) not in ("affirmed", "mixed"):
            rows.add((*both(task), *cell(found)))
    return (*pair("task"), *CELL), rows


@answers("tasks-without-models")
def tasks_without_models(family: str = "l4c:EpigenomicModel") -> Answer:
    return gaps(eight(), family)


@answers("fine-tasks-without-models")
def fine_tasks_without_models(family: str = "l4c:EpigenomicModel",
                              task: str = "l4c:AnalyticalTask") -> Answer:
    return gaps((name for name in terms() if task in above(name) - {name}), family)


# --- evidence ---------------------------------------------------------------------------------


def concerns(c: Claim, model: str) -> bool:
    """Whether a claim is about a model or its publication."""
    return model in ("", c.subject) or model in models_of(c.subject)


def reason(c: Claim) -> str:
    """Return why a claim is not accepted: families are weighed in the facts, the rest is worded."""
    if c.property == "l4c:family" and not c.errata:
        return str(facts.families()[c.subject.partition(":")[2]]["why"])
    return WORDED


def weighed(verdict: str) -> Callable[..., Answer]:
    def answer(model: str = "", kind: str = "") -> Answer:
        rows = {
            (*both(c.subject), *both(c.property), *both(c.value), reason(c), *evidence(c))
            for c in claims()
            if c.verdict == verdict and kind in ("", c.kind) and concerns(c, model)
        }
        return (*pair("subject"), *pair("property"), *pair("value"), "reason", *EVIDENCE), rows

    return answer


ANSWERS |= {"rejected-claims": weighed("l4c:Rejected"),
            "disputed-claims": weighed("l4c:Disputed")}


@answers("denied-claims")
def denied_claims(model: str = "", kind: str = "") -> Answer:
    return statements("subject", (
        c for c in claims()
        if c.polarity == "l4c:Denied" and kind in ("", c.kind) and concerns(c, model)
    ))


@answers("corrected-claims")
def corrected_claims(model: str = "") -> Answer:
    """Rejected bibliographic claims, each beside those that the better sources make."""
    rows = {
        (*both(c.subject), *both(c.property), plain(c.value), c.kind, c.locator, c.verdict,
         plain(right.value), right.kind, right.source, right.locator, right.verdict)
        for c in claims() if c.verdict == "l4c:Rejected" and concerns(c, model)
        for right in claims()
        if c.subject.startswith("publication:") and right.verdict == "l4c:Accepted"
        and (right.subject, right.property) == (c.subject, c.property)
    }
    return (*pair("subject"), *pair("property"), "value", "sourceKind", "locator", "verdict",
            "rightValue", "rightSourceKind", "rightSource", "rightLocator", "rightVerdict"), rows


@answers("claims-by-source-kind")
def claims_by_source_kind(kind: str = "") -> Answer:
    counts = Counter((c.property, c.kind, c.polarity, c.verdict) for c in claims())
    rows = {(*both(p), k, polarity, verdict, str(number))
            for (p, k, polarity, verdict), number in counts.items() if kind in ("", k)}
    return (*pair("property"), "sourceKind", "polarity", "verdict", "claims"), rows


# --- the survey's problems and faults, terms --------------------------------------------------


@answers("open-challenges")
def open_challenges(challenge: str = "") -> Answer:
    rows = {
        (*both(row["iri"]), row["description"].strip(), *both(touched), SURVEY, row["locator"])
        for row in challenges() if challenge in ("", row["iri"]) for touched in row["touches"]
    }
    return (*pair("challenge"), "description", *pair("touched"), "source", "locator"), rows


@answers("models-by-challenge")
def by_challenge(challenge: str = "") -> Answer:
    rows = {
        (*both(row["iri"]), *both(touched), *both(c.subject), words(c), *evidence(c))
        for row in challenges() if challenge in ("", row["iri"])
        for touched in row["touches"]
        for c in (*dimension_claims(touched), *task_claims(touched)) if is_model(c)
    }
    return (*pair("challenge"), *pair("touched"), *pair("model"), "statement", *EVIDENCE), rows


@answers("errata-by-model")
def errata_by_model(model: str = "") -> Answer:
    rows = {
        (row["iri"], f"erratum {row['number']}", row["kind"], *both(subject),
         row["text"].strip(), SURVEY)
        for row in errata() for subject in row["subjects"] if model in ("", subject)
    }
    return (*pair("erratum"), "kind", *pair("subject"), "description", "source"), rows


@answers("errata-by-kind")
def errata_by_kind(kind: str = "") -> Answer:
    rows = {
        (row["iri"], f"erratum {row['number']}", row["kind"], locator, row["text"].strip(), SURVEY)
        for row in errata() if kind in ("", row["kind"]) for locator in row["locators"]
    }
    return (*pair("erratum"), "kind", "locator", "description", "source"), rows


@answers("mappings-of-term")
def mappings_of_term(term: str = "") -> Answer:
    lines = MAPPINGS.read_text(encoding="utf-8").splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    prefixes = yaml.safe_load("\n".join(head))["curie_map"]
    rows = set()
    for row in csv.DictReader((line for line in lines if not line.startswith("#")),
                              delimiter="\t"):
        if term in ("", row["subject_id"]):
            rows.add((*both(row["subject_id"]), *both(row["predicate_id"]),
                      compact(expand(row["object_id"], prefixes))))
    return (*pair("term"), *pair("relation"), "target"), rows


@answers("terms-below-term")
def terms_below_term(term: str = "") -> Answer:
    rows = {
        (*both(name), *both(parent), found.definition)
        for name, found in terms().items() if found.definition
        for parent in found.parents if term in ("", *above(parent))
    }
    return (*pair("term"), *pair("parent"), "definition"), rows


# --- cases ------------------------------------------------------------------------------------

# Query -> the parameters of each case; {} = its defaults, which every query without an entry has.
CASES: dict[str, list[dict[str, str]]] = {
    "architectures-of-model": [{"model": "model:scgraphformer"}, {}],
    "citations": [{"model": "model:spallm"}, {}],
    "claims-by-source-kind": [{"kind": "l4c:SurveyTable"}, {}],
    "corrected-claims": [{"model": "model:heist"}, {}],
    "datasets-by-group": [{"group": "multiome"}, {}],
    "datasets-by-modality": [{"modality": "l4c:Epigenomics"}, {}],
    "datasets-by-size": [{"minimum": "1000000"}, {}],
    "datasets-by-task": [{"task": "l4c:TrajectoryAndPerturbationModeling"}, {}],
    "datasets-of-model": [{"model": "model:scgpt"}, {}],
    "denied-claims": [{"model": "model:geneformer"}, {"kind": "l4c:SurveyTable"}, {}],
    "dimensions-of-model": [{"model": "model:scgpt"}, {}],
    "disputed-claims": [{"model": "model:scmamba"}, {"kind": "l4c:SurveyProse"}],
    "domain-scores": [{"model": "model:get"}, {}],
    "errata-by-kind": [{"kind": "row content"}, {}],
    "errata-by-model": [{"model": "model:get"}, {}],
    "families-of-model": [{"model": "model:epiagent"}, {}],
    "fine-tasks-without-models": [
        {"family": "l4c:AgenticFramework", "task": "l4c:RegulatoryNetworkAndPathwayInference"}, {}],
    "groundings-of-model": [{"model": "model:geneformer"}, {}],
    "learning-objectives-of-model": [{"model": "model:uce"}, {}],
    "limitations-of-model": [{"model": "model:scgpt"}, {}],
    "mappings-of-term": [{"term": "l4c:CellTypeAnnotation"}, {"term": "l4c:SingleCellATACSeq"}],
    "metrics-by-task": [{"task": "l4c:AnnotationAndOntologyMapping"}, {}],
    "modalities-of-model": [{"model": "model:scmmgpt"}, {}],
    "models-by-agentic-flag": [{"agentic": "true"}, {}],
    "models-by-architecture": [{"architecture": "l4c:TransformerNetwork"}, {}],
    "models-by-challenge": [{"challenge": "challenge:data-bias"}, {}],
    "models-by-dataset": [{"dataset": "dataset:tabula-sapiens-v2"}, {}],
    "models-by-dimension": [{"dimension": "l4c:Explainability"}, {}],
    "models-by-family": [{"family": "l4c:EpigenomicModel"}, {}],
    "models-by-family-and-dimension": [
        {"family": "l4c:FoundationModel", "dimension": "l4c:BatchEffectRobustness"}, {}],
    "models-by-family-and-modality": [
        {"family": "l4c:SpatialMultimodalModel", "modality": "l4c:Epigenomics"}],
    "models-by-family-and-task": [
        {"family": "l4c:EpigenomicModel", "task": "l4c:TrajectoryAndPerturbationModeling"},
        {"family": "l4c:AgenticFramework", "task": "l4c:AnnotationAndOntologyMapping"}],
    "models-by-family-and-year": [{"family": "l4c:TextBridgeModel", "year": "2025"}, {}],
    "models-by-family-modality-and-task": [
        {"family": "l4c:EpigenomicModel", "modality": "l4c:Epigenomics",
         "task": "l4c:RegulatoryNetworkAndPathwayInference"}, {}],
    "models-by-grounding": [{"grounding": "l4c:OntologyGrounding"}, {}],
    "models-by-learning-objective": [{"objective": "l4c:ContrastiveLearning"}, {}],
    "models-by-modality": [{"modality": "l4c:SpatialOmics"}, {}],
    "models-by-task": [{"task": "l4c:SpatialMappingAndDeconvolution"}, {"task": "l4c:Denoising"}],
    "models-by-task-and-dataset": [
        {"task": "l4c:TrajectoryAndPerturbationModeling", "dataset": "dataset:hca-data-browser"},
        {}],
    "models-by-venue": [{"venue": "Nature Methods"}, {}],
    "models-by-year": [{"year": "2024"}, {}],
    "open-challenges": [{"challenge": "challenge:cross-modal-dynamic"}, {}],
    "publications-of-model": [{}, {"model": "model:heist"}],
    "rejected-claims": [{"model": "model:get"}, {"kind": "l4c:SurveyProse"}, {}],
    "statements-about-dataset": [{}, {"dataset": "dataset:sci-plex"}],
    "statements-about-family": [{"family": "l4c:EpigenomicModel"}, {}],
    "statements-about-model": [{}, {"model": "model:scmmgpt"}],
    "statements-about-task": [{"task": "l4c:DrugResponsePrediction"}, {}],
    "tasks-of-model": [{"model": "model:scgpt"}, {"model": "model:cell2text"}],
    "tasks-without-models": [{}, {"family": "l4c:AgenticFramework"}],
    "terms-below-term": [{"term": "l4c:SpatialMappingAndDeconvolution"}],
}


def work_out(query: str) -> dict[str, Any]:
    """Return the golden file of a query."""
    cases = []
    for parameters in CASES.get(query, [{}]):
        columns, rows = ANSWERS[query](**parameters)
        cases.append({"parameters": parameters, "columns": list(columns),
                      "rows": sorted(map(list, rows))})
    return {"query": query, "cases": cases}


def write(content: dict[str, Any]) -> str:
    """Return a golden file's text: one row a line, so that a change reads well."""
    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    cases = []
    for case in content["cases"]:
        rows = ",\n".join(f"      {line(row)}" for row in case["rows"])
        cases.append(f'    {{"parameters": {line(case["parameters"])},\n'
                     f'     "columns": {line(case["columns"])},\n'
                     f'     "rows": [\n{rows}\n     ]}}')
    body = ",\n".join(cases)
    return f'{{\n  "query": {line(content["query"])},\n  "cases": [\n{body}\n  ]\n}}\n'


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        if path.stem not in ANSWERS:
            path.unlink()
    for query in sorted(ANSWERS):
        (FOLDER / f"{query}.json").write_text(write(work_out(query)), encoding="utf-8")


if __name__ == "__main__":
    main()
