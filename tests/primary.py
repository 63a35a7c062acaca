"""What the papers, repositories and registries say, as plain rows worked out without RDF.

Reads the facts of primary sources beside the project and says which claims, assessments and leads
have to follow. Nothing here reads the catalogue, the graph or the package. Where an address is
given without a place in it, the place is left open: rows have no locator.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import facts
from facts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "primary": "l4c:PrimaryPaper",
    "repository": "l4c:Repository",
    "registry": "l4c:Registry",
    "secondary": "l4c:ThirdParty",
}
# Field of a model -> property and kind of its phrases, "" for values that stand as they are.
MODEL_FIELDS = {
    "code": ("schema:codeRepository", ""),
    "code_license": ("l4c:codeLicense", "license"),
    "weights": ("l4c:weights", ""),
    "weights_license": ("l4c:weightsLicense", "license"),
    "parameters": ("l4c:parameterCount", ""),
    "pretraining_cells": ("l4c:pretrainingCellCount", ""),
    "pretraining_data": ("fair4ml:trainedOn", "dataset"),
    "evaluated_on": ("fair4ml:evaluatedOn", "dataset"),
    "species": ("l4c:organism", "species"),
    "tissues": ("l4c:tissue", "tissue"),
    "modalities": ("l4c:modality", "modality"),
    "architecture": ("l4c:architecture", "architecture"),
    "backbone": ("l4c:buildsOn", "backbone"),
    "objective": ("l4c:learningObjective", "objective"),
    "tokenization": ("l4c:tokenization", "tokenization"),
    "tasks": ("l4c:supportsTask", "task"),
    "ontologies": ("l4c:usesOntology", "ontology"),
}
DATASET_FIELDS = {
    "accession": ("l4c:accession", ""),
    "landing_page": ("l4c:landingPage", ""),
    "licence": ("l4c:dataLicense", "license"),
    "organisms": ("l4c:organism", "taxon"),
    "tissues": ("l4c:tissue", "uberon"),
    "assays": ("l4c:assay", "efo"),
    "cell_types": ("l4c:cellType", "cl"),
    "diseases": ("l4c:disease", "mondo"),
    "cell_lines": ("l4c:cellLine", "efo"),
    "cells": ("l4c:cellCount", ""),
    "modalities": ("l4c:modality", "modality"),
    "perturbation_type": ("l4c:perturbationType", "perturbation"),
}
# What a stated absence denies: an address, or a member of a whole class.
# Words too vague for the table of phrases that one repository explains.
RESOLVED = {("model:scformer", "fair4ml:evaluatedOn", '"PBMC"'): "dataset:scvi-pbmc-10k"}
NONE = {"l4c:codeLicense": "l4c:License", "l4c:weightsLicense": "l4c:License"}
SPDX = "http://spdx.org/licenses/"


class Row(NamedTuple):
    """What one source says of a subject."""

    subject: str
    property: str
    value: str
    source: str
    kind: str
    polarity: str = "l4c:Affirmed"
    verdict: str = "l4c:Accepted"
    level: str = ""


class LeadRow(NamedTuple):
    """What is said without an address."""

    subject: str
    property: str
    value: str


def models() -> list[dict[str, Any]]:
    """Return the 58 models of the survey and the 10 beyond it."""
    return facts._load("primary/models.yaml") + beyond()


def beyond() -> list[dict[str, Any]]:
    """Return the models that the survey does not list."""
    return facts._load("primary/models-beyond-survey.yaml")


def datasets() -> list[dict[str, Any]]:
    """Return the 40 data resources of the survey and nine more."""
    return facts._load("primary/datasets.yaml")


def judgements() -> list[dict[str, Any]]:
    """Return the judged pairs of model and dimension."""
    return facts._load("primary/dimensions.yaml")


@cache
def _paper_years() -> dict[str, int]:
    return {model["id"]: model["year"] for model in models()}


def sources(entry: dict[str, Any], field: str, publication: str) -> list[tuple[str, str]]:
    """Return (source, kind) of each address given for a field; the survey's own are not here."""
    found = []
    weights = str(entry.get("weights") or "")
    for item in (entry.get("evidence") or {}).get(field) or ():
        if item["kind"] == "survey":
            continue
        if "url" in item:
            source = item["url"]
        elif item.get("title") == "paper abstract" and publication:
            source = publication
        elif item.get("title") == "Hugging Face model card" and "huggingface.co" in weights:
            # The card is the page that holds the weights.
            source = weights
        else:
            continue
        found.append((source, KINDS[facts.kind_of(item)]))
    value = entry.get(field)
    if not found and field in ("code", "weights", "landing_page") and _is_address(value):
        found.append((_address(value), KINDS["registry" if field == "landing_page"
                                            else "repository"]))
    return list(dict.fromkeys(found))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith("http")


def _address(value: str) -> str:
    return value.split()[0]


