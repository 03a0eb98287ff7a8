"""The engine of a local disk, while others change what it works on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.errors import UnsupportedError


@pytest.mark.parametrize(("mode", "act"), [("wb", "replace"), ("xb", "link")])
def test_a_file_that_another_deletes_at_once_was_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str, act: str
) -> None:
    """A write that took effect is a success, also when another deletes the file before the writer looks at it."""
    owner = {"replace": Path, "link": os}[act]
    done = getattr(owner, act)

    def act_and_delete(source: Any, target: Path) -> None:
        done(source, target)
        target.unlink()

    monkeypatch.setattr(owner, act, act_and_delete)
    with NoizFileSystem(str(tmp_path)).open("day/file", mode) as file:
        file.write(b"content")
    assert os.listdir(tmp_path / "day") == []


def test_a_parent_that_another_removes_is_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A directory that another prunes while it is made is no file in the way."""
    make, refusals = Path.mkdir, [FileExistsError(17, "File exists", str(tmp_path / "day"))]

    def mkdir(path: Path, **options: Any) -> None:
        if refusals:
            raise refusals.pop()
        make(path, **options)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with NoizFileSystem(str(tmp_path)).open("day/file", "wb") as file:
        file.write(b"content")
    assert (tmp_path / "day/file").read_bytes() == b"content"


def test_a_disk_without_links_refuses_exclusive_creates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where a file can have one name only, nothing is created, and the error says why."""

    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    file = NoizFileSystem(str(tmp_path)).open("file", "xb")
    with pytest.raises(UnsupportedError, match="hard links"):
        file.close()
    assert os.listdir(tmp_path) == []
