"""The catalogue as plain rows: its YAML and the text of the ontology, read without RDF.

Nothing of the package takes part, so that the graph can differ from what follows from the files.
Resources are written as prefixed names or, without a prefix, as IRIs; literals are in quotes.
``test_survey`` and ``test_primary`` hold the same files against the sources.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "graphs" / "catalogue"
ONTOLOGY = ROOT / "ontology" / "llm4cell.ttl"
SLIMS = sorted((ROOT / "ontology" / "imports").glob("*.ttl"))
MAPPINGS = ROOT / "ontology" / "mappings" / "llm4cell.sssom.tsv"
RULES = ROOT / "queries" / "rules"

# Prefixes of golden files; any other resource is written out.
PREFIXES = {
    "l4c": "https://w3id.org/llm4cell/ontology/",
    **{name: f"https://w3id.org/llm4cell/{name}/"
       for name in ("model", "variant", "dataset", "publication", "challenge", "erratum", "query",
                    "rubric")},
    "fair4ml": "https://w3id.org/fair4ml#",
    "schema": "https://schema.org/",
    "dcterms": "http://purl.org/dc/terms/",
    "bibo": "http://purl.org/ontology/bibo/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    **{name: f"http://purl.obolibrary.org/obo/{name}_"
       for name in ("CL", "MONDO", "NCBITaxon", "UBERON")},
}
ACCEPTED, AFFIRMED = "l4c:Accepted", "l4c:Affirmed"
DIMENSION = "l4c:dimension"


def compact(iri: str) -> str:
    """Return an IRI as a golden file writes it."""
    for prefix, base in PREFIXES.items():
        name = iri.removeprefix(base)
        if name != iri and "/" not in name:
            return f"{prefix}:{name}"
    return iri


def is_literal(node: str) -> bool:
    return node.startswith('"')


def plain(node: str) -> str:
    """Return a literal's own text, or a resource as it is."""
    return node[1:-1] if is_literal(node) else node


# --- the ontology and the slims, as text --------------------------------------------------------


class Term(NamedTuple):
    """A term's block in the ontology or a slim, as far as the answers need it."""

    types: tuple[str, ...]
    label: str
    synonyms: tuple[str, ...]
    definition: str
    parents: tuple[str, ...]
    wholes: tuple[str, ...]  # what lies above it in UBERON, where part-of and is-a are one
    includes: tuple[str, ...]
    in_subset: bool
    body: str


@cache
def terms() -> dict[str, Term]:
    """Return term -> its block, which starts at the margin and ends with ' .'."""
    found = {}
    for path in (ONTOLOGY, *SLIMS):
        text = path.read_text(encoding="utf-8")
        for name, types, body in re.findall(r"^(\S+) a ([^;\n]*?)( ;\n.*?)? \.$", text,
                                            re.M | re.S):
            term = _term(types, body)
            if term.label:
                found[compact(name.strip("<>"))] = term
    return found


def _term(types: str, body: str) -> Term:
    def nodes(predicate: str) -> tuple[str, ...]:
        match = re.search(rf"{predicate} ([^;\[]+?)(?: ;|$)", body)
        return tuple(re.split(r"\s*,\s*", match[1].strip())) if match else ()

    def texts(predicate: str) -> tuple[str, ...]:
        match = re.search(rf'{predicate} ("(?:[^"\\]|\\.)*"(?:@en)?(?:\s*,\s*"(?:[^"\\]|\\.)*"'
                          r'(?:@en)?)*)', body)
        literals = re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]) if match else []
        return tuple(re.sub(r"\\(.)", r"\1", text) for text in literals)

    return Term(
        types=tuple(re.split(r"\s*,\s*", types.strip())),
        label="".join(texts("rdfs:label")),
        synonyms=texts("skos:altLabel"),
        definition="".join(texts("skos:definition")),
        parents=nodes("rdfs:subClassOf"),
        wholes=nodes("skos:broader"),
        includes=nodes("l4c:includesModality"),
        in_subset="oboInOwl:inSubset" in body,
        body=body,
    )


