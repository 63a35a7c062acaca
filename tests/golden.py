"""What every canned query must answer, worked out from the catalogue in plain Python.

The answers are computed from ``rows``: the catalogue's YAML and the text of the ontology, the slims
and the mapping table. No RDF library, no graph, no SPARQL and nothing of the package takes part, so
that an answer of the graph can differ from them.

``python tests/golden.py`` writes them to ``tests/golden/``: one file a query, its cases each with
parameters, columns and rows. Resources are written as prefixed names, literals as plain text and an
empty cell as ``""``.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rows
from rows import (
    ACCEPTED,
    AFFIRMED,
    DIMENSION,
    USES,
    Claim,
    above,
    accepted,
    by_fact,
    by_property,
    claims,
    compact,
    fact,
    facts_of,
    in_scope,
    is_literal,
    kinds_of,
    label,
    models_of,
    plain,
    records,
    terms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ANSWERS", "CASES", "FOLDER", "compact", "work_out", "write"]

Row = tuple[str, ...]
Rows = set[Row]
Answer = tuple[tuple[str, ...], Rows]

FOLDER = Path(__file__).resolve().parent / "golden"
EVIDENCE = ("polarity", "sourceKind", "source", "locator", "verdict")
SURVEY_KINDS = ("l4c:SurveyTable", "l4c:SurveyProse")
AUTHORS = ("l4c:PrimaryPaper", "l4c:Repository")
# The whole of each vocabulary: what a parameter that is left out stands for.
ROOTS = {"cell_type": "CL:0000000", "tissue": "UBERON:0001062", "assay": "EFO:0000001",
         "disease": "MONDO:0000001", "cell_line": "EFO:0000001"}


# --- shared -----------------------------------------------------------------------------------


def pair(name: str) -> tuple[str, str]:
    return name, f"{name}Label"


def both(node: str) -> tuple[str, str]:
    """Return a resource or literal as its column and the label's column show it."""
    return plain(node), label(node)


NONE = ("", "")


def evidence(c: Claim) -> Row:
    return (c.polarity, c.kind, c.source, c.locator, c.verdict)


def prefixed(name: str) -> Row:
    """Return the columns of ``brief``."""
    return tuple(name + column for column in ("SourceKind", "Source", "Locator", "Verdict"))


def brief(c: Claim) -> Row:
    """Return the evidence of a claim that stands beside another's."""
    return (c.kind, c.source, c.locator, c.verdict)


def is_model(c: Claim) -> bool:
    return c.subject.startswith("model:")


def families_of(model: str) -> set[str]:
    """Return the types of a model: its accepted families and l4c:Model."""
    return {"l4c:Model", *facts_of("l4c:family").get(model, ())}


def concerns(c: Claim, model: str) -> bool:
    """Whether a claim is about a model or its publication."""
    return model in ("", c.subject) or model in models_of(c.subject)


def assessments(dimension: str = "l4c:EvaluationDimension") -> list[Claim]:
    return [c for c in by_property()[DIMENSION] if dimension in above(c.value)]


ANSWERS: dict[str, Callable[..., Answer]] = {}


