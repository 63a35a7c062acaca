"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from llm4cell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["TEMPORARY", "beside", "replace_file", "replace_with", "replacement", "save"]

TEMPORARY = ".tmp"


def beside(file: Path) -> Path:
    """Return the name of a temporary file next to ``file``, which two processes never share."""
    return file.with_name(f".{file.name}.{os.getpid()}{TEMPORARY}")


def save(file: Path, data: bytes) -> None:
    """Write ``data`` through to the disk."""
    with file.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def replace_with(file: Path, pieces: Iterable[bytes]) -> int:
    """Write ``pieces`` to ``file`` as they come, whole or not at all; return how many bytes.

    A link's target is replaced, not the link; what is no regular file (/dev/null, a pipe) is
    written to as it is. Raises InputError where ``file`` cannot be written; what ``pieces`` raises
    is passed on, and ``file`` is then as it was.
    """
    try:
        if file.is_dir():
            raise InputError(f"{file}: is a folder; name a file")
        if file.exists() and not file.is_file():
            with file.open("wb") as stream:
                return sum(map(stream.write, pieces))
        file = file.resolve()
        with replacement(file) as temporary, temporary.open("wb") as stream:
            size = sum(map(stream.write, pieces))
            stream.flush()
            os.fsync(stream.fileno())
    except (OSError, RuntimeError) as error:
        # RuntimeError: a link that leads to itself.
        fault = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{file}: cannot be written ({fault})") from error
    return size


def replace_file(file: Path, data: bytes) -> None:
    """Write ``data`` to ``file`` as :func:`replace_with` does."""
    replace_with(file, (data,))


@contextlib.contextmanager
def replacement(file: Path) -> Iterator[Path]:
    """Give a temporary file that takes the place, and the mode, of ``file`` once it is written."""
    temporary = beside(file)
    try:
        yield temporary
        if file.exists():
            temporary.chmod(file.stat().st_mode & 0o7777)
        temporary.replace(file)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
