"""Waveforms and station metadata."""

from __future__ import annotations

import io as memory
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import obspy
import pytest

from conformance.samples import MINISEED, STATIONXML, MiniSeed, Sample
from noiz_storage import NoizFileSystem, io
from noiz_storage.errors import AlreadyExistsError, CorruptedError, RangeError, UnsupportedError

KEPT = [each for each in MINISEED if each.encoding != "GEOSCOPE16_4"]
GAPS = next(each for each in MINISEED if each.name == "steim1-gaps")
DAY = next(each for each in MINISEED if each.name == "steim1-day-start")
HEADER = ("encoding", "byteorder", "record_length")


def mseed(trace: obspy.Trace) -> dict[str, Any]:
    """What a trace's miniSEED header says of its samples."""
    return {name: trace.stats.mseed[name] for name in HEADER}


def assert_same(got: obspy.Stream, expected: obspy.Stream) -> None:
    """Samples, times and ids are equal."""
    assert [(t.id, t.stats.starttime, t.stats.endtime, t.stats.sampling_rate) for t in got] == [
        (t.id, t.stats.starttime, t.stats.endtime, t.stats.sampling_rate) for t in expected
    ]
    for mine, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(mine.data, theirs.data)


@pytest.mark.parametrize("sample", KEPT, ids=str)
def test_miniseed_keeps_how_it_was_encoded(storage: NoizFileSystem, sample: MiniSeed) -> None:
    """A stream that was read comes back with its samples, encoding, byte order and record length."""
    stream = obspy.read(str(sample.path))
    got = io.read_stream(io.write_stream("d/a", stream))
    assert_same(got, stream)
    assert [mseed(trace) for trace in got] == [mseed(trace) for trace in stream]


def test_writing_leaves_the_stream_alone(storage: NoizFileSystem) -> None:
    """The caller's samples keep their type, 16-bit ones too."""
    sample = next(each for each in MINISEED if each.encoding == "INT16")
    stream = obspy.read(str(sample.path))
    io.write_stream("a", stream)
    assert stream[0].data.dtype == np.int32
    assert stream[0].stats.mseed.encoding == "INT16"


def test_larger_samples_leave_16_bits(storage: NoizFileSystem) -> None:
    """Samples that no longer fit in 16 bits get another encoding, with ObsPy's warning."""
    trace = obspy.Trace(np.array([1, 70000], dtype=np.int32))
    trace.stats.mseed = {"encoding": "INT16"}
    with pytest.warns(UserWarning, match="does not match"):
        io.write_stream("a", trace)
    assert io.read_stream("a")[0].data.tolist() == [1, 70000]


def test_processed_samples_keep_their_precision(storage: NoizFileSystem) -> None:
    """A Steim stream that became float64 is stored as float64."""
    stream = obspy.read(str(GAPS.path))
    for trace in stream:
        trace.data = trace.data * 0.5
    with pytest.warns(UserWarning, match="does not match"):
        io.write_stream("a", stream)
    assert_same(io.read_stream("a"), stream)


def test_options_win(storage: NoizFileSystem) -> None:
    """encoding=, byteorder= and reclen= reach ObsPy."""
    stream = obspy.read(str(GAPS.path))
    io.write_stream("a", stream, encoding="STEIM2", byteorder="<", reclen=1024)
    assert mseed(io.read_stream("a")[0]) == {"encoding": "STEIM2", "byteorder": "<", "record_length": 1024}


def test_one_trace_may_be_written(storage: NoizFileSystem) -> None:
    """A Trace is written as a stream of one."""
    stream = obspy.read(str(DAY.path))
    io.write_stream("a", stream[0], "mseed")
    assert_same(io.read_stream("a", "mseed"), stream)


def test_masked_samples_are_refused(storage: NoizFileSystem) -> None:
    """A merged stream with gaps raises and says what to do; split, it is written with its gaps."""
    stream = obspy.read(str(GAPS.path)).merge()
    storage.meter.clear()
    with pytest.raises(ValueError, match=r"split\(\)"):
        io.write_stream("a", stream)
    assert not storage.meter.requests
    io.write_stream("a", stream.split())
    assert len(io.read_stream("a")) == GAPS.traces