def answers(*queries: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Name the queries whose answer a function works out."""
    def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
        for name in queries:
            ANSWERS[name] = function
        return function

    return register


# --- facts by one axis or several -------------------------------------------------------------


def by_term(subject: str, column: str, property_: str, root: str, family: str = "l4c:Model",
            scope: str = "") -> Answer:
    """Facts of models or data sets whose value lies at or below a term, with their claims.

    A license lies below its classes; without a root any value does.
    """
    found = {
        (*both(c.subject), *both(c.value), *evidence(c))
        for c in by_property()[property_]
        if fact(c) and c.subject.startswith(f"{subject}:") and in_scope(c.subject, scope)
        and (not root or root in kinds_of(c.value))
        and (subject != "model" or family in families_of(c.subject))
    }
    return (*pair(subject), *pair(column), *EVIDENCE), found


# Query -> its subject, column, property, parameter and what that stands for where it is left out.
AXES = {
    "models-by-task": ("model", "task", "l4c:supportsTask", "task", "l4c:AnalyticalTask"),
    "models-by-modality": ("model", "modality", "l4c:modality", "modality", "l4c:DataModality"),
    "models-by-grounding": ("model", "grounding", "l4c:grounding", "grounding",
                            "l4c:GroundingSource"),
    "models-by-architecture": ("model", "architecture", "l4c:architecture", "architecture",
                               "l4c:Architecture"),
    "models-by-learning-objective": ("model", "objective", "l4c:learningObjective", "objective",
                                     "l4c:LearningObjective"),
    "models-by-family": ("model", "family", "l4c:family", "family", "l4c:Model"),
    "models-by-tokenization": ("model", "tokenization", "l4c:tokenization", "tokenization",
                               "l4c:Tokenization"),
    "models-by-backbone": ("model", "backbone", "l4c:buildsOn", "backbone", ""),
    "models-by-ontology": ("model", "ontology", "l4c:usesOntology", "ontology", ""),
    "models-by-organism": ("model", "organism", "l4c:organism", "organism", ""),
    "datasets-by-task": ("dataset", "task", "l4c:servesTask", "task", "l4c:AnalyticalTask"),
    "datasets-by-perturbation-type": ("dataset", "perturbation", "l4c:perturbationType",
                                      "perturbation", "l4c:PerturbationType"),
    "datasets-by-license": ("dataset", "license", "l4c:dataLicense", "license", "l4c:License"),
    "datasets-by-organism": ("dataset", "organism", "l4c:organism", "organism", ""),
    "datasets-by-cell-type": ("dataset", "cellType", "l4c:cellType", "cell_type",
                              ROOTS["cell_type"]),
    "datasets-by-tissue": ("dataset", "tissue", "l4c:tissue", "tissue", ROOTS["tissue"]),
    "datasets-by-assay": ("dataset", "assay", "l4c:assay", "assay", ROOTS["assay"]),
    "datasets-by-disease": ("dataset", "disease", "l4c:disease", "disease", ROOTS["disease"]),
    "datasets-by-cell-line": ("dataset", "cellLine", "l4c:cellLine", "cell_line",
                              ROOTS["cell_line"]),
}


def _axis(subject: str, column: str, property_: str, parameter: str,
          root: str) -> Callable[..., Answer]:
    return lambda scope="", **given: by_term(subject, column, property_,
                                             given.get(parameter, root), scope=scope)


ANSWERS |= {name: _axis(*axis) for name, axis in AXES.items()}


@answers("datasets-by-modality")
def datasets_by_modality(modality: str = "l4c:DataModality", scope: str = "") -> Answer:
    found = set()
    for c in by_property()["l4c:modality"]:
        if not (c.subject.startswith("dataset:") and fact(c) and in_scope(c.subject, scope)):
            continue
        parts = [part for part in terms()[c.value].includes if modality in above(part)]
        included = [NONE] if modality in above(c.value) else list(map(both, parts))
        found |= {(*both(c.subject), *both(c.value), *part, *evidence(c)) for part in included}
    return (*pair("dataset"), *pair("modality"), *pair("included"), *EVIDENCE), found


@answers("models-by-family-and-modality")
def family_and_modality(family: str = "l4c:Model", modality: str = "l4c:DataModality",
                        scope: str = "") -> Answer:
    return by_term("model", "modality", "l4c:modality", modality, family, scope)


@answers("models-by-family-and-task")
def family_and_task(family: str = "l4c:Model", task: str = "l4c:AnalyticalTask",
                    scope: str = "") -> Answer:
    return by_term("model", "task", "l4c:supportsTask", task, family, scope)


@answers("epigenomic-models-for-trajectory")
def epigenomic_models_for_trajectory(scope: str = "") -> Answer:
    return family_and_task("l4c:EpigenomicModel", "l4c:TrajectoryAndPerturbationModeling", scope)


@answers("epigenomic-models-for-trajectory-inference")
def epigenomic_models_for_trajectory_inference(verdict: str = ACCEPTED, scope: str = "") -> Answer:
    _, tasks = by_term("model", "task", "l4c:supportsTask", "l4c:TrajectoryInference", scope=scope)
    found = {
        (*row, *brief(c), c.reason)
        for row in tasks
        if row[4] == AFFIRMED and row[5] in AUTHORS and row[-1] == ACCEPTED
        for c in by_fact().get((row[0], "l4c:family", "l4c:EpigenomicModel"), ())
        if c.polarity == AFFIRMED and c.verdict in (ACCEPTED, verdict)
    }
    return (*pair("model"), *pair("task"), *EVIDENCE, *prefixed("family"), "familyReason"), found


@answers("models-by-family-modality-and-task")
def family_modality_and_task(
    family: str = "l4c:Model", modality: str = "l4c:DataModality",
    task: str = "l4c:TrajectoryAndPerturbationModeling", scope: str = "",
) -> Answer:
    _, tasks = family_and_task(family, task, scope)
    _, modalities = family_and_modality(family, modality, scope)
    inputs = {row[:4] for row in modalities}
    found = {(*row[:2], *taken[2:], *row[2:]) for row in tasks for taken in inputs
             if taken[0] == row[0]}
    return (*pair("model"), *pair("modality"), *pair("task"), *EVIDENCE), found


@answers("models-by-dimension", "models-by-family-and-dimension", "dimensions-of-model")
def dimensions(dimension: str = "l4c:EvaluationDimension", family: str = "l4c:Model",
               model: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.value), c.statement, *evidence(c))
        for c in assessments(dimension)
        if is_model(c) and family in families_of(c.subject) and model in ("", c.subject)
        and in_scope(c.subject, scope)
    }
    return (*pair("model"), *pair("dimension"), "statement", *EVIDENCE), found


def by_publication(column: str, property_: str, wanted: str, family: str = "l4c:Model",
                   scope: str = "") -> Answer:
    found = {
        (*both(model), plain(c.value), *both(c.subject), *evidence(c))
        for c in by_property()[property_]
        if fact(c) and wanted in ("", plain(c.value))
        for model in models_of(c.subject)
        if family in families_of(model) and in_scope(model, scope)
    }
    return (*pair("model"), column, *pair("publication"), *EVIDENCE), found


@answers("models-by-year", "models-by-family-and-year")
def by_year(year: str = "", family: str = "l4c:Model", scope: str = "") -> Answer:
    return by_publication("year", "l4c:publicationYear", year, family, scope)


@answers("models-by-venue")
def by_venue(venue: str = "", scope: str = "") -> Answer:
    return by_publication("venue", "l4c:venue", venue, scope=scope)


def literals(subject: str, column: str, property_: str, wanted: str = "",
             only_facts: bool = True, of: str = "", scope: str = "") -> Answer:
    """Claims with a literal value, by value or by subject."""
    found = {
        (*both(c.subject), plain(c.value), *evidence(c))
        for c in by_property()[property_]
        if c.subject.startswith(f"{subject}:") and in_scope(c.subject, scope)
        and (fact(c) or not only_facts)
        and wanted in ("", plain(c.value)) and of in ("", c.subject)
    }
    return (*pair(subject), column, *EVIDENCE), found


@answers("models-by-agentic-flag")
def by_agentic_flag(agentic: str = "", scope: str = "") -> Answer:
    return literals("model", "agentic", "l4c:isAgentic", agentic, scope=scope)


@answers("datasets-by-group")
def by_group(group: str = "", scope: str = "") -> Answer:
    return literals("dataset", "group", "l4c:surveyGroup", group, scope=scope)


@answers("domain-scores")
def domain_scores(model: str = "", scope: str = "") -> Answer:
    return literals("model", "score", "l4c:domainScore", "", False, model, scope)


@answers("citations")
def citations(model: str = "", scope: str = "") -> Answer:
    return literals("model", "citation", "l4c:citedAs", "", False, model, scope)


@answers("datasets-by-size")
def datasets_by_size(minimum: str = "0", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), plain(c.value), c.qualifier, c.printed, *evidence(c))
        for c in by_property()["l4c:cellCount"]
        if fact(c) and int(plain(c.value)) >= int(minimum) and in_scope(c.subject, scope)
    }
    return (*pair("dataset"), "cells", "qualifier", "printed", *EVIDENCE), found


def ranking(column: str, property_: str, minimum: str, scope: str) -> Answer:
    """Models by a number of theirs or of their variants; those without one are there as unknown."""
    found = set()
    for model in rows.models():
        known = [c for part in rows.variants_of(model)
                 for value in facts_of(property_).get(part, ())
                 for c in by_fact()[part, property_, value]]
        if not in_scope(model, scope):
            continue
        if not known:
            found.add((*both(model), *NONE, "", "", "unknown", "", "", "", "", ""))
        found |= {
            (*both(model), *(both(c.subject) if c.subject != model else NONE), plain(c.value),
             c.qualifier, "affirmed", *evidence(c))
            for c in known if int(plain(c.value)) >= int(minimum)
        }
    return (*pair("model"), *pair("variant"), column, "qualifier", "state", *EVIDENCE), found


@answers("models-by-pretraining-cells")
def by_pretraining_cells(minimum: str = "0", scope: str = "") -> Answer:
    return ranking("cells", "l4c:pretrainingCellCount", minimum, scope)


@answers("models-by-parameters")
def by_parameters(minimum: str = "0", scope: str = "") -> Answer:
    return ranking("parameters", "l4c:parameterCount", minimum, scope)


@answers("models-without-family")
def without_family(scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.value), *evidence(c))
        for c in by_property()["l4c:family"]
        if is_model(c) and families_of(c.subject) == {"l4c:Model"} and in_scope(c.subject, scope)
    }
    return (*pair("model"), *pair("family"), *EVIDENCE), found


@answers("models-in-several-families")
def in_several_families(scope: str = "") -> Answer:
    columns, found = by_term("model", "family", "l4c:family", "l4c:Model", scope=scope)
    return columns, {row for row in found if len(families_of(row[0])) > 2}


@answers("models-beyond-survey")
def beyond_survey() -> Answer:
    found = set()
    for model in rows.models():
        if in_scope(model, "l4c:BeyondSurveyScope"):
            paper = records()[model].publication
            said = [c for c in by_property()["l4c:family"] if c.subject == model]
            head = (*both(model), *(both(paper) if paper else NONE))
            found |= {(*head, *both(c.value), *evidence(c)) for c in said}
            if not said:
                found.add((*head, *NONE, "", "", "", "", ""))
    return (*pair("model"), *pair("publication"), *pair("family"), *EVIDENCE), found


# --- models and data sets ---------------------------------------------------------------------


def usage(dataset: str = "", use: str = "l4c:usesDataset", only_facts: bool = True,
          scope: str = "") -> list[Claim]:
    """Return what is said of models' use of a data set; trained and evaluated on are uses."""
    wanted = USES if use == USES[0] else (use,)
    return [c for property_ in wanted for c in by_property()[property_]
            if is_model(c) and (fact(c) or not only_facts) and dataset in ("", c.value)
            and in_scope(c.subject, scope)]


@answers("models-by-dataset")
def by_dataset(dataset: str = "", scope: str = "") -> Answer:
    found = {(*both(c.subject), *both(c.value), *both(c.property), *evidence(c))
             for c in usage(dataset, scope=scope)}
    return (*pair("model"), *pair("dataset"), *pair("use"), *EVIDENCE), found


@answers("models-by-task-and-dataset")
def task_and_dataset(task: str = "l4c:AnnotationAndOntologyMapping", dataset: str = "",
                     scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(value), *both(c.value), *both(c.property), *evidence(c))
        for c in usage(dataset, scope=scope)
        for value in facts_of("l4c:supportsTask").get(c.subject, ()) if task in above(value)
    }
    return (*pair("model"), *pair("task"), *pair("dataset"), *pair("use"), *EVIDENCE), found


