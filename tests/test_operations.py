"""What `NoizFileSystem` does beyond the backends that the suite runs on."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from noiz_storage import NoizFileSystem, StorageError, operations
from noiz_storage.config import Storage
from noiz_storage.engines import Connection, Engine, Stat
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.uri import URI


def test_recursive_deletion_stays_below_the_base(tmp_path: Path) -> None:
    """Of a link to a directory elsewhere only the link goes."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").write_bytes(b"content")
    (tmp_path / "base/archive").mkdir(parents=True)
    (tmp_path / "base/archive/link").symlink_to(tmp_path / "elsewhere")
    fs = NoizFileSystem(tmp_path / "base")
    assert fs.find() == ["archive/link/kept"]
    fs.rm("archive", recursive=True)
    assert fs.find() == []
    assert (tmp_path / "elsewhere/kept").read_bytes() == b"content"
    assert not (tmp_path / "base/archive").exists()


class _GivesUp(MemoryEngine):
    """A server that goes on copying after its answer, and then gives up."""

    def copy(self, source: str, target: str) -> bool:
        super().copy(source, target)
        return False

    def stat(self, key: str) -> Stat:
        found = super().stat(key)
        return Stat(found.size, found.version, abandoned=key.endswith("target"))


def test_abandoned_copy_is_an_error_and_keeps_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that the server gave up is no copy, and a move does not delete the source for it."""

    def connect(connection: Connection) -> Engine:
        return _GivesUp(connection)

    monkeypatch.setattr(operations, "connect", connect)
    fs = NoizFileSystem("memory://abandoned")
    with fs.open("source", "wb") as file:
        file.write(b"content")
    with pytest.raises(StorageError, match="gave up"):
        fs.move("source", "target")
    assert fs.exists("source")


def test_pickled_paths_share_one_filesystem() -> None:
    """Paths that were pickled one by one do not open a client each."""
    fs = NoizFileSystem("memory://shared")
    paths = [pickle.loads(pickle.dumps(fs.get_path(name))) for name in ("a", "b")]
    assert paths[0].filesystem is paths[1].filesystem
    assert [path.key for path in paths] == ["a", "b"]


def test_credentials_given_in_code_are_not_pickled() -> None:
    """A filesystem with a login of its own says that it cannot be pickled, and what to do."""
    storage = Storage("own", URI.parse("s3://bucket"), "http://127.0.0.1:1", {"access_key_id": "id"})
    with pytest.raises(TypeError, match="environment of each worker"):
        pickle.dumps(NoizFileSystem("s3://bucket/x", storage=storage))
