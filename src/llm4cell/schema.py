"""JSON Schemas of the catalogue's files, made from the ontology, for editors to complete from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm4cell.catalogue import (
    ADDRESS,
    ASSESSMENT_EVIDENCE_KEYS,
    CLASSES,
    FACT_EVIDENCE_KEYS,
    KEYS,
    MOMENT,
    REQUIRED,
    SCOPES,
    SLUG,
    WEB_ADDRESS,
    allowed_properties,
)
from llm4cell.slims import VOCABULARIES
from llm4cell.vocabulary import L4C, RDFS, SKOS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm4cell.ontology import Ontology, Property

__all__ = ["schemas"]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_SLUG: Schema = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_MOMENT: Schema = {"type": "string", "pattern": f"^{MOMENT.pattern}$"}
_SOURCE: Schema = {"type": "string",
                   "pattern": f"^(?:{SLUG.pattern}|{WEB_ADDRESS.pattern})$"}


def schemas(ontology: Ontology) -> dict[str, Schema]:
    """Return file kind -> JSON Schema (draft 2020-12), in a stable order."""
    made = {kind: _record(kind, ontology) for kind in ("model", "dataset", "publication")}
    made["statements"] = {
        "type": "array",
        "items": _record("statement", ontology, top=False),
    }
    made["challenges"] = {"type": "array", "items": _challenge(ontology)}
    made["errata"] = {"type": "array", "items": _erratum(ontology)}
    made["rubrics"] = {"type": "array", "items": _rubric(ontology)}
    for kind, schema in made.items():
        made[kind] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"LLM4Cell catalogue: {kind}",
            **schema,
        }
        if "$ref" in str(schema):
            made[kind]["$defs"] = _definitions(ontology)
    return made


def _challenge(ontology: Ontology) -> Schema:
    touched = _terms(ontology, (L4C.AnalyticalTask, L4C.EvaluationDimension))
    shapes = {"id": _SLUG, "label": _TEXT, "source": _SOURCE, "locator": _TEXT,
              "description": _TEXT, "touches": {"type": "array", "items": touched}}
    return _mapping({key: shapes[key] for key in KEYS["challenge"]}, REQUIRED["challenge"])


def _erratum(ontology: Ontology) -> Schema:
    tasks = _terms(ontology, (L4C.AnalyticalTask,))
    shapes = {"source": _SLUG, "number": {"type": "integer", "minimum": 1}, "kind": _TEXT,
              "about": {"type": "array", "items": _SLUG},
              "concerns_tasks": {"type": "array", "items": tasks},
              "locators": {"type": "array", "items": _TEXT}, "text": _TEXT,
              "outside": {"type": "boolean"}, "shown_by": {"type": "array", "items": _SOURCE}}
    return _mapping({key: shapes[key] for key in KEYS["erratum"]}, REQUIRED["erratum"])


def _rubric(ontology: Ontology) -> Schema:
    shapes = {"dimension": _members(ontology, L4C.EvaluationDimension),
              "level": _members(ontology, L4C.CoverageLevel), "description": _TEXT}
    criterion = _mapping({key: shapes[key] for key in KEYS["criterion"]}, REQUIRED["criterion"])
    shapes = {"id": _SLUG, "label": _TEXT, "version": _TEXT, "description": _TEXT,
              "criteria": {"type": "array", "items": criterion}}
    return _mapping({key: shapes[key] for key in KEYS["rubric"]}, REQUIRED["rubric"])


def _record(kind: str, ontology: Ontology, *, top: bool = True) -> Schema:
    shapes: dict[str, Schema] = {
        "id": _SLUG,
        "label": _TEXT,
        "alt_labels": {"type": "array", "items": _TEXT},
        "is_model": {"type": "boolean"},
        "publication": _SLUG,
        "primary_family": _members(ontology, L4C.Model),
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
        "leads": {"type": "array", "items": _lead(ontology, kind)},
        "not_found": {"type": "array", "items": _mapping(
            {"property": _keys(ontology, kind), "searched": _TEXT, "on": _MOMENT},
            REQUIRED["search"])},
    }
    if kind == "model" and top:
        shapes["variants"] = {"type": "array", "items": _record("variant", ontology)}
    return _mapping({key: shapes[key] for key in KEYS[kind] if key in shapes}, REQUIRED[kind])


def _lead(ontology: Ontology, kind: str) -> Schema:
    shapes = {"property": _keys(ontology, kind), "value": _SCALAR, "said_by": _TEXT,
              "dimension": _members(ontology, L4C.EvaluationDimension),
              "level": _members(ontology, L4C.CoverageLevel)}
    return {**_mapping({key: shapes[key] for key in KEYS["lead"]}, REQUIRED["lead"]),
            "oneOf": [{"required": ["property"]}, {"required": ["dimension"]}],
            "dependentRequired": {"level": ["dimension"]}}


def _keys(ontology: Ontology, kind: str) -> Schema:
    return {"enum": sorted(allowed_properties(ontology, kind))}


def _fact(ontology: Ontology, entry: Property) -> Schema:
    value: Schema
    records = bool(entry.ranges & set(CLASSES.values()))
    outside = [v for v in VOCABULARIES.values() if v.source in entry.vocabularies]
    if outside:
        value = _TEXT
    elif entry.roots:
        value = _terms(ontology, entry.roots)
        if records:
            value = {"anyOf": [value, _SLUG]}
    elif XSD.integer in entry.ranges:
        value = {"type": "integer"}
    elif XSD.boolean in entry.ranges:
        value = {"type": "boolean"}
    elif XSD.anyURI in entry.ranges:
        value = {"type": "string", "pattern": f"^(?:none|{ADDRESS.pattern})$"}
    elif records:
        value = _SLUG
    else:
        value = _SCALAR
    shapes: dict[str, Schema] = {"value": value, "evidence": {"$ref": "#/$defs/evidence"}}
    if outside:
        ids = "|".join(f"{v.prefix}:{v.pattern}" for v in outside)
        shapes["id"] = {"type": "string", "pattern": f"^(?:{ids})$"}
    if entry.kind != "object":
        return _mapping(shapes, ("value", "evidence"))
    shapes["text"] = _TEXT
    named = ["value", "id"] if outside else ["value"]
    return {**_mapping(shapes, ("evidence",)),
            "oneOf": [{"required": named}, {"required": ["text"]}]}


def _definitions(ontology: Ontology) -> dict[str, Schema]:
    shapes: dict[str, Schema] = dict.fromkeys(
        (*FACT_EVIDENCE_KEYS, *ASSESSMENT_EVIDENCE_KEYS), _SCALAR)
    shapes |= {
        "source": _SOURCE,
        "kind": _members(ontology, L4C.SourceKind),
        "polarity": _members(ontology, L4C.Polarity),
        "verdict": _members(ontology, L4C.Verdict),
        "scope": {"enum": list(SCOPES)},
        "scope_models": {"type": "array", "items": _SLUG},
        "retrieved": _MOMENT,
        "errata": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        "level": _members(ontology, L4C.CoverageLevel),
        "judge": _SLUG,
    }
    made = {}
    for name, keys in (("evidence", FACT_EVIDENCE_KEYS), ("judgement", ASSESSMENT_EVIDENCE_KEYS)):
        item = _mapping({key: shapes[key] for key in keys}, ("source", "locator", "kind"))
        if name == "judgement":
            item["dependentRequired"] = {"level": ["judge"], "judge": ["level"],
                                         "explanation": ["level"]}
        made[name] = {"type": "array", "minItems": 1, "items": item}
    return made | {
        "assessment": _mapping(
            {"dimension": _members(ontology, L4C.EvaluationDimension),
             "evidence": {"$ref": "#/$defs/judgement"}}, ("dimension", "evidence")),
    }


def _mapping(shapes: dict[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required),
            "properties": shapes}


def _members(ontology: Ontology, root: str) -> Schema:
    return _terms(ontology, (root,), leave_out={root})


def _terms(ontology: Ontology, roots: tuple[str, ...], leave_out: Iterable[str] = ()) -> Schema:
    """Return the labels, then the synonyms, of the terms at or below ``roots``."""
    from rdflib import URIRef

    terms = sorted({iri for root in roots for iri in ontology.below(root)}.difference(leave_out))
    found: dict[str, None] = {}
    for predicate in (RDFS.label, SKOS.altLabel):
        names = (str(name) for iri in terms
                 for name in ontology.graph.objects(URIRef(iri), URIRef(predicate)))
        found.update(dict.fromkeys(sorted(names)))
    return {"enum": list(found)}
