"""Where ontology, graphs, queries and shapes lie: in the wheel or in the checkout."""

from __future__ import annotations

from pathlib import Path

from llm4cell.errors import InputError
from llm4cell.vocabulary import GRAPH, GRAPHS, IMPORTS, ONTOLOGY, SLIMS

__all__ = ["find_root", "folder", "graph_files", "logic_files", "nearest_root"]

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


def find_root(root: Path | None = None) -> Path:
    """Return the folder that has graphs/catalogue: ``root``, else the nearest here or above.

    Raises InputError where there is none.
    """
    if root is not None:
        if not (root / "graphs" / "catalogue").is_dir():
            raise InputError(f"{root}: no folder graphs/catalogue in it")
        return root.resolve()
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if (candidate / "graphs" / "catalogue").is_dir():
            return candidate
    raise InputError(
        f"{here}: no folder graphs/catalogue here or above; "
        "run this inside a checkout or name one with --root"
    )


def nearest_root(root: Path | None = None) -> Path | None:
    """Return ``root``, checked, or without it the nearest checkout; None where there is none."""
    if root is not None:
        return find_root(root)
    try:
        return find_root()
    except InputError:
        return None


def graph_files(root: Path | None = None) -> dict[str, Path]:
    """Return graph IRI -> Turtle file for the ontology, its slims and every built graph.

    Those below ``root``, else the packaged ones. Raises InputError naming every missing file.
    """
    ontology = root / "ontology" if root else folder("ontology")
    graphs = root / "graphs" if root else folder("graphs")
    files = {ONTOLOGY: ontology / "llm4cell.ttl"}
    files |= {IMPORTS + name: ontology / "imports" / f"{name}.ttl" for name in SLIMS}
    files |= {GRAPH + name: graphs / f"{name}.ttl" for name in GRAPHS}
    missing = [iri for iri, path in files.items() if not path.is_file()]
    if missing:
        slims = any(iri.startswith(str(IMPORTS)) for iri in missing)
        raise InputError(f"missing: {', '.join(str(files[iri]) for iri in missing)}; "
                         f"run: llm4cell build{' --slims' if slims else ''}")
    return files


def logic_files(root: Path | None = None) -> list[Path]:
    """Return the files that a reasoner needs: all but those that entail nothing of a record.

    These are claims, leads, errata, and the sources, whose many individuals cost most of the time.
    """
    left_out = {GRAPH + name
                for name in ("claims", "statements", "derived", "curation", "sources", "errata")}
    return [path for iri, path in graph_files(root).items() if iri not in left_out]
