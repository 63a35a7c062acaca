"""The Python face: what it returns, against rdflib walking over the same files."""

from __future__ import annotations

import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS

import llm4cell
import rows
from llm4cell.errors import EngineError, InputError, MissingExtraError, ParameterError
from llm4cell.knowledge import KnowledgeGraph, Resource, Rows
from llm4cell.vocabulary import FAIR4ML, L4C

SCGPT = "https://w3id.org/llm4cell/model/scgpt"
T_CELL = "http://purl.obolibrary.org/obo/CL_0000084"


@pytest.fixture(scope="module")
def kg() -> KnowledgeGraph:
    return llm4cell.load()


@pytest.fixture(scope="module")
def triples(root: Path) -> Graph:
    """All graphs, read by rdflib alone."""
    graph = Graph()
    for path in (root / "ontology" / "llm4cell.ttl", *(root / "graphs").glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


def below(graph: Graph, root: str) -> set[Any]:
    return set(graph.transitive_subjects(RDFS.subClassOf, URIRef(root)))


def subjects(graph: Graph, predicate: str, values: set[Any]) -> set[str]:
    models = set(graph.subjects(RDF.type, URIRef(L4C.Model)))
    return {str(s) for s, o in graph.subject_objects(URIRef(predicate))
            if o in values and s in models}


def test_the_founding_question(kg: KnowledgeGraph) -> None:
    found = kg.models(family="epigenomic", task="trajectory and perturbation modeling")
    assert [model.label for model in found] == ["EpiAgent"]
    assert "trajectory inference" in {str(task.value) for task in found[0].tasks}


def test_models_are_all_and_in_order(kg: KnowledgeGraph, triples: Graph) -> None:
    models = kg.models()
    assert {model.iri for model in models} == set(
        map(str, triples.subjects(RDF.type, URIRef(L4C.Model))))
    assert [m.label for m in models] == sorted((m.label for m in models), key=str.casefold)


@pytest.mark.parametrize(
    ("key", "value", "predicate", "term"),
    [
        ("family", "EpigenomicModel", L4C.family, L4C.EpigenomicModel),
        ("family", "agentic", L4C.family, L4C.AgenticFramework),
        ("task", "trajectory and perturbation modeling", L4C.supportsTask,
         L4C.TrajectoryAndPerturbationModeling),
        ("modality", "l4c:Epigenomics", L4C.modality, L4C.Epigenomics),
        ("grounding", L4C.GroundingSource, L4C.grounding, L4C.GroundingSource),
    ],
)
def test_a_term_takes_in_what_is_below_it(
    kg: KnowledgeGraph, triples: Graph, key: str, value: str, predicate: str, term: str
) -> None:
    found = {model.iri for model in kg.models(**{key: value})}
    assert found == subjects(triples, predicate, below(triples, term))
    assert found


def test_models_by_dataset_takes_every_use_in(kg: KnowledgeGraph, triples: Graph) -> None:
    sciplex = {URIRef("https://w3id.org/llm4cell/dataset/sci-plex")}
    uses = [subjects(triples, use, sciplex)
            for use in (L4C.usesDataset, FAIR4ML.trainedOn, FAIR4ML.evaluatedOn)]
    found = {model.iri for model in kg.models(dataset="sci-plex")}
    assert found == set.union(*uses)
    assert found > uses[2]
    assert kg.models(dataset=kg.dataset("sci-plex")) == kg.models(dataset="sci-plex")
    assert {d.id for d in kg.datasets(model="scgpt")} >= {"adamson-2016-perturb-seq",
                                                         "cellxgene-census"}


@cache
def is_a(root: Path) -> dict[str, set[str]]:
    """Return cell type -> itself and all above it, from the text of the packaged index."""
    lines = (root / "ontology" / "imports" / "cl-index.tsv").read_text().splitlines()
    parents = {cells[0]: cells[3].split("|") for line in lines
               if line.startswith("CL:") and not (cells := line.split("\t"))[4]}

    def up(term: str) -> set[str]:
        return {term}.union(*(up(parent) for parent in parents.get(term, ()) if parent))

    return {term: up(term) for term in parents}


def seen_by_models(root: Path, cell_type: str) -> set[str]:
    """Return the models with data that hold a cell type or a kind of it, by the catalogue."""
    held = {data for data, cells in rows.facts_of("l4c:cellType").items()
            if any(cell_type in is_a(root)[cell] for cell in cells)}
    return {model for use in rows.USES for model, data in rows.facts_of(use).items()
            if model in rows.models() and held.intersection(data)}


def test_models_by_cell_type_are_those_of_data_with_any_kind_of_it(
    kg: KnowledgeGraph, root: Path
) -> None:
    """Of every type that is in use or lies above one, and of those that are in no use."""
    used = {cell for cells in rows.facts_of("l4c:cellType").values() for cell in cells}
    above = set().union(*(is_a(root)[cell] for cell in used))
    assert len(above) > len(used) > 20
    for cell in (*sorted(above), *sorted(is_a(root).keys() - above)[:20]):
        found = {model.curie for model in kg.models(cell_type=cell)}
        assert found == seen_by_models(root, cell), cell
        assert bool(found) <= (cell in above)
    direct = {data for data, cells in rows.facts_of("l4c:cellType").items()
              if "CL:0000084" in cells}
    kinds = {model.curie for model in kg.models(cell_type="CL:0000084")}
    assert kinds > {model for use in rows.USES for model, data in rows.facts_of(use).items()
                    if direct.intersection(data) and model in rows.models()}


def test_a_claim_that_does_not_stand_shows_no_cells(project: Path) -> None:
    """Accepted facts alone count, of the use of data as of what they hold."""
    def found() -> set[str]:
        return {model.id for model in llm4cell.load(project).models(cell_type="fibroblast")}

    before = found()
    assert "scimilarity" in before
    file = project / "graphs" / "datasets.ttl"
    text = file.read_text()
    lung = text.index("\ndataset:yale-lung-disease-atlas a ")
    gone = text[lung:].replace("l4c:cellType", "l4c:formerCellType", 1)
    file.write_text(text[:lung] + gone)
    # The claims are still there.
    assert "l4c:cellType" in (project / "graphs" / "claims.ttl").read_text()
    assert "scimilarity" not in found()


@pytest.mark.parametrize("name", [
    "T cell", "t-cell", "T lymphocyte", "T-lymphocyte", "CL:0000084", "CL_0000084", T_CELL,
    Resource(T_CELL, "T cell")])
def test_cell_types_as_users_type_them(kg: KnowledgeGraph, name: str | Resource) -> None:
    assert kg.models(cell_type=name) == kg.models(cell_type="CL:0000084") != []


def test_a_cell_type_is_one_filter_among_others(kg: KnowledgeGraph) -> None:
    cells, atlas = kg.models(cell_type="T cell"), kg.models(dataset="tabula-sapiens")
    both = kg.models(cell_type="T cell", dataset="tabula-sapiens")
    assert set(both) == set(cells) & set(atlas) == set(atlas) != set()
    fewer = kg.models(cell_type="T cell", dataset="sci-plex")
    assert set(fewer) == set(cells) & set(kg.models(dataset="sci-plex"))
    assert set() < set(fewer) < set(cells)
    asked = kg.query("models-by-cell-type", cell_type="T lymphocyte")
    assert {row.model for row in asked} == {model.iri for model in cells}


def test_other_filters_read_no_cell_ontology() -> None:
    code = ("import sys, llm4cell; kg = llm4cell.load(); kg.models(family='epigenomic'); "
            "kg.models(cell_type='T cell'); assert 'llm4cell.cells' not in sys.modules; "
            "kg.models(cell_type='T lymphocyte'); assert 'llm4cell.cells' in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_unknown_is_not_false(kg: KnowledgeGraph, triples: Graph) -> None:
    yes, no = kg.models(agentic=True), kg.models(agentic=False)
    for models, flag in ((yes, True), (no, False)):
        assert {m.iri for m in models} == subjects(triples, L4C.isAgentic, {Literal(flag)})
        assert all(m.agentic is flag for m in models)
    assert {m.iri for m in kg.models() if m.agentic is None} == {
        m.iri for m in kg.models()} - {m.iri for m in (*yes, *no)}


def test_what_no_claim_says_is_none(project: Path) -> None:
    models = project / "graphs" / "models.ttl"
    models.write_text(models.read_text().replace("    l4c:isAgentic false ;\n", ""))
    sources = project / "graphs" / "sources.ttl"
    sources.write_text(sources.read_text().replace("l4c:publicationYear", "l4c:formerYear"))
    scgpt = llm4cell.load(project).model("scgpt")
    assert scgpt.agentic is None
    assert scgpt.publication is not None
    assert scgpt.publication.year is None


def test_an_asserting_claim_stands_before_a_denial(project: Path) -> None:
    """Even of one whose source is closer to the work."""
    with (project / "graphs" / "claims.ttl").open("a") as file:
        file.write("""
claim:denial a l4c:Claim ; l4c:about model:scgpt ; l4c:property l4c:family ;
    l4c:value l4c:FoundationModel ; l4c:verdict l4c:Accepted ; l4c:polarity l4c:Denied ;
    l4c:sourceKind l4c:PrimaryPaper ; dcterms:source publication:scgpt-2024 ; l4c:locator "p. 1" .
""")
    model = llm4cell.load(project).model("scgpt")
    (fact,) = (fact for fact in model.facts if fact.property_iri == L4C.family)
    assert fact.claims[0].polarity == "affirmed"
    assert fact.claims[-1].curie == "claim:denial"
    assert "primary paper" not in fact.source_kinds


def test_models_by_year(kg: KnowledgeGraph) -> None:
    found = kg.models(year=2024)
    assert "scgpt" in [model.id for model in found]
    assert found == [m for m in kg.models() if m.publication and m.publication.year == 2024]
    assert kg.models(year=1953) == []


def test_filters_are_joined(kg: KnowledgeGraph) -> None:
    both = {m.id for m in kg.models(family="foundation model", agentic=False)}
    assert both == {m.id for m in kg.models(family="foundation model")} & {
        m.id for m in kg.models(agentic=False)}


@pytest.mark.parametrize("name", ["scgpt", "scGPT", " SCGPT ", "model:scgpt", SCGPT,
                                  Resource(SCGPT, "")])
def test_names_as_users_type_them(kg: KnowledgeGraph, name: str | Resource) -> None:
    assert kg.model(name).iri == SCGPT


@pytest.mark.parametrize(
    ("ask", "fault"),
    [
        (lambda kg: kg.model("scgp"), "did you mean 'scgpt'"),
        (lambda kg: kg.model("sci-plex"), "model=sci-plex"),
        (lambda kg: kg.model("x> ?p ?o } #"), "nothing of that name"),
        (lambda kg: kg.model(None), "give a slug, label, synonym, CURIE or IRI"),
        (lambda kg: kg.models(family="epigenmic"), "'epigenomic'"),
        (lambda kg: kg.models(task=3), "task=3"),
        (lambda kg: kg.models(year="2024"), "not a whole number"),
        (lambda kg: kg.models(year=True), "not a whole number"),
        (lambda kg: kg.models(cell_type="T cel"), "cell_type=T cel: 'T cel' is no cell type"),
        (lambda kg: kg.models(cell_type="T lymphocite"), "did you mean 'T cell' (CL:0000084)"),
        (lambda kg: kg.models(cell_type="T"), "no cell type"),
        (lambda kg: kg.models(cell_type="CL:9999999"), "cell_type=CL:9999999"),
        (lambda kg: kg.models(cell_type="scGPT"), "that is model:scgpt, no cell_type"),
        (lambda kg: kg.models(cell_type="x> ?p ?o } #"), "no cell type"),
        (lambda kg: kg.models(cell_type=84), "cell_type=84"),
        (lambda kg: kg.models(agentic="yes"), "neither True nor False"),
        (lambda kg: kg.datasets(group="plants"), "known: atac, multiome"),
        (lambda kg: kg.datasets(task="trajectry inference"), "'trajectory inference'"),
        (lambda kg: kg.show("nothing at all"), "nothing of that name"),
        (lambda kg: kg.query("no-such"), "no query 'no-such'"),
        (lambda kg: kg.query("models-by-family-and-task", famly="x"), "did you mean 'family'"),
    ],
)
def test_what_means_nothing_is_refused(kg: KnowledgeGraph, ask: Any, fault: str) -> None:
    with pytest.raises(ParameterError) as caught:
        ask(kg)
    assert fault in str(caught.value)


def test_a_model_says_what_it_is(kg: KnowledgeGraph) -> None:
    model = kg.model("scgpt")
    assert (model.id, model.curie, str(model)) == ("scgpt", "model:scgpt", "scGPT")
    assert (model.primary_family, model.families) == ("foundation model", ("foundation model",))
    assert model.publication is not None
    assert (model.publication.id, model.publication.year) == ("scgpt-2024", 2024)
    assert {str(fact) for fact in model.publication.facts} >= {"Nature Methods", "2024"}
    values = [fact.value for fact in model.datasets]
    adamson = kg.dataset("adamson-2016-perturb-seq")
    assert adamson in values
    assert kg.dataset("dbit-seq") not in values
    assert len({adamson, *values}) == len(set(values))


def test_facts_are_the_direct_triples_and_have_claims(kg: KnowledgeGraph, triples: Graph) -> None:
    """Design, section 5: a direct triple stands iff an accepted, affirmed claim does."""
    properties = set(triples.subjects(URIRef(L4C.isFact), Literal(True)))
    for entity in (*kg.models(), *kg.datasets()):
        stated = {(str(p), str(o)) for p, o in triples.predicate_objects(URIRef(entity.iri))
                  if p in properties}
        facts = {(f.property_iri, _text(f.value)): f for f in entity.facts}
        assert facts.keys() == stated, entity.iri
        for fact in facts.values():
            assert fact.source_kinds, fact
            assert fact.claims[0].asserts
            assert all(claim.value == fact.value for claim in fact.claims)
        asserted = {(c.property_iri, _text(c.value)) for c in entity.claims
                    if c.asserts and not c.is_assessment and URIRef(c.property_iri) in properties}
        # Beside these, a source's own words for an object, which no triple can hold.
        assert stated <= asserted


def _text(value: Any) -> str:
    if isinstance(value, Resource):
        return value.iri
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_claims_of_every_verdict_are_there(kg: KnowledgeGraph, triples: Graph) -> None:
    claims = kg.claims()
    assert {claim.iri for claim in claims} == set(
        map(str, triples.subjects(URIRef(L4C.verdict))))
    assert {claim.verdict for claim in claims} == {"accepted", "disputed", "rejected"}
    assert {claim.polarity for claim in claims} == {"affirmed", "qualified", "denied"}
    assert all(c.source_kind and c.locator and c.source.iri for c in claims)
    assert [c for c in claims if c.verdict == "rejected" and not c.reason] == []
    corrected = {iri for claim in claims for iri in claim.corrected_by}
    assert corrected
    assert corrected <= {claim.iri for claim in claims}


def test_claims_read_one_by_one_or_all_at_once_agree(kg: KnowledgeGraph) -> None:
    kg.claims()
    fresh = llm4cell.load()
    for slug in ("scgpt", "epiagent"):
        assert fresh.model(slug).claims == kg.model(slug).claims
        assert fresh.model(slug).facts == kg.model(slug).facts


def test_assessments_have_a_dimension(kg: KnowledgeGraph) -> None:
    found = kg.model("scgpt").assessments
    assert {str(claim.value) for claim in found} >= {"biological grounding"}
    assert {claim.property for claim in found} == {"dimension"}
    assert set(found) < set(kg.model("scgpt").claims)


def test_datasets(kg: KnowledgeGraph, triples: Graph) -> None:
    assert kg.dataset("Allen Cell Types Database, RNA-Seq data").id == "allen-brain-cell-types"
    assert kg.dataset("sci-plex").kinds == ("study dataset",)
    for group in ("rna", "plant"):
        assert {d.iri for d in kg.datasets(group=group)} == set(
            map(str, triples.subjects(URIRef(L4C.surveyGroup), Literal(group))))
    served = set(triples.subjects(URIRef(L4C.servesTask), URIRef(L4C.TrajectoryInference)))
    assert {d.iri for d in kg.datasets(task="trajectory inference")} == set(map(str, served))
    cells = [f for f in kg.dataset("arabidopsis-e-curd-4").facts if f.property_iri == L4C.cellCount]
    # The paper's number; the survey's is kept as a claim.
    assert [fact.value for fact in cells] == [12000]


def test_tasks(kg: KnowledgeGraph, triples: Graph) -> None:
    tasks = {task.iri: task for task in kg.tasks()}
    root = URIRef(L4C.AnalyticalTask)
    assert set(tasks) == set(map(str, below(triples, L4C.AnalyticalTask) - {root}))
    fine = tasks[L4C.PerturbationResponsePrediction]
    assert [str(task) for task in fine.broader] == ["trajectory and perturbation modeling"]
    assert all(task.definition.endswith(".") for task in tasks.values())


def test_show_is_the_dossier(kg: KnowledgeGraph) -> None:
    assert kg.show("scgpt").claims
    assert kg.show(kg.model("scgpt")) == kg.show("scgpt")


def test_query_takes_python_values(kg: KnowledgeGraph) -> None:
    (task,) = (task for task in kg.tasks() if task.label == "perturbation response prediction")
    rows = kg.query("models-by-family-and-task", family="epigenomic", task=task)
    assert {row.modelLabel for row in rows} == {"EpiAgent"}
    assert {row.verdict for row in rows} == {L4C.Accepted}
    assert rows == kg.query("models-by-family-and-task", family="epigenomic", task=task.label)
    more = kg.query("models-by-family-and-task", family=None, task=task)
    assert {row.model for row in more} > {row.model for row in rows}


def test_cells_are_plain_python(kg: KnowledgeGraph) -> None:
    (row,) = kg.sparql("""
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT (7 AS ?whole) (2.5 AS ?part) (false AS ?flag) ("a"@en AS ?text) (<urn:x> AS ?iri)
          ("many"^^xsd:integer AS ?odd) ?open ("c" AS ?class) {}""")
    assert tuple(row) == (7, 2.5, False, "a", "urn:x", "many", None, "c")
    assert [type(cell) for cell in row][:3] == [int, float, bool]
    assert (row.whole, row.open, row[-1]) == (7, None, "c")


def test_sparql_of_every_form_gives_rows(kg: KnowledgeGraph) -> None:
    prefix = f"PREFIX l4c: <{L4C}> "
    assert kg.sparql(f"{prefix} ASK {{ ?m a l4c:Model }}")[0].answer is True
    rows = kg.sparql(f"{prefix} CONSTRUCT {{ ?m l4c:isAgentic ?f ; l4c:by [] }} "
                     f"WHERE {{ ?m l4c:isAgentic ?f FILTER(?m = <{SCGPT}>) }}")
    assert rows.columns == ("subject", "predicate", "object")
    assert (SCGPT, L4C.isAgentic, False) in [tuple(row) for row in rows]
    assert [row.object[:2] for row in rows if row.predicate == L4C.by] == ["_:"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("SELECT * WHERE {", "1:16: '{' is never closed"),
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", "not loaded"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE"),
    ],
)
def test_sparql_is_refused_with_its_place(kg: KnowledgeGraph, text: str, fault: str) -> None:
    with pytest.raises(EngineError) as caught:
        kg.sparql(text)
    assert fault in str(caught.value)


