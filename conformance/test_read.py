"""Reading: a read returns one version whole, or an error."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, one_of_each_engine, sees, source
from conformance.blocks import BLOCK, small_blocks
from conformance.writing import warned, write
from fixtures.endpoint import EXCLUSIVE_CREATE, RANGES, WHOLE_BODIES, WRITE


@source("B1.1", "B1.2")
@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537], ids=lambda size: f"{size}-bytes")
def test_returns_what_the_witness_wrote(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """A read returns every byte that another client wrote."""
    body = noise(size)
    witness.put("object", body)
    with fs.open("object", "rb") as stream:
        assert stream.read() == body


@source("B1.3")
def test_missing_raises_not_found(fs: Any, refused: Any) -> None:
    """Opening an object that does not exist raises FileNotFoundError at open, not at the first read."""
    with refused(FileNotFoundError):
        fs.open("nothing/here.npy", "rb")


@source("B1.4", "B1.5")
@pytest.mark.parametrize("method", ["open", "read"])
def test_prefix_is_no_object(fs: Any, witness: Any, refused: Any, method: str) -> None:
    """Opening a name that only objects lie below raises FileNotFoundError, or IsADirectoryError, at open."""
    witness.put("day/object", b"content")
    with refused((FileNotFoundError, IsADirectoryError)):
        getattr(fs, method)("day")


@source("contract: Cost")
def test_costs_one_get(fs: Any, witness: Any, noise: Any, costs: Any) -> None:
    """Reading a whole object costs exactly one request, opening it included."""
    witness.put("object", noise(65_536))
    with costs(read=1), fs.open("object", "rb") as stream:
        stream.read()


@source("B1.6")
def test_is_short_at_the_end_then_empty(fs: Any, witness: Any, noise: Any) -> None:
    """A read that asks for more than is left returns the rest, and every later one returns nothing."""
    body = noise(1000)
    witness.put("object", body)
    with fs.open("object") as stream:
        assert [stream.read(600), stream.read(600), stream.read(600), stream.read()] == [
            body[:600],
            body[600:],
            b"",
            b"",
        ]


@source("B1.7", "B1.8")
@pytest.mark.parametrize(
    ("offset", "whence", "position"),
    [(30, io.SEEK_SET, 30), (5, io.SEEK_CUR, 15), (-5, io.SEEK_CUR, 5), (-1, io.SEEK_END, 99), (0, io.SEEK_END, 100)],
    ids=["from-start", "forwards", "backwards", "last-byte", "end"],
)
def test_seek_and_tell_agree(fs: Any, witness: Any, noise: Any, offset: int, whence: int, position: int) -> None:
    """After a seek from the start, the position or the end, `tell` and the next read are at the place it returned."""
    body = noise(100)
    witness.put("object", body)
    with fs.open("object") as stream:
        stream.read(10)
        assert (stream.seek(offset, whence), stream.tell(), stream.read()) == (position, position, body[position:])


@small_blocks
@source("B1.9")
@pytest.mark.parametrize("size", [100, BLOCK + 1], ids=lambda size: f"{size}-bytes")
def test_negative_seek_raises_and_keeps_the_position(
    fs: Any, witness: Any, noise: Any, size: int, refused: Any
) -> None:
    """A seek to before the start raises ValueError or OSError, and the next read goes on where the last one ended."""
    body = noise(size)
    witness.put("object", body)
    with fs.open("object") as stream:
        stream.read(10)
        with refused((ValueError, OSError)):
            stream.seek(-1)
        assert stream.read() == body[10:]


@small_blocks
@source("B1.10", "B1.11")
@pytest.mark.parametrize("size", [0, 100, BLOCK + 1], ids=lambda size: f"{size}-bytes")
def test_past_the_end_is_empty_and_recovers(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """A read past the end returns nothing, and after a seek back the stream reads as before."""
    body = noise(size)
    witness.put("object", body)
    with fs.open("object") as stream:
        stream.seek(size + 1_000_000)
        assert stream.read() == b""
        stream.seek(0)
        assert stream.read() == body


@source("B1.14", "B1.15")
@pytest.mark.parametrize("method", ["read", "readline", "tell"])
def test_after_close_raises(fs: Any, witness: Any, method: str, refused: Any) -> None:
    """A closed stream refuses to be used with ValueError, and a second close does nothing."""
    witness.put("object", b"content")
    stream = fs.open("object")
    stream.close()
    stream.close()
    with refused(ValueError, match="closed"):
        getattr(stream, method)()


@source("B1.17")
def test_two_handles_are_independent(fs: Any, witness: Any, noise: Any) -> None:
    """Two streams on one object each have their own position, also after one of them is closed."""
    body = noise(100)
    witness.put("object", body)
    with fs.open("object") as first:
        with fs.open("object") as second:
            first.read(10)
            assert second.read(20) == body[:20]
        assert first.read(20) == body[10:30]


@source("B1.19")
def test_readinto_fills_a_buffer(fs: Any, witness: Any, noise: Any) -> None:
    """`readinto` puts the bytes into a memoryview, says how many, and leaves the rest of the buffer alone."""
    body = noise(100)
    witness.put("object", body)
    buffer = bytearray(b"-" * 70)
    with fs.open("object") as stream:
        counts = [stream.readinto(memoryview(buffer)), stream.readinto(memoryview(buffer))]
    assert (counts, bytes(buffer)) == ([70, 30], body[70:] + body[30:70])


@source("B1.20")
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_decodes_text(fs: Any, witness: Any, encoding: str) -> None:
    """A text stream decodes with the encoding that it was asked for."""
    text = "Großer Belchen, 1423 m ± 5 m\nzweite Zeile"
    witness.put("note.txt", text.encode(encoding))
    with fs.open("note.txt", "rt", encoding=encoding) as stream:
        assert stream.read() == text


@source("B1.20")
@pytest.mark.parametrize(
    ("newline", "lines"),
    [(None, ["a\n", "b\n", "c"]), ("", ["a\r\n", "b\n", "c"]), ("\n", ["a\r\n", "b\n", "c"])],
    ids=["universal", "untranslated", "line-feed"],
)
def test_translates_line_ends_as_asked(fs: Any, witness: Any, newline: str | None, lines: list[str]) -> None:
    """A text stream treats line ends as Python's own `open` does for the same `newline`."""
    witness.put("note.txt", b"a\r\nb\nc")
    with fs.open("note.txt", "r", newline=newline) as stream:
        assert list(stream) == lines


