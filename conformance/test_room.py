"""Room on this machine: what does not fit among its temporary files is an error, and nothing of it is published."""

from __future__ import annotations

import errno
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, only, source
from conformance.blocks import BLOCK, small_blocks
from conformance.writing import BodyError, failure_of, warned
from fixtures.endpoint import WRITE

pytestmark = [needs(WRITE), embedded_backends(), small_blocks]

Room = Callable[[int], AbstractContextManager[None]]
LETTERS: dict[str, Any] = {"wb": b"a", "w": "a"}
"""Mode → what a body is made of."""


@pytest.fixture
def room() -> Room:
    """`with room(n)`: no file of this process becomes longer than n bytes, as on a disk that is full."""

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """`nowhere()`: from now on the directory for temporary files is one that is not there."""
    return lambda: monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nothing"))


def _told(error: OSError | None) -> tuple[object, ...]:
    """What an error says: its number, its object, whether it says what to do, and whether the disk's own is kept."""
    if error is None:
        return ()
    return error.errno, error.filename, "TMPDIR" in str(error), isinstance(error.__cause__, OSError)


ROOMS = {"none": 0, "little": BLOCK + 1000, "some": 2 * BLOCK}
ENDS: dict[str, tuple[Callable[[Any], object], bool]] = {
    "close": (lambda stream: stream.close(), True),
    "with": (lambda stream: stream.__exit__(None, None, None), True),
    "discard": (lambda stream: stream.discard(), False),
    "exception": (lambda stream: stream.__exit__(BodyError, BodyError(), None), False),
}
"""Ways to end a stream, and whether they would publish."""


