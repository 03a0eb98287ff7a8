"""Seeing: what happened is seen at once, whoever did it and whatever was looked at before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.behaviour import needs, source
from conformance.writing import read, write

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
    params=["itself", "instance", "stranger", pytest.param("process", marks=needs("processes"))],
)
def client(request: pytest.FixtureRequest) -> Client:
    """Whoever changes the object."""
    found: Client = request.getfixturevalue(request.param)
    return found


def look(fs: Any) -> dict[str, object]:
    """Everything that a file system says of an object that is there."""
    return {
        "exists": fs.exists(NAME),
        "isdir": fs.isdir("day"),
        "ls": fs.ls("day"),
        "find": fs.find(),
        "body": read(fs, NAME),
        "size": fs.stat(NAME).size,
    }


def look_for_nothing(fs: Any, refused: Any) -> dict[str, object]:
    """Everything that a file system says of an object that is not there; what it must not open raises."""
    with refused(FileNotFoundError):
        fs.open(NAME)
    with refused(FileNotFoundError):
        fs.stat(NAME)
    return {"exists": fs.exists(NAME), "isdir": fs.isdir("day"), "ls": fs.ls("day"), "find": fs.find()}


NOTHING = {"exists": False, "isdir": False, "ls": [], "find": []}


def present(body: bytes) -> dict[str, object]:
    """What `look` finds when the object holds `body`."""
    return {"exists": True, "isdir": True, "ls": [NAME], "find": [NAME], "body": body, "size": len(body)}


@source("B13.245", "B13.246", "B14.251", "B14.254")
def test_new_object_is_seen_at_once(fs: Any, client: Client, noise: Any, refused: Any) -> None:
    """A new object is seen by every operation at once, though all of them said before that there is none."""
    body = noise(1000)
    assert look_for_nothing(fs, refused) == NOTHING
    client.write(body)
    assert look(fs) == present(body)


@source("B13.245", "B3.82", "B14.251")
def test_overwrite_is_seen_at_once(fs: Any, client: Client, witness: Any, noise: Any) -> None:
    """An overwritten object is seen with its new content, size and version at once, though it was read before."""
    old, new = noise(1000), noise(999)
    witness.put(NAME, old)
    before, version = look(fs), fs.stat(NAME).version
    client.write(new)
    assert (before, look(fs)) == (present(old), present(new))
    assert fs.stat(NAME).version != version


@source("B13.246", "B5.121", "B14.251")
def test_deletion_is_seen_at_once(fs: Any, client: Client, witness: Any, noise: Any, refused: Any) -> None:
    """A deleted object is gone from every operation at once, though it was listed and read before."""
    body = noise(1000)
    witness.put(NAME, body)
    before = look(fs)
    client.delete()
    assert (before, look_for_nothing(fs, refused)) == (present(body), NOTHING)


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
