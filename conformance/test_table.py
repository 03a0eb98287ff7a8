"""Tables and texts: data frames, TOML, text, pickles that were asked for, and Noiz's cross-correlations."""

from __future__ import annotations

import io
import math
import pickle
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import numpy
import obspy
import pandas
import pytest
from pandas.testing import assert_frame_equal

from conformance.behaviour import embedded_backends, needs, source, without_server
from conformance.samples import MINISEED
from fixtures.endpoint import EXCLUSIVE_CREATE, WRITE

TEXTS = {
    "empty": "",
    "line-ends": "first\r\nsecond\rthird\n",
    "letters": "Größe µ 地震 🌋\n",
    "mark-and-zero": "\ufeffa\0b",
}
VALUES = {
    "title": "Größe \"µ\" \\ 'x'",
    "flags": [True, False],
    "start": datetime(2019, 10, 1, 1, 2, 3, 456000, tzinfo=timezone.utc),
    "bands": [{"low": 0.1, "high": 1e-7}, {"low": -0.0, "high": math.inf}],
    "nested": {"a.b": {"": 2**62}},
}
VALUES_OF_OTHERS = {"title": "Größe", "bands": [{"low": 0.1}]}
TIMES = pandas.date_range("2019-10-01", periods=3, freq="30min", name="datetime")


def _frame(rng: Any) -> pandas.DataFrame:
    """Coordinates and satellite counts of three times, with every bit of the fraction in use."""
    return pandas.DataFrame(
        {"latitude": [rng.uniform(-90, 90) for _ in TIMES], "used": [3, 4, 5], "note": ["a,b", 'c "d"', "é\nf"]}, TIMES
    )


def _ccfs(columns: Any, rng: Any) -> pandas.DataFrame:
    data = [[rng.gauss(0, 1) for _ in columns] for _ in TIMES]
    return pandas.DataFrame(data, TIMES.astype("datetime64[ns]").rename(None), columns)


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W27")
@pytest.mark.parametrize("options", [{}, {"sep": ";"}], ids=["comma", "semicolon"])
def test_data_frame(fs: Any, subject: Any, witness: Any, rng: Any, options: dict[str, str]) -> None:
    """A data frame comes back from CSV with its times, texts and numbers, and pandas itself reads the object."""
    frame = _frame(rng)
    path = subject.io.save_dataframe(fs.get_path("soh/gps.csv"), frame, **options)
    reading = {"index_col": 0, "parse_dates": True, **options}
    found = subject.io.load_dataframe(path, **reading)
    assert_frame_equal(found, frame, check_exact=True, check_freq=False)
    assert_frame_equal(pandas.read_csv(io.BytesIO(witness.get("soh/gps.csv")), **reading), frame, check_freq=False)


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize("options", [{}, {"sep": ";"}], ids=["comma", "semicolon"])
def test_data_frame_is_exact_unasked(fs: Any, subject: Any, rng: Any, options: dict[str, str]) -> None:
    """Floating point numbers come back from CSV bit by bit without an option, which pandas would round."""
    frame = pandas.DataFrame({"value": [rng.uniform(-1, 1) * 10 ** rng.randint(-20, 20) for _ in range(500)]})
    path = subject.io.save_dataframe(fs.get_path("values.csv"), frame, index=False, **options)
    assert subject.io.load_dataframe(path, **options)["value"].tolist() == frame["value"].tolist()


@without_server()
@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize("options", [{}, {"sep": ";"}], ids=["comma", "semicolon"])
def test_parts_of_a_data_frame_are_exact_unasked(fs: Any, subject: Any, rng: Any, options: dict[str, str]) -> None:
    """Floating point numbers of a table that is read in parts come back bit by bit too, without an option."""
    frame = pandas.DataFrame({"value": [rng.uniform(-1, 1) * 10 ** rng.randint(-20, 20) for _ in range(500)]})
    path = subject.io.save_dataframe(fs.get_path("values.csv"), frame, index=False, **options)
    with subject.io.load_dataframe(path, iterator=True, **options) as parts:
        found = [parts.get_chunk(200), parts.read()]
    chunks = subject.io.load_dataframe(path, chunksize=200, **options)
    assert pandas.concat(found)["value"].tolist() == frame["value"].tolist()
    assert pandas.concat(chunks)["value"].tolist() == frame["value"].tolist()


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: R18")
def test_toml(fs: Any, subject: Any) -> None:
    """TOML comes back with its types: texts, booleans, times with their zone, numbers, tables in lists."""
    path = subject.io.save_toml(fs.get_path("config.toml"), VALUES)
    assert subject.io.load_toml(path) == VALUES


@needs(WRITE)
@source("contract: Formats", "B1.20")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text(fs: Any, subject: Any, witness: Any, text: str) -> None:
    """Text is stored as UTF-8 and comes back unchanged, its line ends and marks included."""
    path = subject.io.write_text(fs.get_path("notes.txt"), text)
    assert (witness.get("notes.txt"), subject.io.read_text(path)) == (text.encode(), text)