def test_a_mask_without_effect_is_dropped(storage: NoizFileSystem) -> None:
    """A masked array in which nothing is masked is written."""
    io.write_stream("a", obspy.Trace(np.ma.masked_equal(np.arange(5, dtype=np.int32), 9)))
    assert io.read_stream("a")[0].data.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("traces", [1, 2])
def test_a_stream_without_a_sample_is_not_written(storage: NoizFileSystem, traces: int) -> None:
    """Traces of no samples, such as those of a file that was read `headonly`, would leave an object nobody can read."""
    with pytest.raises(ValueError, match="no trace holds a sample"):
        io.write_stream("a.mseed", obspy.Stream([obspy.Trace() for _ in range(traces)]))
    assert storage.find() == []


@pytest.mark.parametrize(("stream", "format"), [(obspy.Stream(), "MSEED"), (obspy.Trace(np.ones(3)), "NOPE")])
def test_what_cannot_be_written_is_refused_early(storage: NoizFileSystem, stream: Any, format: str) -> None:  # noqa: A002
    """No trace or an unknown format raises before anything is sent."""
    storage.meter.clear()
    with pytest.raises(ValueError, match=r"no trace|does not know the format"):
        io.write_stream("a", stream, format)
    assert not storage.meter.requests


def test_a_stream_that_fails_publishes_nothing(storage: NoizFileSystem) -> None:
    """When ObsPy refuses the second trace, no object appears."""
    stream = obspy.Stream([obspy.Trace(np.ones(3)), obspy.Trace(np.ones(3, dtype=complex))])
    with pytest.raises(Exception, match="Unsupported data type"):
        io.write_stream("a", stream)
    assert storage.find() == []


FORMATS: dict[str, dict[str, Any]] = {
    "SAC": {},
    "SLIST": {},
    "TSPAIR": {},
    "WAV": {"framerate": 100},
    "SEGY": {"data_encoding": 5},
    "SU": {},
    "GSE2": {},
}
TYPES = {"GSE2": np.int32}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("given", [True, False])
def test_other_formats_round_trip(storage: NoizFileSystem, format: str, given: bool) -> None:  # noqa: A002
    """ObsPy's other formats are written, and read whether the format is named or recognised by the content."""
    data = np.arange(100, dtype=TYPES.get(format, np.float32))
    path = io.write_stream("a.x", obspy.Trace(data, {"delta": 0.01}), format, **FORMATS[format])
    got = io.read_stream(path, {True: format, False: None}[given])
    assert got[0].stats._format == format
    assert len(got[0]) == 100


def test_a_format_of_two_files_is_refused(storage: NoizFileSystem) -> None:
    """Format Q, which makes two files of one trace, raises, and nothing is stored."""
    with pytest.raises(ValueError, match="several files"):
        io.write_stream("a", obspy.Trace(np.ones(9)), "Q")
    assert storage.find() == []


def test_several_files_are_refused(storage: NoizFileSystem) -> None:
    """A stream that SAC would spread over several files raises, and nothing is stored."""
    with pytest.raises(ValueError, match="one trace at a time"):
        io.write_stream("a", obspy.read(str(GAPS.path)), "SAC")
    assert storage.find() == []


def test_names_are_literal(storage: NoizFileSystem) -> None:
    """A name that looks like a pattern is that name, and no other is read."""
    one, two = obspy.read(str(DAY.path)), obspy.read(str(GAPS.path))
    io.write_stream("a[1].*", one)
    io.write_stream("a1.x", two)
    assert_same(io.read_stream("a[1].*"), one)


def test_headonly_leaves_samples_out(storage: NoizFileSystem) -> None:
    """headonly=True gives the headers alone."""
    io.write_stream("a", obspy.read(str(DAY.path)))
    trace = io.read_stream("a", headonly=True)[0]
    assert (trace.stats.npts, len(trace.data)) == (DAY.samples, 0)


