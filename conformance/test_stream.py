"""Waveforms: real files come back with the same samples, times, ids and encodings, whole or by the window."""

from __future__ import annotations

import io
from typing import Any

import numpy
import obspy
import pytest

from conformance.behaviour import needs, source
from conformance.samples import MINISEED, MiniSeed
from fixtures.endpoint import WRITE

NAMED = {sample.name: sample for sample in MINISEED}
READ = "steim1-day-start steim1-little steim1-gaps steim2-day steim2-channels float64-nan int16-big geoscope"
"""Samples that differ most for a reader."""
WRITTEN = "steim1-4096 steim1-many-gaps steim2-little steim2-channels float32-big float64-little int16-big ascii-big"
"""Samples that differ most for a writer."""
DAY = NAMED["steim2-day"]
RECORD = 512
"""Bytes of one record of that day."""


def _content(stream: obspy.Stream) -> list[tuple[Any, ...]]:
    """What a stream says: per trace its id, times, rate, type of samples, and every sample."""
    return [
        (t.id, t.stats.starttime, t.stats.endtime, t.stats.sampling_rate, t.data.dtype.kind, t.data.tobytes())
        for t in stream
    ]


def _storage(stream: obspy.Stream) -> list[tuple[Any, ...]]:
    """How miniSEED stores each trace."""
    return [(t.stats.mseed.encoding, t.stats.mseed.byteorder, t.stats.mseed.record_length) for t in stream]


def _obspys(body: bytes, format: str | None = "MSEED", **options: Any) -> obspy.Stream:  # noqa: A002 - ObsPy's word
    return obspy.read(io.BytesIO(body), format=format, **options)


def _synthetic(size: int = 100) -> obspy.Stream:
    header = {"network": "TD", "station": "TD05", "channel": "HHZ", "sampling_rate": 24.0}
    return obspy.Stream([obspy.Trace(numpy.arange(size, dtype="float64"), header=header)])


@source("contract: Formats", "Noiz 0.7.1: R12")
@pytest.mark.parametrize("sample", [NAMED[name] for name in READ.split()], ids=str)
def test_real_file_is_read(fs: Any, subject: Any, witness: Any, sample: MiniSeed) -> None:
    """A real miniSEED file reads as ObsPy reads it from a disk: every trace, sample, time and id."""
    witness.put("data/raw.mseed", sample.read_bytes())
    found = subject.io.read_stream(fs.get_path("data/raw.mseed"))
    assert _content(found) == _content(obspy.read(str(sample.path)))
    assert (len(found), sum(len(trace) for trace in found)) == (sample.traces, sample.samples)


@needs(WRITE)
@source("contract: Cost", "Noiz 0.7.1: W1")
@pytest.mark.parametrize("sample", [NAMED[name] for name in WRITTEN.split()], ids=str)
def test_round_trip_keeps_the_storage(fs: Any, subject: Any, witness: Any, sample: MiniSeed) -> None:
    """A stream that is read and written again keeps samples, times, ids, gaps, encoding and byte order."""
    before = obspy.read(str(sample.path))
    subject.io.write_stream(fs.get_path("again.mseed"), before)
    after = _obspys(witness.get("again.mseed"))
    assert (_content(after), _storage(after)) == (_content(before), _storage(before))


@source("contract: Formats")
def test_headers_alone(fs: Any, subject: Any, witness: Any) -> None:
    """With `headonly` the traces have their times and counts, and no samples."""
    witness.put("day.mseed", DAY.read_bytes())
    found = subject.io.read_stream(fs.get_path("day.mseed"), headonly=True)
    assert ([len(trace.data) for trace in found], found[0].stats.npts) == ([0], DAY.samples)


