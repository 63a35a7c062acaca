"""Labels and the terms that they mean; the tables behind it; what is said of the rest."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter

import pytest

from llm4cell.cells import link, load_index, load_linker, resolve
from llm4cell.cells.calibration import calibrate, doubt
from llm4cell.cells.lexicon import load_lexicon, read_lexicon
from llm4cell.cells.words import split_words, tidy
from llm4cell.errors import OntologyError, ParameterError


@pytest.mark.parametrize(
    ("label", "term"),
    [
        # Spelling
        ("Kupffer cells", "Kupffer cell"),
        ("  b LYMPHOCYTES ", "B cell"),
        ("γδ T cells", "gamma-delta T cell"),
        ("Haematopoietic stem cells", "hematopoietic stem cell"),
        ("Type II pneumocytes", "pulmonary alveolar type 2 cell"),
        ("perictye", "pericyte"),
        ("NaiveBCells", "naive B cell"),
        ("12_B cells", "B cell"),
        # Abbreviations
        ("Treg", "regulatory T cell"),
        ("cDC1", "CD141-positive myeloid dendritic cell"),
        ("CD8 TEM_2", "effector memory CD8-positive, alpha-beta T cell"),
        ("AT2", "pulmonary alveolar type 2 cell"),
        ("OPC", "oligodendrocyte precursor cell"),
        ("ILC3", "group 3 innate lymphoid cell"),
        ("Astro_54", "astrocyte"),
        ("hSMC1", "smooth muscle cell"),
        ("CD4T", "CD4-positive, alpha-beta T cell"),
        ("TAL", "kidney loop of Henle thick ascending limb epithelial cell"),
        ("ATL", "kidney loop of Henle thin ascending limb epithelial cell"),
        ("CFU-E", "erythroid progenitor cell"),
        ("Epicardial", "mesothelial cell of epicardium"),
        ("epicardial adipocytes", "epicardial adipocyte"),
        ("Papillary fibroblast", "fibroblast of papillary layer of dermis"),
        ("EC1_cap", "capillary endothelial cell"),
        ("iNKT", "type I NK T cell"),
        ("BFU-E", "erythroid progenitor cell"),
        ("GPC", "glial restricted tripotential precursor cell"),
        # Company
        ("PC, collecting duct", "kidney collecting duct principal cell"),
        ("PC IgA", "IgA plasma cell"),
        # Layers and markers
        ("Inh PVALB L4", "pvalb GABAergic interneuron"),
        ("Exc L2-3 LINC00507 FREM3", "L2/3 intratelencephalic projecting glutamatergic neuron"),
        ("L5/6 NP", "L5/6 near-projecting glutamatergic neuron"),
        ("NK TRDC", "natural killer cell"),
        ("Neural", "neural cell"),
        ("CD4 FOXP3", "CD4-positive, CD25-positive, alpha-beta regulatory T cell"),
        ("CD16- NK cells", "CD16-negative, CD56-bright natural killer cell, human"),
        # States that the ontology names
        ("Cycling AT2", "cycling pulmonary alveolar type 2 cell"),
        ("Proliferating macrophages", "cycling macrophage"),
        ("mature CD8 T cell", "CD8-positive, alpha-beta T cell"),
        # What the label excludes, and what a kind above the term says already
        ("CD4 GZMK", "CD4-positive, alpha-beta T cell"),
        ("Innate lymphoid cell NK", "natural killer cell"),
        # One type, whose name has both words
        ("Megakaryocyte/Erythroid Progenitor", "megakaryocyte-erythroid progenitor cell"),
        # A cluster's number behind shorthand
        ("EC5_art", "endothelial cell of artery"),
        ("EC10", "endothelial cell"),
        ("ATL1 neuron", "neuron"),
        # Layers and the numbers of clusters
        ("Exc_L2_3", "L2/3 intratelencephalic projecting glutamatergic neuron"),
        ("Exc_L23", "L2/3 intratelencephalic projecting glutamatergic neuron"),
        ("Ext_L5_1", "glutamatergic neuron"),
        # What is immune besides a type's name says little, alone a leukocyte
        ("Liver immune cell", "leukocyte"),
        ("Immune Cells - Macrophages", "macrophage"),
        ("Postmitotic premature neurons", "neuron"),
        # What a cell comes from or resembles is not what it is
        ("erythroid-primed HSC", "hematopoietic stem cell"),
        ("Epithelial-like fibroblast", "fibroblast"),
        ("Hillock-like", "hillock cell"),
        ("iPSC-derived cardiomyocytes", "cardiac muscle cell"),
        ("Chondrocytes:MSC-derived", "chondrocyte"),
        ("Monocyte-derived DC", "monocyte-derived dendritic cell"),
        # Names in another order
        ("Smooth_muscle_cells:vascular", "vascular associated smooth muscle cell"),
        # Letters that name cells, and the article that is one of them
        ("A cells", "pancreatic A cell"),
        ("L cells", "type L enteroendocrine cell"),
        ("Stomach G cells", "type G cell of stomach"),
        # Segments, and phrases before their words are cut
        ("PTS3", "epithelial cell of proximal tubule segment 3"),
        ("perivenous hepatocytes", "centrilobular region hepatocyte"),
        ("tPC-IC", "transitional principal-intercalated cell of kidney collecting duct"),
        # What a cell lacks is none of its names
        ("NeuN- glia", "glial cell"),
        # Words that begin or end as short forms do
        ("Peribronchial fibroblasts", "bronchus fibroblast of lung"),
        ("EC venous systemic", "vein endothelial cell"),
        ("Tcells", "T cell"),
        # Tissues and parents
        ("mesangial cell of the kidney", "mesangial cell"),
        ("MMP1+ fibroblasts", "fibroblast"),
        # A letter that is two in small letters, before a gene
        ("weiße MMP1 fibroblasts", "fibroblast"),
    ],
)
def test_a_label_means(label, term) -> None:
    best = link(label).best
    assert best is not None
    assert best.label == term


@pytest.mark.parametrize(
    ("label", "tissue", "term"),
    [
        ("macrophage", "lung", "lung macrophage"),
        ("macrophage", "", "macrophage"),
        ("PC", "kidney", "renal principal cell"),
        ("PC", "", "plasma cell"),
        ("HSC", "liver", "hepatic stellate cell"),
        ("HSC", "", "hematopoietic stem cell"),
        ("PC2_atria", "heart", "pericyte"),
        ("DP", "skin", "hair follicle dermal papilla cell"),
        ("DP", "thymus", "double-positive, alpha-beta thymocyte"),
        ("Granular", "skin", "granular cell of epidermis"),
        # Melanocytes of the skin are in the epidermis too
        ("Melanocyte", "skin", "melanocyte of skin"),
        # One of many kinds
        ("Fibroblast", "skin", "skin fibroblast"),
        ("Fibroblast (inflammatory)", "skin", "skin fibroblast"),
        # Told apart by the tissue alone, whatever its name
        ("Ciliated", "lung", "lung multiciliated epithelial cell"),
        ("Macrophages", "tonsil (version 2)", "tonsillar macrophage"),
        ("NK", "liver", "natural killer cell"),
        # Synonyms of Kupffer cell and of a cell of mice
        ("Tumor-associated macrophage", "liver", "macrophage"),
        ("RGC", "retina", "retinal ganglion cell"),
        ("EC FABP4", "lung", "lung endothelial cell"),
    ],
)
def test_the_tissue_decides(label, tissue, term) -> None:
    best = link(label, tissue=tissue).best
    assert best is not None
    assert best.label == term


@pytest.mark.parametrize(
    ("label", "species", "term"),
    [
        ("pDC", "", "plasmacytoid dendritic cell"),
        ("pDC", "mouse", "plasmacytoid dendritic cell"),
        ("pDC", "human", "plasmacytoid dendritic cell, human"),
        ("pDC", "NCBITaxon:9606", "plasmacytoid dendritic cell, human"),
        ("committed DN thymocyte", "human", "committed double negative thymocyte (Homo sapiens)"),
        ("committed DN thymocyte", "mouse", "double negative thymocyte"),
    ],
)
def test_the_species_decides(label, species, term) -> None:
    best = link(label, species=species).best
    assert best is not None
    assert best.label == term


@pytest.mark.parametrize(
    ("label", "term", "own", "other"),
    [
        ("striosomal D1 spiny neuron", "striosomal D1 medium spiny neuron (Primate)", "human",
         "mouse"),
        ("visual pigment", "visual pigment cell (sensu Vertebrata)", "mouse", "fruit fly"),
        ("cone bipolar type 3", "type 3 cone bipolar cell (sensu Mus)", "mouse", "human"),
    ],
)
def test_a_species_belongs_to_its_groups(label, term, own, other) -> None:
    def score(species: str) -> float:
        found = link(label, species=species, top=20, threshold=0).candidates
        return max((one.score for one in found if one.label == term), default=0.0)

    assert score(own) > score(other)


@pytest.mark.parametrize(
    ("label", "note"),
    [
        ("", "empty"),
        ("\x00\t ", "empty"),
        ("!!!", "no words"),
        ("12", "cluster number"),
        ("cluster 5", "cluster number"),
        ("3.0", "cluster number"),
        ("nan", "cluster number"),
        ("T/B cell doublets", "doublet"),
        ("Unknown", "nothing known"),
        ("low quality", "nothing known"),
        ("other cells", "nothing known"),
        ("undefined", "nothing known"),
        ("S phase", "a state"),
        ("donor 3", "a sample"),
        ("lung", "a tissue"),
        ("cycling", "a state"),
        ("banana", "no confident match"),
        ("CL:9999999", "not in the Cell Ontology"),
        ("CL:0000004", "obsolete; consider"),
    ],
)
def test_what_is_no_type_has_no_answer_and_a_reason(label, note) -> None:
    found = link(label)
    assert found.label == label
    assert found.candidates == ()
    assert note in found.note


def test_every_label_of_the_ontology_is_linked_to_its_term() -> None:
    terms = [term for term in load_index().terms.values() if not term.obsolete]
    lost = {term.label: found.label for term in terms
            if (found := link(term.label).best) is None or found.id != term.id}
    assert lost == {}


# Synonyms of one term that the field uses for another, and synonyms that say nothing alone.
_OTHERWISE = {
    "DC2": "cDC2 since Guilliams 2014, not the plasmacytoid dendritic cell",
    "IPC": "in the brain an intermediate progenitor",
    "alpha cell": "of the islets, rather than of the mouse's retina",
    "VEC": "vascular, rather than of a valve",
    "crypt cell": "of the gut, rather than of a fish's nose",
    "myofiber": "the grown fiber, not the myotube",
    "LAMP5": "a cortical subclass before it is a striatal one",
    "Sst Chodl": "likewise",
    "VIP": "likewise",
    **dict.fromkeys(("AB", "FS", "G5", "GM", "IC", "LC", "LG", "LP", "PD", "PY", "VD"),
                    "of two letters, which stand for too many things"),
    "C41": "a cluster's number", "C42": "a cluster's number", "C43": "a cluster's number",
}


def test_a_synonym_of_one_term_is_linked_to_it() -> None:
    terms = [term for term in load_index().terms.values() if not term.obsolete]
    uses = Counter(name.casefold() for term in terms for name in {term.label, *term.synonyms})
    lost = {
        name for term in terms for name in term.synonyms if uses[name.casefold()] == 1
        and ((found := link(name).best) is None or found.id != term.id)}
    assert lost == _OTHERWISE.keys()


def test_runners_up_name_the_kinds_above() -> None:
    found = link("Naive B cells")
    assert "B cell" in [candidate.label for candidate in found.candidates]


def test_a_tissue_shared_with_a_name_is_no_match() -> None:
    """"upper motor neuron" has nothing of "Upper rhombic lip" but the place."""
    assert link("Upper rhombic lip").candidates == ()


def test_a_gene_behind_words_is_left_out() -> None:
    found = link("Tem/Effector helper T cells PD1+")
    assert found.best is not None
    assert found.best.label == "effector memory CD4-positive, alpha-beta T cell"


def test_two_types_are_named() -> None:
    found = link("B cell / T cell")
    assert {candidate.label for candidate in found.candidates[:3]} >= {"B cell", "T cell"}
    assert found.note == "names two types: B cell and T cell"


def test_a_type_that_is_a_kind_of_one_is_not_both() -> None:
    """An NK T cell is a T cell."""
    assert link("T/NK").note == "names two types: T cell and natural killer cell"


def test_so_are_three() -> None:
    found = link("B/T/NK cells")
    assert found.note == "names three types: B cell, T cell and natural killer cell"


def test_a_shared_word_belongs_to_both_types() -> None:
    assert "eosinophil progenitor cell and basophil progenitor cell" in link(
        "Eosinophil/basophil progenitors").note


def test_a_state_is_left_out_and_said() -> None:
    found = link("activated pericytes")
    assert found.best is not None
    assert (found.best.label, found.note) == ("pericyte", "state left out: activated")


@pytest.mark.parametrize(
    ("label", "term"), [("iCAF", "fibroblast"), ("TAM", "macrophage"), ("TAN", "neutrophil")])
def test_a_state_that_a_short_form_stands_for_is_left_out_and_said(label, term) -> None:
    found = link(label)
    assert found.best is not None
    assert (found.best.label, found.note) == (term, "state left out: tumor")


@pytest.mark.parametrize(
    ("label", "term", "note"),
    [("Fetal hepatocytes", "hepatocyte", "stage left out: fetal"),
     ("Late spermatid", "late spermatid", ""),
     ("Pericyte (PC1_vent)", "pericyte", "left out: PC1_vent"),
     ("T cell (activated)", "T cell", "state left out: activated"),
     ("Macrophage (alveolar)", "alveolar macrophage", ""),
     ("DP(Q)", "double-positive, alpha-beta thymocyte", "state left out: quiescent"),
     ("MMP1+ fibroblasts", "fibroblast", "left out: mmp1"),
     ("MMP1+ fibroblasts (xyz)", "fibroblast", "left out: mmp1, xyz"),
     ("T cell of the lung", "T cell", "left out: lung"),
     # Numbers and words like "cell population" say nothing, a kind above says CD4.
     ("B cell population 12", "B cell", ""),
     ("CD4+ Th17", "T-helper 17 cell", ""),
     ("human Tregs", "regulatory T cell", ""),
     ("CL:0000084 or CL_0000236", "T cell", "left out: CL:0000236"),
     ("CL:0000084, CL_0000084", "T cell", "")],
)
def test_what_is_left_out_is_said(label, term, note) -> None:
    found = link(label)
    assert found.best is not None
    assert (found.best.label, found.note) == (term, note)


@pytest.mark.parametrize(
    ("label", "tissue"),
    [("PC", "kidney"), ("Fibroblast", "skin"), ("macrophage", "lung"), ("Mono/Mac", "lung"),
     ("lung macrophage", "lung"), ("Cycling T cells", "blood"), ("pro B progenitor", "")])
def test_no_term_is_given_twice(label, tissue) -> None:
    ids = [candidate.id for candidate in link(label, tissue=tissue, top=50).candidates]
    assert len(ids) > 1
    assert len(ids) == len(set(ids))


def test_a_kind_that_only_the_tissue_tells_is_no_exact_answer() -> None:
    best = link("Fibroblast", tissue="skin").best
    assert best is not None
    assert best.method == "fuzzy"


def test_an_id_is_taken_and_an_obsolete_one_replaced() -> None:
    assert [tuple(c) for c in link("CL:0000084").candidates] == [
        ("CL:0000084", "T cell", 1.0, "id")]
    found = link("http://purl.obolibrary.org/obo/CL_0000003")
    assert found.candidates[0].id == "CL:0000000"
    assert found.note == "CL:0000003 is obsolete, replaced by CL:0000000"


def test_what_is_little_like_a_label_is_doubted() -> None:
    sure, unsure, none = (calibrate(raw, 0.1, 0.5, "fuzzy", first=True) for raw in (0.6, 0.3, 0))
    assert unsure < sure / 4
    assert none == 0
    assert [doubt(raw) for raw in (0.0, 0.3, 0.6, 1.0)] == [0, 0.25, 1, 1]


_ASK = """
from llm4cell.cells import load_index, load_linker
names = [term.label for term in load_index().terms.values() if not term.obsolete][::7]
for name in [*names, *(name.replace("e", "", 1) for name in names[::5])]:
    print(load_linker().link(name))
