"""The identifiers of outside terms: whether each exists, is not obsolete and has its true label.

They are looked up in the releases that two packages ship (EDAM in ``edam-ontology``; CL, EFO,
MONDO and UBERON in ``cellxgene-ontology-guide``) and, where these have no such term, in
``ontology/mappings/targets.tsv``, the list of terms that were checked by hand. Nothing that could
not be looked up passes: a missing package is an error, an unlisted term a finding.
"""

from __future__ import annotations

import csv
import difflib
import importlib.resources
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm4cell.documents import shorten
from llm4cell.errors import MissingExtraError, OntologyError
from llm4cell.mappings import read_mappings
from llm4cell.ontology import fold, local_name
from llm4cell.slims import (
    NCBITAXON_PREFIX,
    VOCABULARIES,
    IdentifierUse,
    Target,
    catalogue_uses,
    phrase_uses,
    read_guide,
    read_targets,
    slim_file,
    vocabulary_of,
)
from llm4cell.vocabulary import AIO, EDAM, EFO, OBO, RDFS, compact, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from llm4cell.slims import Slims, Vocabulary

__all__ = [
    "IdentifierFinding",
    "IdentifierUse",
    "Sources",
    "Target",
    "check_identifiers",
    "read_sources",
    "read_targets",
    "resolve_term",
    "show",
    "term_faults",
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
_GUIDE_ONTOLOGIES = tuple(v.prefix for v in VOCABULARIES.values() if v.prefix != NCBITAXON_PREFIX)


@dataclass(frozen=True, slots=True, order=True)
class IdentifierFinding:
    """A fault of one outside identifier: where it is used, its IRI, what is wrong, what to do."""

    place: str
    iri: str
    fault: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.fault}; {self.fix}"


def check_identifiers(root: Path) -> list[IdentifierFinding]:
    """Return the faults of every outside identifier used below ``root``, ordered by place.

    Args:
        root: a checkout, with ontology/ and graphs/.

    Raises:
        OntologyError: a file cannot be read.
        MissingExtraError: a term is used that only a package of the extra ``check`` can look up.
    """
    sources = read_sources(root)
    findings = []
    wrong: set[str] = set()
    for use in used_identifiers(root):
        if not use.line and use.iri in wrong:
            # Named where it is written; the files that were made from there repeat it.
            continue
        for fault, fix in term_faults(use.iri, use.label, sources):
            wrong.add(use.iri)
            line = use.line or _line_of(use.path, use.iri)
            name = use.path.relative_to(root).as_posix()
            findings.append((name, line, use.iri, fault, fix))
    return [
        IdentifierFinding(f"{name}:{line}" if line else name, iri, fault, fix)
        for name, line, iri, fault, fix in sorted(findings)
    ]


def used_identifiers(root: Path) -> list[IdentifierUse]:
    """Return every outside identifier used below ``root``, once a file.

    First those that people write, with their lines: all objects of the mapping table, the terms
    that phrases.tsv maps to, each ``id:`` of the catalogue. Then, in ontology/*.ttl,
    ontology/imports/*.ttl and graphs/*.ttl, each OBO, EFO, EDAM or AIO term that is a subject or an
    object, which takes in the values of dcterms:source.
    """
    table = root / "ontology" / "mappings" / "llm4cell.sssom.tsv"
    uses = [
        IdentifierUse(table, row.line, row.object, row.object_label) for row in read_mappings(table)
    ]
    uses += [*phrase_uses(table.with_name("phrases.tsv")), *catalogue_uses(root)]
    files = [path for folder in ("ontology", "ontology/imports", "graphs")
             for path in sorted((root / folder).glob("*.ttl"))]
    for path in files:
        labels = _outside_terms(path)
        uses += [IdentifierUse(path, 0, iri, labels[iri]) for iri in sorted(labels)]
    return uses


