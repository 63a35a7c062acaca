"""The slims: what is in them, how they are made, and what an id that is not in them is told."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import RdfFormat, parse

from llm4cell.build import build, check, write
from llm4cell.errors import CatalogueError, MissingExtraError, OntologyError
from llm4cell.identifiers import check_identifiers
from llm4cell.slims import (
    VOCABULARIES,
    Slims,
    catalogue_uses,
    direct,
    make_slims,
    parse_slims,
    phrase_uses,
    read_slims,
    slim_file,
    used_terms,
    vocabulary_of,
)
from llm4cell.store import EmbeddedStore
from llm4cell.vocabulary import (
    CL,
    DCTERMS,
    EFO,
    IMPORTS,
    MONDO,
    NCBITAXON,
    OBO,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SLIMS,
    UBERON,
    expand,
)

if TYPE_CHECKING:
    from conftest import RunCli

ROOT = Path(__file__).resolve().parents[1]
GUIDE = "cellxgene_ontology_guide.supported_versions"

EVIDENCE = """\
      evidence:
        - source: p
          locator: Table 99
          kind: primary paper
"""
DATASET = f"""\
id: lung-atlas
label: lung atlas
type: atlas
facts:
  organism:
    - value: Homo sapiens
      id: NCBITaxon:9606
{EVIDENCE}\
  tissue:
    - value: lung
      id: UBERON:0002048
{EVIDENCE}"""
FILE = "graphs/catalogue/datasets/lung-atlas.yaml"


@pytest.fixture
def atlas(project: Path) -> Path:
    """A project with one data resource, whose terms no slim has yet."""
    catalogue = project / "graphs" / "catalogue"
    shutil.rmtree(catalogue)
    for folder in ("datasets", "publications"):
        (catalogue / folder).mkdir(parents=True)
    (catalogue / "publications" / "p.yaml").write_text("id: p\nlabel: P\n")
    (project / "ontology/mappings/phrases.tsv").write_text("kind\tphrase\tterms\treason\n")
    write(build(project, slims=True))
    (project / FILE).write_text(DATASET)
    return project


def slim_of(files: dict[str, str], name: str) -> Slims:
    return parse_slims({name: files[f"ontology/imports/{name}.ttl"]})


def edit(root: Path, old: str, new: str) -> None:
    text = (root / FILE).read_text()
    assert old in text
    (root / FILE).write_text(text.replace(old, new, 1))


def faults(root: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        build(root)
    return [str(problem) for problem in caught.value.problems]


# What is in them


def test_this_projects_slims_hold_all_that_is_in_use_and_nothing_else() -> None:
    slims, used = read_slims(ROOT), used_terms(ROOT)
    assert used - slims.labels.keys() == set()
    assert slims.unused(used) == []
    assert set(slims.versions) >= {"cl", "efo", "mondo", "uberon"}
    assert check(ROOT)[1] == []


@pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
def test_a_slim_says_where_it_comes_from(vocabulary: object) -> None:
    name = vocabulary.name  # type: ignore[attr-defined]
    iri = IMPORTS + name
    header: dict[str, list[str]] = {}
    predicates = set()
    for quad in parse(path=ROOT / "ontology" / "imports" / f"{name}.ttl", format=RdfFormat.TURTLE):
        predicates.add(quad.predicate.value)
        if quad.subject.value == iri:
            header.setdefault(quad.predicate.value, []).append(quad.object.value)
    assert header[RDF.type] == [OWL.Ontology]
    assert header[DCTERMS.source] == header[PROV.wasDerivedFrom]
    version = header.get(OWL.versionInfo, [""])[0]
    assert version in header[DCTERMS.source][0]
    assert header[DCTERMS.license][0].startswith(("http://creativecommons.org/licenses/by/",
                                                  "https://creativecommons.org/publicdomain/",
                                                  "http://www.apache.org/licenses/"))
    for needed in (DCTERMS.title, DCTERMS.rights, DCTERMS.bibliographicCitation):
        assert len(header[needed]) == 1
    # Labels and hierarchy: no definitions, no synonyms.
    assert predicates <= {*header, RDF.type, RDFS.label, RDFS.subClassOf, SKOS.broader}


@pytest.mark.parametrize(("curie", "above", "relation"), [
    ("CL:0000084", "CL:0000542", RDFS.subClassOf),   # T cell is a lymphocyte
    ("CL:0002453", "CL:0000125", SKOS.broader),      # part-of, by name
    ("CL:4052024", "CL:0008046", SKOS.broader),
    ("CL:4052025", "CL:0008046", SKOS.broader),
    ("CL:0002453", "CL:0011026", RDFS.subClassOf),   # the same term's other parent is is-a
    ("CL:0017506", "CL:0000000", SKOS.broader),      # a nucleus is part of a cell
    ("UBERON:0002048", "UBERON:0000170", SKOS.broader),
    ("UBERON:0002299", "UBERON:0002048", SKOS.broader),  # alveolus of lung, part of lung
    ("EFO:0008913", "EFO:0001457", RDFS.subClassOf),
    ("EFO:0002773", "EFO:0002694", RDFS.subClassOf),  # by way of OBI, which the guide leaves out
    ("MONDO:0004992", "MONDO:0005070", RDFS.subClassOf),
])
def test_links_are_of_their_kind(project: Path, curie: str, above: str, relation: str) -> None:
    (project / "ontology/mappings/phrases.tsv").write_text(
        f"kind\tphrase\tterms\treason\ntissue\tx\t{curie}\t\n")
    vocabulary = vocabulary_of(str(expand(curie)))
    assert vocabulary is not None
    text = make_slims(project)[slim_file(vocabulary)]
    found = {quad.predicate.value for quad in parse(text, format=RdfFormat.TURTLE)
             if (quad.subject.value, quad.object.value) == (expand(curie), expand(above))}
    if vocabulary.name == "uberon" and not found:  # through a nearer one
        assert str(expand(above)) in closure(parse_slims({"": text}), str(expand(curie)))
    else:
        assert found == {relation}


def closure(slims: Slims, iri: str) -> set[str]:
    found: set[str] = set()
    waiting = {iri}
    while waiting:
        waiting = {above for one in waiting for above in slims.parents.get(one, ())} - found
        found |= waiting
    return found


@pytest.mark.parametrize("prefix", ["CL", "EFO", "MONDO", "UBERON"])
def test_links_reach_all_that_the_release_has_above_a_term(prefix: str) -> None:
    """Worked out from the release's own list of ancestors, which is not how links are made."""
    from cellxgene_ontology_guide.supported_versions import CXGSchema

    terms = CXGSchema().ontology(prefix)
    some = sorted(c for c, term in terms.items() if not term["deprecated"])[::97]
    for curie in some:
        found: set[str] = set()
        waiting = {curie}
        while waiting:
            waiting = {above for one in waiting for above in direct(one, terms)} - found
            found |= waiting
        assert found == set(terms[curie]["ancestors"]), curie


