"""Codes of stations: two ids never become one, and none is cut unasked, whatever format a stream is written in."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy
import obspy
import pytest

from conformance.behaviour import needs, source, without_server
from fixtures.endpoint import WRITE

pytestmark = [without_server(), needs(WRITE)]

MANUAL: Final = "https://www.fdsn.org/pdf/SEEDManual_V2.4.pdf"
CODES: Final = ("network", "station", "location", "channel")


def _trace(identity: str = "TD.TD05.00.HHZ", data: Any = None, **header: Any) -> obspy.Trace:
    samples = numpy.arange(100, dtype="int32") if data is None else data
    codes = dict(zip(CODES, identity.split("."), strict=True))
    return obspy.Trace(samples, {"sampling_rate": 24.0, **codes, **header})


def _stored(witness: Any, key: str = "day.mseed") -> obspy.Stream:
    return obspy.read(io.BytesIO(witness.get(key)), format="MSEED")


@source(MANUAL, "https://github.com/obspy/obspy/issues/1672")
@pytest.mark.parametrize(
    "identity",
    ["TDX.TD05.00.HHZ", "TD.TDSTAT.00.HHZ", "TD.TD05.000.HHZ", "TD.TD05.00.HHZZ", "TD.A-VERY-LONG-NAME.00.HHZ"],
)
@pytest.mark.parametrize("shape", ["trace", "stream"])
def test_long_code_is_refused(fs: Any, subject: Any, identity: str, shape: str, refused: Any, costs: Any) -> None:
    """A code longer than miniSEED holds is refused before anything is sent; the error shows it and what to do."""
    given = {"trace": _trace(identity), "stream": obspy.Stream([_trace(), _trace(identity)])}[shape]
    with refused(ValueError, match="truncate_codes=True") as caught, costs():
        subject.io.write_stream(fs.get_path("day.mseed"), given)
    assert max(identity.split("."), key=len) in str(caught.value) or identity in str(caught.value)


@source(MANUAL)
@pytest.mark.parametrize("identity", ["TD.TDÖ5.00.HHZ", "TÅ.TD05.00.HHZ", "TD.TD\0.00.HHZ", "TD.TD05.00.HH\n"])
@pytest.mark.parametrize("options", [{}, {"truncate_codes": True}], ids=["plain", "truncate"])
def test_code_that_is_not_ascii_is_refused(
    fs: Any, subject: Any, identity: str, options: dict[str, bool], refused: Any, costs: Any
) -> None:
    """A code with letters that miniSEED has not, NUL among them, is refused before anything is sent."""
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("day.mseed"), _trace(identity), **options)


@source(MANUAL)
@pytest.mark.parametrize(
    ("identity", "stored"),
    [
        ("TDX.TD05.00.HHZ", "TD.TD05.00.HHZ"),
        ("TD.TDSTAT.00.HHZ", "TD.TDSTA.00.HHZ"),
        ("TD.TD05.000.HHZZ", "TD.TD05.00.HHZ"),
        ("NETWORK-TOO-LONG.STATION-TOO-LONG.LOCATION-LONG.CHANNEL-LONG", "NE.STATI.LO.CHA"),
    ],
)
def test_code_is_cut_when_asked_for(fs: Any, subject: Any, witness: Any, identity: str, stored: str) -> None:
    """With truncate_codes=True codes are cut to what miniSEED holds, and the stream that was given keeps its own."""
    trace = _trace(identity)
    subject.io.write_stream(fs.get_path("day.mseed"), trace, truncate_codes=True)
    assert (trace.id, [each.id for each in _stored(witness)]) == (identity, [stored])
    assert _stored(witness)[0].data.tolist() == trace.data.tolist()


@source(MANUAL)
@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("TD.STATION1.00.HHZ", "TD.STATION2.00.HHZ", r"TD\.STATI\.00\.HHZ"),
        ("TD.STATI.00.HHZ", "TD.STATION.00.HHZ", r"TD\.STATI\.00\.HHZ"),
        ("TDA.TD05.00.HHZ", "TDB.TD05.00.HHZ", r"TD\.TD05\.00\.HHZ"),
        ("TD.TD05.00.HHZ1", "TD.TD05.00.HHZ2", r"TD\.TD05\.00\.HHZ"),
    ],
)
def test_two_ids_never_become_one(
    fs: Any, subject: Any, first: str, second: str, one: str, refused: Any, costs: Any
) -> None:
    """Traces of two ids that cutting would make one are refused, truncate_codes=True or not, and nothing is sent."""
    stream = obspy.Stream([_trace(first), _trace(second)])
    with refused(ValueError, match=rf"\b{one}\b"), costs():
        subject.io.write_stream(fs.get_path("day.mseed"), stream, truncate_codes=True)
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("day.mseed"), stream)


@source(MANUAL)
@pytest.mark.parametrize("identity", ["TD.TD05.00.HHZ", "TD.TDSTA.00.HHZ", "...", "T.S..Z", "TD.TD 5..H Z"])
def test_code_that_fits_comes_back(fs: Any, subject: Any, identity: str) -> None:
    """Codes up to the length that miniSEED holds, empty ones too, come back as they were; several traces may share."""
    stream = obspy.Stream([_trace(identity), _trace(identity, starttime=obspy.UTCDateTime(2020, 1, 1))])
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("day.mseed"), stream))
    assert [trace.id for trace in found] == [identity, identity]


@source("https://github.com/obspy/obspy/issues/1672")
@pytest.mark.parametrize("format", ["SAC", "SACXY", "AH", "SH_ASC", "GSE2"])
def test_long_code_of_other_formats_is_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    refused: Any,
    costs: Any,
) -> None:
    """A code that another format would cut, or could not be read with, is refused before anything is sent."""
    with refused(ValueError, match=format), costs():
        subject.io.write_stream(fs.get_path("event"), _trace("TD.STATION12345.00.CHANNEL123"), format=format)


@source("contract: Formats")
@pytest.mark.parametrize("format", ["AH", "SH_ASC"])
def test_two_ids_of_other_formats_never_become_one(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    refused: Any,
    costs: Any,
) -> None:
    """Two networks that a format without networks would make one are refused before anything is sent."""
    stream = obspy.Stream([_trace("TD.TD05.00.HHZ"), _trace("XX.TD05.00.HHZ")])
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("event"), stream, format=format, truncate_codes=True)


@source("contract: Formats")
@pytest.mark.parametrize("format", ["SLIST", "TSPAIR"])
def test_file_that_nobody_could_read_is_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    refused: Any,
    costs: Any,
) -> None:
    """A code that makes a file which cannot be read again is refused before anything is sent."""
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("event"), _trace("T_D.TD_5.00.HHZ"), format=format)


SAMPLES: Final[dict[str, Any]] = {
    "int64-below": numpy.array([-(2**63), 1]),
    "int64-above": numpy.array([2**31, 1]),
    "int64-just-below": numpy.array([-(2**31), 1]),
    "complex": numpy.array([1j, 2]),
    "flags": numpy.array([True, False]),
    "uint32": numpy.array([1, 2], dtype="uint32"),
    "uint16": numpy.array([1, 2], dtype="uint16"),
    "int8": numpy.array([1, 2], dtype="int8"),
    "float16": numpy.array([1, 2], dtype="float16"),
    "long-double": numpy.array([1, 2], dtype="longdouble"),
    "texts": numpy.array([b"abc", b"d"]),
    "masked": numpy.ma.masked_equal(numpy.arange(3, dtype="int32"), 1),
}
"""Samples that miniSEED has not."""


@source(MANUAL)
@pytest.mark.parametrize("samples", SAMPLES)
def test_samples_that_would_change_are_refused(fs: Any, subject: Any, samples: str, refused: Any, costs: Any) -> None:
    """Samples of a type or size that miniSEED has not are refused before anything is sent, never cast."""
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("day.mseed"), _trace(data=SAMPLES[samples]))


@source(MANUAL)
@pytest.mark.parametrize("dtype", ["<i4", ">i4", "<f4", ">f4", "<f8", ">f8", "<i2", ">i2", "<i8", ">i8", "S1"])
def test_samples_come_back(fs: Any, subject: Any, dtype: str) -> None:
    """Samples of every type that miniSEED has come back with their values, whatever their byte order."""
    data = numpy.array([1, 2, 3, 0, 9], dtype=dtype)
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("day.mseed"), _trace(data=data)))
    assert (found[0].data.dtype.kind, found[0].data.tolist()) == (data.dtype.kind, data.tolist())


@source(MANUAL)
@pytest.mark.parametrize("rate", [float("inf"), 1e40, -1e40])
def test_rate_that_would_change_is_refused(fs: Any, subject: Any, rate: float, refused: Any, costs: Any) -> None:
    """A sampling rate that would be stored as infinite is refused before anything is sent."""
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("day.mseed"), _trace(sampling_rate=rate))


@source("contract: Formats")
@pytest.mark.parametrize(
    ("format", "data"),
    [
        ("WAV", numpy.array([0.25, 0.5, 0.75])),
        ("WAV", numpy.array([2**40, 1, 2])),
        ("SAC", numpy.array([1e300, 1.0, 2.0])),
        ("SAC", numpy.array([1j, 2, 3])),
        ("SAC", numpy.array([1e-60, 2e-60, 3e-60])),
        ("SAC", numpy.array([2**31 - 1, 1e300, numpy.nan])),
        ("WAV", numpy.array([100_000.0, 100_000.9])),
    ],
    ids=[
        "fractions-as-integers",
        "large-integers",
        "large-floats",
        "complex",
        "small-floats",
        "beside-nan",
        "fractions",
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:Casting complex values")
def test_samples_that_other_formats_would_change_are_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    data: Any,
    refused: Any,
    costs: Any,
) -> None:
    """Samples that another format would do more to than round are refused before anything is sent."""
    with refused(ValueError, match=format), costs():
        subject.io.write_stream(fs.get_path("event"), _trace(data=data), format=format)


@source("contract: Formats")
@pytest.mark.parametrize("format", ["SAC", "SLIST", "TSPAIR", "SH_ASC", "AH"])
def test_other_formats_may_round(fs: Any, subject: Any, rng: Any, format: str) -> None:  # noqa: A002 - ObsPy's word
    """Samples that a format holds to seven digits are written, and come back rounded."""
    data = numpy.array([rng.gauss(0, 1e-9) for _ in range(100)])
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("event"), _trace(data=data), format=format))
    assert numpy.allclose(found[0].data, data, rtol=1e-5, atol=1e-14)


@source("contract: Formats")
@pytest.mark.parametrize("format", ["SAC", "SLIST", "TSPAIR", "AH"])
def test_missing_samples_of_other_formats_come_back(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
) -> None:
    """Samples that are not a number, zeros, and traces of nothing else, are written as they are."""
    for data in ([numpy.nan, 1.5, 0.0], [numpy.nan] * 3, [0.0, 0.0]):
        path = subject.io.write_stream(fs.get_path("event"), _trace(data=numpy.array(data)), format=format)
        assert numpy.array_equal(subject.io.read_stream(path)[0].data, data, equal_nan=True)


@source(MANUAL)
@pytest.mark.parametrize("sample", [1 - 2**31, 2**31 - 1])
def test_largest_integers_come_back(fs: Any, subject: Any, sample: int) -> None:
    """Integers of 64 bits are stored up to the largest that 32 bits hold, with either sign."""
    trace = _trace(data=numpy.array([sample, sample]))
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("day.mseed"), trace))
    assert found[0].data.tolist() == [sample, sample]


@source(MANUAL)
@pytest.mark.parametrize(
    ("data", "fits"),
    [
        (numpy.array([-(2**15), 2**15 - 1], "int32"), True),
        (numpy.array([-(2**15) - 1, 0], "int32"), False),
        (numpy.array([2**15, 0], "int32"), False),
        (numpy.array([0.5, 1.0]), False),
        (numpy.array([0.5, 1.0], "float32"), False),
    ],
    ids=["bounds", "below", "above", "float64", "float32"],
)
@pytest.mark.filterwarnings("ignore:The encoding specified")
def test_16_bits_are_kept_where_they_suffice(fs: Any, subject: Any, witness: Any, data: Any, fits: bool) -> None:
    """Samples that were read from 16 bits are stored so again while they fit, and keep their values in any case."""
    trace = _trace(data=data, mseed={"encoding": "INT16"})
    subject.io.write_stream(fs.get_path("day.mseed"), trace)
    found = _stored(witness)[0]
    assert (found.id, found.data.tolist(), found.stats.mseed.encoding == "INT16") == (trace.id, data.tolist(), fits)
    assert (trace.data.dtype, found.stats.starttime, found.stats.sampling_rate) == (
        data.dtype,
        trace.stats.starttime,
        trace.stats.sampling_rate,
    )


@source(MANUAL)
@pytest.mark.parametrize("encoding", ["INT32", "STEIM1", "STEIM2"])
def test_encoding_wins_over_16_bits(fs: Any, subject: Any, witness: Any, encoding: str) -> None:
    """Samples that were read from 16 bits are stored in the encoding that is asked for."""
    trace = _trace(mseed={"encoding": "INT16"})
    subject.io.write_stream(fs.get_path("day.mseed"), trace, encoding=encoding)
    assert (_stored(witness)[0].stats.mseed.encoding, _stored(witness)[0].data.tolist()) == (
        encoding,
        trace.data.tolist(),
    )


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.Stream.split.html")
@pytest.mark.parametrize("format", ["MSEED", "SAC"])
def test_mask_that_hides_nothing_is_no_gap(fs: Any, subject: Any, format: str) -> None:  # noqa: A002 - ObsPy's word
    """Samples of a masked array of which none is masked are written with the headers of their trace."""
    data = numpy.ma.masked_equal(numpy.arange(5, dtype="float32"), 9)
    trace = _trace(data=data, starttime=obspy.UTCDateTime(2020, 2, 29), sampling_rate=50.0)
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("day"), trace, format=format))[0]
    assert (found.id, found.data.tolist(), found.stats.starttime, found.stats.sampling_rate) == (
        trace.id,
        data.tolist(),
        trace.stats.starttime,
        trace.stats.sampling_rate,
    )


@source("contract: Formats")
@pytest.mark.parametrize("streams", [[], [[]], [[], []]], ids=["no-trace", "no-sample", "no-samples"])
@pytest.mark.parametrize("format", ["MSEED", "SAC"])
def test_nothing_is_not_written(
    fs: Any,
    subject: Any,
    streams: list[list[int]],
    format: str,  # noqa: A002 - ObsPy's word
    refused: Any,
    costs: Any,
) -> None:
    """A stream without a trace, or without a sample, is refused before anything is sent: nobody could read it."""
    stream = obspy.Stream([_trace(data=numpy.array(samples, "int32")) for samples in streams])
    with refused(ValueError, match="nothing to write"), costs():
        subject.io.write_stream(fs.get_path("day"), stream, format=format)


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.Stream.write.html")
@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("SLIST", {"custom_fmt": "%.1f"}),
        ("TSPAIR", {"custom_fmt": "%.1f"}),
        ("SH_ASC", {"custom_format": "%-.1e"}),
        ("WAV", {"rescale": True}),
    ],
)
def test_fewer_digits_may_be_asked_for(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    options: dict[str, Any],
    tmp_path: Any,
) -> None:
    """Samples that the caller asks to have rounded or rescaled are written so, as ObsPy does it."""
    trace = _trace(data=numpy.array([0.123456789, 1.5, -0.77]))
    trace.write(str(tmp_path / "obspys"), format=format, **options)
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("event"), trace, format, **options))
    assert found[0].data.tolist() == obspy.read(str(tmp_path / "obspys"), format=format)[0].data.tolist()
    assert found[0].data.tolist() != trace.data.tolist()


@source("contract: Formats")
@pytest.mark.parametrize(
    ("format", "first", "second"),
    [("GCF", 100, 100), ("GCF", 100, 7), ("SLIST", 100, 0), ("TSPAIR", 0, 100)],
)
def test_traces_may_be_joined_where_no_sample_is_lost(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    first: int,
    second: int,
) -> None:
    """A format that joins traces, or stores those without a sample, is written while every sample has its id."""
    start, traces = obspy.UTCDateTime(2020, 1, 1), []
    for size, seconds in ((first, 0), (second, 1)):
        data = numpy.arange(size, dtype="int32")
        traces.append(_trace(".TD05..HHZ", data=data, sampling_rate=100.0, starttime=start + seconds))
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("event"), obspy.Stream(traces), format))
    assert sorted(numpy.concatenate([trace.data for trace in found])) == sorted([*range(first), *range(second)])


@source("contract: Formats")
@pytest.mark.parametrize(
    ("format", "identity"), [("GCF", "TD.TD05.00.HHZ"), ("SAC", ".TD05..HHZ"), ("WAV", "..."), ("Q", "...")]
)
def test_traces_that_a_format_joins_or_spreads_are_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - ObsPy's word
    identity: str,
    refused: Any,
    costs: Any,
) -> None:
    """Two traces of which a format would make one under another id, or two files, are refused; nothing is sent."""
    start, rate = obspy.UTCDateTime(2020, 1, 1), {"sampling_rate": 100.0}
    stream = obspy.Stream([_trace(identity, starttime=start + each, **rate) for each in (0, 1)])
    with refused(ValueError, match=format), costs():
        subject.io.write_stream(fs.get_path("event"), stream, format)