def term_faults(iri: str, label: str | None, sources: Sources) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the use of a term under a label, and what would be right."""
    name = show(iri)
    if _namespace(iri) is None and _OUTSIDE.fullmatch(iri):
        yield (f"{name} is in no namespace of its vocabulary",
               f"terms of these are spelt {OBO}..., {EFO}..., {EDAM}... or {AIO}...")
        return
    target = sources.find(iri)
    if target is None:
        nearest = sources.named(iri, label)
        close = sources.nearest(iri, label) if not nearest else []
        if nearest:
            fix = f"'{label}' is {' or '.join(map(show, nearest))}"
        elif close:
            fix = "did you mean " + " or ".join(f"{show(i)} ('{n}')" for i, n in close) + "?"
        elif sources.is_shipped(iri):
            fix = "look its term up and give the right id"
        else:
            fix = "check it in its vocabulary and list it in ontology/mappings/targets.tsv"
        yield f"{name} is not in any vocabulary that it could be looked up in", fix
        return
    if target.obsolete:
        current = sources.find(target.replacement) if target.replacement else None
        called = f" ('{current.label}')" if current else ""
        fix = (f"use {show(target.replacement)}{called}" if target.replacement
               else "its vocabulary names no replacement; choose another term")
        yield f"{name} ('{target.label}') is obsolete", fix
    if label is not None and label != target.label:
        right = [other for other in sources.named(iri, label) if other != iri]
        yield (f"{name} is labelled '{label}'",
               f"its label is '{target.label}'; correct the label or the id"
               + (f" ('{label}' is {' or '.join(map(show, right))})" if right else ""))


def show(iri: str) -> str:
    """Return a term's id as people write it: a CURIE where its vocabulary has a prefix.

    >>> show("http://purl.obolibrary.org/obo/CL_0000084"), show("http://edamontology.org/data_0007")
    ('CL:0000084', '<http://edamontology.org/data_0007>')
    """
    return compact(iri) if vocabulary_of(iri) else f"<{iri}>"


def resolve_term(
    label: str, identifier: str, vocabularies: Sequence[Vocabulary], slims: Slims,
    look_up: Callable[[], Sources],
) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the IRI of a term that the catalogue names by label and id, "" where it cannot be.

    With it the faults: the key at fault (value or id), what is wrong, what would be right. The term
    must stand in the slims; what is wrong with one that does not, ``look_up`` helps to say.
    """
    title = " or ".join(v.title for v in vocabularies)
    example = f"write it as in {_EXAMPLES[vocabularies[0].name]}"
    if not identifier:
        found = slims.named(label, vocabularies) or _named(label, vocabularies, look_up)
        fix = (f"add 'id: {' or '.join(map(show, found))}'" if found
               else f"add 'id:', its id in {title}, as in {_EXAMPLES[vocabularies[0].name]}")
        return "", [("value", f"'{shorten(label)}' has no 'id'", fix)]
    vocabulary = next((v for v in vocabularies if v.spells(identifier)), None)
    if vocabulary is None:
        shown = shorten(identifier)
        guess = _respell(identifier)
        if any(v.spells(guess) for v in vocabularies):
            return "", [("id", f"id '{shown}' is not spelt as one", f"write '{guess}'")]
        other = next((v for v in VOCABULARIES.values() if v.spells(guess)), None)
        found = slims.named(label, vocabularies) or _named(label, vocabularies, look_up)
        fix = f"'{shorten(label)}' is {' or '.join(map(show, found))}" if found else example
        fault = f"is of the {other.title}, not of {title}" if other else f"is no id of {title}"
        return "", [("id", f"id '{shown}' {fault}", fix)]
    iri = str(expand(identifier))
    known = slims.labels.get(iri)
    if known is not None:
        if known == label:
            return iri, []
        right = slims.named(label, vocabularies) or _named(label, vocabularies, look_up)
        also = f", or the id: '{shorten(label)}' is {' or '.join(map(show, right))}"
        return iri, [("value", f"{identifier} is '{known}', not '{shorten(label)}'",
                      f"correct the label{also if right else ' or the id'}")]
    slim = slim_file(vocabulary)
    run = "run: llm4cell build --slims"
    try:
        faults = list(term_faults(iri, label, look_up()))
    except MissingExtraError as error:
        return iri, [("id", f"{identifier} is not in {slim}",
                      f"{run}, which needs: pip install 'llm4cell[{error.extra}]'")]
    except OntologyError:
        # The list of terms checked by hand is missing or at fault, which others say.
        faults = []
    if not faults:
        return iri, [("id", f"{identifier} ('{shorten(label)}') is not in {slim}", run)]
    return iri, [("id", fault, fix) for fault, fix in faults]


_EXAMPLES = {"cl": "CL:0000084", "efo": "EFO:0008913", "mondo": "MONDO:0004992",
             "ncbitaxon": "NCBITaxon:9606", "uberon": "UBERON:0002048"}


def _respell(text: str) -> str:
    """Return ``text``, an IRI or a misspelt CURIE, as a CURIE where one can be made of it.

    >>> _respell("http://purl.obolibrary.org/obo/CL_0000084"), _respell("ncbitaxon_9606")
    ('CL:0000084', 'NCBITaxon:9606')
    """
    match = re.fullmatch(r"<?(?:https?://\S*/)?([A-Za-z]+)\s*[_:]\s*([0-9]+)>?", text)
    if not match:
        return text
    prefixes = {v.prefix.lower(): v.prefix for v in VOCABULARIES.values()}
    return f"{prefixes.get(match[1].lower(), match[1])}:{match[2]}"


def _named(label: str, vocabularies: Iterable[Vocabulary],
           look_up: Callable[[], Sources]) -> list[str]:
    """Return the terms that have ``label``, none where they cannot be looked up."""
    try:
        sources = look_up()
        return [iri for v in vocabularies for iri in sources.named(v.space + "0", label)][:3]
    except (MissingExtraError, OntologyError):
        return []


def read_sources(root: Path) -> Sources:
    """Return where the terms used below ``root`` can be looked up."""
    return Sources(read_targets(root / "ontology" / "mappings" / "targets.tsv"))


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


class Sources:
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
        return sorted(i for i, t in self._beside(iri).items()
                      if not t.obsolete and fold(t.label) == fold(label))[:3]

    def nearest(self, iri: str, label: str | None) -> list[tuple[str, str]]:
        """Return up to two current terms of that vocabulary whose labels are near ``label``."""
        wanted = fold(label or "")
        words = set(wanted.split())
        # Comparing with all 30,000 labels of a vocabulary would take half a second a fault.
        known = {name: (i, t.label) for i, t in self._beside(iri).items()
                 if not t.obsolete and 2 * len(name := fold(t.label)) > len(wanted)
                 and (name[:1] == wanted[:1] or not words.isdisjoint(name.split()))}
        near = difflib.get_close_matches(wanted, known, n=2, cutoff=0.75)
        return [known[name] for name in near]

    def _beside(self, iri: str) -> dict[str, Target]:
        """Return the known terms of the vocabulary of ``iri``."""
        space = vocabulary_of(iri)
        base = (space.space.base if space
                else _namespace(iri) or iri[: len(iri) - len(local_name(iri))])
        return {**{i: t for i, t in self._targets.items() if i.startswith(base)},
                **self._vocabulary(iri)}

    def _vocabulary(self, iri: str) -> dict[str, Target]:
        name = _shipped_name(iri)
        if not name:
            return {}
        if name not in self._shipped:
            self._shipped[name] = dict(_read_edam() if name == "EDAM" else read_guide(name))
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
