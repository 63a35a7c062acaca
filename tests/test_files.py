"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from llm4cell.errors import InputError
from llm4cell.files import replace_file


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.ttl"
    file.write_text("old")
    file.chmod(0o640)
    replace_file(file, b"new")
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"out\.ttl: cannot be written \(No space left on device"):
        replace_file(file, b"newer")
    monkeypatch.undo()

    def lost(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", lost)
    with pytest.raises(InputError, match="Permission denied"):
        replace_file(file, b"newer")
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out.ttl"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    replace_file(pipe, b"through")
    assert reader.communicate(timeout=10)[0] == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("missing/out.ttl", "No such file"), ("folder", "is a folder"),
     ("file/out", "Not a directory"), ("x" * 300, "too long"), ("loop", "cannot be written")],
)
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str, fault: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    if name == "loop" and sys.version_info >= (3, 13):
        pytest.skip("from 3.13 on, a link that leads to itself is replaced")
    with pytest.raises(InputError, match=fault):
        replace_file(tmp_path / name, b"")
