"""Options of waveforms: each does what it does in ObsPy, whatever the format and the window."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

import numpy
import obspy
import pytest

from conformance.behaviour import needs, source, without_server
from conformance.helper_calls import LOADERS, by_name, small_stream, written_by_obspy
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import WRITE

pytestmark = without_server()


@source("https://docs.obspy.org/packages/autogen/obspy.io.sac.core._read_sac.html")
@pytest.mark.parametrize("kind", [{}, {"format": "SAC"}], ids=["recognised", "named"])
def test_encoding_is_honoured(fs: Any, subject: Any, witness: Any, tmp_path: Path, kind: dict[str, str]) -> None:
    """Codes in a SAC file that are not ASCII are read in the encoding that is named."""
    written_by_obspy(obspy.Stream([obspy.Trace(numpy.ones(3, "f4"), {"station": "TDXX5"})]), tmp_path, "SAC")
    body = (tmp_path / "obspys").read_bytes()
    witness.put("event", body.replace(b"TDXX5", b"TD\xe9\xc85"))
    found = subject.io.read_stream(fs.get_path("event"), encoding="latin-1", **kind)
    assert found[0].stats.station == "TDéÈ5"


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize("option", [{"fsize": False}, {"station": "EMFO"}, {"skip": 1}], ids=by_name)
def test_option_of_another_format_is_no_damage(
    fs: Any, subject: Any, witness: Any, option: dict[str, Any], refused: Any
) -> None:
    """An option that only the readers of other formats have than that of the content raises TypeError that names it."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    with refused(TypeError, match=next(iter(option))):
        subject.io.read_stream(fs.get_path("day.mseed"), **option)


@source("contract: Formats")
@pytest.mark.parametrize("window", [{}, {"offset": 0}, {"format": "MSEED"}], ids=["whole", "window", "named"])
@pytest.mark.parametrize("options", [{"dtype": "no-such"}, {"sourcename": 5}], ids=by_name)
def test_option_that_obspy_refuses_is_no_damage(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], window: dict[str, Any], refused: Any
) -> None:
    """A value that ObsPy refuses raises ObsPy's own error: the content, which can be read without it, is sound."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    with refused(Exception) as caught:
        subject.io.read_stream(fs.get_path("day.mseed"), **options, **window)
    assert not isinstance(caught.value, OSError)


@source("contract: Formats")
@pytest.mark.parametrize("window", [{}, {"offset": 0}, {"format": "MSEED"}], ids=["whole", "window", "named"])
def test_damage_is_damage_with_options_too(
    fs: Any, subject: Any, witness: Any, window: dict[str, Any], refused: Any
) -> None:
    """Content that cannot be read without the options either raises ValueError that names the object and the format."""
    witness.put("day.mseed", b"nothing" * 100)
    with refused(ValueError, match=r"(a waveform|MSEED) .*day\.mseed"):
        subject.io.read_stream(fs.get_path("day.mseed"), dtype="float32", **window)


@source("contract: Formats")
@pytest.mark.parametrize(
    ("helper", "kind"),
    [("inventory", "STATIONTXT"), ("stream", "SAC"), ("stream", "GSE2"), ("stream", "WAV")],
)
def test_content_of_another_format_is_an_error(
    fs: Any, subject: Any, witness: Any, helper: str, kind: str, refused: Any
) -> None:
    """Content that is not of the format that is named raises ValueError, though another format would fit."""
    witness.put("object", {"inventory": STATIONXML[0], "stream": MINISEED[0]}[helper].read_bytes())
    with refused(ValueError, match="object"):
        LOADERS[helper](subject.io, fs.get_path("object"), format=kind)


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize(
    ("options", "look", "expected"),
    [
        ({"dtype": "float32"}, lambda stream: str(stream[0].data.dtype), "float32"),
        ({"sourcename": "BW.*"}, len, 1),
        ({"starttime": obspy.UTCDateTime(2100, 1, 1)}, len, 0),
        ({"headonly": True}, lambda stream: len(stream[0].data), 0),
        ({"format": "MSEED", "reclen": 512}, len, 1),
    ],
    ids=["dtype", "sourcename", "starttime", "headonly", "reclen"],
)
def test_are_honoured(fs: Any, subject: Any, witness: Any, options: dict[str, Any], look: Any, expected: Any) -> None:
    """What ObsPy takes to read a waveform does what it says, and what takes no sample is no damage."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    found = subject.io.read_stream(fs.get_path("day.mseed"), **options)
    assert look(found) == expected


@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.io.mseed.core._write_mseed.html")
@pytest.mark.parametrize(
    ("options", "name", "expected"),
    [
        ({"encoding": "INT32"}, "encoding", "INT32"),
        ({"reclen": 512}, "record_length", 512),
        ({"byteorder": "<"}, "byteorder", "<"),
    ],
    ids=["encoding", "reclen", "byteorder"],
)
def test_of_miniseed_are_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], name: str, expected: Any
) -> None:
    """Encoding, record length and byte order of miniSEED are those that were asked for."""
    subject.io.write_stream(fs.get_path("day.mseed"), small_stream(), **options)
    assert obspy.read(io.BytesIO(witness.get("day.mseed")))[0].stats.mseed[name] == expected


CHANNELS: Final = {sample.name: sample for sample in MINISEED}["steim2-channels"]
"""Four channels of one minute, two of them of another rate."""

MIDDLE: Final = obspy.UTCDateTime(2010, 2, 27, 6, 30, 20, 13000)
"""A time between two of their samples."""


