"""What follows from the graphs: consistency, satisfiability and types, by HermiT through owlready2.

HermiT [1]_ implements the direct semantics of OWL 2 [2]_, in which a name used both as a class and
as an individual (punning) stands for two unrelated things. Our data points at classes, so
owlready2's answers about those individuals are left out and only types of catalogue instances kept.

.. [1] Glimm, B. et al. (2014) HermiT: an OWL 2 reasoner. J Autom Reasoning 53, 245-269.
.. [2] https://www.w3.org/TR/owl2-direct-semantics/
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llm4cell.errors import InputError, MissingExtraError, ReasonerError
from llm4cell.vocabulary import BASE, GRAPH, ONTOLOGY, OWL, RDF, RDFS, XSD, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyoxigraph import Store

__all__ = ["Reasoning", "reason", "write_types"]

_INSTALL = "apt install default-jre-headless (or any other Java from version 8 on)"
# A type that must follow in every run: HermiT may read nothing of a file and yet report success.
_PROBE = "urn:llm4cell:probe"
_PROBE_TRIPLES = f"""<{_PROBE}/Class> <{RDF.type}> <{OWL.Class}> .
<{_PROBE}/property> <{RDF.type}> <{OWL.ObjectProperty}> .
<{_PROBE}/property> <{RDFS.domain}> <{_PROBE}/Class> .
<{_PROBE}> <{_PROBE}/property> <{_PROBE}> .
"""
# The child must find this package wherever the parent found it.
_CHILD = "import sys; from llm4cell.reasoning import _classify; _classify(sys.argv[1], sys.argv[2])"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What HermiT says about a graph.

    Attributes:
        consistent: whether the graph has a model; where it has none, everything would follow, so
            the conclusions below are empty.
        unsatisfiable: IRIs of the classes that can have no instance, sorted.
        inferred_types: (instance IRI, class IRI) pairs that follow and are not stated, sorted:
            instances of the catalogue with all of their named classes.
        explanation: where inconsistent, one sentence for each reason found, sorted; HermiT itself
            gives none, so it may be empty.
        seconds: wall clock time, reading included.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...]
    inferred_types: tuple[tuple[str, str], ...]
    explanation: tuple[str, ...]
    seconds: float


def reason(files: Sequence[Path], *, memory_mb: int = 1000, timeout_s: float = 600) -> Reasoning:
    """Classify the Turtle ``files``, taken as one graph; their owl:imports are not followed.

    Leave out the files whose triples are claims: they cost most of the time and change nothing.

    Args:
        files: Turtle files, the ontology among them.
        memory_mb: bound on HermiT's heap, in MB.
        timeout_s: seconds after which the reasoner is stopped.

    Raises:
        InputError: a file is missing or is no Turtle.
        MissingExtraError: owlready2 is not installed.
        ReasonerError: Java is missing or too old, or HermiT refuses the graph, needs more memory
            or time than allowed, or was killed.
    """
    start = time.perf_counter()
    if os.name != "posix":
        raise ReasonerError("the reasoner is run on Linux and macOS only; on Windows, use WSL")
    if find_spec("owlready2") is None:
        raise MissingExtraError("reason", "owlready2", "reason")
    if shutil.which("java") is None:
        raise ReasonerError(
            f"Java is missing: the reasoner HermiT runs on it, and no 'java' is on PATH; {_INSTALL}"
        )
    store = _read(files)
    with tempfile.TemporaryDirectory(prefix="llm4cell-reason-") as name:
        if quote(name, safe="/+:@,=") != name:  # owlready2 pastes it into a file: URL as it is
            raise ReasonerError(
                f"HermiT cannot read from the temporary folder {Path(name).parent}; "
                "set TMPDIR to one without blanks and special characters"
            )
        answer = _run(store, Path(name), memory_mb, timeout_s)
    if "failure" in answer:
        raise ReasonerError(_diagnose(answer["failure"], answer["code"], memory_mb))
    return Reasoning(
        consistent=answer["consistent"],
        unsatisfiable=tuple(answer["unsatisfiable"]),
        inferred_types=_complete(store, answer["types"]) if answer["consistent"] else (),
        explanation=() if answer["consistent"] else tuple(sorted(_find_clashes(store))),
        seconds=time.perf_counter() - start,
    )


def _read(files: Iterable[Path]) -> Store:
    from pyoxigraph import Literal, NamedNode, RdfFormat, Store

    store = Store()
    for file in files:
        try:
            store.load(path=str(file), format=RdfFormat.TURTLE)
        except FileNotFoundError:
            raise InputError(
                f"{file}: no such file; run llm4cell build, or correct the path"
            ) from None
        except (OSError, SyntaxError) as error:
            raise InputError(f"{file}: cannot be read as Turtle: {error}") from error
    # HermiT takes long to check that an address is one, and nothing follows from any; the shapes
    # check them.
    for quad in list(store):
        if isinstance(quad.object, Literal) and quad.object.datatype.value == XSD.anyURI:
            store.remove(quad)
    # Imports have been given as files; owlready2 would fetch them from the network.
    for quad in list(store.quads_for_pattern(None, NamedNode(OWL.imports), None)):
        store.remove(quad)
    return store


def _run(store: Store, folder: Path, memory_mb: int, timeout_s: float) -> dict[str, Any]:
    """Run owlready2 in a child process of its own group, and return what :func:`_classify` wrote.

    owlready2 keeps global state (memory bound, temporary folder), writes to stdout and stderr and
    leaves files behind when HermiT fails; a process of its own contains all that, and Java with it.
    """
    from pyoxigraph import DefaultGraph, RdfFormat

    with (folder / "graph.nt").open("wb") as triples:
        store.dump(triples, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        triples.write(_PROBE_TRIPLES.encode())
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "TMPDIR": str(folder),
    }
    with (
        (folder / "log").open("wb") as log,
        # -P, and a folder of its own as the current one: no file of the user's can shadow a module.
        subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(folder), str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=folder,
            start_new_session=True,
        ) as child,
    ):
        try:
            code = child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ReasonerError(
                f"HermiT has not finished after {timeout_s:.0f} s; "
                "leave out the files of claims, or allow more time"
            ) from None
        finally:  # reached by Ctrl-C as well: the group is the child and Java
            with contextlib.suppress(ProcessLookupError):  # all of it has ended by itself
                os.killpg(child.pid, signal.SIGKILL)
    try:
        answer: dict[str, Any] = json.loads((folder / "answer.json").read_text("utf-8"))
    except FileNotFoundError:
        text = (folder / "log").read_text("utf-8", errors="replace")
        return {"failure": text, "code": code}
    return answer


def _classify(folder: str, memory_mb: str) -> None:
    """Reason over graph.nt in ``folder`` and write answer.json there; runs in the child process."""

    def follow_parent() -> None:
        # Standard input ends with the parent, however that was stopped: Java must not outlive it.
        sys.stdin.buffer.read()
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=follow_parent, daemon=True).start()

    import owlready2

    owlready2.reasoning.JAVA_MEMORY = int(memory_mb)
    answer: dict[str, Any] = {"consistent": True, "unsatisfiable": [], "types": []}
    world = owlready2.World()
    with (Path(folder) / "graph.nt").open("rb") as triples:
        world.get_ontology("urn:llm4cell:reasoning#").load(only_local=True, fileobj=triples)
    inferences = world.get_ontology("urn:llm4cell:inferences#")
    try:
        with inferences:
            owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        answer["consistent"] = False
    except owlready2.OwlReadyJavaError as error:
        output = str(error).removeprefix("Java error message is:\n")
        answer = {"failure": output, "code": getattr(error.__context__, "returncode", 1)}
    else:
        conclusions = [
            tuple(str(world._unabbreviate(number)) for number in triple)
            for triple in inferences._get_obj_triples_spo_spo(None, None, None)
            if min(triple) > 0  # negative numbers are blank nodes
        ]
        # Where the class is also used as a value, owlready2 writes owl:sameAs for the equivalence.
        to_nothing = (OWL.equivalentClass, OWL.sameAs)
        answer["unsatisfiable"] = sorted(
            {s for s, p, o in conclusions if o == OWL.Nothing and p in to_nothing}
        )
        types = {(s, o) for s, p, o in conclusions if p == RDF.type and o != OWL.Thing}
        answer["types"] = sorted((s, o) for s, o in types if _is_instance(s))
        if (_PROBE, f"{_PROBE}/Class") not in types:
            answer = {"failure": "Error: not all of the graph was read", "code": 0}
    partial = Path(folder) / "answer.part"
    partial.write_text(json.dumps(answer), "utf-8")
    partial.replace(Path(folder) / "answer.json")


def _is_instance(iri: str) -> bool:
    return iri.startswith(BASE) and not iri.startswith(ONTOLOGY)


def _diagnose(output: str, code: int, memory_mb: int) -> str:
    """Say in one line what the output and exit code of a failed run mean, and what helps."""
    if "OutOfMemoryError" in output or "Could not reserve enough space" in output:
        return f"HermiT ran out of its {memory_mb} MB of memory; allow more, or leave out claims"
    if code < 0:
        return (
            f"HermiT was killed by signal {-code}, as systems do that are short of memory; "
            f"free some, or allow HermiT less than {memory_mb} MB"
        )
    if "UnsupportedClassVersionError" in output:
        return f"Java is too old for HermiT; {_INSTALL}"
    if "Unable to locate a Java Runtime" in output:  # the placeholder that macOS ships
        return f"Java is missing: the reasoner HermiT runs on it; {_INSTALL}"
    if "UnsupportedDatatypeException" in output:
        datatype = output.partition("The datatype '")[2].partition("'")[0]
        return (
            f"the datatype {compact(datatype)} is not one of OWL 2, and HermiT refuses it; "
            "use xsd:integer for years and xsd:dateTime for dates"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "xception" in line or "Error" in line] or lines
    return f"HermiT failed: {telling[0] if telling else f'exit code {code}, no message'}"


def _complete(store: Store, specific: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """Add the classes above: HermiT, as owlready2 calls it, names only the most specific types."""
    above: dict[str, set[str]] = {}
    for lower, upper in _rows(store, f"?a <{RDFS.subClassOf}>+ ?b"):
        above.setdefault(lower, set()).add(upper)
    stated = {(s, c) for s, c in _rows(store, "?a a ?b") if _is_instance(s)}
    named = stated | {(s, c) for s, c in specific}
    entailed = {(s, upper) for s, c in named for upper in (c, *above.get(c, ()))}
    return tuple(sorted(entailed - stated))


def _find_clashes(store: Store) -> set[str]:
    """Name the instances that disjoint classes share, by the plainest rules of OWL 2 RL only.

    HermiT says that a graph is inconsistent, not why. This follows subclasses, domains, ranges and
    owl:hasValue definitions (cax-sco, prp-dom, prp-rng, cls-hv2, cax-eqc) and then compares types
    with owl:disjointWith and owl:AllDisjointClasses (cax-dw, cax-adc); other reasons stay unnamed.
    """
    parents: dict[str, set[str]] = {}
    for lower, upper in _rows(store, f"?a <{RDFS.subClassOf}>|<{OWL.equivalentClass}> ?b"):
        parents.setdefault(lower, set()).add(upper)
    for one, other in _rows(store, f"?b <{OWL.equivalentClass}> ?a FILTER(ISIRI(?a))"):
        parents.setdefault(one, set()).add(other)
    given: dict[str, set[str]] = {}
    for pattern in (
        f"?a a ?b . ?b a <{OWL.Class}>",
        f"?p <{RDFS.domain}> ?b . ?a ?p ?o",
        f"?p <{RDFS.range}> ?b . ?s ?p ?a FILTER(ISIRI(?a))",
        f"?b <{OWL.equivalentClass}> [ <{OWL.onProperty}> ?p ; <{OWL.hasValue}> ?v ] . ?a ?p ?v",
    ):
        for instance, kind in _rows(store, pattern):
            given.setdefault(instance, set()).add(kind)
    members = f"<{OWL.members}>/<{RDF.rest}>*/<{RDF.first}>"
    disjoint = _rows(store, f"?a <{OWL.disjointWith}> ?b") | _rows(
        store, f"?l {members} ?a ; {members} ?b FILTER(?a != ?b)"
    )
    clashes = set()
    for instance, kinds in given.items():
        closure, queue = set(kinds), list(kinds)
        while queue:
            fresh = parents.get(queue.pop(), set()) - closure
            closure |= fresh
            queue.extend(fresh)
        for one, other in disjoint:
            if one in closure and other in closure:
                first, second = sorted((compact(one), compact(other)))
                clashes.add(f"{compact(instance)} is both {first} and {second}, which are disjoint")
    return clashes


def _rows(store: Store, pattern: str) -> set[tuple[str, str]]:
    from pyoxigraph import NamedNode, QuerySolutions

    solutions = store.query(f"SELECT ?a ?b WHERE {{ {pattern} }}")
    assert isinstance(solutions, QuerySolutions)
    return {
        (row["a"].value, row["b"].value)
        for row in solutions
        if isinstance(row["a"], NamedNode) and isinstance(row["b"], NamedNode)
    }


def write_types(result: Reasoning, path: Path) -> None:
    """Write the inferred types as a Turtle graph of their own; InputError where that fails."""
    from rdflib import URIRef

    from llm4cell.build import serialise
    from llm4cell.files import replace_file

    rdf_type = URIRef(RDF.type)
    graph = URIRef(GRAPH + "inferred")
    triples = [(graph, rdf_type, URIRef(OWL.Ontology)),
               (graph, URIRef(OWL.imports), URIRef(ONTOLOGY)),
               *((URIRef(s), rdf_type, URIRef(o)) for s, o in result.inferred_types)]
    replace_file(path, serialise(triples).encode())