def test_a_links_chain_that_leaves_the_vocabulary_is_closed() -> None:
    terms = {name: {"ancestors": ancestors} for name, ancestors in {
        "a": {"b": 1, "c": 3, "d": 4}, "b": {}, "c": {"d": 1}, "d": {}}.items()}
    assert direct("a", terms) == {"b", "c"}


# How they are made


def test_terms_in_use_and_all_above_them(atlas: Path) -> None:
    files = make_slims(atlas)
    assert list(files) == [f"ontology/imports/{name}.ttl" for name in SLIMS]
    uberon, taxa = slim_of(files, "uberon"), slim_of(files, "ncbitaxon")
    assert uberon.labels[UBERON + "0002048"] == "lung"
    assert UBERON + "0000062" in closure(uberon, UBERON + "0002048")  # organ
    assert closure(uberon, UBERON + "0002048") < uberon.labels.keys()
    assert taxa.labels[NCBITAXON + "9606"] == "Homo sapiens"
    assert not taxa.parents
    assert taxa.versions == {"ncbitaxon": "2026-05-13"}
    assert slim_of(files, "efo").labels[EFO + "0008913"] == "single-cell RNA sequencing"


def test_uses_are_read_from_catalogue_table_and_phrases(atlas: Path) -> None:
    (atlas / "ontology/mappings/phrases.tsv").write_text(
        "kind\tphrase\tterms\treason\nspecies\tmouse\tNCBITaxon:10090|NCBITaxon:9598\t\n"
        "task\tx\tDenoising\t\nspecies\ty\tunmapped\tno such thing as CL:0000084\n")
    phrases = phrase_uses(atlas / "ontology/mappings/phrases.tsv")
    assert [(use.line, use.iri) for use in phrases] == [
        (2, NCBITAXON + "10090"), (2, NCBITAXON + "9598")]
    assert [(use.path.name, use.line, use.iri, use.label) for use in catalogue_uses(atlas)
            if use.path.name == "lung-atlas.yaml"] == [
        ("lung-atlas.yaml", 7, NCBITAXON + "9606", "Homo sapiens"),
        ("lung-atlas.yaml", 14, UBERON + "0002048", "lung")]
    assert {NCBITAXON + "10090", UBERON + "0002048", EFO + "0008913"} <= used_terms(atlas)


