"""Canned queries: headers, parameters, binding, and the founding question's answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, Graph, URIRef

from llm4cell import queries
from llm4cell.errors import ParameterError, QueryFileError
from llm4cell.queries import bind, load_query, read_query, run_query
from llm4cell.store import EmbeddedStore, quote
from llm4cell.vocabulary import QUERY, SH, compact

ALL = queries.list_queries()
# Records and terms, of which no claim speaks.
NO_CLAIMS = {
    "errata",
    "errata-by-kind",
    "errata-by-model",
    "leads",
    "mappings-of-term",
    "open-challenges",
    "rubric-criteria",
    "searches",
    "terms-below-term",
}
HEADER = "#+ title: T\n#+ question: Q?\n#+ keywords: a, b\n"


@pytest.fixture(scope="session")
def store() -> EmbeddedStore:
    return EmbeddedStore()


def answer(store: EmbeddedStore, name: str, **values: str) -> list[tuple[str, ...]]:
    table = run_query(store, load_query(name), values)
    return [tuple(compact(term.value) if term else "" for term in row) for row in table]


def test_founding_question(store: EmbeddedStore) -> None:
    """EpiAgent's trajectory inference stands in its paper, perturbation in the survey as well."""
    rows = answer(store, "epigenomic-models-for-trajectory")
    kinds: dict[tuple[str, str], set[str]] = {}
    for model, _, _, task, polarity, kind, *_, verdict in rows:
        assert (polarity, verdict) == ("l4c:Affirmed", "l4c:Accepted")
        kinds.setdefault((model, task), set()).add(kind)
    authors = {"l4c:PrimaryPaper", "l4c:Repository"}
    survey = {"l4c:SurveyTable", "l4c:SurveyProse"}
    assert kinds["model:epiagent", "trajectory inference"] == authors
    assert kinds["model:epiagent", "perturbation response prediction"] == authors | survey


def test_trajectory_inference_proper(store: EmbeddedStore) -> None:
    """EpiAgent alone; scMamba only where its disputed family is admitted, with the reason."""
    name = "epigenomic-models-for-trajectory-inference"
    assert {row[0] for row in answer(store, name)} == {"model:epiagent"}
    rows = answer(store, name, verdict="disputed")
    reasons = {row[0]: row[-2:] for row in rows}
    assert set(reasons) == {"model:epiagent", "model:scmamba"}
    assert reasons["model:epiagent"] == ("l4c:Accepted", "")
    verdict, reason = reasons["model:scmamba"]
    assert verdict == "l4c:Disputed"
    assert reason


def test_general_query_gives_the_founding_answer(store: EmbeddedStore) -> None:
    general = answer(
        store,
        "models-by-family-and-task",
        family="epigenomic",
        task="trajectory and perturbation modeling",
    )
    assert general == answer(store, "epigenomic-models-for-trajectory")


@pytest.mark.parametrize(
    "task",
    [
        "cell type annotation",
        "Cell  Type Annotation",
        "cell typing",
        "l4c:CellTypeAnnotation",
        "CellTypeAnnotation",
        "https://w3id.org/llm4cell/ontology/CellTypeAnnotation",
    ],
)
def test_a_value_may_be_label_synonym_curie_slug_or_iri(store: EmbeddedStore, task: str) -> None:
    rows = answer(store, "models-by-family-and-task", family="agentic", task=task)
    assert {row[0] for row in rows} >= {"model:scagent", "model:scextract"}
    assert {row[2] for row in rows} == {"l4c:CellTypeAnnotation"}


def test_parent_task_finds_models_of_its_children(store: EmbeddedStore) -> None:
    rows = answer(store, "models-by-family-and-task", family="text-bridge", task="annotation")
    assert {row[2] for row in rows} > {"l4c:CellTypeAnnotation"}


