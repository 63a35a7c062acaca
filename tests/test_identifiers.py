"""Outside identifiers: every fault is found with its place, and nothing unchecked passes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from llm4cell.errors import MissingExtraError, OntologyError
from llm4cell.identifiers import (
    IdentifierFinding,
    check_identifiers,
    read_targets,
    used_identifiers,
)

ROOT = Path(__file__).resolve().parents[1]

EFO = "http://www.ebi.ac.uk/efo/EFO_"
OBO = "http://purl.obolibrary.org/obo/"
EDAM = "http://edamontology.org/"
AIO = "https://w3id.org/aio/"

TABLE = (
    "#curie_map:\n"
    "#  l4c: https://w3id.org/llm4cell/ontology/\n"
    f"#  EFO: {EFO}\n#  EDAM: {EDAM}\n#  AIO: {AIO}\n#  schema: https://schema.org/\n"
    "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification\n"
)
TARGETS = (
    "iri\tlabel\tvocabulary\tversion\tchecked_in\tnote\n"
    f"{OBO}NCBITaxon_9606\tHomo sapiens\tNCBITaxon\t1\ta file\t\n"
    "https://schema.org/Claim\tClaim\tschema\t30.0\ta file\t\n"
    f"{AIO}LanguageModel\tLanguage Model\tAIO\t1\ta file\t\n"
)
PREFIXES = (
    f"@prefix l4c: <https://w3id.org/llm4cell/ontology/> .\n@prefix obo: <{OBO}> .\n"
    "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("ontology/mappings", "ontology/imports", "graphs"):
        (tmp_path / folder).mkdir(parents=True)
    write(tmp_path, "ontology/mappings/llm4cell.sssom.tsv", TABLE)
    write(tmp_path, "ontology/mappings/targets.tsv", TARGETS)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, encoding="utf-8")


def row(object_id: str, label: str) -> str:
    cells = "l4c:Model", "model", "skos:closeMatch", object_id, label, "semapv:LexicalMatching"
    return "\t".join(cells) + "\n"


def only(findings: list[IdentifierFinding]) -> IdentifierFinding:
    assert len(findings) == 1, list(map(str, findings))
    return findings[0]


def test_this_project_is_without_fault() -> None:
    assert list(map(str, check_identifiers(ROOT))) == []
    assert len({use.iri for use in used_identifiers(ROOT)}) > 200


@pytest.mark.parametrize(("object_id", "label", "fault", "fix"), [
    pytest.param("EFO:0008716", "obsolete_DNase-Seq", "is obsolete",
                 "use EFO:0003752 ('DNase-hypersensitivity seq')",
                 id="obsolete in EFO, replaced"),
    pytest.param("EFO:0002695", "obsolete_RNA-seq", "is obsolete", "no replacement",
                 id="obsolete in EFO, not replaced"),
    pytest.param("EDAM:data_0007", "Tool", "is obsolete", f"use <{EDAM}data_0958>",
                 id="obsolete in EDAM, replaced"),
    pytest.param("EFO:0008994", "single-cell RNA sequencing",
                 "is labelled 'single-cell RNA sequencing'",
                 "its label is 'spatial transcriptomics'",
                 id="label of another term"),
    pytest.param("EDAM:operation_2437", "gene regulatory network prediction", "is labelled",
                 "'Gene regulatory network prediction'", id="label in other letters"),
    pytest.param("EFO:9999999", "spatial transcriptomics", "is not in any vocabulary",
                 "'spatial transcriptomics' is EFO:0008994", id="unknown id, known label"),
    pytest.param("EDAM:operation_99999", "no such thing", "is not in any vocabulary",
                 "give the right id", id="unknown id and label"),
    pytest.param("AIO:LangageModel", "Language Model", "is not in any vocabulary",
                 f"<{AIO}LanguageModel>", id="typing error in a vocabulary checked by hand"),
    pytest.param("AIO:Perceptron", "Perceptron", "is not in any vocabulary",
                 "list it in ontology/mappings/targets.tsv", id="never checked"),
    pytest.param("schema:Claim", "claim", "is labelled 'claim'", "its label is 'Claim'",
                 id="label of a term checked by hand"),
])
def test_faults_of_the_mapping_table(
    project: Path, object_id: str, label: str, fault: str, fix: str
) -> None:
    good = row("EFO:0008913", "single-cell RNA sequencing")
    write(project, "ontology/mappings/llm4cell.sssom.tsv", TABLE + good + row(object_id, label))
    finding = only(check_identifiers(project))
    assert finding.place == "ontology/mappings/llm4cell.sssom.tsv:9"
    assert fault in finding.fault
    assert fix in finding.fix
    assert str(finding) == f"{finding.place}: {finding.fault}; {finding.fix}"


@pytest.mark.parametrize(("name", "statement", "fault"), [
    ("ontology/a.ttl", f"l4c:A dcterms:source <{EFO}9999999> .", "is not in any vocabulary"),
    ("ontology/a.ttl", f"l4c:A dcterms:source <{AIO}NoSuchTerm> .", "is not in any vocabulary"),
    ("graphs/a.ttl", "l4c:A l4c:value obo:CL_9999999 .", "is not in any vocabulary"),
    ("graphs/a.ttl", f"l4c:A l4c:value <{OBO}MONDO_9999999> .", "is not in any vocabulary"),
    ("graphs/a.ttl", f"l4c:A l4c:organism <{OBO}NCBITaxon_9605> .", "is not in any vocabulary"),
    ("graphs/a.ttl", f"l4c:A l4c:value <{EFO}0008716> .", "is obsolete"),
    ("graphs/a.ttl", "l4c:A l4c:value obo:EFO_0008913 .", "is not in any vocabulary"),
    ("graphs/a.ttl", f"l4c:A l4c:value <https{OBO[4:]}CL_0000084> .", "is in no namespace"),
    ("graphs/a.ttl", f"l4c:A l4c:value <http{AIO[5:]}LanguageModel> .", "is in no namespace"),
    ("ontology/imports/a.ttl", 'obo:CL_0000084 rdfs:label "B cell"@en .', "is labelled 'B cell'"),
    ("ontology/imports/a.ttl", 'obo:UBERON_0002048 rdfs:label "Lung" .', "is labelled 'Lung'"),
])
def test_faults_of_ontology_slims_and_graphs(
    project: Path, name: str, statement: str, fault: str
) -> None:
    write(project, name, PREFIXES + "l4c:A rdfs:label \"a\" .\n" + statement + "\n")
    finding = only(check_identifiers(project))
    assert finding.place == f"{name}:6"
    assert fault in finding.fault


def test_terms_without_fault_pass(project: Path) -> None:
    write(project, "graphs/a.ttl", PREFIXES + f"""
        l4c:A l4c:tissue obo:UBERON_0000955 ; l4c:organism obo:NCBITaxon_9606 ;
            l4c:value obo:MONDO_0004992, <{EFO}0008913>, <{EDAM}operation_3432>,
                <{AIO}LanguageModel> .
        obo:CL_0000084 rdfs:label "T cell"@en .
    """)
    assert check_identifiers(project) == []
    assert len(used_identifiers(project)) == 7


def test_documents_and_other_outside_things_are_no_terms(project: Path) -> None:
    write(project, "graphs/a.ttl", PREFIXES + f"""
        l4c:A dcterms:source <{OBO}cl.owl>, <{OBO}cl/releases/2026-03-26/cl.owl>,
            <https://doi.org/10.1038/x>, "{OBO}CL_9999999" .
    """)
    assert used_identifiers(project) == []


def test_findings_come_in_the_order_of_lines(project: Path) -> None:
    bad = "".join(row(f"EFO:99999{n:02}", "x") for n in range(12))
    write(project, "ontology/mappings/llm4cell.sssom.tsv", TABLE + bad)
    lines = [int(finding.place.rpartition(":")[2]) for finding in check_identifiers(project)]
    assert lines == list(range(8, 20))


def test_the_guide_is_never_asked_for_ncbitaxon(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading it takes 19 s and 3.2 GB."""
    from cellxgene_ontology_guide import supported_versions

    loaded: list[str] = []
    real = supported_versions.CXGSchema.ontology

    def ontology(self: object, name: str) -> object:
        loaded.append(name)
        assert name in ("CL", "EFO", "MONDO", "UBERON")
        return real(self, name)

    monkeypatch.setattr(supported_versions.CXGSchema, "ontology", ontology)
    statement = "l4c:A l4c:value obo:NCBITaxon_9605, obo:CL_0000084 ."
    write(project, "graphs/a.ttl", PREFIXES + statement)
    assert "NCBITaxon:9605" in only(check_identifiers(project)).fault
    assert loaded == ["CL"]


