"""Arguments of the helpers: what cannot be meant is refused alike on every backend, before anything is sent."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy
import obspy
import pandas
import pytest
from matplotlib.figure import Figure

from conformance.behaviour import needs, source, without_server
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import WRITE

pytestmark = without_server()

NO_BYTES: Final = [
    *(5.0, 0.0, float("nan"), float("inf"), True, False, "512", "", -1, -0.5, [0], []),
    *(numpy.float64(2), numpy.float64(0), numpy.bool_(True), numpy.int64(-1)),
]
"""What is no number of bytes."""


@source("contract: Refusing")
@pytest.mark.parametrize("number", NO_BYTES, ids=repr)
@pytest.mark.parametrize("name", ["offset", "length"])
def test_window_is_counted_in_bytes(
    fs: Any, subject: Any, witness: Any, name: str, number: Any, refused: Any, costs: Any
) -> None:
    """An offset or a length that is no whole number of bytes is refused by its name before anything is sent."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    with refused((TypeError, ValueError), match=rf"\b{name}\b"), costs():
        subject.io.read_stream(fs.get_path("day.mseed"), **{name: number})


@source("contract: Refusing")
def test_empty_window_is_refused(fs: Any, subject: Any, witness: Any, refused: Any, costs: Any) -> None:
    """A window of no bytes is refused before anything is sent."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    with refused(ValueError), costs():
        subject.io.read_stream(fs.get_path("day.mseed"), length=0)


@source("Noiz 0.7.1: R12")
@pytest.mark.parametrize("kind", [int, numpy.int64, numpy.uint32])
def test_window_may_be_counted_by_numpy(fs: Any, subject: Any, witness: Any, kind: Any) -> None:
    """Offsets and lengths are whole numbers of any kind, such as the columns of a table give."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    found = subject.io.read_stream(fs.get_path("day.mseed"), offset=kind(512), length=kind(512))
    assert len(found) == 1


READERS: Final[dict[str, Callable[..., Any]]] = {
    "read_stream": lambda io, path, kind: io.read_stream(path, format=kind),
    "read_inventory": lambda io, path, kind: io.read_inventory(path, format=kind),
}
WRITERS: Final[dict[str, Callable[..., Any]]] = {
    "write_stream": lambda io, path, kind: io.write_stream(path, obspy.read(str(MINISEED[0].path)), format=kind),
    "write_inventory": lambda io, path, kind: io.write_inventory(
        path, obspy.read_inventory(str(STATIONXML[0].path)), format=kind
    ),
    "save_figure": lambda io, path, kind: io.save_figure(path, Figure(figsize=(1, 1)), format=kind),
}
NO_FORMAT: Final = [5, b"MSEED", "", "NO_SUCH", " ", True, ["MSEED"]]


@source("contract: Refusing")
@pytest.mark.parametrize("kind", NO_FORMAT, ids=repr)
@pytest.mark.parametrize("helper", READERS)
def test_format_to_read_is_a_name(
    fs: Any,
    subject: Any,
    helper: str,
    kind: Any,
    refused: Any,
    costs: Any,
) -> None:
    """A format that is no text, or that nobody knows, is refused as such before anything is contacted."""
    with refused((TypeError, ValueError), match=r"\bformat\b"), costs():
        READERS[helper](subject.io, fs.get_path("missing"), kind)


@needs(WRITE)
@source("contract: Refusing")
@pytest.mark.parametrize("kind", NO_FORMAT, ids=repr)
@pytest.mark.parametrize("helper", WRITERS)
def test_format_to_write_is_a_name(
    fs: Any,
    subject: Any,
    helper: str,
    kind: Any,
    refused: Any,
    costs: Any,
) -> None:
    """A format that is no text, or that nobody knows, is refused as such before anything is sent."""
    with refused((TypeError, ValueError), match=r"\bformat\b"), costs():
        WRITERS[helper](subject.io, fs.get_path("object"), kind)