@embedded_backends()
@source("B1.20")
@pytest.mark.parametrize(
    ("body", "options"),
    [
        (b"a\xffb\xe9", {"errors": "replace"}),
        (b"a\xffb\xe9", {"errors": "ignore"}),
        (b"a\xffb\xe9", {"errors": "backslashreplace"}),
        (b"a\xffb\xe9", {"errors": "surrogateescape"}),
        (b"a\x81\xe9", {"encoding": "cp1252", "errors": "replace"}),
        (b"\xef\xbb\xbfa", {"encoding": "utf-8-sig"}),
        (b"\xef\xbb\xbfa", {}),
        ("Zürich".encode("utf-16"), {"encoding": "utf-16"}),
        ("Zürich".encode("utf-16-be"), {"encoding": "utf-16-be"}),
        ("日本".encode("shift_jis"), {"encoding": "shift_jis"}),
        (b"a\rb\r\nc\n", {"newline": "\r"}),
        (b"a\rb\r\nc\n", {"newline": "\r\n"}),
        (b"a\rb\r\nc\n", {"newline": None}),
    ],
    ids=[
        *("replace", "ignore", "backslashreplace", "surrogateescape", "replace-in-cp1252", "mark", "mark-kept"),
        *("utf-16", "utf-16-be", "shift-jis", "carriage-return", "both", "universal"),
    ],
)
def test_text_is_read_as_python_reads_it(fs: Any, witness: Any, body: bytes, options: dict[str, Any]) -> None:
    """A text stream decodes, treats what it cannot decode, and ends lines as Python's own does for these options."""
    witness.put("note.txt", body)
    with fs.open("note.txt", "r", **options) as stream:
        lines = list(stream)
    assert lines == list(io.TextIOWrapper(io.BytesIO(body), **{"encoding": "utf-8", **options}))