@answers("datasets-of-model")
def datasets_of_model(model: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.value), *both(c.property), *evidence(c))
        for c in usage(only_facts=False, scope=scope) if model in ("", c.subject)
    }
    return (*pair("model"), *pair("dataset"), *pair("use"), *EVIDENCE), found


def held(property_: str, root: str) -> Iterator[Claim]:
    """Yield what is said of data sets that hold a term or a finer one below it."""
    return (c for c in by_property()[property_]
            if c.subject.startswith("dataset:") and fact(c) and root in above(c.value))


@answers("models-by-cell-type")
def by_cell_type(cell_type: str = ROOTS["cell_type"], use: str = "l4c:usesDataset",
                 scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.property), *both(c.value), *both(data.value), *evidence(c),
         *brief(data))
        for data in held("l4c:cellType", cell_type)
        for c in usage(data.subject, use, scope=scope)
    }
    return (*pair("model"), *pair("use"), *pair("dataset"), *pair("cellType"), *EVIDENCE,
            *prefixed("data")), found


@answers("models-by-assay")
def by_assay(assay: str = ROOTS["assay"], scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.property), *both(c.value), *both(data.value), *evidence(c),
         *brief(data))
        for data in held("l4c:assay", assay) for c in usage(data.subject, scope=scope)
    } | {
        (*both(c.subject), *both(c.property), *NONE, *both(c.value), *evidence(c), "", "", "", "")
        for c in by_property()["l4c:assay"]
        if is_model(c) and fact(c) and assay in above(c.value) and in_scope(c.subject, scope)
    }
    return (*pair("model"), *pair("use"), *pair("dataset"), *pair("assay"), *EVIDENCE,
            *prefixed("data")), found


@answers("datasets-by-organism-tissue-and-assay")
def by_organism_tissue_and_assay(organism: str = "", tissue: str = ROOTS["tissue"],
                                 assay: str = ROOTS["assay"], scope: str = "") -> Answer:
    asked = {"l4c:organism": organism, "l4c:tissue": tissue, "l4c:assay": assay}

    def fits(dataset: str, property_: str) -> bool:
        root = asked[property_]
        return root in ("", *ROOTS.values()) or any(
            root in above(value) for value in facts_of(property_).get(dataset, ()))

    found = {
        (*both(c.subject), *both(c.property), *both(c.value), *evidence(c))
        for property_, root in asked.items() for c in by_property()[property_]
        if c.subject.startswith("dataset:") and fact(c) and (not root or root in above(c.value))
        and in_scope(c.subject, scope) and all(fits(c.subject, name) for name in asked)
    }
    return (*pair("dataset"), *pair("property"), *pair("value"), *EVIDENCE), found


@answers("datasets-shared-by-models")
def shared(model: str = "model:scgpt", other: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.value), *both(c.property), *evidence(c), *both(d.subject), *both(d.property),
         *brief(d))
        for c in usage() if c.subject == model
        for d in usage(c.value, scope=scope) if d.subject != model and other in ("", d.subject)
    }
    return (*pair("dataset"), *pair("use"), *EVIDENCE, *pair("other"), *pair("otherUse"),
            *prefixed("other")), found