@pytest.mark.parametrize(("module", "object_id", "package"), [
    ("edam_ontology", "EDAM:operation_3432", "edam-ontology"),
    ("cellxgene_ontology_guide.supported_versions", "EFO:0008913", "cellxgene-ontology-guide"),
])
def test_a_missing_package_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, module: str, object_id: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert check_identifiers(project) == []  # nothing used, nothing needed
    write(project, "ontology/mappings/llm4cell.sssom.tsv", TABLE + row(object_id, "Clustering"))
    with pytest.raises(MissingExtraError, match=package) as caught:
        check_identifiers(project)
    assert caught.value.extra == "check"


@pytest.mark.parametrize(("text", "message"), [
    (TARGETS.replace("checked_in", "where"), ":1: columns are not iri, label"),
    (TARGETS + f"{AIO}Network\tNetwork\n", ":5: not 6 columns"),
    (TARGETS + f"{AIO}Network\tNetwork\tAIO\t1\t\t\n", ":5: no checked_in"),
    (TARGETS + TARGETS.splitlines()[3] + "\n", ":5: <.*LanguageModel> is listed twice"),
    ("", ":1: columns are not"),
], ids=["column", "short row", "unchecked", "twice", "empty"])
def test_faults_of_the_list_of_targets(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "targets.tsv", text)
    with pytest.raises(OntologyError, match=message):
        read_targets(tmp_path / "targets.tsv")


@pytest.mark.parametrize("name", ["ontology/mappings/targets.tsv",
                                  "ontology/mappings/llm4cell.sssom.tsv"])
def test_missing_files_are_errors(project: Path, name: str) -> None:
    (project / name).unlink()
    with pytest.raises(OntologyError, match="cannot be read"):
        check_identifiers(project)


def test_a_file_that_is_not_turtle_is_an_error(project: Path) -> None:
    write(project, "graphs/a.ttl", "l4c:A is no Turtle")
    with pytest.raises(OntologyError, match=r"a\.ttl: not Turtle"):
        check_identifiers(project)
