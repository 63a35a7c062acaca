"""The ontology report: every check finds its planted fault and nothing in a clean ontology."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import BNode, Graph

from llm4cell.errors import LLM4CellError
from llm4cell.report import (
    CheckError,
    ReportFinding,
    read_check,
    read_checks,
    report,
    stops_release,
)

ROOT = Path(__file__).parents[1]
CHECKS = ROOT / "ontology" / "report"
ONTOLOGY = ROOT / "ontology" / "llm4cell.ttl"
CLEAN = ROOT / "tests" / "fixtures" / "report" / "clean.ttl"

ONTO = "https://w3id.org/llm4cell/ontology"
L4C = f"{ONTO}/"
PREFIXES = {
    "l4c": L4C,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "obo": "http://purl.obolibrary.org/obo/",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

# ROBOT's report profile (robot.obolibrary.org/report_queries), by level.
ROBOT = {
    "ERROR": """deprecated_boolean_datatype deprecated_class_reference deprecated_property_reference
        duplicate_definition duplicate_label illegal_use_of_built_in_vocabulary label_formatting
        label_whitespace missing_label missing_ontology_description missing_ontology_license
        missing_ontology_title misused_obsolete_label misused_replaced_by multiple_definitions
        multiple_equivalent_class_definitions multiple_labels""",
    "WARN": """annotation_whitespace duplicate_exact_synonym duplicate_label_synonym
        duplicate_scoped_synonym equivalent_pair equivalent_class_axiom_no_genus invalid_xref
        missing_definition missing_obsolete_label missing_subset_declaration
        missing_synonymtype_declaration multiple_equivalent_classes invalid_entity_uri""",
    "INFO": "lowercase_definition missing_superclass",
}
FOOPS = {
    "ERROR": """missing_ontology_metadata inconsistent_ontology_version
        invalid_namespace_declaration""",
    "WARN": """missing_ontology_recommended_metadata unrecognised_ontology_license
        missing_is_defined_by missing_vocabulary_reuse impermanent_ontology_iri""",
    "INFO": "missing_ontology_optional_metadata missing_ontology_prior_version missing_term_source",
}
OOPS = {
    "ERROR": """wrong_inverse hierarchy_cycle multiple_domains_or_ranges untyped_class
        untyped_property missing_ontology_declaration""",
    "WARN": """unconnected_element missing_disjointness missing_domain_or_range
        invalid_entity_name file_extension_in_iri namespace_hijacking""",
}

# check -> (faulty Turtle with near misses beside the fault, the entities to be found, as CURIEs)
PLANTED: dict[str, tuple[str, set[str]]] = {
    "deprecated_boolean_datatype": (
        'l4c:A owl:deprecated "true" . l4c:B owl:deprecated true . l4c:C owl:deprecated l4c:B .',
        {"l4c:A", "l4c:C"},
    ),
    "deprecated_class_reference": (
        """l4c:Old a owl:Class ; owl:deprecated true .
        l4c:Older a owl:Class ; owl:deprecated true ; rdfs:subClassOf l4c:Old .
        l4c:A rdfs:subClassOf l4c:Old . l4c:B rdfs:seeAlso l4c:Old .
        l4c:C owl:equivalentClass [ owl:intersectionOf ( l4c:D
            [ owl:onProperty l4c:p ; owl:someValuesFrom l4c:Old ] ) ] .
        l4c:p rdfs:domain [ owl:unionOf ( l4c:D l4c:Old ) ] . l4c:q l4c:valueRoot l4c:Old .""",
        {"l4c:A", "l4c:C", "l4c:p", "l4c:q"},
    ),
    "deprecated_property_reference": (
        """l4c:old a owl:ObjectProperty ; owl:deprecated true .
        l4c:p rdfs:subPropertyOf l4c:old . l4c:A l4c:old l4c:B . l4c:q rdfs:seeAlso l4c:old .
        l4c:older owl:deprecated true ; rdfs:subPropertyOf l4c:old .
        l4c:C rdfs:subClassOf [ owl:onProperty l4c:old ; owl:someValuesFrom l4c:A ] .""",
        {"l4c:p", "l4c:A", "l4c:C"},
    ),
    "duplicate_definition": (
        """l4c:A skos:definition "Same."@en . l4c:B obo:IAO_0000115 "Same."@en .
        l4c:C skos:definition "Other."@en . l4c:D rdfs:comment "Other."@en .
        dcat:E skos:definition "Theirs." . schema:F skos:definition "Theirs." .""",
        {"l4c:A", "l4c:B"},
    ),
    "duplicate_label": (
        """l4c:A rdfs:label "graph model"@en . l4c:b rdfs:label "Graph Model"@en .
        l4c:Dataset rdfs:label "dataset"@en . dcat:Dataset rdfs:label "Dataset"@en .
        l4c:C rdfs:label "paper"@en . schema:Article rdfs:label "paper"@en .
        schema:name rdfs:label "name"@en . dcat:name rdfs:label "name"@en .""",
        {"l4c:A", "l4c:b", "l4c:C"},
    ),
    "illegal_use_of_built_in_vocabulary": (
        """l4c:p a owl:DataProperty ; rdfs:Label "p" ; rdfs:range xsd:bool .
        rdfs:label rdfs:subPropertyOf l4c:q ; a owl:AnnotationProperty .
        l4c:q rdfs:range xsd:string ; rdf:_1 l4c:p ; a rdf:Property .""",
        {"owl:DataProperty", "rdfs:Label", "xsd:bool", "rdfs:label"},
    ),
    "label_formatting": (
        r"""l4c:A rdfs:label "a\tb" . l4c:B rdfs:label "a\nb" . l4c:C rdfs:label "a\u00A0b" .
        l4c:D rdfs:label "<i>a</i> b" . l4c:E rdfs:label "a < b" . l4c:F rdfs:label "a-b (c)" .
        l4c:G rdfs:label "a\u200Bb" .""",
        {"l4c:A", "l4c:B", "l4c:C", "l4c:D", "l4c:G"},
    ),
    "label_whitespace": (
        """l4c:A rdfs:label " a" . l4c:B rdfs:label "a " . l4c:C rdfs:label "a  b" .
        l4c:D rdfs:label "a b" . l4c:E rdfs:label "" .""",
        {"l4c:A", "l4c:B", "l4c:C", "l4c:E"},
    ),
    "missing_label": (
        """l4c:A a owl:Class . l4c:B a owl:Class ; rdfs:label "b" . dcat:Dataset a owl:Class .
        rdfs:label a owl:AnnotationProperty . [] a owl:Class . l4c:C rdfs:comment "untyped" .
        l4c:D a owl:NamedIndividual .""",
        {"l4c:A", "l4c:D", "dcat:Dataset"},
    ),
    "missing_ontology_description": (f'<{ONTO}> a owl:Ontology ; dcterms:title "t" .', {ONTO}),
    "missing_ontology_license": (f'<{ONTO}> a owl:Ontology ; dcterms:rights "CC" .', {ONTO}),
    "missing_ontology_title": (f'<{ONTO}> a owl:Ontology ; rdfs:label "t" .', {ONTO}),
    "misused_obsolete_label": (
        """l4c:A rdfs:label "obsolete thing" . l4c:B rdfs:label "Obsolete" .
        l4c:C rdfs:label "obsolete thing" ; owl:deprecated true .
        l4c:D rdfs:label "obsolescence" . l4c:E rdfs:label "detector of obsolete terms" .""",
        {"l4c:A", "l4c:B"},
    ),
    "misused_replaced_by": (
        f"""l4c:A dcterms:isReplacedBy l4c:B . l4c:C obo:IAO_0100001 l4c:B .
        l4c:D owl:deprecated true ; dcterms:isReplacedBy l4c:B .
        l4c:E owl:deprecated true ; dcterms:isReplacedBy "B" .
        <{ONTO}> a owl:Ontology ; dcterms:isReplacedBy <https://example.org/next> .""",
        {"l4c:A", "l4c:C", "l4c:E"},
    ),
    "multiple_definitions": (
        """l4c:A skos:definition "One."@en , "Two."@en .
        l4c:B skos:definition "One."@en , "Eins."@de .
        l4c:C skos:definition "One."@en ; obo:IAO_0000115 "Two." .
        l4c:D skos:definition "One."@en ; obo:IAO_0000115 "One."@en .""",
        {"l4c:A", "l4c:C"},
    ),
    "multiple_equivalent_class_definitions": (
        """l4c:A owl:equivalentClass [ owl:unionOf ( l4c:B l4c:C ) ] , [ owl:oneOf ( l4c:d ) ] .
        l4c:B owl:equivalentClass [ owl:oneOf ( l4c:d ) ] , l4c:C .""",
        {"l4c:A"},
    ),
    "multiple_labels": (
        """l4c:A rdfs:label "a"@en , "b"@en . l4c:B rdfs:label "a"@en , "b"@de .
        l4c:C rdfs:label "a"@en , "a" .""",
        {"l4c:A", "l4c:C"},
    ),
    "annotation_whitespace": (
        """l4c:A skos:definition "An A. " . l4c:B rdfs:comment "a  b" . l4c:C rdfs:comment "" .
        l4c:D rdfs:label " d" . l4c:E rdfs:comment "first\\nsecond" ; rdfs:seeAlso l4c:A .
        [] rdfs:comment " nobody" .""",
        {"l4c:A", "l4c:B", "l4c:C"},
    ),
    "duplicate_exact_synonym": (
        """l4c:A skos:altLabel "scFM"@en . l4c:B oboInOwl:hasExactSynonym "SCFM" .
        l4c:C skos:altLabel "ontology" . dcat:D skos:altLabel "ontology" .
        l4c:E skos:altLabel "both" ; oboInOwl:hasExactSynonym "both" .""",
        {"l4c:A", "l4c:B"},
    ),
    "duplicate_label_synonym": (
        """l4c:A rdfs:label "model" . l4c:B skos:altLabel "Model"@en .
        l4c:C rdfs:label "self" ; oboInOwl:hasExactSynonym "self" .
        l4c:D skos:altLabel "dataset" . dcat:Dataset rdfs:label "dataset" .
        dcat:E skos:altLabel "Model" .""",
        {"l4c:B", "l4c:C"},
    ),
    "duplicate_scoped_synonym": (
        """l4c:A skos:altLabel "a" ; oboInOwl:hasBroadSynonym "a" .
        l4c:B oboInOwl:hasNarrowSynonym "b" ; oboInOwl:hasRelatedSynonym "b" .
        l4c:C skos:altLabel "c" ; oboInOwl:hasExactSynonym "c" ; rdfs:label "c" .
        l4c:D oboInOwl:hasBroadSynonym "d" . l4c:E oboInOwl:hasNarrowSynonym "d" .
        l4c:F skos:hiddenLabel "f" ; oboInOwl:hasRelatedSynonym "f" .
        l4c:G oboInOwl:hasBroadSynonym "g" ; oboInOwl:hasRelatedSynonym "g" .""",
        {"l4c:A", "l4c:B", "l4c:F", "l4c:G"},
    ),
    "equivalent_pair": (
        """l4c:A owl:equivalentClass dcat:A .
        l4c:B owl:equivalentClass [ owl:unionOf ( l4c:A l4c:C ) ] .""",
        {"l4c:A"},
    ),
    "equivalent_class_axiom_no_genus": (
        """l4c:A owl:equivalentClass [ owl:onProperty l4c:p ; owl:hasValue l4c:v ] .
        l4c:B owl:equivalentClass [ owl:intersectionOf ( [ owl:onProperty l4c:p ]
            [ owl:onProperty l4c:q ] ) ] .
        l4c:C owl:equivalentClass [ owl:intersectionOf ( [ owl:onProperty l4c:p ] l4c:A ) ] .
        l4c:D owl:equivalentClass [ owl:unionOf ( l4c:A l4c:B ) ] .
        l4c:E owl:equivalentClass l4c:F .""",
        {"l4c:A", "l4c:B"},
    ),
    "invalid_xref": (
        """l4c:A oboInOwl:hasDbXref "see the paper" . l4c:B oboInOwl:hasDbXref "AIO:1" .
        l4c:C oboInOwl:hasDbXref "https://w3id.org/aio/1" . l4c:D oboInOwl:hasDbXref "AIO: 1" .""",
        {"l4c:A", "l4c:D"},
    ),
    "missing_definition": (
        """l4c:A a owl:Class . l4c:B a owl:Class ; skos:definition "A B." .
        l4c:c a owl:AnnotationProperty ; obo:IAO_0000115 "A c." . l4c:d a owl:DatatypeProperty .
        l4c:E a owl:Class ; owl:deprecated true . dcat:Dataset a owl:Class .""",
        {"l4c:A", "l4c:d"},
    ),
    "missing_obsolete_label": (
        """l4c:A owl:deprecated true ; rdfs:label "a" .
        l4c:B owl:deprecated true ; rdfs:label "obsolete b" . l4c:C rdfs:label "c" .
        obo:CL_1 owl:deprecated true ; rdfs:label "theirs" .""",
        {"l4c:A"},
    ),
    "missing_subset_declaration": (
        """l4c:A oboInOwl:inSubset l4c:Unknown . l4c:B oboInOwl:inSubset l4c:Known .
        l4c:Known rdfs:subPropertyOf oboInOwl:SubsetProperty .""",
        {"l4c:A"},
    ),
    "missing_synonymtype_declaration": (
        """[] owl:annotatedSource l4c:A ; oboInOwl:hasSynonymType l4c:Unknown .
        [] owl:annotatedSource l4c:B ; oboInOwl:hasSynonymType l4c:Known .
        l4c:Known rdfs:subPropertyOf oboInOwl:SynonymTypeProperty .""",
        {"l4c:A"},
    ),
    "multiple_equivalent_classes": (
        """l4c:A owl:equivalentClass l4c:B , l4c:C . l4c:D owl:equivalentClass l4c:E .
        l4c:F owl:equivalentClass l4c:G , [ owl:oneOf ( l4c:h ) ] .""",
        {"l4c:A"},
    ),
    "invalid_entity_uri": (
        """<https://purl.obolibrary.org/obo/CL_0000084> a owl:Class .
        <http://purl.obolibrary.org/obo/CL:0000084> a owl:Class . obo:CL_0000084 a owl:Class .
        <http://schema.org/name> a owl:AnnotationProperty . schema:name a owl:AnnotationProperty .
        <https://w3id.org/llm4cell/ontology/Cell-Type> a owl:Class . l4c:CellType a owl:Class .
        <http://w3id.org/llm4cell/ontology/A> a owl:Class .
        l4c:A skos:exactMatch <http://purl.obolibrary.org/obo/UBERON:1> .
        <https://w3id.org/llm4cell/ontology/0.1.0> a owl:Ontology .""",
        {
            "https://purl.obolibrary.org/obo/CL_0000084",
            "http://purl.obolibrary.org/obo/CL:0000084",
            "http://schema.org/name",
            "https://w3id.org/llm4cell/ontology/Cell-Type",
            "http://w3id.org/llm4cell/ontology/A",
            "http://purl.obolibrary.org/obo/UBERON:1",
        },
    ),
    "lowercase_definition": (
        """l4c:A skos:definition "an A." . l4c:B skos:definition "A B." .
        dcat:C skos:definition "theirs" . l4c:D obo:IAO_0000115 "a D." .""",
        {"l4c:A", "l4c:D"},
    ),
    "missing_superclass": (
        """l4c:Leaf a owl:Class . l4c:Root a owl:Class .
        l4c:Child a owl:Class ; rdfs:subClassOf l4c:Root .
        l4c:Thing a owl:Class ; rdfs:subClassOf owl:Thing . dcat:Dataset a owl:Class .
        l4c:Old a owl:Class ; owl:deprecated true .""",
        {"l4c:Leaf", "l4c:Thing"},
    ),
    "missing_ontology_metadata": (
        f'<{ONTO}> a owl:Ontology ; dcterms:title "t" . <{ONTO}/imports/cl> a owl:Ontology .',
        {ONTO},
    ),
    "missing_ontology_recommended_metadata": (
        f'<{ONTO}> a owl:Ontology ; owl:versionInfo "1" . <{ONTO}/imports/cl> a owl:Ontology .',
        {ONTO},
    ),
    "missing_ontology_optional_metadata": (
        f'<{ONTO}> a owl:Ontology ; dcterms:publisher "p" . <{ONTO}/imports/cl> a owl:Ontology .',
        {ONTO},
    ),
    "missing_ontology_prior_version": (
        f'<{ONTO}> a owl:Ontology ; owl:versionInfo "0.2.0" .',
        {ONTO},
    ),
    "unrecognised_ontology_license": (
        f"""<{ONTO}> a owl:Ontology ; dcterms:license "free for all" .
        <{ONTO}/imports/a> a owl:Ontology ; dcterms:license <http://spdx.org/licenses/CC-BY-4.0> .
        <{ONTO}/imports/b> a owl:Ontology ; dcterms:license <https://example.org/licenses/> .""",
        {ONTO, f"{ONTO}/imports/b"},
    ),
    "missing_is_defined_by": (
        f"""l4c:A a owl:Class . l4c:B a owl:Class ; rdfs:isDefinedBy <{ONTO}> .
        l4c:c a owl:ObjectProperty ; rdfs:isDefinedBy <{ONTO}/other> . dcat:D a owl:Class .""",
        {"l4c:A", "l4c:c"},
    ),
    "missing_term_source": (
        """l4c:A a owl:Class . l4c:B a owl:Class ; dcterms:source <https://doi.org/10.1/x> .
        l4c:C a owl:Class ; dcterms:source "the survey" . l4c:d a owl:ObjectProperty .""",
        {"l4c:A", "l4c:C"},
    ),
    "inconsistent_ontology_version": (
        f'<{ONTO}> a owl:Ontology ; owl:versionIRI <{ONTO}/0.1.0> ; owl:versionInfo "0.2.0" .',
        {ONTO},
    ),
    "missing_vocabulary_reuse": (
        f"""<{ONTO}> a owl:Ontology . l4c:A rdfs:subClassOf l4c:B , owl:Thing .
        dcat:A rdfs:subClassOf dcat:B . l4c:Sub rdfs:subPropertyOf oboInOwl:SubsetProperty .""",
        {ONTO},
    ),
    "invalid_namespace_declaration": (
        f"""<{ONTO}> a owl:Ontology ; vann:preferredNamespacePrefix "l4c:" ;
        vann:preferredNamespaceUri "{ONTO}#" .""",
        {ONTO},
    ),
    "impermanent_ontology_iri": (
        f"""<https://llm4cell.github.io/ontology> a owl:Ontology . <{ONTO}> a owl:Ontology .
        <http://purl.obolibrary.org/obo/cl.owl> a owl:Ontology .
        <https://doi.org/10.1/onto> a owl:Ontology .""",
        {"https://llm4cell.github.io/ontology"},
    ),
    "unconnected_element": (
        """l4c:A a owl:Class . l4c:B a owl:Class ; rdfs:subClassOf l4c:C . l4c:C a owl:Class .
        l4c:D a owl:Class . l4c:p a owl:ObjectProperty ; l4c:valueRoot l4c:D .
        l4c:q a owl:DatatypeProperty . l4c:note a owl:AnnotationProperty . dcat:E a owl:Class .
        l4c:F a owl:Class . l4c:x a l4c:F .
        l4c:G a owl:Class ; rdfs:subClassOf owl:Thing .
        l4c:r a owl:DatatypeProperty . l4c:B rdfs:subClassOf [ owl:onProperty l4c:r ] .""",
        {"l4c:A", "l4c:G", "l4c:q"},
    ),
    "wrong_inverse": (
        """l4c:p owl:inverseOf l4c:p .
        l4c:q owl:inverseOf l4c:r ; rdfs:domain l4c:A . l4c:r rdfs:range l4c:B .
        l4c:s owl:inverseOf l4c:t ; rdfs:domain l4c:A ; rdfs:range l4c:B .
        l4c:t rdfs:domain l4c:B ; rdfs:range l4c:A .
        l4c:u owl:inverseOf l4c:v ; rdfs:domain [ owl:unionOf ( l4c:A l4c:B ) ] .
        l4c:v rdfs:range l4c:A .
        l4c:w owl:inverseOf l4c:x ; rdfs:domain l4c:A . l4c:x l4c:valueRoot l4c:A , l4c:B .""",
        {"l4c:p", "l4c:q"},
    ),
    "hierarchy_cycle": (
        """l4c:A rdfs:subClassOf l4c:B . l4c:B rdfs:subClassOf l4c:C . l4c:C rdfs:subClassOf l4c:A .
        l4c:D rdfs:subClassOf l4c:A . l4c:E rdfs:subClassOf l4c:E .
        l4c:p rdfs:subPropertyOf l4c:q . l4c:q rdfs:subPropertyOf l4c:p .""",
        {"l4c:A", "l4c:B", "l4c:C", "l4c:E", "l4c:p", "l4c:q"},
    ),
    "missing_disjointness": (
        f"<{ONTO}> a owl:Ontology . l4c:A rdfs:subClassOf l4c:B . l4c:C rdfs:subClassOf l4c:B .",
        {ONTO},
    ),
    "missing_domain_or_range": (
        """l4c:p a owl:ObjectProperty ; rdfs:domain l4c:A .
        l4c:q a owl:DatatypeProperty ; rdfs:range xsd:string .
        l4c:r a owl:ObjectProperty ; rdfs:domain l4c:A ; l4c:valueRoot l4c:B .
        l4c:s a owl:ObjectProperty ; rdfs:subPropertyOf l4c:r .
        l4c:t a owl:ObjectProperty ; owl:inverseOf l4c:r .
        l4c:note a owl:AnnotationProperty . dcat:theme a owl:ObjectProperty .
        l4c:remark a owl:DatatypeProperty ; rdfs:range xsd:string ; l4c:isFact false .
        l4c:metric a owl:DatatypeProperty ; l4c:isFact false .
        l4c:old a owl:ObjectProperty ; owl:deprecated true .""",
        {"l4c:p", "l4c:q", "l4c:metric"},
    ),
    "multiple_domains_or_ranges": (
        """l4c:p rdfs:domain l4c:A , l4c:B . l4c:q rdfs:range xsd:string , [ a rdfs:Datatype ] .
        l4c:r rdfs:domain [ owl:unionOf ( l4c:A l4c:B ) ] ; l4c:valueRoot l4c:A , l4c:B .""",
        {"l4c:p", "l4c:q"},
    ),
    "invalid_entity_name": (
        """l4c:cellType a owl:Class . l4c:CellType a owl:Class . l4c:HasTask a owl:ObjectProperty .
        l4c:hasTask a owl:ObjectProperty . l4c:Core a owl:AnnotationProperty ;
            rdfs:subPropertyOf oboInOwl:SubsetProperty .
        l4c:accepted a owl:NamedIndividual . l4c:has_part a owl:ObjectProperty .
        obo:has_part a owl:ObjectProperty .""",
        {"l4c:cellType", "l4c:HasTask", "l4c:accepted", "l4c:has_part"},
    ),
    "untyped_class": (
        """l4c:A a owl:Class ; rdfs:subClassOf dcat:Dataset , owl:Thing .
        l4c:p rdfs:domain [ owl:unionOf ( l4c:A l4c:B ) ] ; rdfs:range xsd:string .
        l4c:p l4c:valueRoot l4c:C .
        l4c:x a l4c:D . l4c:q rdfs:range l4c:Slug . l4c:Slug a rdfs:Datatype .""",
        {"dcat:Dataset", "l4c:B", "l4c:C", "l4c:D"},
    ),
    "untyped_property": (
        """l4c:A dcterms:source l4c:B ; rdfs:label "a" ; l4c:p l4c:B .
        l4c:p a owl:ObjectProperty ; rdfs:subPropertyOf schema:about . l4c:r rdfs:domain l4c:A .
        l4c:B rdfs:subClassOf [ owl:onProperty l4c:q ] .""",
        {"dcterms:source", "schema:about", "l4c:r", "l4c:q"},
    ),
    "file_extension_in_iri": (
        f"""<{ONTO}.owl> a owl:Ontology .
        <{ONTO}> a owl:Ontology ; owl:versionIRI <{ONTO}/0.1.0.ttl> .
        <{ONTO}/imports/cl> a owl:Ontology ; owl:versionIRI <{ONTO}/imports/cl/0.1.0> .
        <http://purl.obolibrary.org/obo/cl.owl> a owl:Ontology .""",
        {f"{ONTO}.owl", ONTO},
    ),
    "missing_ontology_declaration": (f"<{ONTO}/> a owl:Ontology . l4c:A a owl:Class .", {ONTO}),
    "namespace_hijacking": (
        f"""<https://example.org/A> a owl:Class .
        dcat:Dataset a owl:Class ; skos:definition "Ours." ;
            rdfs:subClassOf l4c:Dataset .
        schema:name a owl:AnnotationProperty ; rdfs:isDefinedBy <{ONTO}> .
        dcat:theme a owl:ObjectProperty ; rdfs:domain l4c:Dataset .
        dcat:distribution rdfs:domain dcat:Dataset . l4c:p rdfs:domain dcat:Dataset .""",
        {"https://example.org/A", "schema:name", "dcat:theme"},
    ),
}


