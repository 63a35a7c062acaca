"""The knowledge graph as Python objects: models, data resources, tasks, and their claims.

Start with ``llm4cell.load()``. A value that comes from a source is a Fact or a Claim and carries
the kinds of its sources and their verdict; what is not stated is None or missing, never False.
"""

from __future__ import annotations

import builtins
import contextlib
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from llm4cell.dossier import describe
from llm4cell.entities import Scope, find_term
from llm4cell.errors import EngineError, MissingExtraError, ParameterError
from llm4cell.resources import graph_files
from llm4cell.store import EmbeddedStore, Table, Term, quote
from llm4cell.vocabulary import (
    CL,
    DCTERMS,
    FAIR4ML,
    L4C,
    OBOINOWL,
    RDF,
    RDFS,
    SKOS,
    XSD,
    compact,
    prologue,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import networkx
    import pandas
    import rdflib

    from llm4cell.dossier import Dossier
    from llm4cell.queries import CannedQuery

__all__ = ["Cell", "Claim", "Dataset", "Entity", "Fact", "KnowledgeGraph", "Model", "Publication",
           "Resource", "Rows", "Task", "Value"]

# A cell of an answer; None where the query left it open.
Cell = str | int | float | bool | None

_SHOWN_ROWS = 100
# What stands first where a fact has several sources.
_KINDS = ("primary paper", "repository", "registry", "survey table", "survey prose", "third party",
          "derived", "curated")
_VERDICTS = ("accepted", "disputed", "rejected")
# The roots of the ontology's trees, and what a term below each is called as a node of a network.
_ROOTS = {
    L4C.AnalyticalTask: "task",
    L4C.DataModality: "modality",
    L4C.Model: "family",
    L4C.GroundingSource: "grounding",
    L4C.Architecture: "architecture",
    L4C.LearningObjective: "learning objective",
    L4C.AgentCapability: "agent capability",
    L4C.Tokenization: "tokenization",
    L4C.GeneralPurposeModel: "general-purpose model",
    L4C.PerturbationType: "perturbation type",
}
_INSTANCES = {L4C.Model: "model", L4C.ModelVariant: "variant", L4C.Dataset: "dataset"}


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """Anything with an IRI: ``iri`` in full and ``label``, a CURIE where the graph has no label.

    Two are equal where their IRIs are, so that a fact's value equals the model or dataset it means.

    >>> task = Resource("https://w3id.org/llm4cell/ontology/Denoising", "denoising")
    >>> print(task, task.curie, task.id)
    denoising l4c:Denoising Denoising
    """

    iri: str
    label: str

    @property
    def id(self) -> str:
        """The last part of the IRI: a model's slug, a term's name."""
        return self.iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]

    @property
    def curie(self) -> str:
        """The IRI with a prefix in place of its namespace, as in model:scgpt."""
        return compact(self.iri)

    def __str__(self) -> str:
        return self.label

    def __eq__(self, other: object) -> bool:
        return self.iri == other.iri if isinstance(other, Resource) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.iri)


# The value of a fact or claim: a resource, or a literal as Python knows it.
Value = Resource | str | int | float | bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says in one place.

    ``property`` is the property's label and ``value`` what the source gives; in an assessment they
    are 'dimension' and the dimension, and ``level`` is 'present', 'partial' or 'absent', or None
    where the source gives none. ``verdict`` is 'accepted', 'disputed' or 'rejected', ``polarity``
    'affirmed', 'qualified' or 'denied': only claims both accepted and affirmed make a fact.
    ``statement`` paraphrases the source and ``printed`` cites it; ``reason`` is given where the
    verdict needs one, with the IRIs of better claims in ``corrected_by``. Texts that are not given
    are empty.
    """

    iri: str
    about: Resource
    property: str
    property_iri: str
    value: Value
    verdict: str
    polarity: str
    source_kind: str
    source: Resource
    locator: str
    statement: str = ""
    printed: str = ""
    reason: str = ""
    corrected_by: tuple[str, ...] = ()
    is_assessment: bool = False
    level: str | None = None
    judge: str | None = None

    @builtins.property
    def curie(self) -> str:
        """The claim's IRI with a prefix, as 'llm4cell show' takes it."""
        return compact(self.iri)

    @builtins.property
    def asserts(self) -> bool:
        """Whether this claim makes its value a fact."""
        return self.verdict == "accepted" and self.polarity == "affirmed"


