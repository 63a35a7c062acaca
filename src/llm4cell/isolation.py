"""Free queries: checked before they run, then run in a process of their own, within bounds.

Two walls, since neither is enough. The check reads the query's tokens and refuses what would leave
the loaded graphs or change them, with the place and the fix. The process that runs the query has
bounds on time, memory and answer, and can open no file and no socket, whatever the check let pass:
its limit of open files (RLIMIT_NOFILE) is zero.
"""

from __future__ import annotations

import bisect
import contextlib
import difflib
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn

from llm4cell.errors import EngineError, Problem
from llm4cell.resources import graph_files
from llm4cell.store import EmbeddedStore, read_results, read_triples
from llm4cell.vocabulary import PREFIXES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection, Iterator

    from llm4cell.store import Answer

__all__ = ["Checked", "Limits", "QueryRefusedError", "ask", "check"]


class QueryRefusedError(EngineError):
    """A free query is at fault or breaks a bound; ``problem`` holds place, fault and fix."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a free query may take.

    ``seconds`` of wall clock, loading included; ``memory`` bytes of its process; ``answer`` bytes
    as SPARQL Results JSON or N-Triples (the whole graph takes 8 MB); ``text`` bytes of query. An
    answer is whole or refused, never cut.
    """

    seconds: float = 30.0
    memory: int = 1 << 30
    answer: int = 64 << 20
    text: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that passed: its form (SELECT, ASK, CONSTRUCT, DESCRIBE) and whether it has FROM."""

    form: str
    own_dataset: bool


# The check. Engines read SPARQL without a tokenizer of their own, so that keywords need no space
# around them (SERVICESILENT<u>, 1SERVICE<u>, SERVICEex:u), and '<' is an IRI's start or a
# comparison by what stands before it ('FILTER(1<2#>' begins a comment). So both readings of every
# '<' are followed, and the forbidden clauses looked for wherever one of them has code.

_RUN = r"(?:[\w:%.\-\u00b7\u0300-\u036f\u203f\u2040]|\\[_~.\-!$&'()*+,;=/?#@%])++"
_IRI = r"<[^<>\"{}|^`\\\x00-\x20]*+>"
_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    r'(?P<string>"""(?:[^"\\]|\\.|"(?!""))*+"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*+'''"
    r'|"(?:[^"\\\r\n]|\\.)*+"'
    r"|'(?:[^'\\\r\n]|\\.)*+')"
    rf"|(?P<iri>{_IRI})"
    r"|(?P<variable>[?$]\w++)"
    r"|(?P<tag>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)"
    rf"|(?P<run>{_RUN})"
    r"|(?P<sign>\^\^|&&|\|\||[!<>]=|\{\||\|\}|<<\(|\)>>|<<|>>|.))",
    re.DOTALL,
)
_GAP = r"(?:[ \t\r\n]++|\#[^\r\n]*+)*+"
_CLAUSES = re.compile(
    rf"(?P<service>SERVICE{_GAP}(?:SILENT{_GAP})?+(?:{_IRI}|[?$]\w++|{_RUN}){_GAP}\{{)"
    rf"|(?P<from>FROM{_GAP}(?:NAMED{_GAP})?+(?P<graph>{_IRI}|[\w.\-]*+:(?:{_RUN})?+))",
    re.IGNORECASE,
)
_KEYWORD = re.compile("SERVICE|FROM", re.IGNORECASE)
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_UPDATES = frozenset(
    {"ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "USING", "WITH"}
)
_LONGEST_NAME = 1000  # looking for keywords takes the square of it
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def _scan(text: str, ends: list[int], start: int = 0) -> Iterator[_Token]:
    """Yield tokens from ``start``, a '<' that may begin an IRI read as one; ``ends`` of lines."""
    position = start
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup or "sign"
        position = match.end()
        found = match[kind]
        if found == "#":
            # Looked up, since many readings may meet the same long comment.
            index = bisect.bisect_left(ends, position)
            if index == len(ends):
                return
            position = ends[index]
            continue
        yield _Token(kind, found, match.start(kind))
        if kind == "sign" and found in "\"'":
            return  # a string that does not end: no engine reads on


def _line_ends(text: str) -> list[int]:
    return [match.start() for match in re.finditer(r"[\r\n]", text)]


def _readings(text: str) -> Iterator[tuple[_Token, str]]:
    """Yield the tokens of every reading, each place once, with the token before it in capitals."""
    ends = _line_ends(text)
    seen: set[int] = set()
    todo = [0]
    while todo:
        before = ""
        for token in _scan(text, ends, todo.pop()):
            if token.start in seen:
                break
            seen.add(token.start)
            # scheme://... is no comparison: nothing that can be compared goes on with '//'.
            if token.kind == "iri" and not _SCHEME.match(token.text):
                todo.append(token.start + 1)
            yield token, before
            before = token.text.upper() if token.kind == "run" else ""


def check(text: str, graphs: Collection[str], *, place: str = "query") -> Checked:
    """Return what ``text`` is: a query that stays within ``graphs`` (IRIs) and changes nothing.

    Raises QueryRefusedError, with ``place``, line and column, where it would do more: SERVICE, FROM
    of another graph, LOAD or any other update.
    """
    plain, origin = _unescape(text)
    found = _inspect(text, graphs, place)
    if plain == text:
        return found
    # Escapes hold anywhere in a query (SPARQL 1.1, section 19.2), if not in every engine.
    try:
        other = _inspect(plain, graphs, "")
    except QueryRefusedError as error:
        offset = _offset(plain, error.problem.place)
        problem = Problem(_locate(text, origin[offset], place), error.problem.fault,
                          error.problem.fix)
        raise QueryRefusedError(problem) from None
    return Checked(found.form or other.form, found.own_dataset or other.own_dataset)


def _inspect(text: str, graphs: Collection[str], place: str) -> Checked:
    def refuse(offset: int, fault: str, fix: str) -> NoReturn:
        raise QueryRefusedError(Problem(_locate(text, offset, place), fault, fix))

    form, own_dataset = "", False
    tokens = _tokens(text)
    if not tokens:
        refuse(0, "no query in it", "write one, such as SELECT * { ?s ?p ?o } LIMIT 9")
    for token in tokens:
        word = token.text.upper() if token.kind == "run" else ""
        if len(word) > _LONGEST_NAME:
            refuse(token.start, f"a name of {len(word)} letters",
                   f"no name needs more than {_LONGEST_NAME}")
        if word in _UPDATES:
            refuse(token.start, f"{word} belongs to updates, and nothing here can be changed",
                   "write a SELECT, ASK, CONSTRUCT or DESCRIBE query")
        if word in _FORMS and not form:
            form = word
    prefixes = _prefixes(tokens)
    for token, before in _readings(text):
        if token.kind != "run" or not _KEYWORD.search(token.text):
            continue
        if len(token.text) > _LONGEST_NAME:
            refuse(token.start, "a name that is too long to be looked into", "write a shorter one")
        for clause in _clauses(text, token):
            if clause["service"] and before != "GRAPH":
                refuse(clause.start(), "SERVICE would ask another server",
                       "remove it: free queries see the loaded graphs only")
            if clause["from"]:
                own_dataset = True
                iri = _resolve(clause["graph"], prefixes)
                if iri not in graphs:
                    refuse(clause.start(), f"FROM names <{iri}>, which is not loaded",
                           "leave FROM out to ask every graph, or take one that "
                           "'SELECT DISTINCT ?g { GRAPH ?g { } }' lists")
    return Checked(form, own_dataset)


def _clauses(text: str, token: _Token) -> Iterator[re.Match[str]]:
    """Yield SERVICE and FROM clauses that begin in ``token``, a run of letters and the like."""
    name = token.text.find(":")
    for keyword in _KEYWORD.finditer(token.text):
        # Behind its colon a name is read to its end, or to a dot.
        if 0 <= name < keyword.start() and token.text[keyword.start() - 1] != ".":
            continue
        clause = _CLAUSES.match(text, token.start + keyword.start())
        if clause:
            yield clause


def _tokens(text: str) -> list[_Token]:
    return list(_scan(text, _line_ends(text)))


def _prefixes(tokens: list[_Token]) -> dict[str, str]:
    """Return declared prefix -> IRI."""
    return {name.text[:-1]: iri.text[1:-1]
            for word, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False)
            if word.text.upper() == "PREFIX" and iri.kind == "iri"}


