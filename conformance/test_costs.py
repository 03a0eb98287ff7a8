"""Costs: every operation sends the requests that it says, and the library's own count agrees with the wire.

Where there is no wire the library's count stands alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
import obspy
import pytest

from conformance.behaviour import case_of, needs, one_of_each_engine, only, source
from conformance.blocks import BLOCK, small_blocks
from conformance.contents import put_names
from conformance.costs import Costs, wired
from conformance.samples import MINISEED
from fixtures.endpoint import EXCLUSIVE_CREATE, HTTP, LIST, MULTIPART, NETWORK, RANGES, WRITE

COST = "contract: Cost"
DAY = next(sample for sample in MINISEED if sample.name == "steim2-day")
PAGE = {"s3": 1000, "memory": 1000, "az": 5000, "gs": 1000, "file": 10**9}
"""Names that one list answers with, by scheme; a directory is one page."""
CUT = 426
"""What an FTP server answers to a transfer that its client has left."""
BODIES = ("read", "write", "part")
"""Kinds of requests whose body is an object's."""


ON_FTP = {
    "find": {"list": 2},
    "rm-recursive": {"list": 2, "delete": 3},
    "copy": {"read": 1, "write": 1},
    "move": {"read": 1, "write": 1, "delete": 1},
}
"""What costs another number of commands on FTP: one list for each directory, one delete for each name, no copies."""
ON_AZURE = {"copy": {"head": 1, "copy": 1}, "move": {"head": 1, "copy": 1, "delete": 1}}
"""What costs more on Azure, where an object may stand for a directory: a copy looks at it before."""
TABLES = {"ftp": ON_FTP, "ftps": ON_FTP, "az": ON_AZURE}
"""Scheme → what differs there from the table of all others."""


def _write(fs: Any, name: str, body: bytes, mode: str = "wb", **options: Any) -> None:
    with fs.open(name, mode, **options) as stream:
        stream.write(body)


def _put_all(witness: Any, names: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: witness.put(name, b""), names))


def _weights(costs: Costs) -> set[tuple[int, int]]:
    """Bytes of object bodies that were sent and received, by the library's meter and by the wire."""
    return {_by_meter(costs), *[_on_wire(costs)][: costs.channel is not None]}


def _by_meter(costs: Costs) -> tuple[int, int]:
    return (costs.filesystem.meter.sent, costs.filesystem.meter.received)


def _on_wire(costs: Costs) -> tuple[int, int]:
    bodies = [request for request in wired(costs.channel) if request.kind in BODIES]
    received = sum(
        each.received for each in bodies if each.kind == "read" and (each.status < 300 or each.status == CUT)
    )
    return (sum(each.sent for each in bodies), received)