def _waveforms(stream: obspy.Stream) -> list[tuple[Any, ...]]:
    """All that a stream says: every header, records of processing included, and every sample with its type."""
    return [(dict(trace.stats), trace.data.dtype.str, trace.data.tobytes()) for trace in stream]


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize(
    "options",
    [
        {"starttime": MIDDLE},
        {"endtime": MIDDLE},
        {"starttime": MIDDLE, "endtime": MIDDLE + 5},
        {"starttime": MIDDLE, "nearest_sample": False},
        {"dtype": "float64"},
        {"sourcename": "IU.AFI.*"},
        {"details": True},
        {"headonly": True},
    ],
    ids=by_name,
)
def test_of_miniseed_read_as_obspys(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option a waveform has the samples, headers and records of processing that ObsPy gives it."""
    body = CHANNELS.read_bytes()
    witness.put("day.mseed", body)
    found = _waveforms(subject.io.read_stream(fs.get_path("day.mseed"), **options))
    assert found == _waveforms(obspy.read(io.BytesIO(body), format="MSEED", **options))
    assert found != _waveforms(obspy.read(io.BytesIO(body), format="MSEED"))


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"offset": 30 * 512}, 30 * 512, None),
        ({"length": 3 * 512}, 0, 3 * 512),
        ({"offset": 512, "length": 9 * 512, "headonly": True}, 512, 10 * 512),
        ({"offset": 512, "length": 9 * 512, "starttime": MIDDLE}, 512, 10 * 512),
        ({"offset": 512, "endtime": MIDDLE, "format": "MSEED"}, 512, None),
        ({"offset": 20 * 512, "sourcename": "IU.AFI.*"}, 20 * 512, None),
    ],
    ids=lambda value: by_name(value) if isinstance(value, dict) else None,
)
def test_are_honoured_within_a_window(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], first: int, last: int | None
) -> None:
    """An offset alone reads to the end, a length alone from the beginning, and other options hold there too."""
    body = CHANNELS.read_bytes()
    witness.put("day.mseed", body)
    obspys = {name: value for name, value in options.items() if name not in ("offset", "length", "format")}
    found = subject.io.read_stream(fs.get_path("day.mseed"), **options)
    assert _waveforms(found) == _waveforms(obspy.read(io.BytesIO(body[first:last]), format="MSEED", **obspys))


def _two_traces() -> obspy.Stream:
    """Two traces in an order that no list of names or times would have."""
    late, early = small_stream(), small_stream()
    late[0].stats.update({"channel": "HHZ", "starttime": obspy.UTCDateTime(2020, 3, 1, 0, 0, 0, 123456)})
    early[0].stats.update({"channel": "HHE", "starttime": obspy.UTCDateTime(1969, 12, 31, 23, 59, 59, 999999)})
    return late + early


@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.io.mseed.core._write_mseed.html")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"encoding": "STEIM1"},
        {"encoding": 3},
        {"reclen": 256},
        {"byteorder": 0},
        {"sequence_number": 7},
        {"encoding": "INT32", "reclen": 1024, "byteorder": "<", "sequence_number": 99},
    ],
    ids=lambda options: by_name(options) or "none",
)
def test_miniseed_is_written_as_by_obspy(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    """With each option miniSEED is what ObsPy writes of the same traces, in their order, to the microsecond."""
    stream = _two_traces()
    stream[1].stats.mseed = {"dataquality": "Q"}
    before = stream.copy()
    subject.io.write_stream(fs.get_path("day.mseed"), stream, **options)
    assert witness.get("day.mseed") == written_by_obspy(before, tmp_path, **options)
    assert _waveforms(stream) == _waveforms(before)


@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.Stream.write.html")
@pytest.mark.parametrize(
    ("kind", "options"),
    [("SAC", {}), ("SAC", {"byteorder": "<"}), ("SAC", {"byteorder": ">"}), ("WAV", {"framerate": 8000}), ("GSE2", {})],
)
def test_other_formats_are_written_as_by_obspy(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    """With each option another format is what ObsPy writes, its own headers and the calibration included."""
    stream = small_stream()
    stream[0].stats.update({"calib": 2.5, "starttime": obspy.UTCDateTime(2020, 3, 1, 1, 2, 3, 250000)})
    stream[0].stats.sac = {"evla": 61.5, "stla": -12.25}
    before = stream.copy()
    path = subject.io.write_stream(fs.get_path("event"), stream, kind, **options)
    assert witness.get("event") == written_by_obspy(before, tmp_path, kind, **options)
    assert _waveforms(stream) == _waveforms(before)
    expected = obspy.read(str(tmp_path / "obspys"), format=kind)
    assert _waveforms(subject.io.read_stream(path, kind)) == _waveforms(expected)


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize("options", [{"apply_calib": True}, {"dtype": "float32"}, {"headonly": True}], ids=by_name)
def test_of_other_formats_read_as_obspys(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    """The calibration that a format holds is applied when that is asked for, and other options hold for it too."""
    stream = small_stream()
    stream[0].stats.calib = 2.5
    witness.put("event", written_by_obspy(stream, tmp_path, "GSE2"))
    found = _waveforms(subject.io.read_stream(fs.get_path("event"), **options))
    assert found == _waveforms(obspy.read(str(tmp_path / "obspys"), format="GSE2", **options))
    assert found != _waveforms(obspy.read(str(tmp_path / "obspys"), format="GSE2"))