SAVERS: Final[dict[str, Callable[..., Any]]] = {
    "numpy": lambda io, path, **policy: io.save_numpy(path, {"x": [1]}, **policy),
    "ccfs": lambda io, path, **policy: io.write_ccfs_to_npz(
        pandas.DataFrame([[1.0]], pandas.DatetimeIndex(["2019-10-01"]), [0.5]), path, **policy
    ),
    "stream": lambda io, path, **policy: io.write_stream(path, obspy.read(str(MINISEED[0].path)), **policy),
    "inventory": lambda io, path, **policy: io.write_inventory(
        path, obspy.read_inventory(str(STATIONXML[0].path)), **policy
    ),
    "figure": lambda io, path, **policy: io.save_figure(path, Figure(figsize=(1, 1)), format="png", **policy),
    "data-frame": lambda io, path, **policy: io.save_dataframe(path, pandas.DataFrame({"x": [1]}), **policy),
    "toml": lambda io, path, **policy: io.save_toml(path, {"x": 1}, **policy),
    "text": lambda io, path, **policy: io.write_text(path, "x", **policy),
    "pickle": lambda io, path, **policy: io.save_pickle(path, 1, allow_pickle=True, **policy),
}


@needs(WRITE)
@source("contract: Refusing")
@pytest.mark.parametrize("helper", SAVERS)
@pytest.mark.parametrize("policy", ["overwrite", "next_free"])
def test_policy_is_true_or_false(
    fs: Any, subject: Any, witness: Any, helper: str, policy: str, refused: Any, costs: Any
) -> None:
    """What is neither True nor False says neither overwrite nor not: it is refused, and what is there stays."""
    witness.put("object", b"taken")
    with refused((TypeError, ValueError), match=policy), costs():
        SAVERS[helper](subject.io, fs.get_path("object"), **{policy: "no"})


@needs(WRITE)
@source("contract: Refusing")
@pytest.mark.parametrize("text", [b"bytes", 5, None])
def test_text_is_text(fs: Any, subject: Any, text: Any, refused: Any, costs: Any) -> None:
    """What is no text is refused where text is written, before anything is sent."""
    with refused((TypeError, ValueError), match=r"\btext\b"), costs():
        subject.io.write_text(fs.get_path("notes.txt"), text)


@source("contract: Refusing")
@pytest.mark.parametrize("helper", ["read_text", "load_dataframe"])
@pytest.mark.parametrize("encoding", ["no-such", "hex", "rot13", 5, ""], ids=repr)
def test_encoding_is_one_of_text(fs: Any, subject: Any, helper: str, encoding: Any, refused: Any, costs: Any) -> None:
    """An encoding that is none, or none of text, is refused before anything is contacted."""
    with refused((LookupError, TypeError, ValueError)), costs():
        getattr(subject.io, helper)(fs.get_path("missing"), encoding=encoding)


@source("contract: Refusing")
@pytest.mark.parametrize(
    "options",
    [{"encoding_errors": "no-such"}, {"encoding": "ascii", "encoding_errors": 5}, {"encoding": "idna"}],
    ids=["unknown", "number", "idna"],
)
def test_treatment_of_errors_is_one_of_the_encoding(
    fs: Any, subject: Any, options: dict[str, Any], refused: Any, costs: Any
) -> None:
    """What shall become of wrong bytes is refused before anything is contacted where the encoding cannot do it."""
    with refused((LookupError, TypeError, ValueError)), costs():
        subject.io.load_dataframe(fs.get_path("missing"), **{"encoding_errors": "replace", **options})


@source("contract: Reading")
def test_encoding_may_be_left_open(fs: Any, subject: Any, witness: Any) -> None:
    """None for the encoding of a table is the one that it has unasked, UTF-8."""
    witness.put("a.csv", "note\né\n".encode())
    found = subject.io.load_dataframe(fs.get_path("a.csv"), encoding=None)
    assert found["note"].tolist() == ["é"]


