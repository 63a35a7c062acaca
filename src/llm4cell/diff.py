"""What changed between two builds of the graphs, by model, data resource and publication.

Compared are the triples of graphs/*.ttl, whichever file they stand in; the ontology is not. A wheel
is read as an archive: nothing in it is unpacked to disk, installed or run.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from llm4cell.errors import InputError
from llm4cell.faces import printable
from llm4cell.vocabulary import DCTERMS, L4C, RDF, RDFS, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyoxigraph

__all__ = ["Change", "Changed", "Snapshot", "compare", "read_snapshot"]

KINDS = ("model", "variant", "dataset", "publication", "other")
# Fifty times what the graphs hold today; what is larger is no build of them.
_MAX_FILE = 32 << 20
_MAX_TOTAL = 64 << 20
_MAX_MEMBERS = 10_000
_MEMBER = re.compile(r"llm4cell/data/graphs/[^/]+\.ttl")
_TERMS = re.compile(r"llm4cell/data/ontology/(?:llm4cell|imports/[^/]+)\.ttl")

# A literal with a datatype, such as a number.
_TYPED = re.compile(r'"(?P<text>[^"]*)"\^\^<[^>]*>')
_T = TypeVar("_T")
# Predicate -> its values, as N-Triples terms.
Statements = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The triples of one build: those of resources, and those of claims, which have a verdict.

    ``labels`` are for show only and come from the graphs and the ontology beside them.
    """

    resources: dict[str, Statements]
    claims: dict[str, Statements]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One property of one claim whose values differ; IRIs in angle brackets, literals quoted."""

    property: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(slots=True)
class Changed:
    """What differs on one resource: own triples, and claims about it, by IRI.

    Facts are (property, value) with the value as an N-Triples term; labels, types and the like are
    among them.
    """

    iri: str
    facts_added: list[tuple[str, str]] = field(default_factory=list)
    facts_removed: list[tuple[str, str]] = field(default_factory=list)
    claims_added: dict[str, Statements] = field(default_factory=dict)
    claims_removed: dict[str, Statements] = field(default_factory=dict)
    claims_changed: dict[str, list[Change]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """'model', 'variant', 'dataset', 'publication' or 'other', from the IRI."""
        prefix = compact(self.iri).partition(":")[0]
        return prefix if prefix in KINDS else "other"


def compare(old: Snapshot, new: Snapshot) -> list[Changed]:
    """Return what differs, models first, each kind by IRI; nothing where all triples agree.

    >>> one = Snapshot({"urn:a": {"urn:p": frozenset({"<urn:b>"})}}, {}, {})
    >>> compare(one, one)
    []
    >>> compare(one, Snapshot({}, {}, {}))[0].facts_removed
    [('urn:p', '<urn:b>')]
    """
    found: dict[str, Changed] = {}

    def changed(iri: str) -> Changed:
        return found.setdefault(iri, Changed(iri))

    for iri, before, after in _pairs(old.resources, new.resources):
        changed(iri).facts_removed = sorted(_flat(before) - _flat(after))
        changed(iri).facts_added = sorted(_flat(after) - _flat(before))
    for iri, before, after in _pairs(old.claims, new.claims):
        subject = changed(_about(iri, after or before or {}))
        if before and after:
            subject.claims_changed[iri] = [
                Change(predicate, tuple(sorted(was or ())), tuple(sorted(now or ())))
                for predicate, was, now in _pairs(before, after)
            ]
        elif after:
            subject.claims_added[iri] = after
        elif before:
            subject.claims_removed[iri] = before
    return sorted(found.values(), key=lambda change: (KINDS.index(change.kind), change.iri))


def _pairs(
    old: dict[str, _T], new: dict[str, _T]
) -> Iterator[tuple[str, _T | None, _T | None]]:
    """Yield the keys whose values differ, in order, with both values; None for a missing one."""
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield key, old.get(key), new.get(key)


def _flat(statements: Statements | None) -> set[tuple[str, str]]:
    return {(predicate, value)
            for predicate, values in (statements or {}).items() for value in values}


def _about(iri: str, claim: Statements) -> str:
    """Return the IRI of a claim's subject; the claim's own where it has none or several."""
    subjects = claim.get(L4C.about, frozenset())
    return next(iter(subjects)).strip("<>") if len(subjects) == 1 else iri


def read_snapshot(path: Path) -> Snapshot:
    """Read a folder of graphs, a checkout or a wheel.

    Raises InputError where ``path`` is none of them, a file is no Turtle, or an archive is damaged,
    too large when unpacked or has names that lead out of it.
    """
    graphs, terms = _read_wheel(path) if path.is_file() else _read_folder(path)
    return _snapshot(graphs, terms)


def _read_folder(path: Path) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]]]:
    if not path.is_dir():
        raise InputError(f"{path}: no such folder or wheel")
    folder = path / "graphs" if (path / "graphs").is_dir() else path
    files = sorted(file for file in folder.glob("*.ttl") if file.is_file())
    if not files:
        raise InputError(f"{path}: no graphs/*.ttl in it; name a folder of graphs, a checkout "
                         "or a wheel")
    total = 0
    graphs = []
    for file in files:
        graphs.append((str(file), _read_file(file)))
        total += len(graphs[-1][1])
        _limit(str(path), total, _MAX_TOTAL)
    ontology = folder.parent / "ontology"
    terms = [ontology / "llm4cell.ttl", *sorted((ontology / "imports").glob("*.ttl"))]
    return graphs, [(str(file), _read_file(file)) for file in terms if file.is_file()]


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_FILE + 1)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror})") from error
    _limit(str(file), len(data), _MAX_FILE)
    return data


def _limit(place: str, size: int, most: int) -> None:
    if size > most:
        raise InputError(f"{place}: larger than {most >> 20} MB; no build of these graphs is")


def _read_wheel(path: Path) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path, members)
            graphs: list[tuple[str, bytes]] = []
            terms: list[tuple[str, bytes]] = []
            total = 0
            for member in members:
                is_graph = _MEMBER.fullmatch(member.filename) is not None
                if is_graph or _TERMS.fullmatch(member.filename):
                    place = f"{path}/{member.filename}"
                    with archive.open(member) as stream:
                        # Bounded by what comes out: the sizes in the archive may lie.
                        data = stream.read(_MAX_FILE + 1)
                    _limit(place, len(data), _MAX_FILE)
                    total += len(data)
                    _limit(str(path), total, _MAX_TOTAL)
                    (graphs if is_graph else terms).append((place, data))
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError,
            ValueError) as error:
        raise InputError(f"{path}: not a wheel, or a damaged one ({error})") from error
    if not graphs:
        raise InputError(f"{path}: no llm4cell/data/graphs/*.ttl in it; is it a wheel of llm4cell?")
    return sorted(graphs), terms


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that no build tool makes."""
    if len(members) > _MAX_MEMBERS:
        raise InputError(f"{path}: {len(members)} files in it; no wheel of llm4cell has so many")
    seen = set()
    for member in members:
        name = member.filename
        fault = ""
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            fault = "leads out of the archive"
        elif name in seen:
            fault = "is there twice"
        elif stat.S_ISLNK(member.external_attr >> 16):
            fault = "is a link"
        elif member.flag_bits & 1:
            fault = "is encrypted"
        # Python unpacks the other methods without a bound on memory.
        elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            fault = "is compressed by a method that wheels do not use"
        if fault:
            raise InputError(f"{path}: refused, since {name!r} {fault}")
        seen.add(name)


