"""The engine of a local disk, while others change what it works on."""

from __future__ import annotations

import errno
import os
import pickle
import resource
from pathlib import Path
from typing import Any

import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.errors import StorageError, UnsupportedError


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


def test_what_the_disk_says_keeps_its_number(tmp_path: Path) -> None:
    """A limit of the disk, such as the size of a file, raises StorageError with the disk's own errno, also pickled."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    fs = NoizFileSystem(str(tmp_path))
    stream = fs.open("object", "wb")
    stream.write(bytes(1 << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, hard))
    try:
        with pytest.raises(StorageError) as caught:
            stream.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (caught.value.errno, again.errno, again.args) == (errno.EFBIG, errno.EFBIG, caught.value.args)
    assert list(tmp_path.iterdir()) == []
