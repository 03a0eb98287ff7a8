"""Seeing: what happened is seen at once, whoever did it and whatever was looked at before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.behaviour import needs, source
from conformance.writing import read, write
from fixtures.endpoint import LIST, PROCESSES, WRITE

NAME = "day/object"


@dataclass(frozen=True)
class Client:
    """Somebody who changes objects: the subject itself, another client of it, or one that shares nothing with it."""

    write: Callable[[bytes], object]
    delete: Callable[[], object]


def write_from_a_process(_: int, subject: Any, body: bytes) -> None:
    """Write with a file system of another process."""
    write(subject.get_filesystem(), NAME, body)


def delete_from_a_process(_: int, subject: Any) -> None:
    """Delete with a file system of another process."""
    subject.get_filesystem().rm(NAME)


@pytest.fixture
def itself(fs: Any) -> Client:
    """The file system that looks."""
    return Client(lambda body: write(fs, NAME, body), lambda: fs.rm(NAME))


@pytest.fixture
def instance(another: Any) -> Client:
    """Another instance in this process."""
    other = another()
    return Client(lambda body: write(other, NAME, body), lambda: other.rm(NAME))


@pytest.fixture
def stranger(witness: Any) -> Client:
    """A client that shares no code with the subject."""
    return Client(lambda body: witness.put(NAME, body), lambda: witness.delete(NAME))


@pytest.fixture
def process(subject: Any, in_processes: Any) -> Client:
    """The subject in another process."""
    return Client(
        lambda body: in_processes(write_from_a_process, 1, subject, body),
        lambda: in_processes(delete_from_a_process, 1, subject),
    )


@pytest.fixture(
    params=[
        pytest.param("itself", marks=needs(WRITE)),
        pytest.param("instance", marks=needs(WRITE)),
        "stranger",
        pytest.param("process", marks=needs(WRITE, PROCESSES)),
    ],
)
def client(request: pytest.FixtureRequest) -> Client:
    """Whoever changes the object."""
    found: Client = request.getfixturevalue(request.param)
    return found


@dataclass(frozen=True)
class Look:
    """Every way of looking that a backend has; those that list only where names can be asked for."""

    ways: Mapping[str, Callable[[Any], object]]

    def at(self, fs: Any) -> dict[str, object]:
        """Everything that a file system says of an object that is there."""
        return {name: way(fs) for name, way in self.ways.items()}

    def at_nothing(self, fs: Any, refused: Any) -> dict[str, object]:
        """Everything that a file system says of an object that is not there; what it must not open raises."""
        with refused(FileNotFoundError):
            fs.open(NAME)
        with refused(FileNotFoundError):
            fs.stat(NAME)
        return {name: way(fs) for name, way in self.ways.items() if name in NOTHING}

    def expected(self, found: Mapping[str, object]) -> dict[str, object]:
        """What of `found` these ways find."""
        return {name: value for name, value in found.items() if name in self.ways}


READING: Mapping[str, Callable[[Any], object]] = {
    "exists": lambda fs: fs.exists(NAME),
    "body": lambda fs: read(fs, NAME),
    "size": lambda fs: fs.stat(NAME).size,
}
LISTING: Mapping[str, Callable[[Any], object]] = {
    "isdir": lambda fs: fs.isdir("day"),
    "ls": lambda fs: fs.ls("day"),
    "find": lambda fs: fs.find(),
}
NOTHING: Mapping[str, object] = {"exists": False, "isdir": False, "ls": [], "find": []}


@pytest.fixture
def look(backend: Any) -> Look:
    """Every way of looking that the backend has."""
    return Look({**READING, **(LISTING if LIST in backend.capabilities else {})})


def present(body: bytes) -> dict[str, object]:
    """What `look` finds when the object holds `body`."""
    return {"exists": True, "isdir": True, "ls": [NAME], "find": [NAME], "body": body, "size": len(body)}


@source("B13.245", "B13.246", "B14.251", "B14.254")
def test_new_object_is_seen_at_once(fs: Any, look: Look, client: Client, noise: Any, refused: Any) -> None:
    """A new object is seen by every operation at once, though all of them said before that there is none."""
    body = noise(1000)
    assert look.at_nothing(fs, refused) == look.expected(NOTHING)
    client.write(body)
    assert look.at(fs) == look.expected(present(body))


@source("B13.245", "B3.82", "B14.251")
def test_overwrite_is_seen_at_once(fs: Any, look: Look, client: Client, witness: Any, noise: Any) -> None:
    """An overwritten object is seen with its new content, size and version at once, though it was read before."""
    old, new = noise(1000), noise(999)
    witness.put(NAME, old)
    before, version = look.at(fs), fs.stat(NAME).version
    client.write(new)
    assert (before, look.at(fs)) == (look.expected(present(old)), look.expected(present(new)))
    assert fs.stat(NAME).version != version


@source("B13.246", "B5.121", "B14.251")
def test_deletion_is_seen_at_once(fs: Any, look: Look, client: Client, witness: Any, noise: Any, refused: Any) -> None:
    """A deleted object is gone from every operation at once, though it was listed and read before."""
    body = noise(1000)
    witness.put(NAME, body)
    before = look.at(fs)
    client.delete()
    found = (before, look.at_nothing(fs, refused))
    assert found == (look.expected(present(body)), look.expected(NOTHING))


@needs(WRITE)
@source("B14.251", "B6.141")
def test_own_copy_and_move_are_seen_at_once(fs: Any, another: Any, witness: Any, noise: Any) -> None:
    """After a copy and a move every instance lists the new names and none of the old ones."""
    witness.put(NAME, noise(1000))
    other = another()
    before = [fs.find(), other.find()]
    fs.copy(NAME, "night/copy")
    fs.move(NAME, "night/moved")
    after = ["night/copy", "night/moved"]
    assert [*before, fs.find(), other.find(), fs.ls("day"), other.ls("day")] == [[NAME], [NAME], after, after, [], []]
