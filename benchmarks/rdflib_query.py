"""The plain way to ask: parse the same files with rdflib, ask the same query, print the rows.

Arguments: the query file, then the Turtle files.
"""

import sys
from pathlib import Path

from rdflib import Graph

graph = Graph()
for name in sys.argv[2:]:
    graph.parse(name, format="turtle")
for row in graph.query(Path(sys.argv[1]).read_text(encoding="utf-8")):
    print(*row, sep="\t")