@answers("benchmark-contamination")
def contamination(model: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.value), *evidence(c), *brief(d))
        for c in usage(use="fair4ml:trainedOn", scope=scope) if model in ("", c.subject)
        for d in usage(c.value, "fair4ml:evaluatedOn") if d.subject == c.subject
    }
    return (*pair("model"), *pair("dataset"), *EVIDENCE, *prefixed("evaluation")), found


# --- code, weights and licenses ---------------------------------------------------------------

PLACES = ("schema:codeRepository", "l4c:codeLicense", "l4c:weights", "l4c:weightsLicense")


@answers("code-and-weights-of-model")
def code_and_weights(model: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.property), *both(c.value), *evidence(c))
        for property_ in PLACES for c in by_property()[property_]
        if is_model(c) and model in ("", c.subject) and in_scope(c.subject, scope)
    }
    return (*pair("model"), *pair("property"), *pair("value"), *EVIDENCE), found


@answers("models-by-license")
def by_license(scope: str = "", **given: str) -> Answer:
    root, wanted = given.get("license", "l4c:License"), given.get("property", "")
    found = {
        (*both(c.subject), *both(c.property), *both(c.value), *evidence(c))
        for property_ in ("l4c:codeLicense", "l4c:weightsLicense") for c in by_property()[property_]
        if is_model(c) and fact(c) and root in kinds_of(c.value)
        and wanted in ("", property_) and in_scope(c.subject, scope)
    }
    return (*pair("model"), *pair("property"), *pair("license"), *EVIDENCE), found


@answers("open-models")
def open_models(scope: str = "", **given: str) -> Answer:
    root = given.get("license", "l4c:OpenLicense")

    def said(model: str, property_: str) -> list[Row]:
        """Return the accepted claims on a license, each with 1 unknown, 2 in the class, 0 not."""
        return [
            ("2" if c.polarity == AFFIRMED and root in kinds_of(c.value) else "0",
             *both(c.value), *evidence(c))
            for c in by_property()[property_] if c.subject == model and c.verdict == ACCEPTED
            and not is_literal(c.value)
        ] or [("1", *NONE, "", "", "", "", "")]

    states = {0: "denied", 4: "affirmed"}
    found = {
        (*both(model), states.get(int(code[0]) * int(weights[0]), "unknown"), *code[1:],
         *weights[1:])
        for model in rows.models() if in_scope(model, scope)
        for code in said(model, "l4c:codeLicense") for weights in said(model, "l4c:weightsLicense")
    }
    columns = [(*pair(f"{name}License"), *(f"{name}{column[0].upper()}{column[1:]}"
                                           for column in EVIDENCE)) for name in ("code", "weights")]
    return (*pair("model"), "state", *columns[0], *columns[1]), found


# --- all that is said of one thing ------------------------------------------------------------


def of_model(column: str, property_: str) -> Callable[..., Answer]:
    """Every claim about a model on one property, whatever became of it."""
    def answer(model: str = "", scope: str = "") -> Answer:
        found = {
            (*both(c.subject), *both(c.value), *evidence(c))
            for c in by_property()[property_]
            if is_model(c) and model in ("", c.subject) and in_scope(c.subject, scope)
        }
        return (*pair("model"), *pair(column), *EVIDENCE), found

    return answer


ANSWERS |= {
    "tasks-of-model": of_model("task", "l4c:supportsTask"),
    "modalities-of-model": of_model("modality", "l4c:modality"),
    "groundings-of-model": of_model("grounding", "l4c:grounding"),
    "architectures-of-model": of_model("architecture", "l4c:architecture"),
    "learning-objectives-of-model": of_model("objective", "l4c:learningObjective"),
    "families-of-model": of_model("family", "l4c:family"),
}


@answers("limitations-of-model")
def limitations(model: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), plain(c.value), c.statement, *evidence(c))
        for c in by_property()["l4c:limitation"]
        if is_model(c) and model in ("", c.subject) and in_scope(c.subject, scope)
    }
    return (*pair("model"), "limitation", "statement", *EVIDENCE), found


@answers("publications-of-model")
def publications_of_model(model: str = "model:scgpt") -> Answer:
    found = {
        (*both(c.subject), *both(c.property), plain(c.value), *evidence(c))
        for c in claims() if model in models_of(c.subject)
    }
    return (*pair("publication"), *pair("property"), "value", *EVIDENCE), found


def statements(column: str, said: Iterable[Claim]) -> Answer:
    found = {(*both(c.subject), *both(c.property), *both(c.value), c.statement, *evidence(c))
             for c in said}
    return (*pair(column), *pair("property"), *pair("value"), "statement", *EVIDENCE), found


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
    found = {
        (*both(c.subject), plain(c.value), c.statement, *evidence(c))
        for c in by_property()["l4c:metric"] if task in above(c.subject)
    }
    return (*pair("task"), "metric", "statement", *EVIDENCE), found


# --- matrices ---------------------------------------------------------------------------------

STATES = {(ACCEPTED, AFFIRMED): "affirmed", (ACCEPTED, "l4c:Qualified"): "qualified",
          (ACCEPTED, "l4c:Denied"): "denied"}
ORDER = ("affirmed", "qualified", "denied", "disputed", "rejected")
KINDS = ("PrimaryPaper", "Repository", "Registry", "SurveyTable", "SurveyProse", "ThirdParty",
         "Derived", "Curated")
CELL = ("state", "claims", "sourceKinds")


def state(found: Iterable[Claim]) -> str:
    """Return what the claims of a cell amount to; unknown where there is none."""
    seen = {STATES.get((c.verdict, c.polarity), c.verdict.removeprefix("l4c:").lower())
            for c in found}
    if {"affirmed", "denied"} <= seen:
        return "mixed"
    return next((name for name in ORDER if name in seen), "unknown")


def level(found: Iterable[Claim]) -> str:
    """Return the highest level that an accepted claim gives; unknown where none does."""
    given = {c.level for c in found if c.verdict == ACCEPTED}
    return next((name for name in ("present", "partial", "absent")
                 if f"l4c:{name.capitalize()}" in given), "unknown")


def source_kinds(found: Iterable[Claim]) -> str:
    kinds = {c.kind for c in found}
    return ", ".join(label(f"l4c:{kind}") for kind in KINDS if f"l4c:{kind}" in kinds)


def cell(found: Iterable[Claim]) -> Row:
    found = list(found)
    return state(found), str(len(found)), source_kinds(found)


def eight() -> list[str]:
    return [name for name, term in terms().items() if term.in_subset]


def ten() -> list[str]:
    return [name for name, term in terms().items() if "l4c:EvaluationDimension" in term.parents]