@cache
def above(term: str) -> frozenset[str]:
    """Return a term and all terms above it."""
    found = terms().get(term)
    parents = (*found.parents, *found.wholes) if found else ()
    return frozenset({term}).union(*map(above, parents))


@cache
def kinds_of(individual: str) -> frozenset[str]:
    """Return an individual, its classes and all above them."""
    found = terms().get(individual)
    return above(individual).union(*map(above, found.types if found else ()))


@cache
def names_below(root: str) -> dict[str, str]:
    """Return label or synonym, folded -> the term at or below ``root``, or the individual of it."""
    names: dict[str, str] = {}
    found = {name: term for name, term in terms().items()
             if root in above(name) or any(root in above(cls) for cls in term.types)}
    for name, term in found.items():
        names[term.label.casefold()] = name
    for name, term in found.items():
        for synonym in term.synonyms:
            names.setdefault(synonym.casefold(), name)
    return names


def named(label: str, *roots: str) -> str:
    """Return the term that ``label`` names at or below one of ``roots``."""
    return next(names_below(root)[label.casefold()] for root in roots
                if label.casefold() in names_below(root))


@cache
def properties() -> dict[str, str]:
    """Return catalogue key -> property."""
    return {
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.partition(":")[2]).lower(): name
        for name, term in terms().items() if "l4c:isFact" in term.body
    }


@cache
def roots_of(property_: str) -> tuple[str, ...]:
    """Return the classes at or below which a property's values are terms."""
    match = re.search(r"l4c:valueRoot ([^;]+?) ;", terms()[property_].body)
    return tuple(re.split(r"\s*,\s*", match[1])) if match else ()


@cache
def is_fact(property_: str) -> bool:
    """Whether accepted claims of a property stand as triples of their own."""
    return "l4c:isFact true" in terms()[property_].body


# --- records --------------------------------------------------------------------------------------


class Record(NamedTuple):
    """A model, variant, data set or publication: what it is, apart from what is claimed of it."""

    iri: str
    label: str
    cls: str
    publication: str
    listed: bool
    whole: str  # the model of which it is a variant
    data: dict[str, Any]


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"),
                     Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))


def _list(name: str) -> list[dict[str, Any]]:
    return _read(CATALOGUE / f"{name}.yaml")


@cache
def records() -> dict[str, Record]:
    """Return IRI -> record."""
    found = {}
    for kind in ("model", "dataset", "publication"):
        for path in sorted((CATALOGUE / f"{kind}s").glob("*.yaml")):
            data = _read(path)
            iri = f"{kind}:{data['id']}"
            cls = {"model": "l4c:Model", "publication": "l4c:Publication"}.get(kind)
            publication = data.get("publication")
            found[iri] = Record(iri, data["label"], cls or named(data["type"], "l4c:Dataset"),
                                f"publication:{publication}" if publication else "",
                                "listed_in" in data, "", data)
            for variant in data.get("variants", ()):
                part = f"variant:{variant['id']}"
                found[part] = Record(part, variant["label"], "l4c:ModelVariant", "", False, iri,
                                     variant)
    return found


def models() -> list[str]:
    return [iri for iri, record in records().items() if record.cls == "l4c:Model"]


def datasets() -> list[str]:
    return [iri for iri in records() if iri.startswith("dataset:")]


@cache
def challenges() -> tuple[dict[str, Any], ...]:
    """Return the open problems with the terms they touch."""
    return tuple(
        {**row, "iri": f"challenge:{row['id']}",
         "touches": tuple(named(name, "l4c:AnalyticalTask", "l4c:EvaluationDimension")
                          for name in row["touches"])}
        for row in _list("challenges")
    )


@cache
def errata() -> tuple[dict[str, Any], ...]:
    """Return the errata with the resources they are about and the sources that show them."""
    return tuple(
        {**row, "iri": f"erratum:{row['source']}-{row['number']}",
         "source": f"publication:{row['source']}",
         "shown_by": [source(text) for text in row.get("shown_by", ())],
         "subjects": (*(record(slug) for slug in row.get("about") or ()),
                      *(named(name, "l4c:AnalyticalTask")
                        for name in row.get("concerns_tasks", ())))}
        for row in _list("errata")
    )


