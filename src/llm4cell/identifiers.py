"""The identifiers of outside terms: whether each exists, is not obsolete and has its true label.

They are looked up in the releases that two packages ship (EDAM in ``edam-ontology``; CL, EFO,
MONDO and UBERON in ``cellxgene-ontology-guide``) and, where these have no such term, in
``ontology/mappings/targets.tsv``, the list of terms that were checked by hand. Nothing that could
not be looked up passes: a missing package is an error, an unlisted term a finding.
"""

from __future__ import annotations

import csv
import importlib
import importlib.resources
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llm4cell.errors import MissingExtraError, OntologyError
from llm4cell.mappings import read_mappings
from llm4cell.ontology import fold, local_name
from llm4cell.vocabulary import AIO, EDAM, EFO, OBO, RDFS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "IdentifierFinding",
    "IdentifierUse",
    "Target",
    "check_identifiers",
    "read_targets",
    "used_identifiers",
]


# Looser than the namespaces themselves, so that a misspelt one is found and not passed over.
_OUTSIDE = re.compile(
    r"https?://(?:www\.)?(?:purl\.obolibrary\.org/obo|ebi\.ac\.uk/efo|edamontology\.org|"
    r"w3id\.org/aio)/(?P<name>[^/#]+)"
)
# Files of an ontology, such as a slim's source, are no terms.
_DOCUMENT = re.compile(r"\.(?:owl|obo|json|ttl)$")
# The guide also ships NCBITaxon, whose loading takes 19 s and 3.2 GB: never ask it for others.
_GUIDE_ONTOLOGIES = ("CL", "EFO", "MONDO", "UBERON")
_TARGET_COLUMNS = ("iri", "label", "vocabulary", "version", "checked_in", "note")


@dataclass(frozen=True, slots=True)
class IdentifierUse:
    """One use of an outside term: the file, its line (0 where not known), the IRI, and the label
    that the file gives to it, if any."""

    path: Path
    line: int
    iri: str
    label: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class IdentifierFinding:
    """A fault of one outside identifier: where it is used, its IRI, what is wrong, what to do."""

    place: str
    iri: str
    fault: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.fault}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Target:
    """What an outside vocabulary says of a term: label, whether obsolete, and its replacement."""

    label: str
    obsolete: bool = False
    replacement: str = ""


def check_identifiers(root: Path) -> list[IdentifierFinding]:
    """Return the faults of every outside identifier used below ``root``, ordered by place.

    Args:
        root: a checkout, with ontology/ and graphs/.

    Raises:
        OntologyError: a file cannot be read.
        MissingExtraError: a term is used that only a package of the extra ``check`` can look up.
    """
    sources = _Sources(read_targets(root / "ontology" / "mappings" / "targets.tsv"))
    findings = []
    for use in used_identifiers(root):
        for fault, fix in _faults(use, sources):
            line = use.line or _line_of(use.path, use.iri)
            name = use.path.relative_to(root).as_posix()
            findings.append((name, line, use.iri, fault, fix))
    return [
        IdentifierFinding(f"{name}:{line}" if line else name, iri, fault, fix)
        for name, line, iri, fault, fix in sorted(findings)
    ]


def used_identifiers(root: Path) -> list[IdentifierUse]:
    """Return every outside identifier used below ``root``, once a file.

    These are all objects of the mapping table, and in ontology/*.ttl, ontology/imports/*.ttl and
    graphs/*.ttl each OBO, EFO, EDAM or AIO term that is a subject or an object, which takes in the
    values of dcterms:source.
    """
    table = root / "ontology" / "mappings" / "llm4cell.sssom.tsv"
    uses = [
        IdentifierUse(table, row.line, row.object, row.object_label) for row in read_mappings(table)
    ]
    files = [path for folder in ("ontology", "ontology/imports", "graphs")
             for path in sorted((root / folder).glob("*.ttl"))]
    for path in files:
        labels = _outside_terms(path)
        uses += [IdentifierUse(path, 0, iri, labels[iri]) for iri in sorted(labels)]
    return uses