def test_sparql_ends_in_time(kg: KnowledgeGraph) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with pytest.raises(EngineError, match=r"stopped after 1\.5 s"):
        kg.sparql(endless, timeout=1.5)


def test_rows_are_a_sequence() -> None:
    rows = Rows(("model", "n"), [("model:a", 1), ("model:b", None)])
    assert (len(rows), rows.columns, rows[0].model, rows[-1].n) == (2, ("model", "n"), "model:a",
                                                                  None)
    assert isinstance(rows[:1], Rows)
    assert rows[:1] == Rows(("model", "n"), [("model:a", 1)])
    assert [model for model, _ in rows] == ["model:a", "model:b"]
    assert pickle.loads(pickle.dumps(rows)) == rows
    assert "2 of model, n" in repr(rows)


def test_html_holds_no_markup_of_the_data() -> None:
    html = Rows(("<b>",), [("<script>alert(1)</script>",), (SCGPT,)] * 60)._repr_html_()
    assert "<script>" not in html
    assert "<th>&lt;b&gt;</th>" in html
    assert "<td>model:scgpt</td>" in html
    assert "20 more rows" in html


def test_to_pandas_keeps_integers() -> None:
    frame = Rows(("model", "n", "class"), [("a", 1, True), ("b", None, False)]).to_pandas()
    assert list(frame.columns) == ["model", "n", "class"]
    assert frame["n"].tolist()[0] == 1
    assert str(frame["n"].dtype) == "Int64"
    assert frame["n"].isna().tolist() == [False, True]
    assert list(Rows(("a", "b"), []).to_pandas().columns) == ["a", "b"]


