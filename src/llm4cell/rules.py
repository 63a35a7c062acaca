"""Rules: where a rubric's criterion is mechanical, a SPARQL CONSTRUCT gives the level.

A rule is one ``.rq`` file of ``queries/rules``: a header of ``#+`` lines (title, rubric, dimension,
level, description, and an explanation where a judge can know more), then the query. It runs over
the ontology and the accepted facts: direct triples and their accepted, affirmed claims. What it
makes are assessments, each with the claims that it rests on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.errors import Problem, QueryFileError
from llm4cell.ontology import local_name
from llm4cell.resources import folder
from llm4cell.vocabulary import CLAIM, DCTERMS, L4C, MODEL, PROV, QUERY, RDF, RDFS, RUBRIC, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pyoxigraph
    from rdflib.term import Node

    from llm4cell.catalogue import Catalogue, Criterion
    from llm4cell.ontology import Ontology

    Triple = tuple[Node, Node, Node]

__all__ = ["Rule", "accepted", "derive", "describe_rules", "read_rules", "rule_folder"]

_HEADER = re.compile(r"#\+ (?P<key>[a-z]+): (?P<text>.*\S)")
_REQUIRED = ("title", "rubric", "dimension", "level", "description")
_KEYS = (*_REQUIRED, "explanation")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name (the file's), what its header says, and its text.

    ``criterion`` is the one that it applies; ``explanation`` says why a judge may give more.
    """

    name: str
    title: str
    criterion: Criterion
    description: str
    explanation: str
    text: str
    shown: str

    @property
    def iri(self) -> str:
        return QUERY + self.name

    def assessment(self, model: str) -> str:
        """Return the IRI of the assessment that the rule makes of ``model``."""
        dimension = local_name(self.criterion.dimension).lower()
        return f"{CLAIM}{local_name(model)}-dimension-{dimension}-{self.name}-rule"


def rule_folder(root: Path) -> Path:
    """Return the folder of rules below ``root``, or the packaged one where there is none."""
    own = root / "queries" / "rules"
    return own if own.is_dir() else folder("queries") / "rules"


def read_rules(where: Path, catalogue: Catalogue, ontology: Ontology) -> list[Rule]:
    """Read all rules by name; none where the catalogue has no rubric whose criteria they apply.

    Raises QueryFileError with all faults of all files.
    """
    if not catalogue.rubrics:
        return []
    problems: list[Problem] = []
    rules = []
    for path in sorted(where.glob("*.rq")):
        shown = f"queries/rules/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(shown, f"cannot be read ({error})"))
            continue
        found = len(problems)
        header, lines = _read_header(text, shown, problems)
        if not _NAME.fullmatch(path.stem):
            problems.append(Problem(shown, f"'{path.stem}' is not a slug",
                                    "name it with lower-case letters, digits and hyphens"))
        if len(problems) > found:
            continue
        criterion = _find_criterion(header, lines, shown, catalogue, ontology, problems)
        if criterion is not None:
            rules.append(Rule(path.stem, header["title"], criterion, header["description"],
                              header.get("explanation", ""), text, shown))
    if problems:
        raise QueryFileError("\n".join(map(str, problems)))
    return rules


def _read_header(text: str, shown: str,
                 problems: list[Problem]) -> tuple[dict[str, str], dict[str, int]]:
    header: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#+"):
            continue
        match = _HEADER.fullmatch(line)
        place = f"{shown}:{number}"
        if match is None:
            problems.append(Problem(place, "not of the form '#+ key: text'"))
        elif match["key"] not in _KEYS:
            problems.append(Problem(place, f"unknown key '{match['key']}'",
                                    f"known: {', '.join(_KEYS)}"))
        elif match["key"] in header:
            problems.append(Problem(place, f"'{match['key']}' again", "give each key once"))
        else:
            header[match["key"]], lines[match["key"]] = match["text"], number
    problems += [Problem(f"{shown}:1", f"the header has no '{key}'", f"add '#+ {key}: ...'")
                 for key in _REQUIRED if key not in header]
    return header, lines


