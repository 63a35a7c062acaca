"""The errors that this package raises, one small tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BuildError",
    "CatalogueError",
    "EngineError",
    "InputError",
    "LLM4CellError",
    "MissingExtraError",
    "OntologyError",
    "ParameterError",
    "Problem",
    "QueryFileError",
    "ReasonerError",
]


class Problem:
    """One fault in one place: where it is, what is wrong, what would be right.

    ``place`` is a path, with ``:line`` behind it where a line is known.
    """

    __slots__ = ("fault", "fix", "place")

    def __init__(self, place: str, fault: str, fix: str = "") -> None:
        self.place = place
        self.fault = fault
        self.fix = fix

    def __str__(self) -> str:
        text = f"{self.place}: {self.fault}" if self.place else self.fault
        return f"{text}; {self.fix}" if self.fix else text

    def __repr__(self) -> str:
        return f"Problem({self.place!r}, {self.fault!r}, {self.fix!r})"


class LLM4CellError(ValueError):
    """Root of every error that a user of this package can mend."""


class InputError(LLM4CellError):
    """A file or argument that the user gave cannot be used."""


class CatalogueError(LLM4CellError):
    """Catalogue files are at fault; ``problems`` holds all faults found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class OntologyError(LLM4CellError):
    """The ontology, a check or a mapping file is at fault."""


class BuildError(LLM4CellError):
    """The graphs cannot be written."""


class QueryFileError(LLM4CellError):
    """A canned query's file is at fault."""


class ParameterError(LLM4CellError):
    """A query or a parameter of a query is unknown, missing or of the wrong type."""


class EngineError(LLM4CellError):
    """The SPARQL engine refuses or cannot answer a query."""


class ReasonerError(LLM4CellError):
    """The reasoner cannot be run to its end."""


class MissingExtraError(LLM4CellError):
    """A command needs packages that only an extra installs; ``extra`` names it."""

    def __init__(self, command: str, package: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"'{command}' needs the package '{package}', which is not installed; "
            f"run: pip install 'llm4cell[{extra}]'"
        )