@cache
def criteria() -> tuple[dict[str, str], ...]:
    """Return the criteria of each rubric."""
    return tuple(
        {"rubric": f"rubric:{rubric['id']}", "rubric label": rubric["label"],
         "version": rubric["version"], "dimension": dimension,
         "level": named(row["level"], "l4c:CoverageLevel"), "description": row["description"],
         "iri": f"rubric:{rubric['id']}-{row['dimension'].replace(' ', '-')}-{row['level']}",
         "label": f"{row['dimension']}, {row['level']}"}
        for rubric in _list("rubrics") for row in rubric["criteria"]
        for dimension in [named(row["dimension"], "l4c:EvaluationDimension")]
    )


@cache
def labels() -> dict[str, str]:
    """Return resource -> label, for all that the answers name."""
    return {
        **{name: term.label for name, term in terms().items()},
        **{iri: record.label for iri, record in records().items()},
        **{row["iri"]: row["label"] for row in challenges()},
        **{row["rubric"]: row["rubric label"] for row in criteria()},
        **{row["iri"]: row["label"] for row in criteria()},
        **{rule: header["title"] for rule, header in rules().items()},
    }


def label(node: str) -> str:
    """Return the label of a resource, or a literal's own text."""
    return plain(node) if is_literal(node) else labels()[node]


@cache
def described_by() -> dict[str, list[str]]:
    """Return publication -> the models and data sets that it describes."""
    found = defaultdict(list)
    for iri, record in records().items():
        if record.publication:
            found[record.publication].append(iri)
    return dict(found)


def models_of(publication: str) -> list[str]:
    return [iri for iri in described_by().get(publication, ()) if iri.startswith("model:")]


def scopes_of(subject: str) -> set[str]:
    """Return the parts of the catalogue of a record, or of what a publication describes."""
    return {"l4c:SurveyScope" if records()[iri].listed else "l4c:BeyondSurveyScope"
            for iri in (subject, *described_by().get(subject, ()))
            if iri.startswith(("model:", "dataset:"))}


def in_scope(subject: str, scope: str) -> bool:
    return not scope or scope in scopes_of(subject)


# --- claims ---------------------------------------------------------------------------------------


class Claim(NamedTuple):
    """What one source says at one place; a dimension assessment has l4c:dimension as property."""

    subject: str
    property: str
    value: str
    source: str
    locator: str
    kind: str
    polarity: str = AFFIRMED
    verdict: str = ACCEPTED
    statement: str = ""
    printed: str = ""
    qualifier: str = ""
    reason: str = ""
    level: str = ""
    judge: str = ""
    explanation: str = ""
    errata: tuple[str, ...] = ()
    corrected_by: str = ""
    phrase: str = ""


def stands(c: Claim) -> bool:
    """Whether a claim is accepted and affirmed."""
    return (c.verdict, c.polarity) == (ACCEPTED, AFFIRMED)


def source(text: str) -> str:
    """Return a source: a publication, or a web address as it is."""
    return text if ":" in text else f"publication:{text}"


@cache
def _slugs() -> dict[str, str]:
    kinds = ("publication", "dataset", "variant", "model")
    return {iri.partition(":")[2]: iri for kind in kinds for iri in records()
            if iri.startswith(f"{kind}:")}


def record(slug: str, *kinds: str) -> str:
    """Return the record of that id."""
    return next((f"{kind}:{slug}" for kind in kinds if f"{kind}:{slug}" in records()),
                _slugs()[slug])


def value_of(property_: str, item: dict[str, str]) -> str:
    """Return the value of a fact in a catalogue file."""
    if "text" in item:
        return f'"{item["text"]}"'
    text = item["value"]
    if "id" in item:
        return item["id"]
    if "owl:ObjectProperty" not in terms()[property_].types:
        return f'"{text}"'
    kind = "dataset" if property_ in USES else "model"
    if f"{kind}:{text}" in records():
        return f"{kind}:{text}"
    return named(text, *roots_of(property_))