def _snapshot(graphs: Iterable[tuple[str, bytes]],
              terms: Iterable[tuple[str, bytes]]) -> Snapshot:
    from pyoxigraph import Literal, NamedNode

    found: dict[str, dict[str, set[str]]] = {}
    labels: dict[str, str] = {}
    for place, data in terms:
        for triple in _parse(place, data):
            subject, value = triple.subject, triple.object
            if (triple.predicate.value == RDFS.label and isinstance(subject, NamedNode)
                    and isinstance(value, Literal)):
                labels[subject.value] = value.value
    for place, data in graphs:
        for triple in _parse(place, data):
            subject, predicate, value = triple.subject, triple.predicate.value, triple.object
            # To match the blank nodes of two files can take for ever (RDFC-1.0, section 7.1).
            if not isinstance(subject, NamedNode) or not isinstance(value, NamedNode | Literal):
                raise InputError(f"{place}: a blank node or quoted triple; built graphs have none; "
                                 "run: llm4cell build")
            found.setdefault(subject.value, {}).setdefault(predicate, set()).add(str(value))
            if predicate == RDFS.label:
                labels[subject.value] = value.value
    whole = {subject: {predicate: frozenset(values) for predicate, values in statements.items()}
             for subject, statements in found.items()}
    claims = {iri: record for iri, record in whole.items() if L4C.verdict in record}
    resources = {iri: record for iri, record in whole.items() if iri not in claims}
    return Snapshot(resources, claims, labels)


