"""Where labels come from: a column of a CSV or TSV file, the obs of an h5ad file, lines of text.

All are read as they come, so that a million labels take no more memory than one. Of an h5ad file
only the one or two columns of obs that are asked for are read, never the matrix.
"""

from __future__ import annotations

import csv
import difflib
import errno
import re
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from llm4cell.errors import InputError, LLM4CellError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Row", "is_hdf5", "read_cells", "read_lines", "read_obs", "read_table"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
# The names that a column of labels usually has, the likeliest first.
_USUAL = ("cell_type", "celltype", "cell type", "author_cell_type", "cell_label", "label", "labels",
          "annotation", "cluster_name", "cluster", "celltypes", "cell_types")
_LINE_LIMIT = 1 << 24
# What no text holds: separates nothing, for of a single column commas belong to the labels.
_NOTHING = "\udc80"
_PART = 1 << 18  # cells that are read at once
_DENSE = 1 << 22  # pairs of label and tissue that are numbered without being sorted
# How files start that are no text, and what to do about them.
_FOREIGN = {
    _HDF5[:4]: "HDF5, no text; name the file with -i and a column with --obs",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"\x1f\x8b": "compressed by gzip; unpack it first (gunzip)",
    b"BZh91AY&SY": "compressed by bzip2; unpack it first (bunzip2)",
    b"\xfd7zXZ": "compressed by xz; unpack it first (unxz)",
    b"\x28\xb5\x2f\xfd": "compressed by zstd; unpack it first (unzstd)",
    b"PK\x03\x04": "an Excel or zip file; save the sheet as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV in UTF-8",
    b"PAR1\x15": "Parquet; save it as CSV",
}


class Row(NamedTuple):
    """A label and the tissue it comes with, empty where none does."""

    label: str
    tissue: str = ""


def is_hdf5(path: Path) -> bool:
    """Tell whether ``path`` is an HDF5 file by its first bytes, or an h5ad file by its name.

    A pipe is none: what is read of it is gone. Raises OSError where it cannot be read.
    """
    if path.exists() and not path.is_file():
        return False
    with path.open("rb") as stream:
        start = stream.read(len(_HDF5))
    return start == _HDF5 or path.suffix.lower() in (".h5ad", ".h5")


def read_lines(stream: IO[bytes], place: str) -> Iterator[Row]:
    """Yield a label a line; blank lines are passed over. Raises InputError for what is no text."""
    for line in _text(stream, place):
        text = line.removesuffix("\n").removesuffix("\r")
        if text.strip():
            yield Row(text)


def read_table(
    path: Path | str, column: str | None = None, tissue_column: str | None = None,
    guessed: Callable[[str], object] | None = None,
) -> Iterator[Row]:
    """Yield the labels of one column of a CSV or TSV file with a header.

    Args:
        path: the file, or a pipe; what separates its cells is seen from its first line.
        column: the column's name; without it, the only one or one that is usually named so.
        tissue_column: the column that says where each cell was found.
        guessed: told the name of the column where none was asked for.

    Raises:
        InputError: the file is empty, no UTF-8 text or no table, or has no such column.
    """
    path = Path(path)
    with path.open("rb") as raw:
        lines = _text(raw, str(path))
        first = next(lines, "")
        if not first.strip():
            raise InputError(f"{path}: empty; a table needs a header and rows")
        if "\0" in first:
            raise InputError(f"{path}: no text, or UTF-16; save it as UTF-8")
        if "\r" in first.rstrip("\r\n"):
            raise InputError(f"{path}: lines end in CR, as on old Macs; save it as CSV in UTF-8")
        limit = csv.field_size_limit(_LINE_LIMIT)
        rows = csv.reader(chain((first,), lines), delimiter=_separator(first, path.suffix),
                          strict=True)
        read = 0
        try:
            header = [name.strip() for name in next(rows)]
            at = _position(header, column, str(path), "--column")
            if column is None and guessed is not None:
                guessed(header[at])
            where = None
            if tissue_column is not None:
                where = _position(header, tissue_column, str(path), "--tissue-column")
            read = rows.line_num
            for row in rows:
                read = rows.line_num
                if len(row) > len(header) and any(row[len(header):]):
                    # Else a label would be cut at its comma, or taken from the wrong column.
                    raise InputError(
                        f"{path}:{read}: {len(row)} cells, but the header has "
                        f"{len(header)}; quote cells that hold what separates cells, and name "
                        "every column")
                if row:
                    yield Row(row[at] if at < len(row) else "",
                              row[where] if where is not None and where < len(row) else "")
        except csv.Error as error:
            fault = str(error).replace(f"'{_NOTHING}'", "end of line")
            raise InputError(
                f"{path}:{read + 1}: not a table ({fault}); check the quotes") from error
        finally:
            csv.field_size_limit(limit)


