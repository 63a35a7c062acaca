"""Rules give levels from accepted facts alone, say what they rest on, and never say absent."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, URIRef

from llm4cell.build import build
from llm4cell.catalogue import read_catalogue
from llm4cell.errors import QueryFileError
from llm4cell.ontology import load_ontology
from llm4cell.queries import list_queries, load_query, run_query
from llm4cell.rules import accepted, derive, describe_rules, read_rules, rule_folder
from llm4cell.store import EmbeddedStore
from llm4cell.triples import describe_catalogue
from llm4cell.vocabulary import (
    CLAIM,
    DCTERMS,
    GRAPH,
    L4C,
    MODEL,
    ONTOLOGY,
    PROV,
    QUERY,
    RDF,
    RUBRIC,
    compact,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdflib.term import Node

    from llm4cell.catalogue import Catalogue
    from llm4cell.ontology import Ontology
    from llm4cell.rules import Rule

    Triple = tuple[Node, Node, Node]

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "queries" / "rules"
ONTOLOGY_FILE = ROOT / "ontology" / "llm4cell.ttl"
SAYS = "{source: p, locator: %s, kind: primary paper%s}"


def fact(value: object, *notes: str, key: str = "value") -> str:
    """Return a value in YAML's flow style; a note is what is added to one item of evidence."""
    evidence = ", ".join(SAYS % (f"Table {number}", f", {note}" if note else "")
                         for number, note in enumerate(notes or ("",), start=1))
    return f"{{{key}: {value}, evidence: [{evidence}]}}"


def facts(**values: str | list[str]) -> str:
    lines = [f"  {key}: [{', '.join([found] if isinstance(found, str) else found)}]"
             for key, found in values.items()]
    return "\n".join(["facts:", *lines, ""]) if lines else ""


def model(**values: str | list[str]) -> str:
    return ("id: m\nlabel: M\nis_model: true\nprimary_family: foundation model\n"
            + facts(**values))


@cache
def prepared() -> Ontology:
    return load_ontology(ONTOLOGY_FILE)


def read(folder: Path, files: Mapping[str, str]) -> Catalogue:
    top = folder / "graphs" / "catalogue"
    for name, text in {
        "publications/p.yaml": "id: p\nlabel: P\n",
        "rubrics.yaml": (ROOT / "graphs/catalogue/rubrics.yaml").read_text(encoding="utf-8"),
        **files,
    }.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return read_catalogue(folder, prepared())


def described(catalogue: Catalogue) -> tuple[list[Triple], list[Triple]]:
    """Return all facts and claims, and those that a rule is given."""
    graphs: dict[str, list[Triple]] = {}
    for name, triple in describe_catalogue(catalogue):
        graphs.setdefault(name, []).append(triple)
    terms = list(prepared().graph)
    base = [*terms, *graphs.get("models", ()), *graphs.get("datasets", ())]
    claims = graphs.get("claims", [])
    return [*base, *claims], [*base, *accepted(claims)]


def levels(folder: Path, files: Mapping[str, str]) -> dict[str, tuple[str, set[str]]]:
    """Return rule -> level and the claims that it rests on, without what all have in common."""
    catalogue = read(folder, files)
    rules = read_rules(RULES, catalogue, prepared())
    whole, given = described(catalogue)
    made = derive(rules, given)
    assert derive(rules, whole) == made, "a rule looks at what is accepted by itself"
    found: dict[str, tuple[str, set[str]]] = {}
    for subject, _, judge in (t for t in made if str(t[1]) == L4C.judge):
        level = {str(o) for s, p, o in made if s == subject and str(p) == L4C.level}
        bases = {re.sub(r"-p-table-", " ", str(o).removeprefix(CLAIM.base)) for s, p, o in made
                 if s == subject and str(p) == PROV.wasDerivedFrom}
        (one,) = level
        found[str(judge).removeprefix(QUERY.base)] = (one.removeprefix(L4C.base), bases)
    return found


def by_rdflib(rules: list[Rule], given: list[Triple]) -> set[Triple]:
    graph = Graph()
    for triple in given:
        graph.add(triple)
    return {triple for rule in rules for triple in graph.query(rule.text)}  # type: ignore[misc]