def test_a_time_window_reaches_obspy(storage: NoizFileSystem) -> None:
    """starttime= and endtime= cut; a window without samples gives an empty stream."""
    stream = obspy.read(str(DAY.path))
    io.write_stream("a", stream)
    start = stream[0].stats.starttime + 5
    assert_same(io.read_stream("a", starttime=start, endtime=start + 2), stream.slice(start, start + 2))
    assert len(io.read_stream("a", starttime=start + 1e6, endtime=start + 1e6 + 1)) == 0


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz"])
def test_waveforms_may_be_compressed(storage: NoizFileSystem, ending: str) -> None:
    """A compression by suffix applies to waveforms."""
    stream = obspy.read(str(GAPS.path))
    assert_same(io.read_stream(io.write_stream(f"a.mseed.{ending}", stream)), stream)


def test_a_window_is_one_ranged_read(storage: NoizFileSystem) -> None:
    """offset= and length= read the records of a window, and no other byte, with one request."""
    body = DAY.read_bytes()
    with storage.open("day", "wb") as file:
        file.write(body)
    storage.meter.clear()
    got = io.read_stream("day", offset=2 * 512, length=3 * 512)
    assert_same(got, obspy.read(memory.BytesIO(body[2 * 512 : 5 * 512])))
    assert storage.meter.requests == {"read": 1}
    assert storage.meter.received == 3 * 512


def test_a_window_may_go_to_the_end(storage: NoizFileSystem) -> None:
    """offset= alone reads to the end, length= alone from the beginning."""
    body = DAY.read_bytes()
    with storage.open("day", "wb") as file:
        file.write(body)
    assert_same(io.read_stream("day", offset=512), obspy.read(memory.BytesIO(body[512:])))
    assert_same(io.read_stream("day", "MSEED", length=512), obspy.read(memory.BytesIO(body[:512])))


@pytest.mark.parametrize(("start", "length"), [(0, 512), (0, None), (512, 512), (-512, 1024)])
def test_a_window_past_the_end_is_refused(storage: NoizFileSystem, start: int, length: int | None) -> None:
    """A window that is not wholly inside the object raises RangeError."""
    body = DAY.read_bytes()
    with storage.open("day", "wb") as file:
        file.write(body)
    with pytest.raises(RangeError):
        io.read_stream("day", offset=len(body) + start, length=length)


def test_a_window_of_a_compressed_object_is_refused(storage: NoizFileSystem) -> None:
    """Bytes of a compressed object are no records."""
    io.write_stream("a.gz", obspy.read(str(DAY.path)))
    with pytest.raises(UnsupportedError):
        io.read_stream("a.gz", offset=512)


@pytest.mark.parametrize("format", [None, "MSEED", "SAC"])
@pytest.mark.parametrize("body", [b"", b"no waveform", bytes(4096), b"\xff" * 999])
def test_other_content_is_corrupted(storage: NoizFileSystem, body: bytes, format: str | None) -> None:  # noqa: A002
    """Content that is no waveform raises CorruptedError with ObsPy's error as its cause."""
    with storage.open("a", "wb") as file:
        file.write(body)
    with pytest.raises(CorruptedError) as caught:
        io.read_stream("a", format)
    assert caught.value.__cause__ is not None


class Bomb:
    """A value whose pickle, when it is read, makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("read", [io.read_stream, io.read_inventory, io.load_numpy])
def test_reading_runs_no_pickle(storage: NoizFileSystem, tmp_path: Path, read: Any) -> None:
    """A pickle in the place of a waveform is not loaded to see what it is, as obspy.read does."""
    with storage.open("a", "wb") as file:
        file.write(pickle.dumps(Bomb(tmp_path / "obspy.core.stream"), 2))
    with pytest.raises(CorruptedError):
        read("a")
    assert not (tmp_path / "obspy.core.stream").exists()


def test_pickled_streams_are_refused(storage: NoizFileSystem) -> None:
    """ObsPy's format PICKLE raises in both directions and names what to use."""
    with pytest.raises(UnsupportedError, match="allow_pickle=True"):
        io.write_stream("a", obspy.Trace(np.ones(3)), "PICKLE")
    with pytest.raises(UnsupportedError, match="allow_pickle=True"):
        io.read_stream("a", "pickle")