def test_faulty_files_are_read_as_far_as_they_go(atlas: Path) -> None:
    for name, text in (("a", "id: [\n"), ("b", "- x\n"), ("c", "\xff")):
        (atlas / f"graphs/catalogue/datasets/{name}.yaml").write_text(text, encoding="latin-1")
    edit(atlas, "id: NCBITaxon:9606", "id: [1]")
    assert [use.iri for use in catalogue_uses(atlas) if use.path.name == "lung-atlas.yaml"] == [
        UBERON + "0002048"]


def test_the_command_makes_slims_and_graphs_at_once(atlas: Path, run_cli: RunCli) -> None:
    before = run_cli("build", "--root", str(atlas))
    assert before.returncode == 2
    assert ("NCBITaxon:9606 ('Homo sapiens') is not in ontology/imports/ncbitaxon.ttl"
            in before.stderr)
    assert "run: llm4cell build --slims" in before.stderr
    done = run_cli("build", "--slims", "--root", str(atlas))
    assert done.returncode == 0, done.stderr
    assert {"ontology/imports/ncbitaxon.ttl", "ontology/imports/uberon.ttl",
            "graphs/datasets.ttl"} <= set(done.stdout.split())
    for options in (("--check",), ("--check", "--slims"), (), ("--slims",)):
        again = run_cli("build", *options, "--root", str(atlas))
        assert (again.returncode, again.stdout) == (0, ""), again.stderr
    assert "dataset:lung-atlas" in (atlas / "graphs/datasets.ttl").read_text()


def test_a_fault_leaves_the_slims_as_they_were(atlas: Path, run_cli: RunCli) -> None:
    edit(atlas, "UBERON:0002048", "UBERON:9999999")
    before = (atlas / "ontology/imports/ncbitaxon.ttl").read_bytes()
    done = run_cli("build", "--slims", "--root", str(atlas))
    assert done.returncode == 2
    assert f"{FILE}:14: UBERON:9999999 is not in any vocabulary" in done.stderr
    assert "'lung' is UBERON:0002048" in done.stderr
    assert (atlas / "ontology/imports/ncbitaxon.ttl").read_bytes() == before