@source(COST, "B16.279", "B10.214")
@pytest.mark.parametrize("size", [0, 1, 1 << 20], ids=["empty", "1-byte", "1-MiB"])
def test_cold_read(fs: Any, witness: Any, noise: Any, costs: Costs, size: int) -> None:
    """Reading an object costs one read, opening it included, however much is sought in it."""
    witness.put("object", noise(size))
    with costs(read=1), fs.open("object", "rb") as stream:
        stream.seek(size // 2)
        stream.read()
        stream.seek(0)
        stream.read()


@needs(WRITE)
@source(COST, "B16.279")
@pytest.mark.parametrize("size", [0, 1, 1 << 20], ids=["empty", "1-byte", "1-MiB"])
def test_write(fs: Any, noise: Any, costs: Costs, size: int) -> None:
    """Writing an object costs one write, also in a directory that is new and over an object that is there."""
    with costs(write=2):
        _write(fs, "new/directory/object", noise(size))
        _write(fs, "new/directory/object", noise(size))


@needs(EXCLUSIVE_CREATE, WRITE)
@source(COST, "B12.233")
@pytest.mark.parametrize("size", [0, 1000], ids=["empty", "small"])
def test_exclusive_create(fs: Any, noise: Any, costs: Costs, size: int) -> None:
    """An exclusive create costs one write, once the first one has proved that the server refuses a second."""
    fs.open("first", "xb").close()
    with costs(write=1):
        _write(fs, "object", noise(size), "xb")


@source(COST)
@pytest.mark.parametrize("name", ["object", "nothing"], ids=["yes", "no"])
def test_exists(fs: Any, witness: Any, costs: Costs, name: str) -> None:
    """`exists` costs one head for yes and for no, once the bucket has been seen."""
    witness.put("object", b"content")
    fs.exists("another")
    with costs(head=1):
        fs.exists(name)


@needs(WRITE)
@source(COST)
def test_names_cost_nothing(fs: Any, costs: Costs) -> None:
    """Making a filesystem, a path or a directory, and opening for writing, send nothing."""
    with costs():
        fs.get_path("a/b")
        fs.makedirs("a/directory")
        fs.open("a/b", "wb").discard()


@source(COST)
@pytest.mark.parametrize(
    ("operation", "cost"),
    [
        pytest.param(lambda fs: fs.stat("object"), {"head": 1}, id="stat"),
        pytest.param(lambda fs: fs.isdir("day"), {"list": 1}, id="isdir", marks=needs(LIST)),
        pytest.param(lambda fs: fs.ls("day"), {"list": 1}, id="ls", marks=needs(LIST)),
        pytest.param(lambda fs: fs.ls("nothing"), {"list": 1}, id="ls-of-nothing", marks=needs(LIST)),
        pytest.param(lambda fs: fs.find(""), {"list": 1}, id="find", marks=needs(LIST)),
        pytest.param(lambda fs: fs.glob("day/*.mseed"), {"list": 1}, id="glob", marks=needs(LIST)),
        pytest.param(lambda fs: fs.rm("object"), {"head": 1, "delete": 1}, id="rm", marks=needs(WRITE)),
        pytest.param(
            lambda fs: fs.rm("object", missing_ok=True), {"delete": 1}, id="rm-missing-ok", marks=needs(WRITE)
        ),
        pytest.param(
            lambda fs: fs.rm("day", recursive=True), {"list": 2, "delete": 1}, id="rm-recursive", marks=needs(WRITE)
        ),
        pytest.param(lambda fs: fs.copy("object", "copy"), {"copy": 1}, id="copy", marks=needs(WRITE)),
        pytest.param(lambda fs: fs.move("object", "moved"), {"copy": 1, "delete": 1}, id="move", marks=needs(WRITE)),
    ],
)
def test_operation(
    fs: Any,
    witness: Any,
    backend: Any,
    request: Any,
    costs: Costs,
    operation: Callable[[Any], object],
    cost: dict[str, int],
) -> None:
    """Each operation on few names sends the requests that the layer's table says, and no other."""
    witness.put("object", b"content")
    witness.put("day/1.mseed", b"content")
    witness.put("day/2.mseed", b"content")
    with costs(**TABLES.get(backend.scheme, {}).get(case_of(request.node), cost)):
        operation(fs)


@one_of_each_engine()
@needs(EXCLUSIVE_CREATE, WRITE)
@source(COST, "Noiz 0.7.1: P6", "B4.94")
def test_next_free_name_among_a_thousand(fs: Any, backend: Any, witness: Any, costs: Costs) -> None:
    """The next free name among 1,000 costs one write and the lists of their pages, as a listing of them does."""
    _put_all(witness, [f"day/TD.TD05.Z.2019.274.0100.{number}" for number in range(1000)])
    fs.open("first", "xb").close()
    with costs(list=-(-1000 // PAGE[backend.scheme]), write=1):
        _write(fs, "day/TD.TD05.Z.2019.274.0100.0", b"content", "xb", next_free=True)
    assert witness.get("day/TD.TD05.Z.2019.274.0100.1000") == b"content"
    with costs(list=-(-1001 // PAGE[backend.scheme])):
        fs.ls("day")


@source(COST)
def test_read_stream(fs: Any, subject: Any, witness: Any, costs: Costs) -> None:
    """Reading a day of miniSEED, its format recognised, costs one read."""
    witness.put("day.mseed", DAY.read_bytes())
    with costs(read=1):
        subject.io.read_stream(fs.get_path("day.mseed"))


@needs(RANGES)
@source(COST, "Noiz 0.7.1: R12", "B1.33", "B16.280")
@pytest.mark.parametrize("counter", ["by-the-meter", pytest.param("on-the-wire", marks=needs(HTTP))])
def test_window_of_a_day_file(fs: Any, subject: Any, witness: Any, costs: Costs, counter: str) -> None:
    """A window of a day file costs one read, and only the window's bytes travel.

    An FTP server sends until it notices that it is no longer listened to.
    """
    content = DAY.read_bytes()
    witness.put("day.mseed", content)
    fs.meter.clear()
    with costs(read=1):
        stream = subject.io.read_stream(fs.get_path("day.mseed"), offset=10 * 512, length=4 * 512)
    expected = obspy.read(io.BytesIO(content[10 * 512 : 14 * 512]))
    weight = {"by-the-meter": _by_meter, "on-the-wire": _on_wire}[counter](costs)
    assert (weight, stream[0].stats.starttime) == ((0, 4 * 512), expected[0].stats.starttime)


@needs(WRITE)
@source(COST)
@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("ccf.npy", numpy.arange(961.0), id="npy"),
        pytest.param("new/directory/psd.npz", {"fft_mean": numpy.arange(961.0)}, id="npz"),
        pytest.param("psd.npz.gz", {"fft_mean": numpy.arange(961.0)}, id="npz-gz"),
    ],
)
def test_save_and_load_numpy(fs: Any, subject: Any, costs: Costs, name: str, data: Any) -> None:
    """Saving arrays costs one write, and loading them all costs one read."""
    with costs(write=1, read=1):
        subject.io.load_numpy(subject.io.save_numpy(fs.get_path(name), data))


@needs(WRITE)
@small_blocks
@source(COST, "B2.61", "B1.21")
def test_large_body(fs: Any, backend: Any, noise: Any, costs: Costs) -> None:
    """A body of two blocks and one byte costs three parts and one complete, on S3 one more part to begin.

    On Google Cloud Storage, on a disk and in memory it is one write, as every other.
    """
    in_parts = {"s3": {"part": 4, "complete": 1}, "az": {"part": 3, "complete": 1}}
    with costs(**in_parts.get(backend.scheme, {"write": 1})):
        _write(fs, "object", noise(2 * BLOCK + 1))


@needs(EXCLUSIVE_CREATE, WRITE)
@source(COST, "contract: Cost", "B16.280")
def test_meter_agrees_with_the_wire(
    fs: Any, backend: Any, witness: Any, noise: Any, costs: Costs, refused: Any
) -> None:
    """Over mixed work the library counts the requests and bytes of bodies that went over the wire, and no other."""
    witness.put("theirs", noise(70_000))
    fs.exists("nothing")
    fs.open("first", "xb").close()
    witness.delete("first")
    before = _weights(costs)
    looks = {"az": 1}.get(backend.scheme, 0)  # before the copy, see ON_AZURE
    with costs(write=3, read=2, head=3 + looks, list=2, copy=1, delete=2):
        _write(fs, "mine", noise(5000))
        _write(fs, "empty", b"", "xb")
        with refused(FileExistsError):
            _write(fs, "mine", b"", "xb")
        assert len(fs.open("theirs").read() + fs.open("mine").read()) == 75_000
        assert (fs.exists("mine"), fs.exists("nothing"), len(fs.ls("")), len(fs.find(""))) == (True, False, 3, 3)
        fs.copy("mine", "copy")
        fs.rm("mine")
        fs.rm("empty", missing_ok=True)
    assert (before, _weights(costs)) == ({(0, 0)}, {(5000, 75_000)})


RETRIED = [
    pytest.param("read", lambda fs: fs.read("object"), {}, id="read"),
    pytest.param("head", lambda fs: fs.stat("object"), {}, id="head"),
    pytest.param("list", lambda fs: fs.ls("day"), {}, id="list", marks=needs(LIST)),
    pytest.param("write", lambda fs: _write(fs, "new", b"new"), {}, id="write", marks=needs(WRITE)),
    pytest.param("copy", lambda fs: fs.copy("object", "new"), {}, id="copy", marks=only("s3", "gs")),
    pytest.param("copy", lambda fs: fs.copy("object", "new"), {"head": 1}, id="look-and-copy", marks=only("az")),
    pytest.param("delete", lambda fs: fs.rm("object", missing_ok=True), {}, id="delete", marks=needs(WRITE)),
    pytest.param(
        "delete", lambda fs: fs.rm("day", recursive=True), {"list": 2}, id="delete-all", marks=needs(WRITE, HTTP)
    ),
]
"""The kind of a request that fails, the call that sends it, and what else that sends."""
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "busy": ("status", {"code": 503}),
    "reset": ("reset", {}),
}


@one_of_each_engine()
@needs(NETWORK)
@source(COST, "contract: Retrying", "B16.280")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("kind", "act", "beside"), RETRIED)
def test_every_attempt_is_counted(
    fs: Any,
    witness: Any,
    wire: Any,
    costs: Costs,
    kind: str,
    act: Callable[[Any], object],
    beside: dict[str, int],
    fault: str,
) -> None:
    """What the server refuses for a moment, or leaves unanswered, is counted as often as it was sent."""
    put_names(witness, ["object", "day/1", "day/2"])
    fs.exists("object")
    wire.fault(FAULTS[fault][0], kind=kind, times=2, **FAULTS[fault][1])
    with costs(**{kind: 3}, **beside):
        act(fs)


@one_of_each_engine()
@needs(NETWORK, WRITE)
@small_blocks
@source(COST, "contract: Retrying", "B16.280")
@pytest.mark.parametrize("size", [1000, 2 * BLOCK + 1], ids=["small", "large"])
def test_bytes_that_are_sent_again_are_counted(
    fs: Any, backend: Any, wire: Any, noise: Any, costs: Costs, size: int
) -> None:
    """A body, or a part of it, whose answer is lost counts by each of its requests, and its bytes as they were sent."""
    wire.fault("lose-answer", kind="write", times=2)
    wire.fault("lose-answer", kind="part", skip=1, times=2)
    wire.fault("status", code=503, kind="complete", times=2)
    in_parts = {"s3": {"part": 6, "complete": 3}, "az": {"part": 5, "complete": 3}} if size > BLOCK else {}
    with costs(**in_parts.get(backend.scheme, {"write": 3})):
        _write(fs, "object", noise(size))
    assert _by_meter(costs) == _on_wire(costs)
    assert _by_meter(costs)[0] > size


@one_of_each_engine()
@needs(NETWORK, WRITE, MULTIPART)
@small_blocks
@source(COST, "contract: Retrying", "B16.280")
def test_dropping_of_parts_is_counted(fs: Any, backend: Any, wire: Any, noise: Any, costs: Costs, refused: Any) -> None:
    """A large write that fails for good is counted with all its attempts, those to drop its parts included."""
    sent, leaves = {"s3": ({"part": 4, "delete": 2}, []), "az": ({"part": 4}, ["object"])}[backend.scheme]
    wire.fault("status", code=503, kind="part", skip=1)
    wire.fault("status", code=503, kind="delete", times=1)
    with costs(**sent), refused(ConnectionError, leaves=leaves):
        _write(fs, "object", noise(BLOCK + 1))


@one_of_each_engine()
@needs(NETWORK)
@source(COST, "contract: Retrying", "B16.280")
def test_attempts_that_end_in_an_error_are_counted(
    fs: Any, witness: Any, wire: Any, costs: Costs, refused: Any
) -> None:
    """A call that fails for good is counted with all its attempts."""
    witness.put("object", b"content")
    wire.fault("status", code=503)
    with costs(read=3), refused(ConnectionError):
        fs.read("object")


@one_of_each_engine()
@needs(HTTP, RANGES)
@small_blocks
@source(COST, "contract: Retrying", "B16.280")
def test_bytes_of_broken_bodies_are_counted(fs: Any, witness: Any, wire: Any, noise: Any, costs: Costs) -> None:
    """A large body that breaks and goes on is counted by each of its requests, and its bytes as they came."""
    witness.put("object", noise(2 * BLOCK))
    wire.fault("truncate", after=2 << 20, kind="read", times=2)
    with costs(read=3):
        assert len(fs.read("object")) == 2 * BLOCK
    assert 2 * BLOCK <= _by_meter(costs)[1] <= _on_wire(costs)[1]


@one_of_each_engine()
@small_blocks
@source(COST, "B16.280", "B1.37")
@pytest.mark.parametrize(
    ("size", "most"),
    [
        pytest.param(1000, 1000, id="small"),
        pytest.param(4 * BLOCK, 2 * BLOCK, id="large", marks=only("local", "moto", "azurite", "gcs", "ftp", "http")),
        pytest.param(4 * BLOCK, 4 * BLOCK, id="large-at-once", marks=only("memory", "http-no-ranges")),
    ],
)
def test_read_that_is_left_early(fs: Any, witness: Any, noise: Any, costs: Costs, size: int, most: int) -> None:
    """A stream that is closed after a few bytes cost one read, and as many bytes as came.

    Of many these are some; all of them in memory, and where a server has no ranges to go on by.
    """
    witness.put("object", noise(size))
    with costs(read=1), fs.open("object", "rb") as stream:
        stream.read(100)
    came = _by_meter(costs)[1]
    assert 100 <= came <= most
    assert costs.channel is None or came <= _on_wire(costs)[1]


@one_of_each_engine()
@needs(RANGES)
@small_blocks
@source(COST, "B16.280", "B1.33")
def test_jumps_are_counted(fs: Any, witness: Any, noise: Any, costs: Costs) -> None:
    """Each jump in a large object is a read, and no more than the block that it leads to is counted."""
    witness.put("object", noise(4 * BLOCK))
    with costs(read=3), fs.open("object", "rb") as stream:
        stream.seek(2 * BLOCK)
        stream.read(100)
        stream.seek(BLOCK)
        stream.read(100)
    assert 200 <= _by_meter(costs)[1] < 4 * BLOCK