@dataclass(frozen=True, slots=True)
class Fact:
    """One accepted value of one property, with every claim on that value, the asserting first.

    >>> import llm4cell
    >>> fact = llm4cell.load().model("epiagent").tasks[0]
    >>> fact.verdict, fact.property, len(fact.claims) > 0
    ('accepted', 'supports task', True)
    """

    about: Resource
    property: str
    property_iri: str
    value: Value
    claims: tuple[Claim, ...]

    @builtins.property
    def verdict(self) -> str:
        """'accepted': a fact is what an accepted, affirmed claim states."""
        return "accepted"

    @builtins.property
    def polarity(self) -> str:
        """'affirmed', for the same reason."""
        return "affirmed"

    @builtins.property
    def source_kinds(self) -> tuple[str, ...]:
        """The kinds of the asserting sources, the closest to the work itself first."""
        kinds = {claim.source_kind for claim in self.claims if claim.asserts}
        return tuple(sorted(kinds, key=_rank_kind))

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Entity(Resource):
    """A resource that claims are about; ``synonyms`` are its other names."""

    synonyms: tuple[str, ...] = ()
    _graph: KnowledgeGraph = field(kw_only=True, repr=False)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every accepted fact, by property and value."""
        return self._graph._facts_of(self)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim: accepted, disputed, rejected and denied; assessments last."""
        return self._graph._claims_of(self.iri)

    @property
    def assessments(self) -> tuple[Claim, ...]:
        """The claims on the ten evaluation dimensions; judges stand side by side."""
        return tuple(claim for claim in self.claims if claim.is_assessment)

    def _on(self, *properties: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.property_iri in properties)


@dataclass(frozen=True, slots=True, eq=False)
class Publication(Entity):
    """A paper; its facts hold venue, year and DOI."""

    @property
    def year(self) -> int | None:
        """The year of publication, None where no accepted claim gives it."""
        years = [fact.value for fact in self._on(L4C.publicationYear)]
        return years[0] if years and isinstance(years[0], int) else None


@dataclass(frozen=True, slots=True, eq=False)
class Model(Entity):
    """A catalogued AI system.

    ``families`` are labels from accepted claims, several for a hybrid; ``primary_family`` is the
    catalogue's own classification; ``agentic`` is None where no accepted claim says.
    """

    families: tuple[str, ...] = ()
    primary_family: str | None = None
    agentic: bool | None = None
    publication: Publication | None = None

    @property
    def tasks(self) -> tuple[Fact, ...]:
        """The tasks that the model supports, as facts with their claims.

        >>> import llm4cell
        >>> "trajectory inference" in map(str, llm4cell.load().model("scgpt").tasks)
        True
        """
        return self._on(L4C.supportsTask)

    @property
    def modalities(self) -> tuple[Fact, ...]:
        """The kinds of data that the model reads, as facts with their claims."""
        return self._on(L4C.modality)

    @property
    def datasets(self) -> tuple[Fact, ...]:
        """The data resources used, trained on and evaluated on, as facts with their claims."""
        return self._on(L4C.usesDataset, FAIR4ML.trainedOn, FAIR4ML.evaluatedOn)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset(Entity):
    """A data resource; ``kinds`` are labels such as 'atlas' or 'study dataset'."""

    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Task(Resource):
    """An analytical task; ``of_survey`` marks the eight that the survey names."""

    definition: str = ""
    synonyms: tuple[str, ...] = ()
    broader: tuple[Resource, ...] = ()
    of_survey: bool = False


