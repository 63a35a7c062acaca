"""The mapping table: valid SSSOM, true to the ontology and to SKOS, complete where it can be."""

from __future__ import annotations

import csv
import warnings
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import URIRef

from llm4cell.errors import OntologyError
from llm4cell.identifiers import read_targets, used_identifiers
from llm4cell.mappings import mapping_triples, read_mappings
from llm4cell.ontology import Ontology, load_ontology
from llm4cell.vocabulary import L4C, RDFS

ROOT = Path(__file__).resolve().parents[1]
MAPPINGS = ROOT / "ontology" / "mappings"
TABLE = MAPPINGS / "llm4cell.sssom.tsv"

EXACT, CLOSE, BROAD, NARROW, RELATED = (
    f"skos:{name}Match" for name in ("exact", "close", "broad", "narrow", "related")
)

# Root -> vocabularies of which each term below it has a counterpart -> the terms that have none.
COVERED = {
    "AnalyticalTask": (("EDAM",), {}),
    "DataModality": (("EFO", "EDAM"), {
        "CytokinePerturbationScreen": "EFO and EDAM have no screen by cytokines",
        "SpatialCoordinates": "EFO has assays only; EDAM's coordinates are those of molecules",
    }),
    "Architecture": (("AIO",), {
        "NonNeuralMethod": "AIO has single methods only, no class of all that are not neural",
    }),
    "LearningObjective": (("AIO",), {}),
}
# A modality without an EFO assay of the same meaning -> why.
NO_ASSAY = {
    **dict.fromkeys(("ArticleText", "DNASequence", "DNASequenceMotif", "MarkerGeneList",
                     "NaturalLanguageText", "SampleMetadata", "SpatialCoordinates"),
                    "made by no assay"),
    **dict.fromkeys(("ChemicalPerturbationScreen", "ChromatinAccessibility", "Epigenomics",
                     "MultiOmics", "PairedMultiOmics", "PerturbationScreen", "SpatialMultiOmics",
                     "SpatialOmics", "SurfaceProtein"),
                    "a kind of data that several assays give"),
    **dict.fromkeys(("ASAPSeq", "CompressedPerturbSeq", "CytokinePerturbationScreen", "DBiTSeq",
                     "DOGMASeq", "HematoxylinEosinImage", "HistologyImage", "ISSAACSeq",
                     "ImagingMassCytometry", "MassCytometry", "RAMPAGESeq", "REAPSeq", "SNARESeq",
                     "SpatialATACSeq", "StereoSeq", "TEASeq"),
                    "not in EFO v3.90.0, by label and synonym"),
    "BulkATACSeq": "EFO has ATAC-seq alone, for bulk and single cells",
    "PlateSingleCellRNASeq": "EFO's plate-based assays are the barcoded ones only",
    "SingleCellDNAMethylation": "EFO has single protocols only, such as snmC-seq",
}
# EDAM has no term for these, so no row may say that one means the same.
WITHOUT_EDAM_TERM = (
    "CellTypeAnnotation", "TrajectoryInference", "PerturbationResponsePrediction",
    "BatchIntegration", "TrajectoryAndPerturbationModeling", "AnnotationAndOntologyMapping",
)


@cache
def ontology() -> Ontology:
    return load_ontology(ROOT / "ontology" / "llm4cell.ttl")


@cache
def rows() -> tuple[dict[str, str], ...]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines()
             if not line.startswith("#")]
    return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def vocabulary(row: dict[str, str]) -> str:
    return row["object_id"].partition(":")[0]


def local_names(root: str) -> set[str]:
    return {iri[len(str(L4C)):] for iri in ontology().below(L4C + root)} - {root}


def sssom_table() -> Any:
    with warnings.catch_warnings():
        # Raised by pandas and linkml on import of sssom, not by the table.
        warnings.simplefilter("ignore")
        from sssom.parsers import parse_sssom_table

        return parse_sssom_table(TABLE)