@source("contract: Formats", "Noiz 0.7.1: R18")
@pytest.mark.parametrize(
    ("load", "body", "options", "expected"),
    [
        ("load_toml", "title = 'Größe'\nbands = [{low = 0.1}]\n".encode(), {}, VALUES_OF_OTHERS),
        ("read_text", "Größe\r\n".encode(), {}, "Größe\r\n"),
        ("load_pickle", pickle.dumps(VALUES), {"allow_pickle": True}, VALUES),
    ],
    ids=["toml", "text", "pickle"],
)
def test_what_others_wrote_is_read(
    fs: Any, subject: Any, witness: Any, load: str, body: bytes, options: dict[str, Any], expected: Any
) -> None:
    """TOML, text and pickles that another program wrote are read as they are."""
    witness.put("theirs", body)
    assert getattr(subject.io, load)(fs.get_path("theirs"), **options) == expected


@source("contract: Formats")
def test_table_of_others_is_read(fs: Any, subject: Any, witness: Any, rng: Any) -> None:
    """A CSV file that pandas itself wrote to a disk reads with its times, texts and every bit of its numbers."""
    frame = _frame(rng)
    witness.put("soh/gps.csv", frame.to_csv().encode())
    found = subject.io.load_dataframe(fs.get_path("soh/gps.csv"), index_col=0, parse_dates=True)
    assert_frame_equal(found, frame, check_exact=True, check_freq=False)


