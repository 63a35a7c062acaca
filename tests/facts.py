"""The survey and the papers as plain rows: what the graph must say, worked out without RDF.

Reads the fact files that the catalogue was made from and recounts, row by row, the claims that
have to follow from them. Nothing here reads the catalogue, the graph or the package, so the tests
that compare with it can fail. Terms are written as in Turtle: ``l4c:Model``, ``"text"``, ``2024``.
"""

from __future__ import annotations

import csv
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
FACTS = Path(os.environ.get("LLM4CELL_FACTS", ROOT.parent / "shared" / "facts"))
PHRASES = ROOT / "ontology" / "mappings" / "phrases.tsv"
SURVEY = "publication:llm4cell-2025"

FAMILIES = {
    "foundation": "l4c:FoundationModel",
    "text-bridge": "l4c:TextBridgeModel",
    "spatial-multimodal": "l4c:SpatialMultimodalModel",
    "epigenomic": "l4c:EpigenomicModel",
    "agentic": "l4c:AgenticFramework",
}
TASKS = {
    "annotation": "l4c:AnnotationAndOntologyMapping",
    "trajectory-perturbation": "l4c:TrajectoryAndPerturbationModeling",
    "multi-omic-integration": "l4c:MultiOmicIntegration",
    "spatial-mapping": "l4c:SpatialMappingAndDeconvolution",
    "regulatory-inference": "l4c:RegulatoryNetworkAndPathwayInference",
    "cross-species": "l4c:CrossSpeciesTranslation",
    "generation": "l4c:GenerationAndSimulation",
    "drug-response": "l4c:DrugResponsePrediction",
}
DIMENSIONS = {
    "biological-grounding": "l4c:BiologicalGrounding",
    "batch-effects": "l4c:BatchEffectRobustness",
    "multi-omics-alignment": "l4c:MultiOmicsAlignment",
    "trajectory-perturbation": "l4c:TrajectoryAndPerturbationFidelity",
    "cross-species-generalization": "l4c:CrossSpeciesGeneralization",
    "atlas-fairness": "l4c:AtlasFairness",
    "explainability": "l4c:Explainability",
    "privacy-ethics": "l4c:PrivacyAndEthics",
    "scalability": "l4c:Scalability",
    "emerging-agentic": "l4c:EmergingAgenticBehavior",
}
POLARITIES = {"positive": "l4c:Affirmed", "partial": "l4c:Qualified", "negative": "l4c:Denied"}
# Kind of a statement -> property of its claim; datasets are told apart by their paraphrase.
PROPERTIES = {
    "task": "l4c:supportsTask",
    "modality": "l4c:modality",
    "grounding": "l4c:grounding",
    "architecture": "l4c:architecture",
    "objective": "l4c:learningObjective",
    "limitation": "l4c:limitation",
    "metric": "l4c:metric",
    "benchmark-status": "l4c:benchmarkStatus",
    "definition": "l4c:taskScope",
    "claim": "l4c:remark",
}
MAPPED = {"task", "modality", "grounding", "architecture", "objective"}
# What a paraphrase says of a dataset, by how it opens: every distinct one is read here, by hand.
DATASET_USES = {
    "fair4ml:trainedOn": (
        "Pretrained on", "Trained on", "Learns from", "Group trains on", "Trained over",
        "Usual size of training atlases", "Training spans", "Fine-tuned on",
    ),
    "fair4ml:evaluatedOn": ("High accuracy on", "Evaluated with"),
    # Either of the two, or neither: integrating, adapting and aggregating are no training yet.
    "l4c:usesDataset": ("Trained or evaluated on", "Integrates", "Adapts the approach",
                        "Aggregates"),
}
# Names that no table lists but that are one resource; all other such objects describe a kind.
RESOURCES = {
    "10x Multiome PBMC 10k": "dataset:10x-multiome-pbmc-10k",
    "10x Multiome PBMC": "dataset:10x-multiome-pbmc",
}
# Errata 1 to 7 (part 1 of errata.md), read by hand: the values of Table 7 that they call wrong.
# A column is named only where the erratum names it or describes its content; None = every value.
ERRATA: tuple[tuple[int, str, str, tuple[str, ...] | None], ...] = (
    # "Category, modality, grounding, task and score repeat row 42 (scMPT) word for word".
    (1, "get", "l4c:family", None),
    (1, "get", "l4c:modality", None),
    (1, "get", "l4c:grounding", None),
    (1, "get", "l4c:supportsTask", None),
    (1, "get", "l4c:domainScore", None),
    # "Venue (Nature), motif-by-peak input and expression prediction fit GET". The input is the
    # sequence half of the modality cell (accessibility is ChromFound's own) and the grounding.
    (2, "chromfound", "l4c:venue", None),
    (2, "chromfound", "l4c:modality", ("l4c:DNASequence",)),
    (2, "chromfound", "l4c:grounding", None),
    (2, "chromfound", "l4c:supportsTask", None),
    # "Task cell describes a chromatin-and-motif model".
    (3, "cell2text", "l4c:supportsTask", None),
    # "Grounding cell holds task words ... No grounding is printed".
    (4, "scmmgpt", "l4c:grounding", None),
    # "Same task text and score; neither fits the reference titles".
    (5, "cellatria", "l4c:supportsTask", None),
    (5, "cellatria", "l4c:domainScore", None),
    (5, "cellagent", "l4c:supportsTask", None),
    (5, "cellagent", "l4c:domainScore", None),
    # "Row describes a foundation-model test bench on GitHub; the citation is PILOT".
    (6, "pilot", "l4c:family", None),
    (6, "pilot", "l4c:grounding", None),
    (6, "pilot", "l4c:supportsTask", None),
    (6, "pilot", "l4c:venue", None),
    # "Grounding cell repeats the modality cell".
    (7, "transformerst", "l4c:grounding", None),
)
# Erratum 26: rows whose venue cell differs from the reference list. It concerns a claim only
# where that claim is rejected: of five of them the venue cell is the right half.
ERRATUM_26 = (
    "cellplm", "scmoformer", "scmformer", "scmulan", "scrdit", "scgt", "scgft", "scgraphformer",
    "transformerst", "scgpt-spatial", "heist", "omiclip", "spaccc", "spallm", "epiagent",
    "chromfound", "pilot",
)


