"""What becomes of linked labels: JSON, CSV, SSSOM or a column in a copy of an h5ad file."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from llm4cell import __version__
from llm4cell.cells.inputs import column_order, has_old_obs, opened, read_cells
from llm4cell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llm4cell.cells.inputs import Row
    from llm4cell.cells.linking import Link

__all__ = ["as_csv", "as_json", "as_sssom", "write_obs"]

TERM_COLUMN = "cell_type_ontology_term_id"
# CELLxGENE's word for a cell whose type is not known (schema 7, cell_type_ontology_term_id).
UNKNOWN = "unknown"

# What a column takes besides its values: its groups, attributes, the names of all columns.
_ROOM = 1 << 18

_CSV = ("label", "tissue", "id", "term", "score", "method", "runner_ups", "note")
_SSSOM = ("subject_label", "predicate_id", "object_id", "object_label", "mapping_justification",
          "confidence", "comment")
# What readers of TSV stumble over even in quotes: control characters, and lines that end in CR.
_CONTROL = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n"} | {ord("\r"): "\n"}
# What readers of tables take for no value, be it in quotes (pandas.read_csv, na_values).
_MISSING = {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND",
            "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
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


def as_json(pairs: Iterable[tuple[Row, Link]], *, tissues: bool = False) -> Iterator[str]:
    """Yield a JSON list, one object a label; with the row's tissue where ``tissues`` vary."""
    start = "[\n"
    for row, link in pairs:
        yield start + json.dumps({
            "label": link.label,
            **({"tissue": row.tissue} if tissues else {}),
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


def _csv_row(cells: Iterable[str], **form: str) -> str:
    out = io.StringIO()
    csv.writer(out, **form).writerow(cells)  # type: ignore[arg-type]
    return out.getvalue()


def as_sssom(pairs: Iterable[tuple[Row, Link]], version: str) -> Iterator[str]:
    """Yield an SSSOM/TSV mapping set (https://w3id.org/sssom), one mapping a candidate.

    What all mappings share stands in the header. Only a first candidate for all that a label says
    is an exact match, since exact matches of one label would be the same as each other. A label
    without an answer is mapped to ``sssom:NoTermFound``, a missing one ("", "nan") not at all.
    ``version`` is that of the Cell Ontology.
    """
    yield (
        "#curie_map:\n"
        "#  CL: http://purl.obolibrary.org/obo/CL_\n"
        "#  obo: http://purl.obolibrary.org/obo/\n"
        "#  semapv: https://w3id.org/semapv/vocab/\n"
        "#  skos: http://www.w3.org/2004/02/skos/core#\n"
        "#  sssom: https://w3id.org/sssom/\n"
        f"#mapping_set_id: {uuid4().urn}\n"
        "#mapping_set_description: Cell labels linked to the Cell Ontology by llm4cell link.\n"
        "#license: https://creativecommons.org/licenses/by/4.0/\n"
        "#subject_type: rdfs literal\n"
        "#object_source: obo:cl.owl\n"
        f'#object_source_version: "{version}"\n'
        "#mapping_tool: llm4cell link\n"
        f'#mapping_tool_version: "{__version__}"\n'
        f"#mapping_date: {datetime.now(UTC).date()}\n"
    )
    yield _sssom_row(*_SSSOM)
    for row, link in pairs:
        if link.label.strip() in _MISSING:
            continue
        comment = "; ".join(filter(None, (row.tissue and f"tissue: {row.tissue}", link.note)))
        for at, candidate in enumerate(link.candidates):
            predicate, justification = _MEANING[candidate.method]
            in_full = candidate.method == "replaced id" or not (at or link.note)
            if predicate == "skos:exactMatch" and not in_full:
                predicate = "skos:closeMatch"
            yield _sssom_row(link.label, predicate, candidate.id, candidate.label, justification,
                             f"{candidate.score:g}", comment)
        if not link.candidates:
            yield _sssom_row(link.label, "skos:exactMatch", "sssom:NoTermFound", "",
                             "semapv:LexicalMatching", "", comment)


def _sssom_row(*cells: str) -> str:
    return _csv_row((cell.replace("\r\n", "\n").translate(_CONTROL) for cell in cells),
                    delimiter="\t", lineterminator="\n")


def write_obs(
    source: Path | str, target: Path | str, name: str | None = None, *, tissue: str | None = None,
    link: Callable[[Row], Link] | None = None,
) -> tuple[int, int]:
    """Copy an h5ad file and add to its obs the id of each cell's type, ``unknown`` where none.

    Returns how many cells have an id, and how many there are.

    The copy appears whole or not at all, and never in place of its source.

    Args:
        source: the file, of which only obs is understood; all else is copied as it is.
        target: the copy, with the column ``cell_type_ontology_term_id``.
        name: the column of labels; without it, the only one or one that is usually named so.
        tissue: the column that says where each cell was found.
        link: what answers a label and its tissue; without it, the packaged linker.

    Raises:
        InputError: ``source`` cannot be read; ``target`` is ``source`` or cannot be written.
        MissingExtraError: h5py is not installed.
    """
    from llm4cell.files import replacement

    source, target = Path(source), Path(target)
    if source.exists() and target.exists() and target.samefile(source):
        raise InputError(f"{target}: is the input, which is never changed; name another file")
    target = target.resolve()
    if target.is_dir():
        raise InputError(f"{target}: is a folder; name a file")
    if not target.parent.is_dir():
        raise InputError(f"{target}: no folder {target.parent} to write it to")
    if has_old_obs(source):
        raise InputError(f"{source}: obs is in the form of anndata before 0.7; "
                         "read and write it once with a newer anndata")
    rows, codes = read_cells(source, name, tissue)
    bests = [(link or _link)(row).best for row in rows]
    terms = [best.id if best else UNKNOWN for best in bests]
    try:
        with replacement(target) as temporary:
            shutil.copyfile(source, temporary)
            # Where there is no room, HDF5 would not fail in order but leave a file that nobody can
            # close; so the room is asked for first.
            _make_room(temporary, len(codes) * 2 + len(terms) * 100 + _ROOM)
            with opened(temporary, "r+") as file:
                known = _add_terms(file["obs"], terms, codes)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
    except (OSError, RuntimeError) as error:
        # h5py raises a RuntimeError where a file cannot be closed, and puts the reason into words.
        said = re.search(r"errno = (\d+)", str(error))
        fault = os.strerror(int(said[1])) if said else getattr(error, "strerror", None) or error
        raise InputError(f"{target}: cannot be written ({fault})") from error
    return known, len(codes)


def _link(row: Row) -> Link:
    from llm4cell.cells.linking import load_linker

    return load_linker().link(row.label, tissue=row.tissue)


def _make_room(file: Path, size: int) -> None:
    """Raise OSError where ``file`` cannot grow by ``size`` bytes."""
    end = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(end)
        for start in range(0, size, _ROOM):
            stream.write(bytes(min(_ROOM, size - start)))
        stream.flush()
        stream.truncate(end)


def _add_terms(obs: Any, terms: list[str], codes: Any) -> int:
    """Add the column of terms, one a distinct label, to obs; return how many cells have one."""
    import h5py
    import numpy as np

    categories = sorted({*terms, UNKNOWN})
    place = {term: at for at, term in enumerate(categories)}
    table = np.array([*(place[term] for term in terms), place[UNKNOWN]], dtype=np.int16)
    made = table[codes]  # -1, no value, takes the last: unknown
    used = np.unique(made)
    made = np.searchsorted(used, made).astype(np.int16)
    kept = [categories[at] for at in used.tolist()]
    order = column_order(obs)
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
    if TERM_COLUMN not in order:
        obs.attrs["column-order"] = np.array([*order, TERM_COLUMN], dtype=text)
    unknown = kept.index(UNKNOWN) if UNKNOWN in kept else -1
    return int((made != unknown).sum())