def five() -> list[str]:
    return [name for name, term in terms().items() if "l4c:Model" in term.parents]


def task_claims(task: str) -> list[Claim]:
    """Return the claims that something supports a task or a finer one below it."""
    return [c for c in by_property()["l4c:supportsTask"]
            if not is_literal(c.value) and task in above(c.value)]


Cells = dict[tuple[str, str], list[Claim]]


def matrix(lines: Iterable[str], columns: Iterable[str], found: Callable[[str], list[Claim]],
           belongs: Callable[[Claim, str], bool]) -> Cells:
    lines = list(lines)
    return {(line, column): [c for c in said if belongs(c, line)]
            for column in columns for said in [found(column)] for line in lines}


def by_model(columns: Iterable[str], found: Callable[[str], list[Claim]], scope: str) -> Cells:
    return matrix((model for model in rows.models() if in_scope(model, scope)), columns, found,
                  lambda c, model: c.subject == model)


def by_family(columns: Iterable[str], found: Callable[[str], list[Claim]], scope: str) -> Cells:
    """What is said of a family as such and of its models of a part of the catalogue."""
    return matrix(five(), columns, found, lambda c, family: c.subject == family or (
        is_model(c) and family in families_of(c.subject) and in_scope(c.subject, scope)))


@answers("model-task-matrix")
def model_task_matrix(scope: str = "") -> Answer:
    cells = by_model(eight(), task_claims, scope)
    found = {(*both(model), *both(task), *cell(said)) for (model, task), said in cells.items()}
    return (*pair("model"), *pair("task"), *CELL), found


@answers("model-dimension-matrix")
def model_dimension_matrix(scope: str = "") -> Answer:
    cells = by_model(ten(), assessments, scope)
    found = {(*both(model), *both(d), level(said), *cell(said))
             for (model, d), said in cells.items()}
    return (*pair("model"), *pair("dimension"), "level", *CELL), found


@answers("family-task-matrix")
def family_task_matrix(scope: str = "") -> Answer:
    cells = by_family(eight(), task_claims, scope)
    found = {
        (*both(family), *both(task),
         str(len({c.subject for c in said if is_model(c) and fact(c)})), *cell(said))
        for (family, task), said in cells.items()
    }
    return (*pair("family"), *pair("task"), "supportingModels", *CELL), found


@answers("family-dimension-matrix")
def family_dimension_matrix(scope: str = "") -> Answer:
    cells = by_family(ten(), assessments, scope)
    found = {
        (*both(family), *both(d), str(len({c.subject for c in said if is_model(c)})), *cell(said))
        for (family, d), said in cells.items()
    }
    return (*pair("family"), *pair("dimension"), "assessedModels", *CELL), found


def gaps(tasks: Iterable[str], family: str, scope: str) -> Answer:
    """Tasks that no model of a family supports by an accepted claim."""
    found = set()
    for task in tasks:
        said = [c for c in task_claims(task) if is_model(c) and family in families_of(c.subject)
                and in_scope(c.subject, scope)]
        if state(said) not in ("affirmed", "mixed"):
            found.add((*both(task), *cell(said)))
    return (*pair("task"), *CELL), found


@answers("tasks-without-models")
def tasks_without_models(family: str = "l4c:EpigenomicModel", scope: str = "") -> Answer:
    return gaps(eight(), family, scope)


@answers("fine-tasks-without-models")
def fine_tasks_without_models(family: str = "l4c:EpigenomicModel",
                              task: str = "l4c:AnalyticalTask", scope: str = "") -> Answer:
    return gaps((name for name in terms() if task in above(name) - {name}), family, scope)


# --- levels on the dimensions -----------------------------------------------------------------


@answers("thinnest-evidence")
def thinnest(maximum: str = "1", dimension: str = "l4c:EvaluationDimension",
             scope: str = "") -> Answer:
    cells = by_model([d for d in ten() if dimension in above(d)], assessments, scope)
    found = set()
    for (model, d), said in cells.items():
        sources = {c.source for c in said}
        if 0 < len(sources) <= int(maximum):
            found.add((*both(model), *both(d), level(said), state(said), str(len(sources)),
                       str(len(said)), source_kinds(said)))
    return (*pair("model"), *pair("dimension"), "level", "state", "sources", "claims",
            "sourceKinds"), found


@answers("dimensions-without-evidence")
def without_evidence(scope: str = "") -> Answer:
    models = [model for model in rows.models() if in_scope(model, scope)]
    found = set()
    for d in ten():
        said = [c for c in assessments(d) if c.subject in models]
        weighed = [c for c in said if c.verdict == ACCEPTED]
        found.add((*both(d), str(len({c.subject for c in weighed if c.level})),
                   str(len({c.subject for c in weighed})), str(len(models)), state(said),
                   source_kinds(said)))
    return (*pair("dimension"), "judgedModels", "assessedModels", "models", "state",
            "sourceKinds"), found


@answers("survey-against-rubric")
def survey_against_rubric(model: str = "", dimension: str = "l4c:EvaluationDimension",
                          scope: str = "") -> Answer:
    judged = defaultdict(list)
    for c in assessments():
        if c.judge.startswith("rubric:"):
            judged[c.subject, c.value].append((c.level, *brief(c)))
    found = {
        (*both(c.subject), *both(c.value), c.statement, *evidence(c), *given)
        for c in assessments(dimension)
        if is_model(c) and c.kind in SURVEY_KINDS and model in ("", c.subject)
        and in_scope(c.subject, scope)
        for given in judged.get((c.subject, c.value), [("", "", "", "", "")])
    }
    return (*pair("model"), *pair("dimension"), "statement", *EVIDENCE, "level",
            *prefixed("level")), found


@answers("derived-against-judged")
def derived_against_judged(model: str = "", scope: str = "") -> Answer:
    found = set()
    for d in rows.derived():
        for c in assessments(d.value):
            if not (c.subject == d.subject and c.judge.startswith("rubric:")
                    and c.level != d.level and c.verdict != "l4c:Rejected"
                    and model in ("", c.subject) and in_scope(c.subject, scope)):
                continue
            more = (d.level, c.level) == ("l4c:Partial", "l4c:Present")
            why = c.explanation or (rows.rules()[d.judge].get("explanation", "") if more else "")
            found.add((*both(c.subject), *both(c.value), d.level, d.judge, c.level, c.judge,
                       c.verdict, c.kind, c.source, c.locator, why))
    return (*pair("model"), *pair("dimension"), "derivedLevel", "rule", "judgedLevel", "judge",
            "verdict", "sourceKind", "source", "locator", "explanation"), found


