"""The built graph against the survey and the papers, recounted row by row in plain Python.

``facts`` says which claims must follow from the fact files; here the graph is asked whether it
holds exactly these. Differences print as whole claims: ``missing`` has no counterpart in the graph,
``unfounded`` none in the facts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

import facts
from built import Graph, compact
from facts import SURVEY, Claim

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.skipif(
    not facts.available(), reason=f"no fact files at {facts.FACTS} (set LLM4CELL_FACTS)"
)

RDF_TYPE = "rdf:type"
TRIPLES = "model", "dataset", "publication"

# Facts about the subjects above; a literal on the first group is a source's own words, no triple.
TERM_FACTS = (
    "l4c:family", "l4c:supportsTask", "l4c:modality", "l4c:grounding", "l4c:architecture",
    "l4c:learningObjective", "l4c:agentCapability", "l4c:usesDataset", "fair4ml:trainedOn",
    "fair4ml:evaluatedOn", "l4c:servesTask", "l4c:organism", "l4c:tissue",
)
LITERAL_FACTS = (
    "l4c:isAgentic", "l4c:limitation", "l4c:cellCount", "l4c:scale", "l4c:accession",
    "l4c:availableFrom", "l4c:surveyGroup", "dcterms:description", "l4c:venue",
    "l4c:publicationYear", "bibo:doi", "l4c:preprint",
)
CLAIM_ONLY = ("l4c:domainScore", "l4c:citedAs", "l4c:metric", "l4c:benchmarkStatus",
              "l4c:taskScope", "l4c:remark", "l4c:dimension")

# Claims that follow from no row: (subject, property, locator) -> why they may stand.
BESIDE_THE_FACTS = {
    ("dataset:10x-multiome-pbmc", "l4c:modality", "section 5.5"): "the name gives the assay",
    ("dataset:10x-multiome-pbmc-10k", "l4c:modality", "section 5.3"): "the name gives the assay",
    (SURVEY, "l4c:preprint", "listing"): "the survey's own address",
    ("model:fmh2st", "l4c:architecture", "Table 7"): "read off the row, for want of the paper",
    ("model:scmpt", "l4c:tokenization", "Table 7"): "read off the row, for want of the paper",
}

# Where the survey lists a task of the eight (tasks8) and its own words for the model do not lead
# there, or the other way round. (place, model, task): why.
TASK8_EXCEPTIONS = {
    ("table", "stformer", "spatial-mapping"):
        "listed for its spatial microenvironments; the row names no mapping step",
    ("table", "spaccc", "spatial-mapping"):
        "listed because the communication is spatial; the eight have no slot for communication",
    ("table", "fmh2st", "spatial-mapping"):
        "listed for expression predicted from histology, which is gene expression prediction",
    ("table", "omiclip", "spatial-mapping"):
        "listed for tissue retrieval and prediction across modalities; no mapping is named",
    ("table", "qust-llm", "spatial-mapping"):
        "listed for queries matched to regions; the phrases are text, chat and pathways",
    ("table", "qust-llm", "regulatory-inference"):
        "pathway inference from GO terms falls below the task, which the row is not listed for",
    ("all", "stformer", "spatial-mapping"): "as in the table; the prose does not name the model",
    ("all", "spaccc", "spatial-mapping"): "as in the table; the prose does not name the model",
    ("all", "qust-llm", "spatial-mapping"): "as in the table; the prose does not name the model",
    ("all", "qust-llm", "regulatory-inference"): "as in the table",
    ("all", "iseeek", "annotation"):
        "section 5.6 gives the group zero-shot annotation of other species (A310); not listed",
    ("all", "fmh2st", "multi-omic-integration"):
        "4.3 and C.3 describe RNA, ATAC and protein (A41, A557; erratum 56); not listed",
    ("all", "epiagent", "regulatory-inference"):
        "C.5 names enhancer-gene analysis (A597); not listed",
}
# Families that primary sources contradict and the survey claims nowhere: no claim to reject.
UNCLAIMED_FAMILIES = {
    ("qust-llm", "l4c:AgenticFramework"): "the survey's only ground is the agentic flag of the row",
}
# Section that treats a task, beside the opening of section 5 that names models for all of them.
TASK_SECTIONS = dict(zip(facts.TASKS, ("5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "5.8"),
                         strict=True))


@pytest.fixture(scope="session")
def graph() -> Graph:
    return Graph()


@pytest.fixture(scope="session")
def claims(graph: Graph) -> dict[str, Claim]:
    """Claim or assessment IRI -> its content, comparable with that of ``facts``.

    What rules derive is said by no source; test_rules.py looks at it.
    """
    concerns: dict[str, list[int]] = defaultdict(list)
    for subject, properties in graph.index.items():
        for claim in properties.get("l4c:concerns", ()):
            concerns[claim].append(int(subject.rpartition("-")[2]))
    found = {}
    kinds = "l4c:Claim", "l4c:DimensionAssessment"
    derived = graph.subjects("l4c:sourceKind", "l4c:Derived")
    for iri in sorted(set().union(*(graph.subjects(RDF_TYPE, kind) for kind in kinds)) - derived):
        source = graph.one(iri, "dcterms:source")
        address = graph.text(source, "schema:url")
        found[iri] = Claim(
            subject=graph.one(iri, "l4c:about"),
            property="l4c:dimension" if graph.values(iri, "l4c:dimension")
            else graph.one(iri, "l4c:property"),
            value=graph.one(iri, "l4c:value", "l4c:dimension"),
            source=address or source,
            locator=graph.text(iri, "l4c:locator"),
            kind=graph.one(iri, "l4c:sourceKind"),
            polarity=graph.one(iri, "l4c:polarity"),
            verdict=graph.one(iri, "l4c:verdict"),
            identifier=graph.text(iri, "dcterms:identifier"),
            statement=graph.text(iri, "l4c:statement"),
            scope=graph.text(iri, "l4c:scope"),
            printed=graph.text(iri, "l4c:printed"),
            qualifier=graph.text(iri, "l4c:qualifier"),
            errata=tuple(sorted(concerns[iri])),
        )
    return found


def group(claim: Claim) -> str:
    """Return the part of the facts that a claim belongs to."""
    letter = claim.identifier[:1]
    if letter in ("A", "T") and claim.identifier[1:].isdigit():
        return f"{letter} {claim.property}"
    if claim.subject.startswith("publication:") and claim.subject != SURVEY:
        return f"publications {claim.property}"
    if claim.locator.startswith("Table "):
        return f"{claim.locator} {claim.property}"
    known = (claim.subject, claim.property, claim.locator) in BESIDE_THE_FACTS
    if known or claim.subject == SURVEY:
        return "beside the facts"
    return "prose"


def by_group(found: Iterable[Claim]) -> dict[str, Counter[Claim]]:
    groups: dict[str, Counter[Claim]] = defaultdict(Counter)
    for claim in found:
        name = group(claim)
        # The facts hold no paraphrase for these.
        groups[name][claim._replace(statement="") if name == "prose" else claim] += 1
    return groups


def weigh(claim: Claim) -> Claim:
    """Return a claim without what curators make of it: verdict, limits, the errata about it.

    A cell of a table has words of its own for tasks alone; any others say how it is limited.
    """
    limited = claim.kind == "l4c:SurveyTable" and claim.property != "l4c:supportsTask"
    return claim._replace(verdict="", polarity="", errata=(),
                          statement="" if limited else claim.statement)


# Venues that the row prints otherwise than the authors, found after the facts were collected.
RENAMED = {"publication:scplantllm-2025", "publication:xtrimogene-2023"}
EXPECTED = by_group(
    weigh(c) for c in facts.claims()
    if not (c.subject in RENAMED and (c.property, c.source) == ("l4c:venue", SURVEY))
) if facts.available() else {}


def assert_same(expected: Counter[Claim], found: Counter[Claim]) -> None:
    missing, unfounded = expected - found, found - expected
    lines = [f"{word}: {claim}" for word, some in (("missing", missing), ("unfounded", unfounded))
             for claim in sorted(some.elements())]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_claims_are_those_of_the_facts(name: str, claims: dict[str, Claim]) -> None:
    found = by_group(weigh(c) for c in survey_claims(claims).values())[name]
    # Bibliography was looked up anew since: what the facts give is there, more may be.
    if name.startswith("publications "):
        found &= EXPECTED[name]
    assert_same(EXPECTED[name], found)


def test_a_verdict_differs_from_the_facts_by_an_erratum_alone(graph: Graph, claims) -> None:
    """What a curator rejects, disputes or qualifies beyond families and errata 1 to 7 is named."""
    expected = {weigh(c): c for c in facts.claims()}
    for iri, claim in survey_claims(claims).items():
        fact = expected.get(weigh(claim))
        if fact is None or claim.source != SURVEY:
            continue
        assert set(fact.errata) <= set(claim.errata), iri
        if claim.polarity != fact.polarity:
            assert claim.polarity == "l4c:Qualified", iri
            assert claim.statement, iri
        if claim.verdict != fact.verdict:
            assert claim.verdict in ("l4c:Rejected", "l4c:Disputed"), iri
            corrected = graph.values(iri, "l4c:correctedBy")
            assert set(claim.errata) - set(fact.errata) or corrected, iri


def survey_claims(claims: dict[str, Claim]) -> dict[str, Claim]:
    """Return what the survey says, and what is said of the 58 publications."""
    papers = {facts.publication(row["id"]) for row in facts.models()}
    return {iri: c for iri, c in claims.items()
            if c.source == SURVEY or c.subject in papers or c.subject == SURVEY
            or (c.subject, c.property, c.locator) in BESIDE_THE_FACTS}


def test_nothing_else_is_claimed(claims: dict[str, Claim]) -> None:
    survey = {iri: c for iri, c in claims.items() if c.source == SURVEY}
    groups = by_group(survey.values())
    others = {c for name in set(groups) - set(EXPECTED) for c in groups[name]}
    limitations = {c for c in others if (c.subject, c.property) == (SURVEY, "l4c:limitation")}
    assert {(c.subject, c.property, c.locator) for c in others - limitations} <= set(
        BESIDE_THE_FACTS)


def test_every_statement_is_one_claim(claims: dict[str, Claim]) -> None:
    numbers = Counter(c.identifier for c in claims.values() if c.identifier[1:].isdigit())
    expected = [f"A{n}" for n in range(1, 606)] + [f"T{n}" for n in range(1, 50)]
    assert numbers == Counter(expected)


def test_odd_names_citations_and_models_in_scope_are_kept(graph: Graph, claims) -> None:
    found = {}
    for iri, claim in claims.items():
        wording = facts.Wording(
            graph.text(iri, "l4c:printedAs"),
            graph.text(iri, "l4c:citedThereAs"),
            tuple(graph.values(iri, "l4c:scopeModel")),
        )
        if any(wording):
            found[claim.identifier] = wording
    assert found == facts.wordings()


def test_statements_about_classes(graph: Graph, claims: dict[str, Claim]) -> None:
    classes = {*facts.FAMILIES.values(), *facts.TASKS.values(), "l4c:Model"}
    about = Counter(c.identifier[:1] for c in claims.values() if c.subject.startswith("l4c:"))
    assert about == {"A": 118, "T": 49}
    assert {c.subject for c in claims.values() if c.subject.startswith("l4c:")} <= classes
    statements = ox.Store()
    statements.bulk_load(path=str(facts.ROOT / "graphs" / "statements.ttl"),
                         format=ox.RdfFormat.TURTLE)
    held = {compact(q.subject) for q in statements if compact(q.predicate) == "l4c:about"}
    assert held == {iri for iri, c in claims.items() if c.subject.startswith("l4c:")}
    direct = {(s, p) for s in graph.index if s.startswith("l4c:")
              for p in (*TERM_FACTS, *LITERAL_FACTS) if graph.values(s, p)}
    assert not direct


def test_datasets_outside_the_tables(graph: Graph, claims: dict[str, Claim]) -> None:
    outside = {f"A{row['n']}": row["object"] for row in facts.assertions()
               if row.get("in_tables") is False}
    assert len(outside) == 27
    for claim in claims.values():
        if claim.identifier in outside:
            name = outside[claim.identifier]
            if name in facts.RESOURCES:
                assert claim.value == facts.RESOURCES[name]
                assert graph.text(claim.value, "rdfs:label") == name
                assert not graph.values(claim.value, "l4c:listedIn")
            else:
                assert claim.value == facts.text(name)
                assert claim.value not in graph.values(claim.subject, claim.property)


def test_direct_triples_stand_where_a_claim_is_accepted_and_affirmed(
    graph: Graph, claims: dict[str, Claim]
) -> None:
    expected = {
        (c.subject, c.property, c.value)
        for c in claims.values()
        if (c.verdict, c.polarity) == ("l4c:Accepted", "l4c:Affirmed")
        and c.subject.partition(":")[0] in TRIPLES
        and (c.property in LITERAL_FACTS
             or (c.property in TERM_FACTS and not c.value.startswith('"')))
    }
    found = {
        (s, p, value)
        for s in graph.index if s.partition(":")[0] in TRIPLES
        for p in (*TERM_FACTS, *LITERAL_FACTS)
        for value in graph.values(s, p)
    }
    assert (expected - found, found - expected) == (set(), set())


@pytest.mark.parametrize("name", CLAIM_ONLY)
def test_what_is_no_fact_has_no_direct_triple(name: str, graph: Graph) -> None:
    # Assessments carry l4c:dimension themselves; so do criteria, rules and leads, which are none.
    assert not [s for s, properties in graph.index.items()
                if name in properties and s.partition(":")[0] in TRIPLES]


# --- counts of the survey ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "rows", "number"),
    [("model", facts.models, 58), ("dataset", facts.datasets, 40)],
)
def test_listed_in_the_survey_by_table_and_row(prefix, rows, number, graph: Graph) -> None:
    table = {f"{prefix}:{row['id']}": (str(row.get("table", 7)), row["n"]) for row in rows()}
    found = graph.ask(
        "SELECT ?s ?table ?row { ?s l4c:listedIn publication:llm4cell-2025 ;"
        " l4c:tableNumber ?table ; l4c:rowNumber ?row }"
    )
    mine = {s: (tab, int(row)) for s, tab, row in found if s.startswith(f"{prefix}:")}
    assert len(mine) == number
    assert mine == table


def test_five_families_are_in_use(graph: Graph) -> None:
    families = set(facts.FAMILIES.values())
    for name in ("family", "primaryFamily"):
        assert {f for (f,) in graph.ask(f"SELECT DISTINCT ?f {{ ?m l4c:{name} ?f }}")} == families


def test_eight_tasks_are_in_the_subset(graph: Graph) -> None:
    tasks = graph.subjects("oboInOwl:inSubset", "l4c:LLM4CellTasks")
    assert tasks == set(facts.TASKS.values())
    assert all("l4c:AnalyticalTask" in graph.above(task) for task in tasks)


def test_ten_dimensions(graph: Graph) -> None:
    below = {term for term in graph.index if "l4c:EvaluationDimension" in graph.above(term)}
    assert below - {"l4c:EvaluationDimension"} == set(facts.DIMENSIONS.values())
    assert {a["object"] for a in facts.assertions() if a["kind"] == "dimension"} == set(
        facts.DIMENSIONS)


def test_five_models_are_marked_agentic(graph: Graph) -> None:
    marked = {f"model:{row['id']}" for row in facts.models() if row["agentic"]}
    assert len(marked) == 5
    stated = graph.ask("""
        SELECT ?model ?value { ?claim l4c:about ?model ; l4c:property l4c:isAgentic ;
          l4c:value ?value ; dcterms:source publication:llm4cell-2025 }""")
    assert {model for model, value in stated if value == "true"} == marked
    assert len(stated) == 58


def test_ninety_five_errata_and_those_that_primary_sources_add(graph: Graph) -> None:
    errata = graph.subjects(RDF_TYPE, "l4c:Erratum")
    numbers = sorted(int(graph.text(iri, "dcterms:identifier")) for iri in errata)
    assert numbers[:95] == sorted(facts.errata_numbers()) == list(range(1, 96))
    assert numbers == list(range(1, len(numbers) + 1))
    shown = {int(graph.text(iri, "dcterms:identifier")) for iri in errata
             if graph.values(iri, "l4c:shownBy")}
    assert set(numbers[95:]) <= shown
    assert all(graph.text(iri, "dcterms:description") for iri in errata)
    assert {graph.one(iri, "dcterms:source") for iri in errata} == {SURVEY}


def test_six_open_challenges(graph: Graph) -> None:
    named = {f"challenge:{slug}" for slug in facts.named_list("Open problems")}
    assert len(named) == 6
    assert graph.subjects(RDF_TYPE, "l4c:OpenChallenge") == named


def test_five_limitations_of_the_survey(graph: Graph, claims: dict[str, Claim]) -> None:
    found = [c for c in claims.values() if (c.subject, c.property) == (SURVEY, "l4c:limitation")]
    assert sorted(c.identifier for c in found) == sorted(facts.named_list("Limitations"))
    assert {(c.source, c.kind, c.polarity, c.verdict) for c in found} == {
        (SURVEY, "l4c:SurveyProse", "l4c:Affirmed", "l4c:Accepted")}
    assert sorted(c.value for c in found) == graph.values(SURVEY, "l4c:limitation")


# --- verdicts ---------------------------------------------------------------------------------


def test_a_reason_stands_with_every_verdict_but_accepted(graph: Graph, claims) -> None:
    for iri, claim in claims.items():
        assert bool(graph.text(iri, "l4c:reason")) == (claim.verdict != "l4c:Accepted"), iri


def test_errata_concern_claims(graph: Graph, claims: dict[str, Claim]) -> None:
    concerned = {claim for properties in graph.index.values()
                 for claim in properties.get("l4c:concerns", ())}
    assert concerned <= set(claims)


def test_errata_1_to_7_reject_what_they_name(claims: dict[str, Claim]) -> None:
    found = {(n, c.subject.partition(":")[2], c.property) for c in claims.values()
             for n in c.errata if n <= 7 and c.verdict == "l4c:Rejected"}
    expected = set()
    for number, slug, name, _ in facts.ERRATA:
        subject = facts.publication(slug) if name == "l4c:venue" else f"model:{slug}"
        expected.add((number, subject.partition(":")[2], name))
    assert expected <= found


# Points that no claim of the graph makes: bibliography entries that are missing, captions, counts
# of models and of modalities, pointers to tables, names outside the catalogue.
WITHOUT_CLAIMS = {21, 22, 23, 24, 25, 54, 76, 79, 80, 82, 83, 88, 90, 93}


def test_every_other_erratum_names_the_claims_it_concerns(claims: dict[str, Claim]) -> None:
    concerned = {n for c in claims.values() for n in c.errata}
    assert set(range(1, 96)) - concerned == WITHOUT_CLAIMS


def test_family_verdicts_and_their_reasons(graph: Graph, claims: dict[str, Claim]) -> None:
    slugs = {row["id"] for row in facts.models()}
    whys = {f"model:{slug}": entry["why"] for slug, entry in facts.families().items()}
    verdicts = defaultdict(set)
    for iri, claim in claims.items():
        if claim.property == "l4c:family" and not claim.value.startswith('"'):
            slug = claim.subject.partition(":")[2]
            verdicts[slug, claim.value].add(claim.verdict)
            if claim.verdict != "l4c:Accepted":
                assert graph.text(iri, "l4c:reason") == whys[claim.subject]
    verdicts = {key: found for key, found in verdicts.items() if key[0] in slugs}
    keys = {term: key for key, term in facts.FAMILIES.items()}
    assert verdicts == {
        (slug, family): {facts.family_verdict(slug, keys[family])} for slug, family in verdicts
    }
    weighed = {(slug, facts.FAMILIES[key]) for slug, entry in facts.families().items()
               for key in (*entry.get("not", ()), *entry.get("disputed", ()))}
    assert weighed - set(verdicts) == set(UNCLAIMED_FAMILIES)


def test_primary_families(graph: Graph) -> None:
    for row in facts.models():
        model = f"model:{row['id']}"
        assert graph.values(model, "l4c:primaryFamily") == [facts.primary_family(row)]
        why = facts.families().get(row["id"], {}).get("why", "")
        assert graph.text(model, "l4c:primaryFamilyRationale") == why


def test_family_types_follow_from_accepted_families(graph: Graph) -> None:
    families = set(facts.FAMILIES.values())
    for row in facts.models():
        types = set(graph.values(f"model:{row['id']}", RDF_TYPE))
        assert "l4c:Model" in types
        assert types & families == set(graph.values(f"model:{row['id']}", "l4c:family"))
        assert ("fair4ml:MLModel" in types) == facts.papers()[row["id"]]["is_model"]


def test_dataset_types(graph: Graph) -> None:
    kinds = facts.dataset_types()
    listed = {f"dataset:{row['id']}" for row in facts.datasets()}
    assert {iri: graph.values(iri, RDF_TYPE) for iri in listed} == {
        iri: [kinds[iri]] for iri in listed}


# --- publications -----------------------------------------------------------------------------


def test_publications_of_the_models(graph: Graph) -> None:
    described = {}
    for row in facts.models():
        paper = facts.papers()[row["id"]]
        work = graph.one(f"model:{row['id']}", "l4c:describedBy")
        described[row["id"]] = work
        assert work == facts.publication(row["id"])
        assert graph.text(work, "rdfs:label") == paper["title"]
        assert graph.text(work, "l4c:firstAuthor") == paper["first_author"]
    assert len(set(described.values())) == 58


def test_corrections_point_at_the_better_claims(graph: Graph, claims: dict[str, Claim]) -> None:
    """A rejected venue or year of the survey names the claims that are right."""
    due = {weigh(c) for c in facts.bibliography() if c.verdict == "l4c:Rejected"}
    found = set()
    for iri, claim in claims.items():
        if weigh(claim) in due:
            found.add(weigh(claim))
            assert claim.verdict == "l4c:Rejected"
            for other in graph.values(iri, "l4c:correctedBy"):
                right = claims[other]
                assert (right.subject, right.property) == (claim.subject, claim.property)
                assert (right.verdict, right.polarity) == ("l4c:Accepted", "l4c:Affirmed")
            assert graph.values(iri, "l4c:correctedBy")
    assert found == due


def test_names_of_the_rows(graph: Graph) -> None:
    # Row 13 prints the name of another work (erratum 16); PILOT spells itself in capitals.
    others = {"model:scmformer": "scmFormer", "model:pilot": "PILOT"}
    for prefix, rows in (("model", facts.models()), ("dataset", facts.datasets())):
        for row in rows:
            iri = f"{prefix}:{row['id']}"
            names = graph.values(iri, "rdfs:label") + graph.values(iri, "skos:altLabel")
            assert facts.text(others.get(iri, row["name"])) in names


# --- tasks ------------------------------------------------------------------------------------


def test_founding_question(graph: Graph) -> None:
    """What the survey says stays in the answer, with EpiAgent's own word on trajectories."""
    found = graph.ask("""
        SELECT DISTINCT ?model ?task ?kind ?locator ?verdict {
          ?model l4c:family l4c:EpigenomicModel ; l4c:supportsTask ?task .
          ?task rdfs:subClassOf* l4c:TrajectoryAndPerturbationModeling .
          ?claim l4c:about ?model ; l4c:property l4c:supportsTask ; l4c:value ?task ;
            l4c:sourceKind ?kind ; l4c:locator ?locator ; l4c:verdict ?verdict .
        }""")
    expected = {(model, task, kind, facts.text(locator))
                for model, task, kind, locator, _ in facts.epigenomic_trajectory_models()}
    survey = {row[:4] for row in found if row[2] in ("l4c:SurveyTable", "l4c:SurveyProse")}
    # EpiFoundation reports neither task: its statement is rejected, and so is the triple.
    assert {row for row in expected if row[0] != "model:epifoundation"} == survey
    own = {row[:2] for row in found if row[2] in ("l4c:PrimaryPaper", "l4c:Repository")
           and row[4] == "l4c:Accepted"}
    assert ("model:epiagent", "l4c:TrajectoryInference") in own
    assert ("model:epiagent", "l4c:PerturbationResponsePrediction") in own