def _find_criterion(header: Mapping[str, str], lines: Mapping[str, int], shown: str,
                    catalogue: Catalogue, ontology: Ontology,
                    problems: list[Problem]) -> Criterion | None:
    dimension, level = (ontology.find(header[key], (root,)) for key, root in
                        (("dimension", L4C.EvaluationDimension), ("level", L4C.CoverageLevel)))
    for key, iri in (("dimension", dimension), ("level", level)):
        if iri is None:
            problems.append(Problem(f"{shown}:{lines[key]}",
                                    f"'{key}: {header[key]}' is no {key} of the ontology"))
    if dimension is None or level is None:
        return None
    if level == L4C.Absent:
        # Facts say what is known; that nothing is known is no fact.
        problems.append(Problem(f"{shown}:{lines['level']}", "a rule gives 'absent'",
                                "a level follows from what is known, never from its lack"))
        return None
    for rubric in catalogue.rubrics:
        if rubric.iri == RUBRIC + header["rubric"]:
            for criterion in rubric.criteria:
                if (criterion.dimension, criterion.level) == (dimension, level):
                    return criterion
    problems.append(Problem(f"{shown}:{lines['rubric']}", f"rubric '{header['rubric']}' has no "
                            f"criterion for '{header['dimension']}' at level '{header['level']}'",
                            "rubrics are in graphs/catalogue/rubrics.yaml"))
    return None


def describe_rules(rules: Iterable[Rule]) -> Iterator[Triple]:
    """Yield what the graph of rubrics says of each rule."""
    from rdflib import Literal, URIRef

    for rule in rules:
        iri = URIRef(rule.iri)
        yield iri, URIRef(RDF.type), URIRef(L4C.Rule)
        yield iri, URIRef(RDFS.label), Literal(rule.title)
        yield iri, URIRef(DCTERMS.description), Literal(rule.description)
        yield iri, URIRef(L4C.dimension), URIRef(rule.criterion.dimension)
        yield iri, URIRef(PROV.wasDerivedFrom), URIRef(rule.criterion.iri)
        if rule.explanation:
            yield iri, URIRef(L4C.explanation), Literal(rule.explanation)


def accepted(claims: Iterable[Triple]) -> list[Triple]:
    """Return the triples of those ``claims`` that assert a fact: accepted and affirmed."""
    from rdflib import URIRef

    claims = list(claims)
    marks: dict[Node, Node] = {URIRef(L4C.verdict): URIRef(L4C.Accepted),
                               URIRef(L4C.polarity): URIRef(L4C.Affirmed)}
    dimension = URIRef(L4C.dimension)
    left_out = {s for s, p, o in claims
                if (p in marks and o != marks[p]) or p == dimension}
    return [triple for triple in claims if triple[0] not in left_out]


def derive(rules: Iterable[Rule], facts: Iterable[Triple]) -> set[Triple]:
    """Return the triples of the assessments that ``rules`` make of ``facts``.

    ``facts`` hold the ontology, the records and the claims that assert; see :func:`accepted`.

    Raises:
        QueryFileError: a rule is no CONSTRUCT, makes anything but assessments as its header says,
            or gives a level on a dimension on which another rule gives one of the same model.
    """
    store = _load(facts)
    made: set[Triple] = set()
    given: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        found = _run(rule, store)
        for model in _check(rule, found, store):
            other = given.setdefault((model, rule.criterion.dimension), rule)
            if other is not rule:
                raise QueryFileError(f"{rule.shown}: {other.shown} gives {local_name(model)} a "
                                     "level on the same dimension; let one exclude the other")
        made |= found
    return made


