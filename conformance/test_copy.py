"""Copying and moving: the target complete before the source goes, and never less than before."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from conformance.behaviour import lacks, needs, only, sees, source
from conformance.blocks import BLOCK, small_blocks
from conformance.contents import contents, put_all
from conformance.writing import failure_of
from fixtures.endpoint import CONFLICTS, EXCLUSIVE_CREATE, HTTP, METADATA, NETWORK, OBJECT_BESIDE_PREFIX, WRITE
from fixtures.witness import Witness

pytestmark = needs(WRITE)

both = pytest.mark.parametrize("method", ["copy", "move"])


@source("B6.138")
def test_copy_keeps_both(fs: Any, witness: Any, noise: Any) -> None:
    """A copy has every byte of its source, and the source stays."""
    body = noise(1000)
    witness.put("object", body)
    fs.copy("object", "deep/er/copy")
    assert contents(witness) == {"object": body, "deep/er/copy": body}


@source("B6.145")
def test_move_keeps_the_target_only(fs: Any, witness: Any, noise: Any) -> None:
    """A moved object has every byte of its source, and the source is gone."""
    body = noise(1000)
    witness.put("day/object", body)
    fs.move("day/object", "deep/er/moved")
    assert (contents(witness), fs.exists("day/object"), fs.isdir("day")) == ({"deep/er/moved": body}, False, False)


@both
@source("B6.139")
def test_missing_source_leaves_no_target(fs: Any, witness: Any, method: str, refused: Any) -> None:
    """Copying or moving what is not there raises FileNotFoundError, and no target appears or changes."""
    witness.put("target", b"old")
    with refused(FileNotFoundError):
        getattr(fs, method)("missing", "new")
    with refused(FileNotFoundError):
        getattr(fs, method)("missing", "target")
    assert contents(witness) == {"target": b"old"}


@both
@source("B6.139")
def test_prefix_is_no_source(fs: Any, witness: Any, method: str, refused: Any) -> None:
    """Copying or moving a name that only objects lie below raises FileNotFoundError and changes nothing."""
    witness.put("day/object", b"content")
    with refused(FileNotFoundError):
        getattr(fs, method)("day", "night")
    assert contents(witness) == {"day/object": b"content"}


@both
@source("B6.140", "B6.141")
def test_onto_itself_loses_nothing(fs: Any, witness: Any, noise: Any, method: str) -> None:
    """Copying or moving an object onto itself leaves it as it was."""
    body = noise(1000)
    witness.put("object", body)
    getattr(fs, method)("object", "object")
    assert contents(witness) == {"object": body}


@both
@source("B6.139", "B6.140")
def test_missing_onto_itself_raises(fs: Any, witness: Any, method: str, refused: Any) -> None:
    """Copying or moving what is not there onto itself raises FileNotFoundError too."""
    with refused(FileNotFoundError):
        getattr(fs, method)("missing", "missing")
    assert witness.keys() == []


@both
@source("B6.142")
def test_replaces_the_target(fs: Any, witness: Any, noise: Any, method: str) -> None:
    """A target that exists is replaced whole, also when it was longer."""
    body = noise(1000)
    put_all(witness, {"object": body, "target": noise(5000)})
    getattr(fs, method)("object", "target")
    assert (witness.get("target"), fs.stat("target").size) == (body, 1000)


@both
@small_blocks
@source("B6.148")
def test_large_object_arrives_whole(fs: Any, witness: Any, noise: Any, method: str) -> None:
    """An object above the block size is copied and moved whole."""
    body = noise(2 * BLOCK + 17)
    witness.put("object", body)
    getattr(fs, method)("object", "target")
    assert (witness.get("target"), witness.uploads()) == (body, [])


@both
@source("B6.149")
@pytest.mark.parametrize(
    "name",
    ["a b+c%20#d?e&f", "Größe 世界 😀", "a=b;c,d:e@f", "[x]*(y)'z'", "a?versionId=1"],
    ids=["reserved", "unicode", "delimiters", "brackets", "version"],
)
def test_special_names_are_copied(fs: Any, witness: Any, method: str, name: str) -> None:
    """An object with a name that URLs write differently is copied and moved, from it and to it."""
    witness.put(name, b"content")
    getattr(fs, method)(name, "plain")
    getattr(fs, method)("plain", f"{name}2/{name}")
    assert witness.get(f"{name}2/{name}") == b"content"


@source("B6.153")
def test_copy_is_independent(fs: Any, witness: Any, noise: Any) -> None:
    """What happens to the source after a copy does not reach the target."""
    body = noise(1000)
    witness.put("object", body)
    fs.copy("object", "copy")
    with fs.open("object", "wb") as stream:
        stream.write(b"changed")
    fs.rm("object")
    assert contents(witness) == {"copy": body}


@both
@small_blocks
@sees(METADATA)
@only("s3", "az", "gs")
@source("B6.138")
@pytest.mark.parametrize("size", [1000, BLOCK + 1], ids=["small", "large"])
def test_description_goes_with_the_object(fs: Any, witness: Any, noise: Any, method: str, size: int) -> None:
    """A copy has the content type and the metadata that another client gave its source, and the target's own go."""
    witness.put_described("target", b"old", "text/plain", {"day": "274"})
    witness.put_described("object", noise(size), "application/vnd.fdsn.mseed", {"station": "TD05"})
    getattr(fs, method)("object", "target")
    found = witness.described("target")
    assert (found.kind, dict(found.metadata)) == ("application/vnd.fdsn.mseed", {"station": "TD05"})