@answers("rubric-criteria")
def rubric_criteria(dimension: str = "l4c:EvaluationDimension") -> Answer:
    applied = defaultdict(list)
    for rule, header in rows.rules().items():
        key = (f"rubric:{header['rubric']}", header["dimension"], header["level"])
        applied[key].append(both(rule))
    found = {
        (row["iri"], row["label"], row["rubric"], row["rubric label"], row["version"],
         *both(row["dimension"]), *both(row["level"]), row["description"], *rule)
        for row in rows.criteria() if dimension in above(row["dimension"])
        for rule in applied.get(
            (row["rubric"], label(row["dimension"]), label(row["level"])), [NONE])
    }
    return (*pair("criterion"), *pair("rubric"), "version", *pair("dimension"), *pair("level"),
            "description", *pair("rule")), found


# --- evidence ---------------------------------------------------------------------------------


def weighed(verdict: str) -> Callable[..., Answer]:
    def answer(model: str = "", kind: str = "", scope: str = "") -> Answer:
        found = {
            (*both(c.subject), *both(c.property), *both(c.value), c.reason, *evidence(c))
            for c in claims()
            if c.verdict == verdict and kind in ("", c.kind) and concerns(c, model)
            and in_scope(c.subject, scope)
        }
        return (*pair("subject"), *pair("property"), *pair("value"), "reason", *EVIDENCE), found

    return answer


ANSWERS |= {"rejected-claims": weighed("l4c:Rejected"),
            "disputed-claims": weighed("l4c:Disputed")}


@answers("denied-claims")
def denied_claims(model: str = "", kind: str = "", scope: str = "") -> Answer:
    return statements("subject", (
        c for c in claims()
        if c.polarity == "l4c:Denied" and kind in ("", c.kind) and concerns(c, model)
        and in_scope(c.subject, scope)
    ))


def corrections(c: Claim) -> list[Claim]:
    """Return the claims that give the right value of a wrong one."""
    return [right for right in by_fact().get((c.subject, c.property, c.corrected_by), ())
            if c.corrected_by and rows.stands(right)]


@answers("corrected-claims")
def corrected_claims(model: str = "", scope: str = "") -> Answer:
    found = {
        (*both(c.subject), *both(c.property), *both(c.value), c.kind, c.locator, c.verdict,
         *both(right.value), *brief(right))
        for c in claims() if concerns(c, model) and in_scope(c.subject, scope)
        for right in corrections(c)
    }
    return (*pair("subject"), *pair("property"), *pair("value"), "sourceKind", "locator",
            "verdict", *pair("rightValue"), *prefixed("right")), found


@answers("contradicted-survey-claims")
def contradicted(model: str = "", scope: str = "") -> Answer:
    shown = {row["iri"]: row["shown_by"] for row in rows.errata()}
    found = set()
    for c in claims():
        subjects = [one for one in (c.subject, *models_of(c.subject)) if one.startswith("model:")
                    and model in ("", one) and in_scope(one, scope)]
        if c.verdict != "l4c:Rejected" or c.kind not in SURVEY_KINDS or not subjects:
            continue
        right: list[Row] = [(*both(other.value), *brief(other)) for other in corrections(c)]
        better = any(row[2] in (*AUTHORS, "l4c:Registry") for row in right)
        errors: list[Row] = [(iri, f"erratum {iri.rpartition('-')[2]}", by)
                             for iri in c.errata for by in shown[iri]]
        if better or errors:
            found |= {
                (*both(one), *both(c.property), *both(c.value), c.reason, c.kind, c.source,
                 c.locator, c.verdict, *given, *error)
                for one in subjects for given in right or [("", "", "", "", "", "")]
                for error in errors or [("", "", "")]
            }
    return (*pair("model"), *pair("property"), *pair("value"), "reason", "sourceKind", "source",
            "locator", "verdict", *pair("rightValue"), *prefixed("right"), *pair("erratum"),
            "shownBy"), found


@answers("facts-with-one-source")
def one_source(model: str = "model:scgpt", kind: str = "") -> Answer:
    found = set()
    for part in rows.variants_of(model):
        for subject, property_, value in accepted():
            said = [c for c in by_fact()[subject, property_, value] if rows.stands(c)]
            if subject == part and len({c.source for c in said}) == 1:
                found |= {(*both(part), *both(property_), *both(value), *evidence(c))
                          for c in said if kind in ("", c.kind)}
    return (*pair("subject"), *pair("property"), *pair("value"), *EVIDENCE), found


@answers("claims-by-source-kind")
def claims_by_source_kind(kind: str = "") -> Answer:
    counts = Counter((c.property, c.kind, c.polarity, c.verdict) for c in claims())
    found = {(*both(p), k, polarity, verdict, str(number))
             for (p, k, polarity, verdict), number in counts.items() if kind in ("", k)}
    return (*pair("property"), "sourceKind", "polarity", "verdict", "claims"), found


# --- the survey's problems and faults, notes, terms -------------------------------------------


@answers("open-challenges")
def open_challenges(challenge: str = "") -> Answer:
    found = {
        (*both(row["iri"]), row["description"].strip(), *both(touched), rows.source(row["source"]),
         row["locator"])
        for row in rows.challenges() if challenge in ("", row["iri"]) for touched in row["touches"]
    }
    return (*pair("challenge"), "description", *pair("touched"), "source", "locator"), found


@answers("models-by-challenge")
def by_challenge(challenge: str = "", scope: str = "") -> Answer:
    found = {
        (*both(row["iri"]), *both(touched), *both(c.subject), c.statement, *evidence(c))
        for row in rows.challenges() if challenge in ("", row["iri"])
        for touched in row["touches"]
        for c in (*assessments(touched), *task_claims(touched))
        if is_model(c) and in_scope(c.subject, scope)
    }
    return (*pair("challenge"), *pair("touched"), *pair("model"), "statement", *EVIDENCE), found


