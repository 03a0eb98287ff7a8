"""Capabilities: each is proved both ways, where an endpoint claims it and where it does not.

One experiment shows whether a capability is there; it must come out as the endpoint says. What the layer offers only
with a capability is refused without it, before anything changes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import source
from conformance.blocks import BLOCK, small_blocks
from conformance.costs import wired
from conformance.names import MOST_SEGMENT_BYTES
from conformance.writing import read, write
from fixtures.endpoint import (
    CAPABILITIES,
    CONFLICTS,
    EXCLUSIVE_CREATE,
    HTTP,
    IDENTITIES,
    LINEARIZABLE,
    LIST,
    LONG_NAMES,
    MULTIPART,
    NETWORK,
    OBJECT_BESIDE_PREFIX,
    PROCESSES,
    RANGES,
    ROOTS,
    VERSIONS,
    WRITE,
    probe,
)

BODY = bytes(range(256)) * 2000
"""What the witness has put under `day/object`; more than a socket holds back where a range is cut off."""
SECOND_NS = 1_700_000_000 * 10**9
"""A whole second of the past (ns since 1970)."""
SERVERS = ("http", "https", "ftp", "ftps")
"""Schemes whose root is the server itself; the first directory stands for a root there."""
REFUSALS = (io.UnsupportedOperation, IsADirectoryError)
"""What an operation raises that the endpoint has no capability for."""
REFUSED = "refused"


@dataclass(frozen=True)
class Scene:
    """What an experiment works with: fixtures of the same names."""

    fs: Any
    another: Any
    backend: Any
    channel: Any
    environment: Any
    in_processes: Any
    key: str
    subject: Any
    witness: Any


@pytest.fixture
def scene(
    fs: Any,
    another: Any,
    backend: Any,
    channel: Any,
    environment: Any,
    in_processes: Any,
    key: str,
    subject: Any,
    witness: Any,
) -> Scene:
    """The place of one experiment, with one object."""
    witness.put("day/object", BODY)
    return Scene(fs, another, backend, channel, environment, in_processes, key, subject, witness)


def writes(fs: Any) -> object:
    """Write, copy, move and delete."""
    write(fs, "object", b"content")
    fs.copy("object", "copy")
    fs.move("copy", "moved")
    fs.rm("object")
    return fs.read("moved")


def creates(fs: Any) -> object:
    """Take a name that is free, and try to take it again."""
    write(fs, "object", b"content", "xb")
    try:
        write(fs, "object", b"other", "xb")
    except FileExistsError:
        return fs.read("object")
    return "a taken name was taken again"


def writes_beside(fs: Any) -> object:
    """Write an object whose name is a prefix of another."""
    write(fs, "day", b"beside")
    return fs.read("day"), fs.read("day/object", 0, 3)


OFFERS: Mapping[str, Mapping[str, tuple[Callable[[Any], object], object]]] = {
    WRITE: {
        "all": (writes, b"content"),
        "write": (lambda fs: write(fs, "day/object", b"content"), None),
        "copy": (lambda fs: fs.copy("day/object", "copy"), None),
        "move": (lambda fs: fs.move("day/object", "moved"), None),
        "rm": (lambda fs: fs.rm("day/object"), None),
    },
    LIST: {
        "ls": (lambda fs: fs.ls(), ["day"]),
        "find": (lambda fs: fs.find(), ["day/object"]),
        "glob": (lambda fs: fs.glob("*/*"), ["day/object"]),
        "isdir": (lambda fs: fs.isdir("day"), True),
    },
    EXCLUSIVE_CREATE: {"create": (creates, b"content")},
    OBJECT_BESIDE_PREFIX: {"write": (writes_beside, (b"beside", BODY[:3]))},
}
"""Capability → operation that the layer offers only with it → what it returns then."""
ROWS = [(capability, name) for capability, acts in OFFERS.items() for name in acts]


def ranges(at: Scene) -> bool:
    """Whether the bytes of a window travel alone."""
    assert at.fs.read("day/object", 1000, 100) == BODY[1000:1100]
    travelled = sum(request.received for request in wired(at.channel)) if at.channel else at.fs.meter.received
    return bool(travelled < len(BODY))


def versions(at: Scene) -> bool:
    """Whether each overwrite has a new version; of a server's file all are of one length, place and second."""
    found = []
    for turn in range(3):
        body = bytes([turn]) * 100
        if at.backend.directory:
            path = Path(at.backend.directory, at.key, "object")
            path.write_bytes(body)
            os.utime(path, ns=(SECOND_NS, SECOND_NS + turn))
        else:
            at.witness.put("object", body)
        assert read(at.fs, "object") == body
        found.append(at.fs.stat("object").version)
    return len(set(found)) == len(found)


def linearizable(at: Scene) -> bool:
    """Whether all that histories are made of is there, and each client sees what the other did last."""
    clients: list[Any] = [at.fs, at.another()]
    seen: list[Any] = []
    # On S3 the lack of exclusive creates is another one; histories do without them there.
    mode = "wb" if at.backend.scheme == "s3" and EXCLUSIVE_CREATE not in at.backend.capabilities else "xb"
    try:
        for one, other in (clients, clients[::-1]):
            write(one, "object", b"first", mode)
            seen.append(read(other, "object"))
            write(other, "object", b"second")
            seen.append(read(one, "object"))
            other.rm("object")
            seen.append(one.exists("object"))
    except io.UnsupportedOperation:
        return False
    return seen == [b"first", b"second", False] * 2