class Claim(NamedTuple):
    """What one source says at one place, without the words it says it in."""

    subject: str
    property: str
    value: str
    source: str
    locator: str
    kind: str
    polarity: str = "l4c:Affirmed"
    verdict: str = "l4c:Accepted"
    identifier: str = ""
    statement: str = ""
    scope: str = ""
    printed: str = ""
    qualifier: str = ""
    errata: tuple[int, ...] = ()


class Wording(NamedTuple):
    """Where and how a statement says it differently from the rest: name, citation, models meant."""

    printed_as: str
    cited_there_as: str
    scope_models: tuple[str, ...]


def available() -> bool:
    """Whether the fact files stand beside the project."""
    return (FACTS / "survey" / "models.yaml").is_file()


@cache
def _load(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((FACTS / name).read_text(encoding="utf-8"), Loader=loader)


def models() -> list[dict[str, Any]]:
    """Return the 58 rows of Table 7."""
    return _load("survey/models.yaml")


def datasets() -> list[dict[str, Any]]:
    """Return the 40 rows of Tables 1 to 6."""
    return _load("survey/datasets.yaml")


def assertions() -> list[dict[str, Any]]:
    """Return the 605 statements of the survey's prose about models and families."""
    return _load("survey/assertions.yaml")


def task_assertions() -> list[dict[str, Any]]:
    """Return the 49 statements of section 5 about tasks."""
    return _load("survey/task_assertions.yaml")


def papers() -> dict[str, dict[str, Any]]:
    """Return model slug -> what primary sources say of it."""
    return {model["id"]: model for model in _load("primary/models.yaml")}


def families() -> dict[str, dict[str, Any]]:
    """Return model slug -> primary family and verdicts where sources disagree."""
    return _load("families.yaml")


@cache
def errata_numbers() -> tuple[int, ...]:
    """Return the numbers of all points of the errata: table rows and numbered lines."""
    text = (FACTS / "survey" / "errata.md").read_text(encoding="utf-8")
    return tuple(int(a or b) for a, b in re.findall(r"^(?:\| (\d+) \||(\d+)\. )", text, re.M))


@cache
def named_list(heading: str) -> tuple[str, ...]:
    """Return the slugs listed in the section of the errata whose title holds ``heading``."""
    text = (FACTS / "survey" / "errata.md").read_text(encoding="utf-8")
    section = next(part for part in text.split("\n## ") if heading in part.splitlines()[0])
    return tuple(re.findall(r"^- ([a-z-]+)", section, re.M))


@cache
def phrases() -> dict[tuple[str, str], str]:
    """Return (kind, phrase) -> first term of its row, '' where it is marked unmapped."""
    with PHRASES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    # A phrase that says either one thing or another states neither of them.
    first = {
        (row["kind"], row["phrase"]): "unmapped"
        if " or " in row["phrase"] and "|" in row["terms"] else row["terms"].split("|")[0]
        for row in rows
    }
    return {key: "" if term == "unmapped" else f"l4c:{term}" for key, term in first.items()}


def text(words: object) -> str:
    """Return ``words`` as a literal."""
    return f'"{words}"'


def term(kind: str, phrase: str) -> str:
    """Return the term a phrase stands for, or the phrase itself where none does."""
    return phrases()[kind, phrase] or text(phrase)


def place(section: str) -> str:
    """Return the locator of a section: ``section 4.1``, ``appendix C.1``."""
    number, _, rest = section.partition(" ")
    name = ("appendix " if number.startswith("C.") else "section ") + number
    return f"{name}, {rest.strip('()')}" if rest else name


def publication(model: str) -> str:
    """Return the publication of a model: slug and the year that its paper carries."""
    return f"publication:{model}-{papers()[model]['year']}"


def primary_family(model: dict[str, Any]) -> str:
    """Return the family that a model is filed under."""
    return FAMILIES[families().get(model["id"], {}).get("primary", model["family"])]


def family_verdict(model: str, family: str) -> str:
    """Return what primary sources leave of a family that the survey gives to a model."""
    entry = families().get(model, {})
    if family in entry.get("not", ()):
        return "l4c:Rejected"
    disputed = entry.get("disputed", ())
    if family in disputed or (entry.get("verdict") == "disputed" and family == entry["primary"]):
        return "l4c:Disputed"
    return "l4c:Accepted"


def errata_of(model: str, property_: str, value: str) -> tuple[int, ...]:
    """Return which of errata 1 to 7 call a value of a model's row wrong."""
    return tuple(
        number
        for number, slug, name, values in ERRATA
        if (slug, name) == (model, property_) and (values is None or value in values)
    )


def table_claims() -> Iterator[Claim]:
    """Yield a claim a value of Table 7, about the model."""
    for row in models():
        slug, subject = row["id"], f"model:{row['id']}"
        category = row["category_printed"]
        cells: list[tuple[str, str, dict[str, str]]] = []
        for family in row["family_basis"]["printed"]:
            verdict = family_verdict(slug, family)
            cells.append(("l4c:family", FAMILIES[family], {"printed": category,
                                                           "verdict": verdict}))
        if category and not row["family_basis"]["printed"]:
            cells.append(("l4c:family", text(category), {}))
        # Where the cell is lost, the modality was taken from the prose: see prose_claims.
        if row["modality_printed"]:
            cells += [("l4c:modality", term("modality", phrase), {"printed": row[
                "modality_printed"]}) for phrase in row["modalities"]]
        for phrase in row["grounding"]:
            value = term("grounding", phrase)
            extra = {"printed": row["grounding_printed"]}
            if phrase == "none":
                value, extra["polarity"] = "l4c:GroundingSource", "l4c:Denied"
            cells.append(("l4c:grounding", value, extra))
        if not row["grounding"]:
            cells.append(("l4c:grounding", text(row["grounding_printed"]), {}))
        cells.append(("l4c:isAgentic", str(row["agentic"]).lower(), {}))
        cells += [("l4c:supportsTask", term("task", phrase),
                   {"statement": row["primary_task_printed"]}) for phrase in row["tasks"]]
        if row["domain_score"] is not None:
            cells.append(("l4c:domainScore", text(row["domain_score"]), {}))
        cells.append(("l4c:citedAs", text(row["citation"]), {}))
        for name, value, extra in cells:
            errata = errata_of(slug, name, value)
            if errata:
                extra["verdict"] = "l4c:Rejected"
            yield Claim(subject, name, value, SURVEY, "Table 7", "l4c:SurveyTable", errata=errata,
                        **extra)


def prose_claims() -> Iterator[Claim]:
    """Yield the claims of the survey's prose that are no numbered statements.

    The fact files give families and one lost modality cell by section, without a paraphrase.
    """
    for row in models():
        basis = row["family_basis"]
        for section in basis["prose_sections"]:
            yield Claim(f"model:{row['id']}", "l4c:family", FAMILIES[basis["prose"]], SURVEY,
                        place(section), "l4c:SurveyProse",
                        verdict=family_verdict(row["id"], basis["prose"]))
        if not row["modality_printed"]:
            section = row["modalities_basis"].removeprefix("section ").split()[0]
            for phrase in row["modalities"]:
                yield Claim(f"model:{row['id']}", "l4c:modality", term("modality", phrase), SURVEY,
                            place(section), "l4c:SurveyProse")


def dataset_claims() -> Iterator[Claim]:
    """Yield a claim a value of Tables 1 to 6."""
    for row in datasets():
        cells: list[tuple[str, str, dict[str, str]]] = [
            ("l4c:surveyGroup", text(row["group"]), {}),
            ("dcterms:description", text(row["summary"]), {}),
            ("l4c:scale", text(row["scale_printed"]), {}),
            ("l4c:availableFrom", text(row["link_printed"]), {}),
        ]
        if row["cells"] is not None:
            unit = "" if row["cells_unit"] == "cells" else f", {row['cells_unit']}"
            cells.append(("l4c:cellCount", str(row["cells"]),
                          {"qualifier": row["cells_qualifier"] + unit,
                           "printed": row["scale_printed"]}))
        cells += [("l4c:organism", text(name), {}) for name in row["organisms"]]
        cells += [("l4c:tissue", text(name), {}) for name in row["tissues"]]
        for name, kind, words in (("l4c:modality", "modality", row["assay"]),
                                  ("l4c:servesTask", "task", row["tasks_printed"])):
            # The facts give assays by normalised names, tasks as they are printed.
            cells += [(name, term(kind, phrase), {"printed": phrase} if kind == "task" else {})
                      for phrase in words]
        if row["accession"]:
            cells.append(("l4c:accession", text(row["accession"]), {}))
        for name, value, extra in cells:
            yield Claim(f"dataset:{row['id']}", name, value, SURVEY, f"Table {row['table']}",
                        "l4c:SurveyTable", **extra)


def dataset_property(paraphrase: str) -> str:
    """Return what a paraphrase says was done with a dataset: trained, evaluated or not said."""
    (found,) = [
        name for name, openings in DATASET_USES.items() if paraphrase.startswith(openings)
    ]
    return found


def assertion_claims() -> Iterator[Claim]:
    """Yield the claim or assessment of each numbered statement, A<n> and T<n>."""
    for row in assertions():
        kind, _, key = row["model"].rpartition(":")
        subject = f"model:{key}"
        if kind:
            subject = "l4c:Model" if key == "all" else FAMILIES[key]
        yield _statement(row, subject, f"A{row['n']}", row["scope"])
    for row in task_assertions():
        yield _statement(row, TASKS[row["task"]], f"T{row['n']}", "")


def _statement(row: dict[str, Any], subject: str, identifier: str, scope: str) -> Claim:
    kind, name = row["kind"], row["object"]
    polarity = POLARITIES[row["polarity"]]
    if kind == "limitation":
        polarity = "l4c:Affirmed"
    if kind == "dimension":
        property_, value = "l4c:dimension", DIMENSIONS[name]
    elif kind == "dataset":
        property_ = dataset_property(row["paraphrase"])
        listed = row.get("in_tables", True)
        value = f"dataset:{name}" if listed else RESOURCES.get(name, text(name))
    else:
        property_ = PROPERTIES[kind]
        value = term(kind, name) if kind in MAPPED else text(name)
    return Claim(subject, property_, value, SURVEY, place(row["section"]), "l4c:SurveyProse",
                 polarity, identifier=identifier, statement=row["paraphrase"], scope=scope)


def wordings() -> dict[str, Wording]:
    """Return identifier -> odd name, odd citation and models in scope, where there is one."""
    found = {
        f"{letter}{row['n']}": Wording(
            row.get("printed_as", ""),
            row.get("cited_as", ""),
            tuple(sorted(f"model:{slug}" for slug in row.get("models_in_scope", ()))),
        )
        for letter, rows in (("A", assertions()), ("T", task_assertions()))
        for row in rows
    }
    return {identifier: wording for identifier, wording in found.items() if any(wording)}


# Field of the papers file -> property.
BIBLIOGRAPHY = {"venue": "l4c:venue", "year": "l4c:publicationYear", "doi": "bibo:doi",
                "preprint": "l4c:preprint"}
KINDS = {"primary": "l4c:PrimaryPaper", "repository": "l4c:Repository",
         "registry": "l4c:Registry", "survey": "l4c:SurveyProse"}


# Lists of models that others keep: registries, though they lie in repositories.
LISTS = tuple(f"https://github.com/{name}" for name in (
    "theislab/single-cell-transformer-papers", "trislaz/biofm-survey", "dzyim/single-cell-models"))


def kind_of(item: dict[str, Any]) -> str:
    """Return the kind of source of an evidence item, a key of KINDS."""
    listed = item["kind"] == "repository" and item.get("url", "").startswith(LISTS)
    return "registry" if listed else item["kind"]


def bibliography() -> Iterator[Claim]:
    """Yield the claims about the 58 publications, those of Table 7 last."""
    for row in models():
        paper = papers()[row["id"]]
        for field, name in BIBLIOGRAPHY.items():
            found = list(_paper_claims(paper, field, name))
            yield from found
            if field in ("venue", "year"):
                yield _row_claim(row, field, name, {claim.value for claim in found})


def _paper_claims(paper: dict[str, Any], field: str, name: str) -> Iterator[Claim]:
    value = paper[field]
    if value is None or (field == "doi" and _is_preprint(paper)):
        return
    subject = publication(paper["id"])
    node = str(value) if field == "year" else text(value)
    evidence = []
    for item in paper["evidence"].get(field, ()):
        if item["kind"] == "survey":
            evidence.append((SURVEY, "reference list", KINDS["survey"]))
        elif "url" in item:
            evidence.append((item["url"], "bibliographic data", KINDS[kind_of(item)]))
        elif item["title"] == "paper abstract":
            evidence.append((subject, "abstract", KINDS[item["kind"]]))
        # Anything else has no address: a lead.
    if not evidence and field in ("doi", "preprint"):
        # An identifier leads to its own record.
        arxiv = str(value).startswith("arXiv:")
        address = "https://arxiv.org/abs/" if arxiv else "https://doi.org/"
        evidence.append((address + str(value).removeprefix("arXiv:"), "identifier",
                         KINDS["registry"]))
    for source, locator, kind in evidence:
        yield Claim(subject, name, node, source, locator, kind)


def _is_preprint(paper: dict[str, Any]) -> bool:
    """Whether the DOI given is the preprint's: bibo:doi holds that of the version of record."""
    return paper["doi"] == paper["preprint"] or paper["doi"].startswith("10.48550/arXiv.")


# Servers as they spell themselves.
SERVERS = {"BioRxiv": "bioRxiv", "Bioarxiv": "bioRxiv", "ArXiv": "arXiv", "Github": "GitHub"}


def _row_claim(row: dict[str, Any], field: str, name: str, better: set[str]) -> Claim:
    """Return the claim of Table 7 on venue or year, weighed against better sources."""
    printed = row["published_where"] if field == "venue" else row["year"]
    usual = SERVERS.get(printed, printed)
    node = text(usual) if field == "venue" else str(printed)
    claim = Claim(publication(row["id"]), name, node, SURVEY, "Table 7", "l4c:SurveyTable",
                  printed=printed if usual != printed else "")
    if not better or node in better:
        return claim
    (right,) = better
    if field == "venue" and same_venue(printed, right.strip('"')):
        return claim._replace(value=right, printed=printed)
    errata = errata_of(row["id"], name, node)
    if field == "venue" and row["id"] in ERRATUM_26:
        errata += (26,)
    return claim._replace(verdict="l4c:Rejected", errata=errata)


def same_venue(printed: str, right: str) -> bool:
    """Whether a venue cell names the right venue, spelled otherwise or in fewer words.

    >>> same_venue("ICLR", "ICLR 2024"), same_venue("Nature/Cell Research", "Cell Research")
    (True, True)
    >>> same_venue("Nature Communications Biology", "Communications Biology")
    False
    """
    def fold(name: str) -> str:
        words = re.findall(r"\w+", name.lower().replace("bioarxiv", "biorxiv").replace("&", "and"))
        return f" {' '.join(words)} "

    return any(fold(part) in fold(right) for part in printed.split("/"))


# What a data resource is, as the papers' facts say it -> class.
DATASET_KINDS = {
    "atlas": "l4c:Atlas",
    "study dataset": "l4c:StudyDataset",
    "benchmark collection": "l4c:BenchmarkCollection",
    "portal/repository": "l4c:DataPortal",
    "technology/platform": "l4c:AssayPlatform",
}


def dataset_types() -> dict[str, str]:
    """Return dataset -> class, by what primary sources say that it is."""
    return {f"dataset:{row['id']}": DATASET_KINDS[row["kind"]]
            for row in _load("primary/datasets.yaml")}


# Phrases of the row and prose that name a trajectory or perturbation task, and their term.
TRAJECTORY_PHRASES = {"trajectory inference": "l4c:TrajectoryInference",
                      "perturbation prediction": "l4c:PerturbationResponsePrediction"}


def epigenomic_trajectory_models() -> set[tuple[str, str, str, str, str]]:
    """Answer the founding question: which epigenomic models support trajectory and perturbation?

    Returns (model, task, source kind, locator, verdict) for each affirmed statement about a model
    that an accepted claim of the survey calls epigenomic.
    """
    epigenomic = set()
    for row in models():
        basis = row["family_basis"]
        if "epigenomic" in (*basis["printed"], basis["prose"]) and family_verdict(
            row["id"], "epigenomic"
        ) == "l4c:Accepted":
            epigenomic.add(row["id"])
    found = set()
    for row in models():
        if row["id"] not in epigenomic:
            continue
        for phrase in set(row["tasks"]) & set(TRAJECTORY_PHRASES):
            task = TRAJECTORY_PHRASES[phrase]
            wrong = errata_of(row["id"], "l4c:supportsTask", task)
            found.add((f"model:{row['id']}", task, "l4c:SurveyTable", "Table 7",
                       "l4c:Rejected" if wrong else "l4c:Accepted"))
    for row in assertions():
        if (row["model"] in epigenomic and row["kind"] == "task"
                and row["object"] in TRAJECTORY_PHRASES and row["polarity"] == "positive"):
            found.add((f"model:{row['model']}", TRAJECTORY_PHRASES[row["object"]],
                       "l4c:SurveyProse", place(row["section"]), "l4c:Accepted"))
    return found


def claims() -> list[Claim]:
    """Return every claim that the survey and the papers' bibliography give."""
    return [*table_claims(), *prose_claims(), *dataset_claims(), *assertion_claims(),
            *bibliography()]