def test_parameter_left_out_stays_free(store: EmbeddedStore) -> None:
    one = answer(store, "models-by-family-and-task", task="drug response prediction")
    assert {row[0] for row in one} >= {"model:scfoundation", "model:cellverse"}
    families = ["foundation", "text-bridge", "spatial-multimodal", "epigenomic", "agentic"]
    every = set(answer(store, "models-by-family-and-task"))
    parts = [set(answer(store, "models-by-family-and-task", family=name)) for name in families]
    # Some systems have no accepted family: disputed, or printed outside the five.
    assert {row[0] for row in every - set.union(*parts)} >= {
        "model:cellverse",
        "model:pilot",
        "model:scgt",
    }


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"famly": "epigenomic"}, "no parameter 'famly'; did you mean 'family'?"),
        ({"family": "epigenomc"}, "did you mean 'epigenomic'"),
        ({"task": "trajectory inferense"}, "did you mean 'trajectory inference'"),
        ({"task": "scgpt"}, "that is model:scgpt, no task"),
        ({"task": ""}, "needs a value"),
        ({"task": "> } DROP ALL #"}, "nothing of that name"),
        ({"task": '" . ?s ?p ?o'}, "nothing of that name"),
        ({"family": "model:scgpt"}, "that is model:scgpt, no family"),
    ],
)
def test_bad_parameters_name_the_fix(
    store: EmbeddedStore, values: dict[str, str], fault: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        run_query(store, load_query("models-by-family-and-task"), values)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("name", "values", "rows"),
    [
        ("datasets-by-group", {"group": "RNA"}, 7),
        ("errata-by-kind", {"kind": "print-fault"}, 10),
        ("models-by-venue", {"venue": "nature methods"}, 9),
    ],
)
def test_a_string_of_a_closed_list_is_found_as_typed(
    store: EmbeddedStore, name: str, values: dict[str, str], rows: int
) -> None:
    assert len(run_query(store, load_query(name), values)) == rows
    with pytest.raises(ParameterError, match=r"known|did you mean"):
        run_query(store, load_query(name), dict.fromkeys(values, "natur methos"))


def test_query_without_parameters_refuses_one(store: EmbeddedStore) -> None:
    with pytest.raises(ParameterError, match="it takes none"):
        run_query(store, load_query("errata"), {"task": "annotation"})


@pytest.mark.parametrize("query", [q for q in ALL if any(p.name == "scope" for p in q.parameters)],
                         ids=lambda query: query.name)
def test_scopes_part_the_answer(store: EmbeddedStore, query: queries.CannedQuery) -> None:
    """'all' is left out; where rows are records, those of the two parts are all of them."""
    every = run_query(store, query, {})
    assert run_query(store, query, {"scope": "all"}) == every
    survey = run_query(store, query, {"scope": "survey"})
    beyond = run_query(store, query, {"scope": "beyond survey"})
    if every.columns[0] in ("model", "dataset"):
        assert Counter(survey.rows + beyond.rows) == Counter(every.rows)