@one_of_each_engine()
@small_blocks
@source("B1.18", "B1.20")
def test_characters_cross_block_boundaries(fs: Any, witness: Any) -> None:
    """A large text arrives whole, the characters of several bytes that a block or a chunk cuts included."""
    text = "aé世😀\n" * (BLOCK // 11 + 100_000)
    witness.put("note.txt", text.encode())
    with fs.open("note.txt", "r") as stream:
        first = stream.readline()
        same = first + stream.read() == text  # too long to be shown
    assert same


@source("B1.20")
def test_text_is_utf8_and_checked(fs: Any, witness: Any, refused: Any) -> None:
    """Text is UTF-8 unless asked otherwise, and bytes that are none raise UnicodeDecodeError."""
    witness.put("note.txt", "Zürich".encode("latin-1"))
    with fs.open("note.txt", "r") as stream, refused(UnicodeDecodeError):
        stream.read()


def test_refuses_to_write(fs: Any, witness: Any, refused: Any) -> None:
    """A stream that was opened for reading says that it is not writable, and a write raises UnsupportedOperation."""
    witness.put("object", b"content")
    with fs.open("object") as stream:
        assert (stream.readable(), stream.writable(), stream.seekable()) == (True, False, True)
        with refused(io.UnsupportedOperation):
            stream.write(b"x")


@source("Noiz design: open_context")
def test_open_context_reads(fs: Any, witness: Any, noise: Any) -> None:
    """`open_context` lends a stream and closes it when its body ends."""
    body = noise(100)
    witness.put("object", body)
    with fs.open_context("object", "rb") as stream:
        assert stream.read() == body
    assert stream.closed


@small_blocks
@source("B1.1", "B1.2")
@pytest.mark.parametrize("size", [0, 1, BLOCK + 1], ids=lambda size: f"{size}-bytes")
def test_whole_object_in_one_call(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """`read` of a file system returns the whole object, be it empty or larger than a block."""
    body = noise(size)
    witness.put("object", body)
    assert fs.read("object") == body


@source("B1.22", "B1.27")
@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 1, slice(0, 1)), (10, 20, slice(10, 30)), (90, 50, slice(90, 100)), (50, None, slice(50, 100))],
    ids=["first-byte", "middle", "clamped", "to-the-end"],
)
def test_window(fs: Any, witness: Any, noise: Any, offset: int, length: int | None, expected: slice) -> None:
    """A window is the bytes from its offset on, as many as asked for or as many as there are."""
    body = noise(100)
    witness.put("object", body)
    assert fs.read("object", offset, length) == body[expected]


@source("B1.28", "B1.29")
@pytest.mark.parametrize(("size", "offset"), [(100, 100), (100, 5000), (0, 0)], ids=["end", "beyond", "empty"])
def test_window_past_the_end_raises(fs: Any, witness: Any, noise: Any, size: int, offset: int, refused: Any) -> None:
    """A window that starts at or past the end of an object raises ValueError, on an empty object always."""
    witness.put("object", noise(size))
    with refused(ValueError):
        fs.read("object", offset, 10)


@source("B1.24", "B1.25", "B1.26", "B1.32")
@pytest.mark.parametrize(("offset", "length"), [(-1, 10), (-10, None), (0, 0), (5, -1)])
def test_impossible_window_is_refused(
    fs: Any, witness: Any, costs: Any, offset: int, length: int | None, refused: Any
) -> None:
    """A window with a negative offset, or of no bytes, raises ValueError before any request."""
    witness.put("object", b"content")
    with costs(), refused(ValueError, match="range"):
        fs.read("object", offset, length)


