"""JSON Schemas of the catalogue's files, made from the ontology, for editors to complete from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llm4cell.catalogue import (
    CLASSES,
    EVIDENCE_KEYS,
    KEYS,
    REQUIRED,
    SCOPES,
    SLUG,
    allowed_properties,
)
from llm4cell.ontology import Ontology, Property
from llm4cell.vocabulary import L4C, RDFS, SKOS, XSD

__all__ = ["schemas"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_SLUG: Schema = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_LISTS = ("alt_labels", "scope_models", "errata")


def schemas(ontology: Ontology) -> dict[str, Schema]:
    """Return file kind -> JSON Schema (draft 2020-12), in a stable order."""
    made = {kind: _record(kind, ontology) for kind in ("model", "dataset", "publication")}
    made["statements"] = {
        "type": "array",
        "items": _record("statement", ontology, top=False),
    }
    for kind, schema in made.items():
        made[kind] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"LLM4Cell catalogue: {kind}",
            **schema,
            "$defs": _definitions(ontology),
        }
    return made


def _record(kind: str, ontology: Ontology, *, top: bool = True) -> Schema:
    shapes: dict[str, Schema] = {
        "id": _SLUG,
        "label": _TEXT,
        "alt_labels": {"type": "array", "items": _TEXT},
        "is_model": {"type": "boolean"},
        "publication": _SLUG,
        "primary_family": _terms(ontology, (L4C.Model,)),
        "primary_family_rationale": _TEXT,
        "first_author": _TEXT,
        "type": _terms(ontology, (L4C.Dataset,)),
        "about": _terms(ontology, (L4C.Model, L4C.AnalyticalTask)),
        "listed_in": _mapping({"source": _SLUG, "table": {"type": "integer"},
                               "row": {"type": "integer"}}, ("source", "table", "row")),
        "facts": _mapping({
            key: {"type": "array", "items": _fact(ontology, entry)}
            for key, entry in allowed_properties(ontology, kind).items()
        }),
        "assessments": {"type": "array", "items": {"$ref": "#/$defs/assessment"}},
        "leads": {"type": "array", "items": _mapping(
            {"property": {"enum": sorted(allowed_properties(ontology, kind))},
             "value": _SCALAR, "said_by": _TEXT}, ("property", "value", "said_by"))},
    }
    if kind == "model" and top:
        shapes["variants"] = {"type": "array", "items": _record("variant", ontology)}
    return _mapping({key: shapes[key] for key in KEYS[kind] if key in shapes}, REQUIRED[kind])


def _fact(ontology: Ontology, entry: Property) -> Schema:
    value: Schema
    if entry.roots:
        value = _terms(ontology, entry.roots)
    elif XSD.integer in entry.ranges:
        value = {"type": "integer"}
    elif XSD.boolean in entry.ranges:
        value = {"type": "boolean"}
    elif entry.ranges & set(CLASSES.values()) or L4C.Dataset in entry.ranges:
        value = _SLUG
    else:
        value = _SCALAR
    shapes: dict[str, Schema] = {"value": value, "evidence": {"$ref": "#/$defs/evidence"}}
    if entry.kind != "object":
        return _mapping(shapes, ("value", "evidence"))
    shapes["text"] = _TEXT
    return {**_mapping(shapes, ("evidence",)),
            "oneOf": [{"required": ["value"]}, {"required": ["text"]}]}


def _definitions(ontology: Ontology) -> dict[str, Schema]:
    shapes: dict[str, Schema] = {key: _SCALAR for key in EVIDENCE_KEYS}
    shapes |= {key: {"type": "array", "items": _SCALAR} for key in _LISTS if key in shapes}
    shapes["kind"] = _terms(ontology, (L4C.SourceKind,))
    shapes["polarity"] = _terms(ontology, (L4C.Polarity,))
    shapes["verdict"] = _terms(ontology, (L4C.Verdict,))
    shapes["level"] = _terms(ontology, (L4C.CoverageLevel,))
    shapes["scope"] = {"enum": list(SCOPES)}
    item = _mapping(shapes, ("source", "locator", "kind"))
    return {
        "evidence": {"type": "array", "minItems": 1, "items": item},
        "assessment": _mapping(
            {"dimension": _terms(ontology, (L4C.EvaluationDimension,)),
             "evidence": {"$ref": "#/$defs/evidence"}}, ("dimension", "evidence")),
    }


def _mapping(shapes: dict[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required),
            "properties": shapes}


def _terms(ontology: Ontology, roots: tuple[str, ...]) -> Schema:
    """Return the labels, then the synonyms, of the terms below ``roots``."""
    from rdflib import URIRef

    terms = sorted({iri for root in roots for iri in ontology.below(root)})
    found: dict[str, None] = {}
    for predicate in (RDFS.label, SKOS.altLabel):
        names = (str(name) for iri in terms
                 for name in ontology.graph.objects(URIRef(iri), URIRef(predicate)))
        found.update(dict.fromkeys(sorted(names)))
    return {"enum": list(found)}