def test_write_stream_can_create(storage: NoizFileSystem) -> None:
    """overwrite=False and next_free=True reach the storage."""
    trace = obspy.Trace(np.ones(3))
    io.write_stream("TD.TD05.Z.2019.274.0100.0", trace)
    with pytest.raises(AlreadyExistsError):
        io.write_stream("TD.TD05.Z.2019.274.0100.0", trace, overwrite=False)
    assert io.write_stream("TD.TD05.Z.2019.274.0100.0", trace, next_free=True).name == "TD.TD05.Z.2019.274.0100.1"


@pytest.mark.parametrize("sample", STATIONXML, ids=str)
def test_inventories_round_trip(storage: NoizFileSystem, sample: Sample) -> None:
    """An inventory comes back equal as StationXML, recognised and named."""
    inventory = obspy.read_inventory(str(sample.path))
    path = io.write_inventory("inventory_TD.TD05.Z.xml.0", inventory)
    assert io.read_inventory(path) == inventory
    assert io.read_inventory(path, "stationxml") == inventory


def test_inventories_have_other_formats(storage: NoizFileSystem) -> None:
    """ObsPy's other formats are written and recognised."""
    inventory = obspy.read_inventory()
    io.write_inventory("a.txt", inventory, "STATIONTXT", level="channel")
    assert io.read_inventory("a.txt")[0][0].code == inventory[0][0].code


def test_inventories_count_up(storage: NoizFileSystem) -> None:
    """The counter behind .xml counts up."""
    paths = [io.write_inventory("inventory_A.B.Z.xml.0", obspy.read_inventory(), next_free=True) for _ in range(2)]
    assert [path.name for path in paths] == ["inventory_A.B.Z.xml.0", "inventory_A.B.Z.xml.1"]


@pytest.mark.parametrize("body", [b"", b"<xml", b"<a>\xff</a>", bytes(99)])
@pytest.mark.parametrize("format", [None, "STATIONXML"])
def test_other_content_is_no_inventory(storage: NoizFileSystem, body: bytes, format: str | None) -> None:  # noqa: A002
    """Content that is no station metadata raises CorruptedError with a cause."""
    with storage.open("a", "wb") as file:
        file.write(body)
    with pytest.raises(CorruptedError) as caught:
        io.read_inventory("a", format)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("call", [io.read_inventory, io.read_stream])
def test_an_unknown_format_is_no_corruption(storage: NoizFileSystem, call: Any) -> None:
    """A format that ObsPy has not raises a ValueError that lists those it has, before anything is sent."""
    storage.meter.clear()
    with pytest.raises(ValueError, match=r"it knows .*S"):
        call("a", "NOPE")
    assert not storage.meter.requests


@pytest.mark.parametrize("window", [{}, {"offset": 0}], ids=["whole", "window"])
def test_a_wrong_option_is_no_damage(storage: NoizFileSystem, window: dict[str, Any]) -> None:
    """An option that ObsPy refuses raises what ObsPy says, for the content can be read without it."""
    io.write_stream("a", obspy.read(str(DAY.path)))
    with pytest.raises(ValueError, match="starttime needs to be a UTCDateTime") as caught:
        io.read_stream("a", starttime="2020-10-01", **window)
    assert not isinstance(caught.value, CorruptedError)


def test_a_wrong_option_of_an_inventory_is_no_damage(storage: NoizFileSystem) -> None:
    """The same for station metadata."""
    with storage.open("a", "wb") as file:
        file.write(STATIONXML[0].read_bytes())
    with pytest.raises(TypeError, match="nonsense"):
        io.read_inventory("a", nonsense=1)


@pytest.mark.parametrize("window", [{}, {"offset": 0}], ids=["whole", "window"])
def test_damage_is_damage_with_options_too(storage: NoizFileSystem, window: dict[str, Any]) -> None:
    """Content that cannot be read without the options either is corrupted."""
    io.write_text("a", "no waveform")
    with pytest.raises(CorruptedError):
        io.read_stream("a", starttime=obspy.UTCDateTime(2020, 10, 1), **window)
