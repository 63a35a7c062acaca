"""Catalogue YAML -> typed records, with file and line in every error.

What may stand in a file is laid down in docs/catalogue.md; which properties and values exist, in
the ontology. All faults of all files are collected before any is reported.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from llm4cell.documents import Items, Node, Pairs, Text, read_document, shorten
from llm4cell.errors import CatalogueError, Problem
from llm4cell.identifiers import read_sources, resolve_term
from llm4cell.licences import advise
from llm4cell.ontology import local_name
from llm4cell.slims import VOCABULARIES, read_slims
from llm4cell.vocabulary import (
    CHALLENGE,
    DATASET,
    ERRATUM,
    L4C,
    MODEL,
    PUBLICATION,
    RUBRIC,
    VARIANT,
    XSD,
    expand,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from llm4cell.identifiers import Sources
    from llm4cell.ontology import Ontology, Property
    from llm4cell.slims import Slims, Vocabulary

__all__ = [
    "Assessment",
    "Catalogue",
    "Challenge",
    "Criterion",
    "Erratum",
    "Evidence",
    "Fact",
    "Lead",
    "Listing",
    "Place",
    "Record",
    "Rubric",
    "Search",
    "Value",
    "allowed_properties",
    "examine_catalogue",
    "read_catalogue",
    "slug",
]

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
WEB_ADDRESS = re.compile(r"https?://[^\W_][^\s<>\"{}|\\^`]*")
# Where files are had from, which includes what a browser does not open.
ADDRESS = re.compile(r"(?:https?|s3|ftp)://[^\W_][^\s<>\"{}|\\^`]*")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
MAX_SLUG = 100
MAX_LINE = 300
MAX_FAULTS = 200

# Keys whose text may have paragraphs; any other is one line.
PROSE = frozenset({"description", "explanation", "primary_family_rationale", "reason", "searched",
                   "statement", "text", "value"})

# Record kind -> folder below graphs/catalogue, IRI prefix, class.
FOLDERS = {"model": "models", "dataset": "datasets", "publication": "publications"}
CLASSES = {
    "model": L4C.Model,
    "variant": L4C.ModelVariant,
    "dataset": L4C.Dataset,
    "publication": L4C.Publication,
}
SPACES = {"model": MODEL, "variant": VARIANT, "dataset": DATASET, "publication": PUBLICATION}

COMMON_KEYS = ("id", "label", "alt_labels", "facts", "assessments", "leads", "not_found")
KEYS = {
    "model": (*COMMON_KEYS, "is_model", "publication", "primary_family",
              "primary_family_rationale", "listed_in", "variants"),
    "variant": COMMON_KEYS,
    "dataset": (*COMMON_KEYS, "type", "publication", "listed_in"),
    "publication": (*COMMON_KEYS, "first_author"),
    "statement": ("about", "facts", "assessments"),
    "challenge": ("id", "label", "source", "locator", "description", "touches"),
    "erratum": ("source", "number", "kind", "about", "concerns_tasks", "locators", "text",
                "outside", "shown_by"),
    "rubric": ("id", "label", "version", "description", "criteria"),
    "criterion": ("dimension", "level", "description"),
    "lead": ("property", "dimension", "value", "level", "said_by"),
    "search": ("property", "searched", "on"),
}
REQUIRED = {
    "model": ("id", "label", "is_model", "primary_family"),
    "variant": ("id", "label"),
    "dataset": ("id", "label", "type"),
    "publication": ("id", "label"),
    "statement": ("about",),
    "challenge": ("id", "label", "source", "locator", "description"),
    "erratum": ("source", "number", "kind", "text"),
    "rubric": ("id", "label", "version", "criteria"),
    "criterion": ("dimension", "level", "description"),
    "lead": ("value", "said_by"),
    "search": ("property", "searched", "on"),
}
EVIDENCE_KEYS = ("source", "locator", "kind", "polarity", "verdict", "statement", "printed",
                 "phrase", "reason", "corrected_by", "qualifier", "identifier", "scope",
                 "scope_models", "printed_as", "cited_there_as", "retrieved", "errata", "level",
                 "judge", "explanation")
FACT_EVIDENCE_KEYS = tuple(key for key in EVIDENCE_KEYS
                           if key not in ("level", "judge", "explanation"))
ASSESSMENT_EVIDENCE_KEYS = tuple(key for key in EVIDENCE_KEYS if key != "corrected_by")
LISTS = ("challenges.yaml", "errata.yaml", "rubrics.yaml", "statements.yaml")
SCOPES = ("direct", "group")
# Roots whose members are few and all known: a message lists them.
CLOSED = frozenset({L4C.CoverageLevel, L4C.EvaluationDimension, L4C.Model, L4C.Polarity,
                    L4C.SourceKind, L4C.Verdict})
# What messages call a member of a root whose own label says something else.
_MEMBERS = {L4C.Model: "family"}
_IRI = re.compile(r"<?[A-Za-z][A-Za-z0-9+.-]*:\S+")

_UNITS = {"": 0, "k": 3, "thousand": 3, "m": 6, "mio": 6, "million": 6, "millions": 6, "b": 9,
          "bn": 9, "billion": 9, "billions": 9}
_QUANTITY = re.compile(
    r"(?P<about>~|≈|about |ca\.? |c\. |around |approximately |over |>|>=|≥)?\s*"
    r"(?P<number>[0-9][0-9 ,_\u00a0\u202f]*(?:\.[0-9]+)?)(?:e\+?(?P<power>[0-9]))?"
    r"\s*(?P<unit>[a-zµ]*)(?P<plus>\+?)(?: +(?P<what>[a-z -]+))?", re.IGNORECASE)

_Entry = TypeVar("_Entry")


def slug(text: str) -> str:
    """Return ``text`` as a slug: lower-case ASCII letters and digits joined by hyphens.

    >>> slug("Table 7"), slug("appendix C.1")
    ('table-7', 'appendix-c-1')
    """
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a catalogue file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a fact: an IRI (``datatype`` empty) or a literal of a datatype.

    ``term`` is False for a source's own words on a property whose values are terms or resources.
    """

    text: str
    datatype: str = ""
    term: bool = True


