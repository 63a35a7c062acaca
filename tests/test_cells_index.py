"""The Cell Ontology's table: what it holds, that it is made alike each time, its hierarchy."""

from __future__ import annotations

import random

import pytest

from llm4cell.cells import (
    ancestors,
    descendants,
    distance,
    is_a,
    load_index,
    lowest_common_ancestor,
    resolve,
)
from llm4cell.cells.index import FILE, make, read_index, serialise
from llm4cell.errors import OntologyError, ParameterError

HEADER = "id\tlabel\tsynonyms\tparents\treplaced_by\n"


def test_it_is_the_release_that_it_states(root) -> None:
    text = (root / "ontology" / FILE).read_text(encoding="utf-8")
    assert "CC BY 4.0" in text.splitlines()[0]
    assert f"release {load_index().version}" in text.splitlines()[0]


def test_making_it_again_gives_the_same_bytes(root) -> None:
    pytest.importorskip("cellxgene_ontology_guide")
    assert make() == (root / "ontology" / FILE).read_text(encoding="utf-8")


def test_part_of_is_not_is_a() -> None:
    terms = load_index().terms
    assert "CL:0000125" not in terms["CL:0002453"].parents
    assert terms["CL:4052024"].parents == ()


def test_every_parent_is_a_current_term() -> None:
    terms = load_index().terms
    assert [(term.id, parent) for term in terms.values() for parent in term.parents
            if parent not in terms or terms[parent].obsolete] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("CL:0000003", "CL:0000000"), ("CL:0000084", "CL:0000084"), ("CL:0000004", None),
     ("CL:9999999", None)],
)
def test_obsolete_ids_lead_to_what_holds_now(old, new) -> None:
    assert load_index().current(old) == new


def test_the_writer_is_plain_and_sorted() -> None:
    terms = {
        "CL:2": {"label": "b  cell", "synonyms": ["z", "a", "a"], "ancestors": {"CL:1": 1}},
        "CL:1": {"label": "old", "deprecated": True, "consider": ["CL:2"]},
    }
    assert serialise("1", terms).splitlines()[-2:] == [
        "CL:1\told\t\t\tobsolete|CL:2", "CL:2\tb cell\ta|z\tCL:1\t"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("id\tlabel\n", "columns are not"), ("# version: 1\n", "no terms"),
     (HEADER + "CL:1\tx\n", "tsv:2: not 5 columns"),
     ("# version: 1\n" + HEADER + "\nCL:1\tx\t\t\t\nCL:1\ty\t\t\t\n", "tsv:5: CL:1 is there"),
     ("# version: 1\n" + HEADER, "no terms"), (HEADER + "CL:1\tx\t\t\t\n", "no version")],
)
def test_a_broken_table_is_refused(tmp_path, text, fault) -> None:
    file = tmp_path / "index.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OntologyError, match=fault):
        read_index(file)


@pytest.mark.parametrize(
    ("term", "other", "steps", "common"),
    [
        ("T cell", "T cell", 0, "T cell"),
        ("T cell", "lymphocyte", 1, "lymphocyte"),
        ("CL:0000624", "CL_0000625", 2, "mature alpha-beta T cell"),
        ("B cell", "plasma cell", 3, "lymphocyte of B lineage"),
    ],
)
def test_distance_goes_over_the_nearest_common_kind(term, other, steps, common) -> None:
    assert distance(term, other) == distance(other, term) == steps
    assert lowest_common_ancestor(term, other) == resolve(common)


def test_ancestors_and_descendants_mirror_each_other() -> None:
    assert resolve("lymphocyte") in ancestors("T cell")
    assert resolve("T cell") in descendants("lymphocyte")
    assert resolve("T cell") not in ancestors("T cell")
    assert is_a("T cell", "T cell")
    assert is_a("regulatory T cell", "CL:0000084")
    assert not is_a("B cell", "T cell")


@pytest.mark.parametrize(
    ("name", "said"),
    [("T cel", r"did you mean 'T cell' \(CL:0000084\)"), ("CL:9999999", "no id of its own"),
     ("CL:0000004", "obsolete.*; consider CL:0000000, "), ("qqqq", "an id such as CL:0000084"),
     ("CL:84", "an id such as CL:0000084"), ("", "no cell type")],
)
def test_an_unknown_type_is_named_with_what_is_near(name, said) -> None:
    with pytest.raises(ParameterError, match=said):
        ancestors(name)


@pytest.mark.parametrize(
    "name",
    ["CL:0000084", "CL_0000084", "cl:0000084", "obo:CL_0000084", " T Cell ", "T lymphocyte",
     "http://purl.obolibrary.org/obo/CL_0000084", "<https://purl.obolibrary.org/obo/CL_0000084>"],
)
def test_a_type_is_known_by_every_form_of_its_id_and_by_its_names(name) -> None:
    assert resolve(name) == "CL:0000084"
    assert is_a(name, "CL:0000084")
    assert ancestors(name) == ancestors("CL:0000084")
    assert descendants(name) == descendants("CL:0000084")
    assert distance(name, "lymphocyte") == 1


def test_an_obsolete_id_stands_for_what_replaced_it() -> None:
    assert ancestors("CL:0000003") == ancestors("CL:0000000")
    assert is_a("CL:0000084", "CL:0000003")


def test_the_hierarchy_agrees_with_networkx(root) -> None:
    """Over the edges as they stand in the file, on 400 random pairs."""
    nx = pytest.importorskip("networkx")
    up = nx.DiGraph()
    for line in (root / "ontology" / FILE).read_text(encoding="utf-8").splitlines():
        identifier, _, _, parents, obsolete = [*line.split("\t"), "", "", "", ""][:5]
        if identifier.startswith("CL:") and not obsolete:
            up.add_node(identifier)
            up.add_edges_from((identifier, parent) for parent in parents.split("|") if parent)
    assert up.number_of_nodes() > 3000
    assert nx.is_directed_acyclic_graph(up)
    terms = sorted(up)
    chance = random.Random(5)
    apart = 0
    for term, other in (chance.sample(terms, 2) for _ in range(400)):
        above, beyond = nx.descendants(up, term) | {term}, nx.descendants(up, other) | {other}
        assert set(ancestors(term)) == above - {term}
        assert set(descendants(term)) == nx.ancestors(up, term)
        assert is_a(term, other) == (other in above)
        common = above & beyond
        if not common:
            apart += 1
            continue
        left = nx.single_source_shortest_path_length(up, term)
        right = nx.single_source_shortest_path_length(up, other)
        assert distance(term, other) == min(left[one] + right[one] for one in common)
        lowest = [one for one in common if not nx.ancestors(up, one) & common]
        best = lowest_common_ancestor(term, other)
        assert best in lowest
        assert left[best] + right[best] == min(left[one] + right[one] for one in lowest)
    assert apart < 20


def test_what_has_no_common_kind_is_an_error() -> None:
    with pytest.raises(ParameterError, match="nothing common"):
        distance("CL:4052024", "T cell")