"""


def test_answers_do_not_hang_on_the_order_of_sets() -> None:
    """Sums of floats over sets part ties by chance, unless they are rounded."""
    said = {
        subprocess.run([sys.executable, "-c", _ASK], check=True, capture_output=True, text=True,
                       env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("0", "2", "3")}
    assert len(said) == 1


def test_candidates_are_in_order_and_bounded() -> None:
    found = link("Exc L5-6 FEZF2 C9orf135-AS1", top=3, threshold=0)
    scores = [candidate.score for candidate in found.candidates]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert link("B cell", threshold=1).candidates == ()


def test_a_label_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="a label is text, not float: nan"):
        link(float("nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tissue", "species", "lost"),
    [("lung", "human", []), ("Lung parenchyma", "NCBITaxon:10090", []), ("tonsil", "", []),
     ("lnug", "humna", ["lnug", "humna"]), ("", "", [])])
def test_context_that_changes_nothing_is_found(tissue, species, lost) -> None:
    assert load_linker().unheeded(tissue, species) == lost


@pytest.mark.parametrize(
    "label", ["SPEM", "PVEC", "Foo-like", "NeuN-", "Pancreatic cells", "a label"])
def test_what_only_looks_like_a_short_form_is_no_wild_guess(label) -> None:
    best = link(label).best
    assert best is None or best.score < 0.4


def test_runners_up_are_in_no_state_that_the_label_does_not_say() -> None:
    for label in ("NK cell", "T cells", "Monocyte", "CD4 T"):
        assert not [one.label for one in link(label).candidates[:3] if "cycling" in one.label]
    assert [one.label for one in link("Cycling monocytes").candidates[:2]] == [
        "cycling monocyte", "monocyte"]


def test_a_very_long_label_is_cut_and_said() -> None:
    found = link("T cell " * 20_000)
    assert "cut after 300 characters" in found.note
    assert link("x" * 100_000).candidates == ()


def test_a_very_long_tissue_is_cut() -> None:
    found = link("macrophage", tissue="lung " + "CD4- " * 2_000_000)
    assert found.best is not None
    assert found.best.label == "lung macrophage"


@pytest.mark.parametrize("wrong", [{"top": 0}, {"top": -1}, {"threshold": float("nan")},
                                   {"threshold": 1.5}, {"threshold": -0.1}])
def test_bounds_that_make_no_sense_are_refused(wrong) -> None:
    with pytest.raises(ParameterError, match=f"{next(iter(wrong))}="):
        link("T cell", **wrong)


def test_own_labels_are_linked(root) -> None:
    lines = [line for line in (root / "benchmarks" / "labels.tsv").read_text("utf-8").splitlines()
             if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    terms = load_index().terms
    assert [row["id"] for row in rows if terms[row["id"]].label != row["term"]] == []
    for split in ("development", "test"):
        chosen = [row for row in rows if row["split"] == split]
        right = sum((best := link(row["label"]).best) is not None and best.id == row["id"]
                    for row in chosen)
        assert right / len(chosen) > 0.9, split


def test_immunologists_labels_are_linked(root) -> None:
    gold = root.parent / "shared" / "gold" / "celltypist-labels.tsv"
    if not gold.is_file():
        pytest.skip("the list is not part of the project")
    lines = [line for line in gold.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    right = sum((best := link(row["label"]).best) is not None and best.id == row["cl_id"]
                for row in rows)
    assert right / len(rows) >= 0.65


# The tables


def test_every_name_leads_to_a_current_term() -> None:
    index = load_index()
    assert [name for name, identifier in load_lexicon().names
            if index.terms[identifier].obsolete] == []


def test_every_name_is_linked_to_its_term() -> None:
    """No row of another table stands in its way."""
    assert {name: found for name, identifier in load_lexicon().names
            if (found := link(name).best) is None or found.id != identifier} == {}


def test_no_name_repeats_or_contradicts_the_ontology() -> None:
    known = {tuple(split_words(tidy(name))): term.label
             for term in load_index().terms.values() if not term.obsolete
             for name in (term.label, *term.synonyms)}
    assert {name: known[words] for name, _ in load_lexicon().names
            if (words := tuple(split_words(tidy(name)))) in known} == {}


def test_every_opposite_is_a_word_of_names() -> None:
    names = load_linker().names
    assert {word for word in load_lexicon().opposites
            if word not in names.weights or names.canonical([word]) != [word]} == set()


def test_every_abbreviation_leads_to_a_term() -> None:
    """What a short form stands for, alone, is linked or at least made of known words."""
    linker = load_linker()
    known = linker.names.weights.keys() | set(load_lexicon().qualifiers)
    lost = {
        " ".join(rule.text): word
        for rules in load_lexicon().rules.values() for rule in rules
        for word in linker.names.canonical(rule.means) if word not in known}
    assert lost == {}


@pytest.mark.parametrize(
    ("table", "line", "fault"),
    [
        ("names", "x\tCL:1\tme", "no id of the Cell Ontology"),
        ("qualifiers", "x\tcolour\tme", "kind 'colour'; known"),
        ("markers", "x\ty\tme", "not 4 columns"),
        ("abbreviations", "x\ty\t\t", "no source"),
        ("abbreviations", "-\ty\t\tme", "has no words"),
        ("abbreviations", "TREG\tregulatory T cell\t\tme", "there already, in .*:[0-9]+"),
        ("words", "renal\theart\tme", "another meaning"),
        ("words", "renal|\tkidney\tme", "has no words"),
        ("words", "x\t-\tme", "has no words"),
        ("qualifiers", "cycling\ttissue\tme", "of another kind"),
        ("qualifiers", "lung lobe\ttissue\tme", "more than one word"),
        ("opposites", "cd4\tme", "no two words"),
    ],
)
def test_a_faulty_line_of_a_table_is_named(root, tmp_path, table, line, fault) -> None:
    for file in (root / "ontology" / "cells").glob("*.tsv"):
        text = file.read_text(encoding="utf-8")
        extra = f"{line}\n" if file.stem == table else ""
        (tmp_path / file.name).write_text(text + extra, encoding="utf-8")
    with pytest.raises(OntologyError, match=fault) as caught:
        read_lexicon(tmp_path)
    lines = (tmp_path / f"{table}.tsv").read_text(encoding="utf-8").count("\n")
    assert f"{table}.tsv:{lines}: " in str(caught.value)


def test_resolving_a_synonym_agrees_with_linking() -> None:
    assert link("T lymphocyte").candidates[0].id == resolve("T lymphocyte")