# What a source's "there is none" is written as where an address belongs.
_NO_ADDRESS = Value("none", XSD.string)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source says at one place; with the fact above it, one claim."""

    source: str
    locator: str
    kind: str
    place: Place
    polarity: str = L4C.Affirmed
    verdict: str = L4C.Accepted
    statement: str = ""
    printed: str = ""
    phrase: str = ""
    reason: str = ""
    corrected_by: Value | None = None
    qualifier: str = ""
    identifier: str = ""
    scope: str = ""
    scope_models: tuple[str, ...] = ()
    printed_as: str = ""
    cited_there_as: str = ""
    retrieved: str = ""
    errata: tuple[str, ...] = ()
    level: str = ""
    judge: str = ""
    explanation: str = ""

    @property
    def asserts(self) -> bool:
        """Whether a direct triple follows: accepted and affirmed."""
        return self.verdict == L4C.Accepted and self.polarity == L4C.Affirmed


@dataclass(frozen=True, slots=True)
class Fact:
    """A property's value with all evidence for and against it; ``place`` is the value's line."""

    property: Property
    value: Value
    evidence: tuple[Evidence, ...]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What sources say of a subject on one evaluation dimension."""

    dimension: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """Something said without an address: for curators, never a claim.

    ``topic`` is the IRI of the property or, where ``level`` may stand too, of the dimension.
    """

    topic: str
    value: str
    said_by: str
    place: Place
    is_assessment: bool = False
    level: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Where a property's value was looked for and not found, and when."""

    property: str
    searched: str
    moment: str
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a review lists a subject."""

    source: str
    table: int
    row: int


@dataclass(frozen=True, slots=True)
class Record:
    """A model, variant, dataset or publication, or the statements about one class.

    ``lines`` has the line of each key of its own, those of ``facts`` left out.
    """

    kind: str
    iri: str
    place: Place
    label: str = ""
    alt_labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    is_model: bool = False
    primary_family: str = ""
    primary_family_rationale: str = ""
    publication: str = ""
    listing: Listing | None = None
    first_author: str = ""
    variant_of: str = ""
    facts: tuple[Fact, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    leads: tuple[Lead, ...] = ()
    searches: tuple[Search, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """An open problem that a review names."""

    iri: str
    label: str
    description: str
    source: str
    locator: str
    touches: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Erratum:
    """A recorded error of a review; ``shown_by`` are the sources that show it, where others do."""

    iri: str
    source: str
    number: int
    kind: str
    about: tuple[str, ...]
    locators: tuple[str, ...]
    text: str
    outside: bool
    place: Place
    shown_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """What evidence must show for a level on a dimension."""

    iri: str
    label: str
    dimension: str
    level: str
    description: str
    place: Place


@dataclass(frozen=True, slots=True)
class Rubric:
    """A version of the criteria by which levels are given."""

    iri: str
    label: str
    version: str
    description: str
    criteria: tuple[Criterion, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything below graphs/catalogue, in file order."""

    records: tuple[Record, ...]
    statements: tuple[Record, ...]
    challenges: tuple[Challenge, ...]
    errata: tuple[Erratum, ...]
    rubrics: tuple[Rubric, ...] = ()


def allowed_properties(ontology: Ontology, kind: str) -> dict[str, Property]:
    """Return the properties that a record of ``kind`` may state, by catalogue key."""
    if kind == "statement":
        return ontology.properties
    return {
        key: entry for key, entry in ontology.properties.items()
        if CLASSES[kind] in entry.domains or (entry.kind == "annotation" and entry.is_fact)
    }


def read_catalogue(root: Path, ontology: Ontology, terms: Slims | None = None) -> Catalogue:
    """Read graphs/catalogue below ``root``; raises CatalogueError with all faults of all files.

    ``terms`` are the slims that outside terms are checked against; by default those below ``root``.
    """
    catalogue, problems = examine_catalogue(root, ontology, terms)
    if problems:
        raise CatalogueError(problems)
    return catalogue


def examine_catalogue(
    root: Path, ontology: Ontology, terms: Slims | None = None
) -> tuple[Catalogue, list[Problem]]:
    """Return what can be read of graphs/catalogue below ``root``, and all faults in file order.

    Where there are faults the records have gaps: use them to find further faults only.
    """
    reader = _CatalogueReader(root, ontology, read_slims(root) if terms is None else terms)
    catalogue = reader.read()
    # Ids are looked at twice, before and while the rest is read.
    unique = {str(problem): problem for problem in reader.problems}
    return catalogue, sorted(unique.values(), key=_by_place)


def _by_place(problem: Problem) -> tuple[str, int, str]:
    file, _, line = problem.place.rpartition(":")
    return (file, int(line), problem.fault) if line.isdigit() else (problem.place, 0, problem.fault)


class _Flood(Exception):  # noqa: N818  it ends the reading of one file and is no error itself
    """A file has more faults than anyone reads at once."""


