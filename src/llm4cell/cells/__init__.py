"""Cell labels and the Cell Ontology: linking one to the other, and what is a kind of what.

``read_table`` and ``read_obs`` give the labels of a file, ``write_obs`` a copy of an h5ad file with
the ids in it.

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
from llm4cell.cells.inputs import Row, read_obs, read_table
from llm4cell.cells.linking import Candidate, Link, Linker, link, load_linker
from llm4cell.cells.outputs import write_obs

__all__ = [
    "Candidate",
    "Index",
    "Link",
    "Linker",
    "Row",
    "Term",
    "ancestors",
    "descendants",
    "distance",
    "is_a",
    "link",
    "load_index",
    "load_linker",
    "lowest_common_ancestor",
    "read_obs",
    "read_table",
    "resolve",
    "write_obs",
]
