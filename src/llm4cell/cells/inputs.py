"""Where labels come from: a column of a CSV or TSV file, the obs of an h5ad file, lines of text.

All are read as they come, so that a million labels take no more memory than one. Of an h5ad file
only the one or two columns of obs that are asked for are read, never the matrix.
"""

from __future__ import annotations

import csv
import difflib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from llm4cell.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Row", "is_hdf5", "read_lines", "read_obs", "read_table"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
# The names that a column of labels usually has, the likeliest first.
_USUAL = ("cell_type", "celltype", "cell type", "author_cell_type", "cell_label", "label", "labels",
          "annotation", "cluster_name", "cluster", "celltypes", "cell_types")
_FIELD_LIMIT = 1 << 24
_LINE_LIMIT = 1 << 20


class Row(NamedTuple):
    """A label and the tissue it comes with, empty where none does."""

    label: str
    tissue: str = ""


def is_hdf5(path: Path) -> bool:
    """Tell whether ``path`` is an HDF5 file by its first bytes, or an h5ad file by its name.

    Raises OSError where it cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(len(_HDF5))
    return start == _HDF5 or path.suffix in (".h5ad", ".h5")


def read_lines(stream: IO[bytes], place: str) -> Iterator[Row]:
    """Yield a label a line; blank lines are passed over. Raises InputError for what is no text."""
    number = 0
    while line := stream.readline(_LINE_LIMIT):
        number += 1
        text = _decoded(line, place, number, first=number == 1).strip("\r\n")
        if text.strip():
            yield Row(text)


def read_table(
    path: Path, column: str | None = None, tissue_column: str | None = None
) -> Iterator[Row]:
    """Yield the labels of one column of a CSV or TSV file with a header.

    Args:
        path: the file; what separates its cells is seen from its first line.
        column: the column's name; without it, the only one or one that is usually named so.
        tissue_column: the column that says where each cell was found.

    Raises:
        InputError: the file is empty, no UTF-8 text or no table, or has no such column.
    """
    with path.open("rb") as raw:
        first = _decoded(raw.readline(_FIELD_LIMIT), str(path), 1, first=True)
        if not first.strip():
            raise InputError(f"{path}: empty; a table needs a header and rows")
        separator = _separator(first, path.suffix)
        raw.seek(0)
        limit = csv.field_size_limit(_FIELD_LIMIT)
        rows = csv.reader(_text(raw, str(path)), delimiter=separator)
        try:
            header = [name.strip() for name in next(rows)]
            at = _position(header, column, str(path), "--column")
            where = None
            if tissue_column is not None:
                where = _position(header, tissue_column, str(path), "--tissue-column")
            for row in rows:
                if row:
                    yield Row(row[at] if at < len(row) else "",
                              row[where] if where is not None and where < len(row) else "")
        except csv.Error as error:
            raise InputError(
                f"{path}:{rows.line_num}: not a table ({error}); check the quotes") from error
        finally:
            csv.field_size_limit(limit)


def _text(raw: IO[bytes], place: str) -> Iterator[str]:
    for number, line in enumerate(raw, 1):
        text = _decoded(line, place, number, first=number == 1)
        # The csv module stops at NUL; a control character is no part of a label anyway.
        yield text.replace("\0", " ")


def _decoded(line: bytes, place: str, number: int, *, first: bool) -> str:
    if first and line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{place}: UTF-16; save it as UTF-8")
    if first and line.startswith(_HDF5[:4]):
        raise InputError(f"{place}: HDF5, no text; name the file with -i and a column with --obs")
    try:
        return line.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{place}:{number}: byte {error.start + 1} of the line is not UTF-8; "
                         "save the file as UTF-8") from error


def _separator(header: str, suffix: str) -> str:
    if suffix.lower() in (".tsv", ".tab"):
        return "\t"
    counts = {sign: header.count(sign) for sign in (",", "\t", ";")}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def _position(names: Sequence[str], wanted: str | None, place: str, option: str) -> int:
    if wanted is None:
        if len(names) == 1:
            return 0
        folded = [name.casefold() for name in names]
        for usual in _USUAL:
            if usual in folded:
                return folded.index(usual)
        raise InputError(f"{place}: name the column of labels with {option}; {_listed(names)}")
    if wanted in names:
        return list(names).index(wanted)
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise InputError(f"{place}: no column '{wanted}'; {hint}{_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name if len(name) <= 40 else f"{name[:39]}…" for name in names[:40])
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return f"its columns: {shown}{more}" if names else "it has no columns"


# h5ad (https://anndata.readthedocs.io/en/stable/fileformat-prose.html)


@contextmanager
def opened(path: Path, mode: str = "r") -> Iterator[Any]:
    """Open an h5ad file; raises InputError where it is none, MissingExtraError without h5py."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("llm4cell link of an h5ad file", "h5py", "cells") from error
    if not path.is_file():
        raise InputError(f"{path}: no such file" if not path.exists() else f"{path}: no file")
    try:
        file = h5py.File(path, mode)
    except OSError as error:
        raise InputError(f"{path}: not HDF5, or broken off; is it an h5ad file?") from error
    with file:
        yield file