@source("contract: Formats")
@pytest.mark.parametrize(
    ("load", "body"),
    [
        ("load_toml", b"a = = 1"),
        ("load_toml", b"a = '\xff'"),
        ("load_toml", b"a = " + b"[" * 100_000),
        ("read_text", b"\xff\xfe\xff"),
        ("load_dataframe", b""),
        ("load_ccfs_from_npz", b"PK\x05\x06" + bytes(18)),
    ],
    ids=["no-toml", "toml-not-utf-8", "deep-toml", "text-not-utf-8", "no-csv", "npz-without-ccfs"],
)
def test_broken_content_is_an_error(fs: Any, subject: Any, witness: Any, load: str, body: bytes, refused: Any) -> None:
    """Content that is not what the helper reads raises ValueError that names the object."""
    witness.put("broken", body)
    with refused(ValueError, match="broken"):
        getattr(subject.io, load)(fs.get_path("broken"))


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W21")
def test_pickle_only_when_asked_for(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """Without allow_pickle=True nothing is pickled and nothing unpickled; with it a value comes back equal."""
    path, value = (
        fs.get_path("traces.pl"),
        {"times": [datetime(2019, 10, 1, tzinfo=timezone.utc), None], ("a", 1): {2.5}},
    )
    with refused((ValueError, OSError), match="allow_pickle"):
        subject.io.save_pickle(path, value)
    assert witness.keys() == []
    subject.io.save_pickle(path, value, allow_pickle=True)
    with refused((ValueError, OSError), match="allow_pickle"):
        subject.io.load_pickle(path)
    assert subject.io.load_pickle(path, allow_pickle=True) == pickle.loads(witness.get("traces.pl")) == value


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W26")
@pytest.mark.parametrize("columns", [numpy.linspace(-2, 2, 7), ["TD.TD05.Z", "TD.TD06.É"]], ids=["lags", "names"])
def test_cross_correlations(fs: Any, subject: Any, rng: Any, columns: Any) -> None:
    """Cross-correlations come back with their times, lags or names, values and metadata."""
    frame = _ccfs(columns, rng)
    path = subject.io.write_ccfs_to_npz(
        frame,
        fs.get_path("raw_ccfs_pair.npz"),
        metadata_keys=["pair", 5],
        metadata_values=["TD05-TD06", 2.5],
        overwrite=True,
    )
    found, metadata = subject.io.load_ccfs_from_npz(path)
    assert_frame_equal(found, frame, check_exact=True, check_freq=False, check_column_type=False)
    assert metadata == {"pair": "TD05-TD06", "5": "2.5"}


@needs(EXCLUSIVE_CREATE, WRITE)
@source("Noiz 0.7.1: W26")
@pytest.mark.parametrize("name", ["b", "raw_ccfs_pair.npz"])
def test_cross_correlations_are_not_overwritten(
    fs: Any, subject: Any, witness: Any, rng: Any, name: str, refused: Any
) -> None:
    """Noiz's ccf export refuses a taken name unless `overwrite=True`, for every name, and writes to that name."""
    frame = _ccfs([0.0], rng)
    subject.io.write_ccfs_to_npz(frame, fs.get_path(name))
    with refused(FileExistsError):
        subject.io.write_ccfs_to_npz(frame, fs.get_path(name))
    assert witness.keys() == [name]
    subject.io.write_ccfs_to_npz(frame * 2, fs.get_path(name), overwrite=True)
    assert subject.io.load_ccfs_from_npz(fs.get_path(name))[0].equals(frame * 2)


@embedded_backends()
@needs(WRITE)
@source("https://docs.python.org/3/library/codecs.html#standard-encodings")
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig", "shift_jis"])
def test_text_in_another_encoding(fs: Any, subject: Any, witness: Any, encoding: str) -> None:
    """Text is stored and read in the encoding that is named, its line ends included."""
    text = {"shift_jis": "地震\r\n"}.get(encoding, "Größe µ\r\n")
    path = subject.io.write_text(fs.get_path("notes.txt"), text, encoding=encoding)
    assert (witness.get("notes.txt"), subject.io.read_text(path, encoding=encoding)) == (text.encode(encoding), text)


@embedded_backends()
@needs(WRITE)
@source("contract: Writing")
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_text_that_an_encoding_has_not_is_refused(
    fs: Any, subject: Any, witness: Any, encoding: str, refused: Any, costs: Any
) -> None:
    """A letter that the named encoding has not is refused before anything is sent, and never replaced."""
    witness.put("notes.txt", b"older")
    with refused(ValueError), costs():
        subject.io.write_text(fs.get_path("notes.txt"), "地震", encoding=encoding)


TOML: dict[str, Any] = {
    "zone": datetime(2020, 3, 1, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    "local": datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=timezone.utc).replace(tzinfo=None),
    "date": date(2020, 2, 29),
    "time": time(23, 59, 59, 999999),
    "a text": 'first\nsecond\ttab \\ "quoted"',
    "numbers": [1, -(2**63), 2**63 - 1, 0],
    "fractions": [0.1, 1e300, -0.0, 5e-324],
    "empty": {"text": "", "list": [], "table": {}},
    "a": {"z": [[1, 2], ["x"]], "b": {"y": True}},
}
"""Every type that TOML has, in no order that a list of names would have."""


@embedded_backends()
@needs(WRITE)
@source("https://toml.io/en/v1.0.0")
def test_toml_keeps_types_and_order(fs: Any, subject: Any) -> None:
    """TOML comes back with the types of all its values, dates without a zone included, and its keys in their order."""
    found = subject.io.load_toml(subject.io.save_toml(fs.get_path("run.toml"), TOML))
    scalars = {name: value for name, value in TOML.items() if not isinstance(value, dict)}
    assert repr({name: found[name] for name in scalars}) == repr(scalars)
    assert (found, [*found["empty"]], [*found["a"]]) == (TOML, ["text", "list", "table"], ["z", "b"])


@embedded_backends()
@needs(WRITE)
@source("https://toml.io/en/v1.0.0")
@pytest.mark.parametrize("values", [{"a": None}, {"a": {1, 2}}, {"a": [1j]}, {5: "a"}], ids=repr)
def test_value_that_toml_has_not_is_refused(
    fs: Any, subject: Any, witness: Any, values: dict[Any, Any], refused: Any, costs: Any
) -> None:
    """What TOML has no type for is refused before anything is sent, and never left out or turned into text."""
    witness.put("run.toml", b"older")
    with refused((TypeError, ValueError, AttributeError)), costs():
        subject.io.save_toml(fs.get_path("run.toml"), values)


@embedded_backends()
@needs(WRITE)
@source("https://docs.python.org/3/library/pickle.html#data-stream-format")
@pytest.mark.parametrize("protocol", [2, 3, 4, 5, None])
def test_protocol_of_a_pickle_is_honoured(fs: Any, subject: Any, witness: Any, protocol: int | None) -> None:
    """A pickle is written in the protocol that is named, else in Python's default one."""
    subject.io.save_pickle(fs.get_path("traces.pl"), VALUES, allow_pickle=True, protocol=protocol)
    assert witness.get("traces.pl") == pickle.dumps(VALUES, protocol)


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W21")
def test_pickled_stream_keeps_its_records(fs: Any, subject: Any) -> None:
    """A pickle brings back a stream with its records of processing, and arrays with their types and layout."""
    stream = obspy.read(str(MINISEED[0].path)).detrend("demean").filter("highpass", freq=1.0)
    matrix = numpy.asfortranarray(numpy.arange(6, dtype=">f4").reshape(2, 3))
    path = subject.io.save_pickle(fs.get_path("traces.pl"), (stream, matrix), allow_pickle=True)
    traces, found = subject.io.load_pickle(path, allow_pickle=True)
    assert (traces, traces[0].stats.processing) == (stream, stream[0].stats.processing)
    assert (len(traces[0].stats.processing), traces[0].data.dtype) == (2, stream[0].data.dtype)
    assert (found.tolist(), found.dtype.str, found.flags.f_contiguous) == (
        matrix.tolist(),
        pickle.loads(pickle.dumps(matrix)).dtype.str,
        True,
    )