def test_sssom_finds_the_table_valid() -> None:
    table = sssom_table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sssom.validators import validate

        reports = validate(table, fail_on_error=False)
    assert len(reports) == 3
    assert [result.message for report in reports.values() for result in report.results] == []


def test_triples_are_those_that_sssom_reads() -> None:
    """Two readers of one file: ours, and the reference implementation with its CURIE expansion."""
    table = sssom_table()
    expand = table.converter.expand
    read = {(expand(s), expand(p), expand(o)) for s, p, o in
            table.df[["subject_id", "predicate_id", "object_id"]].itertuples(index=False)}
    ours = [tuple(map(str, triple)) for triple in mapping_triples(TABLE, ontology())]
    assert set(ours) == read
    assert len(ours) == len(read) == len(rows()) > 400


def test_rows_are_sorted_and_pairs_unique() -> None:
    keys = [(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows()]
    assert keys == sorted(keys)
    # One relation a pair: exactMatch is disjoint with broadMatch and relatedMatch (SKOS S46).
    pairs = Counter((s, o) for s, _, o in keys)
    assert [pair for pair, times in pairs.items() if times > 1] == []


def test_subject_labels_are_those_of_the_ontology() -> None:
    wrong = [(row["subject_id"], row["subject_label"]) for row in rows()
             if ontology().labels.get(L4C + row["subject_id"].removeprefix("l4c:"))
             != row["subject_label"]]
    assert wrong == []


@pytest.mark.parametrize("column", [
    "object_label", "mapping_justification", "author_label", "mapping_date", "confidence",
    "object_source", "object_source_version",
])
def test_no_cell_is_empty(column: str) -> None:
    assert [row["subject_id"] for row in rows() if not row[column].strip()] == []


def test_exact_matches_pair_one_term_with_one() -> None:
    """exactMatch is transitive (SKOS S45): a shared object would make two of our terms the same."""
    exact = [row for row in rows() if row["predicate_id"] == EXACT]
    assert len(exact) >= 10
    subjects = Counter((row["subject_id"], vocabulary(row)) for row in exact)
    objects = Counter(row["object_id"] for row in exact)
    assert [key for key, times in subjects.items() if times > 1] == []
    assert [key for key, times in objects.items() if times > 1] == []


def test_narrower_and_broader_do_not_turn_our_hierarchy_round() -> None:
    """Where A is below B, no outside term can be broader than B and narrower than A."""
    related: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows():
        related[row["predicate_id"]][row["subject_id"].removeprefix("l4c:")].add(row["object_id"])
    graph, faults = ontology().graph, []
    for below, narrower in related[NARROW].items():
        above = {str(c)[len(str(L4C)):] for c in graph.transitive_objects(
            URIRef(L4C + below), URIRef(RDFS.subClassOf))}
        faults += [(below, name, term) for name in above
                   for term in narrower & (related[BROAD][name] | related[EXACT][name])
                   if name != below]
        faults += [(below, below, term) for term in narrower & related[BROAD][below]]
    assert faults == []


@pytest.mark.parametrize("root", COVERED)
def test_every_term_has_a_counterpart(root: str) -> None:
    vocabularies, without = COVERED[root]
    mapped = {row["subject_id"].removeprefix("l4c:") for row in rows()
              if vocabulary(row) in vocabularies}
    names = local_names(root)
    assert len(names) > 20
    assert names - mapped == set(without)


def test_every_assay_has_its_efo_term_or_a_reason() -> None:
    aligned = {row["subject_id"].removeprefix("l4c:") for row in rows()
               if vocabulary(row) == "EFO" and row["predicate_id"] in (EXACT, CLOSE)}
    assert local_names("DataModality") - aligned == set(NO_ASSAY)


def test_edam_terms_that_do_not_exist_are_not_claimed() -> None:
    claimed = [(row["subject_id"], row["object_id"]) for row in rows()
               if vocabulary(row) == "EDAM" and row["predicate_id"] in (EXACT, CLOSE, NARROW)
               and row["subject_id"].removeprefix("l4c:") in WITHOUT_EDAM_TERM]
    assert claimed == []
    for name in WITHOUT_EDAM_TERM:
        assert any(row["subject_id"] == f"l4c:{name}" and row["predicate_id"] == BROAD
                   and vocabulary(row) == "EDAM" for row in rows()), name


def test_no_modality_is_the_same_as_an_assay() -> None:
    """An assay is a procedure (EFO:0002694), a modality its data."""
    from cellxgene_ontology_guide.supported_versions import CXGSchema

    efo = CXGSchema().ontology("EFO")
    same = [row["subject_id"] for row in rows()
            if vocabulary(row) == "EFO" and row["predicate_id"] == EXACT
            and "EFO:0002694" in efo[row["object_id"]]["ancestors"]]
    assert same == []


@pytest.mark.parametrize(
    ("prefix", "name"), [("schema", "SDO"), ("dcat", "DCAT"), ("prov", "PROV")]
)
def test_terms_are_in_the_namespaces_of_rdflib(prefix: str, name: str) -> None:
    import rdflib

    closed = getattr(rdflib, name)
    terms = {row["object_id"].partition(":")[2] for row in rows() if vocabulary(row) == prefix}
    assert terms
    assert "NoSuchTerm" not in closed
    assert {term for term in terms if term not in closed} == set()


def test_targets_are_sorted_and_needed() -> None:
    path = MAPPINGS / "targets.tsv"
    listed = list(read_targets(path))
    assert listed == sorted(listed)
    used = {use.iri for use in used_identifiers(ROOT)}
    # Taxa are listed before the catalogue names them: no package can be asked for them.
    taxon = "http://purl.obolibrary.org/obo/NCBITaxon_"
    assert [iri for iri in listed if iri not in used and not iri.startswith(taxon)] == []


def test_versions_agree_with_the_targets() -> None:
    objects = {row.line: row.object for row in read_mappings(TABLE)}
    with (MAPPINGS / "targets.tsv").open(encoding="utf-8", newline="") as lines:
        versions = {row["iri"]: row["version"]
                    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    first = TABLE.read_text(encoding="utf-8").splitlines().index("\t".join(rows()[0])) + 2
    differing = [row["object_id"] for line, row in enumerate(rows(), start=first)
                 if versions.get(objects[line], row["object_source_version"])
                 != row["object_source_version"]]
    assert differing == []


HEAD = ("#curie_map:\n#  l4c: https://w3id.org/llm4cell/ontology/\n#  EX: https://example.org/\n"
        "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification\n")
GOOD = "l4c:Model\tmodel\tskos:closeMatch\tEX:1\tone\tsemapv:ManualMappingCuration\n"


@pytest.mark.parametrize(("text", "message"), [
    (HEAD.replace("\tobject_label", "") + GOOD, r":4: no column object_label"),
    (HEAD + GOOD.replace("skos:closeMatch", "owl:sameAs"), r":5: predicate 'owl:sameAs' is "),
    (HEAD + GOOD + GOOD.replace("EX:1", "OTHER:1"), r":6: prefix of 'OTHER:1' is not in"),
    (HEAD + GOOD.replace("EX:1", "one"), r":5: prefix of 'one' is not in the curie_map"),
    (HEAD + GOOD.replace("l4c:Model", "l4c:Modle"), r":5: the ontology has no term <.*/Modle>"),
    (HEAD + "l4c:Model\tmodel\n", r":5: not 6 columns"),
    (HEAD + GOOD.replace("\n", "\tmore\n"), r":5: not 6 columns"),
], ids=["column", "predicate", "object prefix", "no prefix", "subject", "short row", "long row"])
def test_faults_name_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OntologyError, match=message):
        list(mapping_triples(path, ontology()))


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="cannot be read"):
        read_mappings(tmp_path / "none.tsv")