def _resolve(name: str, prefixes: dict[str, str]) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes[prefix] + local if prefix in prefixes else name


def _unescape(text: str) -> tuple[str, list[int]]:
    """Return ``text`` with codepoint escapes replaced, and where each character came from."""
    if not _ESCAPE.search(text):
        return text, []
    parts: list[str] = []
    origin: list[int] = []
    last = 0
    for match in _ESCAPE.finditer(text):
        code = int(match[1] or match[2], 16)
        parts += (text[last : match.start()], chr(code) if code <= sys.maxunicode else "?")
        origin += range(last, match.start() + 1)
        last = match.end()
    parts.append(text[last:])
    origin += range(last, len(text) + 1)
    return "".join(parts), origin


def _locate(text: str, offset: int, place: str) -> str:
    """Return place:line:column, both counted from 1."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return f"{place}:{line}:{column}"


def _offset(text: str, place: str) -> int:
    """Return the offset of what ``_locate`` calls ...line:column."""
    line, column = map(int, place.split(":")[-2:])
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return start + column - 1


# Syntax errors. pyoxigraph names the farthest place that it looked at, which lies behind the fault
# by as much as the longest keyword that it tried there.

_CLOSES = {")": "(", "]": "[", "}": "{"}
_WORDS = (
    *_FORMS, "PREFIX", "BASE", "DISTINCT", "REDUCED", "WHERE", "FROM", "NAMED", "OPTIONAL", "UNION",
    "MINUS", "FILTER", "BIND", "VALUES", "GRAPH", "EXISTS", "UNDEF", "GROUP", "HAVING", "ORDER",
    "LIMIT", "OFFSET", "COUNT", "SAMPLE", "GROUP_CONCAT", "SEPARATOR", "STRSTARTS", "STRENDS",
    "CONTAINS", "STRLEN", "SUBSTR", "REPLACE", "REGEX", "LANGMATCHES", "DATATYPE", "BOUND", "LCASE",
    "UCASE", "COALESCE", "CONCAT", "isIRI", "isBLANK", "isLITERAL", "isNUMERIC", "sameTerm",
)
_SEMANTIC = {
    "contains a variable that is unbound":
        ("a selected variable is neither in GROUP BY nor in an aggregate",
         "add it to GROUP BY or write (SAMPLE(?x) AS ?y)"),
    "overrides an existing variable":
        ("SELECT (... AS ?x) names a variable that the pattern binds already", "take a new name"),
}


def _explain(text: str, message: str, place: str) -> Problem:
    """Return what is wrong with ``text``, which pyoxigraph refused with ``message``."""

    def problem(offset: int, fault: str, fix: str = "") -> Problem:
        return Problem(_locate(text, offset, place), fault, fix)

    tokens = _tokens(text)
    opened: list[_Token] = []
    for token in tokens:
        if token.kind == "sign" and token.text in "\"'":
            return problem(token.start, f"a string begins with {token.text} and never ends",
                           f"close it with {token.text}; one of several lines has three")
        if token.text in _CLOSES.values():
            opened.append(token)
        elif token.text in _CLOSES:
            last = opened.pop().text if opened else ""
            if last != _CLOSES[token.text]:
                return problem(token.start, f"'{token.text}' closes nothing that is open here",
                               "remove it or open it before")
    if opened:
        return problem(opened[-1].start, f"'{opened[-1].text}' is never closed")
    declared = _prefixes(tokens)
    for before, token in zip([None, *tokens], tokens, strict=False):
        prefix, colon, _ = token.text.partition(":")
        if (token.kind == "run" and colon and prefix not in declared and prefix != "_"
                and not (before and before.text.upper() == "PREFIX")):
            iri = PREFIXES.get(prefix, "http://...")
            return problem(token.start, f"the prefix '{prefix}:' is not declared",
                           f"begin with: PREFIX {prefix}: <{iri}>")
    for part, (fault, fix) in _SEMANTIC.items():
        if part in message:
            start = next((t.start for t in tokens if t.text.upper() == "SELECT"), 0)
            return problem(start, fault, fix)
    found = _farthest(tokens)
    if found is None:
        return problem(len(text), "not SPARQL, though no single place of it is at fault",
                       "look for a variable that BIND or AS sets twice, or a blank node label used "
                       "in two groups")
    index, expected = found
    if index == len(tokens):
        return problem(len(text.rstrip()), "the query ends too early", expected)
    token = tokens[index]
    return problem(token.start, f"not SPARQL at '{_shorten(token.text)}'",
                   _suggest(token) or expected)


def _farthest(tokens: list[_Token]) -> tuple[int, str] | None:
    """Return the index of the token at which parsing fails, and what is expected there.

    With spaces behind each token, more than the longest keyword has letters, the place that the
    engine names lies at or behind the token that is at fault, and before the next one.
    """
    import pyoxigraph

    starts: list[int] = []
    padded = ""
    for token, following in zip_longest(tokens, tokens[1:]):
        starts.append(len(padded))
        padded += token.text
        # A tag or datatype belongs to the string before it.
        if token.text != "^^" and not (following
                                       and (following.kind == "tag" or following.text == "^^")):
            padded += " " * 32
    try:
        pyoxigraph.Store().query(padded)
    except SyntaxError as error:
        place, _, rest = str(error).removeprefix("error at ").partition(": expected ")
        if not re.fullmatch(r"[0-9]+:[0-9]+", place):
            return None
        offset = _offset(padded, place)
        signs = re.findall(r"\"[^\"\w]+\"", rest)
        short = len(signs) <= 3 and ", ".join(signs) == rest.removeprefix("one of ")
        expected = "expected " + " or ".join(s.strip('"') for s in signs) if signs and short else ""
        if offset >= len(padded):
            return len(tokens), expected
        return max(bisect.bisect_right(starts, offset) - 1, 0), expected
    except (OSError, RuntimeError):
        return None
    return None


def _suggest(token: _Token) -> str:
    if token.kind == "sign" and token.text == "<":
        return "an IRI in <> holds no spaces, quotes or braces"
    if token.kind == "iri" and ":" not in token.text:
        return "write the IRI in full, or declare BASE"
    if token.kind != "run" or token.text.upper() in map(str.upper, _WORDS):
        return ""
    near = difflib.get_close_matches(token.text.upper(), _WORDS, n=1, cutoff=0.7)
    return f"did you mean {near[0]}?" if near else ""


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "\u2026"


# The process. It is started afresh, not forked, so that the caller may have threads; it reads one
# request from its standard input and writes the answer to its standard output.

_REFUSED, _TOO_LARGE = 3, 4
_START = """\
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from llm4cell.isolation import _serve
_serve()
"""


def ask(
    text: str,
    *,
    limits: Limits | None = None,
    files: dict[str, Path] | None = None,
    place: str = "query",
) -> Answer:
    """Answer a SPARQL 1.1 query of any form, from anyone, within ``limits``.

    ``files`` is graph IRI -> Turtle file (default: the packaged graphs). Raises QueryRefusedError,
    whose message begins with ``place``, where the query is at fault, reaches beyond the graphs or
    breaks a limit. KeyboardInterrupt ends the query at once, as does the end of this process.
    """
    limits = limits or Limits()
    files = graph_files() if files is None else files
    if len(text.encode(errors="surrogatepass")) > limits.text:
        raise QueryRefusedError(Problem(place, f"longer than {limits.text >> 10} KiB",
                                        "a query is short; keep data in graphs"))
    checked = check(text, files, place=place)
    return _run(text, checked, limits, files, place)


def _run(
    text: str, checked: Checked, limits: Limits, files: dict[str, Path], place: str
) -> Answer:
    import subprocess

    if os.name != "posix":
        raise EngineError("free queries need the process limits of Linux or macOS; "
                          "canned queries run everywhere")
    request = {
        "text": text, "place": place, "own_dataset": checked.own_dataset,
        "files": {iri: str(path) for iri, path in files.items()},
        "memory": limits.memory, "seconds": limits.seconds,
    }
    # -I and -S: the same packages as here, and nothing that the environment adds.
    path = [str(Path(__file__).resolve().parent.parent), *filter(None, sys.path)]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _START, json.dumps(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        output, errors = _exchange(process, json.dumps(request).encode() + b"\n", limits, place)
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                _close(stream)
    if code:
        _fail(code, errors, limits, place)
    kind, _, data = output.partition(b"\n")
    return read_triples(data) if kind == b"triples" else read_results(data)


def _close(stream: IO[bytes]) -> None:
    # What was not sent to a process that is gone is sent once more by close().
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def _exchange(
    process: subprocess.Popen[bytes], request: bytes, limits: Limits, place: str
) -> tuple[bytes, str]:
    """Send ``request`` and return all that the process says, as long as it keeps the limits."""
    import selectors

    assert process.stdin
    assert process.stdout
    assert process.stderr
    deadline = time.monotonic() + limits.seconds
    received = {"out": bytearray(), "err": bytearray()}
    unsent = memoryview(request)
    os.set_blocking(process.stdin.fileno(), False)
    reading = 2
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE, "in")
        selector.register(process.stdout, selectors.EVENT_READ, "out")
        selector.register(process.stderr, selectors.EVENT_READ, "err")
        while reading:
            left = deadline - time.monotonic()
            if left <= 0:
                raise QueryRefusedError(_too_slow(limits, place))
            for key, _ in selector.select(left):
                if key.data == "in":
                    try:
                        unsent = unsent[os.write(key.fd, unsent) :]
                    except BrokenPipeError:
                        unsent = unsent[:0]
                    if not unsent:
                        # Left open: its end tells the process that this one is gone.
                        selector.unregister(process.stdin)
                    continue
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                    reading -= 1
                received[key.data] += data
                if len(received["out"]) > limits.answer:
                    raise QueryRefusedError(Problem(
                        place, f"the answer is larger than {limits.answer >> 20} MiB",
                        "ask for less, with LIMIT, an aggregate or a narrower pattern"))
    return bytes(received["out"]), received["err"].decode(errors="replace")


def _too_slow(limits: Limits, place: str) -> Problem:
    return Problem(place, f"stopped after {limits.seconds:g} s, unfinished",
                   "join on fewer free variables, add LIMIT, or allow more with --timeout")


def _fail(code: int, errors: str, limits: Limits, place: str) -> NoReturn:
    """Raise what the end of the process, by ``code``, means."""
    import signal

    if code == _REFUSED:
        where, fault, fix = json.loads(errors.splitlines()[-1])
        raise QueryRefusedError(Problem(where, fault, fix))
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code == -signal.SIGXCPU:
        raise QueryRefusedError(_too_slow(limits, place))
    if (code in (_TOO_LARGE, -signal.SIGKILL)
            or "memory allocation" in errors or "bad_alloc" in errors or "MemoryError" in errors):
        raise QueryRefusedError(Problem(
            place, f"needs more than {limits.memory >> 20} MiB of memory",
            "ask for less: fewer free variables, no ORDER BY or DISTINCT over many rows"))
    if code in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT):
        raise QueryRefusedError(Problem(
            place, "nested too deeply, or of too many parts, for the engine",
            "write long chains of UNION, brackets or operators as VALUES or a shorter query"))
    tail = errors.strip().splitlines()[-1:] or [f"exit code {code}"]
    raise EngineError(f"the query's process failed: {tail[0]}")


def _serve() -> NoReturn:
    """Answer one request; the main function of the process."""
    # All imports come first: later, no file can be opened.
    import resource  # noqa: F401
    import signal
    import threading

    # At once: a handler of Python's would wait for the engine.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    request = json.loads(sys.stdin.buffer.readline())
    store = EmbeddedStore({iri: Path(path) for iri, path in request["files"].items()})
    threading.stack_size(1 << 18)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=_watch_memory, args=(request["memory"],), daemon=True).start()
    _confine(request["memory"], request["seconds"])
    try:
        _write(store, request["text"], request["own_dataset"])
    except SyntaxError as error:
        _refuse(_explain(request["text"], str(error), request["place"]))
    except MemoryError:
        os._exit(_TOO_LARGE)
    except (OSError, RuntimeError) as error:
        _refuse(Problem(request["place"], f"the engine cannot answer: {error}"))
    # Without taking the store apart.
    os._exit(0)


def _confine(memory: int, seconds: float) -> None:
    """Give up, for good, what a query must not have."""
    import resource

    # Neither file nor socket can be opened any more; what is open stays.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where these cannot be set, _watch_memory and the parent's clock remain.
    for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CPU, int(seconds) * 4 + 5)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def _watch_memory(most: int) -> None:
    """End the process when it is too large: macOS sets no store by RLIMIT_DATA."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit < most:
        time.sleep(0.05)
    os._exit(_TOO_LARGE)


def _write(store: EmbeddedStore, text: str, own_dataset: bool) -> None:
    import pyoxigraph

    answer = store.evaluate(text, own_dataset=own_dataset)
    out = sys.stdout.buffer
    if isinstance(answer, pyoxigraph.QueryTriples):
        out.write(b"triples\n")
        answer.serialize(out, format=pyoxigraph.RdfFormat.N_TRIPLES)
    else:
        out.write(b"results\n")
        answer.serialize(out, format=pyoxigraph.QueryResultsFormat.JSON)
    out.flush()


def _refuse(problem: Problem) -> NoReturn:
    message = json.dumps([problem.place, problem.fault, problem.fix])
    os.write(2, message.encode() + b"\n")
    os._exit(_REFUSED)
