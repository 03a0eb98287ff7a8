"""What `NoizFileSystem` does beyond the backends that the suite runs on."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from noiz_storage import NoizFileSystem, StorageError, operations, retry
from noiz_storage.config import Storage
from noiz_storage.engines import Connection, Engine, Page, Stat
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.errors import AccessDeniedError, ServerError
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


class _Keeps(MemoryEngine):
    """A server that keeps some objects, and lists others for a while after they are gone."""

    kept: ClassVar[dict[str, StorageError]] = {}
    shown: ClassVar[list[str]] = []

    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        super().delete([key for key in keys if key not in self.kept])
        return {key: self.kept[key] for key in keys if key in self.kept}

    def list(self, prefix: str, **asked: Any) -> Page:
        page = super().list(prefix, **asked)
        return Page([*page.keys, *([self.shown.pop()] if self.shown else [])], page.prefixes, page.after)


@pytest.fixture
def keeps(monkeypatch: pytest.MonkeyPatch) -> NoizFileSystem:
    """A filesystem on such a server, with three objects; nobody waits for real."""
    monkeypatch.setattr(operations, "connect", _Keeps)
    monkeypatch.setattr(retry.time, "sleep", lambda _: None)
    monkeypatch.setattr(_Keeps, "kept", {})
    monkeypatch.setattr(_Keeps, "shown", [])
    fs = NoizFileSystem(f"memory://keeps-{uuid.uuid4().hex}")
    for name in ("day/a", "day/b", "day/c"):
        with fs.open(name, "wb") as file:
            file.write(b"content")
    return fs


def test_what_fails_for_the_moment_is_deleted_again(keeps: NoizFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that a bulk deletion could not take is asked for again, alone; one that is refused is not."""
    asked: list[list[str]] = []

    def delete(self: MemoryEngine, keys: Sequence[str]) -> Mapping[str, StorageError]:
        asked.append(list(keys))
        MemoryEngine.delete(self, [key for key in keys if key == "day/c" or len(asked) > 1])
        again = {"day/b": ServerError("not now")} if len(asked) == 1 else {}
        return {"day/a": AccessDeniedError("never"), **again} if "day/a" in keys else again

    monkeypatch.setattr(_Keeps, "delete", delete)
    with pytest.raises(AccessDeniedError, match=r"never; not deleted: 'day/a'; all else is gone") as caught:
        keeps.rm("day", recursive=True)
    assert asked == [["day/a", "day/b", "day/c", "day"], ["day/b"]]
    assert (keeps.find(), str(caught.value.filename).endswith("/day")) == (["day/a"], True)


def test_a_second_request_tells_of_its_own_names_alone(keeps: NoizFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is refused when it is asked for again does not put the others in doubt."""

    def delete(self: MemoryEngine, keys: Sequence[str]) -> Mapping[str, StorageError]:
        if list(keys) == ["day/b"]:
            raise AccessDeniedError("never")
        MemoryEngine.delete(self, [key for key in keys if key != "day/b"])
        return {"day/b": ServerError("not now")} if "day/b" in keys else {}

    monkeypatch.setattr(_Keeps, "delete", delete)
    with pytest.raises(AccessDeniedError, match=r"never; not deleted: 'day/b'; all else is gone"):
        keeps.rm("day", recursive=True)


def test_many_names_that_stay_are_counted(keeps: NoizFileSystem) -> None:
    """An error tells ten names, and how many more there are."""
    for number in range(12):
        with keeps.open(f"day/{number:02}", "wb") as file:
            file.write(b"content")
        _Keeps.kept[f"day/{number:02}"] = AccessDeniedError("never")
    with pytest.raises(AccessDeniedError, match="'day/09' and 2 more; all else is gone"):
        keeps.rm("day", recursive=True)


def test_a_listing_that_is_late_is_waited_for(keeps: NoizFileSystem) -> None:
    """What is listed for a moment after it has gone is deleted again, and nothing is wrong."""
    _Keeps.shown.extend(["day/a"] * 3)
    keeps.rm("day", recursive=True)
    assert keeps.find() == []


def test_a_listing_that_is_late_after_a_long_deletion(keeps: NoizFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds that many names take are not those of the listing."""
    asked: list[Sequence[str]] = []

    def delete(self: MemoryEngine, keys: Sequence[str]) -> Mapping[str, StorageError]:
        asked.append(keys)
        return MemoryEngine.delete(self, keys)

    monkeypatch.setattr(_Keeps, "delete", delete)
    monkeypatch.setattr(retry.time, "monotonic", lambda: 100.0 * len(asked))
    _Keeps.shown.extend(["day/a"] * 2)
    keeps.rm("day", recursive=True)
    assert keeps.find() == []


def test_a_listing_that_stays_stale_ends_the_deletion(keeps: NoizFileSystem) -> None:
    """Deleting does not go on for ever where the listing never learns that the names are gone."""
    _Keeps.shown.extend(["day/a"] * 1000)
    with pytest.raises(ServerError, match=r"gone, and still lists 'day/a' \(after 5 attempts\)"):
        keeps.rm("day", recursive=True)