def errors(keep: Callable[[dict[str, Any]], Iterable[Row]], *extra: str) -> Answer:
    """Errata with the claims they concern; ``keep`` gives the cells of each that is wanted."""
    concerned, wrong = Counter(), Counter()
    for c in claims():
        concerned.update(c.errata)
        wrong.update(c.errata if c.verdict == "l4c:Rejected" else ())
    found = {
        (row["iri"], f"erratum {row['number']}", row["number"], row["kind"], *cells,
         row["text"].strip(), row["source"], by, str(concerned[row["iri"]]),
         str(wrong[row["iri"]]))
        for row in rows.errata() for cells in keep(row) for by in row["shown_by"] or [""]
    }
    return (*pair("erratum"), "number", "kind", *extra, "description", "source", "shownBy",
            "claims", "rejected"), found


@answers("errata")
def errata() -> Answer:
    return errors(lambda row: [()])


@answers("errata-by-model")
def errata_by_model(model: str = "") -> Answer:
    return errors(lambda row: [both(subject) for subject in row["subjects"]
                               if model in ("", subject)], *pair("subject"))


@answers("errata-by-kind")
def errata_by_kind(kind: str = "") -> Answer:
    return errors(lambda row: [(locator,) for locator in row["locators"]
                               if kind in ("", row["kind"])], "locator")


@answers("leads")
def leads(record: str = "", scope: str = "") -> Answer:
    found = {
        (*both(about), *both(lead["topic"]), lead["value"], lead["level"], lead["said_by"])
        for about, lead in rows.leads() if record in ("", about) and in_scope(about, scope)
    }
    return (*pair("record"), *pair("property"), "value", "level", "saidBy"), found


@answers("searches")
def searches(record: str = "", scope: str = "") -> Answer:
    found = {
        (*both(about), *both(search["property"]), search["searched"], search["on"][:10])
        for about, search in rows.searches() if record in ("", about) and in_scope(about, scope)
    }
    return (*pair("record"), *pair("property"), "searched", "on"), found


@answers("mappings-of-term")
def mappings_of_term(term: str = "") -> Answer:
    found = {
        (*both(row["subject_id"]), *both(row["predicate_id"]), row["target"])
        for row in rows.mappings() if term in ("", row["subject_id"])
    }
    return (*pair("term"), *pair("relation"), "target"), found


@answers("terms-below-term")
def terms_below_term(term: str = "") -> Answer:
    found = {
        (*both(name), *both(parent), block.definition)
        for name, block in terms().items() if block.definition
        for parent in block.parents if term in ("", *above(parent))
    }
    return (*pair("term"), *pair("parent"), "definition"), found


# --- cases ------------------------------------------------------------------------------------

SCOPED = {"scope": "l4c:SurveyScope"}
BEYOND = {"scope": "l4c:BeyondSurveyScope"}