def test_graph_is_rdflib_and_whole(kg: KnowledgeGraph, triples: Graph) -> None:
    claim = (None, URIRef(L4C.verdict), None)
    assert len(list(kg.graph.triples(claim))) == len(list(triples.triples(claim)))
    assert (URIRef(SCGPT), URIRef(L4C.isAgentic), Literal(False)) in kg.graph
    assert kg.graph is kg.graph


def test_network_is_the_facts(kg: KnowledgeGraph, triples: Graph) -> None:
    network = kg.to_networkx()
    properties = set(triples.subjects(URIRef(L4C.isFact), Literal(True)))
    classes = below(triples, L4C.Model) | below(triples, L4C.Dataset) | {URIRef(L4C.ModelVariant)}
    records = {s for c in classes for s in triples.subjects(RDF.type, c)}
    stated = {(str(s), str(o), str(p).rpartition("/")[2].rpartition("#")[2])
              for s in records for p, o in triples.predicate_objects(s)
              if p in properties and isinstance(o, URIRef)}
    iri = network.nodes(data="iri")
    assert {(iri[u], iri[v], key) for u, v, key in network.edges(keys=True)} == stated
    assert network.nodes["model:scgpt"] == {"label": "scGPT", "kind": "model", "iri": SCGPT}
    kinds = {"dataset:sci-plex": "dataset", "l4c:TrajectoryInference": "task",
             "l4c:SingleCellRNASeq": "modality", "l4c:EpigenomicModel": "family",
             "l4c:AtlasGrounding": "grounding"}
    assert {node: network.nodes[node]["kind"] for node in kinds} == kinds
    edge = network.edges["model:epiagent", "l4c:PerturbationResponsePrediction", "supportsTask"]
    assert edge["source_kinds"] == "primary paper; repository; survey table; survey prose"
    assert (edge["verdict"], edge["polarity"]) == ("accepted", "affirmed")
    assert len(edge["claims"].split("; ")) >= 2


