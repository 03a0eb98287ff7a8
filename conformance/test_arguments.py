"""Arguments: what no call can mean is refused alike on every backend, before anything is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import pytest

from conformance.behaviour import embedded_backends, needs, one_of_each_engine, only, source
from conformance.blocks import BLOCK, small_blocks
from conformance.writing import write
from fixtures.endpoint import EXCLUSIVE_CREATE, LIST, RANGES, WRITE

pytestmark = one_of_each_engine()

ISSUE = source("issue: arguments are refused alike on every backend before anything is sent")

NO_NUMBERS: dict[str, tuple[tuple[Any, ...], type[Exception]]] = {
    "floats": ((5.0, 3.0), TypeError),
    "float-offset": ((5.0,), TypeError),
    "float-length": ((0, 3.0), TypeError),
    "nan": ((float("nan"),), TypeError),
    "nan-length": ((0, float("nan")), TypeError),
    "infinity": ((float("inf"), 1), TypeError),
    "numpy-float": ((numpy.float64(1), numpy.float32(2)), TypeError),
    "text": (("1", "2"), TypeError),
    "bytes": ((b"1",), TypeError),
    "list": (([1],), TypeError),
    "truth": ((True,), TypeError),
    "truth-length": ((0, True), TypeError),
    "numpy-truth": ((numpy.bool_(1),), TypeError),
    "complex": ((1j, 1), TypeError),
    "negative": ((-1, 2), ValueError),
    "negative-length": ((0, -1), ValueError),
    "nothing": ((2, 0), ValueError),
    "numpy-negative": ((numpy.int64(-1),), ValueError),
    "endless": ((2**70, 1), ValueError),
}
"""Offset and length that are no range, and what they raise."""


@embedded_backends()
@ISSUE
@pytest.mark.parametrize("arguments", NO_NUMBERS)
def test_a_range_of_no_whole_numbers(fs: Any, witness: Any, costs: Any, refused: Any, arguments: str) -> None:
    """An offset or a length that is no whole number raises TypeError, one that is no place ValueError, unsent."""
    witness.put("object", b"content")
    given, kind = NO_NUMBERS[arguments]
    with costs(), refused(kind):
        fs.read("object", *given)


@ISSUE
@needs(RANGES)
@pytest.mark.parametrize("number", [numpy.int64, numpy.uint8, numpy.int32, int], ids=lambda kind: kind.__name__)
def test_a_range_of_numpy_integers(fs: Any, witness: Any, costs: Any, number: Any) -> None:
    """NumPy's integers name a range as Python's own do, and a length may go beyond the end, however far."""
    witness.put("object", b"content")
    with costs(read=3):
        assert (fs.read("object", number(1), number(3)), fs.read("object", number(4))) == (b"ont", b"ent")
        assert fs.read("object", number(4), 2**63) == b"ent"


OPENS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "mode-none": ({"mode": None}, TypeError),
    "mode-number": ({"mode": 5}, TypeError),
    "mode-bytes": ({"mode": b"rb"}, TypeError),
    "mode-list": ({"mode": ["r"]}, TypeError),
    "mode-empty": ({"mode": ""}, ValueError),
    "mode-twice": ({"mode": "rr"}, ValueError),
    "mode-kind": ({"mode": "rbt"}, ValueError),
    "mode-capital": ({"mode": "R"}, ValueError),
    "encoding-unknown": ({"mode": "r", "encoding": "nonsense"}, LookupError),
    "encoding-of-bytes": ({"mode": "w", "encoding": "hex"}, LookupError),
    "encoding-empty": ({"mode": "w", "encoding": ""}, LookupError),
    "encoding-number": ({"mode": "r", "encoding": 8}, TypeError),
    "errors-unknown": ({"mode": "w", "errors": "nonsense"}, LookupError),
    "errors-number": ({"mode": "r", "errors": 1}, TypeError),
    "newline-unknown": ({"mode": "w", "newline": "x"}, ValueError),
    "newline-both": ({"mode": "r", "newline": "\n\r"}, ValueError),
    "newline-number": ({"mode": "r", "newline": 1}, TypeError),
    "binary-encoding": ({"mode": "rb", "encoding": "utf-8"}, ValueError),
    "binary-errors": ({"mode": "wb", "errors": "strict"}, ValueError),
    "binary-newline": ({"mode": "wb", "newline": "\n"}, ValueError),
    "default-encoding": ({"encoding": "utf-8"}, ValueError),
    "next-free-read": ({"mode": "rb", "next_free": True}, ValueError),
    "next-free-write": ({"mode": "w", "next_free": True}, ValueError),
}
"""Options of `open` that cannot be, and what they raise."""


@embedded_backends()
@ISSUE
@pytest.mark.parametrize("options", OPENS)
def test_options_of_open_that_cannot_be(fs: Any, witness: Any, costs: Any, refused: Any, options: str) -> None:
    """A mode, encoding, way with errors or end of lines that is none is refused at `open`, as by Python's own."""
    witness.put("object", b"content")
    given, kind = OPENS[options]
    with costs(), refused(kind):
        fs.open("object", **given)


