"""Figures, tables, text, TOML and pickles."""

from __future__ import annotations

import datetime
import pickle
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from noiz_storage import NoizFileSystem, io
from noiz_storage.errors import AlreadyExistsError, CorruptedError, UnsupportedError
from noiz_storage.io import figures

MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-1", "svg": b"<?xml", "jpg": b"\xff\xd8\xff", "eps": b"%!PS"}


@pytest.fixture
def figure() -> Figure:
    """A small figure with a line."""
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2, 3])
    return figure


@pytest.mark.parametrize("format", MAGIC)
def test_the_suffix_tells_the_format(storage: NoizFileSystem, figure: Figure, format: str) -> None:  # noqa: A002
    """A figure is stored in the format of its suffix."""
    path = io.save_figure(f"plots/spectrogram 2019-10-01 00:00:00+00:00.{format}", figure)
    assert storage.read(path).startswith(MAGIC[format])


def test_a_figure_without_suffix_is_png(storage: NoizFileSystem, figure: Figure) -> None:
    """Without a suffix the figure is a PNG of exactly this name."""
    io.save_figure("plot", figure)
    assert storage.read("plot").startswith(MAGIC["png"])
    assert storage.find() == ["plot"]


def test_format_wins_over_the_suffix(storage: NoizFileSystem, figure: Figure) -> None:
    """format= chooses where the suffix says nothing."""
    io.save_figure("plot.0", figure, format="pdf", next_free=True)
    assert storage.read("plot.0").startswith(MAGIC["pdf"])


def test_options_reach_matplotlib(storage: NoizFileSystem, figure: Figure) -> None:
    """dpi= changes the number of pixels."""
    sizes = [storage.read(io.save_figure("a.png", figure, dpi=dpi))[16:24] for dpi in (100, 50)]
    assert sizes == [bytes([0, 0, 0, 200, 0, 0, 0, 100]), bytes([0, 0, 0, 100, 0, 0, 0, 50])]


def test_a_figure_may_be_compressed(storage: NoizFileSystem, figure: Figure) -> None:
    """A compression behind the format's suffix applies."""
    path = io.save_figure("a.svg.gz", figure)
    assert storage.read(path)[:2] == b"\x1f\x8b"
    assert ElementTree.fromstring(io.read_text(path)).tag.endswith("svg")


@pytest.mark.parametrize("name", ["a.docx", "a.0"])
def test_an_unknown_format_is_refused_early(storage: NoizFileSystem, figure: Figure, name: str) -> None:
    """A suffix that is no figure format raises before anything is sent and names those that are."""
    storage.meter.clear()
    with pytest.raises(ValueError, match="png"):
        io.save_figure(name, figure)
    assert not storage.meter.requests


FORMATS = sorted(Figure().canvas.get_supported_filetypes())


@pytest.mark.parametrize("kind", sorted({*FORMATS} - {*figures.WITHOUT_METADATA, "pgf"}))
def test_other_formats_hold_metadata(storage: NoizFileSystem, figure: Figure, kind: str) -> None:
    """Every format of this Matplotlib that is not known to hold no metadata takes them (pgf has no such option)."""
    assert storage.read(io.save_figure("a", figure, format=kind, metadata={}))


@pytest.mark.parametrize("kind", sorted({*FORMATS} & {*figures.WITHOUT_METADATA, "pgf"}))
def test_some_formats_hold_no_metadata(storage: NoizFileSystem, figure: Figure, kind: str) -> None:
    """Metadata for the others are no option."""
    with pytest.raises(TypeError, match="metadata"):
        io.save_figure("a", figure, format=kind, metadata={})


@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_writer_writes_to_is_no_option(storage: NoizFileSystem, figure: Figure, kind: str) -> None:
    """The refusal of an option that is not there names none that says where to write."""
    with pytest.raises(TypeError, match="has no option no_such_option=; it has") as caught:
        io.save_figure("a", figure, format=kind, no_such_option=1)
    offered = set(str(caught.value).partition("it has ")[2].split(", "))
    assert not offered & {"filename_or_obj", "outfile", "filename", "fname", "fname_or_fh"}


