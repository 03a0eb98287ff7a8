"""How a large body is cut into parts, and how a copy is made that no server makes."""

from __future__ import annotations

import dataclasses
import io
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from noiz_storage import publishing
from noiz_storage.engines import SLOWEST, TOKEN, Connection, PartsDropped, Stat, Traits, Upload
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.errors import AccessDeniedError, DeadlineError, StorageError, ThrottledError, UnsupportedError
from noiz_storage.publishing import MOST_PARTS, MOST_SENDS, Publisher, part_size
from noiz_storage.retry import Budget, Retried
from noiz_storage.uri import URI

MIB = 1024**2


@pytest.mark.parametrize("block", [5 * MIB, 32 * MIB])
@pytest.mark.parametrize("parts", [1, MOST_PARTS - 1, MOST_PARTS, MOST_PARTS + 1, 50 * MOST_PARTS])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_no_body_takes_more_parts_than_servers_accept(block: int, parts: int, more: int) -> None:
    """Parts are blocks while 10,000 of them are enough, and grow with the body beyond that."""
    size = parts * block + more
    part = part_size(size, block)
    assert -(-size // part) <= MOST_PARTS
    assert (part == block) == (size <= MOST_PARTS * block)


class _Misreads(MemoryEngine):
    """A server that takes a part of some names for something else."""

    traits = Traits(needs_probe=False, not_copied=("?versionId=",))

    def copy(self, source: str, target: str) -> bool:
        assert "?versionId=" not in source
        return super().copy(source, target)

    def put(self, key: str, body: Any, **asked: Any) -> str:
        assert isinstance(body, bytes | io.IOBase), "aiohttp sends nothing else"
        return super().put(key, body, **asked)


@pytest.mark.parametrize("size", [0, 7, 5 * MIB + 1])
@pytest.mark.parametrize("source", ["a?versionId=1", "a"])
def test_a_name_that_servers_misread_is_copied_by_a_read_and_a_write(source: str, size: int) -> None:
    """The copy has the bytes and the metadata of its source, whoever makes it."""
    base = URI.parse(f"memory://copies-{uuid.uuid4().hex}")
    engine = _Misreads(Connection(base))
    engine.put(source, bytes(size), metadata={"station": "BGLD"})
    Publisher(lambda: engine, base, 5 * MIB, 30).copy(source, "target")
    found = engine.get("target")
    assert (b"".join(found.chunks), found.stat.metadata) == (bytes(size), {"station": "BGLD"})


class _Drops(MemoryEngine):
    """A server that drops the parts of a body when it completes another, as Azure does."""

    traits = Traits(needs_probe=False, has_parts=True)

    def __init__(self, connection: Connection, answers: list[StorageError]) -> None:
        super().__init__(connection)
        self.answers = answers
        self.parts: list[bytes] = []

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        self.parts.clear()
        return Upload(key, metadata[TOKEN], metadata[TOKEN])

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        self.parts.append(body)
        return str(number)

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        if self.answers:
            raise self.answers.pop(0)
        return self.put(upload.key, b"".join(self.parts))

    def abort(self, upload: Upload) -> None:
        self.parts.clear()


def _written(answers: list[StorageError]) -> bytes:
    """What is there after a large body was written to a server that answers so first."""
    base = URI.parse(f"memory://drops-{uuid.uuid4().hex}")
    engine = _Drops(Connection(base), answers)
    Publisher(lambda: Retried(engine, Budget(5, 60.0)), base, 5, 30).write("object", io.BytesIO(b"a large body"))
    return b"".join(engine.get("object").chunks)


def test_a_body_that_another_writer_put_out_is_sent_again() -> None:
    """The last to finish is the one whose body is left, whoever else was first."""
    assert _written([PartsDropped("gone") for _ in range(MOST_SENDS - 1)]) == b"a large body"


def test_a_body_that_never_comes_first_is_an_error() -> None:
    """Sending again has an end, and the error says what happened."""
    answers: list[StorageError] = [PartsDropped("gone", "memory://x/object") for _ in range(MOST_SENDS)]
    answers[-1].__cause__ = ValueError("the driver's")
    with pytest.raises(StorageError, match=f"came first {MOST_SENDS} times") as caught:
        _written(answers)
    told = (type(caught.value), caught.value.filename, caught.value.__cause__)
    assert (told[:2], str(told[2])) == ((StorageError, "memory://x/object"), "the driver's")


def test_a_body_that_may_have_been_there_is_not_sent_again() -> None:
    """After a lost answer nobody knows whether another writer has replaced this body: it must not come back."""
    answers = [ThrottledError("lost"), PartsDropped("gone")]
    base = URI.parse(f"memory://drops-{uuid.uuid4().hex}")
    engine = _Drops(Connection(base), answers)
    engine.put("object", b"another's")
    with pytest.raises(StorageError, match="an answer was lost, and then: gone"):
        Publisher(lambda: Retried(engine, Budget(5, 60.0)), base, 5, 30).write("object", io.BytesIO(b"a large body"))
    assert b"".join(engine.get("object").chunks) == b"another's"


class _CopiesSlowly(MemoryEngine):
    """A server that goes on copying after its answer, as Azure does."""

    asked = 0

    def copy(self, source: str, target: str) -> bool:
        super().copy(source, target)
        return False

    def stat(self, key: str) -> Stat:
        self.asked += 1
        return self._told(key)

    def _told(self, key: str) -> Stat:
        return dataclasses.replace(super().stat(key), complete=False)


def test_waiting_for_a_copy_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that never becomes complete is an error by the deadline of its size, and the source is still there."""
    monkeypatch.setattr(publishing, "COPY_PAUSE", 0.01)
    base = URI.parse(f"memory://copies-{uuid.uuid4().hex}")
    engine = _CopiesSlowly(Connection(base))
    engine.put("source", b"body")
    with pytest.raises(DeadlineError, match="has not copied it within") as caught:
        Publisher(lambda: engine, base, 5 * MIB, 0.05).copy("source", "target")
    assert (caught.value.filename, engine.asked > 1) == (f"{base}/target", True)
    assert b"".join(engine.get("source").chunks) == b"body"


@pytest.mark.parametrize("size", [0, SLOWEST * 3])
def test_a_copy_is_waited_for_as_long_as_its_size_may_take(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The target is asked for after a pause each, and given up after one attempt's seconds and those of its size."""
    base, now = URI.parse(f"memory://copies-{uuid.uuid4().hex}"), [100.0]
    engine = _CopiesSlowly(Connection(base))
    engine.put("source", bytes(size))
    asked: list[str] = []
    monkeypatch.setattr(_CopiesSlowly, "stat", lambda self, key: (asked.append(key), self._told(key))[1])
    monkeypatch.setattr(publishing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(publishing.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    seconds = 2 + size // SLOWEST
    with pytest.raises(DeadlineError, match=f"within {seconds} s,") as caught:
        Publisher(lambda: engine, base, 5 * MIB, 2.0).copy("source", "target")
    assert caught.value.filename == f"{base}/target"
    assert (set(asked), now[0]) == ({"target"}, 100.0 + seconds + publishing.COPY_PAUSE)


def test_a_lost_race_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    """The name that another worker took in the meantime stands in the log."""
    base = URI.parse(f"memory://race-{uuid.uuid4().hex}")

    class Faster(MemoryEngine):
        def put(self, key: str, body: Any, **asked: Any) -> str:
            if key == "run.0" and asked.get("if_absent"):
                MemoryEngine.put(self, key, b"theirs")
            return super().put(key, body, **asked)

    engine = Faster(Connection(base))
    caplog.set_level("INFO")
    assert Publisher(lambda: engine, base, 5 * MIB, 2.0).create_next("run.0", b"mine") == "run.1"
    assert "run.0 was taken in the meantime" in caplog.text


def test_bounds_are_those_of_the_servers() -> None:
    """S3 takes 10,000 parts; a large body is sent five times, and a copy is asked for twice a second."""
    assert (MOST_PARTS, MOST_SENDS, publishing.COPY_PAUSE) == (10_000, 5, 0.5)


class _Probed(MemoryEngine):
    """A server that has to be probed, whose credentials may not delete, or which overwrites."""

    traits = Traits(needs_probe=True)
    overwrites = False

    def __init__(self) -> None:
        self.base = URI.parse(f"memory://probed-{uuid.uuid4().hex}")
        super().__init__(Connection(self.base))
        self.bodies: list[Any] = []

    def put(self, key: str, body: Any, **asked: Any) -> str:
        self.bodies.append(body)
        return super().put(key, body, **{**asked, "if_absent": asked["if_absent"] and not self.overwrites})

    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        raise AccessDeniedError("may not", keys[0])


def test_a_probe_that_cannot_be_deleted_stays_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Credentials that may only add to an archive leave the probe's empty object there, once, and the log names it."""
    engine = _Probed()
    publisher = Publisher(lambda: engine, engine.base.child("base"), 5 * MIB, 2.0)
    publisher.create("base/a", b"mine")
    publisher.create("base/b", b"mine")
    left = [key for key in engine.list("base/").keys if ".noiz-probe-" in key]
    assert ([key.startswith("base/.noiz-probe-") for key in left], engine.bodies) == (
        [True],
        [b"", b"", b"mine", b"mine"],
    )
    assert [f"{left[0]} is left behind" in each.getMessage() for each in caplog.records] == [True]
    assert "may not" in caplog.records[0].getMessage()


def test_a_server_that_overwrites_is_refused_by_name() -> None:
    """A server that ignores the condition is refused each time, by the name that was to be created."""
    engine = _Probed()
    engine.overwrites = True
    publisher = Publisher(lambda: engine, engine.base, 5 * MIB, 2.0)
    for create in (publisher.create, publisher.create_next):
        with pytest.raises(UnsupportedError, match="ignores the condition") as caught:
            create("run.0", b"mine")
        assert caught.value.filename == f"{engine.base}/run.0"
    assert engine.bodies == [b""] * 4