@dataclass(slots=True)
class _File:
    """One file while it is read: its name for messages and the place where faults go."""

    shown: str
    problems: list[Problem]
    faults: int = 0

    def fault(self, line: int, fault: str, fix: str = "") -> None:
        self.faults += 1
        if self.faults > MAX_FAULTS:
            self.problems.append(Problem(self.shown, f"more than {MAX_FAULTS} faults",
                                         "correct these first"))
            raise _Flood
        self.problems.append(Problem(f"{self.shown}:{line}", fault, fix))

    def pairs(self, node: Node, what: str, keys: Sequence[str],
              required: Sequence[str] = ()) -> Pairs:
        """Return ``node`` as a mapping of known keys; what is wrong with it is recorded."""
        if not isinstance(node, Pairs):
            self.fault(node.line, f"{what} is not a mapping", f"write keys: {', '.join(keys)}")
            return Pairs(node.line)
        for key, line in node.lines.items():
            if key not in keys:
                self.fault(line, f"unknown key '{shorten(key)}' in {what}", _suggest(key, keys))
        for key in required:
            if key not in node.nodes:
                self.fault(node.line, f"{what} has no '{key}'", f"add '{key}:'")
        return node

    def items(self, node: Node | None, what: str) -> list[Node]:
        if node is None or (isinstance(node, Text) and node.empty):
            return []
        if not isinstance(node, Items):
            self.fault(node.line, f"{what} is not a list", "write each item on a line that "
                       "starts with '- '")
            return []
        return node.items

    def text(self, pairs: Pairs, key: str) -> str:
        """Return the text of ``key``, "" where it is absent or, which is a fault, no text."""
        node = pairs.nodes.get(key)
        if node is None:
            return ""
        if not isinstance(node, Text):
            self.fault(node.line, f"'{key}' is not plain text", "write one value")
            return ""
        text = node.text.strip()
        if node.empty or not text:
            self.fault(pairs.lines[key], f"'{key}' has no value", "give one or remove the key")
            return ""
        return text if key in PROSE else self._line(node, key, text)

    def _line(self, node: Text, key: str, text: str) -> str:
        """Return ``text``, a name or a pointer: short, on one line, and all of it to be seen."""
        lines = text.splitlines()
        if len(lines) > 1:
            self.fault(node.line, f"'{key}' has line breaks", "write it on one line")
        hidden = next((c for c in "".join(lines) if unicodedata.category(c) in ("Cc", "Cf")), "")
        if hidden:
            # Two names could look alike, or one be shown in another order than it is compared.
            name = unicodedata.name(hidden, "control character").lower()
            self.fault(node.line, f"'{key}' has a character that is not seen, "
                       f"U+{ord(hidden):04X} ({name})", "remove it")
        if len(text) > MAX_LINE and not node.cut:
            self.fault(node.line, f"'{key}' has {len(text):,} characters, more than {MAX_LINE}",
                       "say it in fewer words")
        return text

    def slug(self, pairs: Pairs, key: str) -> str:
        text = self.text(pairs, key)
        if text and (not SLUG.fullmatch(text) or len(text) > MAX_SLUG):
            near = slug(text)[:MAX_SLUG].rstrip("-")
            self.fault(pairs.nodes[key].line, f"{key} '{shorten(text)}' is not a slug",
                       "use lower-case letters, digits and hyphens"
                       + (f", such as '{shorten(near)}'" if near else ""))
        return text

    def texts(self, pairs: Pairs, key: str) -> tuple[str, ...]:
        found = []
        for node in self.items(pairs.nodes.get(key), f"'{key}'"):
            if isinstance(node, Text) and node.text.strip() and not node.empty:
                found.append(self._line(node, key, node.text.strip()))
            else:
                self.fault(node.line, f"an item of '{key}' is not plain text", "write one value")
        return tuple(found)

    def boolean(self, pairs: Pairs, key: str) -> bool:
        text = self.text(pairs, key)
        if text and text not in ("true", "false"):
            self.fault(pairs.nodes[key].line, f"'{key}: {shorten(text)}' is neither true nor false",
                       "write true or false")
        return text == "true"

    def integer(self, pairs: Pairs, key: str) -> int:
        text = self.text(pairs, key)
        if text and not re.fullmatch(r"[0-9]{1,9}", text):
            self.fault(pairs.nodes[key].line, f"'{key}: {shorten(text)}' is not a whole number",
                       "write digits only")
            return 0
        return int(text or 0)