def _values(entry: dict[str, Any], field: str, property_: str, kind: str) -> Iterator[str]:
    value = entry.get(field)
    for item in value if isinstance(value, list) else [value]:
        if item in (None, ""):
            continue
        if item == "none" and kind != "dataset":
            yield NONE.get(property_, text("none"))
        elif kind in ("taxon", "uberon", "efo", "cl", "mondo"):
            yield item[kind].replace(":", "_") if item.get(kind) else text(item["label"])
        elif kind == "license":
            space = "license:" if item.startswith("LicenseRef-") else SPDX
            yield space + item
        elif kind == "ontology":
            yield item.upper()
        elif kind:
            yield from terms(kind, item)
        elif isinstance(item, int):
            yield str(item)
        else:
            yield text(_address(item) if field in ("code", "weights") else item)


@cache
def _phrases() -> dict[tuple[str, str], tuple[str, ...]]:
    import csv

    with facts.PHRASES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {(row["kind"], row["phrase"]):
            () if row["terms"] == "unmapped" else tuple(row["terms"].split("|")) for row in rows}


def terms(kind: str, phrase: str) -> Iterator[str]:
    """Yield the terms that a phrase stands for, or the phrase itself where none does."""
    found = _phrases()[kind, phrase]
    if not found:
        yield text(phrase)
    for term in found:
        prefix, colon, name = term.partition(":")
        if not colon:
            yield f"l4c:{term}"
        else:
            yield term if prefix in ("dataset", "model") else f"{prefix}_{name}"


def claims() -> Iterator[Row]:
    """Yield the claims about models, variants and data resources, one a value and address."""
    for model in models():
        publication = f"publication:{model['id']}-{model['year']}"
        for field, (property_, kind) in MODEL_FIELDS.items():
            sized = field == "parameters" and isinstance(model[field], list)
            subject = f"variant of model:{model['id']}" if sized else f"model:{model['id']}"
            yield from _rows(model, field, property_, kind, subject, publication)
        yield from _assays(model, publication)
        yield from _agentic(model, publication)
    for dataset in datasets():
        for field, (property_, kind) in DATASET_FIELDS.items():
            yield from _rows(dataset, field, property_, kind, f"dataset:{dataset['id']}",
                             dataset_publication(dataset))


def _rows(entry: dict[str, Any], field: str, property_: str, kind: str, subject: str,
          publication: str) -> Iterator[Row]:
    for value in _values(entry, field, property_, kind):
        value = RESOLVED.get((subject, property_, value), value)
        absent = entry.get(field) == "none"
        for source, source_kind in sources(entry, field, publication):
            yield Row(subject, property_, value, source, source_kind,
                      "l4c:Denied" if absent else "l4c:Affirmed", _verdict(source_kind))


@cache
def assays() -> dict[str, str]:
    """Return modality -> the assay of EFO whose data it is, by the mapping table."""
    table = facts.ROOT / "ontology" / "mappings" / "llm4cell.sssom.tsv"
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    return {row[0]: row[3].replace(":", "_") for row in rows
            if row[2:3] == ["skos:closeMatch"] and row[3].startswith("EFO:")}


def _assays(model: dict[str, Any], publication: str) -> Iterator[Row]:
    """A source that names the data of an assay names the assay."""
    for row in _rows(model, "modalities", "l4c:modality", "modality", f"model:{model['id']}",
                     publication):
        if row.value in assays():
            yield row._replace(property="l4c:assay", value=assays()[row.value])


def _verdict(kind: str) -> str:
    return "l4c:Disputed" if kind == "l4c:ThirdParty" else "l4c:Accepted"


def _agentic(model: dict[str, Any], publication: str) -> Iterator[Row]:
    stated = model.get("agentic") or {}
    for source, kind in sources(model, "agentic", publication):
        yield Row(f"model:{model['id']}", "l4c:isAgentic", str(stated["is_agentic"]).lower(),
                  source, kind, verdict=_verdict(kind))
        for key, value in (("planning", "l4c:Planning"), ("tools", "l4c:ToolUse"),
                           ("memory", "l4c:Memory")):
            if stated["is_agentic"] and stated.get(key):
                yield Row(f"model:{model['id']}", "l4c:agentCapability", value, source, kind,
                          verdict=_verdict(kind))


def dataset_publication(dataset: dict[str, Any]) -> str:
    """Return the publication of a data resource as its evidence names it: by an abstract."""
    return f"publication of dataset:{dataset['id']}"


def assessments() -> Iterator[Row]:
    """Yield the judged pairs whose evidence has an address."""
    for judged in judgements():
        model = next(model for model in models() if model["id"] == judged["model"])
        entry = {"evidence": {"level": [judged["source"]]}, "weights": model["weights"]}
        publication = f"publication:{model['id']}-{model['year']}"
        for source, kind in sources(entry, "level", publication):
            yield Row(f"model:{judged['model']}", "l4c:dimension",
                      facts.DIMENSIONS[judged["dimension"]], source, kind,
                      verdict=_verdict(kind), level=f"l4c:{judged['level']}")


def accession_is_plain(accession: str) -> bool:
    """Whether an accession is one identifier, without words around it."""
    return bool(re.fullmatch(r"[A-Za-z0-9.:/_-]+", accession))