@small_blocks
@source("B1.1", "B1.34")
@pytest.mark.parametrize(
    "size", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 17], ids=lambda size: f"{size}-bytes"
)
def test_large_object_is_read_whole(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """An object around and above the block size is read whole, to the last byte."""
    body = noise(size)
    witness.put("object", body)
    with fs.open("object") as stream:
        assert stream.read() == body


@small_blocks
@source("contract: Living")
def test_unread_large_objects_hold_no_connection(fs: Any, witness: Any, noise: Any) -> None:
    """Large objects that are opened and closed unread, more of them than a client has connections, hold none."""
    body = noise(BLOCK + 1)
    witness.put("object", body)
    for _ in range(12):
        fs.open("object").close()
    assert fs.read("object") == body


@small_blocks
@source("B1.13")
def test_random_jumps_return_the_right_bytes(fs: Any, witness: Any, noise: Any, rng: Any) -> None:
    """Reads at random places of a large object, across its block boundaries too, return the bytes that are there."""
    body = noise(2 * BLOCK + 17)
    witness.put("object", body)
    places = [BLOCK - 5, 2 * BLOCK - 5, len(body) - 5, 0, *(rng.randrange(len(body)) for _ in range(6))]
    with fs.open("object") as stream:
        found = [(stream.seek(place), stream.read(1000)) for place in places]
    assert found == [(place, body[place : place + 1000]) for place in places]


@one_of_each_engine()
@small_blocks
@source("B1.7", "B1.8", "B1.13")
@pytest.mark.parametrize("size", [2 * BLOCK, 2 * BLOCK + 17], ids=["two-blocks", "and-more"])
def test_large_object_is_read_as_a_file_in_memory(fs: Any, witness: Any, noise: Any, rng: Any, size: int) -> None:
    """Whatever is asked of a large object's stream, from any place, it answers as a file in memory does."""
    body = noise(size)
    witness.put("object", body)
    true = io.BytesIO(body)
    asked = [
        ("seek", -BLOCK, io.SEEK_END),
        ("read", 100),
        ("seek", -1, io.SEEK_END),
        ("read", 10),
        ("seek", 0, io.SEEK_END),
        ("read", 1),
        ("seek", BLOCK, io.SEEK_SET),
        ("read", BLOCK),
        ("seek", -BLOCK - 3, io.SEEK_CUR),
        ("read", 7),
        ("seek", 3, io.SEEK_CUR),
        ("readline",),
        ("seek", rng.randrange(size), io.SEEK_SET),
        ("read",),
    ]
    with fs.open("object") as stream:
        assert _first_difference(stream, true, [each for step in asked for each in (step, ("tell",))]) is None


def _first_difference(stream: Any, true: Any, calls: list[Any]) -> Any:
    """The first of these calls that two files answer differently; the answers may be too long to be shown."""
    return next((call for call in calls if _ask(stream, call) != _ask(true, call)), None)


def _ask(file: Any, call: Any) -> Any:
    return getattr(file, call[0])(*call[1:])


@embedded_backends()
@needs(RANGES)
@small_blocks
@source("B1.22", "B1.27")
@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, BLOCK), (BLOCK, BLOCK), (BLOCK - 1, 2), (2 * BLOCK - 1, None), (1, 2 * BLOCK), (BLOCK, None)],
    ids=["first", "last", "across", "last-byte", "all-but-one", "rest"],
)
def test_window_of_whole_blocks(fs: Any, witness: Any, noise: Any, offset: int, length: int | None) -> None:
    """A window that begins or ends where a block does, or is longer than one, is those bytes and no other."""
    body = noise(2 * BLOCK)
    witness.put("object", body)
    assert fs.read("object", offset, length) == body[offset : len(body) if length is None else offset + length]


WRITTEN = {
    "short": ("wb", 1000),
    "parts": ("wb", BLOCK + 1000),
    "created": ("xb", 1000),
    "created-large": ("xb", BLOCK + 1000),
}
"""Mode and size of what the layer writes itself."""


