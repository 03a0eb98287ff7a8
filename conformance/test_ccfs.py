"""Cross-correlations: they come back as they were given, or are refused before anything is sent."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

import numpy
import obspy
import pandas
import pytest

from conformance.behaviour import needs, source, without_server
from fixtures.endpoint import WRITE

pytestmark = [without_server(), needs(WRITE)]

NAME: Final = "raw_ccfs_pair.npz"
DAYS: Final = pandas.DatetimeIndex(["2019-10-01", "2019-10-02"])
LARGE: Final = 2**53 + 1
"""The smallest integer that no 64-bit float holds."""


def _naive(*fields: int) -> datetime:
    """A time without a zone."""
    return datetime(*fields, tzinfo=timezone.utc).replace(tzinfo=None)  # type: ignore[misc,arg-type]


def _frame(index: Any = DAYS, columns: Any = (0.5,), data: Any = None) -> pandas.DataFrame:
    values = [[float(row)] * len(columns) for row in range(len(index))] if data is None else data
    return pandas.DataFrame(values, index, list(columns))


INDICES: Final[dict[str, Callable[[], Any]]] = {
    "after-2262": lambda: pandas.Index([_naive(3000, 1, 1), _naive(2019, 1, 1)], dtype=object),
    "before-1677": lambda: pandas.Index([_naive(1600, 1, 1), _naive(2019, 1, 1)], dtype=object),
    "just-after": lambda: pandas.Index([_naive(2262, 4, 11, 23, 47, 17), _naive(2019, 1, 1)], dtype=object),
    "seconds-after-2262": lambda: pandas.DatetimeIndex(numpy.array(["3000-01-01", "2019-01-01"], "M8[s]")),
    "seconds-before-1677": lambda: pandas.DatetimeIndex(numpy.array(["2019-01-01", "1600-01-01"], "M8[s]")),
    "numbers": lambda: pandas.Index([1.5, 2.5]),
    "integers": lambda: pandas.Index([20191001, 20191002]),
    "rows": lambda: pandas.RangeIndex(2),
    "flags": lambda: pandas.Index([True, False]),
    "durations": lambda: pandas.to_timedelta([1, 2], unit="s"),
    "periods": lambda: pandas.period_range("2019-10-01", periods=2, freq="D"),
    "texts": lambda: pandas.Index(["2019-10-01", "2019-10-02"]),
    "pairs": lambda: pandas.MultiIndex.from_tuples([(1, 2), (3, 4)]),
    "zone-and-none": lambda: pandas.Index([pandas.Timestamp("2019", tz="UTC"), pandas.Timestamp("2019")], dtype=object),
    "none": lambda: pandas.Index([_naive(2019, 1, 1), None], dtype=object),
    "obspy-after-2262": lambda: pandas.Index([obspy.UTCDateTime(3000, 1, 1), obspy.UTCDateTime(0)], dtype=object),
    "obspy-before-1677": lambda: pandas.Index([obspy.UTCDateTime(ns=-(2**63)), obspy.UTCDateTime(0)], dtype=object),
    "obspy-and-no-zone": lambda: pandas.Index([obspy.UTCDateTime(0), _naive(2019, 1, 1)], dtype=object),
    "picoseconds": lambda: pandas.Index([numpy.datetime64(1, "ps"), numpy.datetime64(0, "ps")], dtype=object),
}
"""Indices that no array of times in nanoseconds holds."""


@source("https://pandas.pydata.org/docs/user_guide/timeseries.html#timestamp-limitations")
@pytest.mark.parametrize("index", INDICES)
def test_other_than_times_is_refused(fs: Any, subject: Any, index: str, refused: Any, costs: Any) -> None:
    """An index that is no time, or out of the range of nanoseconds, is refused before anything is sent."""
    with refused((ValueError, TypeError)), costs():
        subject.io.write_ccfs_to_npz(_frame(INDICES[index]()), fs.get_path(NAME), overwrite=True)


KEPT: Final[dict[str, tuple[Callable[[], Any], list[str]]]] = {
    "first": (lambda: [pandas.Timestamp.min, DAYS[0]], ["1677-09-21T00:12:43.145224193", "2019-10-01"]),
    "last": (lambda: [DAYS[0], pandas.Timestamp.max], ["2019-10-01", "2262-04-11T23:47:16.854775807"]),
    "nanoseconds": (
        lambda: [DAYS[0], pandas.Timestamp(1569888000000000001)],
        ["2019-10-01", "2019-10-01T00:00:00.000000001"],
    ),
    "not-a-time": (lambda: [DAYS[0], pandas.NaT], ["2019-10-01", "NaT"]),
    "zone": (lambda: DAYS.tz_localize("Europe/Oslo"), ["2019-09-30T22:00", "2019-10-01T22:00"]),
    "obspy-first": (
        lambda: pandas.Index([obspy.UTCDateTime(ns=1 - 2**63), obspy.UTCDateTime(0)], dtype=object),
        ["1677-09-21T00:12:43.145224193", "1970-01-01"],
    ),
    "objects": (
        lambda: pandas.Index([_naive(2019, 10, 1, 1, 2, 3, 4), pandas.NaT], dtype=object),
        ["2019-10-01T01:02:03.000004", "NaT"],
    ),
    "obspy": (
        lambda: pandas.Index([obspy.UTCDateTime(ns=1569888000000000001), obspy.UTCDateTime(2019, 10, 2)], dtype=object),
        ["2019-10-01T00:00:00.000000001", "2019-10-02"],
    ),
    "obspy-and-others": (
        lambda: pandas.Index([obspy.UTCDateTime(2019, 10, 1), pandas.NaT], dtype=object),
        ["2019-10-01", "NaT"],
    ),
    "zones": (
        lambda: pandas.Index(
            [pandas.Timestamp("2019-10-01", tz="UTC"), DAYS.tz_localize("Europe/Oslo")[1]], dtype=object
        ),
        ["2019-10-01", "2019-10-01T22:00"],
    ),
    "zones-of-all-kinds": (
        lambda: pandas.Index(
            [
                datetime(2019, 10, 1, 2, tzinfo=timezone(timedelta(hours=2))),
                pandas.Timestamp(1569888000000000001, tz="Asia/Tokyo"),
                obspy.UTCDateTime(2019, 10, 2),
                pandas.NaT,
            ],
            dtype=object,
        ),
        ["2019-10-01", "2019-10-01T00:00:00.000000001", "2019-10-02", "NaT"],
    ),
    "dates": (lambda: pandas.Index([date(2019, 10, 1), date(2019, 10, 2)], dtype=object), ["2019-10-01", "2019-10-02"]),
    "seconds": (lambda: numpy.array(["2019-10-01", "2019-10-02"], dtype="datetime64[s]"), ["2019-10-01", "2019-10-02"]),
}
"""Indices, and the times in UTC that they are."""


@source("contract: Formats", "Noiz 0.7.1: W26")
@pytest.mark.parametrize("times", KEPT)
def test_times_come_back(fs: Any, subject: Any, witness: Any, times: str) -> None:
    """Times of any resolution and zone come back to the nanosecond, in UTC, NaT included."""
    index, expected = KEPT[times][0](), numpy.array(KEPT[times][1], dtype="datetime64[ns]")
    path = subject.io.write_ccfs_to_npz(_frame(index), fs.get_path(NAME), overwrite=True)
    found, _ = subject.io.load_ccfs_from_npz(path)
    stored = numpy.load(io.BytesIO(witness.get(NAME)))["index"]
    assert (found.index.to_numpy().astype("datetime64[ns]").view("i8").tolist(), stored.dtype.str) == (
        expected.view("i8").tolist(),
        "<M8[ns]",
    )


@source("contract: Formats")
@pytest.mark.parametrize(
    "data",
    [
        {"a": numpy.array([LARGE, 1]), "b": numpy.array([0.5, 1.5])},
        {"a": numpy.array([LARGE, -1]), "b": numpy.array([2**64 - 1, 1], dtype="uint64")},
        {"a": numpy.array([LARGE, 1]), "b": numpy.array([1j, 2])},
    ],
    ids=["integers-beside-floats", "signed-beside-unsigned", "integers-beside-complex"],
)
def test_columns_that_would_be_rounded_are_refused(
    fs: Any, subject: Any, data: dict[str, Any], refused: Any, costs: Any
) -> None:
    """Columns of several types that no one type holds are refused before anything is sent, not rounded."""
    with refused(ValueError), costs():
        subject.io.write_ccfs_to_npz(pandas.DataFrame(data, DAYS), fs.get_path(NAME), overwrite=True)


@source("contract: Formats")
@pytest.mark.parametrize(
    "data",
    [
        numpy.array([[LARGE], [-LARGE]]),
        numpy.array([[1 + 2j], [complex("nan")]]),
        numpy.array([[0.1], [numpy.nan]], dtype="float32"),
        numpy.array([[-0.0], [numpy.inf]]),
    ],
    ids=["large-integers", "complex", "float32", "infinite"],
)
def test_values_come_back(fs: Any, subject: Any, data: Any) -> None:
    """Values of one type come back bit by bit."""
    path = subject.io.write_ccfs_to_npz(_frame(data=data), fs.get_path(NAME), overwrite=True)
    found = subject.io.load_ccfs_from_npz(path)[0].to_numpy()
    assert (found.dtype, found.tobytes()) == (data.dtype, data.tobytes())


@source("https://numpy.org/doc/stable/user/basics.strings.html")
@pytest.mark.parametrize(
    ("keys", "values", "columns", "named"),
    [
        (["lag", "pair\0"], ["x", "y"], [0.5], r"metadata_keys\[1\]"),
        (["pair"], ["x\0\0"], [0.5], r"metadata_values\[0\]"),
        (["pair"], ["x"], ["TD.TD06", "TD.TD05\0"], r"columns\[1\]"),
        ([5, "5"], ["x", "y"], [0.5], "'5'"),
        (["pair", "pair"], ["x", "y"], [0.5], "pair"),
    ],
    ids=["key-with-nul", "value-with-nul", "column-with-nul", "number-and-text", "key-twice"],
)
def test_texts_that_would_be_lost_are_refused(
    fs: Any, subject: Any, keys: list[Any], values: list[str], columns: list[Any], named: str, refused: Any, costs: Any
) -> None:
    """Text whose end an array drops, and a key that would hide another, are refused by name before anything is sent."""
    with refused(ValueError, match=named), costs():
        subject.io.write_ccfs_to_npz(
            _frame(columns=columns), fs.get_path(NAME), overwrite=True, metadata_keys=keys, metadata_values=values
        )


@source("contract: Formats")
@pytest.mark.parametrize("part", ["index", "columns", "data", "metadata_keys", "metadata_values"])
@pytest.mark.parametrize("spoilt", [numpy.arange(5.0), numpy.array("text")], ids=["too-long", "scalar"])
def test_parts_that_do_not_fit_are_an_error(
    fs: Any, subject: Any, witness: Any, part: str, spoilt: Any, refused: Any
) -> None:
    """Arrays that are no cross-correlations together raise ValueError that names the object."""
    body, parts = io.BytesIO(), {"index": DAYS.to_numpy(), "columns": numpy.array([0.5]), "data": numpy.zeros((2, 1))}
    numpy.savez(body, **{**parts, "metadata_keys": ["k"], "metadata_values": ["v"], part: spoilt})
    witness.put(NAME, body.getvalue())
    with refused(ValueError, match=NAME):
        subject.io.load_ccfs_from_npz(fs.get_path(NAME))


@source("contract: Formats")
@pytest.mark.parametrize(
    ("keys", "values"),
    [("k", ["v"]), ([["k"]], ["v"]), (["k"], "v"), (["k"], [["v", "w"]]), (["k", "l"], ["v"]), (["k"], ["v", "w"])],
    ids=["key-alone", "table-of-keys", "value-alone", "table-of-values", "key-too-many", "value-too-many"],
)
def test_metadata_that_are_no_lists_are_an_error(
    fs: Any, subject: Any, witness: Any, keys: Any, values: Any, refused: Any
) -> None:
    """Metadata that are not as many keys as values, each a text, raise ValueError that names the object."""
    body, parts = io.BytesIO(), {"index": DAYS.to_numpy(), "columns": numpy.array([0.5]), "data": numpy.zeros((2, 1))}
    numpy.savez(body, **parts, metadata_keys=keys, metadata_values=values)
    witness.put(NAME, body.getvalue())
    with refused(ValueError, match=NAME):
        subject.io.load_ccfs_from_npz(fs.get_path(NAME))


@source("contract: Formats")
@pytest.mark.parametrize("missing", ["index", "columns", "data", "metadata_keys", "metadata_values"])
def test_missing_part_is_an_error(fs: Any, subject: Any, witness: Any, missing: str, refused: Any) -> None:
    """An npz that lacks one of the five arrays, and one array alone, raise ValueError that names what is missing."""
    parts = {"index": DAYS.to_numpy(), "columns": numpy.array([0.5]), "data": numpy.zeros((2, 1))}
    parts = {**parts, "metadata_keys": numpy.array(["k"]), "metadata_values": numpy.array(["v"])}
    whole, alone = io.BytesIO(), io.BytesIO()
    names = [*parts]
    numpy.save(alone, parts.pop(missing))
    numpy.savez(whole, **parts)
    for body, lost in ((whole, [missing]), (alone, names)):
        witness.put(NAME, body.getvalue())
        with refused(ValueError, match=NAME) as caught:
            subject.io.load_ccfs_from_npz(fs.get_path(NAME))
        told = re.findall(rf"\b(?:{'|'.join(names)})\b", str(caught.value).partition(NAME)[0])
        assert sorted(set(told)) == sorted(lost)


@source("contract: Formats")
@pytest.mark.parametrize(
    "columns",
    [pandas.Index([0.5, "lag"], dtype=object), pandas.Index(pandas.array([2**60 + 1, None], dtype="Int64"))],
    ids=["number-and-text", "missing-integer"],
)
def test_columns_that_would_change_are_named(fs: Any, subject: Any, columns: Any, refused: Any, costs: Any) -> None:
    """Columns that no one dtype holds are refused before anything is sent, and the error says that it is they."""
    frame = pandas.DataFrame(numpy.zeros((2, 2)), DAYS, columns)
    with refused((ValueError, OSError), match=r"\bcolumns\b"), costs():
        subject.io.write_ccfs_to_npz(frame, fs.get_path(NAME), overwrite=True)


LEAP: Final = pandas.DatetimeIndex(
    [
        "2020-03-01 00:00:00.000001",
        "2020-02-29 23:59:59.999999999",
        "2019-12-31",
        "2020-03-01 00:00:00.000001",
        "2020-02-29 12:00:00.25",
    ]
)
"""Times of every resolution, in no order, one of them twice."""


@source("contract: Formats", "Noiz 0.7.1: W26")
@pytest.mark.parametrize(
    "columns",
    [[0.25, -0.25, 0.0], [1, -1, 0], ["TD.TD06.Z", "TD.TD05.Z", "é"], numpy.array([0.1, -0.1, 0.0], "f4")],
    ids=["lags", "numbers", "names", "single-lags"],
)
def test_rows_and_columns_keep_their_order(fs: Any, subject: Any, witness: Any, rng: Any, columns: Any) -> None:
    """Rows and columns come back in their order, equal times among them, with the types of lags and values."""
    data = numpy.array([[rng.gauss(0, 1) for _ in columns] for _ in LEAP])
    frame = pandas.DataFrame(numpy.asfortranarray(data), LEAP, columns)
    before = frame.copy()
    found, metadata = subject.io.load_ccfs_from_npz(subject.io.write_ccfs_to_npz(frame, fs.get_path(NAME)))
    stored = numpy.load(io.BytesIO(witness.get(NAME)))
    assert (found.index.astype("datetime64[ns]").equals(LEAP.astype("datetime64[ns]")), found.index.tz) == (True, None)
    assert (found.columns.tolist(), found.to_numpy().tolist()) == (list(frame.columns), data.tolist())
    assert (stored["columns"].dtype.kind, stored["data"].dtype.str) == (numpy.asarray(columns).dtype.kind, "<f8")
    assert (stored["data"].tolist(), frame.equals(before), metadata) == (data.tolist(), True, {})
    assert [stored[part].dtype.kind for part in ("metadata_keys", "metadata_values")] == ["U", "U"]


@source("Noiz 0.7.1: W26")
def test_metadata_keep_their_order(fs: Any, subject: Any, witness: Any) -> None:
    """Metadata come back as text, in their order, given by place as Noiz gives them or by name; the npz is stored."""
    keys, values = ["z", "a", 5, ""], ["TD05-TD06", 2.5, None, "é"]
    frame = _frame(columns=range(500))
    by_place = subject.io.write_ccfs_to_npz(frame, fs.get_path("a.npz"), False, keys, values)
    by_name = subject.io.write_ccfs_to_npz(
        df=frame, filepath=fs.get_path("b"), overwrite=True, metadata_keys=tuple(keys), metadata_values=tuple(values)
    )
    found = [list(subject.io.load_ccfs_from_npz(path)[1].items()) for path in (by_place, by_name)]
    assert found == [[("z", "TD05-TD06"), ("a", "2.5"), ("5", "None"), ("", "é")]] * 2
    assert (witness.keys(), len(witness.get("b")) > frame.to_numpy().nbytes) == (["a.npz", "b"], True)


@source("contract: Refusing")
@pytest.mark.parametrize(("keys", "values"), [(["a"], []), ([], ["x"]), (["a", "b"], ["x"])])
def test_metadata_without_a_partner_are_refused(
    fs: Any, subject: Any, keys: list[str], values: list[str], refused: Any, costs: Any
) -> None:
    """A key without a value, and a value without a key, are refused before anything is sent."""
    with refused(ValueError), costs():
        subject.io.write_ccfs_to_npz(_frame(), fs.get_path(NAME), True, keys, values)


@source("contract: Formats")
@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (1, 1), (2, 0)])
def test_small_tables_come_back(fs: Any, subject: Any, rows: int, columns: int) -> None:
    """A table of no row, of no column, or of one value comes back in its shape."""
    frame = _frame(DAYS[:rows], numpy.arange(float(columns)), numpy.zeros((rows, columns)))
    found, _ = subject.io.load_ccfs_from_npz(subject.io.write_ccfs_to_npz(frame, fs.get_path(NAME)))
    assert (found.shape, found.index.tolist(), found.columns.tolist()) == (
        (rows, columns),
        DAYS[:rows].tolist(),
        list(frame.columns),
    )