# Query -> a parameter, a label that it takes, the CURIE or IRI of the same and a typing error.
OUTSIDE = {
    "datasets-by-cell-type": ("cell_type", "T cell", "CL:0000084", "T cel"),
    "datasets-by-tissue": ("tissue", "lung", "UBERON:0002048", "lnug"),
    "datasets-by-assay": ("assay", "scATAC-seq", "EFO:0010891", "scATC-seq"),
    "datasets-by-disease": ("disease", "cancer", "MONDO:0004992", "cancr"),
    "datasets-by-cell-line": ("cell_line", "K562", "EFO:0002067", "K56"),
    "datasets-by-organism": ("organism", "Homo sapiens", "NCBITaxon:9606", "Homo sapien"),
    "models-by-ontology": ("ontology", "Cell Ontology",
                           "http://purl.obolibrary.org/obo/cl.owl", "Cell Ontologie"),
    "models-by-license": ("license", "MIT", "http://spdx.org/licenses/MIT", "MITT"),
    "models-by-cell-type": ("use", "trained on", "fair4ml:trainedOn", "traned on"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_terms_are_found_by_label_and_curie(store: EmbeddedStore, name: str) -> None:
    parameter, label, curie, typo = OUTSIDE[name]
    by_label = answer(store, name, **{parameter: label})
    assert by_label
    assert by_label == answer(store, name, **{parameter: curie})
    with pytest.raises(ParameterError) as caught:
        answer(store, name, **{parameter: typo})
    offered = str(caught.value).casefold()
    assert "did you mean" in offered
    assert label.casefold().replace("-", " ") in offered


@pytest.mark.parametrize("name", ["models-by-cell-type", "datasets-by-cell-type"])
def test_cell_types_have_all_their_names(store: EmbeddedStore, name: str) -> None:
    """Slims have no synonyms and only terms in use; the Cell Ontology knows the others."""
    assert answer(store, name, cell_type="T lymphocyte") == answer(store, name, cell_type="T cell")
    assert answer(store, name, cell_type="serotonergic neuron") == []


def test_few_terms_are_all_named(store: EmbeddedStore) -> None:
    with pytest.raises(ParameterError, match=r"known: .*homo sapiens"):
        answer(store, "models-by-organism", organism="xyz")


def test_closures_go_through_parts_and_kinds(store: EmbeddedStore) -> None:
    """Colon is part of the intestine; a CD4-positive cell is a T cell."""
    tissues = {row[3] for row in answer(store, "datasets-by-tissue", tissue="intestine")}
    assert "colon" in tissues
    cells = {row[3] for row in answer(store, "datasets-by-cell-type", cell_type="T cell")}
    assert "CD4-positive, alpha-beta T cell" in cells


def test_unknown_query_offers_the_nearest() -> None:
    with pytest.raises(ParameterError, match="did you mean 'models-by-family-and-task'"):
        load_query("models-by-family-task")


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("?_n_integer", "7"),
        ("$_n_integer", "7"),
        ("?_n_integer_b", "?_n_integer_b"),
        ("?_n", "?_n"),
        ('"?_n_integer"', '"?_n_integer"'),
        ("'?_n_integer'", "'?_n_integer'"),
        ('"""a "?_n_integer" b"""', '"""a "?_n_integer" b"""'),
        ("'''?_n_integer'''", "'''?_n_integer'''"),
        ('"\\"?_n_integer" ?_n_integer', '"\\"?_n_integer" 7'),
        ("<http://x/?_n_integer>", "<http://x/?_n_integer>"),
        ("# ?_n_integer\n?_n_integer", "# ?_n_integer\n7"),
        ("?a<?_n_integer", "?a<7"),
    ],
)
def test_binding_replaces_tokens_only(text: str, bound: str) -> None:
    assert bind(text, {"_n_integer": "7"}) == bound


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_no_string_value_leaves_its_place(store: EmbeddedStore, value: str) -> None:
    query = bind("SELECT ?x { BIND(?_v_string AS ?x) }", {"_v_string": quote(value)})
    ((cell,),) = store.select(query).rows
    assert cell is not None
    assert cell.value == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("SELECT * { ?s ?p ?o }", "header has no title, question, keywords"),
        (HEADER + "#+ nonsense\nSELECT * {}", "not 'key: value'"),
        (HEADER + "#+     name: lost\nSELECT * {}", "not 'key: value'"),
        (
            HEADER + "#+ parameters:\n#+   - name: n\n#+     type: number\n"
            "#+     description: d\nSELECT * {}",
            "none of iri, string, integer, boolean",
        ),
        (
            HEADER + "#+ parameters:\n#+   - name: n\n#+     type: integer\nSELECT * {}",
            "name, type, description",
        ),
        (
            HEADER + "#+ parameters:\n#+   - name: n\n#+     type: integer\n"
            "#+     description: d\nSELECT * { ?s ?p ?o }",
            "declared but not used",
        ),
        (HEADER + "SELECT * { ?s ?p ?_n_integer }", "used but not declared"),
    ],
)
def test_faulty_files_are_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "faulty.rq"
    path.write_text(text)
    with pytest.raises(QueryFileError, match=r"faulty\.rq") as caught:
        read_query(path)
    assert fault in str(caught.value)


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_every_query_keeps_the_house_rules(
    store: EmbeddedStore, query: queries.CannedQuery
) -> None:
    table = run_query(store, query, {})
    assert table.rows, "answers something with its defaults"
    assert len(set(table.rows)) == len(table.rows), "DISTINCT"
    assert not any(name.startswith("_") for name in table.columns), "parameters are not projected"
    columns = [name[0].upper() + name[1:] for name in table.columns]
    summed = {"State", "SourceKinds"} <= set(columns)
    each = all(any(name.endswith(end) for name in columns) for end in ("SourceKind", "Verdict"))
    assert query.name in NO_CLAIMS or summed or each, "kind and verdict at hand"
    assert query.question.endswith("?")


def test_exported_queries_run_as_they_stand(store: EmbeddedStore) -> None:
    """Each is a SHACL SPARQL executable whose text gives the answer of the free query."""
    graph = Graph().parse(data=queries.describe_queries(ALL), format="turtle")
    selects = {str(s): str(o) for s, o in graph.subject_objects(URIRef(SH.select))}
    assert set(selects) == {QUERY + query.name for query in ALL}
    executables = set(graph.subjects(RDF.type, URIRef(SH.SPARQLSelectExecutable)))
    assert {str(iri) for iri in executables} == set(selects)
    for query in ALL:
        text = selects[QUERY + query.name]
        assert all(f"#+   - name: {p.name}" in text for p in query.parameters)
        if not query.parameters:
            assert store.select(selects[QUERY + query.name]) == run_query(store, query, {})