REFUSES: Final[dict[str, Callable[..., Any]]] = {
    "pickle-saved": lambda io, path: io.save_pickle(path, 1),
    "pickle-loaded": lambda io, path: io.load_pickle(path),
    "objects-as-npy": lambda io, path: io.save_numpy(path, numpy.array([{}])),
    "objects-as-npz": lambda io, path: io.save_numpy(path.with_name("object.npz"), a=numpy.array([{}])),
    "window-of-compressed": lambda io, path: io.read_stream(path.with_name("object.gz"), offset=0),
    "table-as-zip": lambda io, path: io.save_dataframe(path.with_name("object.zip"), pandas.DataFrame({"x": [1]})),
    "table-of-zip": lambda io, path: io.load_dataframe(path.with_name("object.zip")),
}
"""Calls that are refused for what they ask of an object called `object`, with any suffix."""


@needs(WRITE)
@source("contract: Errors")
@pytest.mark.parametrize("call", REFUSES)
def test_refusal_names_the_object(fs: Any, subject: Any, call: str, refused: Any, costs: Any) -> None:
    """What a helper does not do with an object raises an error whose `filename` is the object's address."""
    with refused(OSError) as caught, costs():
        REFUSES[call](subject.io, fs.get_path("object.npy"))
    assert str(caught.value.filename).startswith(str(fs.get_path("object")))


FLAGS: Final[dict[str, Callable[..., Any]]] = {
    "compressed": lambda io, path, value: io.save_numpy(path, {"x": [1]}, compressed=value),
    "allow_pickle": lambda io, path, value: io.save_numpy(path, {"x": [1]}, allow_pickle=value),
    "allow_pickle-of-a-pickle": lambda io, path, value: io.save_pickle(path, 1, allow_pickle=value),
    "truncate_codes": lambda io, path, value: io.write_stream(path, obspy.Trace(), truncate_codes=value),
    "headonly": lambda io, path, value: io.read_stream(path, headonly=value),
    "overwrite": lambda io, path, value: io.write_text(path, "text", overwrite=value),
    "next_free": lambda io, path, value: io.write_text(path, "text", next_free=value),
    "next_free-of-what-creates": lambda io, path, value: io.write_text(path, "text", overwrite=False, next_free=value),
}


@needs(WRITE)
@source("contract: Refusing")
@pytest.mark.parametrize("value", ["no", 1, 0, None], ids=repr)
@pytest.mark.parametrize("flag", FLAGS)
def test_flag_is_true_or_false(fs: Any, subject: Any, flag: str, value: Any, refused: Any, costs: Any) -> None:
    """An option that is neither True nor False is refused by its name before anything is contacted."""
    with refused(TypeError, match=flag.partition("-")[0]), costs():
        FLAGS[flag](subject.io, fs.get_path("object.0.npz"), value)


WITHOUT: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "pandas": ("pandas", lambda io, path, _: io.load_dataframe(path)),
    "obspy.core.util.base": ("obspy.core.util.base", lambda io, path, _: io.read_stream(path, format="MSEED")),
    "obspy.core.util.misc": ("obspy.core.util.base", lambda io, path, _: io.read_inventory(path, "STATIONXML")),
    "matplotlib.backend_bases": ("matplotlib.backend_bases", lambda io, path, figure: io.save_figure(path, figure)),
}
"""Modules, and what needs each: another that imports it, or the helper that is called."""


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize("missing", WITHOUT)
def test_missing_package_is_named(
    fs: Any, subject: Any, monkeypatch: pytest.MonkeyPatch, missing: str, refused: Any, costs: Any
) -> None:
    """What a helper needs and is not installed is named, with what to install, before anything is contacted."""
    needing, call = WITHOUT[missing]
    path, figure = fs.get_path("object.pdf"), Figure(figsize=(1, 1))
    monkeypatch.delitem(sys.modules, needing)
    monkeypatch.setitem(sys.modules, missing, None)
    with refused((ValueError, ImportError), match=rf"needs {missing}; pip install"), costs():
        call(subject.io, path, figure)