def _text(stream: IO[bytes], place: str) -> Iterator[str]:
    """Yield lines as they are, ends and all; raises InputError for what is no UTF-8 text."""
    number = 0
    while line := stream.readline(_LINE_LIMIT):
        number += 1
        if number == 1:
            for start, fault in _FOREIGN.items():
                if line.startswith(start):
                    raise InputError(f"{place}: {fault}")
        if len(line) == _LINE_LIMIT and not line.endswith(b"\n"):
            raise InputError(f"{place}:{number}: longer than {_LINE_LIMIT:,} bytes; "
                             "write one label a line")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{place}:{number}: byte {error.start + 1} of the line is not UTF-8; "
                             "save the file as UTF-8") from error


def _separator(header: str, suffix: str) -> str:
    if suffix.lower() in (".tsv", ".tab"):
        return "\t"
    bare = re.sub('"[^"]*"', "", header)
    counts = {sign: bare.count(sign) for sign in (",", "\t", ";")}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else _NOTHING


def is_usual(name: str) -> bool:
    """Tell whether a column of labels often has this name."""
    return name.casefold() in _USUAL


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
        if error.errno == errno.EAGAIN:
            raise InputError(f"{path}: another program has it open for writing; close it "
                             "there") from error
        if "lock file" in str(error):  # as some network file systems say
            raise InputError(f"{path}: cannot be locked on its file system; set "
                             "HDF5_USE_FILE_LOCKING=FALSE") from error
        with path.open("rb") as stream:
            start = stream.read(8)
        for magic, fault in _FOREIGN.items():
            if start.startswith(magic) and magic != _HDF5[:4]:
                raise InputError(f"{path}: {fault}") from error
        raise InputError(f"{path}: not HDF5, or broken off; is it an h5ad file?") from error
    with file:
        yield file


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what HDF5 says of a spoilt file into an InputError."""
    try:
        yield
    except LLM4CellError:
        raise
    except (OSError, RuntimeError, LookupError, TypeError, ValueError) as error:
        raise InputError(f"{path}: obs cannot be read ({error}); is the file whole?") from error


def read_obs(
    path: Path | str, name: str | None = None, tissue: str | None = None,
    guessed: Callable[[str], object] | None = None,
) -> list[Row]:
    """Return the distinct labels of one column of obs, in the order of their first cells.

    Cells without a label are passed over, and so are categories without a cell.

    Args:
        path: an h5ad file, of which nothing else is read.
        name: the column's name; without it, the only one or one that is usually named so.
        tissue: the column that says where each cell was found.
        guessed: told the name of the column where none was asked for.

    Raises:
        InputError: the file is no HDF5, has no obs or no such column.
        MissingExtraError: h5py is not installed.
    """
    return read_cells(Path(path), name, tissue, guessed)[0]


def read_cells(
    path: Path, name: str | None = None, tissue: str | None = None,
    guessed: Callable[[str], object] | None = None,
) -> tuple[list[Row], Any]:
    """Return what read_obs does, and an array: for each cell which row, -1 where it has none."""
    with _reading(path), opened(path) as file:
        obs = _obs(file, path)
        names = _names(obs)
        label = names[_position(names, name, f"{path}, obs", "--obs")]
        if name is None and guessed is not None:
            guessed(label)
        place = None
        if tissue is not None:
            place = names[_position(names, tissue, f"{path}, obs", "--tissue-column")]
        values, codes = column(obs, label, file)
        if place is None:
            order, cells = _numbered(codes, len(values))
            return [Row(values[code]) for code in order], cells
        tissues, others = column(obs, place, file)
        pairs, cells = _paired(codes, others, len(tissues) + 1, len(values))
    return [Row(values[code], tissues[other] if other >= 0 else "")
            for code, other in pairs], cells


def has_old_obs(path: Path) -> bool:
    """Tell whether obs is one compound dataset, as anndata wrote before 0.7."""
    with _reading(path), opened(path) as file:
        return hasattr(_obs(file, path), "dtype")


def _obs(file: Any, path: Path) -> Any:
    if "obs" not in file:
        held = ", ".join(list(file)[:10]) or "nothing"
        raise InputError(f"{path}: no obs in it, so no h5ad file; it holds {held}")
    obs = file["obs"]
    if hasattr(obs, "dtype") and not obs.dtype.names:
        raise InputError(f"{path}: obs is no table, so this is no h5ad file")
    return obs


def _names(obs: Any) -> list[str]:
    """Return the names of the columns of obs in their order, without its index."""
    index = _as_text(obs.attrs.get("_index", "index"))
    names = obs.dtype.names if hasattr(obs, "dtype") else column_order(obs)
    return [str(name) for name in names if name not in (index, "_index", "__categories")]


def column_order(obs: Any) -> list[str]:
    """Return the columns of obs as its attribute lists them, else all that it holds, by name."""
    if "column-order" in obs.attrs:
        return [_as_text(name) for name in obs.attrs["column-order"]]
    index = _as_text(obs.attrs.get("_index", "index"))
    return [name for name in obs if name not in (index, "_index", "__categories")]


def column(obs: Any, name: str, file: Any) -> tuple[list[str], Any]:
    """Return a column's distinct values as text, and for each cell which; -1 where it has none.

    Raises ValueError where it is not as the format has it.
    """
    if hasattr(obs, "dtype"):  # one compound dataset, as anndata wrote before 0.7
        listed = file["uns"].get(f"{name}_categories") if "uns" in file else None
        return _listed_values(listed, obs[name]) if listed is not None else _distinct(obs[name])
    item = obs[name]
    if hasattr(item, "keys"):
        if "categories" in item and "codes" in item:
            categories = item["categories"]
            if hasattr(categories, "keys"):  # of strings that may be missing
                categories = categories["values"]
            return _listed_values(categories, item["codes"])
        if "values" in item:
            return _distinct(item["values"], item.get("mask"))
        raise ValueError(f"column '{name}' has an encoding that is not known")
    if len(item.shape) != 1:
        raise ValueError(f"column '{name}' has not one value a cell")
    legacy = obs.get("__categories")
    if legacy is not None and name in legacy:
        return _listed_values(legacy[name], item)
    return _distinct(item)


def _listed_values(categories: Any, codes: Any) -> tuple[list[str], Any]:
    import numpy as np

    values = [_as_text(value) for value in categories[()].tolist()]
    which = np.asarray(codes[()]).astype(np.int32)
    if len(which) and not -1 <= which.min() <= which.max() < len(values):
        raise ValueError(f"a cell has category {which.max()} of {len(values)}")
    return values, which


def _distinct(values: Any, mask: Any = None) -> tuple[list[str], Any]:
    import numpy as np

    places: dict[Any, int] = {}
    codes = np.full(len(values), -1, dtype=np.int32)
    for start in range(0, len(values), _PART):
        part = slice(start, start + _PART)
        # What is not equal to itself is no number, so no label.
        codes[part] = [places.setdefault(value, len(places)) if value == value else -1
                       for value in values[part].tolist()]
        if mask is not None:
            codes[part][mask[part]] = -1
    return [_as_text(value) for value in places], codes


def _numbered(codes: Any, size: int) -> tuple[list[int], Any]:
    """Return the codes, all below ``size``, in the order of their first cells; renumber by it."""
    import numpy as np

    seen: dict[int, None] = {}
    for start in range(0, len(codes), _PART):
        found, at = np.unique(codes[start : start + _PART], return_index=True)
        seen.update(dict.fromkeys(found[np.argsort(at)].tolist()))
    order = [code for code in seen if code >= 0]
    numbers = np.full(size + 1, -1, dtype=np.int32)  # -1 takes the last: none
    numbers[order] = range(len(order))
    return order, numbers[codes]


def _paired(codes: Any, others: Any, width: int, size: int) -> tuple[list[tuple[int, int]], Any]:
    """Do as _numbered for pairs with ``others``, of which there are ``width``; -1 is one."""
    import numpy as np

    pairs = np.where(codes < 0, -1, codes.astype(np.int64) * width + others + 1)
    if size * width < _DENSE:
        order, cells = _numbered(pairs, size * width)
    else:
        known, dense = np.unique(pairs, return_inverse=True)
        dense = np.where(pairs < 0, -1, dense)
        order, cells = _numbered(dense, len(known))
        order = known[order].tolist()
    return [(pair // width, pair % width - 1) for pair in order], cells


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