class Rows(Sequence[Any]):
    """An answer: named tuples of plain Python values, in the query's order.

    IRIs are str in full, integers and booleans int and bool, other literals str, open cells None.
    A row gives its cells by position and name; a variable that Python cannot take for a name, such
    as ?class, by position only.

    >>> rows = Rows(("model", "year"), [("scGPT", 2024), ("scBERT", None)])
    >>> [row.model for row in rows if row.year]
    ['scGPT']
    >>> rows.columns, len(rows), rows[1]._asdict()
    (('model', 'year'), 2, {'model': 'scBERT', 'year': None})
    """

    def __init__(self, columns: Iterable[str], rows: Iterable[Iterable[Cell]]) -> None:
        self.columns = tuple(columns)
        make = namedtuple("Row", self.columns, rename=True)  # type: ignore[misc]
        self._rows: list[Any] = [make(*row) for row in rows]

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Rows(self.columns, self._rows[index])
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows):
            return NotImplemented
        return self.columns == other.columns and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Rows: {len(self)} of {', '.join(self.columns)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # The class of a row is made for each answer, so that no other process knows it.
        return Rows, (self.columns, [tuple(row) for row in self._rows])

    def _repr_html_(self) -> str:
        """Return a table for notebooks, of the first hundred rows."""
        from html import escape

        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell_text(cell))}</td>" for cell in row) + "</tr>"
            for row in self._rows[:_SHOWN_ROWS]
        )
        more = len(self) - _SHOWN_ROWS
        note = f"<p>and {more} more rows</p>" if more > 0 else ""
        return (f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}")

    def to_pandas(self) -> pandas.DataFrame:
        """Return a DataFrame; integers stay integers where cells are open (pandas' own NA).

        Raises MissingExtraError where pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingExtraError("to_pandas()", "pandas", "analysis") from error
        data = {index: [row[index] for row in self._rows] for index in range(len(self.columns))}
        frame = pandas.DataFrame(data, dtype=object).convert_dtypes()
        frame.columns = pandas.Index(self.columns)
        return frame


def _cell_text(cell: Cell) -> str:
    return "" if cell is None else compact(cell) if isinstance(cell, str) else str(cell)


_PREFIXES = prologue("dcterms", "l4c", "rdf", "rdfs", "skos")
_CELL = CL + "0000000"
_Record = dict[str, list[Term]]
_E = TypeVar("_E", bound=Entity)


class KnowledgeGraph:
    """The graph, asked in Python; see ``llm4cell.load``.

    >>> import llm4cell
    >>> kg = llm4cell.load()
    >>> found = kg.models(family="epigenomic", task="trajectory and perturbation modeling")
    >>> "epiagent" in [model.id for model in found]
    True
    >>> kg.models(task="cell typing of stars")
    Traceback (most recent call last):
    llm4cell.errors.ParameterError: task=cell typing of stars: nothing of that name; ...
    """

    def __init__(self, root: str | Path | None = None) -> None:
        """Name the graphs: the package's own, or ontology/ and graphs/ below ``root``."""
        self._root = root
        self._files = graph_files(None if root is None else Path(root))
        self._claims_read: dict[str, tuple[Claim, ...]] = {}

    def __repr__(self) -> str:
        return f"<KnowledgeGraph: {len(self._files)} graphs>"

    def __reduce__(self) -> tuple[type[KnowledgeGraph], tuple[str | Path | None]]:
        # A model sent to another process takes its graph's address along, not the engine.
        return KnowledgeGraph, (self._root,)

    # What the catalogue holds

    def models(
        self,
        *,
        family: str | Resource | None = None,
        task: str | Resource | None = None,
        modality: str | Resource | None = None,
        grounding: str | Resource | None = None,
        dataset: str | Resource | None = None,
        cell_type: str | Resource | None = None,
        agentic: bool | None = None,
        year: int | None = None,
    ) -> list[Model]:
        """Return the models of which accepted facts say all that is asked, by label.

        A value is a slug, label, synonym, CURIE or IRI, or an object of this module; a task,
        family, modality, grounding or cell type takes those below it in. ``dataset`` is one that
        the model uses, is trained or is evaluated on; ``year`` is that of its publication. Raises
        ParameterError, with the nearest names, where a value names nothing.

        ``cell_type`` is any term of the Cell Ontology. No source says it of a model itself, so it
        is said of its data: a data resource that the model uses, is trained or is evaluated on
        holds that type or a kind of it. (Of an assay platform that is what one of its data sets
        holds.) The canned query models-by-cell-type gives the same models with the evidence. A
        model that is not returned may have seen such cells all the same: of many data resources
        nobody was found to say what they hold.

        >>> import llm4cell
        >>> kg = llm4cell.load()
        >>> set(kg.models(agentic=True, year=2025)) <= set(kg.models(family="agentic"))
        True
        >>> helper = kg.models(cell_type="CD4-positive, alpha-beta T cell")
        >>> set(helper) < set(kg.models(cell_type="T lymphocyte"))
        True
        """
        patterns = [
            self._below("?s l4c:family", L4C.Model, "family", family),
            self._below("?s l4c:supportsTask", L4C.AnalyticalTask, "task", task),
            self._below("?s l4c:modality", L4C.DataModality, "modality", modality),
            self._below("?s l4c:grounding", L4C.GroundingSource, "grounding", grounding),
        ]
        if dataset is not None:
            iri = self._find(dataset, "dataset", of=L4C.Dataset)
            patterns.append(f"?use rdfs:subPropertyOf* l4c:usesDataset . ?s ?use <{iri}> .")
        if cell_type is not None:
            iri = self._find(cell_type, "cell_type", below=_CELL)
            patterns.append("?seen rdfs:subPropertyOf* l4c:usesDataset . ?s ?seen ?data . "
                            f"?data l4c:cellType/(rdfs:subClassOf|skos:broader)* <{iri}> .")
        if agentic is not None:
            if not isinstance(agentic, bool):
                raise ParameterError(f"agentic={agentic!r}: neither True nor False")
            patterns.append(f"?s l4c:isAgentic {str(agentic).lower()} .")
        if year is not None:
            if isinstance(year, bool) or not isinstance(year, int):
                raise ParameterError(f"year={year!r}: not a whole number")
            patterns.append(f"?s l4c:describedBy/l4c:publicationYear {year} .")
        return self._matching(self._models, L4C.Model, patterns)

    def model(self, name: str | Resource) -> Model:
        """Return the model that ``name`` means; raises ParameterError where it means none.

        >>> import llm4cell
        >>> model = llm4cell.load().model("scgpt")
        >>> model.label, model.curie, model.publication.year
        ('scGPT', 'model:scgpt', 2024)
        """
        return self._models[self._find(name, "model", of=L4C.Model)]

    def datasets(
        self,
        *,
        modality: str | Resource | None = None,
        task: str | Resource | None = None,
        model: str | Resource | None = None,
        group: str | None = None,
    ) -> list[Dataset]:
        """Return the data resources of which accepted facts say all that is asked, by label.

        ``modality`` and ``task`` (one that the data serve) take what is below them in; ``model``
        is one that uses the data; ``group`` is the survey's: rna, atac, multiome, spatial,
        perturbation or plant. Raises ParameterError where a value names nothing.

        >>> import llm4cell
        >>> all(dataset.facts for dataset in llm4cell.load().datasets(group="plant"))
        True
        """
        patterns = [
            self._below("?s l4c:modality", L4C.DataModality, "modality", modality),
            self._below("?s l4c:servesTask", L4C.AnalyticalTask, "task", task),
        ]
        if model is not None:
            iri = self._find(model, "model", of=L4C.Model)
            patterns.append(f"?use rdfs:subPropertyOf* l4c:usesDataset . <{iri}> ?use ?s .")
        if group is not None:
            table = self._store.select(f"{_PREFIXES}SELECT DISTINCT ?g {{ ?s l4c:surveyGroup ?g }}")
            known = sorted(row[0].value for row in table if row[0])
            if group not in known:
                raise ParameterError(f"group={group}: no such group; known: {', '.join(known)}")
            patterns.append(f"?s l4c:surveyGroup {quote(group)} .")
        return self._matching(self._datasets, L4C.Dataset, patterns)

    def dataset(self, name: str | Resource) -> Dataset:
        """Return the data resource that ``name`` means; raises ParameterError where it means none.

        >>> import llm4cell
        >>> llm4cell.load().dataset("sci-plex").curie
        'dataset:sci-plex'
        """
        return self._datasets[self._find(name, "dataset", of=L4C.Dataset)]

    def tasks(self) -> list[Task]:
        """Return every analytical task, by label; ``of_survey`` marks the survey's eight.

        >>> import llm4cell
        >>> sum(task.of_survey for task in llm4cell.load().tasks())
        8
        """
        pattern = f"?s rdfs:subClassOf+ <{L4C.AnalyticalTask}>"
        return sorted((
            Task(
                iri=iri,
                label=self._label(iri),
                definition=_first(record, SKOS.definition),
                synonyms=_texts(record, SKOS.altLabel),
                broader=tuple(map(self._resource, _texts(record, RDFS.subClassOf))),
                of_survey=L4C.LLM4CellTasks in _texts(record, OBOINOWL.inSubset),
            )
            for iri, record in self._records(pattern).items()
        ), key=_by_label)

    def claims(self) -> list[Claim]:
        """Return every claim of the graph, also those on families and tasks, by subject.

        >>> import llm4cell
        >>> {claim.verdict for claim in llm4cell.load().claims()} <= {
        ...     "accepted", "disputed", "rejected"}
        True
        """
        return [claim for claims in self._all_claims.values() for claim in claims]

    def show(self, name: str | Resource) -> Dossier:
        """Return all that the graph holds on a model, dataset, paper, term or claim.

        Raises ParameterError where ``name`` means nothing, or several things.

        >>> import llm4cell
        >>> llm4cell.load().show("trajectory inference").label
        'trajectory inference'
        """
        from llm4cell.entities import find_entity

        text = name.iri if isinstance(name, Resource) else name
        return describe(self._store, find_entity(self._store, text))

    # Questions

    def queries(self) -> list[CannedQuery]:
        """Return the canned queries by name, each with its question and parameters.

        >>> import llm4cell
        >>> "models-by-task" in [query.name for query in llm4cell.load().queries()]
        True
        """
        from llm4cell.queries import list_queries

        return list_queries()

    def query(self, name: str, /, **parameters: str | int | bool | Resource | None) -> Rows:
        """Answer a canned query, one of ``queries()``. None leaves a parameter out.

        Raises ParameterError where the query, a parameter or a value is unknown, or one is missing.

        >>> import llm4cell
        >>> rows = llm4cell.load().query("epigenomic-models-for-trajectory")
        >>> {"model", "sourceKind", "verdict"} <= set(rows.columns)
        True
        """
        from llm4cell.queries import load_query, run_query

        values = {key: _parameter(value) for key, value in parameters.items() if value is not None}
        return _rows(run_query(self._store, load_query(name), values))

    def sparql(self, text: str, *, timeout: float = 30.0) -> Rows:
        """Answer a SPARQL 1.1 query of your own; its prefixes are yours to declare.

        A SELECT gives its columns, an ASK one cell 'answer', a CONSTRUCT or DESCRIBE the columns
        'subject', 'predicate' and 'object'. The query runs in a process of its own, for up to
        ``timeout`` seconds, which can reach no network and no file. Raises EngineError, with line
        and column, where it is no SPARQL, would reach beyond the graphs (SERVICE, FROM <file:...>),
        change them, or takes too long or too much memory.

        >>> import llm4cell
        >>> rows = llm4cell.load().sparql('''
        ...     PREFIX l4c: <https://w3id.org/llm4cell/ontology/>
        ...     SELECT (COUNT(*) AS ?claims) { ?claim l4c:verdict l4c:Rejected }''')
        >>> rows[0].claims > 0
        True
        """
        from llm4cell.isolation import Limits, ask

        answer = ask(text, limits=Limits(seconds=timeout), files=self._files)
        if isinstance(answer, Table):
            return _rows(answer)
        if isinstance(answer, bool):
            return Rows(("answer",), [(answer,)])
        return Rows(("subject", "predicate", "object"),
                    ([_python(term) for term in triple] for triple in answer))

    # Other libraries

    @cached_property
    def graph(self) -> rdflib.Graph:
        """Ontology and graphs as one rdflib graph, made when first asked for.

        Raises MissingExtraError where rdflib is not installed.

        >>> import llm4cell
        >>> from rdflib.namespace import RDFS
        >>> (None, RDFS.label, None) in llm4cell.load().graph
        True
        """
        try:
            import rdflib
        except ImportError as error:
            raise MissingExtraError("kg.graph", "rdflib", "build") from error
        made = rdflib.Graph()
        for path in self._files.values():
            try:
                made.parse(path, format="turtle")
            except (OSError, SyntaxError) as error:
                fault = " ".join(str(error).split())
                raise EngineError(f"{path}: cannot be loaded ({fault}); "
                                  "run: llm4cell build") from error
        return made

    def to_networkx(self) -> networkx.MultiDiGraph:
        """Return models, data resources and terms as a network of accepted facts.

        Nodes are CURIEs with ``label``, ``kind`` (model, variant, dataset, task, modality, family,
        grounding, architecture, learning objective, agent capability, other) and ``iri``; terms
        that no fact touches are there too. An edge is a fact between two of them: its key the
        property's name (supportsTask), its attributes ``property`` (the label), ``verdict``,
        ``polarity`` and, of all claims on it, ``source_kinds`` of the asserting ones and ``claims``
        as CURIEs, joined by "; " so that every file format of networkx can hold them. Literal
        facts (years, counts) are no edges.

        Raises MissingExtraError where networkx is not installed.
        """
        try:
            import networkx
        except ImportError as error:
            raise MissingExtraError("kg.to_networkx()", "networkx", "analysis") from error
        network = networkx.MultiDiGraph(name="LLM4Cell")
        kinds = self._kinds()
        for iri in sorted(kinds):
            network.add_node(compact(iri), label=self._label(iri), kind=kinds[iri], iri=iri)
        pattern = f"?s rdf:type/rdfs:subClassOf* ?class VALUES ?class {{ {_iris(_INSTANCES)} }}"
        claims = self._all_claims
        for iri, record in sorted(self._records(pattern).items()):
            for fact in self._make_facts(self._resource(iri), record, claims.get(iri, ())):
                if not isinstance(fact.value, Resource):
                    continue
                target = fact.value
                if target.curie not in network:
                    network.add_node(target.curie, label=target.label, kind="other", iri=target.iri)
                network.add_edge(
                    compact(iri), target.curie, key=Resource(fact.property_iri, "").id,
                    property=fact.property, verdict=fact.verdict, polarity=fact.polarity,
                    source_kinds="; ".join(fact.source_kinds),
                    claims="; ".join(claim.curie for claim in fact.claims),
                )
        return network

    def _kinds(self) -> dict[str, str]:
        """Return IRI -> kind of node."""
        kinds: dict[str, str] = {}
        for path, roots in (("rdfs:subClassOf*", _ROOTS),
                            ("rdf:type/rdfs:subClassOf*", _INSTANCES)):
            table = self._store.select(f"{_PREFIXES}SELECT DISTINCT ?s ?root WHERE {{ ?s {path} "
                                       f"?root VALUES ?root {{ {_iris(roots)} }} }}")
            for s, root in table:
                if s and root and s.kind == "uri":
                    kinds[s.value] = roots[root.value]
        return kinds

    # Reading

    @cached_property
    def _store(self) -> EmbeddedStore:
        return EmbeddedStore(self._files)

    @cached_property
    def _labels(self) -> dict[str, str]:
        table = self._store.select(f"{_PREFIXES}SELECT DISTINCT ?s ?label "
                                   "WHERE { ?s rdfs:label ?label } ORDER BY ?s DESC(?label)")
        return {s.value: label.value for s, label in table if s and label}

    @cached_property
    def _fact_properties(self) -> frozenset[str]:
        table = self._store.select(f"{_PREFIXES}SELECT ?p WHERE {{ ?p l4c:isFact true }}")
        return frozenset(p.value for (p,) in table if p)

    @cached_property
    def _models(self) -> dict[str, Model]:
        papers = {iri: Publication(iri, self._label(iri), _graph=self)
                  for iri in self._records(f"?s rdf:type <{L4C.Publication}>")}
        models = {}
        for iri, record in self._records(f"?s rdf:type <{L4C.Model}>").items():
            agentic = [term.value == "true" for term in record.get(L4C.isAgentic, ())]
            primary = _first(record, L4C.primaryFamily)
            models[iri] = Model(
                iri=iri,
                label=self._label(iri),
                synonyms=_texts(record, SKOS.altLabel),
                _graph=self,
                families=tuple(sorted(map(self._label, _texts(record, L4C.family)))),
                primary_family=self._label(primary) if primary else None,
                agentic=agentic[0] if agentic else None,
                publication=papers.get(_first(record, L4C.describedBy)),
            )
        return models

    @cached_property
    def _datasets(self) -> dict[str, Dataset]:
        pattern = f"?s rdf:type/rdfs:subClassOf* <{L4C.Dataset}>"
        return {
            iri: Dataset(
                iri=iri,
                label=self._label(iri),
                synonyms=_texts(record, SKOS.altLabel),
                _graph=self,
                kinds=tuple(sorted(self._label(t) for t in _texts(record, RDF.type)
                                   if t.startswith(L4C.base))),
            )
            for iri, record in self._records(pattern).items()
        }

    def _records(self, pattern: str) -> dict[str, _Record]:
        """Return subject -> predicate -> values for what ``pattern`` says of ?s."""
        table = self._store.select(f"{_PREFIXES}SELECT ?s ?p ?o WHERE {{ {pattern} . ?s ?p ?o }}")
        # Made unique and sorted here: for all claims at once the engine takes four times as long.
        found: dict[str, dict[str, set[Term]]] = {}
        for s, p, o in table:
            if s and p and o and s.kind == "uri" and o.kind != "bnode":
                found.setdefault(s.value, {}).setdefault(p.value, set()).add(o)
        return {s: {p: sorted(values) for p, values in record.items()}
                for s, record in sorted(found.items())}

    def _matching(self, known: Mapping[str, _E], cls: str, patterns: list[str]) -> list[_E]:
        asked = [pattern for pattern in patterns if pattern]
        if not asked:
            return sorted(known.values(), key=_by_label)
        table = self._store.select(
            f"{_PREFIXES}SELECT DISTINCT ?s WHERE {{ {' '.join(asked)} "
            f"?s rdf:type/rdfs:subClassOf* <{cls}> }}"
        )
        return sorted((known[s.value] for (s,) in table if s and s.value in known), key=_by_label)

    def _below(self, path: str, root: str, what: str, value: str | Resource | None) -> str:
        if value is None:
            return ""
        return f"{path}/rdfs:subClassOf* <{self._find(value, what, below=root)}> ."

    def _find(self, value: str | Resource, what: str, *, below: str = "", of: str = "") -> str:
        text = value.iri if isinstance(value, Resource) else value
        if not isinstance(text, str):
            raise ParameterError(f"{what}={value!r}: give a slug, label, synonym, CURIE or IRI")
        return find_term(self._store, text, Scope(below=below, of=of), what=what)

    def _label(self, iri: str) -> str:
        return self._labels.get(iri) or compact(iri)

    def _resource(self, iri: str) -> Resource:
        return Resource(iri, self._label(iri))

    def _value(self, term: Term) -> Value:
        if term.kind == "literal":
            value = _python(term)
            assert value is not None
            return value
        return self._resource(term.value)

    # Claims

    def _claims_of(self, iri: str) -> tuple[Claim, ...]:
        if "_all_claims" in self.__dict__:
            return self._all_claims.get(iri, ())
        if iri not in self._claims_read:
            found = self._read_claims(f"?s l4c:about <{iri}>")
            self._claims_read[iri] = found.get(iri, ())
        return self._claims_read[iri]

    @cached_property
    def _all_claims(self) -> dict[str, tuple[Claim, ...]]:
        return self._read_claims("?s l4c:about ?about")

    def _read_claims(self, pattern: str) -> dict[str, tuple[Claim, ...]]:
        """Return subject -> its claims in their order."""
        # What an erratum is about makes it no claim: claims have a verdict.
        found: dict[str, list[Claim]] = {}
        for iri, record in self._records(f"{pattern} ; l4c:verdict ?verdict").items():
            claim = self._claim(iri, record)
            found.setdefault(claim.about.iri, []).append(claim)
        return {about: tuple(sorted(claims, key=_claim_order))
                for about, claims in sorted(found.items())}

    def _claim(self, iri: str, record: _Record) -> Claim:
        dimension = record.get(L4C.dimension, [])
        property_iri = L4C.dimension if dimension else _first(record, L4C.property)
        level, judge = _first(record, L4C.level), _first(record, L4C.judge)
        (value, *_) = dimension or record.get(L4C.value) or [Term("literal", "", XSD.string)]
        return Claim(
            iri=iri,
            about=self._resource(_first(record, L4C.about)),
            property="dimension" if dimension else self._label(property_iri),
            property_iri=property_iri,
            value=self._value(value),
            verdict=self._label(_first(record, L4C.verdict)),
            polarity=self._label(_first(record, L4C.polarity)),
            source_kind=self._label(_first(record, L4C.sourceKind)),
            source=self._resource(_first(record, DCTERMS.source)),
            locator=_first(record, L4C.locator),
            statement=_first(record, L4C.statement),
            printed=_first(record, L4C.printed),
            reason=_first(record, L4C.reason),
            corrected_by=_texts(record, L4C.correctedBy),
            is_assessment=bool(dimension),
            level=self._label(level) if level else None,
            judge=self._label(judge) if judge else None,
        )

    def _facts_of(self, entity: Entity) -> tuple[Fact, ...]:
        records = self._records(f"VALUES ?s {{ <{entity.iri}> }}")
        return self._make_facts(entity, records.get(entity.iri, {}), entity.claims)

    def _make_facts(
        self, about: Resource, record: _Record, claims: tuple[Claim, ...]
    ) -> tuple[Fact, ...]:
        behind: dict[tuple[str, Value, type], list[Claim]] = {}
        for claim in claims:
            # With the type: True equals 1.
            key = (claim.property_iri, claim.value, type(claim.value))
            behind.setdefault(key, []).append(claim)
        facts = []
        for property_iri in self._fact_properties & record.keys():
            for term in record[property_iri]:
                value = self._value(term)
                found = behind.get((property_iri, value, type(value)), [])
                found.sort(key=lambda claim: (not claim.asserts, *_claim_order(claim)))
                # The bare resource: a fact then prints, compares and travels without the graph.
                facts.append(Fact(Resource(about.iri, about.label), self._label(property_iri),
                                  property_iri, value, tuple(found)))
        return tuple(sorted(facts, key=lambda fact: (fact.property, str(fact.value))))


