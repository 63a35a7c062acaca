"""Namespaces and terms: the only module that spells an IRI.

Plain strings, so that asking a question needs no RDF library.
"""

from __future__ import annotations

__all__ = ["BASE", "GRAPHS", "IMPORTS", "ONTOLOGY", "PREFIXES", "SLIMS", "Namespace", "compact",
           "expand", "prologue"]


class Namespace:
    """An IRI prefix; its attributes, and what is added to it, are the IRIs below it.

    No subclass of str, whose methods would hide terms such as dcterms:title.

    >>> cells = Namespace("https://example.org/cell/")
    >>> cells.neuron, cells + "t-cell"
    ('https://example.org/cell/neuron', 'https://example.org/cell/t-cell')
    """

    __slots__ = ("base",)

    def __init__(self, base: str) -> None:
        self.base = base

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.base + name

    def __str__(self) -> str:
        return self.base

    def __add__(self, name: str) -> str:
        return self.base + name


BASE = "https://w3id.org/llm4cell/"
ONTOLOGY = BASE + "ontology"

L4C = Namespace(ONTOLOGY + "/")
MODEL = Namespace(BASE + "model/")
VARIANT = Namespace(BASE + "variant/")
DATASET = Namespace(BASE + "dataset/")
PUBLICATION = Namespace(BASE + "publication/")
SOURCE = Namespace(BASE + "source/")
CHALLENGE = Namespace(BASE + "challenge/")
CLAIM = Namespace(BASE + "claim/")
ERRATUM = Namespace(BASE + "erratum/")
LEAD = Namespace(BASE + "lead/")
RUBRIC = Namespace(BASE + "rubric/")
SEARCH = Namespace(BASE + "search/")
QUERY = Namespace(BASE + "query/")
GRAPH = Namespace(BASE + "graph/")
IMPORTS = Namespace(ONTOLOGY + "/imports/")

BIBO = Namespace("http://purl.org/ontology/bibo/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
FAIR4ML = Namespace("https://w3id.org/fair4ml#")
OBOINOWL = Namespace("http://www.geneontology.org/formats/oboInOwl#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA = Namespace("https://schema.org/")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")

# Outside terms. Those with a slim have the prefixes by which biologists know them; the others are
# written out in full wherever they appear, so without a prefix here.
AIO = Namespace("https://w3id.org/aio/")
EDAM = Namespace("http://edamontology.org/")
OBO = Namespace("http://purl.obolibrary.org/obo/")
CL = Namespace(OBO + "CL_")
EFO = Namespace("http://www.ebi.ac.uk/efo/EFO_")
MONDO = Namespace(OBO + "MONDO_")
NCBITAXON = Namespace(OBO + "NCBITaxon_")
UBERON = Namespace(OBO + "UBERON_")
# Licences: those of https://spdx.org/licenses/, and ours for what is not among them.
SPDX = Namespace("http://spdx.org/licenses/")
LICENSE = Namespace(BASE + "license/")

_NAMESPACES = {
    "l4c": L4C,
    "model": MODEL,
    "variant": VARIANT,
    "dataset": DATASET,
    "publication": PUBLICATION,
    "source": SOURCE,
    "challenge": CHALLENGE,
    "claim": CLAIM,
    "erratum": ERRATUM,
    "lead": LEAD,
    "query": QUERY,
    "rubric": RUBRIC,
    "search": SEARCH,
    "graph": GRAPH,
    "imports": IMPORTS,
    "bibo": BIBO,
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "fair4ml": FAIR4ML,
    "oboInOwl": OBOINOWL,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "skos": SKOS,
    "xsd": XSD,
    "CL": CL,
    "EFO": EFO,
    "MONDO": MONDO,
    "NCBITaxon": NCBITAXON,
    "UBERON": UBERON,
}
PREFIXES: dict[str, str] = {prefix: space.base for prefix, space in _NAMESPACES.items()}

# The built files below graphs/, in the order in which the one that imports them all names them.
GRAPHS = (
    "models",
    "datasets",
    "sources",
    "claims",
    "statements",
    "challenges",
    "errata",
    "mappings",
    "rubrics",
    "derived",
    "curation",
)
# The files of ontology/imports/: outside terms in use, of the vocabulary that each is named after.
SLIMS = ("cl", "efo", "mondo", "ncbitaxon", "uberon")


def prologue(*prefixes: str) -> str:
    """Return the PREFIX lines of a SPARQL query that uses ``prefixes``.

    >>> prologue("rdfs")
    'PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\\n'
    """
    return "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in prefixes)


def compact(iri: str) -> str:
    """Return ``iri`` as prefix:name where a known prefix fits, else unchanged.

    >>> compact("https://w3id.org/llm4cell/model/scgpt")
    'model:scgpt'
    """
    best = max((p for p in PREFIXES if iri.startswith(PREFIXES[p])), key=lambda p: len(PREFIXES[p]),
               default=None)
    if best is None:
        return iri
    name = iri[len(PREFIXES[best]) :]
    return f"{best}:{name}" if name and "/" not in name else iri


def expand(curie: str) -> str | None:
    """Return the IRI that ``curie`` stands for, or None where its prefix is unknown.

    >>> expand("model:scgpt")
    'https://w3id.org/llm4cell/model/scgpt'
    >>> expand("scgpt") is None
    True
    """
    prefix, colon, name = curie.partition(":")
    return PREFIXES[prefix] + name if colon and prefix in PREFIXES else None