@both
@small_blocks
@sees(METADATA)
@only("s3")
@source("B6.138")
@pytest.mark.parametrize("size", [1000, BLOCK + 1], ids=["small", "large"])
def test_metadata_goes_with_a_name_that_servers_misread(
    fs: Any, witness: Any, noise: Any, method: str, size: int
) -> None:
    """Where the name of the source keeps the server from copying, the metadata that a client gave it goes along too."""
    body = noise(size)
    witness.put_described("a?versionId=1", body, "application/octet-stream", {"station": "TD05"})
    getattr(fs, method)("a?versionId=1", "target")
    assert (witness.get("target"), witness.described("target").metadata.get("station")) == (body, "TD05")


@needs(EXCLUSIVE_CREATE)
@source("B6.138")
def test_copies_what_the_layer_created(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """An object that was created exclusively is copied, and a copy's name cannot be created again."""
    body = noise(1000)
    with fs.open("object", "xb") as stream:
        stream.write(body)
    fs.copy("object", "copy")
    with refused(FileExistsError), fs.open("copy", "xb") as stream:
        stream.write(b"second")
    assert witness.get("copy") == body


def held(witness: Witness, *names: str) -> list[bytes]:
    """The bodies of those of these names that are there; a listing may hide what lies below an object."""
    bodies = []
    for name in names:
        with contextlib.suppress(KeyError):
            bodies.append(witness.get(name))
    return bodies


@source("B6.146")
@both
def test_below_an_object_harms_nothing(fs: Any, witness: Any, backend: Any, method: str) -> None:
    """Copying or moving to below an object succeeds or raises NotADirectoryError, and no body is lost."""
    refusal = OSError if CONFLICTS in backend.unseen else NotADirectoryError
    put_all(witness, {"day": b"content", "source": b"body"})
    with contextlib.suppress(refusal):
        getattr(fs, method)("source", "day/object")
    bodies = held(witness, "source", *["day/object"] * (OBJECT_BESIDE_PREFIX in backend.capabilities))
    assert (b"body" in bodies, witness.get("day")) == (True, b"content")


@source("B6.151")
@pytest.mark.parametrize(
    ("kind", "target", "error"),
    [
        pytest.param("copy", "target", ConnectionError, marks=needs(NETWORK, HTTP), id="copy"),
        pytest.param("write", "target", ConnectionError, marks=[needs(NETWORK), lacks(HTTP)], id="write"),
        pytest.param("delete", "target", ConnectionError, marks=needs(NETWORK), id="delete"),
        pytest.param(
            "",
            "source/target",
            NotADirectoryError,
            marks=[lacks(OBJECT_BESIDE_PREFIX), sees(CONFLICTS)],
            id="no-directory",
        ),
    ],
)
def test_move_that_fails_keeps_the_source(
    fs: Any,
    backend: Any,
    key: str,
    witness: Any,
    channel: Any,
    noise: Any,
    kind: str,
    target: str,
    error: type[Exception],
) -> None:
    """A move that fails before or after its copy raises why, and the source is there, whole."""
    body = noise(1000)
    witness.put("source", body)
    if kind:
        channel.fault("status", code=503, kind=kind)
    failure = failure_of(lambda: fs.move("source", target))
    assert (isinstance(failure, error), witness.get("source")) == (True, body)
    names = [backend.base_uri(f"{key}/{name}") for name in ("source", target)]
    assert [getattr(failure, "filename", ""), getattr(failure, "filename2", "")] == names
    assert set(contents(witness).values()) == {body}
