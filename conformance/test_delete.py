"""Deleting: exactly what was named goes, and nothing that was not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.behaviour import needs, only, source
from conformance.contents import contents, put_names
from conformance.writing import failure_of
from fixtures.endpoint import LIST, NETWORK, WRITE

pytestmark = needs(WRITE)

BATCHES = {"az": 256, "gs": 100}
"""Names that one request deletes, where it is not `BATCH`."""
BATCH = 1000


@source("B5.121")
def test_object_is_gone(fs: Any, witness: Any, refused: Any) -> None:
    """A deleted object is in no listing, does not exist and cannot be opened."""
    put_names(witness, ["day/object", "day/other"])
    fs.rm("day/object")
    assert (witness.keys(), fs.ls("day"), fs.exists("day/object")) == (["day/other"], ["day/other"], False)
    with refused(FileNotFoundError):
        fs.open("day/object")


@source("B5.122")
@pytest.mark.parametrize("recursive", [False, True], ids=["plain", "recursive"])
def test_missing_raises(fs: Any, witness: Any, recursive: bool, refused: Any) -> None:
    """Deleting what is not there raises FileNotFoundError."""
    put_names(witness, ["objects"])
    with refused(FileNotFoundError):
        fs.rm("object", recursive=recursive)
    assert witness.keys() == ["objects"]


@source("B5.122")
@pytest.mark.parametrize("recursive", [False, True], ids=["plain", "recursive"])
def test_missing_ok_does_not_ask(fs: Any, witness: Any, recursive: bool) -> None:
    """With `missing_ok` an object is deleted when it is there and nothing is said when it is not."""
    put_names(witness, ["object", "other"])
    fs.rm("object", recursive=recursive, missing_ok=True)
    fs.rm("object", recursive=recursive, missing_ok=True)
    assert witness.keys() == ["other"]


@source("B5.124", "B5.131")
@pytest.mark.parametrize("name", ["day", "day/hour"])
def test_prefix_is_refused(fs: Any, witness: Any, name: str, refused: Any) -> None:
    """Deleting a name that only objects lie below raises IsADirectoryError unless `recursive`, and deletes nothing."""
    put_names(witness, ["day/hour/a", "day/hour/b"])
    with refused(IsADirectoryError, match="objects lie below; rm"):
        fs.rm(name)
    assert witness.keys() == ["day/hour/a", "day/hour/b"]


@source("B5.125")
def test_recursive_keeps_the_neighbours(fs: Any, witness: Any) -> None:
    """A recursive deletion removes everything below the name and no neighbour whose name begins like it."""
    neighbours = ["su", "sub-a", "sub.txt", "sub2/a", "subs", "top/sub/a"]
    put_names(witness, [*neighbours, "sub/a", "sub/b/c", "sub/b/d/e"])
    fs.rm("sub", recursive=True)
    assert (witness.keys(), fs.isdir("sub")) == (neighbours, False)


@source("B5.121")
def test_recursive_takes_an_object_too(fs: Any, witness: Any) -> None:
    """A recursive deletion of an object that nothing lies below removes that object."""
    put_names(witness, ["object", "object.txt"])
    fs.rm("object", recursive=True)
    assert witness.keys() == ["object.txt"]


@source("B5.127")
def test_recursive_takes_more_than_one_batch(fs: Any, witness: Any, backend: Any) -> None:
    """A recursive deletion of more objects than one request takes leaves none of them."""
    number = BATCHES.get(backend.scheme, BATCH) + 1
    put_names(witness, [*(f"day/{number:05}" for number in range(number)), "other"])
    fs.rm("day", recursive=True)
    assert witness.keys() == ["other"]


@source("B5.130")
def test_recursive_takes_special_names(fs: Any, witness: Any) -> None:
    """A recursive deletion takes names that XML and URLs write differently, and only them."""
    names = ["day/a&b", "day/<c>", 'day/"d"', "day/e'f", "day/%20", "day/g h", "day/i+j", "day/k#l?m", "day/ü😀"]
    put_names(witness, [*names, "day2/&amp;", "day2/%20"])
    fs.rm("day", recursive=True)
    assert witness.keys() == ["day2/%20", "day2/&amp;"]


@source("B5.126", "B7.162")
@pytest.mark.parametrize(
    ("names", "recursive", "left"),
    [
        pytest.param(["day", "days/object"], False, ["days/object"], id="plain-beside-one-that-starts-alike"),
        pytest.param(["day/object", "day.0", "days"], True, ["day.0", "days"], id="recursive-beside-some-that-do"),
        pytest.param(["day", "day/object"], False, ["day/object"], id="plain", marks=needs("object-beside-prefix")),
        pytest.param(
            ["day", "day/hour", "day/hour/object", "days"],
            True,
            ["days"],
            id="recursive",
            marks=needs("object-beside-prefix"),
        ),
    ],
)
def test_takes_what_is_asked_for(fs: Any, witness: Any, names: list[str], recursive: bool, left: list[str]) -> None:
    """A deletion takes the object alone, a recursive one all below its name too; none takes what starts alike."""
    put_names(witness, names)
    fs.rm("day", recursive=recursive)
    assert contents(witness) == {name: name.encode() for name in left}


@contextlib.contextmanager
def denied(_: Any, another: Any, __: Any) -> Iterator[Any]:
    """Whoever may delete only what lies below `free`."""
    yield another(identity="reader")


@contextlib.contextmanager
def leased(witness: Any, another: Any, _: Any) -> Iterator[Any]:
    """Whoever does not know the leases of two objects."""
    with witness.leased("day/a"), witness.leased("day/z"):
        yield another()


@contextlib.contextmanager
def overloaded(_: Any, another: Any, channel: Any) -> Iterator[Any]:
    """Whoever asks a server that is too busy to delete."""
    channel.fault("status", code=503, kind="delete")
    yield another()


DOOMED = ["day/a", "day/free/b", "day/free/c", "day/z"]


@source("B5.128", "contract: Answering")
@pytest.mark.parametrize(
    ("restricted", "error", "left"),
    [
        pytest.param(denied, PermissionError, ["day/a", "day/z"], id="denied", marks=only("minio", "versitygw")),
        # Ceph (16.2.15) asks once for the whole request whether the bucket's policy allows it.
        pytest.param(denied, PermissionError, DOOMED, id="denied-as-a-whole", marks=only("ceph")),
        pytest.param(leased, PermissionError, ["day/a", "day/z"], id="leased", marks=only("az")),
        pytest.param(overloaded, ConnectionError, DOOMED, id="overloaded", marks=needs(NETWORK)),
    ],
)
def test_recursive_tells_what_stays(
    witness: Any, another: Any, channel: Any, restricted: Any, error: type[OSError], left: list[str]
) -> None:
    """Objects that cannot be deleted do not keep the others, and the error tells their names and no other."""
    put_names(witness, DOOMED)
    with restricted(witness, another, channel) as fs:
        told = failure_of(lambda: fs.rm("day", recursive=True))
        assert witness.keys() == left
    assert (isinstance(told, error), [name for name in DOOMED if repr(name) in str(told)]) == (True, left)
    assert told is not None
    assert isinstance(told.__cause__, Exception)


@needs(NETWORK)
@source("contract: Answering")
def test_recursive_that_fails_as_a_whole_keeps_the_drivers_error(fs: Any, witness: Any, wire: Any) -> None:
    """Where no deletion is answered well, the error's `__cause__` is the driver's own exception, as everywhere."""
    put_names(witness, ["day/a", "day/b"])
    wire.fault("status", code=503, kind="delete")
    told = failure_of(lambda: fs.rm("day", recursive=True))
    assert told is not None
    assert (isinstance(told.__cause__, Exception), hasattr(told.__cause__, "retriable")) == (True, False)


FOLDERS = ("memory", "moto", "minio", "ceph", "azurite", "gcs")
"""Where an empty object may have a slash at its end."""


@needs(LIST)
@source("B7.160", "contract: Surface")
@pytest.mark.parametrize("folders", [["day/"], ["day/", "day/hour/", "day/hour/minute/"]], ids=["one", "nested"])
@pytest.mark.parametrize("where", [pytest.param("any", marks=only(*FOLDERS))])
def test_empty_folder_goes_with_its_name_alone(
    fs: Any, witness: Any, folders: list[str], where: str, refused: Any
) -> None:
    """An empty folder of another client's is nothing to see and no object to delete, but goes recursively."""
    del where
    put_names(witness, ["days", "day.0"])
    for folder in folders:
        witness.put(folder, b"")
    assert (fs.isdir("day"), fs.exists("day"), fs.find()) == (False, False, ["day.0", "days"])
    with refused(FileNotFoundError):
        fs.rm("day")
    fs.rm("day", recursive=True)
    assert witness.keys() == ["day.0", "days"]


