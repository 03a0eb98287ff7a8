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
Answers = dict[str, object]


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


LOOKED, FRESH = True, False
"""Whether the one who looks has looked in every way before the change, or does so for the first time."""
CLIENTS = [
    pytest.param("itself", LOOKED, id="itself", marks=needs(WRITE)),
    pytest.param("instance", LOOKED, id="instance-looked-before", marks=needs(WRITE)),
    pytest.param("instance", FRESH, id="instance", marks=needs(WRITE)),
    pytest.param("stranger", LOOKED, id="stranger-looked-before"),
    pytest.param("stranger", FRESH, id="stranger"),
    pytest.param("process", LOOKED, id="process-looked-before", marks=needs(WRITE, PROCESSES)),
]
by_every_client = pytest.mark.parametrize(("who", "looked"), CLIENTS)
"""Marks a behaviour that is tried with each client who changes objects, after a look and without one."""


@pytest.fixture
def client(request: pytest.FixtureRequest, who: str) -> Client:
    """Whoever changes the object."""
    found: Client = request.getfixturevalue(who)
    return found


@dataclass(frozen=True)
class Look:
    """Every way of looking that a backend has; those that list only where names can be asked for."""

    fs: Any
    ways: Mapping[str, Callable[[Any], object]]

    def answers(self, wanted: bool = True) -> Answers:
        """What each way says; nothing where no look is wanted yet."""
        return {name: _answer(way, self.fs) for name, way in self.ways.items() if wanted}

    def expected(self, found: Answers, wanted: bool = True) -> Answers:
        """What of `found` these ways find."""
        return {name: value for name, value in found.items() if name in self.ways and wanted}


def _answer(way: Callable[[Any], object], fs: Any) -> object:
    """What `way` returns, or the built-in class of its refusal where there is nothing."""
    try:
        return way(fs)
    except FileNotFoundError:
        return FileNotFoundError


READING: Mapping[str, Callable[[Any], object]] = {
    "exists": lambda fs: fs.exists(NAME),
    "open": lambda fs: read(fs, NAME),
    "read": lambda fs: fs.read(NAME, 1),
    "stat": lambda fs: fs.stat(NAME).size,
}
LISTING: Mapping[str, Callable[[Any], object]] = {
    "isdir": lambda fs: fs.isdir("day"),
    "ls": lambda fs: fs.ls("day"),
    "find": lambda fs: fs.find(),
    "glob": lambda fs: fs.glob("*/object"),
}
NOTHING: Answers = {
    "exists": False,
    **dict.fromkeys(("open", "read", "stat"), FileNotFoundError),
    "isdir": False,
    "ls": [],
    "find": [],
    "glob": [],
}
"""What a look finds where there is no object."""


def present(body: bytes) -> Answers:
    """What a look finds when the object holds `body`."""
    reading = {"exists": True, "open": body, "read": body[1:], "stat": len(body)}
    return {**reading, "isdir": True, "ls": [NAME], "find": [NAME], "glob": [NAME]}


@pytest.fixture
def look(fs: Any, backend: Any) -> Look:
    """Every way of looking that the backend has."""
    return Look(fs, {**READING, **(LISTING if LIST in backend.capabilities else {})})


@by_every_client
@source("B13.245", "B13.246", "B14.251", "B14.254", "B7.165")
def test_new_object_is_seen_at_once(look: Look, client: Client, noise: Any, looked: bool) -> None:
    """A new object is seen by every operation at once, though all of them said before that there is none."""
    body = noise(1000)
    before = look.answers(looked)
    client.write(body)
    assert (before, look.answers()) == (look.expected(NOTHING, looked), look.expected(present(body)))


@by_every_client
@source("B13.245", "B3.82", "B14.251")
def test_overwrite_is_seen_at_once(
    fs: Any, another: Any, look: Look, client: Client, witness: Any, noise: Any, looked: bool
) -> None:
    """An overwritten object is seen with its new content, size and version at once, though it was read before."""
    old, new = noise(1000), noise(999)
    witness.put(NAME, old)
    before, version = look.answers(looked), another().stat(NAME).version
    client.write(new)
    assert (before, look.answers()) == (look.expected(present(old), looked), look.expected(present(new)))
    assert fs.stat(NAME).version != version


@by_every_client
@source("B13.246", "B5.121", "B14.251")
def test_deletion_is_seen_at_once(look: Look, client: Client, witness: Any, noise: Any, looked: bool) -> None:
    """A deleted object is gone from every operation at once, though it was listed and read before."""
    body = noise(1000)
    witness.put(NAME, body)
    before = look.answers(looked)
    client.delete()
    assert (before, look.answers()) == (look.expected(present(body), looked), look.expected(NOTHING))


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