READS: dict[str, tuple[dict[str, Any], bytes | str]] = {
    "default": ({}, b"Z\xfcrich\r\n"),
    "binary": ({"mode": "rb"}, b"Z\xfcrich\r\n"),
    "encoding": ({"mode": "r", "encoding": "latin-1"}, "Zürich\n"),
    "errors": ({"mode": "rt", "errors": "replace"}, "Z\ufffdrich\n"),
    "newline": ({"mode": "r", "encoding": "latin-1", "newline": ""}, "Zürich\r\n"),
}
"""Options of a text that is read, and what comes of it."""
WRITES: dict[str, tuple[dict[str, Any], bytes]] = {
    "default": ({"mode": "w"}, "Zürich\n".encode()),
    "encoding": ({"mode": "w", "encoding": "utf-16-le"}, "Zürich\n".encode("utf-16-le")),
    "errors": ({"mode": "wt", "encoding": "ascii", "errors": "ignore"}, b"Zrich\n"),
    "newline": ({"mode": "w", "newline": "\r\n"}, "Zürich\r\n".encode()),
}
"""Options of a text that is written, and what is stored."""
WAYS = pytest.mark.parametrize("way", ["open", "open_context"])


def _read_by(fs: Any, way: str, options: dict[str, Any]) -> Any:
    with getattr(fs, way)("object", **options) as stream:
        return stream.read()


def _written_by(fs: Any, witness: Any, way: str, options: dict[str, Any]) -> bytes:
    with getattr(fs, way)("object", **options) as stream:
        stream.write("Zürich\n")
    return bytes(witness.get("object"))


@WAYS
@ISSUE
@needs(WRITE)
def test_every_option_is_honoured(fs: Any, witness: Any, way: str) -> None:
    """`open` and `open_context` honour the same options, and have the same defaults."""
    witness.put("object", b"Z\xfcrich\r\n")
    found = {name: _read_by(fs, way, options) for name, (options, _) in READS.items()}
    assert found == {name: expected for name, (_, expected) in READS.items()}
    stored = {name: _written_by(fs, witness, way, options) for name, (options, _) in WRITES.items()}
    assert stored == {name: expected for name, (_, expected) in WRITES.items()}


@WAYS
@ISSUE
@needs(WRITE, EXCLUSIVE_CREATE, LIST)
@pytest.mark.parametrize("mode", ["x", "xb"])
def test_names_are_taken_by_either_way(fs: Any, witness: Any, refused: Any, way: str, mode: str) -> None:
    """`open` and `open_context` create a free name, refuse a taken one, and find the next free one when asked to."""
    witness.put("run.0", b"theirs")
    with getattr(fs, way)("run.0", mode, next_free=True) as stream:
        stream.write({"x": "a", "xb": b"a"}[mode])
    with refused(FileExistsError), getattr(fs, way)("run.1", mode, next_free=False):
        pass
    with getattr(fs, way)("run.2", mode):
        pass
    assert {name: witness.get(name) for name in witness.keys()} == {"run.0": b"theirs", "run.1": b"a", "run.2": b""}  # noqa: SIM118 - no mapping