def test_tasks_without_models_are_in_the_network(kg: KnowledgeGraph) -> None:
    network = kg.to_networkx()
    alone = [node for node, kind in network.nodes(data="kind")
             if kind == "task" and not network.in_degree(node)]
    assert alone
    assert {node for node, kind in network.nodes(data="kind") if kind == "task"} >= {
        task.curie for task in kg.tasks()}


@pytest.mark.parametrize(
    ("package", "ask", "extra"),
    [
        ("pandas", lambda kg: kg.query("epigenomic-models-for-trajectory").to_pandas(), "analysis"),
        ("networkx", lambda kg: kg.to_networkx(), "analysis"),
        ("rdflib", lambda kg: kg.graph, "build"),
    ],
)
def test_a_missing_package_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, package: str, ask: Any, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as caught:
        ask(llm4cell.load())
    assert f"'{package}'" in str(caught.value)
    assert f"pip install 'llm4cell[{extra}]'" in str(caught.value)


def test_another_checkout_can_be_loaded(project: Path) -> None:
    models = project / "graphs" / "models.ttl"
    models.write_text(models.read_text().replace('"scGPT"', '"scGPT renamed"'))
    other = llm4cell.load(project)
    assert other.model("scgpt").label == "scGPT renamed"
    assert pickle.loads(pickle.dumps(other.model("scgpt"))).claims == other.model("scgpt").claims
    with pytest.raises(InputError, match="missing"):
        llm4cell.load(project / "graphs")


@pytest.mark.parametrize("ask", [lambda kg: kg.models(), lambda kg: kg.graph])
def test_a_spoilt_file_is_named(project: Path, ask: Any) -> None:
    (project / "graphs" / "models.ttl").write_text("model:scgpt a")
    with pytest.raises(EngineError, match=r"models\.ttl: cannot be loaded .* run: llm4cell build"):
        ask(llm4cell.load(project))


def test_importing_costs_nothing() -> None:
    code = ("import sys, llm4cell; assert not {'pyoxigraph', 'click', 'llm4cell.knowledge'} & "
            "set(sys.modules); llm4cell.load().models(); assert not {'rdflib', 'networkx', "
            "'pandas', 'yaml', 'click', 'rich'} & set(sys.modules), 'heavy'; "
            "assert llm4cell.KnowledgeGraph.__name__ == 'KnowledgeGraph'")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
