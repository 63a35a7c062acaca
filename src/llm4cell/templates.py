"""What a new catalogue file starts with."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from llm4cell.catalogue import FOLDERS, MAX_LINE, MAX_SLUG, slug
from llm4cell.documents import shorten
from llm4cell.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["start_record"]

# What YAML 1.1 or 1.2 reads as truth values or as nothing.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})

_EVIDENCE = """\
      evidence:
        - source:   # a publication's id, or a web address
          locator:   # where in it: abstract, Table 2, section 3.1, README ...
          kind:   # primary paper, repository, registry, third party ...
"""

_TEMPLATES = {
    "model": """\
is_model: true   # false for a tool, agent or benchmark that is no machine-learning model
publication:   # the id of a file in publications/; start one with: llm4cell new publication NAME
primary_family:   # one of the five families: the one that it is filed under
facts:
  family:
    - value:
{evidence}\
  modality:
    - value:
{evidence}\
  supports_task:
    - value:
{evidence}\
  code_repository:
    - value:   # the web address
{evidence}\
  pretraining_cell_count:
    - value:   # digits only
{evidence}\
# not_found:   # what was looked for in vain: property, searched, on
""",
    "dataset": """\
type:   # atlas, study dataset, benchmark collection, data portal or assay platform
facts:
  modality:
    - value:
{evidence}\
  cell_count:
    - value:   # digits only
{evidence}\
  landing_page:
    - value:   # the web address
{evidence}\
  organism:
    - value:   # a name of the NCBI Taxonomy: Homo sapiens
      id:   # its id there: NCBITaxon:9606
{evidence}\
""",
    "publication": """\
first_author:
facts:
  venue:
    - value:
{evidence}\
  publication_year:
    - value:
{evidence}\
  doi:
    - value:
{evidence}\
""",
}


def start_record(root: Path, kind: str, name: str) -> Path:
    """Write a new record's file below ``root`` and return its path.

    Raises InputError where ``name`` gives no id or is no label, or where the id is taken.
    """
    label = " ".join(name.split())
    identifier = slug(label)[:MAX_SLUG].rstrip("-")
    if not identifier or not label.isprintable() or len(label) > MAX_LINE:
        raise InputError(f"'{shorten(name)}': a name needs a letter a-z or a digit, no control "
                         f"characters, and at most {MAX_LINE} characters")
    path = root / "graphs" / "catalogue" / FOLDERS[kind] / f"{identifier}.yaml"
    text = (
        f"# yaml-language-server: $schema=../schema/{kind}.json\n"
        "# How to fill this in: docs/catalogue.md. Remove what no source states.\n"
        f"id: {_scalar(identifier)}\n"
        f"label: {_scalar(label)}\n"
        + _TEMPLATES[kind].format(evidence=_EVIDENCE)
    )
    taken = "exists already; edit it, or choose another name"
    if path.with_suffix(".yml").exists():
        raise InputError(f"{path.with_suffix('.yml')}: {taken}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise InputError(f"{error.filename}: {taken}") from error
    try:
        with stream:
            stream.write(text)
    except BaseException:
        # Half a file would be in the way of the next attempt.
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return path


def _scalar(text: str) -> str:
    """Return ``text`` as a YAML scalar, quoted where it could be read as anything else."""
    plain = text.replace(" ", "").replace("-", "").isalnum() and text[0].isalpha()
    return text if plain and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