# Query -> the parameters of each case; {} = its defaults, which every query without an entry has.
CASES: dict[str, list[dict[str, str]]] = {
    "architectures-of-model": [{"model": "model:scgraphformer"}, BEYOND, {}],
    "benchmark-contamination": [{"model": "model:scfoundation"}, BEYOND, {}],
    "citations": [{"model": "model:spallm"}, SCOPED],
    "claims-by-source-kind": [{"kind": "l4c:SurveyTable"}, {}],
    "code-and-weights-of-model": [{"model": "model:scfoundation"}, BEYOND, {}],
    "contradicted-survey-claims": [{"model": "model:scfoundation"}, SCOPED],
    "corrected-claims": [{"model": "model:heist"}, BEYOND, {}],
    "datasets-by-assay": [{"assay": "EFO:0010010"}, BEYOND, {}],
    "datasets-by-cell-line": [{"cell_line": "EFO:0002067"}, SCOPED, {}],
    "datasets-by-cell-type": [{"cell_type": "CL:0000084"}, BEYOND, {}],
    "datasets-by-disease": [{"disease": "MONDO:0004992"}, BEYOND, {}],
    "datasets-by-group": [{"group": "multiome"}, SCOPED],
    "datasets-by-license": [{"license": "l4c:OpenLicense"},
                            {"license": "http://spdx.org/licenses/CC-BY-4.0"}, BEYOND, {}],
    "datasets-by-modality": [{"modality": "l4c:SingleCellATACSeq"}, BEYOND, {}],
    "datasets-by-organism": [{"organism": "NCBITaxon:10090"}, BEYOND, {}],
    "datasets-by-organism-tissue-and-assay": [
        {"organism": "NCBITaxon:9606", "tissue": "UBERON:0002048", "assay": "EFO:0008994"},
        {"tissue": "UBERON:0002048"}, BEYOND, {}],
    "datasets-by-perturbation-type": [{"perturbation": "l4c:GeneticPerturbation"}, BEYOND, {}],
    "datasets-by-size": [{"minimum": "1000000"}, BEYOND, {}],
    "datasets-by-task": [{"task": "l4c:TrajectoryAndPerturbationModeling"}, SCOPED],
    "datasets-by-tissue": [{"tissue": "UBERON:0000955"}, BEYOND, {}],
    "datasets-of-model": [{"model": "model:scgpt"}, BEYOND, {}],
    "datasets-shared-by-models": [
        {}, {"model": "model:geneformer", "other": "model:scgpt"}, BEYOND],
    "denied-claims": [{"model": "model:geneformer"}, {"kind": "l4c:SurveyTable"}, BEYOND, {}],
    "derived-against-judged": [{"model": "model:scgpt"}, BEYOND, {}],
    "dimensions-of-model": [{"model": "model:scgpt"}, BEYOND],
    "dimensions-without-evidence": [BEYOND, {}],
    "disputed-claims": [{"model": "model:scmamba"}, {"kind": "l4c:SurveyProse"}, BEYOND],
    "domain-scores": [{"model": "model:get"}, SCOPED],
    "epigenomic-models-for-trajectory": [SCOPED, {}],
    "epigenomic-models-for-trajectory-inference": [{}, {"verdict": "l4c:Disputed"}, SCOPED],
    "errata-by-kind": [{"kind": "row content"}, {}],
    "errata-by-model": [{"model": "model:get"}, {}],
    "facts-with-one-source": [{}, {"model": "model:geneformer", "kind": "l4c:SurveyProse"}],
    "families-of-model": [{"model": "model:epiagent"}, BEYOND, {}],
    "family-dimension-matrix": [BEYOND, {}],
    "family-task-matrix": [BEYOND, {}],
    "fine-tasks-without-models": [
        {"family": "l4c:AgenticFramework", "task": "l4c:RegulatoryNetworkAndPathwayInference"},
        BEYOND, {}],
    "groundings-of-model": [{"model": "model:geneformer"}, SCOPED, {}],
    "leads": [{"record": "model:epiagent"}, BEYOND, {}],
    "learning-objectives-of-model": [{"model": "model:uce"}, BEYOND, {}],
    "limitations-of-model": [{"model": "model:scgpt"}, SCOPED],
    "mappings-of-term": [{"term": "l4c:CellTypeAnnotation"}, {"term": "l4c:SingleCellATACSeq"}],
    "metrics-by-task": [{"task": "l4c:AnnotationAndOntologyMapping"}, {}],
    "modalities-of-model": [{"model": "model:scmmgpt"}, BEYOND, {}],
    "model-dimension-matrix": [BEYOND, {}],
    "model-task-matrix": [BEYOND, {}],
    "models-by-agentic-flag": [{"agentic": "true"}, SCOPED, {}],
    "models-by-architecture": [{"architecture": "l4c:TransformerNetwork"}, BEYOND],
    "models-by-assay": [{"assay": "EFO:0010891"}, BEYOND, {}],
    "models-by-backbone": [{"backbone": "model:scgpt"}, {"backbone": "l4c:GeneralLanguageModel"},
                           BEYOND, {}],
    "models-by-cell-type": [{"cell_type": "CL:0000084"},
                            {"cell_type": "CL:0000540", "use": "fair4ml:evaluatedOn"}, BEYOND, {}],
    "models-by-challenge": [{"challenge": "challenge:data-bias"}, BEYOND, {}],
    "models-by-dataset": [{"dataset": "dataset:tabula-sapiens-v2"}, BEYOND, {}],
    "models-by-dimension": [{"dimension": "l4c:Explainability"}, BEYOND],
    "models-by-family": [{"family": "l4c:EpigenomicModel"}, BEYOND, {}],
    "models-by-family-and-dimension": [
        {"family": "l4c:FoundationModel", "dimension": "l4c:BatchEffectRobustness"}, BEYOND],
    "models-by-family-and-modality": [
        {"family": "l4c:SpatialMultimodalModel", "modality": "l4c:Epigenomics"}, BEYOND],
    "models-by-family-and-task": [
        {"family": "l4c:EpigenomicModel", "task": "l4c:TrajectoryAndPerturbationModeling"},
        {"family": "l4c:AgenticFramework", "task": "l4c:AnnotationAndOntologyMapping"}, BEYOND],
    "models-by-family-and-year": [{"family": "l4c:TextBridgeModel", "year": "2025"}, BEYOND],
    "models-by-family-modality-and-task": [
        {"family": "l4c:EpigenomicModel", "modality": "l4c:Epigenomics",
         "task": "l4c:RegulatoryNetworkAndPathwayInference"}, BEYOND, {}],
    "models-by-grounding": [{"grounding": "l4c:OntologyGrounding"}, SCOPED],
    "models-by-learning-objective": [{"objective": "l4c:ContrastiveLearning"}, BEYOND],
    "models-by-license": [{"license": "l4c:NonCommercialLicense"},
                          {"license": "l4c:OpenLicense", "property": "l4c:weightsLicense"},
                          BEYOND, {}],
    "models-by-modality": [{"modality": "l4c:SpatialOmics"}, BEYOND],
    "models-by-ontology": [{"ontology": "http://purl.obolibrary.org/obo/cl.owl"}, BEYOND, {}],
    "models-by-organism": [{"organism": "NCBITaxon:10090"}, BEYOND, {}],
    "models-by-parameters": [{"minimum": "1000000000"}, BEYOND, {}],
    "models-by-pretraining-cells": [{"minimum": "10000000"}, BEYOND, {}],
    "models-by-task": [{"task": "l4c:SpatialMappingAndDeconvolution"}, {"task": "l4c:Denoising"},
                       BEYOND],
    "models-by-task-and-dataset": [
        {"task": "l4c:TrajectoryAndPerturbationModeling", "dataset": "dataset:hca-data-browser"},
        BEYOND, {}],
    "models-by-tokenization": [{"tokenization": "l4c:ExpressionValueTokenization"}, BEYOND, {}],
    "models-by-venue": [{"venue": "Nature Methods"}, BEYOND],
    "models-by-year": [{"year": "2024"}, BEYOND],
    "models-in-several-families": [SCOPED, {}],
    "models-without-family": [SCOPED, {}],
    "open-challenges": [{"challenge": "challenge:cross-modal-dynamic"}, {}],
    "open-models": [{"license": "l4c:NonCommercialLicense"}, BEYOND, {}],
    "publications-of-model": [{}, {"model": "model:heist"}],
    "rejected-claims": [{"model": "model:get"}, {"kind": "l4c:SurveyProse"}, BEYOND, {}],
    "rubric-criteria": [{"dimension": "l4c:Scalability"}, {}],
    "searches": [{"record": "model:epiagent"}, BEYOND, {}],
    "statements-about-dataset": [{}, {"dataset": "dataset:sci-plex"}],
    "statements-about-family": [{"family": "l4c:EpigenomicModel"}, {}],
    "statements-about-model": [{}, {"model": "model:scmmgpt"}],
    "statements-about-task": [{"task": "l4c:DrugResponsePrediction"}, {}],
    "survey-against-rubric": [
        {"model": "model:scgpt"}, {"dimension": "l4c:Explainability"}, SCOPED],
    "tasks-of-model": [{"model": "model:scgpt"}, {"model": "model:cell2text"}, BEYOND],
    "tasks-without-models": [{}, {"family": "l4c:AgenticFramework"}, BEYOND],
    "terms-below-term": [{"term": "l4c:SpatialMappingAndDeconvolution"}],
    "thinnest-evidence": [{"maximum": "2", "dimension": "l4c:PrivacyAndEthics"}, BEYOND, {}],
}


def work_out(query: str) -> dict[str, Any]:
    """Return the golden file of a query."""
    cases = []
    for parameters in CASES.get(query, [{}]):
        columns, found = ANSWERS[query](**parameters)
        cases.append({"parameters": parameters, "columns": list(columns),
                      "rows": sorted(map(list, found))})
    return {"query": query, "cases": cases}


def write(content: dict[str, Any]) -> str:
    """Return a golden file's text: one row a line, so that a change reads well."""
    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    cases = []
    for case in content["cases"]:
        found = ",\n".join(f"      {line(row)}" for row in case["rows"])
        cases.append(f'    {{"parameters": {line(case["parameters"])},\n'
                     f'     "columns": {line(case["columns"])},\n'
                     f'     "rows": [\n{found}\n     ]}}')
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