def turtle(snippet: str) -> Graph:
    prefixes = "\n".join(f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items())
    return Graph().parse(data=f"{prefixes}\n{snippet}", format="turtle")


def iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sub-folder a check, so that each can be run alone."""
    folder = tmp_path_factory.mktemp("checks")
    for path in CHECKS.glob("*.rq"):
        (folder / path.stem).mkdir()
        (folder / path.stem / path.name).write_bytes(path.read_bytes())
    return folder


def oxigraph_rows(graph: Graph, query: str) -> list[tuple[str, str, str]]:
    store = pyoxigraph.Store()
    nt = graph.serialize(format="nt", encoding="utf-8")
    store.load(nt, format=pyoxigraph.RdfFormat.N_TRIPLES)
    rows = store.query(query)
    assert isinstance(rows, pyoxigraph.QuerySolutions)

    def text(term: object) -> str:
        if term is None:
            return ""
        if isinstance(term, pyoxigraph.NamedNode | pyoxigraph.Literal):
            return term.value
        return "[]"

    return sorted({(text(row[0]), text(row[1]), text(row[2])) for row in rows})


@pytest.mark.parametrize(
    ("family", "names"),
    [("ROBOT", ROBOT), ("FOOPS", FOOPS), ("OOPS", OOPS)],
    ids=lambda x: str(x)[:5],
)
def test_checks_are_those_promised(family: str, names: dict[str, str]) -> None:
    found = {(check.level, check.name) for check in read_checks(CHECKS) if check.family == family}
    assert found == {(level, name) for level, text in names.items() for name in text.split()}


def test_robot_has_its_32_checks() -> None:
    assert [len(ROBOT[level].split()) for level in ("ERROR", "WARN", "INFO")] == [17, 13, 2]


def test_every_check_has_a_planted_fault() -> None:
    assert set(PLANTED) == {check.name for check in read_checks(CHECKS)}


def test_headers_help_the_reader() -> None:
    checks = read_checks(CHECKS)
    assert len({check.title for check in checks}) == len(checks)
    assert len({check.description for check in checks}) == len(checks)
    for check in checks:
        # What is wrong, then how to mend it: two sentences at least.
        assert len(re.findall(r"\.(?=\s|$)", check.description)) >= 2, check.name
        if check.family != "ROBOT":
            assert any(name.startswith(f"{check.family} ") for name in check.ids), check.name
        for name in check.ids:
            assert re.fullmatch(r"FOOPS [A-Z]+[0-9](\.[0-9])?|OOPS P[0-9]{2}", name), check.name


def test_ids_cover_the_checks_of_foops_and_oops_that_need_no_network() -> None:
    ids = {name for check in read_checks(CHECKS) for name in check.ids}
    foops = "OM1 OM2 OM3 OM4.1 OM5 VER1 VER2 VOC1 VOC2 VOC3 VOC4 FIND1 PURL1"
    oops = "P04 P05 P06 P08 P10 P11 P19 P22 P25 P34 P35 P36 P38 P39 P40 P41"
    assert ids >= {f"FOOPS {name}" for name in foops.split()}
    assert ids >= {f"OOPS {name}" for name in oops.split()}


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_check_finds_its_planted_fault_on_both_engines(name: str, single: Path) -> None:
    snippet, expected = PLANTED[name]
    graph = turtle(snippet)
    findings = report(graph, checks=single / name)
    assert {finding.entity for finding in findings} == {iri(entity) for entity in expected}
    rows = sorted((finding.entity, finding.property, finding.value) for finding in findings)
    assert rows == oxigraph_rows(graph, read_check(CHECKS / f"{name}.rq").query)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "missing_ontology_metadata",
            {
                (ONTO, "http://www.w3.org/2002/07/owl#versionIRI", ""),
                (ONTO, "http://purl.org/dc/terms/creator", ""),
                (ONTO, "http://purl.org/dc/terms/created", ""),
                (ONTO, "http://purl.org/vocab/vann/preferredNamespaceUri", ""),
            },
        ),
        (
            "missing_domain_or_range",
            {
                (f"{L4C}p", "http://www.w3.org/2000/01/rdf-schema#range", ""),
                (f"{L4C}q", "http://www.w3.org/2000/01/rdf-schema#domain", ""),
                (f"{L4C}metric", "http://www.w3.org/2000/01/rdf-schema#range", ""),
            },
        ),
        (
            "invalid_namespace_declaration",
            {
                (ONTO, "http://purl.org/vocab/vann/preferredNamespacePrefix", "l4c:"),
                (ONTO, "http://purl.org/vocab/vann/preferredNamespaceUri", f"{ONTO}#"),
            },
        ),
    ],
)
def test_rows_name_property_and_value(
    name: str, rows: set[tuple[str, str, str]], single: Path
) -> None:
    findings = report(turtle(PLANTED[name][0]), checks=single / name)
    assert {(finding.entity, finding.property, finding.value) for finding in findings} == rows


@pytest.mark.parametrize(
    ("version_iri", "info", "good"),
    [
        (f"{ONTO}/0.1.0", "0.1.0", True),
        (f"{ONTO}/1.0.0-rc.1", "1.0.0-rc.1", True),
        (f"{ONTO}/0.1.0", "0.1.1", False),
        (f"{ONTO}", "0.1.0", False),
        (f"{ONTO}/v1", "v1", False),
        ("https://w3id.org/other/0.1.0", "0.1.0", False),
    ],
)
def test_version_iri_and_version_agree(
    version_iri: str, info: str, good: bool, single: Path
) -> None:
    graph = turtle(
        f'<{ONTO}> a owl:Ontology ; owl:versionIRI <{version_iri}> ; owl:versionInfo "{info}" .'
    )
    assert (report(graph, checks=single / "inconsistent_ontology_version") == []) is good


@pytest.mark.parametrize(
    ("name", "snippet"),
    [
        ("missing_ontology_prior_version", f'<{ONTO}> a owl:Ontology ; owl:versionInfo "0.1.0" .'),
        (
            "missing_ontology_prior_version",
            f'<{ONTO}/imports/cl> a owl:Ontology ; owl:versionInfo "2.0.0" .',
        ),
        (
            "inconsistent_ontology_version",
            f"<{ONTO}/imports/cl> a owl:Ontology ; owl:versionIRI <https://example.org/cl> .",
        ),
        ("missing_vocabulary_reuse", f"<{ONTO}/imports/cl> a owl:Ontology ."),
        ("missing_vocabulary_reuse", f"<{ONTO}> a owl:Ontology . l4c:A skos:closeMatch obo:CL_1 ."),
        (
            "invalid_namespace_declaration",
            f'<{ONTO}/imports/cl> a owl:Ontology ; vann:preferredNamespacePrefix "C L" .',
        ),
        ("missing_disjointness", f"<{ONTO}/imports/cl> a owl:Ontology ."),
        ("missing_disjointness", f"<{ONTO}> a owl:Ontology . [] a owl:AllDisjointClasses ."),
        ("missing_ontology_declaration", f"<{ONTO}> a owl:Ontology ."),
    ],
)
def test_near_miss_is_no_finding(name: str, snippet: str, single: Path) -> None:
    assert report(turtle(snippet), checks=single / name) == []


def test_clean_ontology_has_no_finding() -> None:
    assert report(Graph().parse(CLEAN), checks=CHECKS) == []


def test_clean_ontology_is_clean_on_the_other_engine() -> None:
    graph = Graph().parse(CLEAN)
    found = {check.name: oxigraph_rows(graph, check.query) for check in read_checks(CHECKS)}
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_findings_are_sorted_and_the_same_on_every_run() -> None:
    names = (
        "missing_label",
        "untyped_class",
        "multiple_equivalent_class_definitions",
        "invalid_xref",
    )
    snippet = "\n".join(PLANTED[name][0] for name in names)
    first, second = (report(turtle(snippet), checks=CHECKS) for _ in range(2))
    assert first == second
    levels = [finding.level for finding in first]
    assert levels == sorted(levels, key=["ERROR", "WARN", "INFO"].index)
    assert not any(finding.entity.startswith("[") for finding in first)
    labels = {str(node) for node in turtle(snippet).all_nodes() if isinstance(node, BNode)}
    assert not labels & {finding.value for finding in first}


@pytest.mark.parametrize(("level", "stops"), [("ERROR", True), ("WARN", False), ("INFO", False)])
def test_only_an_error_stops_a_release(level: str, stops: bool) -> None:
    assert stops_release([ReportFinding("c", level, "e", "p", "v", "d")]) is stops  # type: ignore[arg-type]


HEADER = "#+ title: T\n#+ level: WARN\n#+ family: OOPS\n#+ description: D.\n"
SELECT = "SELECT DISTINCT ?entity ?property ?value WHERE { ?entity ?property ?value }"
ORDER = " ORDER BY ?entity ?property ?value"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (SELECT + ORDER, "header 'title' is missing"),
        (HEADER.replace("#+ level: WARN\n", "") + SELECT + ORDER, "header 'level' is missing"),
        (HEADER.replace("D.", "") + SELECT + ORDER, "header 'description' is missing"),
        (HEADER.replace("WARN", "warning") + SELECT + ORDER, "level 'warning' is none of ERROR"),
        (HEADER.replace("OOPS", "OBO") + SELECT + ORDER, "family 'OBO' is none of ROBOT"),
        (HEADER + "#+ sumary: x\n" + SELECT + ORDER, "line 5: unknown header 'sumary'"),
        (HEADER + "#+ title: x\n" + SELECT + ORDER, "line 5: header 'title' given twice"),
        (HEADER + "#+ title\n" + SELECT + ORDER, "line 5: not of the form"),
        (HEADER + SELECT.replace("?value W", "W") + ORDER, "selects ?entity ?property, expected"),
        (
            HEADER
            + SELECT.replace("DISTINCT ?entity ?property", "DISTINCT ?property ?entity")
            + ORDER,
            "selects ?property ?entity ?value",
        ),
        (HEADER + SELECT, "ORDER BY ?entity ?property ?value"),
        (HEADER + SELECT + " ORDER BY ?entity", "ORDER BY ?entity ?property ?value"),
        (HEADER + SELECT.replace("DISTINCT ", "") + ORDER, "is not SELECT DISTINCT"),
        (HEADER + "ASK { ?entity ?property ?value }", "not a SELECT query"),
        (HEADER + SELECT.replace("WHERE {", "WHERE {{") + ORDER, "not SPARQL"),
        (HEADER + SELECT.replace("{ ?entity ?property", "{ ?entity no:such") + ORDER, "not SPARQL"),
        (HEADER + SELECT.replace("WHERE", "FROM <file:///etc/x> WHERE") + ORDER, "FROM clause"),
        (
            HEADER + SELECT.replace("{", "{ SERVICE <http://x.org/> {") + " }" + ORDER,
            "SERVICE clause",
        ),
    ],
)
def test_faulty_check_is_refused(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "faulty.rq"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CheckError, match=re.escape(fault)) as caught:
        read_check(path)
    assert str(path) in str(caught.value)
    assert caught.value.path == path
    assert isinstance(caught.value, LLM4CellError)


def test_good_check_is_read(tmp_path: Path) -> None:
    path = tmp_path / "good.rq"
    path.write_text(HEADER + "#+ id: OOPS P01, FOOPS X1\n" + SELECT + ORDER, encoding="utf-8")
    check = read_check(path)
    assert (check.name, check.title, check.level, check.family) == ("good", "T", "WARN", "OOPS")
    assert check.ids == ("OOPS P01", "FOOPS X1")


def test_unreadable_check_and_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="holds no check"):
        read_checks(tmp_path)
    with pytest.raises(CheckError, match="cannot be read"):
        read_check(tmp_path / "none.rq")
    (tmp_path / "latin.rq").write_bytes(b"#+ title: \xe9\n")
    with pytest.raises(CheckError, match="cannot be read"):
        read_check(tmp_path / "latin.rq")


def test_our_ontology_has_neither_errors_nor_warnings() -> None:
    findings = report(Graph().parse(ONTOLOGY), checks=CHECKS)
    lines = [f"{f.level} {f.check} {f.entity} {f.property} {f.value}" for f in findings]
    assert [line for line in lines if not line.startswith("INFO")] == []