def _raised(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except (TypeError, ValueError, LookupError) as error:
        return error
    return None


@WAYS
@embedded_backends()
@ISSUE
def test_refusals_are_those_of_open(fs: Any, witness: Any, costs: Any, unchanged: Any, way: str) -> None:
    """`open` and `open_context` refuse the same options at the call, and one that does not exist by TypeError."""
    witness.put("object", b"content")
    cases: dict[str, tuple[dict[str, Any], type[Exception]]] = {
        **OPENS,
        "unknown": ({"mode": "r", "buffering": 1}, TypeError),
    }
    with costs(), unchanged():
        found = {name: _raised(partial(getattr(fs, way), "object", **given)) for name, (given, _) in cases.items()}
    assert [name for name, (_, kind) in cases.items() if not isinstance(found[name], kind)] == []


@ISSUE
@needs(WRITE)
def test_none_is_the_default(fs: Any, witness: Any) -> None:
    """None as encoding, way with errors or end of lines means the default, as for Python's `open`."""
    with fs.open("object", "w", encoding=None, errors=None, newline=None) as stream:
        stream.write("Zürich\n")
    assert witness.get("object") == "Zürich\n".encode()
    with fs.open("object", "r", encoding=None, errors=None) as stream:
        assert stream.read() == "Zürich\n"
    with fs.open("object", "rb", encoding=None, errors=None, newline=None) as stream:
        assert stream.read() == "Zürich\n".encode()


@ISSUE
@needs(WRITE, EXCLUSIVE_CREATE, LIST)
@pytest.mark.parametrize("name", ["run_1", "noext", "a.007", "TD.TD05.Z.2019.274.1230.npz"])
@pytest.mark.parametrize("mode", ["xb", "x"])
def test_next_free_of_a_name_without_a_counter(fs: Any, costs: Any, refused: Any, name: str, mode: str) -> None:
    """A name without a counter has no next free one: refused at `open`, and by the question, unsent."""
    with costs(), refused(ValueError, match="counter") as caught:
        fs.open(name, mode, next_free=True)
    with costs(), refused(ValueError, match="counter") as asked:
        fs.next_free(name)
    assert {caught.value.filename, asked.value.filename} == {f"{fs.base_uri}/{name}"}


NO_COUNTERS: dict[str, tuple[str, bool | None, str]] = {
    "no-field": ("noext", None, "in it"),
    "no-field-behind": ("noext", True, "before its extension"),
    "first-field": ("7", None, "in it"),
    "first-field-last": ("7", False, "at its end"),
    "first-field-with-extension": ("7.npz", True, "before its extension"),
    "first-field-of-two": ("7.npz", None, "in it"),
    "elsewhere": ("run.0.npz", False, "at its end"),
    "elsewhere-too": ("run.0", True, "before its extension"),
    "zeros": ("run.00", None, "in it"),
    "sign": ("run.+1", None, "in it"),
    "other-digits": ("run.٣", None, "in it"),
    "empty-field": ("run.", None, "in it"),
    "time": ("2019.274.1230", None, "in it"),
}
"""Names without a counter where it is looked for, and where that is."""


@embedded_backends()
@ISSUE
@pytest.mark.parametrize("name", [name for name, extension, _ in NO_COUNTERS.values() if extension is None])
@pytest.mark.parametrize("mode", ["x", "xb"])
def test_no_counter_is_seen_at_the_open(
    fs: Any, backend: Any, key: str, costs: Any, refused: Any, name: str, mode: str
) -> None:
    """A name without a counter is refused at the `open` that asks for the next free one, by its whole address."""
    with costs(), refused(ValueError, match="no counter in it") as caught:
        fs.open(f"day.0/{name}", mode, next_free=True)
    assert caught.value.filename == backend.base_uri(f"{key}/day.0/{name}")


@embedded_backends()
@ISSUE
@pytest.mark.parametrize("case", NO_COUNTERS)
def test_no_counter_where_it_is_looked_for(
    fs: Any, backend: Any, key: str, costs: Any, refused: Any, case: str
) -> None:
    """A name that has no counter where it is looked for raises ValueError that names it and says where, unsent."""
    name, extension, where = NO_COUNTERS[case]
    with costs(), refused(ValueError, match=f"no counter {where}") as caught:
        fs.next_free(f"day.0/{name}", extension=extension)
    assert repr(name) in str(caught.value)
    assert caught.value.filename == backend.base_uri(f"{key}/day.0/{name}")


@embedded_backends()
@ISSUE
@pytest.mark.parametrize("flag", ["npz", ".npz", "", 5, 0.5])
def test_flags_of_next_free_that_cannot_be(fs: Any, costs: Any, refused: Any, flag: Any) -> None:
    """A flag for the place of the counter that is neither true, false nor None raises ValueError."""
    with costs(), refused(ValueError, match="extension"):
        fs.next_free("gather.0.npz", extension=flag)


CALLS = {
    "open": lambda fs, name: fs.open(name),
    "open-write": lambda fs, name: fs.open(name, "wb"),
    "open-create": lambda fs, name: fs.open(name, "xb"),
    "open-next-free": lambda fs, name: fs.open(name, "xb", next_free=True),
    "open-context": lambda fs, name: fs.open_context(name),
    "read": lambda fs, name: fs.read(name),
    "exists": lambda fs, name: fs.exists(name),
    "stat": lambda fs, name: fs.stat(name),
    "isdir": lambda fs, name: fs.isdir(name),
    "makedirs": lambda fs, name: fs.makedirs(name),
    "ls": lambda fs, name: fs.ls(name),
    "find": lambda fs, name: fs.find(name),
    "glob": lambda fs, name: fs.glob(name),
    "rm": lambda fs, name: fs.rm(name),
    "rm-recursive": lambda fs, name: fs.rm(name, recursive=True, missing_ok=True),
    "copy-from": lambda fs, name: fs.copy(name, "other"),
    "copy-to": lambda fs, name: fs.copy("object", name),
    "move-from": lambda fs, name: fs.move(name, "other"),
    "move-to": lambda fs, name: fs.move("object", name),
    "get-path": lambda fs, name: fs.get_path(name),
    "below-a-path": lambda fs, name: fs.get_path("day") / name,
    "local-path": lambda fs, name: fs.local_path(name),
    "next-free": lambda fs, name: fs.next_free(name),
}
"""Every call that takes a name."""
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@embedded_backends()
@ISSUE
@calls
@pytest.mark.parametrize("name", [None, b"object", 5], ids=repr)
def test_names_of_another_type(fs: Any, witness: Any, costs: Any, refused: Any, call: Any, name: Any) -> None:
    """A name that is neither text nor a path raises TypeError at the call, in every call alike."""
    witness.put("object", b"content")
    with costs(), refused(TypeError):
        call(fs, name)


@embedded_backends()
@ISSUE
@calls
def test_paths_of_another_storage(fs: Any, subject: Any, witness: Any, costs: Any, refused: Any, call: Any) -> None:
    """A path of another storage raises ValueError that names both, and is never taken for a name of this one."""
    witness.put("object", b"content")
    path = subject.filesystem.NoizFileSystem("memory://another").get_path("object")
    with costs(), refused(ValueError):
        call(fs, path)


@embedded_backends()
@ISSUE
@pytest.mark.parametrize(
    ("mode", "kind"),
    [("x", ValueError), ("rb", ValueError), ("w+", ValueError), ("", ValueError), (None, TypeError), (b"r", TypeError)],
    ids=repr,
)
def test_modes_of_loans_that_cannot_be(
    fs: Any, witness: Any, costs: Any, refused: Any, mode: Any, kind: type[Exception]
) -> None:
    """A mode that `local_path` does not know is refused at the call, not only when the loan begins."""
    witness.put("object", b"content")
    with costs(), refused(kind, match="mode"):
        fs.local_path("object", mode)


SEEKS: dict[str, tuple[tuple[Any, ...], type[Exception] | tuple[type[Exception], ...]]] = {
    "float": ((1.0,), TypeError),
    "text": (("1",), TypeError),
    "none": ((None,), TypeError),
    "whence-5": ((0, 5), ValueError),
    "whence-negative": ((0, -1), ValueError),
    "whence-float": ((0, 1.0), TypeError),
    "before-the-start": ((-1,), ValueError),
    "before-the-position": ((-20, io.SEEK_CUR), (ValueError, OSError)),
    "before-the-end": ((-(10**9), io.SEEK_END), (ValueError, OSError)),
    "past-64-bits": ((2**63,), io.UnsupportedOperation),
    "past-64-bits-from-the-end": ((2**63 - 1, io.SEEK_END), io.UnsupportedOperation),
}
"""Where no file can go, and what asking for it raises: a large object is buffered by Python's own classes."""
sizes = pytest.mark.parametrize("size", [100, BLOCK + 1], ids=["small", "large"])


@ISSUE
@small_blocks
@sizes
@pytest.mark.parametrize("seek", SEEKS)
def test_readers_stay_where_no_seek_leads(
    fs: Any, witness: Any, noise: Any, refused: Any, size: int, seek: str
) -> None:
    """A seek to no place raises TypeError or ValueError, as from a file in memory, and the reader stays there."""
    body = noise(size)
    witness.put("object", body)
    given, kind = SEEKS[seek]
    with fs.open("object") as stream:
        stream.read(10)
        with refused(kind):
            stream.seek(*given)
        assert (stream.tell(), stream.read(5)) == (10, body[10:15])


@ISSUE
@needs(WRITE)
@small_blocks
@sizes
@pytest.mark.parametrize("seek", SEEKS)
def test_writers_stay_where_no_seek_leads(
    fs: Any, witness: Any, noise: Any, refused: Any, size: int, seek: str
) -> None:
    """A seek of a writer to no place raises TypeError or ValueError, and the writer stays where it was."""
    body, (given, kind) = noise(size), SEEKS[seek]
    with fs.open("object", "wb") as stream:
        stream.write(body[:10])
        stream.write(body[10:])
        stream.seek(10)
        with refused(kind):
            stream.seek(*given)
        assert (stream.tell(), stream.write(b"new")) == (10, 3)
    assert witness.get("object") == body[:10] + b"new" + body[13:]


@ISSUE
@needs(WRITE)
@small_blocks
@sizes
@pytest.mark.parametrize(
    ("cut", "kind"), [(-1, ValueError), (1.0, TypeError), ("1", TypeError)], ids=["negative", "float", "text"]
)
def test_writers_are_not_cut_to_no_size(
    fs: Any, witness: Any, noise: Any, refused: Any, size: int, cut: Any, kind: type[Exception]
) -> None:
    """A cut to a size that is none raises TypeError or ValueError, and the body stays whole."""
    body = noise(size)
    with fs.open("object", "wb") as stream:
        stream.write(body)
        with refused(kind):
            stream.truncate(cut)
    assert witness.get("object") == body


@ISSUE
@needs(WRITE)
@small_blocks
@sizes
def test_a_cut_never_lengthens(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """A cut beyond the end leaves the body as it is, whatever its size, as in a file in memory."""
    body = noise(size)
    with fs.open("object", "wb") as stream:
        stream.write(body)
        assert (stream.truncate(size + 5), stream.tell()) == (size + 5, size)
    assert witness.get("object") == body


@ISSUE
@needs(WRITE)
@small_blocks
@sizes
@pytest.mark.parametrize("data", ["text", None, 5, ["a"]], ids=repr)
def test_writers_take_no_other_type(fs: Any, witness: Any, noise: Any, refused: Any, size: int, data: Any) -> None:
    """What holds no bytes raises TypeError when it is written, and the body goes on without it."""
    body = noise(size)
    with fs.open("object", "wb") as stream:
        stream.write(body)
        with refused(TypeError):
            stream.write(data)
    assert witness.get("object") == body


@ISSUE
@small_blocks
@sizes
@pytest.mark.parametrize("act", ["write", "writelines", "truncate"])
def test_readers_write_nothing(fs: Any, witness: Any, noise: Any, refused: Any, size: int, act: str) -> None:
    """A reader refuses every way to write, and reads what it would have read."""
    body = noise(size)
    witness.put("object", body)
    given = {"write": (b"new",), "writelines": ([b"new"],), "truncate": (1,)}[act]
    with fs.open("object") as stream:
        with refused(io.UnsupportedOperation):
            getattr(stream, act)(*given)
        assert stream.read(10) == body[:10]


@ISSUE
@needs(WRITE, EXCLUSIVE_CREATE, LIST)
@pytest.mark.parametrize("mode", ["x", "xb"])
def test_text_tells_its_name_too(fs: Any, witness: Any, mode: str) -> None:
    """A text that took the next free name tells which, as binary content does; none before it is published."""
    witness.put("day/note.0.txt", b"theirs")
    stream = fs.open("day/note.0.txt", mode, next_free=True)
    before = stream.published
    stream.close()
    lost = fs.open("day/note.0.txt", mode, next_free=True)
    lost.discard()
    assert (before, str(stream.published), lost.published) == (None, f"{fs.base_uri}/day/note.1.txt", None)


@ISSUE
@needs(WRITE)
@pytest.mark.parametrize("mode", ["w", "wb"])
def test_stream_tells_where_it_was_published(fs: Any, mode: str) -> None:
    """A stream that is written tells the path of its object once it is published."""
    with fs.open("day/object", mode) as stream:
        before = stream.published
    assert (before, stream.published, stream.published.exists()) == (None, fs.get_path("day/object"), True)


CLOSED: dict[str, Callable[[Any], object]] = {
    "write": lambda stream: stream.write(b"a"),
    "seek": lambda stream: stream.seek(0),
    "tell": lambda stream: stream.tell(),
    "truncate": lambda stream: stream.truncate(0),
    "truncate-here": lambda stream: stream.truncate(),
    "flush": lambda stream: stream.flush(),
    "writelines": lambda stream: stream.writelines([b"a"]),
    "enter": lambda stream: stream.__enter__(),
    "read": lambda stream: stream.read(),
}
"""What a closed stream is asked for."""


@ISSUE
@needs(WRITE)
@small_blocks
@sizes
@pytest.mark.parametrize("act", CLOSED)
def test_closed_writers_do_nothing(fs: Any, witness: Any, refused: Any, size: int, act: str) -> None:
    """A writer that is closed, published or not, refuses whatever it is asked for by ValueError, like Python's own."""
    lost, published = fs.open("object", "wb"), fs.open("object", "wb")
    for stream in (lost, published):
        stream.write(bytes(size))
    lost.discard()
    published.close()
    for stream in (lost, published):
        with refused(ValueError):
            CLOSED[act](stream)
    assert witness.get("object") == bytes(size)


@ISSUE
@pytest.mark.parametrize("local", [pytest.param(True, marks=only("local"))])
def test_names_may_be_paths(fs: Any, backend: Any, key: str, local: bool) -> None:
    """A path of Python's own is a name wherever a text is."""
    write(fs, Path(backend.root, key, "object"), b"content")
    assert (fs.read(Path("object")), fs.exists(Path(backend.root, key, "object"))) == (b"content", local)


@ISSUE
@small_blocks
@pytest.mark.parametrize("size", [0, 3, BLOCK + 1], ids=["empty", "short", "large"])
def test_what_is_no_archive_is_seen(fs: Any, witness: Any, size: int) -> None:
    """`zipfile`, which seeks from the end of whatever it is given, sees that a file is none, also a short one."""
    witness.put("object", bytes(size))
    with fs.open("object") as stream:
        assert zipfile.is_zipfile(stream) is False


@ISSUE
def test_an_archive_without_arrays_is_read(subject: Any, fs: Any, witness: Any) -> None:
    """The shortest npz, which holds no array, is read."""
    body = io.BytesIO()
    numpy.savez(body)
    witness.put("empty.npz", body.getvalue())
    assert subject.io.load_numpy("empty.npz", storage=fs).files == []


@embedded_backends()
@ISSUE
@needs(WRITE)
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda fs: fs.rm("day", recursive="False"), id="recursive"),
        pytest.param(lambda fs: fs.rm("day/object", missing_ok="no"), id="missing-ok"),
        pytest.param(lambda fs: fs.makedirs("new", exist_ok="no"), id="exist-ok"),
        pytest.param(lambda fs: fs.open("run.0", "xb", next_free="no"), id="next-free"),
    ],
)
def test_flags_are_true_or_false(fs: Any, witness: Any, costs: Any, refused: Any, act: Callable[[Any], object]) -> None:
    """A text where True or False is meant, which would count as True, raises TypeError, and nothing is sent."""
    witness.put("day/object", b"theirs")
    with costs(), refused(TypeError, match="neither True nor False"):
        act(fs)
