"""Cell labels and the Cell Ontology: linking one to the other, and what is a kind of what.

>>> link("Kupffer cells").best.id
'CL:0000091'
>>> is_a("CD8-positive, alpha-beta T cell", "T cell")
True
"""

from llm4cell.cells.hierarchy import (
    ancestors,
    descendants,
    distance,
    is_a,
    lowest_common_ancestor,
    resolve,
)
from llm4cell.cells.index import Index, Term, load_index
from llm4cell.cells.linking import Candidate, Link, Linker, link, load_linker

__all__ = [
    "Candidate",
    "Index",
    "Link",
    "Linker",
    "Term",
    "ancestors",
    "descendants",
    "distance",
    "is_a",
    "link",
    "load_index",
    "load_linker",
    "lowest_common_ancestor",
    "resolve",
]
