"""Writing: nothing is visible before a successful close, and everything is after it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import warnings
from array import array
from collections.abc import Callable
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, only, source
from conformance.blocks import BLOCK, small_blocks
from conformance.dying import dies, dies_half_way, disturbed
from conformance.writing import BodyError, failure_of, read, warned, write, write_and_fail
from fixtures.endpoint import EXCLUSIVE_CREATE, LIST, MULTIPART, NETWORK, WRITE

pytestmark = needs(WRITE)

BUFFERS: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "array-of-floats": lambda body: array("d", body),
}
"""What may be written besides NumPy arrays, made from bytes."""


@source("B2.44", "B2.68")
@pytest.mark.parametrize("kind", BUFFERS)
def test_takes_every_buffer(fs: Any, witness: Any, noise: Any, kind: str) -> None:
    """`write` takes any object with a buffer and returns the number of its bytes."""
    body = noise(8000)
    with fs.open("object", "wb") as stream:
        assert stream.write(BUFFERS[kind](body)) == 8000
    assert witness.get("object") == body


@source("B2.68")
def test_takes_numpy_arrays(fs: Any, witness: Any, rng: Any) -> None:
    """`write` takes a NumPy array as the bytes that it holds."""
    import numpy as np

    samples = np.array([rng.gauss(0, 1) for _ in range(1000)]).reshape(10, 100)
    with fs.open("object", "wb") as stream:
        assert stream.write(samples) == 8000
    assert witness.get("object") == samples.tobytes()


@embedded_backends()
@small_blocks
@source("B2.44", "B2.68")
@pytest.mark.parametrize("kind", [*BUFFERS, "numpy-array"])
def test_takes_every_buffer_behind_the_first_block(fs: Any, witness: Any, noise: Any, kind: str) -> None:
    """Every kind of buffer is stored byte by byte also where it follows more than a block."""
    import numpy as np

    make: Any = {**BUFFERS, "numpy-array": lambda body: np.frombuffer(body, "f8").reshape(-1, 100)}[kind]
    pieces = [noise(BLOCK + 8), noise(16_000), noise(24_000)]
    with fs.open("object", "wb") as stream:
        counts = [stream.write(pieces[0]), *(stream.write(make(piece)) for piece in pieces[1:])]
    assert (counts, witness.get("object") == b"".join(pieces)) == ([BLOCK + 8, 16_000, 24_000], True)


@source("B2.68")
def test_a_reused_buffer_does_not_change_what_was_written(fs: Any, witness: Any, noise: Any) -> None:
    """What is written is what the buffer held at that moment, even when the caller fills it anew before the close."""
    body = noise(8000)
    buffer = bytearray(body)
    with fs.open("object", "wb") as stream:
        stream.write(buffer)
        buffer[:] = bytes(8000)
    assert witness.get("object") == body


@source("B2.44")
def test_tell_counts_the_bytes(fs: Any, noise: Any) -> None:
    """`tell` of a stream that is open for writing is the number of bytes written so far."""
    with fs.open("object", "wb") as stream:
        positions = [stream.tell(), stream.write(noise(10)), stream.tell(), stream.write(noise(20)), stream.tell()]
    assert positions == [0, 10, 10, 20, 30]


@source("contract: Writing, since numpy and zipfile go back to write their headers")
def test_goes_back_to_rewrite(fs: Any, witness: Any) -> None:
    """A writer may go back and replace bytes before the close, as writers of zip and miniSEED files do."""
    with fs.open("object", "wb") as stream:
        stream.write(b"____content")
        stream.seek(0)
        stream.write(b"head")
        stream.seek(0, io.SEEK_END)
        stream.write(b"tail")
    assert witness.get("object") == b"headcontenttail"


def _back_and_forth(fs: Any, noise: Any, unit: int, where: int) -> bytes:
    """Write and move in a body of some units as in a file in memory, compare every answer, and return what is true."""
    true = io.BytesIO()
    asked: list[Any] = [
        ("write", noise(2 * unit - 100)),
        ("seek", 0),
        ("write", b"head"),
        ("seek", unit - 2),
        ("write", b"across"),
        ("seek", -7, io.SEEK_CUR),
        ("write", b"back"),
        ("seek", -50, io.SEEK_END),
        ("truncate",),
        ("write", noise(unit)),
        ("seek", where),
        ("write", noise(1000)),
        ("seek", 10, io.SEEK_END),
        ("write", b"behind a gap"),
        ("truncate", 3 * unit - 200),
        ("truncate", 5 * unit),
        ("seek", 0),
        ("seek", 3, io.SEEK_CUR),
        ("write", b"here"),
        ("seek", 0, io.SEEK_END),
        ("write", b"tail"),
        ("seek", -2, io.SEEK_CUR),
        ("truncate",),
    ]
    with fs.open("object", "wb") as stream:
        for name, *given in [each for step in asked for each in (step, ("tell",))]:
            assert getattr(stream, name)(*given) == getattr(true, name)(*given)
    return true.getvalue()


@embedded_backends()
@small_blocks
@source("contract: Writing, since numpy and zipfile go back to write their headers")
def test_large_body_is_written_as_a_file_in_memory(fs: Any, witness: Any, noise: Any, rng: Any) -> None:
    """Whatever a writer does in a body above the block size, back and forth, is stored as a file in memory holds it."""
    assert _back_and_forth(fs, noise, BLOCK, rng.randrange(BLOCK)) == witness.get("object")


@embedded_backends()
@small_blocks
@source("Python: io.BytesIO.seek, position behind the end")
def test_writes_of_nothing_behind_the_end_move_nothing(fs: Any, witness: Any) -> None:
    """Behind a gap above the block size, an empty write leaves the position, and what follows is written there."""
    true = io.BytesIO()
    asked: list[Any] = [("write", b"head"), ("seek", BLOCK + 10), ("write", b""), ("tell",), ("write", b"tail")]
    with fs.open("object", "wb") as stream:
        for name, *given in asked:
            assert getattr(stream, name)(*given) == getattr(true, name)(*given)
    assert witness.get("object") == true.getvalue()


@embedded_backends()
@source("contract: Writing, since numpy and zipfile go back to write their headers")
def test_small_body_is_written_as_a_file_in_memory(fs: Any, witness: Any, noise: Any, rng: Any) -> None:
    """Whatever a writer does in a body that never leaves memory is stored as a file in memory holds it."""
    assert _back_and_forth(fs, noise, 2000, rng.randrange(2000)) == witness.get("object")


@source("B2.47")
def test_needs_no_parents(fs: Any, witness: Any, noise: Any) -> None:
    """An object is written at any depth though nothing exists above it."""
    body = noise(100)
    with fs.open("a/b/c/d/e/object", "wb") as stream:
        stream.write(body)
    assert (witness.keys(), witness.get("a/b/c/d/e/object")) == (["a/b/c/d/e/object"], body)


@source("B2.51", "B2.67")
def test_is_invisible_before_close(fs: Any, witness: Any, noise: Any) -> None:
    """An object that is being written does not exist before the close, not even after a flush."""
    with fs.open("object", "wb") as stream:
        stream.write(noise(100_000))
        stream.flush()
        assert (witness.keys(), fs.exists("object")) == ([], False)
    assert (witness.keys(), fs.exists("object")) == (["object"], True)


@small_blocks
@source("B2.51", "B11.229")
def test_large_body_is_invisible_before_close(fs: Any, witness: Any, noise: Any) -> None:
    """While a body above the block size is written, its name holds what it held before."""
    witness.put("object", b"old")
    body = noise(2 * BLOCK + 1)
    with fs.open("object", "wb") as stream:
        stream.write(body)
        stream.flush()
        assert (witness.keys(), witness.get("object")) == (["object"], b"old")
    assert witness.get("object") == body


@small_blocks
@source("B2.53", "s3fs#154")
@pytest.mark.parametrize("size", [0, 1, 100_000, 2 * BLOCK + 1], ids=lambda size: f"{size}-bytes")
def test_publishes_nothing_when_the_body_raises(fs: Any, witness: Any, noise: Any, size: int, refused: Any) -> None:
    """An exception in the `with` body reaches the caller, publishes nothing and leaves no unfinished upload."""
    with refused(BodyError):
        write_and_fail(fs, "object", noise(size))
    assert (witness.keys(), witness.uploads()) == ([], [])


@source("B2.53")
def test_publishes_no_text_when_the_body_raises(fs: Any, witness: Any, refused: Any) -> None:
    """An exception in the `with` body of a text stream publishes nothing either."""
    with refused(BodyError):
        write_and_fail(fs, "note.txt", "half a sentence", "w")
    assert witness.keys() == []


@source("B2.53")
def test_open_context_publishes_nothing_when_the_body_raises(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """`open_context` publishes when its body ends, and nothing when it raises."""
    with fs.open_context("whole", "wb") as stream:
        stream.write(b"content")
    with refused(BodyError), fs.open_context("half", "wb") as stream:
        stream.write(noise(100))
        raise BodyError
    assert witness.keys() == ["whole"]


@source("B2.52", "B2.55")
def test_failed_overwrite_keeps_the_old_object(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """An exception in the `with` body leaves the object that was there exactly as it was."""
    witness.put("object", b"old")
    with refused(BodyError):
        write_and_fail(fs, "object", noise(100))
    assert witness.get("object") == b"old"


EXCLUSIVE = needs(EXCLUSIVE_CREATE, LIST)
FORGOTTEN: dict[str, tuple[str, str | bytes, Callable[[Any], Any]]] = {
    "binary": ("object", b"a", lambda fs: fs.open("object", "wb")),
    "text": ("object", "a", lambda fs: fs.open("object", "w")),
    "wrapped": ("object", "a", lambda fs: io.TextIOWrapper(fs.open("object", "wb"), "utf-8")),
    "create": ("object", b"a", lambda fs: fs.open("object", "xb")),
    "next-free": ("object.0", b"a", lambda fs: fs.open("object.0", "xb", next_free=True)),
    "next-free-text": ("object.0", "a", lambda fs: fs.open("object.0", "x", next_free=True)),
}
"""Ways to write that are never closed: the name that is asked for, a letter, and how it is opened."""
CREATES = ("create", "next-free", "next-free-text")
forgotten = pytest.mark.parametrize(
    "how", [pytest.param(how, marks=EXCLUSIVE) if how in CREATES else how for how in FORGOTTEN]
)


@embedded_backends()
@small_blocks
@source("B2.54", "issue: a writer that is never closed says nothing")
@pytest.mark.parametrize("size", [7, BLOCK + 1], ids=["small", "large"])
@forgotten
def test_a_forgotten_stream_publishes_nothing(fs: Any, witness: Any, how: str, size: int) -> None:
    """A stream that is never closed publishes nothing when its last reference goes, and ResourceWarning names it."""
    name, letter, start = FORGOTTEN[how]
    with warned() as told:
        stream = start(fs)
        stream.write(letter * size)
        del stream
    assert (witness.keys(), witness.uploads()) == ([], [])
    assert [(f"{fs.base_uri}/{name}" in each, "nothing was published" in each) for each in told] == [(True, True)]


def _lost(fs: Any, how: str) -> None:
    """Lose a stream here."""
    FORGOTTEN[how][2](fs)


@embedded_backends()
@source("issue: a writer that is never closed says nothing", "CPython: ResourceWarning of a file")
@forgotten
def test_a_forgotten_stream_tells_what_and_where(fs: Any, how: str) -> None:
    """The warning of a stream that is never closed has the stream as its source, and names the line that lost it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _lost(fs, how)
        found = [each for each in caught if each.category is ResourceWarning]
    text = isinstance(FORGOTTEN[how][1], str)
    assert [(each.filename, isinstance(each.source, io.TextIOBase)) for each in found] == [(__file__, text)]
    assert [isinstance(each.source, io.IOBase) for each in found] == [True]