def read_obs(path: Path, name: str | None = None, tissue: str | None = None) -> Iterator[Row]:
    """Yield the distinct labels of one column of obs, in the order of their first cells.

    Raises InputError where the file is no HDF5, has no obs or no such column.
    """
    with opened(path) as file:
        obs = _obs(file, path)
        names = _names(obs)
        label = names[_position(names, name, f"{path}, obs", "--obs")]
        values, codes = column(obs, label, file)
        if tissue is None:
            yield from map(Row, values)
            return
        place = names[_position(names, tissue, f"{path}, obs", "--tissue-column")]
        tissues, others = column(obs, place, file)
    seen = dict.fromkeys(zip(codes.tolist(), others.tolist(), strict=True))
    for code, other in seen:
        yield Row(values[code] if code >= 0 else "", tissues[other] if other >= 0 else "")


def name_of_column(path: Path, name: str | None) -> str:
    """Return the name of the column of labels in obs; raises InputError where there is none."""
    with opened(path) as file:
        names = _names(_obs(file, path))
        return names[_position(names, name, f"{path}, obs", "--obs")]


def _obs(file: Any, path: Path) -> Any:
    if "obs" not in file:
        held = ", ".join(list(file)[:10]) or "nothing"
        raise InputError(f"{path}: no obs in it, so no h5ad file; it holds {held}")
    return file["obs"]


def _names(obs: Any) -> list[str]:
    if getattr(obs.dtype, "names", None) if hasattr(obs, "dtype") else None:
        return [str(name) for name in obs.dtype.names]
    index = obs.attrs.get("_index", "_index")
    index = index.decode() if isinstance(index, bytes) else str(index)
    return [str(name) for name in obs if name not in (index, "_index", "__categories", "index")]


def column(obs: Any, name: str, file: Any) -> tuple[list[str], Any]:
    """Return a column's distinct values as text, and for each cell which; -1 where it has none."""
    import numpy as np

    if hasattr(obs, "dtype"):  # one compound dataset, as anndata wrote before 0.7
        values = obs[name]
        if name in file.get("uns", {}) or f"{name}_categories" in file.get("uns", {}):
            listed = file["uns"][f"{name}_categories"][()]
            return [_as_text(value) for value in listed], np.asarray(values, dtype=np.int64)
        return _distinct(values)
    item = obs[name]
    if hasattr(item, "keys"):
        if "categories" in item and "codes" in item:
            categories = item["categories"]
            if hasattr(categories, "keys"):  # of strings that may be missing
                categories = categories["values"]
            return [_as_text(value) for value in categories[()]], item["codes"][()].astype(np.int64)
        if "values" in item:
            values, codes = _distinct(item["values"][()])
            if "mask" in item:
                codes = np.where(item["mask"][()], -1, codes)
            return values, codes
        raise InputError(f"obs column '{name}': an encoding that is not known")
    legacy = obs.get("__categories")
    if legacy is not None and name in legacy:
        return [_as_text(value) for value in legacy[name][()]], item[()].astype(np.int64)
    return _distinct(item[()])


def _distinct(values: Any) -> tuple[list[str], Any]:
    import numpy as np

    places: dict[Any, int] = {}
    codes = np.fromiter((places.setdefault(value, len(places)) for value in values.tolist()),
                        dtype=np.int64, count=len(values))
    return [_as_text(value) for value in places], codes


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
