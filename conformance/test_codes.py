"""Codes of stations: two ids never become one, and none is cut unasked, whatever format a stream is written in."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy
import obspy
import pytest

from conformance.behaviour import embedded_backends, needs, source
from fixtures.endpoint import WRITE

pytestmark = [embedded_backends(), needs(WRITE)]

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
    ("first", "second"),
    [
        ("TD.STATION1.00.HHZ", "TD.STATION2.00.HHZ"),
        ("TD.STATI.00.HHZ", "TD.STATION.00.HHZ"),
        ("TDA.TD05.00.HHZ", "TDB.TD05.00.HHZ"),
        ("TD.TD05.00.HHZ1", "TD.TD05.00.HHZ2"),
    ],
)
def test_two_ids_never_become_one(fs: Any, subject: Any, first: str, second: str, refused: Any, costs: Any) -> None:
    """Traces of two ids that cutting would make one are refused, truncate_codes=True or not, and nothing is sent."""
    stream = obspy.Stream([_trace(first), _trace(second)])
    with refused(ValueError), costs():
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
    with refused(ValueError), costs():
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
    ],
    ids=["fractions-as-integers", "large-integers", "large-floats", "complex", "small-floats"],
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
    with refused(ValueError), costs():
        subject.io.write_stream(fs.get_path("event"), _trace(data=data), format=format)


@source("contract: Formats")
@pytest.mark.parametrize("format", ["SAC", "SLIST", "TSPAIR", "SH_ASC", "AH"])
def test_other_formats_may_round(fs: Any, subject: Any, rng: Any, format: str) -> None:  # noqa: A002 - ObsPy's word
    """Samples that a format holds to seven digits are written, and come back rounded."""
    data = numpy.array([rng.gauss(0, 1e-9) for _ in range(100)])
    found = subject.io.read_stream(subject.io.write_stream(fs.get_path("event"), _trace(data=data), format=format))
    assert numpy.allclose(found[0].data, data, rtol=1e-5, atol=1e-14)
