"""The command line: thin faces over the other modules."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its documented code."""
    # Here, so that Ctrl-C meanwhile ends without a traceback too.
    try:
        from llm4cell.cli.group import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run())