USES = ("l4c:usesDataset", "fair4ml:trainedOn", "fair4ml:evaluatedOn")


def _claims_of(subject: str, data: dict[str, Any]) -> Iterator[Claim]:
    for key, items in (data.get("facts") or {}).items():
        property_ = properties()[key]
        for item in items:
            value = value_of(property_, item)
            for evidence in item["evidence"]:
                yield _claim(subject, property_, value, evidence)
    for item in data.get("assessments") or ():
        for evidence in item["evidence"]:
            yield _claim(subject, DIMENSION, named(item["dimension"], "l4c:EvaluationDimension"),
                         evidence)


def _claim(subject: str, property_: str, value: str, evidence: dict[str, Any]) -> Claim:
    said = source(evidence["source"])
    right = evidence.get("corrected_by", "")
    if right and right.partition(":")[0] not in PREFIXES:
        right = value_of(property_, {"value": right})
    return Claim(
        subject, property_, value, said, evidence["locator"],
        named(evidence["kind"], "l4c:SourceKind"),
        named(evidence.get("polarity", "affirmed"), "l4c:Polarity"),
        named(evidence.get("verdict", "accepted"), "l4c:Verdict"),
        *(evidence.get(key, "") for key in ("statement", "printed", "qualifier", "reason")),
        level=named(evidence["level"], "l4c:CoverageLevel") if "level" in evidence else "",
        judge=f"rubric:{evidence['judge']}" if "judge" in evidence else "",
        explanation=evidence.get("explanation", ""),
        errata=tuple(f"erratum:{evidence['source']}-{n}" for n in evidence.get("errata", ())),
        corrected_by=right,
        phrase=evidence.get("phrase", ""),
    )


@cache
def stated() -> tuple[Claim, ...]:
    """Return every claim that a source makes."""
    found = [claim for iri, record in records().items() for claim in _claims_of(iri, record.data)]
    for item in _list("statements"):
        about = named(item["about"], "l4c:Model", "l4c:AnalyticalTask")
        found += _claims_of(about, item)
    return tuple(found)


@cache
def claims() -> tuple[Claim, ...]:
    """Return every claim, those that rules derive among them."""
    return (*stated(), *derived())


@cache
def accepted() -> frozenset[tuple[str, str, str]]:
    """Return the facts: what an accepted claim affirms."""
    return frozenset(
        (c.subject, c.property, c.value) for c in stated()
        if stands(c) and c.property != DIMENSION and is_fact(c.property) and (
            not is_literal(c.value) or "owl:ObjectProperty" not in terms()[c.property].types)
    )


def fact(c: Claim) -> bool:
    """Whether the claim's triple is a fact, be it by this claim or by another."""
    return (c.subject, c.property, c.value) in accepted()


@cache
def facts_of(property_: str) -> dict[str, list[str]]:
    """Return subject -> the values that it has by accepted claims."""
    found = defaultdict(list)
    for subject, name, value in sorted(accepted()):
        if name == property_:
            found[subject].append(value)
    return dict(found)


@cache
def by_property() -> dict[str, list[Claim]]:
    found = defaultdict(list)
    for c in claims():
        found[c.property].append(c)
    return dict(found)


@cache
def by_fact() -> dict[tuple[str, str, str], list[Claim]]:
    """Return subject, property, value -> its claims."""
    found = defaultdict(list)
    for c in claims():
        found[c.subject, c.property, c.value].append(c)
    return dict(found)


def variants_of(model: str) -> list[str]:
    """Return a model and its variants."""
    return [model, *(iri for iri, record in records().items() if record.whole == model)]


# --- rules ----------------------------------------------------------------------------------------


@cache
def rules() -> dict[str, dict[str, str]]:
    """Return rule -> its header."""
    return {
        f"query:{path.stem}": dict(re.findall(r"^#\+ (\w+): (.*)$",
                                              path.read_text(encoding="utf-8"), re.M))
        for path in sorted(RULES.glob("*.rq"))
    }


def values(model: str, property_: str) -> set[str]:
    """Return the values that a model and its variants have by accepted claims."""
    return {value for part in variants_of(model) for value in facts_of(property_).get(part, ())}