@pytest.mark.parametrize(("kind", "name"), [("png", "filename_or_obj"), ("eps", "outfile")])
def test_a_writer_is_not_told_where_twice(storage: NoizFileSystem, figure: Figure, kind: str, name: str) -> None:
    """The first parameter of a writer is refused in words, not with Python's own `multiple values`."""
    with pytest.raises(TypeError, match=f"has no option {name}="):
        io.save_figure("a", figure, format=kind, **{name: "elsewhere"})


def test_a_figure_that_fails_publishes_nothing(storage: NoizFileSystem, figure: Figure) -> None:
    """When drawing raises, no object appears."""
    figure.axes[0].set_title(r"$\notatexword$")
    with pytest.raises(ValueError, match="notatexword"):
        io.save_figure("a.png", figure)
    assert storage.find() == []


FRAME = pd.DataFrame(
    {"time": pd.to_datetime(["2019-10-01T00:00", "2019-10-02T12:30"]), "value": [0.1, 1 / 3], "name": ["é", 'a,"b"\nc']}
)


def test_a_data_frame_round_trips(storage: NoizFileSystem) -> None:
    """A data frame comes back equal from CSV, floats bit by bit."""
    path = io.save_dataframe("a.csv", FRAME)
    got = io.load_dataframe(path, index_col=0, parse_dates=["time"])
    pd.testing.assert_frame_equal(got, FRAME, check_exact=True, check_dtype=False)


def test_floats_come_back_bit_by_bit(storage: NoizFileSystem) -> None:
    """A thousand random floats are equal after a round trip."""
    values = np.random.default_rng(7).random(1000) * 10.0 ** np.arange(-300, 300, 0.6)
    io.save_dataframe("a.csv", pd.DataFrame({"x": values}), index=False)
    np.testing.assert_array_equal(io.load_dataframe("a.csv")["x"].to_numpy(), values)


def test_a_data_frame_takes_pandas_options(storage: NoizFileSystem) -> None:
    """Separators, encodings and headers reach pandas in both directions."""
    io.save_dataframe("a.csv.gz", FRAME[["name"]], encoding="latin-1", sep=";", header=False, index=False)
    got = io.load_dataframe("a.csv.gz", encoding="latin-1", sep=";", header=None)
    assert got[0].tolist() == FRAME["name"].tolist()


@pytest.mark.parametrize("body", [b"", b'a,b\n1,2\n1,2,3\n"', b"a\n\xff\xfe\n"])
def test_other_content_is_no_table(storage: NoizFileSystem, body: bytes) -> None:
    """Nothing, lines of different length and bytes that are no UTF-8 raise CorruptedError with pandas' cause."""
    with storage.open("a", "wb") as file:
        file.write(body)
    with pytest.raises(CorruptedError) as caught:
        io.load_dataframe("a")
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_wrong_option_is_no_corruption(storage: NoizFileSystem) -> None:
    """A mistake of the caller keeps pandas' own error."""
    io.save_dataframe("a", FRAME)
    with pytest.raises(TypeError):
        io.load_dataframe("a", no_such_option=1)


TABLE: dict[str, Any] = {
    "DatachunkParams": {"sampling_rate": 24.0, "name": "é", "on": True, "date": datetime.date(2019, 10, 1)},
    "QCOne": {"rejected_times": [{"station": "TD05"}, {"station": "TD06"}]},
}


def test_toml_round_trips(storage: NoizFileSystem) -> None:
    """A table comes back equal, and is stored as UTF-8."""
    path = io.save_toml("a.toml", TABLE)
    assert io.load_toml(path) == TABLE
    assert "é".encode() in storage.read(path)


def test_a_value_that_toml_has_not_is_refused(storage: NoizFileSystem) -> None:
    """None raises before anything is sent."""
    with pytest.raises(TypeError):
        io.save_toml("a.toml", {"a": None})
    assert storage.find() == []


