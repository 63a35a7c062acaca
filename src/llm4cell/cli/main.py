"""The command group, and how errors reach the user.

Exit codes: 0 fine, 1 findings, 2 usage or input error, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys

import click

from llm4cell import __version__
from llm4cell.errors import CatalogueError, LLM4CellError

__all__ = ["main"]

# Command -> module below llm4cell.cli; a command's own imports wait until it is called.
_COMMANDS = {
    "query": "query",
    "show": "show",
    "new": "new",
    "build": "build",
    "validate": "validate",
    "check": "check",
    "reason": "reason",
}


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is named."""

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
    """


def main() -> None:
    """Run the command line and exit with its documented code."""
    sys.exit(_run())


def _run() -> int:
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows few letters gets \\u escapes, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(prog_name="llm4cell", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        error.show()
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader has seen enough.
        _discard_output()
        return 0
    except CatalogueError as error:
        count = len(error.problems)
        click.echo(f"{error}\n{count} {'problem' if count == 1 else 'problems'}", err=True)
        return 2
    except (LLM4CellError, click.ClickException) as error:
        text = error.message if isinstance(error, click.ClickException) else str(error)
        click.echo(f"llm4cell: {text}", err=True)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"llm4cell: {where}{error.strerror or error}", err=True)
        _discard_output()
        return 2
    return code if isinstance(code, int) else 0


def _discard_output() -> None:
    """Leave nothing that the interpreter would try once more to write when it ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