def survey_tasks(graph: Graph, claims: Iterable[Claim]) -> set[tuple[str, str, str]]:
    """Return (model, task of the eight, locator) for every task claim, whatever its verdict."""
    keys = {term: key for key, term in facts.TASKS.items()}
    return {
        (claim.subject.partition(":")[2], keys[term], claim.locator)
        for claim in claims
        if claim.property == "l4c:supportsTask" and claim.subject.startswith("model:")
        for term in graph.above(claim.value) & set(keys)
    }


@pytest.mark.parametrize("place", ["table", "all"])
def test_fine_tasks_agree_with_the_eight(place: str, graph: Graph, claims) -> None:
    said = [c for c in claims.values() if c.source == SURVEY]
    found = {(model, key) for model, key, locator in survey_tasks(graph, said)
             if place == "all" or locator == "Table 7"}
    listed = {(row["id"], key) for row in facts.models() for key, places in row["tasks8"].items()
              if place == "all" or "table-7" in places}
    exceptions = {(model, key) for where, model, key in TASK8_EXCEPTIONS if where == place}
    assert found ^ listed == exceptions


def test_models_that_the_task_sections_name(graph: Graph, claims: dict[str, Claim]) -> None:
    found = {(model, key, locator.removeprefix("section "))
             for model, key, locator in survey_tasks(graph, claims.values())
             if locator in ("section 5", f"section {TASK_SECTIONS[key]}")}
    listed = {(row["id"], key, section) for row in facts.models()
              for key, sections in row["tasks8"].items() for section in sections}
    assert found == {row for row in listed if row[2] != "table-7"}


def test_task_of_each_statement_is_that_of_the_facts(graph: Graph, claims) -> None:
    claimed = {c.identifier: c.value for c in claims.values()}
    for row in facts.assertions():
        if row["kind"] == "task":
            expected = {facts.TASKS[row["task8"]]} if row.get("task8") else set()
            above = graph.above(claimed[f"A{row['n']}"]) & set(facts.TASKS.values())
            assert above == expected, row