def test_what_is_stale_is_named(atlas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(build(atlas, slims=True))
    assert check(atlas)[1] == []
    (atlas / FILE).unlink()
    assert any("imports/uberon.ttl" in line for line in check(atlas)[1])
    monkeypatch.setitem(sys.modules, GUIDE, None)
    stale = "is not in use; run: llm4cell build --slims"
    assert f"ontology/imports/uberon.ttl: UBERON:0002048 {stale}" in check(atlas)[1]
    assert f"ontology/imports/ncbitaxon.ttl: NCBITaxon:9606 {stale}" in check(atlas)[1]
    (atlas / "ontology/imports/x.ttl").write_text("")
    assert "ontology/imports/x.ttl: no build makes it; remove it" in check(atlas)[1]
    path = atlas / "ontology/imports/efo.ttl"
    path.write_text(path.read_text().replace("EFO:0008913", "EFO:1008913"))
    assert ("ontology/imports/efo.ttl: EFO:0008913 is missing; run: llm4cell build --slims"
            in check(atlas)[1])


def test_slims_of_another_release_are_not_made_anew(project: Path) -> None:
    """The graphs are no different because a newer guide is installed."""
    for name in ("cl", "efo", "mondo", "uberon"):
        path = project / f"ontology/imports/{name}.ttl"
        path.write_text(path.read_text().replace("owl:versionInfo \"", "owl:versionInfo \"old "))
    assert check(project)[1] == []


def test_without_the_guide(atlas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, GUIDE, None)
    with pytest.raises(MissingExtraError, match=r"'llm4cell build --slims' needs the package "
                       r"'cellxgene-ontology-guide'.*pip install 'llm4cell\[check\]'"):
        make_slims(atlas)
    (atlas / FILE).unlink()
    assert check(atlas)[1] == []
    (atlas / FILE).write_text(DATASET)
    taxon, tissue = faults(atlas)
    assert taxon == (f"{FILE}:7: NCBITaxon:9606 ('Homo sapiens') is not in "
                     "ontology/imports/ncbitaxon.ttl; run: llm4cell build --slims")
    assert tissue == (f"{FILE}:14: UBERON:0002048 is not in ontology/imports/uberon.ttl; run: "
                      "llm4cell build --slims, which needs: pip install 'llm4cell[check]'")


def test_a_slim_that_is_no_turtle(project: Path) -> None:
    (project / "ontology/imports/cl.ttl").write_text("CL: is no")
    with pytest.raises(OntologyError, match=r"imports/cl\.ttl: not Turtle .*build --slims"):
        build(project)


# What the store and the checks make of them


def test_the_store_holds_each_slim_as_a_graph_of_its_own() -> None:
    store = EmbeddedStore()
    table = store.select(f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s a <{OWL.Class}> }} }}")
    assert IMPORTS + "efo" in {row[0].value for row in table if row[0]}
    query = f"ASK {{ <{EFO}0008913> <{RDFS.subClassOf}>* <{EFO}0002694> }}"
    assert store.query(query) is True


def test_a_wrong_id_is_named_in_the_catalogue_and_nowhere_else(atlas: Path) -> None:
    write(build(atlas, slims=True))
    assert check_identifiers(atlas) == []
    edit(atlas, "value: lung\n", "value: Lung\n")
    edit(atlas, "NCBITaxon:9606", "NCBITaxon:9605")
    slim = atlas / "ontology/imports/uberon.ttl"
    slim.write_text(slim.read_text().replace('"lung"', '"Lung"'))
    taxon, tissue = map(str, check_identifiers(atlas))
    assert taxon == (f"{FILE}:7: NCBITaxon:9605 is not in any vocabulary that it could be looked "
                     "up in; 'Homo sapiens' is NCBITaxon:9606")
    assert tissue == (f"{FILE}:14: UBERON:0002048 is labelled 'Lung'; its label is 'lung'; correct "
                      "the label or the id")


def test_obsolete_terms_do_not_enter(project: Path) -> None:
    (project / "ontology/mappings/phrases.tsv").write_text(
        "kind\tphrase\tterms\treason\ntissue\tx\tEFO:0008716\t\n")
    assert EFO + "0008716" not in slim_of(make_slims(project), "efo").labels
    (finding,) = check_identifiers(project)
    assert str(finding).startswith("ontology/mappings/phrases.tsv:2: EFO:0008716 ('obsolete_DNase-"
                                   "Seq') is obsolete; use EFO:0003752 ('DNase-hypersensitivity")


@pytest.mark.parametrize(("iri", "name"), [
    (CL + "0000084", "cl"), (EFO + "0008913", "efo"), (MONDO + "0004992", "mondo"),
    (NCBITAXON + "9606", "ncbitaxon"), (UBERON + "0002048", "uberon"),
    (CL + "84", ""), (NCBITAXON + "09606", ""), (CL + "0000084x", ""),
    (OBO + "cl.owl", ""), (OBO + "GO_0000001", ""),
])
def test_which_vocabulary_an_iri_is_of(iri: str, name: str) -> None:
    vocabulary = vocabulary_of(iri)
    assert (vocabulary.name if vocabulary else "") == name


def test_unused_terms() -> None:
    slims = Slims({name: name for name in "abcd"}, {"a": {"b"}, "b": {"c"}, "d": {"c"}})
    assert slims.unused({"a"}) == ["d"]
    assert slims.unused({"b"}) == ["a", "d"]
    assert slims.unused(()) == ["a", "b", "c", "d"]


def test_a_project_without_slims_has_no_terms(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "ontology" / "mappings", tmp_path / "ontology" / "mappings")
    assert read_slims(tmp_path).labels == {}