REJECTED = "verdict: rejected, reason: no"
DISPUTED = "verdict: disputed, reason: no"
QUALIFIED = "polarity: qualified"
DENIED = "polarity: denied"
RNA, ATAC = "single-cell RNA-seq", "single-cell ATAC-seq"
VARIANT = "variants:\n  - id: m-large\n    label: M large\n    "


def variant(**values: str) -> str:
    return VARIANT + facts(**values).replace("\n", "\n    ").rstrip(" ")


def cells(*counts: tuple[int, str]) -> str:
    return model(pretraining_cell_count=[fact(count, note) for count, note in counts])


COUNT = "pretrainingcellcount"
# Facts of one model, and each level that follows with the claims that it rests on.
CASES: dict[str, tuple[str, dict[str, tuple[str, set[str]]]]] = {
    "nothing known": (model(), {}),
    "ordinary cells": (model(modality=fact(RNA), supports_task=fact("clustering")), {}),
    "two layers": (model(modality=[fact(RNA, "", DISPUTED), fact(ATAC), fact("article text")]), {
        "two-molecular-layers": ("Partial", {
            "m-modality-singlecellrnaseq 1", "m-modality-singlecellatacseq 1"})}),
    "one layer twice": (model(modality=[fact(RNA), fact("spatial transcriptomics")]), {}),
    "two kinds of epigenome": (model(modality=[fact(ATAC), fact("DNA methylation")]), {}),
    "joint layers": (model(modality=fact("CITE-seq", "", "")), {
        "two-molecular-layers": ("Partial", {
            "m-modality-citeseq 1", "m-modality-citeseq 2"})}),
    "second layer in doubt": (model(modality=[fact(RNA), fact(ATAC, DISPUTED)]), {}),
    "second layer rejected": (model(modality=[fact(RNA), fact(ATAC, REJECTED)]), {}),
    "second layer with a limit": (model(modality=[fact(RNA), fact(ATAC, QUALIFIED)]), {}),
    "second layer denied": (model(modality=[fact(RNA), fact(ATAC, DENIED)]), {}),
    "second layer in a variant": (
        model(modality=fact(RNA)) + variant(modality=fact(ATAC)), {
            "two-molecular-layers": ("Partial", {
                "m-modality-singlecellrnaseq 1", "m-large-modality-singlecellatacseq 1"})}),
    "planning": (model(agent_capability=[fact("planning"), fact("reasoning")]), {
        "agent-actions": ("Present", {"m-agentcapability-planning 1"})}),
    "code execution is tool use": (model(agent_capability=fact("code execution")), {
        "agent-actions": ("Present", {"m-agentcapability-codeexecution 1"})}),
    "reasoning alone": (model(agent_capability=[fact("reasoning"), fact("self-reflection"),
                                                fact("knowledge retrieval")]), {}),
    "dialogue alone": (model(agent_capability=fact("natural language dialogue")), {
        "dialogue-alone": ("Partial", {"m-agentcapability-naturallanguagedialogue 1"})}),
    "dialogue and memory": (
        model(agent_capability=[fact("natural language dialogue"), fact("memory")]), {
            "agent-actions": ("Present", {"m-agentcapability-memory 1"})}),
    "dialogue and tools in doubt": (
        model(agent_capability=[fact("natural language dialogue"), fact("tool use", DISPUTED)]), {
            "dialogue-alone": ("Partial", {"m-agentcapability-naturallanguagedialogue 1"})}),
    "dialogue of a variant of an agent": (
        model(agent_capability=fact("planning"))
        + variant(agent_capability=fact("natural language dialogue")), {
            "agent-actions": ("Present", {"m-agentcapability-planning 1"})}),
    "agentic LLM agent": (
        model(is_agentic=fact("true"), architecture=fact("multi-agent system")), {
            "agent-actions": ("Present", {
                "m-isagentic-b5bea41b 1", "m-architecture-multiagentsystem 1"})}),
    "LLM agent that is said not to be agentic": (
        model(is_agentic=fact("false"), architecture=fact("LLM agent")), {}),
    "agentic of another architecture": (
        model(is_agentic=fact("true"), architecture=fact("LLM pipeline")), {}),
    "planning of a third party": (model(agent_capability=fact("planning", DISPUTED)), {}),
    "ten million cells": (cells((10_000_000, "")), {
        "ten-million-cells": ("Present", {f"m-{COUNT}-fa95b43b 1"})}),
    "a cell fewer": (cells((9_999_999, "")), {
        "one-million-cells": ("Partial", {f"m-{COUNT}-b7e60b19 1"})}),
    "one million cells": (cells((1_000_000, "")), {
        "one-million-cells": ("Partial", {f"m-{COUNT}-6cce36d9 1"})}),
    "fewer than a million": (cells((999_999, "")), {}),
    "ten million in doubt": (cells((10_000_000, DISPUTED), (1_000_000, "")), {
        "one-million-cells": ("Partial", {f"m-{COUNT}-6cce36d9 1"})}),
    "about ten million": (cells((10_000_000, QUALIFIED)), {}),
    "a large variant": (
        cells((1_000_000, "")) + variant(pretraining_cell_count=fact(10_000_000)), {
            "ten-million-cells": ("Present", {f"m-large-{COUNT}-fa95b43b 1"})}),
    "a small variant": (
        cells((10_000_000, "")) + variant(pretraining_cell_count=fact(1_000_000)), {
            "ten-million-cells": ("Present", {f"m-{COUNT}-fa95b43b 1"})}),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_what_follows_from_the_facts_of_a_model(
    tmp_path: Path, text: str, expected: dict[str, tuple[str, set[str]]]
) -> None:
    assert levels(tmp_path, {"models/m.yaml": text}) == expected


HUMAN, MOUSE = ("http://purl.obolibrary.org/obo/NCBITaxon_" + n for n in ("9606", "10090"))
TRAINED = "https://w3id.org/fair4ml#trainedOn"
HEADER = f"""
@prefix l4c: <{L4C}> .
@prefix model: <{MODEL}> .
@prefix dataset: <https://w3id.org/llm4cell/dataset/> .
@prefix claim: <{CLAIM}> .
model:m a l4c:Model .
dataset:a a l4c:Dataset .
dataset:b a l4c:Dataset .
"""


def stated(subject: str, path: str, value: str, name: str) -> str:
    return (f"{subject} <{path}> <{value}> .\nclaim:{name} a l4c:Claim ; l4c:about {subject} ; "
            f"l4c:property <{path}> ; l4c:value <{value}> ; l4c:verdict l4c:Accepted ; "
            "l4c:polarity l4c:Affirmed .\n")


def of(subject: str, taxon: str, name: str) -> str:
    return stated(subject, L4C.organism, taxon, name)


def trained_on(dataset: str, name: str) -> str:
    return stated("model:m", TRAINED, f"https://w3id.org/llm4cell/dataset/{dataset}", name)


ORGANISMS: dict[str, tuple[str, set[str]]] = {
    "one": (of("model:m", HUMAN, "h"), set()),
    "two": (of("model:m", HUMAN, "h") + of("model:m", MOUSE, "m"), {"h", "m"}),
    "own and that of training data": (
        of("model:m", HUMAN, "h") + trained_on("a", "t") + of("dataset:a", MOUSE, "m"),
        {"h", "t", "m"}),
    "training data of one and another": (
        trained_on("a", "ta") + of("dataset:a", MOUSE, "m")
        + trained_on("b", "tb") + of("dataset:b", HUMAN, "h"), {"ta", "m", "tb", "h"}),
    "training data of both": (
        trained_on("a", "t") + of("dataset:a", MOUSE, "m") + of("dataset:a", HUMAN, "h"), set()),
    "human model on data of both": (
        of("model:m", HUMAN, "own") + trained_on("a", "t") + of("dataset:a", MOUSE, "m")
        + of("dataset:a", HUMAN, "h"), set()),
    "data of which nothing is known but the use": (
        of("model:m", HUMAN, "h") + of("dataset:a", MOUSE, "m"), set()),
    "a variant's": (
        "model:v a l4c:ModelVariant ; l4c:variantOf model:m .\n"
        + of("model:m", HUMAN, "h") + of("model:v", MOUSE, "m"), {"h", "m"}),
}


@pytest.mark.parametrize(("text", "bases"), ORGANISMS.values(), ids=ORGANISMS)
def test_organisms_of_models_and_training_data(rules: list[Rule], text: str,
                                               bases: set[str]) -> None:
    given = list(Graph().parse(data=HEADER + text, format="turtle"))
    made = derive(rules, given)
    assert {str(o).removeprefix(CLAIM.base) for _, p, o in made
            if str(p) == PROV.wasDerivedFrom} == bases
    assert {str(o) for _, p, o in made if str(p) == L4C.level} == (
        {L4C.Present} if bases else set())
    assert by_rdflib(rules, given) == made


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue(ROOT, prepared())


@pytest.fixture(scope="module")
def rules(catalogue: Catalogue) -> list[Rule]:
    return read_rules(RULES, catalogue, prepared())


def test_an_assessment_says_all_that_a_claim_says(rules: list[Rule]) -> None:
    given = Graph().parse(data=HEADER + of("model:m", HUMAN, "h") + of("model:m", MOUSE, "m"),
                          format="turtle")
    made = {(str(p), str(o)) for s, p, o in derive(rules, given)
            if str(s) == CLAIM + "m-dimension-crossspeciesgeneralization-two-organisms-rule"}
    assert made == {
        (RDF.type, L4C.DimensionAssessment), (L4C.about, MODEL.m),
        (L4C.dimension, L4C.CrossSpeciesGeneralization), (L4C.level, L4C.Present),
        (L4C.judge, QUERY + "two-organisms"), (DCTERMS.source, QUERY + "two-organisms"),
        (L4C.sourceKind, L4C.Derived), (L4C.verdict, L4C.Accepted),
        (L4C.polarity, L4C.Affirmed), (L4C.locator, "rule"),
        (L4C.statement, "Made for or trained on two organisms or more."),
        (PROV.wasDerivedFrom, CLAIM + "h"), (PROV.wasDerivedFrom, CLAIM + "m")}


def test_each_rule_names_the_criterion_that_it_applies(rules: list[Rule]) -> None:
    applied = {rule.name: rule.criterion.iri.removeprefix(RUBRIC + "ten-dimensions-1-")
               for rule in rules}
    assert applied == {
        "agent-actions": "emerging-agentic-behavior-present",
        "dialogue-alone": "emerging-agentic-behavior-partial",
        "one-million-cells": "scalability-partial",
        "ten-million-cells": "scalability-present",
        "two-molecular-layers": "multi-omics-alignment-partial",
        "two-organisms": "cross-species-generalization-present",
    }
    # Only below the highest level can a judge give more.
    assert {rule.name for rule in rules if rule.explanation} == {
        name for name, criterion in applied.items() if criterion.endswith("partial")}
    said = {(str(s), str(p)): str(o) for s, p, o in describe_rules(rules)}
    for rule in rules:
        assert said[rule.iri, PROV.wasDerivedFrom] == rule.criterion.iri
        assert said[rule.iri, RDF.type] == L4C.Rule


def test_no_rule_shares_its_name_with_a_canned_query() -> None:
    """Both are named below the same namespace."""
    assert not {path.stem for path in RULES.glob("*.rq")} & {q.name for q in list_queries()}


GOOD = (RULES / "two-organisms.rq").read_text(encoding="utf-8")
FAULTS: dict[str, tuple[str, str, str]] = {
    "unknown key": ("#+ level", "#+ degree: high\n#+ level", r":4: unknown key 'degree'; known: "),
    "key again": ("#+ level", "#+ title: x\n#+ level", r":4: 'title' again"),
    "no title": ("#+ title: two organisms\n", "", r":1: the header has no 'title'"),
    "no form": ("#+ level: ", "#+ level ", r":4: not of the form '#\+ key: text'"),
    "unknown dimension": ("dimension: cross", "dimension: gross", r":3: 'dimension: gross-spec"),
    "unknown level": ("level: present", "level: high", r":4: 'level: high' is no level of the"),
    "absent": ("level: present", "level: absent", r":4: a rule gives 'absent'; a level follows"),
    "unknown rubric": ("ten-dimensions-1", "ten-dimensions-2",
                       r":2: rubric 'ten-dimensions-2' has no criterion for 'cross-species"),
    "no SPARQL": ("CONSTRUCT {", "CONSTRUCT ", r": not SPARQL: "),
    "another level": ("l4c:level l4c:Present", "l4c:level l4c:Partial", (r": level of <\S+> is "
                      "not Present")),
    "two levels": ("l4c:level l4c:Present", "l4c:level l4c:Present , l4c:Partial", ": level of"),
    "another judge": ("judge query:two-organisms", "judge query:judge", (r": judge of <\S+> is not "
                      "two-organisms")),
    "no verdict": ("    l4c:verdict l4c:Accepted ;\n    prov", "    prov", ": verdict of"),
    "another kind": ("l4c:Derived", "l4c:PrimaryPaper", r": sourceKind of <\S+> is not Derived"),
    "no basis": ("    prov:wasDerivedFrom ?claim .", "    .", ": <.*> does not rest on accepted"),
    "a basis that is no claim": ("wasDerivedFrom ?claim", "wasDerivedFrom ?model",
                                 ": <.*> does not rest on accepted"),
    "more than an assessment": ("l4c:locator \"rule\"", "l4c:locator \"rule\" ; l4c:reason \"x\"",
                                ": <.*> has .*reason"),
    "a fact": ("prov:wasDerivedFrom ?claim .", ("prov:wasDerivedFrom ?claim . ?model l4c:family "
               "l4c:FoundationModel ."), ": <.*model/m> is not the assessment of one model"),
    "another's name": ("-two-organisms-rule", "-three-rule", ": <.*> is not the assessment of"),
}


@pytest.mark.parametrize(("old", "new", "message"), FAULTS.values(), ids=FAULTS)
def test_a_rule_at_fault_is_named(tmp_path: Path, catalogue: Catalogue, old: str, new: str,
                                  message: str) -> None:
    assert old in GOOD
    (tmp_path / "two-organisms.rq").write_text(GOOD.replace(old, new), encoding="utf-8")
    given = list(Graph().parse(data=HEADER + of("model:m", HUMAN, "h")
                               + of("model:m", MOUSE, "m"), format="turtle"))
    with pytest.raises(QueryFileError, match="^queries/rules/two-organisms.rq" + message):
        derive(read_rules(tmp_path, catalogue, prepared()), given)


def test_a_select_is_no_rule(tmp_path: Path, catalogue: Catalogue) -> None:
    head = GOOD.partition("PREFIX")[0]
    (tmp_path / "x.rq").write_text(head + "SELECT * { ?s ?p ?o }", encoding="utf-8")
    with pytest.raises(QueryFileError, match=r"^queries/rules/x\.rq: no CONSTRUCT$"):
        derive(read_rules(tmp_path, catalogue, prepared()), ())


def test_two_rules_must_exclude_each_other(tmp_path: Path, catalogue: Catalogue) -> None:
    for name in ("two-organisms", "both"):
        text = GOOD.replace("two-organisms", name)
        (tmp_path / f"{name}.rq").write_text(text, encoding="utf-8")
    given = list(Graph().parse(data=HEADER + of("model:m", HUMAN, "h")
                               + of("model:m", MOUSE, "m"), format="turtle"))
    with pytest.raises(QueryFileError, match=r"two-organisms\.rq: queries/rules/both\.rq gives m a "
                       "level on the same dimension; let one exclude the other"):
        derive(read_rules(tmp_path, catalogue, prepared()), given)


def test_a_catalogue_without_rubrics_has_no_rules(tmp_path: Path) -> None:
    (tmp_path / "graphs" / "catalogue").mkdir(parents=True)
    empty = read_catalogue(tmp_path, prepared())
    assert read_rules(rule_folder(tmp_path), empty, prepared()) == []


# -- the built graph -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def derived() -> Graph:
    return Graph().parse(ROOT / "graphs" / "derived.ttl")


def test_both_engines_derive_what_was_built(catalogue: Catalogue, rules: list[Rule],
                                            derived: Graph) -> None:
    whole, given = described(catalogue)
    built = {t for t in derived if t[0] != URIRef(GRAPH + "derived")}
    assert built
    assert derive(rules, given) == built
    assert derive(rules, whole) == built
    assert by_rdflib(rules, given) == built


def test_derived_levels_rest_on_accepted_claims_alone(derived: Graph) -> None:
    claims = Graph().parse(ROOT / "graphs" / "claims.ttl")
    assert not set(derived.objects(None, URIRef(L4C.level))) & {URIRef(L4C.Absent)}
    for assessment, basis in derived.subject_objects(URIRef(PROV.wasDerivedFrom)):
        assert claims.value(basis, URIRef(L4C.verdict)) == URIRef(L4C.Accepted), basis
        assert claims.value(basis, URIRef(L4C.polarity)) == URIRef(L4C.Affirmed), basis
        assert claims.value(basis, URIRef(L4C.dimension)) is None, basis
        assert derived.value(assessment, URIRef(L4C.sourceKind)) == URIRef(L4C.Derived)


def test_a_model_has_one_derived_level_on_a_dimension(derived: Graph) -> None:
    about, dimension = URIRef(L4C.about), URIRef(L4C.dimension)
    pairs = [(derived.value(s, about), derived.value(s, dimension))
             for s in derived.subjects(URIRef(L4C.level))]
    assert len(pairs) == len(set(pairs))


# -- against judged levels -----------------------------------------------------------------


def differences(root: Path) -> list[dict[str, str]]:
    files = {ONTOLOGY: ONTOLOGY_FILE} | {
        GRAPH + name: root / "graphs" / f"{name}.ttl"
        for name in ("models", "datasets", "sources", "claims", "rubrics", "derived")}
    table = run_query(EmbeddedStore(files), load_query("derived-against-judged"), {})
    return [{column: compact(term.value) for column, term in
             zip(table.columns, row, strict=True) if term} for row in table]


def test_every_difference_from_a_judge_is_explained() -> None:
    """An 'explanation:' on the judgement says why; a rule says so itself where a judge gives more.
    """
    missing = [row for row in differences(ROOT) if "explanation" not in row]
    assert missing == []


JUDGEMENT = """\
assessments:
  - dimension: %s
    evidence:
      - {source: p, locator: Table 9, kind: primary paper, level: %s, judge: ten-dimensions-1%s}
"""
AGENT = model(agent_capability=fact("planning"))
LAYERS = model(modality=[fact(RNA), fact(ATAC)])
EMERGING, ALIGNMENT = "emerging agentic behavior", "multi-omics alignment"


@pytest.mark.parametrize(("text", "expected"), [
    (AGENT + JUDGEMENT % (EMERGING, "present", ""), None),
    (AGENT + JUDGEMENT % (EMERGING, "partial", ""), ("l4c:Present", "l4c:Partial", "")),
    (AGENT + JUDGEMENT % (EMERGING, "partial", ", explanation: a plan of two fixed steps"),
     ("l4c:Present", "l4c:Partial", "a plan of two fixed steps")),
    (AGENT + JUDGEMENT % (EMERGING, "partial", f", {REJECTED}"), None),
    (AGENT + JUDGEMENT % (EMERGING, "partial", f", {DISPUTED}"),
     ("l4c:Present", "l4c:Partial", "")),
    (LAYERS + JUDGEMENT % (ALIGNMENT, "partial", ""), None),
    (LAYERS + JUDGEMENT % (ALIGNMENT, "present", ""),
     ("l4c:Partial", "l4c:Present", "The rule sees that layers are taken in")),
    (LAYERS + JUDGEMENT % (ALIGNMENT, "absent", ""), ("l4c:Partial", "l4c:Absent", "")),
    (LAYERS + JUDGEMENT % (EMERGING, "absent", ""), None),
])
def test_differences_from_a_judge(tmp_path: Path, text: str,
                                  expected: tuple[str, str, str] | None) -> None:
    read(tmp_path, {"models/m.yaml": text})
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    for path, content in build(tmp_path).files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    found = differences(tmp_path)
    if expected is None:
        assert found == []
        return
    (row,) = found
    assert (row["model"], row["judge"], row["source"], row["locator"]) == (
        "model:m", "rubric:ten-dimensions-1", "publication:p", "Table 9")
    assert (row["derivedLevel"], row["judgedLevel"]) == expected[:2]
    assert row.get("explanation", "").startswith(expected[2])
    assert bool(row.get("explanation")) == bool(expected[2])
