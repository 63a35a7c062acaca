"""The command group, and how errors reach the user.

Exit codes: 0 fine, 1 findings, 2 usage or input error, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from llm4cell import __version__
from llm4cell.errors import CatalogueError, LLM4CellError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["run"]

# Command -> module below llm4cell.cli; a command's own imports wait until it is called.
_COMMANDS = {
    "query": "query",
    "sparql": "sparql",
    "show": "show",
    "quality": "quality",
    "link": "link",
    "export": "export",
    "diff": "diff",
    "new": "new",
    "build": "build",
    "validate": "validate",
    "check": "check",
    "reason": "reason",
}


class _ReaderGoneError(Exception):
    """A closed pipe, under a name by which click does not exit with 1."""


@contextlib.contextmanager
def _renamed_pipe_error() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGoneError from error


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is named."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _renamed_pipe_error():  # --help prints here
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _renamed_pipe_error():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(
        self, ctx: click.Context, cmd_name: str  # noqa: ARG002
    ) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"llm4cell.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(_COMMANDS)}"
            raise click.UsageError(f"no command '{args[0]}'; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="llm4cell")
def cli() -> None:
    """Ask, check and build the LLM4Cell knowledge graph.

    The graph says which AI models for single cells exist, what they support, and who says so.
    Start with 'llm4cell query'.

    \b
    llm4cell query models-by-task -p task=annotation
    llm4cell show scgpt

    Results go to standard output, all else to standard error. Exit codes: 0 fine, 1 findings,
    2 usage or input error, 130 interrupted. NO_COLOR and COLUMNS are honoured.

    For completion in bash, zsh or fish, put the line for your shell in its start-up file:

    \b
    eval "$(_LLM4CELL_COMPLETE=bash_source llm4cell)"
    eval "$(_LLM4CELL_COMPLETE=zsh_source llm4cell)"
    _LLM4CELL_COMPLETE=fish_source llm4cell | source
    """


def run() -> int:
    """Run the command line and return its documented exit code."""
    # What asks a process to end is heeded as Ctrl-C is: nothing temporary is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows few letters gets \\u escapes, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if "_LLM4CELL_COMPLETE" in os.environ:
        _teach_bash()
    elif any("\udc80" <= c <= "\udcff" for argument in sys.argv[1:] for c in argument):
        return _fail("an argument is not UTF-8; check what the terminal sends")
    elif sys.stdout is None:
        return _fail("standard output is closed; nothing was done")
    try:
        code = cli.main(prog_name="llm4cell", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except click.UsageError as error:
        with contextlib.suppress(OSError):
            error.show()
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        # What is half printed stays unfinished.
        _discard_output()
        return _fail("interrupted", 130, name="")
    except (BrokenPipeError, _ReaderGoneError):
        # The reader has seen enough.
        _discard_output()
        return 0
    except CatalogueError as error:
        count = len(error.problems)
        return _fail(f"{error}\n{count} {'problem' if count == 1 else 'problems'}", name="")
    except (LLM4CellError, click.ClickException) as error:
        return _fail(error.message if isinstance(error, click.ClickException) else str(error))
    except OSError as error:
        _discard_output()
        where = error.filename or "cannot write the output"
        return _fail(f"{where}: {error.strerror or error}")
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int = 2, *, name: str = "llm4cell: ") -> int:
    from llm4cell.faces import printable

    with contextlib.suppress(OSError):
        # Messages repeat what was typed, and none of that may steer the terminal.
        click.echo(name + printable(message, keep="\n"), err=True)
    return code


def _discard_output() -> None:
    """Leave nothing that the interpreter would try once more to write when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _teach_bash() -> None:
    """Let click complete name=value in bash, which breaks words at '=' and ':'."""

    from click.shell_completion import (
        BashComplete,
        CompletionItem,
        add_completion_class,
        split_arg_string,
    )

    class Bash(BashComplete):
        """Joins the words again, and quotes what it inserts."""

        source_template = BashComplete.source_template.replace("read type", "read -r type").replace(
            "elif [[ $type == 'plain' ]]; then",
            "elif [[ $type == 'open' ]]; then\n"
            "            COMPREPLY+=($value)\n"
            "            compopt -o nospace\n"
            "        elif [[ $type == 'plain' ]]; then",
        )

        _before = ""
        _quoted = False

        def get_completion_args(self) -> tuple[list[str], str]:
            index = int(os.environ["COMP_CWORD"])
            # The script joins the words with line ends.
            raw = os.environ["COMP_WORDS"].split("\n")[1 : index + 1]
            raw += [""] * (index - len(raw))
            words: list[str] = []
            starts = 0  # where the shell's own last word starts in the last of ``words``
            glue = False
            for word in raw:
                is_break = bool(re.fullmatch("[=:]+", word))
                if words and (glue or is_break):
                    starts = len(words[-1]) + (len(word) if is_break else 0)
                    words[-1] += word
                else:
                    words.append(word)
                    starts = 0
                glue = is_break
            last = words.pop() if words else ""
            self._quoted = last[starts:].startswith(("'", '"'))
            self._before = last[:starts]
            args = [part for word in words for part in split_arg_string(word)]
            return args, "".join(split_arg_string(last))

        def format_completion(self, item: CompletionItem) -> str:
            value = str(item.value).removeprefix(self._before)
            if not self._quoted:
                value = re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)
            kind = "open" if item.type == "plain" and value.endswith("=") else item.type
            return f"{kind},{value}"

    add_completion_class(Bash)
