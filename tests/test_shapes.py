"""Every shape finds what it is for, and no more; mutations of the real graph are found out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from llm4cell.validation import check, read_graph, shape_files
from llm4cell.vocabulary import BASE, L4C, PROV, SCHEMA, compact, expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent
FIXTURES = HERE / "fixtures" / "shapes"
SHAPE = BASE + "shape/"

# An open end (None) stands for any.
Pattern = tuple[Node | None, Node | None, Node | None]


@cache
def _ontology() -> Graph:
    """The ontology with its slims, which records need too."""
    folder = ROOT / "ontology"
    return read_graph([folder / "llm4cell.ttl", *sorted((folder / "imports").glob("*.ttl"))])


@cache
def _base() -> Graph:
    return _ontology() + read_graph([FIXTURES / "base.ttl"])


@cache
def _shapes() -> Graph:
    return read_graph(shape_files(ROOT))


def _targeted(shapes: Graph) -> set[URIRef]:
    """Return the shapes that have a target of their own; the others describe values."""
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
    return {s for p in targets for s in shapes.subjects(p) if isinstance(s, URIRef)}


def _only(name: str) -> Graph:
    """Return the shapes graph in which one shape alone is active."""
    shapes = _shapes() + Graph()
    for other in _targeted(shapes):
        if other != URIRef(SHAPE + name):
            shapes.add((other, SH.deactivated, Literal(True)))
    return shapes


@dataclass(frozen=True)
class Case:
    """A block of cases.txt: edits of the base, and the nodes at which the shape fails then."""

    shape: str
    nodes: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    line: int


def _read_cases() -> Iterator[Case]:
    lines = (FIXTURES / "cases.txt").read_text(encoding="utf-8").splitlines()
    for start, head in enumerate(lines, start=1):
        if head.split(" ")[0] not in ("fail", "pass"):
            continue
        block = [*lines[start:], ""]
        edits = block[: block.index("")]
        assert all(edit[:2] in ("- ", "+ ") for edit in edits), f"line {start}: {edits}"
        verb, shape, *nodes = head.split(" ")
        assert (verb == "fail") == bool(nodes), f"line {start}: {head}"
        yield Case(
            shape, tuple(nodes),
            tuple(edit[2:] for edit in edits if edit[0] == "-"),
            tuple(edit[2:] for edit in edits if edit[0] == "+"),
            start,
        )


CASES = list(_read_cases())


def _prefixes() -> str:
    text = (FIXTURES / "base.ttl").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if line.startswith("@prefix"))


def _edit(graph: Graph, removed: tuple[str, ...], added: tuple[str, ...]) -> Graph:
    """Return a copy with triples removed (an object * stands for any) and added."""
    graph = graph + Graph()
    for text in removed:
        any_object = text.endswith(" *")
        pattern = text.removesuffix(" *") + (" []" if any_object else "")
        (s, p, o), = Graph().parse(data=f"{_prefixes()}\n{pattern} .", format="turtle")
        found = list(graph.triples((s, p, None if any_object else o)))
        assert found, f"nothing to remove: {text}"
        for triple in found:
            graph.remove(triple)
    if added:
        graph.parse(data=f"{_prefixes()}\n" + " .\n".join(added) + " .", format="turtle")
    return graph


def test_every_shape_has_a_failing_case() -> None:
    names = {shape.removeprefix(SHAPE) for shape in _targeted(_shapes())}
    assert {case.shape for case in CASES if case.nodes} == names


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.shape}-{case.line}")
def test_case(case: Case) -> None:
    graph = _edit(_base(), case.removed, case.added)
    findings = check(graph, _only(case.shape)).findings
    assert {f.shape for f in findings} <= {SHAPE + case.shape}
    assert sorted({compact(f.node) for f in findings}) == sorted(case.nodes)


def test_base_keeps_every_shape() -> None:
    assert check(_base() + Graph(), _shapes()).text() == ""


def test_a_graph_of_nothing_keeps_every_shape() -> None:
    """No query takes a group of nothing for something, or searches the whole graph for it."""
    assert check(_ontology() + Graph(), _shapes()).text() == ""


def test_base_exercises_every_shape() -> None:
    """A shape that meets no focus node would pass whatever it says."""
    base, shapes = _base(), _shapes()
    for shape in _targeted(shapes):
        classes = {c for t in shapes.objects(shape, SH.targetClass)
                   for c in base.transitive_subjects(RDFS.subClassOf, t)}
        met = any(True for c in classes for _ in base.subjects(RDF.type, c)) or any(
            True for p in shapes.objects(shape, SH.targetSubjectsOf) for _ in base.subjects(p)
        )
        assert met or (shape, SH.targetNode, None) in shapes, shape


@pytest.mark.parametrize("path", shape_files(ROOT), ids=lambda path: path.name)
def test_file_of_shapes_is_complete(path: Path) -> None:
    """Shapes have our IRIs, a name, one severity and a message; a file stands on its own."""
    shapes = read_graph([path])
    for shape in _targeted(shapes):
        assert shape.startswith(SHAPE), shape
        assert len(set(shapes.objects(shape, SH.name))) == 1, shape
        assert len(set(shapes.objects(shape, SH.severity))) == 1, shape
        queries = list(shapes.objects(shape, SH.sparql))
        messages = [m for s in (shape, *queries) for m in shapes.objects(s, SH.message)]
        assert len(messages) == 1, shape
        assert str(messages[0]).endswith("."), shape
    # Raises where a referenced shape or prefix is declared in another file only.
    assert check(_base() + Graph(), shapes).conforms


def test_shapes_are_well_formed() -> None:
    """They conform to the shapes of shapes (SHACL, appendix C); pySHACL raises where not."""
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=_shapes(), meta_shacl=True)
    assert conforms, text


def test_names_of_shapes_are_unique() -> None:
    names = Counter(str(name) for name in _shapes().objects(None, SH.name))
    assert [name for name, count in names.items() if count > 1] == []
    heads = Counter(
        line.split()[0] for path in shape_files(ROOT)
        for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("shape:")
    )
    assert [head for head, count in heads.items() if count > 1] == []


def test_record_shapes_need_no_other_record() -> None:
    """One model with its claims conforms alone, though all that it links to is missing."""
    alpha = URIRef(str(expand("model:alpha")))
    base = read_graph([FIXTURES / "base.ttl"])
    kept = {alpha, *base.subjects(URIRef(L4C.about), alpha)}
    graph = _ontology() + Graph()
    for triple in base:
        if triple[0] in kept:
            graph.add(triple)
    assert check(graph, read_graph(shape_files(ROOT, records_only=True))).text() == ""


# -- the real graph, broken -----------------------------------------------------------------


@cache
def _real() -> Graph:
    return _ontology() + read_graph(sorted((ROOT / "graphs").glob("*.ttl")))


def test_real_graph_conforms() -> None:
    report = check(_real() + Graph(), _shapes())
    assert report.text() == ""


@dataclass
class Mutation:
    """One fault put into the real graph, and the findings (shape, node) that it must give."""

    name: str
    removed: list[tuple[Node, Node, Node]] = field(default_factory=list)
    added: list[tuple[Node, Node, Node]] = field(default_factory=list)
    expected: set[tuple[str, str]] = field(default_factory=set)


def _l(name: str) -> URIRef:
    return URIRef(L4C + name)


DCTERMS_IDENTIFIER = URIRef("http://purl.org/dc/terms/identifier")
DCTERMS_SOURCE = URIRef("http://purl.org/dc/terms/source")
DOI = URIRef("http://purl.org/ontology/bibo/doi")
CODE_REPOSITORY = URIRef(SCHEMA.codeRepository)
TRAINED_ON = URIRef("https://w3id.org/fair4ml#trainedOn")


class _Mutations:
    """Picks for each fault subjects of the real graph that no other fault touches."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.used: set[Node] = set()
        self.made: list[Mutation] = []

    def take(self, nodes: list[Node]) -> None:
        assert not self.used & set(nodes)
        self.used |= set(nodes)

    def claims(self, **wanted: str) -> Iterator[tuple[Node, Node, Node, Node]]:
        """Yield claim, subject, property and value of sole claims that no fault uses yet."""
        g = self.graph
        for claim in sorted(g.subjects(RDF.type, _l("Claim")), key=str):
            if any(g.value(claim, _l(key)) != _l(value) for key, value in wanted.items()):
                continue
            if (claim, _l("property"), None) not in g:
                continue
            about, prop, value = (self.value(claim, _l(k)) for k in ("about", "property", "value"))
            if {claim, about} & self.used or (about, RDF.type, None) not in g:
                continue
            if (prop, _l("isFact"), Literal(True)) not in g or not str(about).startswith(BASE):
                continue
            same = [c for c in g.subjects(_l("about"), about)
                    if g.value(c, _l("property")) == prop and g.value(c, _l("value")) == value]
            linked = [*g.subjects(_l("correctedBy"), claim), *g.subjects(_l("concerns"), claim)]
            if len(same) == 1 and not linked:
                yield claim, about, prop, value

    def behind(self, subject: Node, prop: URIRef, value: Node | None) -> list[Node]:
        """Return the accepted claims behind a triple."""
        g = self.graph
        found = [c for c in g.subjects(_l("about"), subject)
                 if (c, _l("property"), prop) in g and (c, _l("value"), value) in g
                 and (c, _l("verdict"), _l("Accepted")) in g]
        assert found, subject
        return found

    def accepted(self, kind: str = "SurveyTable", prop: str = "") -> tuple[Node, Node, Node, Node]:
        wanted = {"sourceKind": kind, "verdict": "Accepted", "polarity": "Affirmed"}
        if prop:
            wanted["property"] = prop
        for claim in self.claims(**wanted):
            if claim[2] != _l("family") or prop:
                self.take([claim[0], claim[1]])
                return claim
        raise AssertionError(f"no claim of {kind} {prop}")

    def fact(self, prop: str) -> tuple[Node, URIRef, Node, list[Node]]:
        """Return subject, property and value of the first fact left, and the claims behind it."""
        path = _l(prop)
        for subject, value in sorted(self.graph.subject_objects(path), key=str):
            if subject not in self.used:
                claims = self.behind(subject, path, value)
                self.take([subject, *claims])
                return subject, path, value, claims
        raise AssertionError(f"no fact of {prop}")

    def replaced(self, name: str, prop: str, value: Node, shape: str,
                 claim_shape: str = "") -> None:
        """Add the fault that a fact and the claims behind it have another value."""
        subject, path, before, claims = self.fact(prop)
        self.add(name, (shape, subject), *((claim_shape, c) for c in claims if claim_shape),
                 removed=[(subject, path, before), *((c, _l("value"), None) for c in claims)],
                 added=[(subject, path, value), *((c, _l("value"), value) for c in claims)])

    def subject(self, cls: str, *predicates: URIRef) -> Node:
        for node in sorted(self.graph.subjects(RDF.type, _l(cls)), key=str):
            if node not in self.used and all((node, p, None) in self.graph for p in predicates):
                self.take([node])
                return node
        raise AssertionError(f"no {cls}")

    def add(self, name: str, *expected: tuple[str, Node], removed: Sequence[Pattern] = (),
            added: Sequence[tuple[Node, Node, Node]] = ()) -> None:
        gone = [t for pattern in removed for t in self.graph.triples(pattern)]
        assert gone or not removed, name
        self.made.append(Mutation(name, gone, list(added), {(s, str(n)) for s, n in expected}))

    def value(self, subject: Node, predicate: Node) -> Node:
        value = self.graph.value(subject, predicate)
        assert value is not None, (subject, predicate)
        return value


