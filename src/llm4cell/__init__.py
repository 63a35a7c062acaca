"""The LLM4Cell knowledge graph: AI models for single cells, with the evidence for every fact.

>>> import llm4cell
>>> kg = llm4cell.load()
>>> kg.model("scGPT").primary_family
'foundation model'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from llm4cell.knowledge import KnowledgeGraph

__all__ = ["KnowledgeGraph", "__version__", "load"]

__version__ = "0.1.0"


def load(root: str | Path | None = None) -> KnowledgeGraph:
    """Return the knowledge graph of this package, or of the checkout at ``root``.

    Nothing is read before the first question, and then no network. Raises InputError where
    ``root`` has no built graphs.

    >>> len(load().models()) >= 58
    True
    """
    # Here, not above: the command line imports this package before it knows what it will need.
    from llm4cell.knowledge import KnowledgeGraph

    return KnowledgeGraph(root)


def __getattr__(name: str) -> object:
    if name == "KnowledgeGraph":
        from llm4cell.knowledge import KnowledgeGraph

        return KnowledgeGraph
    raise AttributeError(f"module 'llm4cell' has no attribute '{name}'")
