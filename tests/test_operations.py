"""What `NoizFileSystem` does beyond the backends that the suite runs on."""

from __future__ import annotations

import contextlib
import pickle
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from noiz_storage import NoizFileSystem, StorageError, operations, publishing, retry
from noiz_storage.config import Storage
from noiz_storage.engines import Connection, Engine, Page, Stat
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.errors import (
    AccessDeniedError,
    DeadlineError,
    NotFoundError,
    RootNotFoundError,
    ServerError,
    UnsupportedError,
)
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


def _on(monkeypatch: pytest.MonkeyPatch, engine: _Differs) -> NoizFileSystem:
    """A filesystem on this engine; nobody waits for real."""
    monkeypatch.setattr(operations, "connect", lambda _: engine)
    monkeypatch.setattr(retry.time, "sleep", lambda _: None)
    return NoizFileSystem(str(engine.base))


class _Differs(MemoryEngine):
    """An engine in memory with traits of another, which has no bucket, and notes what it is asked to list."""

    def __init__(self, **traits: Any) -> None:
        self.base = URI.parse(f"memory://differs-{uuid.uuid4().hex}")
        super().__init__(Connection(self.base))
        self.traits = replace(self.traits, **traits)
        self.lists: list[tuple[str, dict[str, Any]]] = []

    def check_root(self) -> None:
        raise RootNotFoundError("there is no such bucket", "memory://elsewhere")

    def list(self, prefix: str, **asked: Any) -> Page:
        self.lists.append((prefix, asked))
        return super().list(prefix, **asked)


ASKED: dict[str, tuple[Any, str]] = {
    "open": (lambda fs: fs.open("a"), "read"),
    "open-text": (lambda fs: fs.open_context("a", "r"), "read"),
    "read": (lambda fs: fs.read("a"), "read"),
    "range": (lambda fs: fs.read("a", 1, 2), "read"),
    "lend": (lambda fs: fs.local_path("a").__enter__(), "read"),
    "stat": (lambda fs: fs.stat("a"), "head"),
    "exists": (lambda fs: fs.exists("a"), "head"),
    "rm": (lambda fs: fs.rm("a"), "head"),
    "copy": (lambda fs: fs.copy("a", "b"), "copy"),
    "move": (lambda fs: fs.move("a", "b"), "copy"),
}
"""What meets a missing object, and by which kind of request."""