@cache
def _mutations() -> list[Mutation]:
    m = _Mutations(_real())
    g = m.graph
    ghost = URIRef(BASE + "claim/ghost")

    claim, about, prop, value = m.accepted()
    m.add("claim removed", ("FactHasClaim", about), removed=[(claim, None, None)])

    claim, about, prop, value = m.accepted()
    m.add("triple removed", ("ClaimHasFact", claim), removed=[(about, prop, value)])

    model = m.subject("Model")
    m.add("triple without a claim", ("FactHasClaim", model),
          added=[(model, _l("supportsTask"), _l("DrugSynergyPrediction"))])

    claim, about, *_ = m.accepted()
    m.add("source removed", ("ClaimSource", claim), removed=[(claim, DCTERMS_SOURCE, None)])

    claim, *_ = m.accepted()
    other = URIRef(BASE + "publication/scgpt-2024")
    assert (other, RDF.type, None) in g
    m.add("two sources", ("ClaimSource", claim), added=[(claim, DCTERMS_SOURCE, other)])

    claim, *_ = m.accepted()
    m.add("unknown source", ("SourceExists", claim), removed=[(claim, DCTERMS_SOURCE, None)],
          added=[(claim, DCTERMS_SOURCE, URIRef(BASE + "publication/llm4cell-2052"))])

    claim, about, *_ = m.accepted()
    m.add("rejected without a reason", ("ClaimReason", claim), ("FactHasClaim", about),
          removed=[(claim, _l("verdict"), None)], added=[(claim, _l("verdict"), _l("Rejected"))])

    claim, about, *_ = m.accepted()
    m.add("accepted becomes disputed", ("FactHasClaim", about),
          removed=[(claim, _l("verdict"), None)],
          added=[(claim, _l("verdict"), _l("Disputed")), (claim, _l("reason"), Literal("So."))])

    claim, about, *_ = m.accepted()
    m.add("affirmed becomes denied", ("FactHasClaim", about),
          removed=[(claim, _l("polarity"), None)], added=[(claim, _l("polarity"), _l("Denied"))])

    claim, about, *_ = m.accepted()
    m.add("unknown polarity", ("ClaimPolarity", claim), ("FactHasClaim", about),
          removed=[(claim, _l("polarity"), None)], added=[(claim, _l("polarity"), _l("Perhaps"))])

    claim, *_ = m.accepted()
    m.add("third party accepted", ("ClaimThirdParty", claim),
          removed=[(claim, _l("sourceKind"), None)],
          added=[(claim, _l("sourceKind"), _l("ThirdParty"))])

    claim, *_ = m.accepted()
    m.add("no locator", ("ClaimLocator", claim), removed=[(claim, _l("locator"), None)])

    claim, *_ = m.accepted()
    m.add("table located in prose", ("ClaimLocatorFitsKind", claim),
          removed=[(claim, _l("locator"), None)],
          added=[(claim, _l("locator"), Literal("section 9"))])

    claim, about, prop, value = m.accepted(prop="modality")
    m.add("task where a modality belongs, triple and claim", ("ClaimValueTerm", claim),
          ("ModalityValue", about),
          removed=[(about, prop, value), (claim, _l("value"), None)],
          added=[(about, prop, _l("CellTypeAnnotation")),
                 (claim, _l("value"), _l("CellTypeAnnotation"))])

    claim, about, prop, value = m.accepted(prop="supportsTask")
    m.add("modality where a task belongs, triple alone", ("ClaimHasFact", claim),
          ("SupportsTaskValue", about), ("FactHasClaim", about),
          removed=[(about, prop, value)], added=[(about, prop, _l("CITESeq"))])

    claim, about, *_ = m.accepted()
    m.add("claim about a record misspelt", ("SubjectExists", claim), ("FactHasClaim", about),
          ("ClaimHasFact", claim), ("ClaimIriFitsContent", claim),
          removed=[(claim, _l("about"), None)],
          added=[(claim, _l("about"), URIRef(BASE + "model/scgtp"))])

    claim, about, *_ = m.accepted()
    m.add("claim without about", ("ClaimAbout", claim), ("FactHasClaim", about),
          removed=[(claim, _l("about"), None)])

    claim, about, *_ = m.accepted()
    m.add("claim without a value", ("ClaimValue", claim), ("FactHasClaim", about),
          removed=[(claim, _l("value"), None)])

    model = m.subject("Model", _l("primaryFamily"))
    m.add("no primary family", ("PrimaryFamily", model),
          removed=[(model, _l("primaryFamily"), None)])

    model = m.subject("Model", _l("primaryFamily"))
    wrong = next(f for f in ("EpigenomicModel", "AgenticFramework")
                 if (model, _l("primaryFamily"), _l(f)) not in g)
    assert (model, _l("primaryFamilyRationale"), None) not in g
    m.add("two primary families", ("AtMostOne", model), ("PrimaryFamilyHasClaim", model),
          added=[(model, _l("primaryFamily"), _l(wrong))])

    model = m.subject("Model")
    m.add("no label", ("RecordLabel", model), removed=[(model, RDFS.label, None)])

    model = m.subject("Model")
    m.add("two labels", ("RecordLabel", model), added=[(model, RDFS.label, Literal("Another"))])

    model = m.subject("Model")
    m.add("label with white space", ("RecordLabel", model), removed=[(model, RDFS.label, None)],
          added=[(model, RDFS.label, Literal("Name "))])

    one, two = m.subject("Model"), m.subject("Model")
    m.add("same label", ("LabelIsUnique", one), ("LabelIsUnique", two),
          removed=[(two, RDFS.label, None)], added=[(two, RDFS.label, m.value(one, RDFS.label))])

    model = m.subject("Model")
    wrong = next(f for f in ("EpigenomicModel", "AgenticFramework")
                 if (model, RDF.type, _l(f)) not in g)
    m.add("family type without the family", ("TypeHasFamily", model),
          added=[(model, RDF.type, _l(wrong))])

    model = m.subject("Model", _l("family"))
    m.add("family without its type", ("FamilyHasType", model),
          removed=[(model, RDF.type, min(g.objects(model, _l("family")), key=str))])

    model = m.subject("Model", TRAINED_ON)
    m.add("literal where an IRI belongs", ("ObjectIsResource", model), ("DatasetExists", model),
          ("FactHasClaim", model), added=[(model, TRAINED_ON, Literal("cells"))])

    model = m.subject("Model")
    m.add("blank node where an IRI belongs", ("ObjectIsResource", model),
          ("DescribedByExists", model), added=[(model, _l("describedBy"), BNode())])

    one, two = m.subject("Model"), m.subject("Model")
    m.add("alternative label of another", ("LabelIsUnique", one), ("LabelIsUnique", two),
          added=[(two, SKOS.altLabel, Literal(str(m.value(one, RDFS.label)).lower()))])

    model = next(s for s in sorted(g.subjects(_l("primaryFamilyRationale")), key=str)
                 if not any((c, _l("property"), _l("family")) in g
                            and (c, _l("value"), m.value(s, _l("primaryFamily"))) in g
                            for c in g.subjects(_l("about"), s)))
    m.take([model])
    m.add("primary family that nobody states", ("PrimaryFamilyHasClaim", model),
          removed=[(model, _l("primaryFamilyRationale"), None)])

    numbered = (c for c in sorted(g.subjects(DCTERMS_IDENTIFIER), key=str)
                if (c, RDF.type, _l("Claim")) in g and c not in m.used)
    one, two = next(numbered), next(numbered)
    assert m.value(one, DCTERMS_SOURCE) == m.value(two, DCTERMS_SOURCE)
    m.take([one, two])
    m.add("identifier of another claim", ("ClaimIdentifierIsUnique", one),
          ("ClaimIdentifierIsUnique", two), removed=[(two, DCTERMS_IDENTIFIER, None)],
          added=[(two, DCTERMS_IDENTIFIER, m.value(one, DCTERMS_IDENTIFIER))])

    one, two = m.subject("Model"), m.subject("Model")
    m.add("same row", ("RowIsUnique", one), ("RowIsUnique", two),
          removed=[(two, _l("rowNumber"), None)],
          added=[(two, _l("rowNumber"), m.value(one, _l("rowNumber")))])

    model = m.subject("Model")
    m.add("listed without a row", ("ListingRow", model), removed=[(model, _l("rowNumber"), None)])

    model = m.subject("Model")
    m.add("misspelt property", ("DeclaredPredicate", model),
          added=[(model, _l("suportsTask"), _l("CellTypeAnnotation"))])

    paper = m.subject("Publication", DOI)
    doi = g.value(paper, DOI)
    behind = m.behind(paper, DOI, doi)
    m.add("bad DOI, triple and claim", ("Doi", paper),
          removed=[(paper, DOI, None), *((c, _l("value"), None) for c in behind)],
          added=[(paper, DOI, Literal("doi:10.1/x")),
                 *((c, _l("value"), Literal("doi:10.1/x")) for c in behind)])

    one, two = m.subject("Publication", DOI), m.subject("Publication", DOI)
    gone = g.value(two, DOI)
    lost = m.behind(two, DOI, gone)
    m.add("same DOI", ("WorkIsUnique", one), ("WorkIsUnique", two), ("FactHasClaim", two),
          *(("ClaimHasFact", c) for c in lost),
          removed=[(two, DOI, None)], added=[(two, DOI, m.value(one, DOI))])

    paper = m.subject("Publication", _l("publicationYear"))
    year = g.value(paper, _l("publicationYear"))
    behind = m.behind(paper, _l("publicationYear"), year)
    m.add("year as text, triple and claims", ("PublicationYear", paper),
          *(("ClaimValueDatatype", c) for c in behind),
          removed=[(paper, _l("publicationYear"), None),
                   *((c, _l("value"), None) for c in behind)],
          added=[(paper, _l("publicationYear"), Literal(str(year))),
                 *((c, _l("value"), Literal(str(year))) for c in behind)])

    corrected = sorted(set(g.subjects(_l("correctedBy"))), key=str)
    one, two = corrected[:2]
    m.take([one, two])
    m.add("corrected by itself", ("ClaimCorrectedBy", one),
          removed=[(one, _l("correctedBy"), None)], added=[(one, _l("correctedBy"), one)])
    m.add("corrected by a missing claim", ("CorrectionIsAccepted", two),
          removed=[(two, _l("correctedBy"), None)], added=[(two, _l("correctedBy"), ghost)])

    erratum = m.subject("Erratum", _l("concerns"))
    m.add("erratum concerns a missing claim", ("ConcernedClaimExists", erratum),
          added=[(erratum, _l("concerns"), ghost)])

    erratum = m.subject("Erratum")
    m.add("erratum without a kind", ("ErratumKind", erratum),
          removed=[(erratum, _l("erratumKind"), None)])

    assessment = m.subject("DimensionAssessment")
    m.add("level without a judge", ("AssessmentJudge", assessment),
          added=[(assessment, _l("level"), _l("Present"))])

    assessment = m.subject("DimensionAssessment")
    m.add("assessment of a task", ("AssessmentDimension", assessment),
          removed=[(assessment, _l("dimension"), None)],
          added=[(assessment, _l("dimension"), _l("CellTypeAnnotation"))])

    # Facts about code, weights, counts, accessions and outside terms.
    m.replaced("no parameters", "parameterCount", Literal("0", datatype=XSD.integer),
               "ParameterCount")
    m.replaced("accession of no archive", "accession", Literal("GEO:1"), "Accession")
    m.replaced("tissue where an organism belongs", "organism",
               URIRef("http://purl.obolibrary.org/obo/UBERON_0002107"), "OutsideTermId",
               "OutsideTermId")

    model = next(s for s in sorted(g.subjects(_l("codeLicense")), key=str)
                 if s not in m.used and (s, _l("variantOf"), None) not in g)
    m.take([model])
    m.add("license of code without a repository", ("LicenseHasWork", model),
          *(("ClaimHasFact", c) for code in g.objects(model, CODE_REPOSITORY)
            for c in m.behind(model, CODE_REPOSITORY, code)),
          removed=[(model, CODE_REPOSITORY, None)])

    none = next(c for c in sorted(g.subjects(_l("value"), Literal("none")), key=str)
                if g.value(c, _l("polarity")) == _l("Denied"))
    m.take([none])
    m.add("none affirmed", ("ClaimNone", none), ("ClaimValueDatatype", none),
          ("ClaimHasFact", none), removed=[(none, _l("polarity"), None)],
          added=[(none, _l("polarity"), _l("Affirmed"))])

    model = m.subject("Model")
    m.add("in neither part of the catalogue", ("CatalogueScope", model),
          ("ScopeAgreesWithListing", model), removed=[(model, _l("catalogueScope"), None)])

    derived = min(g.subjects(_l("sourceKind"), _l("Derived")), key=str)
    m.take([derived])
    m.add("derived from a missing claim", ("DerivedFromAccepted", derived),
          added=[(derived, URIRef(PROV + "wasDerivedFrom"), ghost)])

    lead = min(g.subjects(RDF.type, _l("Lead")), key=str)
    m.take([lead])
    m.add("lead of nobody", ("LeadSaidBy", lead), removed=[(lead, _l("saidBy"), None)])

    erratum = max(g.subjects(_l("shownBy")), key=str)
    m.take([erratum])
    m.add("erratum that nothing shows", ("ErratumShown", erratum),
          removed=[(erratum, _l("shownBy"), None)])
    return m.made


def test_mutations_are_found_and_nothing_else() -> None:
    """All faults are in the graph at once, since they touch different nodes."""
    graph = _real() + Graph()
    for mutation in _mutations():
        for triple in mutation.removed:
            graph.remove(triple)
    for mutation in _mutations():
        for triple in mutation.added:
            graph.add(triple)
    findings = check(graph, _shapes()).findings
    found = {(finding.shape.removeprefix(SHAPE), finding.node) for finding in findings}
    by_name: dict[str, set[tuple[str, str]]] = {}
    for mutation in _mutations():
        nodes = {node for _, node in mutation.expected}
        by_name[mutation.name] = {pair for pair in found if pair[1] in nodes}
        found -= by_name[mutation.name]
    assert by_name == {mutation.name: mutation.expected for mutation in _mutations()}
    assert found == set()
    assert len(by_name) == len(_mutations()) >= 30
