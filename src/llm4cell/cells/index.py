"""The Cell Ontology as a small table: labels, synonyms, is-a edges, and what replaces obsolete ids.

The table lies at ``ontology/imports/cl-index.tsv``. It is made from the release of the Cell
Ontology (CC BY 4.0, https://obofoundry.org/ontology/cl.html) that ``cellxgene-ontology-guide``
ships, so that nobody needs that package, or a network, to use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from llm4cell.cells.tables import read_rows
from llm4cell.errors import InputError, MissingExtraError, OntologyError
from llm4cell.resources import folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FILE", "Index", "Term", "load_index", "make", "read_index", "serialise"]

FILE = "imports/cl-index.tsv"
_COLUMNS = ("id", "label", "synonyms", "parents", "replaced_by")
_HOME = "https://obofoundry.org/ontology/cl.html"
_VERSION = "version: "
_OBSOLETE = "obsolete"
# The guide's ancestors mix is-a with part-of, unmarked; these are all of its part-of edges in CL.
_PART_OF = {
    ("CL:0002453", "CL:0000125"),
    ("CL:4052024", "CL:0008046"),
    ("CL:4052025", "CL:0008046"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One class of the Cell Ontology; ``replaced_by`` is given only of an obsolete one."""

    id: str
    label: str
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    obsolete: bool = False
    replaced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """Every class of one release of the Cell Ontology, by id."""

    version: str
    terms: Mapping[str, Term]

    def current(self, identifier: str) -> str | None:
        """Return the id that holds now for ``identifier``, None where there is not exactly one."""
        seen: set[str] = set()
        while (term := self.terms.get(identifier)) is not None and term.obsolete:
            if len(term.replaced_by) != 1 or identifier in seen:
                return None
            seen.add(identifier)
            identifier = term.replaced_by[0]
        return identifier if term is not None else None


def make(schema_version: str | None = None) -> str:
    """Return the text of the table; the same release gives the same bytes.

    Args:
        schema_version: the CELLxGENE schema whose release of the Cell Ontology is taken; without
            it, the newest that the installed guide knows.

    Raises:
        MissingExtraError: ``cellxgene-ontology-guide`` is not installed.
    """
    try:
        from cellxgene_ontology_guide.supported_versions import CXGSchema
    except ImportError as error:
        raise MissingExtraError(
            "llm4cell build --slims", "cellxgene-ontology-guide", "check"
        ) from error
    schema = CXGSchema(version=schema_version)
    version = schema.supported_ontologies["CL"]["version"]
    return serialise(version.removeprefix("v"), schema.ontology("CL"))


def serialise(version: str, terms: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table for the guide's description of ``terms``, sorted by id."""
    lines = [
        f"# Cell Ontology, release {version}; licence CC BY 4.0; {_HOME}",
        f"# {_VERSION}{version}",
        "# Built by 'llm4cell build --slims'; '|' stands between synonyms, parents, replacements.",
        "\t".join(_COLUMNS),
    ]
    for identifier in sorted(terms):
        term = terms[identifier]
        obsolete = bool(term.get("deprecated"))
        replaced = [term["replaced_by"]] if term.get("replaced_by") else term.get("consider", ())
        cells = (
            identifier,
            term["label"],
            "|".join(sorted({_clean(name) for name in term.get("synonyms", ())})),
            "|".join(sorted(
                parent for parent, steps in term.get("ancestors", {}).items()
                if steps == 1 and (identifier, parent) not in _PART_OF)),
            "|".join([_OBSOLETE, *sorted(replaced)]) if obsolete else "",
        )
        lines.append("\t".join(map(_clean, cells)))
    return "\n".join(lines) + "\n"


def _clean(text: str) -> str:
    return " ".join(text.split())


def read_index(path: Path) -> Index:
    """Return the table at ``path``; raises OntologyError naming line and fault."""
    comments, rows = read_rows(path, _COLUMNS)
    version = next((line.removeprefix(_VERSION) for line in comments if line.startswith(_VERSION)),
                   "")
    terms: dict[str, Term] = {}
    for place, (identifier, label, synonyms, parents, replaced) in rows:
        if identifier in terms:
            raise OntologyError(f"{place}: {identifier} is there already")
        terms[identifier] = Term(
            identifier,
            label,
            tuple(synonyms.split("|")) if synonyms else (),
            tuple(parents.split("|")) if parents else (),
            bool(replaced),
            tuple(replaced.split("|")[1:]),
        )
    if not version or not terms:
        raise OntologyError(f"{path}: no version or no terms; run: llm4cell build --slims")
    return Index(version, terms)


@cache
def load_index() -> Index:
    """Return the packaged table, read once."""
    path = folder("ontology") / FILE
    if not path.is_file():
        raise InputError(f"{path}: missing; run: llm4cell build --slims")
    return read_index(path)
