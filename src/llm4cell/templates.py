"""What a new catalogue file starts with."""

from __future__ import annotations

import json
from pathlib import Path

from llm4cell.catalogue import FOLDERS, slug
from llm4cell.errors import InputError

__all__ = ["start_record"]

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
""",
    "dataset": """\
type:   # atlas, study dataset, benchmark collection, data portal or assay platform
facts:
  modality:
    - value:
{evidence}\
  cell_count:
    - value:
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

    Raises InputError where ``name`` has no letter or digit, or the file exists.
    """
    label = " ".join(name.split())
    identifier = slug(label)
    if not identifier or not label.isprintable():
        raise InputError(f"'{name}': a name needs letters or digits of ASCII, and no control characters")
    path = root / "graphs" / "catalogue" / FOLDERS[kind] / f"{identifier[:100].rstrip('-')}.yaml"
    text = (
        f"# yaml-language-server: $schema=../schema/{kind}.json\n"
        "# How to fill this in: docs/catalogue.md. Remove what no source states.\n"
        f"id: {path.stem}\n"
        f"label: {_scalar(label)}\n"
        + _TEMPLATES[kind].format(evidence=_EVIDENCE)
    )
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise InputError(f"{path}: exists already; edit it, or choose another name") from error
    return path


def _scalar(label: str) -> str:
    """Return a label as a YAML scalar, quoted where it could be read as anything else."""
    plain = label.replace(" ", "").replace("-", "").isalnum() and label[0].isalpha()
    return label if plain else json.dumps(label, ensure_ascii=False)