@pytest.mark.parametrize("name", ASKED)
def test_the_root_is_asked_for_where_the_answer_does_not_tell(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where a kind of request does not tell a missing bucket, it is asked for; where it tells, it is not."""
    act, kind = ASKED[name]
    fs = _on(monkeypatch, _Differs(hides_root=(kind,)))
    with pytest.raises(RootNotFoundError) as caught:
        act(fs)
    assert caught.value.filename == f"{fs.base_uri}/a"
    others = tuple({"read", "head", "copy"} - {kind})
    fs = _on(monkeypatch, _Differs(hides_root=others))
    told = None
    try:
        act(fs)
    except NotFoundError as error:
        told = type(error)
    assert told is (None if name == "exists" else NotFoundError)


CHANGES: dict[str, Any] = {
    "write": lambda fs: fs.open("a", "wb"),
    "create": lambda fs: fs.open("a", "x"),
    "rm": lambda fs: fs.rm("a"),
    "rm-all": lambda fs: fs.rm("a", recursive=True, missing_ok=True),
    "makedirs": lambda fs: fs.makedirs("a"),
    "lend": lambda fs: fs.local_path("a", "w").__enter__(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_cannot_be_changed_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A storage that can only be read refuses a change by the name that it was asked for."""
    fs = _on(monkeypatch, _Differs(read_only=True))
    with pytest.raises(UnsupportedError, match="memory:// is read-only") as caught:
        CHANGES[name](fs)
    assert caught.value.filename == f"{fs.base_uri}/a"


@pytest.mark.parametrize("options", [{"mode": "xb"}, {"mode": "x", "next_free": True}], ids=["create", "next-free"])
def test_a_create_that_is_not_safe_is_named(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    """Where no exclusive create is safe it is refused at the open, by the name that it was asked for."""
    fs = _on(monkeypatch, _Differs(creates=False))
    with pytest.raises(UnsupportedError, match="no exclusive create is safe") as caught:
        fs.open("run.0", **options)
    assert (caught.value.filename, fs.creates_exclusively) == (f"{fs.base_uri}/run.0", False)


@pytest.mark.parametrize("more", [{}, {"next_free": True}], ids=["create", "next-free"])
def test_a_create_has_a_limit(monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]) -> None:
    """A body above the limit of one request cannot be created; what may be written instead is said."""
    fs = _on(monkeypatch, _Differs(single_put_limit=10))
    with fs.open("run.0", "xb", **more) as file:
        file.write(bytes(10))
    with pytest.raises(UnsupportedError, match="takes at most 10 bytes, not 11; use mode 'w'") as caught:  # noqa: SIM117
        with fs.open("run.1", "xb", **more) as file:
            file.write(bytes(11))
    assert (caught.value.filename, fs.find()) == (f"{fs.base_uri}/run.1", ["run.0"])


def test_a_directory_is_told_by_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether anything lies below is asked for two names, one of which may only show the directory."""
    engine = _Differs()
    fs = _on(monkeypatch, engine)
    assert (fs.isdir("day"), fs.isdir()) == (False, False)
    asked = {"after": None, "one_level": False, "limit": 2, "follow": True}
    assert engine.lists == [("day/", asked), ("", asked)]


def test_a_glob_asks_for_no_more_levels_than_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern of one level lists one level of its directory, and one with `**` all of them."""
    engine = _Differs()
    fs = _on(monkeypatch, engine)
    assert (fs.glob("day/*.npz"), fs.glob("day/**/*.npz")) == ([], [])
    assert [(prefix, asked["one_level"]) for prefix, asked in engine.lists] == [("day/", True), ("day/", False)]


LISTED: dict[str, tuple[Any, list[tuple[str, bool, bool]]]] = {
    "ls": (lambda fs: fs.ls("day"), [("day/", True, True)]),
    "find": (lambda fs: fs.find("day"), [("day/", False, True)]),
    "glob": (lambda fs: fs.glob("day/*"), [("day/", True, True)]),
    "next-free": (lambda fs: fs.next_free("day/run.0"), [("day/run.", True, False)]),
    "rm-all": (lambda fs: fs.rm("day", recursive=True, missing_ok=True), [("day/", False, False)]),
    "rm-of-a-link": (lambda fs: fs.rm("day"), [("day/", False, True), ("day", True, False)]),
}
"""What lists, and with which prefix, how deep, and whether links are followed."""


@pytest.mark.parametrize("name", LISTED)
def test_a_listing_is_as_deep_as_it_must_be(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What is deleted or counted follows no links, and what needs one level lists no more."""
    engine = _Differs(has_links=True)
    fs, (act, listed) = _on(monkeypatch, engine), LISTED[name]
    with contextlib.suppress(NotFoundError):
        act(fs)
    asked = [(prefix, more["one_level"], more["follow"]) for prefix, more in engine.lists]
    assert asked[: len(listed)] == listed
    assert [flag for _, *flags in asked for flag in flags if not isinstance(flag, bool)] == []


def test_a_missing_root_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bucket is missing, nothing is asked about what may lie below a name that is to be deleted."""
    engine = _Differs(hides_root=("head",))
    fs = _on(monkeypatch, engine)
    with pytest.raises(RootNotFoundError):
        fs.rm("day")
    assert engine.lists == []


def test_a_slow_copy_is_waited_for_as_long_as_is_set(
    settings: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that the server goes on with is waited for as long as STORAGE_TIMEOUT says."""
    settings.setenv("STORAGE_TIMEOUT", "7")
    engine, now = _Differs(), [0.0]
    fs = _on(monkeypatch, engine)
    engine.put("source", b"")
    true = engine.stat
    engine.copy = lambda source, target: MemoryEngine.copy(engine, source, target) is None  # type: ignore[method-assign, func-returns-value]
    engine.stat = lambda key: replace(true(key), complete=False)  # type: ignore[method-assign]
    monkeypatch.setattr(publishing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(publishing.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    with pytest.raises(DeadlineError, match="within 7 s"):
        fs.copy("source", "target")
