"""Where ontology, graphs, queries and shapes lie: in the wheel or in the checkout."""

from __future__ import annotations

from pathlib import Path

from llm4cell.errors import InputError

__all__ = ["find_root", "folder"]

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the packaged folder ``name`` (ontology, graphs, queries or shapes).

    A wheel carries the folders inside the package; an editable install finds them in its checkout.
    """
    for candidate in (_PACKAGE / "data" / name, _PACKAGE.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise InputError(
        f"the folder '{name}' belongs to this package but is missing; reinstall llm4cell"
    )


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder at or above ``start`` (default: here) that has graphs/catalogue."""
    here = (start or Path.cwd()).resolve()
    for candidate in (here, *here.parents):
        if (candidate / "graphs" / "catalogue").is_dir():
            return candidate
    raise InputError(
        f"{here}: no folder graphs/catalogue here or above; "
        "run this inside a checkout or name one with --root"
    )