REFUSAL = "<Error><Key>{}</Key><Code>{}</Code><Message>so it is</Message></Error>"


@source("B5.128", "contract: Answering")
@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("AccessDenied", PermissionError, id="denied", marks=only("s3")),
        pytest.param("InternalError", ConnectionError, id="failed", marks=only("s3")),
        pytest.param("SlowDown", ConnectionError, id="busy", marks=only("s3")),
    ],
)
def test_recursive_tells_what_one_answer_refuses(
    fs: Any, witness: Any, wire: Any, backend: Any, key: str, code: str, error: type[OSError]
) -> None:
    """Where the answer to a bulk deletion refuses some of its names, the error has their cause, class and names."""
    put_names(witness, ["day/b", "day/c", "other"])
    told = "".join(REFUSAL.format(backend.key_of(f"{key}/{name}"), code) for name in ("day/b", "day/c"))
    wire.fault("status", code=200, kind="delete", body=f"<DeleteResult>{told}</DeleteResult>")
    raised = failure_of(lambda: fs.rm("day", recursive=True))
    assert isinstance(raised, error)
    assert (isinstance(raised.__cause__, Exception), raised.filename) == (True, f"{fs.base_uri}/day")
    assert ("'day/b', 'day/c'" in str(raised), "'day'" in str(raised)) == (True, False)