@source("contract: Formats")
@pytest.mark.parametrize("format", [None, "MSEED", "mseed"], ids=["recognised", "given", "lower-case"])
def test_format_of_mseed(fs: Any, subject: Any, witness: Any, format: str | None) -> None:  # noqa: A002
    """miniSEED is read with its format given in any case, and recognised by the content, whatever the name."""
    body = NAMED["steim2"].read_bytes()
    witness.put("TD.TD05.Z.2019.274.0100.0", body)
    found = subject.io.read_stream(fs.get_path("TD.TD05.Z.2019.274.0100.0"), format=format)
    assert (_content(found), found[0].stats._format) == (_content(_obspys(body)), "MSEED")


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize("format", ["SAC", "GSE2", "WAV", "TSPAIR"])
def test_other_formats(fs: Any, subject: Any, witness: Any, format: str) -> None:  # noqa: A002
    """Other formats of ObsPy are written, recognised and read, whatever the suffix."""
    stream = _synthetic()
    stream[0].data = stream[0].data.astype("int32")
    path = subject.io.write_stream(fs.get_path("event.waves"), stream, format=format)
    found = subject.io.read_stream(path)
    assert (found[0].stats._format, found[0].stats.npts, witness.keys()) == (format, 100, ["event.waves"])
    assert _content(found) == _content(_obspys(witness.get("event.waves"), None))


@source("contract: Formats", "Noiz 0.7.1: R12")
@pytest.mark.parametrize(("first", "records"), [(0, 1), (10, 4), (37, 1)], ids=["first", "inside", "one-inside"])
def test_window(fs: Any, subject: Any, witness: Any, first: int, records: int) -> None:
    """A window of whole records reads as these records alone, as the rows of Noiz's tsindex name them."""
    body = DAY.read_bytes()
    witness.put("day.mseed", body)
    offset, length = first * RECORD, records * RECORD
    found = subject.io.read_stream(fs.get_path("day.mseed"), offset=offset, length=length)
    assert _content(found) == _content(_obspys(body[offset : offset + length]))


@source("contract: Reading")
@pytest.mark.parametrize(("offset", "length"), [(-RECORD, 2 * RECORD), (0, 2 * RECORD), (RECORD, RECORD)])
def test_window_past_the_end(fs: Any, subject: Any, witness: Any, offset: int, length: int, refused: Any) -> None:
    """A window that is not wholly inside the object raises ValueError instead of giving less."""
    witness.put("record.mseed", DAY.read_bytes()[:RECORD])
    with refused(ValueError, match=r"record\.mseed|offset"):
        subject.io.read_stream(fs.get_path("record.mseed"), offset=offset, length=length)


@needs(WRITE)
@source("Noiz 0.7.1: D14", "B4.114")
@pytest.mark.parametrize("name", ["a[1].mseed", "a*.mseed", "a?.mseed", "a b#%20é.mseed"])
def test_name_is_literal(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """A name with `[`, `*`, `?`, `#` or `%` is that name: it is no pattern, and no other file is read."""
    witness.put("a1.mseed", NAMED["steim1-4096"].read_bytes())
    path = subject.io.write_stream(fs.get_path(name), _obspys(NAMED["steim2"].read_bytes()))
    assert witness.keys() == sorted(["a1.mseed", name])
    assert _content(subject.io.read_stream(path)) == _content(_obspys(NAMED["steim2"].read_bytes()))


@source("Noiz 0.7.1: R12", "contract: Formats")
@pytest.mark.parametrize("body", [b"", b"no waveform", DAY.read_bytes()[:300]], ids=["empty", "text", "half-record"])
def test_no_waveform_is_an_error(fs: Any, subject: Any, witness: Any, body: bytes, refused: Any) -> None:
    """Content that is no waveform raises ValueError that names the object, with ObsPy's own error as its cause."""
    witness.put("broken.mseed", body)
    with refused(ValueError, match=r"broken\.mseed") as caught:
        subject.io.read_stream(fs.get_path("broken.mseed"))
    assert isinstance(caught.value.__cause__, Exception)


@source("Noiz 0.7.1: W21", "contract: Formats")
def test_pickle_is_no_waveform(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A pickle is never unpickled to find out whether it is a waveform."""
    body = io.BytesIO()
    _synthetic().write(body, format="PICKLE")
    witness.put("stream.mseed", body.getvalue())
    with refused((ValueError, OSError)):
        subject.io.read_stream(fs.get_path("stream.mseed"))


@needs(WRITE)
@source("B2.53", "contract: Writing")
def test_failing_write_publishes_nothing(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A stream that cannot be written whole, here for masked samples, leaves the older object as it was."""
    witness.put("day.mseed", b"older")
    stream = _synthetic()
    stream[0].data = numpy.ma.masked_greater(stream[0].data, 50)
    with refused((ValueError, NotImplementedError)):
        subject.io.write_stream(fs.get_path("day.mseed"), stream)
    assert (witness.keys(), witness.get("day.mseed")) == (["day.mseed"], b"older")
