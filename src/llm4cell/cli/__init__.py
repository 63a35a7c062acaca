"""The command line: thin faces over the other modules."""

from llm4cell.cli.main import main

__all__ = ["main"]