def read_targets(path: Path) -> dict[str, Target]:
    """Return IRI -> what was found of it, from the list of terms checked by hand.

    Raises OntologyError naming file, line and fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if tuple(rows.fieldnames or ()) != _TARGET_COLUMNS:
        raise OntologyError(f"{path}:1: columns are not {', '.join(_TARGET_COLUMNS)}")
    targets: dict[str, Target] = {}
    for row in rows:
        if None in row.values() or None in row:
            raise OntologyError(f"{path}:{rows.line_num}: not {len(_TARGET_COLUMNS)} columns")
        for column in _TARGET_COLUMNS[:-1]:
            if not row[column].strip():
                raise OntologyError(f"{path}:{rows.line_num}: no {column}")
        if row["iri"] in targets:
            raise OntologyError(f"{path}:{rows.line_num}: <{row['iri']}> is listed twice")
        targets[row["iri"]] = Target(row["label"])
    return targets


def _faults(use: IdentifierUse, sources: _Sources) -> Iterator[tuple[str, str]]:
    namespace = _namespace(use.iri)
    if namespace is None and _OUTSIDE.fullmatch(use.iri):
        yield (f"<{use.iri}> is in no namespace of its vocabulary",
               f"terms of these are spelt {OBO}..., {EFO}..., {EDAM}... or {AIO}...")
        return
    target = sources.find(use.iri)
    if target is None:
        nearest = sources.named(use.iri, use.label)
        if nearest:
            fix = f"'{use.label}' is {' or '.join(f'<{iri}>' for iri in nearest)}"
        elif sources.is_shipped(use.iri):
            fix = "look its term up and give the right id"
        else:
            fix = "check it in its vocabulary and list it in ontology/mappings/targets.tsv"
        yield f"<{use.iri}> is not in any vocabulary that it could be looked up in", fix
        return
    if target.obsolete:
        fix = (f"use <{target.replacement}>" if target.replacement
               else "its vocabulary names no replacement; choose another term")
        yield f"<{use.iri}> ('{target.label}') is obsolete", fix
    if use.label is not None and use.label != target.label:
        yield (f"<{use.iri}> is labelled '{use.label}'",
               f"its label is '{target.label}'; correct the label or the id")


def _namespace(iri: str) -> str | None:
    return next((str(n) for n in (EFO, OBO, EDAM, AIO) if iri.startswith(str(n))), None)


def _is_term(iri: str) -> bool:
    match = _OUTSIDE.fullmatch(iri)
    return match is not None and not _DOCUMENT.search(match["name"])


def _outside_terms(path: Path) -> dict[str, str | None]:
    """Return the outside terms of a Turtle file with the label that it gives to each, if any."""
    from pyoxigraph import Literal, NamedNode, RdfFormat, parse

    labels: dict[str, str | None] = {}
    try:
        for quad in parse(path=str(path), format=RdfFormat.TURTLE):
            for node in (quad.subject, quad.object):
                if isinstance(node, NamedNode) and _is_term(node.value):
                    labels.setdefault(node.value)
            if (isinstance(quad.subject, NamedNode) and quad.subject.value in labels
                    and quad.predicate.value == RDFS.label and isinstance(quad.object, Literal)
                    and (quad.object.language or "en") == "en"):
                labels[quad.subject.value] = quad.object.value
    except (OSError, SyntaxError, ValueError) as error:
        raise OntologyError(f"{path}: not Turtle ({error})") from error
    return labels


def _line_of(path: Path, iri: str) -> int:
    """Return the first line that has ``iri`` in full or by one of the file's prefixes, else 0."""
    text = path.read_text(encoding="utf-8")
    spellings = [re.escape(f"<{iri}>")]
    for prefix, base in re.findall(r"@prefix\s+([\w-]*):\s*<([^>]*)>", text):
        if iri.startswith(base):
            spellings.append(rf"(?<![\w:-]){re.escape(f'{prefix}:{iri[len(base):]}')}(?![\w-])")
    match = re.search("|".join(spellings), text)
    return text.count("\n", 0, match.start()) + 1 if match else 0


class _Sources:
    """The vocabularies, each read when a term of it is first asked for."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self._shipped: dict[str, dict[str, Target]] = {}

    def find(self, iri: str) -> Target | None:
        """Return what is known of ``iri``; a package's word goes before the list's."""
        return self._vocabulary(iri).get(iri) or self._targets.get(iri)

    def is_shipped(self, iri: str) -> bool:
        """Say whether a package has the vocabulary of ``iri``."""
        return bool(_shipped_name(iri))

    def named(self, iri: str, label: str | None) -> list[str]:
        """Return up to three current terms of the vocabulary of ``iri`` that have ``label``."""
        if label is None:
            return []
        base = _namespace(iri) or iri[: len(iri) - len(local_name(iri))]
        known = {**{i: t for i, t in self._targets.items() if i.startswith(base)},
                 **self._vocabulary(iri)}
        return sorted(i for i, t in known.items()
                      if not t.obsolete and fold(t.label) == fold(label))[:3]

    def _vocabulary(self, iri: str) -> dict[str, Target]:
        name = _shipped_name(iri)
        if not name:
            return {}
        if name not in self._shipped:
            read = _read_edam() if name == "EDAM" else _read_guide(name)
            self._shipped[name] = dict(read)
        return self._shipped[name]


def _shipped_name(iri: str) -> str:
    """Return which shipped ontology an IRI's term belongs to, or nothing."""
    if iri.startswith(str(EDAM)):
        return "EDAM"
    if iri.startswith(str(EFO)):
        return "EFO"
    match = re.match(re.escape(str(OBO)) + r"([A-Za-z]+)_", iri)
    return match[1] if match and match[1] in _GUIDE_ONTOLOGIES else ""


def _read_edam() -> Iterable[tuple[str, Target]]:
    try:
        file = importlib.resources.files("edam_ontology").joinpath("EDAM.tsv")
    except ModuleNotFoundError as error:
        raise MissingExtraError("llm4cell check", "edam-ontology", "check") from error
    # The package's own reader takes the encoding from the locale.
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            replacement = (row["http://www.geneontology.org/formats/oboInOwl#replacedBy"]
                           or row["http://www.geneontology.org/formats/oboInOwl#consider"])
            yield row["Class ID"], Target(row["Preferred Label"], row["Obsolete"] == "TRUE",
                                          replacement.replace("|", "> or <"))


def _read_guide(name: str) -> Iterable[tuple[str, Target]]:
    try:
        versions: Any = importlib.import_module("cellxgene_ontology_guide.supported_versions")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "llm4cell check", "cellxgene-ontology-guide", "check"
        ) from error
    for curie, term in versions.CXGSchema().ontology(name).items():
        replacement = term.get("replaced_by") or ""
        yield _guide_iri(curie), Target(
            term["label"], bool(term.get("deprecated")),
            _guide_iri(replacement) if ":" in replacement else replacement,
        )


def _guide_iri(curie: str) -> str:
    prefix, _, number = curie.partition(":")
    return EFO + number if prefix == "EFO" else OBO + f"{prefix}_{number}"