@embedded_backends()
@source("issue: a writer that is never closed says nothing", "CPython: a warning that is an error")
@pytest.mark.parametrize("how", ["binary", "text", pytest.param("next-free-text", marks=EXCLUSIVE)])
def test_a_warning_that_is_an_error_publishes_nothing(
    fs: Any, witness: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Where ResourceWarning is made an error, a lost stream tells it as Python's own does, and publishes nothing."""
    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: told.append(problem.exc_type))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _lost(fs, how)
    assert (told, witness.keys()) == ([ResourceWarning], [])


@embedded_backends()
@source("CPython: detach")
def test_text_may_be_detached(fs: Any, witness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text's stream that gives its bytes away publishes nothing and says nothing; the bytes' own does both."""
    noise: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    with warned() as told:
        text = fs.open("object", "w")
        text.write("text")
        stream = text.detach()
        del text
    assert (told, noise, witness.keys(), stream.closed) == ([], [], [], False)
    stream.close()
    assert (noise, witness.get("object")) == ([], b"text")


@embedded_backends()
@source("contract: Answering")
@pytest.mark.parametrize("how", ["binary", "text"])
def test_stream_shows_its_address(fs: Any, how: str) -> None:
    """The repr of a stream that is written has the address of its object, and it says that it can seek and write."""
    with FORGOTTEN[how][2](fs) as stream:
        assert f"{fs.base_uri}/object" in repr(getattr(stream, "buffer", stream))
        assert (stream.seekable(), stream.writable(), stream.readable()) == (True, True, False)


TEXTS: dict[str, bytes | str] = {"wb": b"content", "w": "content"}
"""Mode → content for it."""


def _fail(fs: Any, mode: str) -> None:
    """Let the body of a `with` raise."""
    with contextlib.suppress(BodyError):
        write_and_fail(fs, "object", TEXTS[mode], mode)


def _lose(fs: Any, mode: str) -> None:
    """Let the publication fail, for an object is in the way or its name is; where neither is, write it."""
    stream = fs.open("object/below/object", mode)
    with contextlib.suppress(OSError):
        stream.close()


ENDS: dict[str, Callable[[Any, str], object]] = {
    "close": lambda fs, mode: fs.open("object", mode).close(),
    "with": lambda fs, mode: fs.open("object", mode).__exit__(None, None, None),
    "discard": lambda fs, mode: fs.open("object", mode).discard(),
    "exception": _fail,
    "failure": _lose,
    "refusal": lambda fs, mode: failure_of(lambda: fs.open("", mode)),
}
"""Every way to end a stream that is none to warn of."""


@embedded_backends()
@source("issue: a writer that is never closed says nothing")
@pytest.mark.parametrize("mode", ["wb", "w"], ids=["binary", "text"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_ended_stream_warns_of_nothing(fs: Any, witness: Any, mode: str, end: Any) -> None:
    """A stream that was closed, discarded, or ended by an exception or a failed publication is not warned of."""
    witness.put("object", b"content")
    with warned() as told:
        end(fs, mode)
    assert told == []


@source("issue: a writer that is never closed says nothing")
@pytest.mark.parametrize("mode", ["w", "r+"])
def test_a_loan_that_is_not_given_back_publishes_nothing(fs: Any, witness: Any, mode: str) -> None:
    """A lent file that is lost before it is given back publishes nothing, and ResourceWarning names its object."""
    witness.put("object", b"content")
    with warned() as told:
        loan = fs.local_path("object", mode)
        loan.__enter__().write_bytes(b"new")
        del loan
    assert witness.get("object") == b"content"
    assert [each for each in told if f"{fs.base_uri}/object" in each and "nothing was published" in each] != []


@source("B2.55")
@pytest.mark.parametrize("mode", ["wb", "w"], ids=["binary", "text"])
def test_discard_publishes_nothing(fs: Any, witness: Any, mode: str) -> None:
    """`discard` closes a stream without publishing, and a close after it does not publish either."""
    stream = fs.open("object", mode)
    stream.write({"wb": b"content", "w": "content"}[mode])
    stream.discard()
    stream.close()
    assert (stream.closed, witness.keys()) == (True, [])


@source("B1.16")
def test_second_close_does_nothing(fs: Any, witness: Any) -> None:
    """A second close does not publish again."""
    stream = fs.open("object", "wb")
    stream.write(b"first")
    stream.close()
    witness.put("object", b"another client's")
    stream.close()
    assert witness.get("object") == b"another client's"


@source("B2.45")
def test_after_close_raises(fs: Any, witness: Any, refused: Any) -> None:
    """Writing to a closed stream raises ValueError and changes nothing."""
    stream = fs.open("object", "wb")
    stream.write(b"content")
    stream.close()
    with refused(ValueError, match="closed"):
        stream.write(b"more")
    assert witness.get("object") == b"content"


@small_blocks
@source("B2.46", "B2.69", "B11.228", "B16.270")
@pytest.mark.parametrize(
    "size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 17], ids=lambda size: f"{size}-bytes"
)
def test_every_size_arrives_whole(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """A body of any size arrives whole, and no part of an upload stays behind."""
    body = noise(size)
    with fs.open("object", "wb") as stream:
        stream.write(body)
    assert witness.get("object") == body
    assert (witness.keys(), witness.uploads()) == (["object"], [])


@only("memory")
@source("B2.46", "B16.270")
@pytest.mark.parametrize("block", [None, BLOCK], ids=["one-block", "several-blocks"])
def test_body_above_16_mib_arrives_whole(fs: Any, subject: Any, witness: Any, noise: Any, block: int | None) -> None:
    """A body above 16 MiB is written and read whole, in one block and in several."""
    body = noise(16 * 1024**2 + 17)
    with contextlib.closing(subject.filesystem.NoizFileSystem(fs.base_uri, block_size=block)) as other:
        write(other, "object", body)
        witness.put("theirs", body)
        found = [witness.get("object"), read(other, "theirs"), other.read("theirs")]
    assert [each == body for each in found] == [True] * 3


@embedded_backends()
@needs(MULTIPART)
@small_blocks
@source("B2.46", "contract: Cost")
def test_parts_are_blocks(fs: Any, witness: Any, costs: Any, noise: Any) -> None:
    """A body of one block is one write; a longer one is cut into blocks, with one request to begin and one to end."""
    bodies = {size: noise(size) for size in (BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1)}
    for size, sent in ((BLOCK, {"write": 1}), (BLOCK + 1, {"part": 3, "complete": 1})):
        with costs(**sent):
            write(fs, str(size), bodies[size])
    for size, parts in ((2 * BLOCK, 2), (2 * BLOCK + 1, 3)):
        with costs(part=1 + parts, complete=1):
            write(fs, str(size), bodies[size])
    assert {size: witness.get(str(size)) == body for size, body in bodies.items()} == dict.fromkeys(bodies, True)
    with costs(write=1), fs.open("cut", "wb") as stream:
        stream.write(bodies[2 * BLOCK])
        stream.truncate(BLOCK)
    assert witness.get("cut") == bodies[2 * BLOCK][:BLOCK]


@only("moto")
@small_blocks
@source("contract: Writing", "contract: Answering")
def test_parts_that_cannot_be_dropped_are_told(
    fs: Any, backend: Any, key: str, wire: Any, caplog: pytest.LogCaptureFixture, refused: Any
) -> None:
    """Where parts cannot even be dropped, the write fails by what was wrong before, and the log says what is left."""
    wire.fault("status", code=500, kind="complete")
    wire.fault("status", code=403, kind="delete")
    with refused(ConnectionError, leaves=["object"]) as caught:
        write(fs, "object", bytes(BLOCK + 1))
    told = [each.getMessage() for each in caplog.records if "unfinished upload" in each.getMessage()]
    assert [text.partition(" are left behind: ")[0] for text in told] == [
        f"parts of an unfinished upload of {key}/object"
    ]
    assert "403" in told[0] or "denied" in told[0].lower()
    assert (caught.value.filename, "500" in str(caught.value)) == (backend.base_uri(f"{key}/object"), True)


@small_blocks
@source("B2.69", "B2.70", "B2.58")
def test_odd_pieces_arrive_in_order(fs: Any, witness: Any, noise: Any) -> None:
    """A body written in pieces that never meet the block size arrives whole and in order."""
    body = noise(2 * BLOCK + 17)
    step = 999_983
    with fs.open("object", "wb") as stream:
        stream.writelines(body[start : start + step] for start in range(0, len(body), step))
    assert witness.get("object") == body


@source("B1.20")
@pytest.mark.parametrize(
    ("options", "stored"),
    [
        ({}, "Zürich\nBern\n".encode()),
        ({"encoding": "latin-1"}, "Zürich\nBern\n".encode("latin-1")),
        ({"newline": "\r\n"}, "Zürich\r\nBern\r\n".encode()),
    ],
    ids=["default", "latin-1", "carriage-return"],
)
def test_encodes_text(fs: Any, witness: Any, options: dict[str, str], stored: bytes) -> None:
    """Text is stored as UTF-8 with its line ends as they are, or as `encoding` and `newline` ask."""
    with fs.open("note.txt", "w", **options) as stream:
        stream.write("Zürich\nBern\n")
    assert witness.get("note.txt") == stored


TEXT: dict[str, dict[str, Any]] = {
    "utf-8": {},
    "mark": {"encoding": "utf-8-sig"},
    "utf-16": {"encoding": "utf-16"},
    "utf-32-le": {"encoding": "utf-32-le"},
    "replace": {"encoding": "ascii", "errors": "replace"},
    "ignore": {"encoding": "latin-1", "errors": "ignore"},
    "escapes": {"encoding": "ascii", "errors": "backslashreplace"},
    "references": {"encoding": "cp1252", "errors": "xmlcharrefreplace"},
    "carriage-return": {"newline": "\r"},
    "both": {"newline": "\r\n"},
    "as-they-are": {"newline": ""},
    "line-feed": {"newline": "\n"},
}
"""Ways to write text."""


WAYS: dict[str, Callable[..., Any]] = {
    "overwritten": lambda fs, **options: fs.open("note.0", "w", **options),
    "created": lambda fs, **options: fs.open("note.0", "x", **options),
    "next-free": lambda fs, **options: fs.open("note.0", "x", next_free=True, **options),
    "context": lambda fs, **options: fs.open_context("note.0", "w", **options),
}
"""Ways to open a text that is written."""
every_way = pytest.mark.parametrize(
    "way", [pytest.param(way, marks=EXCLUSIVE) if way in ("created", "next-free") else way for way in WAYS]
)


@embedded_backends()
@source("B1.20")
@every_way
@pytest.mark.parametrize("options", TEXT.values(), ids=TEXT)
def test_text_is_written_as_python_writes_it(fs: Any, witness: Any, options: dict[str, Any], way: str) -> None:
    """Text is encoded, with what the encoding lacks and its line ends treated, as Python's own file does it."""
    true, texts = io.BytesIO(), ["Zürich\n", "世\r\n😀\rend"]
    expected = io.TextIOWrapper(true, **{"encoding": "utf-8", **options})
    with WAYS[way](fs, **options) as stream:
        assert [stream.write(text) for text in texts] == [expected.write(text) for text in texts]
    expected.flush()
    assert witness.get("note.0") == true.getvalue()


@embedded_backends()
@source("B1.20", "https://docs.python.org/3/library/codecs.html#error-handlers")
@every_way
@pytest.mark.parametrize("errors", ["surrogateescape", "surrogatepass", "replace", "ignore", "backslashreplace"])
def test_what_utf_8_lacks_is_treated_as_asked(fs: Any, witness: Any, way: str, errors: str) -> None:
    """A lone surrogate, such as Python makes of a foreign byte in a name, is written as `errors` says, in UTF-8 too."""
    text = "a\udce9b\n"
    with WAYS[way](fs, errors=errors) as stream:
        stream.write(text)
    assert witness.get("note.0") == text.encode("utf-8", errors)


@embedded_backends()
@source("B1.20", "B2.53")
@pytest.mark.parametrize("options", [{"encoding": "latin-1"}, {}], ids=["latin-1", "utf-8"])
def test_text_that_cannot_be_encoded_is_not_published(
    fs: Any, witness: Any, options: dict[str, Any], refused: Any
) -> None:
    """A character that the encoding lacks raises UnicodeEncodeError, and the text that was there stays."""
    witness.put("note.txt", b"old")
    with refused(UnicodeEncodeError), fs.open("note.txt", "w", **options) as stream:
        stream.write("a\ud800世")
    assert witness.get("note.txt") == b"old"


@embedded_backends()
@small_blocks
@source("B1.20", "B2.69")
def test_large_text_arrives_whole(fs: Any, witness: Any) -> None:
    """A text above the block size arrives whole, what was still buffered at the close included."""
    text = "aé世😀\n" * (BLOCK // 11 + 1000)
    with fs.open("note.txt", "w") as stream:
        for start in range(0, len(text), 99_991):
            stream.write(text[start : start + 99_991])
    assert witness.get("note.txt") == text.encode()


def _closed(fs: Any, mode: str, content: bytes | str) -> None:
    stream = fs.open("object", mode)
    stream.write(content)
    stream.close()


def _ended(fs: Any, mode: str, content: bytes | str) -> None:
    with fs.open("object", mode) as stream:
        stream.write(content)


def _lent(fs: Any, mode: str, content: bytes | str) -> None:
    with fs.open_context("object", mode) as stream:
        stream.write(content)


@embedded_backends()
@needs(NETWORK)
@source("contract: Writing", "contract: Answering", "B2.55")
@pytest.mark.parametrize(
    "mode",
    ["wb", "w", pytest.param("xb", marks=needs(EXCLUSIVE_CREATE)), pytest.param("x", marks=needs(EXCLUSIVE_CREATE))],
)
@pytest.mark.parametrize("end", [_closed, _ended, _lent], ids=["close", "with", "context"])
def test_close_that_fails_says_so(
    fs: Any, witness: Any, wire: Any, end: Callable[..., None], mode: str, refused: Any
) -> None:
    """Where the server does not take what was written, the close raises ConnectionError, of bytes and of text alike."""
    witness.put("other", b"old")
    wire.fault("status", code=503)
    with refused(ConnectionError):
        end(fs, mode, {"wb": b"new", "w": "new"}[mode.replace("x", "w")])
    assert witness.keys() == ["other"]


@source("contract: Writing", "B2.61")
@needs(EXCLUSIVE_CREATE)
@pytest.mark.parametrize("end", [_closed, _ended, _lent], ids=["close", "with", "context"])
@pytest.mark.parametrize("text", ["", "mine"], ids=["empty", "short"])
def test_text_does_not_take_a_taken_name(
    fs: Any, witness: Any, end: Callable[..., None], text: str, refused: Any
) -> None:
    """Text that is to be created under a taken name raises FileExistsError, and the object there stays as it was."""
    witness.put("object", b"theirs")
    with refused(FileExistsError):
        end(fs, "x", text)
    assert witness.get("object") == b"theirs"


@source("B2.61", "B2.65")
@pytest.mark.parametrize("mode", ["a", "ab", "r+", "r+b", "rb+", "w+", "w+b", "x+b"])
def test_modes_no_store_has_are_refused_before_any_damage(fs: Any, witness: Any, mode: str, refused: Any) -> None:
    """Appending and updating in place raise io.UnsupportedOperation at open, and the object stays as it was."""
    witness.put("object", b"content")
    with refused(io.UnsupportedOperation):
        fs.open("object", mode)


@pytest.mark.parametrize("mode", ["", "b", "rw", "wx", "wbt", "U", "w "])
def test_unknown_modes_are_refused(fs: Any, witness: Any, mode: str, refused: Any) -> None:
    """A mode that is none raises ValueError at open, and the object stays as it was."""
    witness.put("object", b"content")
    with refused(ValueError, match="mode"):
        fs.open("object", mode)


def test_refuses_to_read(fs: Any, refused: Any) -> None:
    """A stream that was opened for writing says that it is not readable, and a read raises UnsupportedOperation."""
    with fs.open("object", "wb") as stream:
        assert (stream.readable(), stream.writable()) == (False, True)
        with refused(io.UnsupportedOperation):
            stream.read()


@source("B2.66")
def test_can_be_cut_short_before_close(fs: Any, witness: Any) -> None:
    """A body that is truncated before the close is stored as far as it was kept."""
    with fs.open("object", "wb") as stream:
        stream.write(b"content that is too long")
        assert stream.truncate(7) == 7
    assert witness.get("object") == b"content"


@small_blocks
@source("B2.56")
@pytest.mark.parametrize(
    "kind", [KeyboardInterrupt, asyncio.CancelledError, GeneratorExit], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("size", [1000, 2 * BLOCK + 1], ids=lambda size: f"{size}-bytes")
def test_cancelled_write_publishes_nothing(
    fs: Any, witness: Any, noise: Any, kind: type[BaseException], size: int, refused: Any
) -> None:
    """A write that is cancelled in its middle, by whatever cancels Python code, leaves the old object and no other."""
    witness.put("object", b"old")
    with refused(kind), fs.open("object", "wb") as stream:
        stream.write(noise(size))
        raise kind
    assert (witness.keys(), witness.get("object")) == (["object"], b"old")


@small_blocks
@source("B2.78", "B11.232", "B G9")
@pytest.mark.parametrize(
    ("end", "leaves"),
    [
        pytest.param(dies, [], id="writing"),
        pytest.param(dies_half_way, ["object"], id="sending", marks=needs(MULTIPART)),
    ],
)
def test_killed_writer_leaves_the_old_object(
    subject: Any,
    witness: Any,
    channel: Any,
    in_processes: Any,
    noise: Any,
    refused: Any,
    end: Callable[..., object],
    leaves: list[str],
) -> None:
    """A process killed before its large body became an object leaves the old one, at most with parts that none sees."""
    witness.put("object", b"acknowledged")
    with disturbed(channel), refused(RuntimeError, match="died", leaves=leaves):
        in_processes(end, 1, subject, noise(2 * BLOCK + 1))
    assert (witness.keys(), witness.get("object")) == (["object"], b"acknowledged")
