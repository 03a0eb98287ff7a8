"""Tables and texts: data frames, TOML, text, pickles that were asked for, and Noiz's cross-correlations."""

from __future__ import annotations

import io
import math
import pickle
from datetime import datetime, timezone
from typing import Any

import numpy
import pandas
import pytest
from pandas.testing import assert_frame_equal

from conformance.behaviour import needs, source
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
        ("read_text", b"\xff\xfe\xff"),
        ("load_dataframe", b""),
        ("load_ccfs_from_npz", b"PK\x05\x06" + bytes(18)),
    ],
    ids=["no-toml", "toml-not-utf-8", "text-not-utf-8", "no-csv", "npz-without-ccfs"],
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