def _any_below(found: Iterable[str], *roots: str) -> bool:
    return any(root in above(value) for value in found for root in roots)


def _acts(model: str) -> bool:
    actions = ("l4c:Planning", "l4c:ToolUse", "l4c:Memory", "l4c:MultiAgentCollaboration")
    agent = any(
        '"true"' in facts_of("l4c:isAgentic").get(part, ())
        and _any_below(facts_of("l4c:architecture").get(part, ()), "l4c:LLMAgent")
        for part in variants_of(model)
    )
    return agent or _any_below(values(model, "l4c:agentCapability"), *actions)


def _cells(model: str) -> int:
    return max((int(plain(n)) for n in values(model, "l4c:pretrainingCellCount")), default=0)


def _layers(model: str) -> int:
    layers = ("Transcriptomics", "Epigenomics", "Proteomics", "DNASequence", "HistologyImage")
    inputs = values(model, "l4c:modality")
    if _any_below(inputs, "l4c:MultiOmics"):
        return 2
    return sum(_any_below(inputs, f"l4c:{layer}") for layer in layers)


def _organisms(model: str) -> set[str]:
    """Return the organisms of a model and of the data sets of one organism it is trained on.

    What is known of a platform is known of an example of its data.
    """
    found = {value for value in values(model, "l4c:organism") if not is_literal(value)}
    for data in values(model, "fair4ml:trainedOn"):
        organisms = facts_of("l4c:organism").get(data, [])
        if len(organisms) == 1 and records()[data].cls != "l4c:AssayPlatform":
            found.update(organisms)
    return found


def _applies(rule: str, model: str) -> bool:
    """Whether a rule gives a model its level, as the rule's description says."""
    return {
        "query:agent-actions": lambda: _acts(model),
        "query:dialogue-alone": lambda: not _acts(model) and (
            "l4c:NaturalLanguageDialogue" in values(model, "l4c:agentCapability")),
        "query:ten-million-cells": lambda: _cells(model) >= 10_000_000,
        "query:one-million-cells": lambda: 1_000_000 <= _cells(model) < 10_000_000,
        "query:two-molecular-layers": lambda: _layers(model) >= 2,
        "query:two-organisms": lambda: len(_organisms(model)) >= 2,
    }[rule]()


@cache
def derived() -> tuple[Claim, ...]:
    """Return the assessments that follow from accepted facts by the rules."""
    return tuple(
        Claim(model, DIMENSION, named(header["dimension"], "l4c:EvaluationDimension"), rule,
              "rule", "l4c:Derived", level=named(header["level"], "l4c:CoverageLevel"), judge=rule,
              statement=_statement(rule))
        for rule, header in rules().items() for model in models() if _applies(rule, model)
    )


def _statement(rule: str) -> str:
    text = (RULES / f"{rule.partition(':')[2]}.rq").read_text(encoding="utf-8")
    found = re.search(r'l4c:statement "([^"]*)"', text)
    assert found
    return found[1]


# --- mappings and notes ---------------------------------------------------------------------------


@cache
def mappings() -> tuple[dict[str, str], ...]:
    """Return the rows of the mapping table, their targets written out."""
    lines = MAPPINGS.read_text(encoding="utf-8").splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    prefixes = yaml.safe_load("\n".join(head))["curie_map"]
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")

    def target(curie: str) -> str:
        prefix, _, name = curie.partition(":")
        return compact(prefixes[prefix] + name)

    return tuple({**row, "target": target(row["object_id"])} for row in rows)


def leads() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each record with its leads."""
    for iri, record in records().items():
        for lead in record.data.get("leads") or ():
            topic = (properties()[lead["property"]] if "property" in lead
                     else named(lead["dimension"], "l4c:EvaluationDimension"))
            level = named(lead["level"], "l4c:CoverageLevel") if "level" in lead else ""
            yield iri, {**lead, "topic": topic, "level": level}


def searches() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each record with its fruitless searches."""
    for iri, record in records().items():
        for search in record.data.get("not_found") or ():
            yield iri, {**search, "property": properties()[search["property"]]}