def _either(words: Iterable[str]) -> str:
    """Return words as a choice.

    >>> _either(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _or_words(fix: str) -> str:
    """Return ``fix`` with the way out where no term or record fits."""
    end = " Or" if fix.endswith("?") else ", or"
    return f"{fix}{end} give the source's own words as 'text:' in place of 'value:'"


def _outside(entry: Property) -> tuple[Vocabulary, ...]:
    """Return the vocabularies with a slim whose terms are the values of ``entry``."""
    return tuple(v for v in VOCABULARIES.values() if v.source in entry.vocabularies)


def _plain_number(text: str) -> str:
    """Return what to write for a number that is no plain digits.

    >>> _plain_number("51 M"), _plain_number("1.2e6"), _plain_number("51,300,000")
    ('write 51000000', 'write 1200000', 'write 51300000')
    >>> _plain_number("~33 million cells")
    "write 33000000, and 'qualifier: approximate' in its evidence"
    """
    match = _QUANTITY.fullmatch(text)
    power = _UNITS.get((match["unit"] or "").lower()) if match else None
    if match and power is None and not match["what"]:
        power = 0  # such as cells, which multiplies nothing
    if not match or power is None:
        return "write digits only, without a unit, as in 650000"
    number = re.sub(r"[ ,_\u00a0\u202f]", "", match["number"])
    whole, _, part = number.partition(".")
    places = power + int(match["power"] or 0) - len(part)
    # 1,5 may be 1.5 or 15; 0.5 of nothing is no count.
    if places < 0 or re.search(r",(?![0-9]{3}(?![0-9]))", match["number"]):
        return "write digits only, without a unit, as in 650000"
    digits = (whole + part).lstrip("0") + "0" * places
    if not digits.strip("0") or len(digits) > 18:
        return "write digits only, without a unit, as in 650000"
    about = (match["about"] or "").strip()
    if not about and not match["plus"]:
        return f"write {digits}"
    kind = "lower bound" if about in ("", ">", ">=", "≥", "over") else "approximate"
    return f"write {digits}, and 'qualifier: {kind}' in its evidence"


def _plain_address(text: str) -> str:
    """Return what to write for what is no address.

    >>> _plain_address("github.com/a/b")
    "write 'https://github.com/a/b'"
    """
    guess = f"https://{text}"
    if re.match(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/|$)", text) and ADDRESS.fullmatch(guess):
        return f"write '{guess}'"
    if text.lower() in ("no", "n/a", "not available", "absent", "unavailable"):
        return "where a source says that there is none, write 'value: none' and deny it"
    return "write it with https://, http://, s3:// or ftp:// and without spaces"


def _suggest(wrong: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"


class _CatalogueReader:
    """Reads all files: first what exists (slugs), then what is said (facts)."""

    def __init__(self, root: Path, ontology: Ontology, terms: Slims) -> None:
        self.root = root
        self.terms = terms
        self._found_sources: Sources | None = None
        self.folder = root / "graphs" / "catalogue"
        self.ontology = ontology
        self.problems: list[Problem] = []
        self.slugs: dict[str, dict[str, str]] = {kind: {} for kind in SPACES}
        self.errata: dict[tuple[str, str], str] = {}
        self.challenges: set[str] = set()
        # Rubric -> the dimensions and levels that it has criteria for.
        self.rubrics: dict[str, set[tuple[str, str]]] = {}
        self.judges_are_known = True

    def read(self) -> Catalogue:
        trees: list[tuple[str, _File, Node]] = []
        for kind, path in self._find_files():
            file, node = self._open(path)
            if node is not None:
                with contextlib.suppress(_Flood):
                    self._register(kind, path.stem, file, node)
                trees.append((kind, file, node))
            # A file that cannot be read still exists: links to it are not at fault too.
            self.slugs[kind].setdefault(path.stem, file.shown)
        errata = self._read_list("errata.yaml", self._read_erratum)
        faults = len(self.problems)
        rubrics = self._read_list("rubrics.yaml", self._read_rubric)
        # What names a rubric that cannot be read is not at fault too.
        self.judges_are_known = len(self.problems) == faults
        challenges = self._read_list("challenges.yaml", self._read_challenge)
        statements = self._read_list("statements.yaml", self._read_statement)
        records: list[Record] = []
        for kind, file, node in trees:
            with contextlib.suppress(_Flood):
                records += self._read_record(kind, file, node)
        return Catalogue(tuple(records), tuple(statements), tuple(challenges), tuple(errata),
                         tuple(rubrics))

    def _find_files(self) -> list[tuple[str, Path]]:
        """Return (record kind, path) of every record file; what would be overlooked is a fault."""
        kinds = {folder: kind for kind, folder in FOLDERS.items()}
        found: list[tuple[str, Path]] = []
        for top, folders, names in os.walk(self.folder):
            place = Path(top).relative_to(self.folder).as_posix()
            for name in sorted([*folders, *names]):
                path = Path(top, name)
                shown = path.relative_to(self.root).as_posix()
                yaml = path.suffix.lower() in (".yaml", ".yml") and not name.startswith(".")
                if yaml and place in kinds:
                    found.append((kinds[place], path))
                elif yaml and not (place == "." and name in LISTS):
                    self.problems.append(Problem(
                        shown, "no catalogue file belongs here",
                        f"known: {', '.join((*(f'{f}/*.yaml' for f in kinds), *LISTS))}"))
                elif name in folders and path.is_symlink():
                    self.problems.append(Problem(shown, "a link to a folder",
                                                 "put the folder itself here"))
                elif place == "." and name in kinds and name in names:
                    self.problems.append(Problem(shown, "not a folder", "remove it"))
        order = list(FOLDERS)
        return sorted(found, key=lambda entry: (order.index(entry[0]), entry[1]))

    def _open(self, path: Path) -> tuple[_File, Node | None]:
        file = _File(path.relative_to(self.root).as_posix(), self.problems)
        if path.is_symlink():
            # os.path: resolve() raises where links go round in a circle.
            target = Path(os.path.realpath(path))
            if not target.is_relative_to(os.path.realpath(self.folder)):
                self.problems.append(Problem(file.shown, "a link that leaves the catalogue",
                                             "put the file itself here"))
                return file, None
        return file, read_document(path, file.shown, self.problems)

    def _register(self, kind: str, stem: str, file: _File, node: Node) -> None:
        if not isinstance(node, Pairs):
            return
        self._claim_slug(kind, node, file, stem)
        for variant in file.items(node.nodes.get("variants"), "'variants'"):
            if isinstance(variant, Pairs):
                self._claim_slug("variant", variant, file, None)

    def _claim_slug(self, kind: str, node: Pairs, file: _File, stem: str | None) -> None:
        if "id" not in node.nodes:
            return
        name = file.slug(node, "id")
        if not SLUG.fullmatch(name):
            return
        line = node.nodes["id"].line
        if stem is not None and name != stem:
            file.fault(line, f"id '{shorten(name)}' in a file named '{shorten(stem)}'",
                       "give both the same name")
        elif name in self.slugs[kind]:
            file.fault(line, f"{kind} id '{shorten(name)}' again",
                       f"it stands in {self.slugs[kind][name]} already")
        self.slugs[kind].setdefault(name, file.shown)

    def _read_list(self, name: str, read: Callable[[_File, Node], _Entry]) -> list[_Entry]:
        path = self.folder / name
        if not os.path.lexists(path):
            return []
        file, node = self._open(path)
        found: list[_Entry] = []
        with contextlib.suppress(_Flood):
            for item in file.items(node, "the file"):
                found.append(read(file, item))
        return found

    # -- records ---------------------------------------------------------------------------

    def _read_record(self, kind: str, file: _File, node: Node) -> Iterator[Record]:
        pairs = file.pairs(node, f"a {kind}", KEYS[kind], REQUIRED[kind])
        iri = SPACES[kind] + file.text(pairs, "id")
        family, types = "", (CLASSES[kind],)
        if kind == "model":
            family = self._term(file, pairs, "primary_family", (L4C.Model,))
        if kind == "dataset":
            types = (self._term(file, pairs, "type", (L4C.Dataset,), whole=True) or L4C.Dataset,)
        facts = self._facts(kind, file, pairs)
        yield Record(
            kind=kind,
            iri=iri,
            place=Place(file.shown, node.line),
            label=file.text(pairs, "label"),
            alt_labels=file.texts(pairs, "alt_labels"),
            types=types,
            is_model=kind == "model" and file.boolean(pairs, "is_model"),
            primary_family=family,
            primary_family_rationale=file.text(pairs, "primary_family_rationale"),
            publication=self._link(file, pairs, "publication", ("publication",)),
            listing=self._listing(file, pairs),
            first_author=file.text(pairs, "first_author"),
            facts=facts,
            assessments=self._assessments(file, pairs),
            leads=self._leads(kind, file, pairs),
            searches=self._searches(kind, file, pairs, facts),
            lines=pairs.lines,
        )
        for variant in file.items(pairs.nodes.get("variants"), "'variants'"):
            inner = file.pairs(variant, "a variant", KEYS["variant"], REQUIRED["variant"])
            name = file.text(inner, "id")
            if name in self.slugs["model"]:
                # Claims about the two would differ in nothing that their IRIs show.
                file.fault(inner.nodes["id"].line, f"variant id '{name}' is the id of a model",
                           f"add what sets the variant apart, as in '{name}-small'")
            facts = self._facts("variant", file, inner)
            yield Record(
                kind="variant",
                iri=VARIANT + name,
                place=Place(file.shown, variant.line),
                label=file.text(inner, "label"),
                alt_labels=file.texts(inner, "alt_labels"),
                types=(CLASSES["variant"],),
                variant_of=iri,
                facts=facts,
                assessments=self._assessments(file, inner),
                leads=self._leads("variant", file, inner),
                searches=self._searches("variant", file, inner, facts),
                lines=inner.lines,
            )

    def _read_statement(self, file: _File, node: Node) -> Record:
        pairs = file.pairs(node, "a statement", KEYS["statement"], REQUIRED["statement"])
        about = self._term(file, pairs, "about", (L4C.Model, L4C.AnalyticalTask), whole=True)
        return Record(
            kind="statement",
            iri=about,
            place=Place(file.shown, node.line),
            facts=self._facts("statement", file, pairs),
            assessments=self._assessments(file, pairs),
        )

    def _read_challenge(self, file: _File, node: Node) -> Challenge:
        pairs = file.pairs(node, "a challenge", KEYS["challenge"], REQUIRED["challenge"])
        name = file.slug(pairs, "id")
        if name in self.challenges:
            file.fault(node.line, f"challenge id '{name}' again", "give each id once")
        if name:
            self.challenges.add(name)
        roots = (L4C.AnalyticalTask, L4C.EvaluationDimension)
        touches = [self._resolve(file, item, "touches", roots)
                   for item in file.items(pairs.nodes.get("touches"), "'touches'")]
        return Challenge(
            iri=CHALLENGE + name,
            label=file.text(pairs, "label"),
            description=file.text(pairs, "description"),
            source=self._source(file, pairs),
            locator=file.text(pairs, "locator"),
            touches=tuple(filter(None, touches)),
            place=Place(file.shown, node.line),
        )

    def _read_erratum(self, file: _File, node: Node) -> Erratum:
        pairs = file.pairs(node, "an erratum", KEYS["erratum"], REQUIRED["erratum"])
        number = file.integer(pairs, "number")
        source = self._link(file, pairs, "source", ("publication",))
        iri = f"{ERRATUM}{local_name(source)}-{number}"
        if (source, str(number)) in self.errata:
            file.fault(node.line, f"erratum {number} again", "give each number once")
        if source and number:
            self.errata[source, str(number)] = iri
        about: list[str] = []
        for item in file.items(pairs.nodes.get("about"), "'about'"):
            about.append(self._reference(file, item, ("model", "dataset", "publication")))
        for item in file.items(pairs.nodes.get("concerns_tasks"), "'concerns_tasks'"):
            about.append(self._resolve(file, item, "concerns_tasks", (L4C.AnalyticalTask,)))
        return Erratum(
            iri=iri,
            source=source,
            number=number,
            kind=file.text(pairs, "kind"),
            about=tuple(filter(None, about)),
            locators=file.texts(pairs, "locators"),
            text=file.text(pairs, "text"),
            outside=file.boolean(pairs, "outside"),
            place=Place(file.shown, node.line),
            shown_by=tuple(filter(None, (
                self._source_at(file, item, "shown_by")
                for item in file.items(pairs.nodes.get("shown_by"), "'shown_by'")))),
        )

    def _read_rubric(self, file: _File, node: Node) -> Rubric:
        pairs = file.pairs(node, "a rubric", KEYS["rubric"], REQUIRED["rubric"])
        name = file.slug(pairs, "id")
        if name in self.rubrics:
            file.fault(node.line, f"rubric id '{name}' again", "give each id once")
        known = self.rubrics.setdefault(name, set())
        criteria: list[Criterion] = []
        for item in file.items(pairs.nodes.get("criteria"), "'criteria'"):
            inner = file.pairs(item, "a criterion", KEYS["criterion"], REQUIRED["criterion"])
            dimension = self._term(file, inner, "dimension", (L4C.EvaluationDimension,))
            level = self._term(file, inner, "level", (L4C.CoverageLevel,))
            description = file.text(inner, "description")
            if not (dimension and level):
                continue
            labels = [self.ontology.labels[iri] for iri in (dimension, level)]
            if (dimension, level) in known:
                file.fault(item.line, f"a second criterion for '{labels[0]}' at level "
                           f"'{labels[1]}'", "keep one")
            known.add((dimension, level))
            criteria.append(Criterion(
                iri="-".join((RUBRIC + name, *map(slug, labels))),
                label=", ".join(labels),
                dimension=dimension,
                level=level,
                description=description,
                place=Place(file.shown, item.line),
            ))
        return Rubric(
            iri=RUBRIC + name,
            label=file.text(pairs, "label"),
            version=file.text(pairs, "version"),
            description=file.text(pairs, "description"),
            criteria=tuple(criteria),
            place=Place(file.shown, node.line),
        )

    def _listing(self, file: _File, pairs: Pairs) -> Listing | None:
        node = pairs.nodes.get("listed_in")
        if node is None:
            return None
        keys = ("source", "table", "row")
        inner = file.pairs(node, "'listed_in'", keys, keys)
        return Listing(self._link(file, inner, "source", ("publication",)),
                       file.integer(inner, "table"), file.integer(inner, "row"))

    def _leads(self, kind: str, file: _File, pairs: Pairs) -> tuple[Lead, ...]:
        leads = []
        for node in file.items(pairs.nodes.get("leads"), "'leads'"):
            inner = file.pairs(node, "a lead", KEYS["lead"], REQUIRED["lead"])
            dimension = self._term(file, inner, "dimension", (L4C.EvaluationDimension,))
            level = self._term(file, inner, "level", (L4C.CoverageLevel,))
            if isinstance(node, Pairs) and len({"property", "dimension"} & node.lines.keys()) != 1:
                file.fault(node.line, "a lead has either a 'property' or a 'dimension'",
                           "give one of them")
            elif level and "dimension" not in inner.lines:
                file.fault(inner.lines["level"], "'level' without 'dimension'",
                           "name the dimension in place of 'property:', or remove 'level:'")
            leads.append(Lead(
                topic=dimension or self._property(kind, file, inner),
                value=file.text(inner, "value"),
                said_by=file.text(inner, "said_by"),
                place=Place(file.shown, node.line),
                is_assessment=bool(dimension),
                level=level,
            ))
        return tuple(leads)

    def _searches(self, kind: str, file: _File, pairs: Pairs,
                  facts: tuple[Fact, ...]) -> tuple[Search, ...]:
        """Return what was looked for and not found; what is found after all is a fault."""
        stated = {fact.property.iri: fact for fact in facts
                  if any(evidence.asserts for evidence in fact.evidence)}
        searches = []
        for node in file.items(pairs.nodes.get("not_found"), "'not_found'"):
            inner = file.pairs(node, "a fruitless search", KEYS["search"], REQUIRED["search"])
            iri = self._property(kind, file, inner)
            fact = stated.get(iri)
            if fact and fact.place:
                file.fault(inner.nodes["property"].line, f"'{fact.property.key}' is not found here "
                           f"and stated on line {fact.place.line}", "remove one of them")
            searches.append(Search(iri, file.text(inner, "searched"),
                                   self._moment(file, inner, "on"), Place(file.shown, node.line)))
        return tuple(searches)

    def _property(self, kind: str, file: _File, pairs: Pairs) -> str:
        """Return the IRI of the property that 'property' names by its key."""
        key = file.text(pairs, "property")
        allowed = allowed_properties(self.ontology, kind)
        if key and key not in allowed:
            file.fault(pairs.nodes["property"].line, f"a {kind} has no property '{shorten(key)}'",
                       _suggest(key, allowed))
        return allowed[key].iri if key in allowed else ""

    # -- facts -----------------------------------------------------------------------------

    def _facts(self, kind: str, file: _File, pairs: Pairs) -> tuple[Fact, ...]:
        node = pairs.nodes.get("facts")
        if node is None:
            return ()
        allowed = allowed_properties(self.ontology, kind)
        facts = []
        group = file.pairs(node, "'facts'", tuple(allowed))
        for key, inner in group.nodes.items():
            seen: dict[Value, int] = {}
            for item in file.items(inner, f"'{shorten(key)}'"):
                fact = self._fact(file, item, key, allowed.get(key))
                if fact is None:
                    continue
                if fact.value in seen:
                    file.fault(item.line, f"'{key}' gives the same value again",
                               f"move its evidence to line {seen[fact.value]}")
                seen.setdefault(fact.value, item.line)
                facts.append(fact)
        for fact in facts:
            self._check_corrections(file, fact, facts)
        return tuple(facts)

    def _check_corrections(self, file: _File, fact: Fact, facts: list[Fact]) -> None:
        for evidence in fact.evidence:
            right = evidence.corrected_by
            if right is None:
                continue
            if right == fact.value:
                file.fault(evidence.place.line, "'corrected_by' names the claim's own value",
                           "name the right value or remove the key")
            elif not any(item.asserts for other in facts for item in other.evidence
                         if other.property == fact.property and other.value == right):
                name = shorten(right.text if right.datatype else
                               self.terms.labels.get(right.text) or local_name(right.text))
                file.fault(evidence.place.line, f"'corrected_by: {name}' is no accepted value of "
                           f"'{fact.property.key}' here", "state that value with its own evidence")

    def _fact(self, file: _File, node: Node, key: str, entry: Property | None) -> Fact | None:
        """Return one value of the property ``key``.

        Without an ``entry`` the key is unknown, a fault recorded already: what stands below it is
        looked through for further faults, its value left aside.
        """
        what = f"an item of '{shorten(key)}'"
        outside = _outside(entry) if entry is not None else tuple(VOCABULARIES.values())
        keys = ("value", "id", "text", "evidence") if outside else ("value", "text", "evidence")
        pairs = file.pairs(node, what, keys, ("evidence",))
        if "value" in pairs.nodes and "text" in pairs.nodes:
            file.fault(node.line, "both 'value' and 'text'",
                       "'value' is a term or resource, 'text' a source's own words; keep one")
        if "id" in pairs.nodes and "text" in pairs.nodes:
            file.fault(pairs.lines["id"], "an 'id' beside 'text'",
                       "for a term, write its label as 'value:'; for words, no 'id:'")
        value: Value | None = None
        line = node.line
        if "text" in pairs.nodes:
            line = pairs.lines["text"]
            text = file.text(pairs, "text")
            if entry is not None and entry.kind != "object":
                file.fault(pairs.lines["text"], f"'text' on '{entry.key}', which takes plain "
                           "values", "write 'value:'")
            value = Value(text, XSD.string, term=False)
        elif "value" in pairs.nodes:
            line = pairs.lines["value"]
            text = file.text(pairs, "value")
            if entry is not None and outside:
                value = self._outside_term(file, pairs, outside, text)
            elif entry is not None:
                value = self._value(file, pairs.nodes["value"], entry, text, words=True)
        elif "id" in pairs.nodes:
            file.fault(pairs.lines["id"], "an 'id' without its label", "add it as 'value:'")
        elif isinstance(node, Pairs):
            file.fault(node.line, f"{what} has no 'value'", "add 'value:'")
        evidence = self._evidence(file, pairs, entry, FACT_EVIDENCE_KEYS)
        if entry is None or value is None or not value.text:
            return None
        if value.text in entry.roots and any(e.polarity != L4C.Denied for e in evidence):
            file.fault(line, f"'{key}: {self.ontology.labels[value.text]}' names the whole class, "
                       "no member of it", "name a member; or, where a source says that there is "
                       "none, write 'polarity: denied' in its evidence")
        denied = all(e.polarity == L4C.Denied for e in evidence)
        if value == _NO_ADDRESS and XSD.anyURI in entry.ranges and not denied:
            file.fault(line, f"'{key}: none' is no address", "give the address; or, where a source "
                       "says that there is none, write 'polarity: denied' in its evidence")
        if (not value.datatype and value.text not in entry.roots
                and self.ontology.groups(value.text, entry.roots)):
            file.fault(line, f"'{key}: {self.ontology.labels[value.text]}' names a class, no "
                       "single one of them", "name a member of it")
        return Fact(entry, value, evidence, Place(file.shown, line))

    def _sources(self) -> Sources:
        """Return where terms that are not in the slims can be looked up."""
        if self._found_sources is None:
            self._found_sources = read_sources(self.root)
        return self._found_sources

    def _outside_term(self, file: _File, pairs: Pairs, outside: Sequence[Vocabulary],
                      label: str) -> Value | None:
        """Return the outside term that 'value' and 'id' name together."""
        identifier = file.text(pairs, "id") if "id" in pairs.nodes else ""
        if not label or ("id" in pairs.nodes and not identifier):
            return None
        iri, faults = resolve_term(label, identifier, outside, self.terms, self._sources)
        for key, fault, fix in faults:
            file.fault(pairs.nodes[key].line, fault, fix if identifier else _or_words(fix))
        return Value(iri) if iri else None

    def _value(self, file: _File, node: Node, entry: Property, text: str, *,
               words: bool = False) -> Value | None:
        """Return the value that ``text`` names; ``words`` where a source's own could stand."""
        if not text:
            return None
        if entry.kind != "object":
            return self._literal(file, node.line, entry, text)
        outside = _outside(entry)
        if outside:
            return self._stated_term(file, node, entry, outside, text)
        kinds = tuple(kind for kind, cls in CLASSES.items() if cls in entry.ranges)
        if entry.roots and not any(text in self.slugs[kind] for kind in kinds):
            known = [name for kind in kinds for name in self.slugs[kind]]
            iri = self._resolve(file, node, entry.key, entry.roots, words=words, records=known)
            return Value(iri) if iri else None
        iri = self._reference(file, node, kinds, words=words)
        return Value(iri) if iri else None

    def _stated_term(self, file: _File, node: Node, entry: Property,
                     outside: Sequence[Vocabulary], text: str) -> Value | None:
        """Return the outside term that ``text``, a label or id, names; its fact has both."""
        iri = expand(text) if any(v.spells(text) for v in outside) else ""
        found = iri or next(iter(self.terms.named(text, outside)), "")
        if not found:
            file.fault(node.line, f"'{shorten(text)}' is no value of '{entry.key}' here",
                       "name one by its label or id, stated with its own evidence")
        return Value(found) if found else None

    def _literal(self, file: _File, line: int, entry: Property, text: str) -> Value:
        datatype = next(iter(entry.ranges), XSD.string)
        said = f"'{entry.key}: {shorten(text)}'"
        if datatype == XSD.integer and not re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text):
            file.fault(line, f"{said} is not a whole number", _plain_number(text))
        if datatype == XSD.boolean and text not in ("true", "false"):
            file.fault(line, f"{said} is neither true nor false", "write true or false")
        if datatype == XSD.anyURI:
            if text == _NO_ADDRESS.text:
                return _NO_ADDRESS
            if not ADDRESS.fullmatch(text):
                file.fault(line, f"{said} is no address", _plain_address(text))
        return Value(text, datatype)

    def _assessments(self, file: _File, pairs: Pairs) -> tuple[Assessment, ...]:
        found = []
        for node in file.items(pairs.nodes.get("assessments"), "'assessments'"):
            inner = file.pairs(node, "an assessment", ("dimension", "evidence"),
                               ("dimension", "evidence"))
            dimension = self._term(file, inner, "dimension", (L4C.EvaluationDimension,))
            if dimension:
                evidence = self._evidence(file, inner, None, ASSESSMENT_EVIDENCE_KEYS)
                for one in evidence:
                    self._check_level(file, dimension, one)
                found.append(Assessment(dimension, evidence))
        return tuple(found)

    def _check_level(self, file: _File, dimension: str, evidence: Evidence) -> None:
        known = self.rubrics.get(evidence.judge) if self.judges_are_known else None
        given = evidence.level not in ("", L4C.CoverageLevel)
        if known is not None and given and (dimension, evidence.level) not in known:
            names = [self.ontology.labels[iri] for iri in (dimension, evidence.level)]
            file.fault(evidence.place.line, f"rubric '{evidence.judge}' has no criterion for "
                       f"'{names[0]}' at level '{names[1]}'",
                       "give a level that it has, or add the criterion")

    def _judge(self, file: _File, pairs: Pairs) -> str:
        """Return the rubric that gives a level; each needs the other."""
        lines, name = pairs.lines, file.slug(pairs, "judge")
        for key, other, fix in (
            ("level", "judge", "name the rubric by which it was given"),
            ("judge", "level", "give the level, or remove the judge"),
            ("explanation", "level", "give the level that differs, or write 'statement:'"),
        ):
            if key in lines and other not in lines:
                file.fault(lines[key], f"'{key}' without '{other}'", fix)
        if self.judges_are_known and SLUG.fullmatch(name) and name not in self.rubrics:
            file.fault(lines["judge"], f"no rubric '{shorten(name)}' in rubrics.yaml",
                       _suggest(name, self.rubrics) if self.rubrics else "add it there")
        return name

    def _evidence(self, file: _File, pairs: Pairs, entry: Property | None,
                  keys: tuple[str, ...]) -> tuple[Evidence, ...]:
        nodes = file.items(pairs.nodes.get("evidence"), "'evidence'")
        if "evidence" in pairs.nodes and not nodes:
            file.fault(pairs.lines["evidence"], "no evidence", "every fact has a source; add one")
        return tuple(self._one_evidence(file, node, entry, keys) for node in nodes)

    def _one_evidence(self, file: _File, node: Node, entry: Property | None,
                      keys: tuple[str, ...]) -> Evidence:
        pairs = file.pairs(node, "evidence", keys, ("source", "locator", "kind"))
        scope = file.text(pairs, "scope")
        if scope and scope not in SCOPES:
            file.fault(pairs.nodes["scope"].line,
                       f"'scope: {shorten(scope)}' is neither direct nor group",
                       f"write {_either(SCOPES)}")
        corrected = None
        if entry is not None and "corrected_by" in pairs.nodes:
            right = file.text(pairs, "corrected_by")
            corrected = self._value(file, pairs.nodes["corrected_by"], entry, right)
        source = self._source(file, pairs)
        locator = file.text(pairs, "locator")
        if locator and not slug(locator):
            file.fault(pairs.nodes["locator"].line,
                       f"'locator: {shorten(locator)}' has no letter a-z and no digit",
                       "write it as in 'Table 2' or 'section 3.1'")
        return Evidence(
            source=source,
            locator=locator,
            kind=self._term(file, pairs, "kind", (L4C.SourceKind,)),
            polarity=self._term(file, pairs, "polarity", (L4C.Polarity,)) or L4C.Affirmed,
            verdict=self._term(file, pairs, "verdict", (L4C.Verdict,)) or L4C.Accepted,
            statement=file.text(pairs, "statement"),
            printed=file.text(pairs, "printed"),
            phrase=file.text(pairs, "phrase"),
            reason=file.text(pairs, "reason"),
            corrected_by=corrected,
            qualifier=file.text(pairs, "qualifier"),
            identifier=file.text(pairs, "identifier"),
            scope=scope,
            scope_models=tuple(filter(None, (
                self._reference(file, item, ("model",))
                for item in file.items(pairs.nodes.get("scope_models"), "'scope_models'")))),
            printed_as=file.text(pairs, "printed_as"),
            cited_there_as=file.text(pairs, "cited_there_as"),
            retrieved=self._moment(file, pairs, "retrieved"),
            errata=self._errata(file, pairs, source),
            level=self._term(file, pairs, "level", (L4C.CoverageLevel,)),
            judge=self._judge(file, pairs) if "judge" in keys else "",
            explanation=file.text(pairs, "explanation"),
            place=Place(file.shown, node.line),
        )

    def _moment(self, file: _File, pairs: Pairs, key: str) -> str:
        text = file.text(pairs, key)
        try:
            if text and not MOMENT.fullmatch(text):
                raise ValueError(text)
            datetime.fromisoformat(text or "2000-01-01")
        except ValueError:
            file.fault(pairs.nodes[key].line, f"'{key}: {shorten(text)}' is no UTC time",
                       "write it like 2026-11-24T09:30:00Z")
        return text

    def _errata(self, file: _File, pairs: Pairs, source: str) -> tuple[str, ...]:
        found = []
        for node in file.items(pairs.nodes.get("errata"), "'errata'"):
            text = node.text.strip() if isinstance(node, Text) else ""
            iri = self.errata.get((source, text))
            if iri:
                found.append(iri)
            elif source:
                file.fault(node.line, f"its source has no erratum '{shorten(text)}'",
                           "see errata.yaml for the numbers")
        return tuple(found)

    # -- names -----------------------------------------------------------------------------

    def _source(self, file: _File, pairs: Pairs) -> str:
        """Return the IRI of a source: a publication's slug, or a web address as it is."""
        return (self._source_at(file, pairs.nodes["source"], "source")
                if file.text(pairs, "source") else "")

    def _source_at(self, file: _File, node: Node, key: str) -> str:
        text = node.text.strip() if isinstance(node, Text) else ""
        if not re.search(r"[:/\s]", text):
            return self._reference(file, node, ("publication",))
        with contextlib.suppress(ValueError):
            urlsplit(text)  # a ValueError where brackets or letters of the host are wrong
            if WEB_ADDRESS.fullmatch(text):
                return text
        file.fault(node.line, f"'{key}: {shorten(text)}' is no web address",
                   "write a publication's id, or an address that starts with https:// and has "
                   "no spaces")
        return ""

    def _link(self, file: _File, pairs: Pairs, key: str, kinds: tuple[str, ...]) -> str:
        return self._reference(file, pairs.nodes[key], kinds) if file.text(pairs, key) else ""

    def _reference(self, file: _File, node: Node, kinds: tuple[str, ...], *,
                   words: bool = False) -> str:
        """Return the IRI of the record that ``node`` names by its slug."""
        if not isinstance(node, Text) or node.empty or not node.text.strip():
            file.fault(node.line, f"not the id of a {_either(kinds)}", "write one")
            return ""
        text = node.text.strip()
        for kind in kinds:
            if text in self.slugs[kind]:
                return SPACES[kind] + text
        known = [name for kind in kinds for name in self.slugs[kind]]
        named = re.split(r"[/#:]", text.strip("<>"))[-1]
        near = difflib.get_close_matches(slug(text), known, n=1, cutoff=0.6)
        if _IRI.fullmatch(text):
            fix = (f"write its id, '{named}', not an IRI or CURIE" if named in known
                   else "write an id, not an IRI or CURIE")
        elif near:
            fix = f"did you mean '{near[0]}'?"
        else:
            fix = f"add {FOLDERS.get(kinds[0], 'models')}/{slug(text)[:60] or 'NAME'}.yaml"
        if words and not _IRI.fullmatch(text):
            fix = _or_words(fix)
        file.fault(node.line, f"no {_either(kinds)} '{shorten(text)}' in the catalogue", fix)
        return ""

    def _term(self, file: _File, pairs: Pairs, key: str, roots: tuple[str, ...], *,
              whole: bool = False) -> str:
        """Return the IRI of the term that ``key`` names; a root itself only where ``whole``."""
        if not file.text(pairs, key):
            return ""
        iri = self._resolve(file, pairs.nodes[key], key, roots)
        if iri in roots and not whole:
            file.fault(pairs.nodes[key].line, f"'{key}' names the whole class, no member of it",
                       f"write {_either(self._members(iri))}")
        return iri

    def _members(self, *roots: str) -> list[str]:
        return sorted(self.ontology.labels[iri] for root in roots
                      for iri in self.ontology.below(root) - {root})

    def _resolve(self, file: _File, node: Node, key: str, roots: tuple[str, ...], *,
                 words: bool = False, records: Sequence[str] = ()) -> str:
        """Return the IRI of the term that ``node`` names by label or synonym.

        ``records`` are the ids of those records that could be meant as well.
        """
        text = node.text.strip() if isinstance(node, Text) else ""
        iri = self.ontology.find(text, roots)
        if iri:
            return iri
        near = difflib.get_close_matches(slug(text), records, n=1, cutoff=0.8)
        near += self.ontology.nearest(text, roots)
        named = expand(text) or text.strip("<>")
        if _IRI.fullmatch(text):
            label = next((self.ontology.labels[named] for root in roots
                          if named in self.ontology.below(root)), "")
            fix = (f"write its label, '{label}', not an IRI or CURIE" if label
                   else "write a label, not an IRI or CURIE")
        elif L4C.License in roots:
            fix = advise(text, self.ontology.names(L4C.License))
        elif near:
            fix = f"did you mean '{near[0]}'?"
        elif CLOSED.issuperset(roots):
            fix = f"write {_either(self._members(*roots))}"
        else:
            fix = "use a label or synonym, or propose a term for ontology/llm4cell.ttl"
        if words and not _IRI.fullmatch(text) and not CLOSED.issuperset(roots):
            fix = _or_words(fix)
        names = _either(_MEMBERS.get(root) or self.ontology.labels.get(root, local_name(root))
                        for root in roots)
        either = "no id of the catalogue and " if records else ""
        file.fault(node.line, f"'{key}: {shorten(text)}' is {either}no {names} of the ontology",
                   fix)
        return ""