@one_of_each_engine()
@needs(WRITE, RANGES)
@small_blocks
@source("B1.22", "B1.27", "B1.28", "issue: windows also of what the layer itself wrote")
@pytest.mark.parametrize(
    ("mode", "size"),
    [
        pytest.param(*WRITTEN[how], id=how, marks=[needs(EXCLUSIVE_CREATE)] if WRITTEN[how][0] == "xb" else [])
        for how in WRITTEN
    ],
)
def test_window_of_what_was_written(fs: Any, noise: Any, mode: str, size: int, refused: Any) -> None:
    """Windows of what the layer itself wrote, in one piece or in parts, are its bytes; past its end is ValueError."""
    body = noise(size)
    write(fs, "object", body, mode)
    places = [(0, 10), (size - 10, 5), (size - 5, 50), (size // 2, None), (size - 1002 % size, 4)]
    found = [fs.read("object", offset, length) for offset, length in places]
    assert found == [body[offset:][:length] for offset, length in places]
    with refused(ValueError):
        fs.read("object", size, 1)


@small_blocks
@source("B1.18")
def test_lines_cross_block_boundaries(fs: Any, witness: Any, noise: Any) -> None:
    """Iterating over a large object gives every line whole, those that a block boundary cuts included."""
    body = b"\n".join(noise(1_000_003).replace(b"\n", b" ") for _ in range(6))
    witness.put("object", body)
    with fs.open("object") as stream:
        assert list(stream) == io.BytesIO(body).readlines()


@source("B1.40")
def test_overwritten_object_is_read_as_it_was_opened(fs: Any, witness: Any, noise: Any) -> None:
    """An object that is overwritten between open and read is read as it was, or raises OSError."""
    old = noise(100_000)
    witness.put("object", old)
    stream = fs.open("object")
    witness.put("object", noise(100_000))
    with contextlib.suppress(OSError), stream:
        assert stream.read() == old


@small_blocks
@source("B1.40", "s3fs#424")
@pytest.mark.parametrize(
    ("start", "place"),
    [
        pytest.param(0, 100, id="in-order", marks=sees(WHOLE_BODIES)),
        pytest.param(0, BLOCK + 100, id="next-block"),
        pytest.param(0, 3 * BLOCK - 100, id="jump"),
        pytest.param(BLOCK - 50, BLOCK + 50, id="blocks-after-a-jump", marks=sees(WHOLE_BODIES)),
    ],
)
def test_large_object_never_mixes_versions(fs: Any, witness: Any, noise: Any, start: int, place: int) -> None:
    """A large object that is overwritten while it is read gives bytes of the version opened, or raises OSError."""
    old, new = noise(3 * BLOCK), noise(3 * BLOCK)
    witness.put("object", old)
    pieces = {}
    with fs.open("object") as stream, contextlib.suppress(OSError):
        stream.seek(start)
        pieces["head"] = stream.read(100)
        witness.put("object", new)
        stream.seek(place)
        pieces["rest"] = stream.read()
    assert pieces["head"] == old[start : start + 100]
    assert pieces.get("rest", old[place:]) == old[place:]


@one_of_each_engine()
@small_blocks
@source("issue: a writer that is never closed says nothing")
@pytest.mark.parametrize(("size", "warns"), [(100, 0), (BLOCK + 1, 1)], ids=["small", "large"])
@pytest.mark.parametrize("mode", ["rb", "r"])
def test_a_forgotten_reader_warns_of_what_it_held(fs: Any, witness: Any, size: int, warns: int, mode: str) -> None:
    """A reader that holds a connection or a descriptor and is never closed warns once; one in memory holds nothing."""
    witness.put("object", b"a" * size)
    with warned() as told:
        stream = fs.open("object", mode)
        assert len(stream.read(10)) == 10
        del stream
    assert len(told) == warns
    with warned() as told, fs.open("object", mode) as stream:
        assert len(stream.read()) == size
    assert told == []