def _rows(table: Table) -> Rows:
    return Rows(table.columns, ([_python(term) for term in row] for row in table))


def _python(term: Term | None) -> Cell:
    """Return a term as Python knows it; text where its datatype is another or does not fit."""
    if term is None:
        return None
    if term.kind == "bnode":
        return f"_:{term.value}"
    if term.datatype == XSD.boolean and term.value in ("true", "false", "1", "0"):
        return term.value in ("true", "1")
    if term.datatype in _NUMBERS:
        with contextlib.suppress(ValueError):
            return _NUMBERS[term.datatype](term.value)
    return term.value


_NUMBERS: dict[str, type[int] | type[float]] = {
    XSD.integer: int, XSD.int: int, XSD.long: int, XSD.nonNegativeInteger: int,
    XSD.decimal: float, XSD.double: float, XSD.float: float,
}


def _parameter(value: str | int | bool | Resource) -> str:
    if isinstance(value, Resource):
        return value.iri
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(record: _Record, predicate: str) -> tuple[str, ...]:
    return tuple(term.value for term in record.get(predicate, ()))


def _first(record: _Record, predicate: str) -> str:
    return next(iter(_texts(record, predicate)), "")


def _by_label(resource: Resource) -> tuple[str, str]:
    return resource.label.casefold(), resource.iri


def _rank_kind(kind: str) -> tuple[int, str]:
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS)), kind


def _claim_order(claim: Claim) -> tuple[bool, str, str, int, tuple[int, str], str]:
    verdict = _VERDICTS.index(claim.verdict) if claim.verdict in _VERDICTS else len(_VERDICTS)
    return (claim.is_assessment, claim.property, str(claim.value), verdict,
            _rank_kind(claim.source_kind), claim.iri)


def _iris(iris: Iterable[str]) -> str:
    return " ".join(f"<{iri}>" for iri in iris)