@needs(NETWORK)
@source("contract: Retrying", "B5.128")
@pytest.mark.parametrize(
    "code", [pytest.param("InternalError", marks=only("s3")), pytest.param("SlowDown", marks=only("s3"))]
)
def test_recursive_mends_what_one_answer_refuses_for_the_moment(
    fs: Any, witness: Any, wire: Any, backend: Any, key: str, code: str
) -> None:
    """Names that the answer to a bulk deletion puts off are deleted by another request, and nothing is said."""
    put_names(witness, ["day/a", "day/b", "other"])
    told = "".join(REFUSAL.format(backend.key_of(f"{key}/{name}"), code) for name in ("day/a", "day/b", "day"))
    wire.fault("status", code=200, kind="delete", body=f"<DeleteResult>{told}</DeleteResult>", times=1)
    fs.rm("day", recursive=True)
    assert witness.keys() == ["other"]


def _listing(names: list[str]) -> str:
    """What an S3 server answers that has these objects."""
    entries = "".join(f"<Contents><Key>{name}</Key><Size>1</Size></Contents>" for name in names)
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"


@only("moto")
@source("B5.127", "B5.128", "contract: Answering")
@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        pytest.param(503, "SlowDown", ConnectionError, id="busy"),
        pytest.param(403, "AccessDenied", PermissionError, id="denied"),
        pytest.param(200, "AccessDenied", PermissionError, id="denied-by-name"),
    ],
)
def test_recursive_tells_what_a_later_answer_refuses(
    fs: Any, witness: Any, wire: Any, backend: Any, key: str, code: int, reason: str, error: type[OSError]
) -> None:
    """Where only the second request of a deletion is refused, the error has its cause and class, and that name.

    That so many objects are there is made up: the server says that what never was is gone too.
    """
    names = [f"day/{number:05}" for number in range(BATCH + 1)]
    put_names(witness, [names[0], names[-1]])
    keys = [backend.key_of(f"{key}/{name}") for name in names]
    wire.fault("status", code=200, kind="list", times=1, body=_listing(keys))
    refusal = f"<DeleteResult>{REFUSAL.format(keys[-1], reason)}</DeleteResult>"
    wire.fault("status", code=code, body=refusal, kind="delete", skip=1)
    told = failure_of(lambda: fs.rm("day", recursive=True))
    assert told is not None
    assert (isinstance(told, error), isinstance(told.__cause__, Exception)) == (True, True)
    assert (witness.keys(), [name for name in names if repr(name) in str(told)]) == (names[-1:], names[-1:])


@only("gs", "ftp")
@source("B5.127", "B5.128", "contract: Answering")
def test_recursive_tells_what_a_later_request_leaves(fs: Any, witness: Any, wire: Any, backend: Any) -> None:
    """Where a deletion fails after its first request, the error is a ConnectionError, and names what it left."""
    names = [f"day/{number:05}" for number in range(BATCHES.get(backend.scheme, 1) + 2)]
    put_names(witness, names)
    wire.fault("status", code=503, kind="delete", skip=1)
    told = failure_of(lambda: fs.rm("day", recursive=True))
    left = witness.keys()
    assert isinstance(told, ConnectionError)
    assert ([name for name in names if repr(name) in str(told)], 0 < len(left) < len(names)) == (left, True)


@source("B5.134")
def test_prefix_goes_with_its_last_object(fs: Any, witness: Any) -> None:
    """A prefix is gone from every listing when the last object below it is, on a disk too."""
    put_names(witness, ["day/hour/object", "other"])
    fs.rm("day/hour/object")
    assert (fs.ls(), fs.ls("day"), fs.isdir("day"), fs.isdir("day/hour")) == (["other"], [], False, False)


@source("B5.135", "B16.286")
@pytest.mark.parametrize("name", ["", "/"], ids=["empty", "slash"])
def test_base_is_refused(fs: Any, witness: Any, name: str, refused: Any) -> None:
    """Deleting the base itself is refused with ValueError, recursively too, and deletes nothing."""
    put_names(witness, ["object"])
    with refused(ValueError, match=r"name|base"):
        fs.rm(name, recursive=True)
    assert witness.keys() == ["object"]