def multipart(at: Scene) -> bool:
    """Whether a body of two blocks and a byte travels in parts; it arrives whole anyhow, where it may be written."""
    body = bytes(2 * BLOCK) + b"1"
    try:
        write(at.fs, "object", body)
    except io.UnsupportedOperation:
        return False
    assert at.witness.get("object") == body
    return bool(at.fs.meter.requests["part"])


def roots(at: Scene) -> bool:
    """Whether a root that nobody made is told from an object that is not there."""
    absent = {
        "file": f"file://{at.backend.root}-absent/{at.key}",
        **dict.fromkeys(SERVERS, at.backend.base_uri(f"absent/{at.key}")),
    }
    uri = absent.get(at.backend.scheme, f"{at.backend.scheme}://{at.backend.absent_root(at.key)}/{at.key}")
    at.environment.change(STORAGE_URI=uri)
    try:
        return bool(at.subject.get_filesystem().exists("object"))
    except FileNotFoundError:
        return True


def identities(at: Scene) -> bool:
    """Whether who has wrong credentials, or none where a backend knows no stranger, is kept out."""
    assert "reader" not in at.backend.identities or at.another("reader").read("day/object") == BODY
    strange = replace(at.backend, identities={"stranger": {}, **at.backend.identities})
    at.environment.replace(strange.environment(at.key, url=at.channel and at.channel.url, identity="stranger"))
    try:
        return bool(at.subject.get_filesystem().read("day/object") != BODY)
    except PermissionError:
        return True


def exists(_: int, subject: Any) -> bool:
    """Whether this process sees the object."""
    return bool(subject.get_filesystem().exists("day/object"))


def processes(at: Scene) -> bool:
    """Whether another process sees the object."""
    return _answer_of_another(at, exists)


def _answer_of_another(at: Scene, ask: Callable[[int, Any], bool]) -> bool:
    """What another process answers; one that raised has shown nothing."""
    (answer,) = at.in_processes(ask, 1, at.subject)
    if isinstance(answer, Exception):
        raise answer
    return bool(answer)


def sockets() -> set[str]:
    """The sockets that this process holds, by their kernel's names."""
    links = (Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return {os.readlink(link) for link in links if link.is_symlink() and os.readlink(link).startswith("socket:")}


def opened(_: int, subject: Any) -> bool:
    """Whether a process that asks for something opens a socket."""
    before = sockets()
    subject.get_filesystem().exists("day/object")
    return bool(sockets() - before)


def network(at: Scene) -> bool:
    """Whether the storage is reached through sockets; in a new process, for instances may share connections."""
    return _answer_of_another(at, opened)


def speaks_http(at: Scene) -> bool:
    """Whether there is a server, and it answers a request of HTTP."""
    return bool(at.backend.url) and not probe(at.backend.url, certificates=at.backend.certificates)


def long_names(at: Scene) -> bool:
    """Whether an object is kept whose name has the most bytes that a segment may have."""
    name = "day/" + "x" * MOST_SEGMENT_BYTES
    at.witness.put(name, b"body")
    return bool(read(at.fs, name) == b"body")


def outcome(act: Callable[[Any], object], scene: Scene) -> object:
    """What an operation returns, or that it is refused as unsupported; a server may not tell what is in the way."""
    refusals = (*REFUSALS, ConnectionError) if CONFLICTS in scene.backend.unseen else REFUSALS
    try:
        return act(scene.fs)
    except refusals:
        return REFUSED


SHOWS: Mapping[str, Callable[[Scene], bool]] = {
    RANGES: ranges,
    VERSIONS: versions,
    LINEARIZABLE: linearizable,
    MULTIPART: multipart,
    LONG_NAMES: long_names,
    ROOTS: roots,
    IDENTITIES: identities,
    PROCESSES: processes,
    NETWORK: network,
    HTTP: speaks_http,
}
"""Capability that is a circumstance of the endpoint → an experiment that shows whether it is there."""
CIRCUMSTANCES = [capability for capability in CAPABILITIES if capability not in OFFERS]


@source("B G3", "contract: Surface", "contract: Refusing", "B10.208")
@pytest.mark.parametrize(("capability", "name"), ROWS)
def test_operations_are_offered_as_claimed(scene: Scene, unchanged: Any, capability: str, name: str) -> None:
    """With a capability its operations do what they promise; without it they are refused, and nothing changes."""
    act, promised = OFFERS[capability][name]
    claimed = capability in scene.backend.capabilities
    with nullcontext() if claimed else unchanged():
        assert outcome(act, scene) == (promised if claimed else REFUSED)


@small_blocks
@source("B G3")
@pytest.mark.parametrize("capability", CIRCUMSTANCES)
def test_experiments_come_out_as_claimed(scene: Scene, capability: str) -> None:
    """A circumstance of the endpoint shows in an experiment where it is claimed, and there only."""
    claimed = capability in scene.backend.capabilities
    found_out = scene.backend.lacking.get(capability)
    assert found_out or SHOWS[capability](scene) is claimed, f"{capability} is claimed: {claimed}; it is not so"