@pytest.mark.parametrize("body", [b"a = ", b'a = "\xff"'])
def test_other_content_is_no_toml(storage: NoizFileSystem, body: bytes) -> None:
    """Content that is no TOML, or no UTF-8, raises CorruptedError with the parser's cause."""
    with storage.open("a", "wb") as file:
        file.write(body)
    with pytest.raises(CorruptedError) as caught:
        io.load_toml("a")
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("text", ["", "a\r\nb\rc\n", "Zoë \U0001f30b", "\ufeffmark"])
def test_text_round_trips(storage: NoizFileSystem, text: str) -> None:
    """Text comes back with its line ends and marks, and is stored as UTF-8."""
    path = io.write_text("a.txt", text)
    assert io.read_text(path) == text
    assert storage.read(path) == text.encode()


def test_text_in_another_encoding(storage: NoizFileSystem) -> None:
    """encoding= applies in both directions; text of another encoding raises CorruptedError."""
    path = io.write_text("a.txt", "é", encoding="latin-1")
    assert io.read_text(path, encoding="latin-1") == "é"
    with pytest.raises(CorruptedError):
        io.read_text(path)


def test_text_that_no_encoding_has_is_refused(storage: NoizFileSystem) -> None:
    """A lone surrogate raises before anything is sent."""
    with pytest.raises(UnicodeEncodeError):
        io.write_text("a", "\ud800")
    assert storage.find() == []


def test_a_pickle_round_trips_when_asked_for(storage: NoizFileSystem) -> None:
    """With allow_pickle=True any value comes back."""
    value = {"a": [1, {2, 3}], "b": datetime.timedelta(seconds=1)}
    assert io.load_pickle(io.save_pickle("multi-traces.pl", value, allow_pickle=True), allow_pickle=True) == value


def test_pickles_are_refused_unless_asked_for(storage: NoizFileSystem) -> None:
    """Without allow_pickle=True both directions raise before anything is sent, and name the option."""
    storage.meter.clear()
    with pytest.raises(UnsupportedError, match="allow_pickle=True"):
        io.save_pickle("a", 1)
    with pytest.raises(UnsupportedError, match="allow_pickle=True"):
        io.load_pickle("a")
    assert not storage.meter.requests


@pytest.mark.parametrize("body", [b"", pickle.dumps([1, 2])[:-2], b"garbage"])
def test_other_content_is_no_pickle(storage: NoizFileSystem, body: bytes) -> None:
    """A damaged pickle raises CorruptedError with a cause."""
    with storage.open("a", "wb") as file:
        file.write(body)
    with pytest.raises(CorruptedError) as caught:
        io.load_pickle("a", allow_pickle=True)
    assert caught.value.__cause__ is not None


def test_a_value_that_cannot_be_pickled_publishes_nothing(storage: NoizFileSystem) -> None:
    """A lambda raises, and no object appears."""
    with pytest.raises((AttributeError, pickle.PicklingError)):
        io.save_pickle("a", lambda: 0, allow_pickle=True)
    assert storage.find() == []


@pytest.mark.parametrize(
    ("save", "value"),
    [
        (io.save_dataframe, FRAME),
        (io.save_toml, TABLE),
        (io.write_text, "x"),
        (io.save_figure, Figure(figsize=(1, 1))),
        (lambda *a, **k: io.save_pickle(*a, allow_pickle=True, **k), 1),
        (lambda path, _, **k: io.save_numpy(path, x=[1], **k), None),
    ],
    ids=["dataframe", "toml", "text", "figure", "pickle", "numpy"],
)
def test_every_helper_creates(storage: NoizFileSystem, save: Any, value: Any) -> None:
    """overwrite=False and next_free=True reach the storage from every saving helper."""
    save("n.0.png", value)
    with pytest.raises(AlreadyExistsError):
        save("n.0.png", value, overwrite=False)
    assert save("n.0.png", value, next_free=True) == storage.get_path("n.1.png")
