"""The tab-separated tables of ``ontology/``: comments, a header of known columns, rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm4cell.errors import OntologyError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_rows"]


def read_rows(
    path: Path, columns: tuple[str, ...]
) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return a table's comments, and its rows, each with its place (``file:line``).

    Blank lines are passed over, cells are stripped. Raises OntologyError naming file, line and
    fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    comments: list[str] = []
    rows: list[tuple[str, list[str]]] = []
    header = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            comments.append(line[1:].strip())
            continue
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        place = f"{path}:{number}"
        if not header:
            if tuple(cells) != columns:
                raise OntologyError(f"{place}: columns are not {', '.join(columns)}")
            header = True
        elif len(cells) != len(columns):
            raise OntologyError(f"{place}: not {len(columns)} columns, between tabs")
        else:
            rows.append((place, cells))
    return comments, rows
