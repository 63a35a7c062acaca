"""Free queries: what the check refuses and lets pass, and the walls of the process behind it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm4cell import isolation
from llm4cell.errors import EngineError
from llm4cell.isolation import Checked, Limits, QueryRefusedError, ask, check
from llm4cell.store import Table, Term, Triples

EX = "https://example.org/"
GRAPH = EX + "g"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    path = tmp_path_factory.mktemp("graphs") / "g.ttl"
    path.write_text("".join(f"<{EX}{n}> <{EX}p> {n} .\n" for n in range(300)))
    return {GRAPH: path}


def refusal(text: str, **options: object) -> str:
    with pytest.raises(QueryRefusedError) as caught:
        ask(text, place="q.rq", **options)  # type: ignore[arg-type]
    return str(caught.value)


# Every shape here but the escaped one opened a connection in pyoxigraph 0.5 when it was let pass.
REACHING = [
    "SELECT * {\n  SERVICE <http://h/> {} }",
    "SELECT * {\n  service silent<http://h/>{} }",
    "SELECT * {\n  SERVICESILENT<http://h/>{} }",
    "PREFIX ex: <http://h/> SELECT * {\n  SERVICEex:u{} }",
    "PREFIX : <http://h/> SELECT * {\n  SERVICE:u{} }",
    "SELECT * { ?s ?p\n1SERVICE <http://h/> {} }",
    "SELECT * { ?s ?p\ntrueSERVICE <http://h/> {} }",
    'SELECT * { ?s ?p "x"\n  SERVICE ?u{} }',
    "SELECT * { OPTIONAL { { FILTER EXISTS {\n  SERVICE # a comment\n <http://h/> {} } } } }",
    'SELECT * { FILTER(1<2#>"""\n) SERVICE <http://h/> {} #"""\n }',
    'SELECT * { VALUES ?x { """a" }\n  SERVICE <http://h/> {} }',
    "SELECT * { GRAPH ?g {\n  SERVICE ?g {} } }",
    "SELECT * {\n  \\u0053ERVICE <http://h/> {} }",
]


@pytest.mark.parametrize("text", REACHING)
def test_service_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(QueryRefusedError, match=r"^q:2:\d+: SERVICE would ask another server; rem"):
        check(text, [GRAPH], place="q")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT * FROM <http://h/> {}", "1:10"),
        ("SELECT *FROM NAMED<file:///etc/passwd>{}", "1:9"),
        ("PREFIX e: <http://h/>\nASK FROM e:g {}", "2:5"),
        ("SELECT * FROM <g> {}", "1:10"),
        (f"SELECT * FROM <{GRAPH}> FROM NAMED <http://h/> {{}}", "1:39"),
    ],
)
def test_from_of_another_graph_is_refused(text: str, place: str) -> None:
    with pytest.raises(QueryRefusedError, match=f"^q:{place}: FROM names .* not loaded; leave"):
        check(text, [GRAPH], place="q")


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://h/>",
        "load silent <file:///etc/passwd> INTO GRAPH <urn:g>",
        "DROP ALL",
        "INSERT DATA { <a:b> <a:b> 1 }",
        "WITH <urn:g> DELETE { ?s ?p ?o } WHERE {}",
        "CLEAR DEFAULT",
        "CREATE GRAPH <urn:g>",
        "COPY DEFAULT TO <urn:g>",
        "MOVE <a:b> TO <b:c>",
        "ADD <a:b> TO <b:c>",
        "DELETE WHERE { ?s ?p ?o }",
    ],
)
def test_updates_are_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError, match=r"^q:2:\d+: \w+ belongs to updates.*SELECT, ASK"):
        check("PREFIX ex: <http://h/>\n" + text, [GRAPH], place="q")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {} # SERVICE <http://h/> {} FROM <http://h/> LOAD",
        "SELECT ('SERVICE <http://h/> {}' AS ?x) {}",
        'SELECT ("""a"\nSERVICE <http://h/> {} FROM <x> LOAD""" AS ?x) {}',
        "SELECT * { ?service ?from $load . <http://h/SERVICE> ?p <urn:service> }",
        "BASE <http://h/> SELECT * { <service> <#from> <load/x> }",
        "PREFIX service: <http://h/> PREFIX load: <http://h/> SELECT * { service:x load:from 1 }",
        "PREFIX ex: <http://h/> SELECT * { GRAPH ex:SERVICE { ?s ex:LOAD ?o } }",
        "PREFIX service: <http://h/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'x'@load FILTER(?s<?p&&?p>?s) }",
    ],
)
def test_mere_words_pass(text: str) -> None:
    assert check(text, [GRAPH]) == Checked("SELECT", own_dataset=False)


