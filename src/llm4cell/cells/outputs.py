"""What becomes of linked labels: JSON, CSV, SSSOM or a column in a copy of an h5ad file."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

from llm4cell import __version__
from llm4cell.cells.inputs import column, opened
from llm4cell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from llm4cell.cells.inputs import Row
    from llm4cell.cells.linking import Candidate, Link

__all__ = ["as_csv", "as_json", "as_sssom", "write_obs"]

TERM_COLUMN = "cell_type_ontology_term_id"
# CELLxGENE's word for a cell whose type is not known (schema 7, cell_type_ontology_term_id).
UNKNOWN = "unknown"

_CSV = ("label", "tissue", "id", "term", "score", "method", "runner_ups", "note")
_SSSOM = ("subject_label", "subject_type", "predicate_id", "object_id", "object_label",
          "mapping_justification", "confidence", "mapping_tool", "mapping_tool_version",
          "object_source", "object_source_version", "comment")
# How an answer was found -> predicate and justification (SSSOM; https://w3id.org/semapv).
_MEANING = {
    "id": ("skos:exactMatch", "semapv:LexicalMatching"),
    "replaced id": ("skos:exactMatch", "semapv:LexicalMatching"),
    "exact label": ("skos:exactMatch", "semapv:LexicalMatching"),
    "synonym": ("skos:exactMatch", "semapv:LexicalMatching"),
    "abbreviation": ("skos:exactMatch", "semapv:BackgroundKnowledgeBasedMatching"),
    "marker": ("skos:closeMatch", "semapv:BackgroundKnowledgeBasedMatching"),
    "fuzzy": ("skos:closeMatch", "semapv:LexicalSimilarityThresholdMatching"),
    "embedding": ("skos:closeMatch", "semapv:SemanticSimilarityThresholdMatching"),
    "parent fallback": ("skos:broadMatch", "semapv:LexicalSimilarityThresholdMatching"),
}


def as_json(links: Iterable[Link]) -> Iterator[str]:
    """Yield a JSON list, one object a label."""
    start = "[\n"
    for link in links:
        yield start + json.dumps({
            "label": link.label,
            "candidates": [candidate._asdict() for candidate in link.candidates],
            "note": link.note,
        }, ensure_ascii=True)
        start = ",\n"
    yield "[]\n" if start == "[\n" else "\n]\n"


def as_csv(pairs: Iterable[tuple[Row, Link]]) -> Iterator[str]:
    """Yield CSV with a header; no cell is taken for a formula by a spreadsheet."""
    from llm4cell.export import guard

    yield _csv_row(_CSV)
    for row, link in pairs:
        best = link.best
        rest = "; ".join(f"{c.id} {c.label} ({c.score:g})" for c in link.candidates[1:])
        cells = (link.label, row.tissue, best.id if best else "", best.label if best else "",
                 f"{best.score:g}" if best else "", best.method if best else "", rest, link.note)
        yield _csv_row([guard(cell) for cell in cells])


def _csv_row(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def as_sssom(links: Iterable[Link], version: str) -> Iterator[str]:
    """Yield an SSSOM/TSV mapping set (https://w3id.org/sssom), one mapping a candidate.

    A label without an answer is mapped to ``sssom:NoTermFound``. ``version`` is that of the Cell
    Ontology.
    """
    yield (
        "#curie_map:\n"
        "#  CL: http://purl.obolibrary.org/obo/CL_\n"
        "#  obo: http://purl.obolibrary.org/obo/\n"
        "#  semapv: https://w3id.org/semapv/vocab/\n"
        "#  skos: http://www.w3.org/2004/02/skos/core#\n"
        "#  sssom: https://w3id.org/sssom/\n"
        "#license: https://creativecommons.org/licenses/by/4.0/\n"
        "#mapping_set_id: https://w3id.org/llm4cell/mappings/cell-labels\n"
        "#mapping_set_description: Cell labels linked to the Cell Ontology by llm4cell link.\n"
    )
    yield "\t".join(_SSSOM) + "\n"
    for link in links:
        label = _flat(link.label)
        if not label:
            continue
        for candidate in link.candidates:
            predicate, justification = _MEANING[candidate.method]
            yield _sssom_row(label, predicate, candidate, justification, version, link.note)
        if not link.candidates:
            yield _sssom_row(label, "skos:exactMatch", None, "semapv:LexicalMatching", version,
                             link.note)


def _sssom_row(
    label: str, predicate: str, candidate: Candidate | None, justification: str, version: str,
    note: str,
) -> str:
    cells = (
        label, "rdfs literal", predicate, candidate.id if candidate else "sssom:NoTermFound",
        candidate.label if candidate else "", justification,
        f"{candidate.score:g}" if candidate else "", "llm4cell link", __version__, "obo:cl.owl",
        version, _flat(note),
    )
    return "\t".join(cells) + "\n"


def _flat(text: str) -> str:
    """Return text that fits into one cell of a TSV file that nothing quotes."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f" {flat}".strip().replace('"', "'")


def write_obs(
    source: Path, target: Path, name: str, link: Callable[[str], Link],
) -> tuple[int, int]:
    """Copy an h5ad file and add to its obs the id of each cell's type, ``unknown`` where none.

    Returns how many cells have an id, and how many there are.

    The copy appears whole or not at all, and never in place of its source.

    Raises:
        InputError: ``target`` is ``source`` or cannot be written.
    """
    from llm4cell.files import beside

    if target.exists() and target.samefile(source):
        raise InputError(f"{target}: is the input, which is never changed; name another file")
    if not target.resolve().parent.is_dir():
        raise InputError(f"{target}: no folder {target.parent} to write it to")
    temporary = beside(target.resolve())
    try:
        shutil.copyfile(source, temporary)
        with opened(temporary, "r+") as file:
            obs = file["obs"]
            if hasattr(obs, "dtype"):
                raise InputError(f"{source}: obs is in the form of anndata before 0.7; "
                                 "read and write it once with a newer anndata")
            counts = _add_terms(file, obs, name, link)
        temporary.replace(target.resolve())
    except OSError as error:
        raise InputError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return counts


def _add_terms(
    file: Any, obs: Any, name: str, link: Callable[[str], Link]
) -> tuple[int, int]:
    import h5py
    import numpy as np

    values, codes = column(obs, name, file)
    bests = [link(value).best for value in values]
    terms = [best.id if best else UNKNOWN for best in bests]
    categories = sorted({*terms, UNKNOWN})
    place = {term: at for at, term in enumerate(categories)}
    table = np.array([*(place[term] for term in terms), place[UNKNOWN]], dtype=np.int16)
    made = table[codes]  # -1, no value, takes the last: unknown
    used = np.unique(made)
    made = np.searchsorted(used, made).astype(np.int16)
    kept = [categories[at] for at in used.tolist()]
    if TERM_COLUMN in obs:
        del obs[TERM_COLUMN]
    group = obs.create_group(TERM_COLUMN)
    group.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0",
                        "ordered": False})
    text = h5py.string_dtype("utf-8")
    listed = group.create_dataset("categories", data=np.array(kept, dtype=object), dtype=text)
    listed.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    numbers = group.create_dataset("codes", data=made)
    numbers.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    order = [str(item) for item in obs.attrs.get("column-order", [])]
    if TERM_COLUMN not in order:
        obs.attrs["column-order"] = np.array([*order, TERM_COLUMN], dtype=text)
    unknown = kept.index(UNKNOWN) if UNKNOWN in kept else -1
    return int((made != unknown).sum()), len(made)