def _parse(place: str, data: bytes) -> Iterator[pyoxigraph.Quad]:
    import pyoxigraph

    # pyoxigraph 0.5 ends the process where some 15,000 quoted triples stand in one another.
    for mark, most in ((b"<<", 500), (b"[", 100_000), (b"(", 100_000)):
        if data.count(mark) > most:
            raise InputError(f"{place}: more than {most} '{mark.decode()}'; no build has so many")
    try:
        yield from pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE)
    except (SyntaxError, ValueError, MemoryError) as error:
        # MemoryError: a literal larger than the parser's buffer of 16 MB.
        raise InputError(f"{place}: not Turtle ({error})") from error


# Faces


def as_data(changes: Iterable[Changed], old: Snapshot, new: Snapshot) -> dict[str, Any]:
    """Return the comparison for JSON: IRIs in full, values as N-Triples terms, labels beside."""
    listed = list(changes)
    return {
        "equal": not listed,
        "summary": {kind: count for kind in KINDS
                    if (count := sum(change.kind == kind for change in listed))},
        "resources": [
            {
                "iri": change.iri,
                "kind": change.kind,
                "label": new.labels.get(change.iri, old.labels.get(change.iri)),
                "facts": {"added": _fact_data(change.facts_added),
                          "removed": _fact_data(change.facts_removed)},
                "claims": {
                    "added": _claim_data(change.claims_added),
                    "removed": _claim_data(change.claims_removed),
                    "changed": [
                        {"iri": iri, "changes": [
                            {"property": one.property, "old": list(one.old), "new": list(one.new)}
                            for one in several]}
                        for iri, several in change.claims_changed.items()
                    ],
                },
            }
            for change in listed
        ],
    }


def _fact_data(facts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"property": predicate, "value": value} for predicate, value in facts]


def _claim_data(claims: dict[str, Statements]) -> list[dict[str, Any]]:
    return [{"iri": iri, "statements": {p: sorted(values) for p, values in claim.items()}}
            for iri, claim in claims.items()]


def as_lines(changes: Iterable[Changed], old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Yield the comparison for people: a heading a resource, + added, - removed, ~ changed."""
    labels = old.labels | new.labels

    def value(term: str) -> str:
        if term.startswith("<"):
            iri = term[1:-1]
            return labels.get(iri) or compact(iri)
        typed = _TYPED.fullmatch(term)
        return typed["text"] if typed else term

    def several(terms: Iterable[str]) -> str:
        return ", ".join(map(value, terms)) or "nothing"

    def claim(record: Statements) -> str:
        def get(predicate: str) -> str:
            return several(sorted(record.get(predicate, frozenset())))

        about, stated = ("dimension", L4C.dimension) if L4C.dimension in record else (
            get(L4C.property), L4C.value)
        marks = "; ".join(map(get, (L4C.verdict, L4C.polarity, L4C.sourceKind, DCTERMS.source,
                                    L4C.locator)))
        return f"{about}: {get(stated)} ({marks})"

    for change in changes:
        label = labels.get(change.iri)
        yield printable(f"{compact(change.iri)}" + (f"  {label}" if label else ""))
        for sign, facts in (("-", change.facts_removed), ("+", change.facts_added)):
            for predicate, term in facts:
                yield printable(f"  {sign} {_property(predicate, labels)}: {value(term)}")
        for sign, claims in (("-", change.claims_removed), ("+", change.claims_added)):
            for iri, record in claims.items():
                yield printable(f"  {sign} {compact(iri)}  {claim(record)}")
        for iri, differences in change.claims_changed.items():
            yield printable(f"  ~ {compact(iri)}")
            for one in differences:
                yield printable(f"      {_property(one.property, labels)}: "
                                 f"{several(one.old)} -> {several(one.new)}")


def _property(iri: str, labels: dict[str, str]) -> str:
    return {RDF.type: "type", RDFS.label: "label"}.get(iri) or labels.get(iri) or compact(iri)