def test_form_and_dataset_are_found() -> None:
    assert check(f"construct {{}} from <{GRAPH}> {{}}", [GRAPH]) == Checked("CONSTRUCT", True)
    assert check(f"PREFIX e: <{EX}> ASK FROM e:g {{}}", [GRAPH]) == Checked("ASK", True)


@pytest.mark.parametrize(
    "part",
    [
        "<a",
        "<#>",
        '"""\\"',
        "SERVICE ",
        "SERVICE#\n",
        "FROM:",
        "\\u0041",
        '<a>"""',
        "SERVICE.SERVICE",
    ],
)
def test_the_check_takes_linear_time(part: str) -> None:
    """Hostile text: each of these once took a time that grows with the square of the length."""
    with contextlib.suppress(QueryRefusedError):
        check(part * (100_000 // len(part)), [GRAPH])


def test_every_form_answers(files: dict[str, Path]) -> None:
    table = ask(f"SELECT ?o {{ <{EX}7> ?p ?o }}", files=files)
    assert table == Table(
        ("o",), ((Term("literal", "7", "http://www.w3.org/2001/XMLSchema#integer"),),)
    )
    assert ask(f"ASK {{ <{EX}7> ?p 7 }}", files=files) is True
    assert ask(f"ASK {{ <{EX}7> ?p 8 }}", files=files) is False
    graph = ask(f"CONSTRUCT {{ ?s <{EX}q> true }} {{ ?s ?p 7 }}", files=files)
    assert isinstance(graph, Triples)
    assert [t.as_turtle() for t in graph.triples[0]] == [f"<{EX}7>", f"<{EX}q>", "true"]
    described = ask(f"DESCRIBE <{EX}7>", files=files)
    assert len(described) == 1  # type: ignore[arg-type]


def test_from_of_a_loaded_graph_is_that_graph(files: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path / "h.ttl"
    other.write_text(f"<{EX}z> <{EX}p> 1 .")
    both = {**files, EX + "h": other}
    query = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"

    def count(clause: str) -> str:
        ((cell,),) = ask(
            query.replace("{}", clause).replace("{{", "{").replace("}}", "}"), files=both
        ).rows  # type: ignore[union-attr]
        return cell.value  # type: ignore[union-attr]

    assert count("") == "301"
    assert count(f"FROM <{EX}h>") == "1"
    assert count(f"FROM NAMED <{EX}h>") == "0"


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server's address, and who connected to it."""
    server = socket.create_server(("127.0.0.1", 0))
    seen: list[str] = []

    def accept() -> None:
        while True:
            try:
                connection, address = server.accept()
            except OSError:
                return
            seen.append(str(address))
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/", seen
    server.close()


def unchecked(text: str, files: dict[str, Path]) -> object:
    return isolation._run(text, Checked("SELECT", False), Limits(), files, "q")


def test_no_socket_opens_even_unchecked(
    listener: tuple[str, list[str]], files: dict[str, Path]
) -> None:
    address, seen = listener
    text = f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"
    import pyoxigraph

    with pytest.raises(OSError, match=r"."):  # the listener hears what it should hear
        list(pyoxigraph.Store().query(text))  # type: ignore[call-overload]
    time.sleep(0.05)
    assert len(seen) == 1
    with pytest.raises(QueryRefusedError, match="Too many open files"):
        unchecked(text, files)
    assert unchecked(text.replace("SERVICE", "SERVICE SILENT"), files) == Table(
        ("o", "p", "s"), ((None,) * 3,)
    )
    time.sleep(0.05)
    assert len(seen) == 1


def test_time_is_bounded(files: dict[str, Path]) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    assert "q.rq: stopped after 0.7 s" in refusal(text, files=files, limits=Limits(seconds=0.7))


def test_memory_is_bounded(files: dict[str, Path]) -> None:
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a"
    message = refusal(text, files=files, limits=Limits(memory=150 << 20))
    assert "needs more than 150 MiB of memory; ask for less" in message


def test_answer_is_whole_or_refused(files: dict[str, Path]) -> None:
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    assert len(ask(text, files=files)) == 90_000  # type: ignore[arg-type]
    message = refusal(text, files=files, limits=Limits(answer=1 << 20))
    assert "the answer is larger than 1 MiB" in message


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { " + " UNION ".join(["{}"] * 100_000) + " }",
        "SELECT * " + "{" * 100_000 + "}" * 100_000,
        "SELECT * { FILTER(" + "(" * 100_000 + "1" + ")" * 100_000 + ") }",
        "SELECT * { FILTER(" + "!" * 300_000 + "true) }",
    ],
    ids=["union", "groups", "brackets", "not"],
)
def test_deep_queries_end_the_child_only(files: dict[str, Path], text: str) -> None:
    assert "nested too deeply, or of too many parts" in refusal(text, files=files)


def test_long_queries_are_refused() -> None:
    assert "longer than 1024 KiB" in refusal("SELECT * {} #" + "x" * (1 << 20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELCT * {}", "1:1: not SPARQL at 'SELCT'; did you mean SELECT?"),
        ("SELECT * {\n  ?s ?p ?o .\n  FILTER(?s = )\n}", "3:15: not SPARQL at ')'"),
        ("SELECT * {\n FILTER(STRLEN(?s, 2) > 1) }", "2:18: not SPARQL at ','"),
        ("SELECT ?s WHERE ?s ?p ?o", "1:17: not SPARQL at '?s'; expected {"),
        ("SELECT * {\n OPTONAL {} }", "2:2: not SPARQL at 'OPTONAL'; did you mean OPTIONAL?"),
        ("SELECT *\n{ ?s ?p ?o", "2:1: '{' is never closed"),
        ("SELECT * { ?s ?p ?o }}", "1:22: '}' closes nothing"),
        ('SELECT * { ?s ?p "a }', '1:18: a string begins with " and never ends'),
        (
            "SELECT * { ?s l4c:x ?o }",
            (
                "1:15: the prefix 'l4c:' is not declared; begin with: "
                "PREFIX l4c: <https://w3id.org/llm4cell/ontology/>"
            ),
        ),
        ("SELECT ?x (COUNT(?y) AS ?c) { ?x ?p ?y }", "1:1: a selected variable is neither"),
        ("SELECT * { <rel> ?p ?o }", "1:12: not SPARQL at '<rel>'; write the IRI in full"),
        ('SELECT * { ?s ?p "x"@en ?o }', "1:25: not SPARQL at '?o'"),
        ('SELECT * { ?s ?p "1"^^<urn:t> ?o }', "1:31: not SPARQL at '?o'"),
        ("SELECT", "1:7: the query ends too early"),
        ("SELECT (<urn:f>(1) AS ?x) {}", " the engine cannot answer: The custom function <urn:f>"),
        ("  # nothing", "1:1: no query in it"),
    ],
)
def test_faults_are_named_where_they_are(files: dict[str, Path], text: str, message: str) -> None:
    assert refusal(text, files=files).startswith("q.rq:" + message)


def test_terms_of_rdf_1_2_are_refused(files: dict[str, Path]) -> None:
    with pytest.raises(EngineError, match=r"RDF 1\.2"):
        ask("SELECT (TRIPLE(<a:b>,<a:b>,<a:b>) AS ?t) {}", files=files)


ENDLESS = """
import sys
from llm4cell.isolation import ask, Limits
ask("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", limits=Limits(seconds=50))
"""


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(part) for part in text.split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_ends_with_its_parent(how: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", ENDLESS], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not (found := children(parent.pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        (child,) = found
        time.sleep(0.5)  # it is at work now
        os.kill(parent.pid, how)
        parent.wait(timeout=5)
        deadline = time.monotonic() + 5
        while is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_alive(child)
    finally:
        parent.kill()
        parent.wait()