def _load(facts: Iterable[Triple]) -> pyoxigraph.Store:
    import pyoxigraph as ox
    from rdflib import BNode, Literal

    def node(term: Node) -> ox.NamedNode | ox.BlankNode:
        return ox.BlankNode(term) if isinstance(term, BNode) else ox.NamedNode(str(term))

    def value(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
        if not isinstance(term, Literal):
            return node(term)
        if term.language:
            return ox.Literal(term, language=term.language)
        return ox.Literal(term, datatype=ox.NamedNode(term.datatype or XSD.string))

    store = ox.Store()
    store.bulk_extend(ox.Quad(node(s), ox.NamedNode(str(p)), value(o)) for s, p, o in facts)
    return store


def _run(rule: Rule, store: pyoxigraph.Store) -> set[Triple]:
    import pyoxigraph as ox

    try:
        answer = store.query(rule.text)
        if not isinstance(answer, ox.QueryTriples):
            raise QueryFileError(f"{rule.shown}: no CONSTRUCT")
        return {(_node(t.subject), _node(t.predicate), _node(t.object)) for t in answer}
    except SyntaxError as error:
        raise QueryFileError(f"{rule.shown}: not SPARQL: {error}") from error
    except (OSError, RuntimeError) as error:
        raise QueryFileError(f"{rule.shown}: cannot be answered: {error}") from error


def _node(term: object) -> Node:
    import pyoxigraph as ox
    from rdflib import Literal, URIRef

    if isinstance(term, ox.Literal):
        return Literal(term.value)
    return URIRef(term.value if isinstance(term, ox.NamedNode) else str(term))


def _check(rule: Rule, found: set[Triple], store: pyoxigraph.Store) -> list[str]:
    """Return the models that ``rule`` gives its level; raises QueryFileError where it errs.

    So no rule can give an assessment another judge, source or verdict than its own.
    """
    import pyoxigraph as ox
    from rdflib import Literal, URIRef

    by_subject: dict[Node, dict[str, set[Node]]] = {}
    for s, p, o in found:
        by_subject.setdefault(s, {}).setdefault(str(p), set()).add(o)
    fixed: dict[str, set[Node]] = {
        RDF.type: {URIRef(L4C.DimensionAssessment)},
        L4C.dimension: {URIRef(rule.criterion.dimension)},
        L4C.level: {URIRef(rule.criterion.level)},
        L4C.judge: {URIRef(rule.iri)},
        DCTERMS.source: {URIRef(rule.iri)},
        L4C.locator: {Literal("rule")},
        L4C.sourceKind: {URIRef(L4C.Derived)},
        L4C.polarity: {URIRef(L4C.Affirmed)},
        L4C.verdict: {URIRef(L4C.Accepted)},
    }
    mark = ox.NamedNode(L4C.verdict), ox.NamedNode(L4C.Accepted)
    models = []
    for subject, said in sorted(by_subject.items()):
        about = [str(node) for node in said.get(L4C.about, ())]
        if len(about) != 1 or not about[0].startswith(MODEL.base) or (
                str(subject) != rule.assessment(about[0])):
            raise QueryFileError(f"{rule.shown}: <{subject}> is not the assessment of one model")
        for predicate, values in fixed.items():
            if said.get(predicate) != values:
                raise QueryFileError(f"{rule.shown}: {local_name(predicate)} of <{subject}> is not "
                                     f"{', '.join(local_name(str(value)) for value in values)}")
        bases = said.get(PROV.wasDerivedFrom, set())
        stand = {ox.Quad(ox.NamedNode(str(base)), *mark) in store for base in bases}
        if stand != {True}:
            raise QueryFileError(f"{rule.shown}: <{subject}> does not rest on accepted claims")
        more = said.keys() - fixed.keys() - {L4C.about, L4C.statement, PROV.wasDerivedFrom}
        if more:
            raise QueryFileError(f"{rule.shown}: <{subject}> has {', '.join(sorted(more))}")
        models.append(about[0])
    return models