def _fill(stream: Any, letter: Any) -> None:
    """Write a block and two and a half, and have it all leave Python's own buffers."""
    stream.write(letter * (BLOCK + 1))
    for _ in range(5):
        stream.write(letter * (BLOCK // 2))
    stream.seek(0)


@source("contract: Writing", "contract: Answering")
@pytest.mark.parametrize("mode", LETTERS)
@pytest.mark.parametrize("size", ROOMS)
@pytest.mark.parametrize("end", ENDS)
def test_body_that_finds_none(
    fs: Any, backend: Any, key: str, witness: Any, unchanged: Any, room: Room, size: str, mode: str, end: str
) -> None:
    """A body that finds no room raises OSError with the disk's number, and is lost whole, whoever closes it later."""
    witness.put("object", b"old")
    stream, (ended, publishes) = fs.open("object", mode), ENDS[end]
    with room(ROOMS[size]), unchanged():
        told = _told(failure_of(lambda: _fill(stream, LETTERS[mode])))
    assert told == (errno.EFBIG, backend.base_uri(f"{key}/object"), True, True)
    assert _told(failure_of(lambda: ended(stream))) == (told if publishes else ())
    assert (stream.closed, witness.get("object")) == (True, b"old")


@source("contract: Writing", "contract: Living")
@pytest.mark.parametrize("mode", LETTERS)
@pytest.mark.parametrize("size", ROOMS)
def test_nothing_is_held_where_there_is_none(fs: Any, witness: Any, room: Room, size: str, mode: str) -> None:
    """A temporary file that could not hold a body is closed at once: ResourceWarning tells of the stream alone."""
    with warned() as told, room(ROOMS[size]):
        stream = fs.open("object", mode)
        failure = _told(failure_of(partial(_fill, stream, LETTERS[mode])))
        del stream
    assert failure != ()
    assert ([f"{fs.base_uri}/object" in each for each in told], witness.keys()) == ([True], [])


@source("contract: Writing")
def test_body_of_one_block_needs_none(fs: Any, witness: Any, noise: Any, room: Room) -> None:
    """A body up to the block size is kept in memory until the close, and needs no room on this machine."""
    body, stream = noise(BLOCK), fs.open("object", "wb")
    with room(0):
        stream.write(body[:-1])
        stream.write(body[-1:])
        stream.seek(0)
    stream.close()
    assert witness.get("object") == body


LAST: dict[str, Callable[[Any], object]] = {
    "close": lambda stream: stream.close(),
    "seek": lambda stream: stream.seek(0),
    "truncate": lambda stream: stream.truncate(3),
    "write": lambda stream: stream.write(bytes(100_000)),
}
"""What sends the last bytes on from Python's own buffers."""


@source("contract: Writing", "contract: Answering")
@pytest.mark.parametrize("act", LAST)
def test_end_that_finds_none(fs: Any, backend: Any, key: str, witness: Any, refused: Any, room: Room, act: str) -> None:
    """Where only the last bytes find no room, that is said as soon as it shows, and nothing is published."""
    stream = fs.open("object", "wb")
    stream.write(bytes(BLOCK + 1))
    stream.write(b"the end")
    with room(BLOCK + 2), refused(OSError) as caught:
        LAST[act](stream)
    assert _told(caught.value) == (errno.EFBIG, backend.base_uri(f"{key}/object"), True, True)
    failure = failure_of(stream.close)
    assert (failure is None, stream.closed, witness.keys()) == (act == "close", True, [])


@source("contract: Writing", "contract: Answering")
@pytest.mark.parametrize(("mode", "size"), [("wb", 9000), ("w", 9000), ("w", 7)], ids=["bytes", "text", "end-of-text"])
def test_directory_that_is_not_there(
    fs: Any, backend: Any, key: str, witness: Any, nowhere: Callable[[], None], mode: str, size: int
) -> None:
    """A missing directory for temporary files is said at the close too, and what was written is not published."""
    stream = fs.open("object", mode)
    stream.write(LETTERS[mode] * BLOCK)
    nowhere()
    failures = [failure_of(lambda: stream.write(LETTERS[mode] * size)), failure_of(stream.close)]
    told = [_told(failure) for failure in failures if failure]
    assert told == [(errno.ENOENT, backend.base_uri(f"{key}/object"), True, True)] * len(told)
    assert (told != [], stream.closed, witness.keys()) == (True, True, [])


@source("contract: Surface", "contract: Answering")
@pytest.mark.parametrize("mode", ["w", "r+", pytest.param("r", marks=only("memory", "moto"))])
def test_loan_that_finds_none(
    fs: Any, backend: Any, key: str, witness: Any, refused: Any, nowhere: Callable[[], None], mode: str
) -> None:
    """A loan for which there is no directory for temporary files raises OSError that names the object."""
    witness.put("object", b"old")
    nowhere()
    with refused(OSError) as caught, fs.local_path("object", mode):
        pass
    assert _told(caught.value) == (errno.ENOENT, backend.base_uri(f"{key}/object"), True, True)


@source("contract: Surface", "contract: Answering")
@pytest.mark.parametrize("mode", ["r+", pytest.param("r", marks=only("memory", "moto"))])
def test_content_on_loan_that_finds_none(
    fs: Any, backend: Any, key: str, witness: Any, refused: Any, room: Room, mode: str
) -> None:
    """Content that finds no room when it is lent raises OSError that names the object, which stays as it was."""
    witness.put("object", bytes(1000))
    with room(100), refused(OSError) as caught, fs.local_path("object", mode):
        pass
    assert _told(caught.value) == (errno.EFBIG, backend.base_uri(f"{key}/object"), True, True)


@only("moto")
@source("contract: Writing", "contract: Answering")
@pytest.mark.parametrize("end", ["copy", "move"])
def test_copy_that_finds_none(fs: Any, witness: Any, refused: Any, room: Room, end: str) -> None:
    """A large copy that has to lie here for a while, and finds no room, raises OSError, and nothing is lost."""
    witness.put("a?versionId=1", bytes(BLOCK + 1))
    with room(1000), refused(OSError) as caught:
        getattr(fs, end)("a?versionId=1", "target")
    assert (caught.value.errno, "TMPDIR" in str(caught.value)) == (errno.EFBIG, True)
    assert (caught.value.filename, caught.value.filename2) == (f"{fs.base_uri}/a?versionId=1", f"{fs.base_uri}/target")
