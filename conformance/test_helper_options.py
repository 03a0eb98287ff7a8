"""Options that helpers hand on to pandas, Matplotlib and ObsPy: honoured truly, or refused at the call."""

from __future__ import annotations

import copy
import csv
import gzip
import inspect
import io
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy
import obspy
import pandas
import pytest
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from conformance import census
from conformance.behaviour import needs, source, without_server
from conformance.blocks import BLOCK, small_blocks
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import WRITE

pytestmark = without_server()

FRAME: Final = pandas.DataFrame({"note": ["é", "b"], "value": [0.1, 2.5]})


def _figure() -> Figure:
    figure = Figure(figsize=(1, 1))
    figure.subplots().set_axis_off()
    return figure


def _stream() -> obspy.Stream:
    return obspy.Stream([obspy.Trace(numpy.arange(100, dtype="int32"), {"station": "TD05", "channel": "HHZ"})])


def _inventory() -> obspy.Inventory:
    return obspy.read_inventory(str(STATIONXML[0].path))


SAVERS: Final[dict[str, Callable[..., Any]]] = {
    "frame": lambda io, path, **options: io.save_dataframe(path, FRAME, **options),
    "figure": lambda io, path, **options: io.save_figure(path, _figure(), **options),
    "stream": lambda io, path, **options: io.write_stream(path, _stream(), **options),
    "inventory": lambda io, path, **options: io.write_inventory(path, _inventory(), **options),
}
LOADERS: Final[dict[str, Callable[..., Any]]] = {
    "frame": lambda io, path, **options: io.load_dataframe(path, **options),
    "stream": lambda io, path, **options: io.read_stream(path, **options),
    "inventory": lambda io, path, **options: io.read_inventory(path, **options),
}
LEADS_ELSEWHERE: Final[list[tuple[str, dict[str, Any]]]] = [
    ("frame", {"path_or_buf": "elsewhere"}),
    ("frame", {"mode": "a"}),
    ("frame", {"compression": "gzip"}),
    ("frame", {"compression": {"method": "zip"}}),
    ("frame", {"storage_options": {"anon": True}}),
    ("frame", {"no_such_option": 1}),
    ("figure", {"fname": "elsewhere"}),
    ("figure", {"filename": "elsewhere"}),
    ("figure", {"pil_kwargs": {"format": "gif"}}),
    ("figure", {"no_such_option": 1}),
    ("figure", {"format": "pdf", "no_such_option": 1}),
    ("figure", {"format": "svgz", "no_such_option": 1}),
    ("figure", {"format": "eps", "no_such_option": 1}),
    ("figure", {"format": "jpg", "no_such_option": 1}),
    ("figure", {"format": "eps", "pil_kwargs": {"compression": 1}}),
    ("figure", {"format": "ps", "no_such_option": 1}),
    ("figure", {"format": "pgf", "no_such_option": 1}),
    ("figure", {"format": "pgf", "metadata": {"Title": "Noiz"}}),
    ("figure", {"format": "svgz", "pil_kwargs": {}}),
    ("figure", {"format": "svg", "papertype": "a4"}),
    ("figure", {"format": "png", "papertype": "a4"}),
    ("figure", {"backend": "agg", "no_such_option": 1}),
    ("figure", {"bbox_inches_restore": 1}),
    ("stream", {"filename": "elsewhere"}),
    ("stream", {"flush": False}),
    ("stream", {"no_such_option": 1}),
    ("stream", {"format": "SAC", "encoding": "STEIM1"}),
    ("stream", {"format": "SH_ASC", "append": True}),
    ("stream", {"format": "Q", "data_directory": "."}),
    ("stream", {"format": "GSE2", "inplace": True}),
    ("inventory", {"path_or_file_object": "elsewhere"}),
    ("inventory", {"file_or_file_object": "elsewhere"}),
    ("inventory", {"no_such_option": 1}),
    ("inventory", {"format": "SACPZ", "validate": True}),
]
READS_ELSEWHERE: Final[list[tuple[str, dict[str, Any]]]] = [
    ("frame", {"filepath_or_buffer": "elsewhere"}),
    ("frame", {"compression": "gzip"}),
    ("frame", {"storage_options": {"anon": True}}),
    ("frame", {"memory_map": True}),
    ("frame", {"no_such_option": 1}),
    ("stream", {"pathname_or_url": "elsewhere"}),
    ("stream", {"filename": "elsewhere"}),
    ("stream", {"check_compression": True}),
    ("stream", {"format": "Q", "data_directory": "."}),
    ("stream", {"format": "SAC", "reclen": 512}),
    ("stream", {"format": "MSEED", "encoding": "ascii"}),
    ("stream", {"format": "GSE2", "station": "TD05"}),
    ("stream", {"format": "SEG2", "raw": True}),
    ("stream", {"no_such_option": 1}),
    ("stream", {"starttime": "2020-10-01"}),
    ("stream", {"endtime": 5.0}),
    ("inventory", {"path_or_file_object": "elsewhere"}),
    ("inventory", {"check_compression": True}),
    ("inventory", {"starttime": obspy.UTCDateTime(2019, 10, 1)}),
    ("inventory", {"dtype": "float32"}),
    ("inventory", {"no_such_option": 1}),
    ("inventory", {"format": "STATIONTXT", "level": "network"}),
]


WRITES_HERE: Final[list[tuple[str, dict[str, Any]]]] = [
    ("frame", {"path_or_buf": None}),
    ("frame", {"mode": "w"}),
    ("frame", {"compression": "INFER".lower()}),
    ("frame", {"compression": None}),
    ("frame", {"storage_options": None}),
    ("frame", {"encoding": None}),
    ("frame", {"errors": None}),
    ("figure", {"dpi": None, "facecolor": None, "orientation": "portrait", "transparent": None}),
    ("figure", {"format": None, "backend": None, "metadata": None, "pil_kwargs": None}),
    ("figure", {"format": "eps", "metadata": None}),
    ("figure", {"format": "ps", "papertype": "a4", "metadata": {"Creator": "Noiz"}}),
    ("figure", {"format": "ps", "backend": "ps", "papertype": "a4"}),
    ("figure", {"format": "svg", "backend": "svg", "metadata": {"Creator": "Noiz"}}),
    ("figure", {"format": "png", "backend": "agg", "pil_kwargs": {"compress_level": 1}}),
    ("figure", {"format": "svgz", "metadata": {"Creator": "Noiz"}}),
    ("figure", {"format": "jpg", "pil_kwargs": {"quality": 50}}),
    ("figure", {"format": "png", "metadata": {"Title": "Noiz"}}),
    ("figure", {"format": "tif", "backend": "agg", "pil_kwargs": None}),
    ("stream", {"flush": True}),
    ("stream", {"format": "SH_ASC", "append": False}),
    ("stream", {"format": "GSE2", "inplace": False}),
    ("inventory", {"validate": False}),
]
"""Options whose values ask for what happens without them."""
READS_HERE: Final[list[tuple[str, dict[str, Any], str, bytes]]] = [
    ("frame", {"compression": None}, "a.csv", b"x\n1\n"),
    ("frame", {"compression": "infer"}, "a.csv", b"x\n1\n"),
    ("frame", {"memory_map": False}, "a.csv", b"x\n1\n"),
    ("frame", {"storage_options": None}, "a.csv", b"x\n1\n"),
    ("frame", {"encoding": None}, "a.csv", b"x\n1\n"),
    ("stream", {"starttime": None, "dtype": None, "nearest_sample": True}, "a", MINISEED[0].read_bytes()),
]


def _told(options: dict[str, Any]) -> str:
    return "-".join(options)


def _case(helper: str, options: Any, *others: Any) -> Any:
    return pytest.param(helper, options, *others, id="-".join([helper, *map(str, options)]))


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize(("helper", "options"), [_case(*each) for each in LEADS_ELSEWHERE])
def test_option_that_writes_elsewhere_is_refused(
    fs: Any,
    subject: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    helper: str,
    options: dict[str, Any],
    refused: Any,
    costs: Any,
) -> None:
    """An option that would write elsewhere, or that nobody would heed, is refused by its name; nothing is sent."""
    monkeypatch.chdir(tmp_path)
    with refused((TypeError, ValueError), match=[*options][-1]), costs():
        SAVERS[helper](subject.io, fs.get_path("object"), **options)
    assert list(tmp_path.iterdir()) == []


@source("contract: Surface")
@pytest.mark.parametrize(("helper", "options"), [_case(*each) for each in READS_ELSEWHERE])
def test_option_that_reads_elsewhere_is_refused(
    fs: Any, subject: Any, helper: str, options: dict[str, Any], refused: Any, costs: Any
) -> None:
    """An option that would read elsewhere, or that nobody would heed, is refused by its name; nothing is contacted."""
    with refused((TypeError, ValueError), match=[*options][-1]), costs():
        LOADERS[helper](subject.io, fs.get_path("missing"), **options)


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize(("helper", "options"), [_case(*each) for each in WRITES_HERE])
def test_option_that_asks_for_what_happens_is_taken(
    fs: Any, subject: Any, helper: str, options: dict[str, Any]
) -> None:
    """An option whose value is the library's own default is taken: nothing else was asked for."""
    path = SAVERS[helper](subject.io, fs.get_path("object"), **options)
    assert fs.stat(path).size > 0


@source("contract: Surface")
@pytest.mark.parametrize(("helper", "options", "name", "body"), [_case(*each) for each in READS_HERE])
def test_option_that_asks_for_what_is_read_is_taken(
    fs: Any, subject: Any, witness: Any, helper: str, options: dict[str, Any], name: str, body: bytes
) -> None:
    """An option of reading whose value is the library's own default is taken."""
    witness.put(name, body)
    assert len(LOADERS[helper](subject.io, fs.get_path(name), **options)) == 1


SPAN: Final = {"starttime": obspy.UTCDateTime(2019, 10, 1), "endtime": obspy.UTCDateTime(2019, 10, 2)}
READERS: Final[list[tuple[str, dict[str, Any]]]] = [
    *[("stream", {"format": kind, name: time}) for kind in ("SAC", "WAV") for name, time in SPAN.items()],
    ("stream", {**SPAN, "nearest_sample": False}),
    ("stream", {"format": "SAC", "nearest_sample": False}),
    ("stream", {"format": "SAC", "dtype": "float64"}),
    ("stream", {"format": "AH", "apply_calib": True}),
    ("stream", {"format": "SAC", "encoding": "latin-1", "fsize": False}),
    ("stream", {"format": "DMX", "station": "EMFO"}),
    ("stream", {"format": "KINEMETRICS_EVT", "raw": True}),
    ("stream", {"format": "Q", "data_directory": None}),
    ("stream", {"sourcename": "TD.*"}),
    ("stream", {"station": "EMFO"}),
    ("stream", {"fsize": False}),
    ("stream", {"sort_permuted_package_sequence": True}),
    ("inventory", {"level": "station"}),
    ("inventory", {"format": "STATIONXML", "level": "station"}),
    ("inventory", {"skip_invalid_responses": False}),
    ("frame", {"usecols": [0]}),
]
"""Options of every kind of reader, those included that it takes without naming them."""


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize(("helper", "options"), [_case(*each) for each in READERS])
def test_option_of_a_reader_is_taken(fs: Any, subject: Any, helper: str, options: dict[str, Any], refused: Any) -> None:
    """An option that the reader of a format has is taken; any reader's, where the content is to tell the format."""
    with refused(FileNotFoundError):
        LOADERS[helper](subject.io, fs.get_path("missing"), **options)


@source("https://docs.obspy.org/packages/autogen/obspy.io.sac.core._read_sac.html")
@pytest.mark.parametrize("kind", [{}, {"format": "SAC"}], ids=["recognised", "named"])
def test_encoding_of_a_waveform_is_honoured(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, kind: dict[str, str]
) -> None:
    """Codes in a SAC file that are not ASCII are read in the encoding that is named."""
    _written(obspy.Stream([obspy.Trace(numpy.ones(3, "f4"), {"station": "TDXX5"})]), tmp_path, "SAC")
    body = (tmp_path / "obspys").read_bytes()
    witness.put("event", body.replace(b"TDXX5", b"TD\xe9\xc85"))
    found = subject.io.read_stream(fs.get_path("event"), encoding="latin-1", **kind)
    assert found[0].stats.station == "TDéÈ5"


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize("option", [{"fsize": False}, {"station": "EMFO"}, {"skip": 1}], ids=_told)
def test_option_of_another_format_is_no_damage(
    fs: Any, subject: Any, witness: Any, option: dict[str, Any], refused: Any
) -> None:
    """An option that only the readers of other formats have than that of the content raises TypeError that names it."""
    witness.put("day.mseed", MINISEED[0].read_bytes())
    with refused(TypeError, match=next(iter(option))):
        subject.io.read_stream(fs.get_path("day.mseed"), **option)


@source("contract: Formats")
@pytest.mark.parametrize("window", [{}, {"offset": 0}, {"format": "MSEED"}], ids=["whole", "window", "named"])
@pytest.mark.parametrize("options", [{"dtype": "no-such"}, {"sourcename": 5}], ids=_told)
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


@source("https://docs.obspy.org/packages/autogen/obspy.core.inventory.inventory.read_inventory.html")
@pytest.mark.parametrize("kind", [{}, {"format": "STATIONXML"}], ids=["recognised", "named"])
@pytest.mark.parametrize("level", ["network", "station", "channel", "response"])
def test_level_of_metadata_is_honoured(fs: Any, subject: Any, witness: Any, level: str, kind: dict[str, str]) -> None:
    """Station metadata are read to the level that is asked for, as ObsPy reads them."""
    witness.put("station.xml", STATIONXML[0].read_bytes())
    found = subject.io.read_inventory(fs.get_path("station.xml"), level=level, **kind)
    assert found == obspy.read_inventory(str(STATIONXML[0].path), level=level)


@source("contract: Formats")
@pytest.mark.parametrize("options", [{}, {"level": "station"}], ids=["plain", "level"])
@pytest.mark.parametrize("kind", [{}, {"format": "STATIONXML"}], ids=["recognised", "named"])
def test_damaged_metadata_are_an_error(
    fs: Any, subject: Any, witness: Any, kind: dict[str, str], options: dict[str, str], refused: Any
) -> None:
    """What is no station metadata raises ValueError that names the object and the format, options or not."""
    witness.put("station.xml", STATIONXML[0].read_bytes()[:-100])
    with refused(ValueError, match=r"(station metadata|STATIONXML) .*station\.xml"):
        subject.io.read_inventory(fs.get_path("station.xml"), **options, **kind)


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


@source("contract: Refusing")
def test_option_of_other_metadata_is_no_damage(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """An option that only the readers of other metadata have raises TypeError that names it."""
    witness.put("station.xml", STATIONXML[0].read_bytes())
    with refused(TypeError, match="skip_invalid_responses"):
        subject.io.read_inventory(fs.get_path("station.xml"), skip_invalid_responses=False)


PLAIN: Final = ("avif", "gif", "jpeg", "jpg", "raw", "rgba", "tif", "tiff", "webp")
"""Formats of figures that hold no metadata; older releases of Matplotlib have not all of them."""


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("canvas", [None, "agg"])
@pytest.mark.parametrize("format", PLAIN)
def test_metadata_that_a_format_has_not_is_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - Matplotlib's word
    canvas: str | None,
    refused: Any,
    costs: Any,
) -> None:
    """Metadata of a figure whose format holds none raise TypeError, as every option does that a format has not."""
    there = format in Figure().canvas.get_supported_filetypes()
    with refused(TypeError if there else ValueError, match="metadata" if there else format), costs():
        subject.io.save_figure(fs.get_path(f"plot.{format}"), _figure(), backend=canvas, metadata={"Title": "Noiz"})


SECRET: Final = "sEcReT"
HIDES: Final[dict[str, Callable[..., Any]]] = {
    "save-frame": lambda io, path: io.save_dataframe(path, FRAME, storage_options={"secret": SECRET}),
    "save-frame-compression": lambda io, path: io.save_dataframe(
        path, FRAME, compression={"method": "zip", "p": SECRET}
    ),
    "load-frame": lambda io, path: io.load_dataframe(path, storage_options={"secret": SECRET}),
    "load-frame-buffer": lambda io, path: io.load_dataframe(path, filepath_or_buffer=f"s3://key:{SECRET}@host/a"),
    "write-stream": lambda io, path: io.write_stream(path, _stream(), filename=f"ftp://key:{SECRET}@host/a"),
    "read-stream": lambda io, path: io.read_stream(path, pathname_or_url=f"https://key:{SECRET}@host/a"),
    "read-stream-time": lambda io, path: io.read_stream(path, starttime={"secret": SECRET}),
    "read-stream-offset": lambda io, path: io.read_stream(path, offset={"secret": SECRET}),
    "read-inventory": lambda io, path: io.read_inventory(path, path_or_file_object=f"https://key:{SECRET}@host/a"),
    "format": lambda io, path: io.read_inventory(path, format={"secret": SECRET}),
    "save-figure": lambda io, path: io.save_figure(path, _figure(), format="png", fname=f"s3://key:{SECRET}@host/a"),
    "write-text": lambda io, path: io.write_text(path, SECRET.encode()),
    "save-numpy": lambda io, path: io.save_numpy(path, a=[1], overwrite={"secret": SECRET}),
    "ccfs-index": lambda io, path: io.write_ccfs_to_npz(pandas.DataFrame({"a": [1.0]}, [SECRET]), path),
    "ccfs-metadata": lambda io, path: io.write_ccfs_to_npz(
        pandas.DataFrame({"a": [1.0]}, pandas.DatetimeIndex(["2019"])), path, False, ["token"], [f"{SECRET}\0"]
    ),
}
"""Calls that are refused, with what nobody should see in a log."""


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize("call", HIDES)
def test_refusal_shows_no_value(fs: Any, subject: Any, call: str, refused: Any, costs: Any) -> None:
    """A value that is refused may hold a login, or be large: the error names the argument and does not show it."""
    with refused((TypeError, ValueError)) as caught, costs():
        HIDES[call](subject.io, fs.get_path("object"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
@pytest.mark.parametrize("options", [{}, {"compression": "infer"}], ids=["unasked", "infer"])
@pytest.mark.parametrize("suffix", [".zip", ".ZIP", ".zst", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_compression_that_only_pandas_has_is_refused(
    fs: Any, subject: Any, suffix: str, options: dict[str, str], refused: Any, costs: Any
) -> None:
    """A name by which pandas would compress otherwise than the layer does is refused before anything is contacted."""
    with refused((ValueError, OSError), match="compression"), costs():
        subject.io.save_dataframe(fs.get_path(f"a.csv{suffix}"), FRAME, **options)
    with refused((ValueError, OSError), match="compression"), costs():
        subject.io.load_dataframe(fs.get_path(f"a.csv{suffix}"), **options)


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
def test_plain_table_may_have_any_other_name(fs: Any, subject: Any, witness: Any) -> None:
    """With compression=None a table under a name that says .zip is plain, as it is for pandas; texts are anyway."""
    path = subject.io.save_dataframe(fs.get_path("a.zip"), FRAME, index=False, compression=None)
    assert subject.io.load_dataframe(path, compression=None).equals(FRAME)
    subject.io.write_text(fs.get_path("b.zip"), "text")
    assert (witness.get("a.zip"), witness.get("b.zip")) == ("note,value\né,0.1\nb,2.5\n".encode(), b"text")


@needs(WRITE)
@source("contract: Formats")
def test_uncompressed_under_a_compressed_name_is_refused(fs: Any, subject: Any, refused: Any, costs: Any) -> None:
    """No compression under a name that says one is refused before anything is sent, in both directions."""
    with refused((TypeError, ValueError)), costs():
        subject.io.save_dataframe(fs.get_path("a.csv.gz"), FRAME, compression=None)
    with refused((TypeError, ValueError)), costs():
        subject.io.load_dataframe(fs.get_path("a.csv.gz"), compression=None)


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
@pytest.mark.parametrize(
    ("options", "stored"),
    [
        ({}, "note,value\né,0.1\nb,2.5\n".encode()),
        ({"encoding": "latin-1"}, b"note,value\n\xe9,0.1\nb,2.5\n"),
        ({"encoding": "ascii", "errors": "replace"}, b"note,value\n?,0.1\nb,2.5\n"),
        ({"encoding": "ascii", "errors": "xmlcharrefreplace"}, b"note,value\n&#233;,0.1\nb,2.5\n"),
        ({"encoding": "utf-8-sig"}, "\ufeffnote,value\né,0.1\nb,2.5\n".encode()),
        ({"encoding": "utf-16"}, "note,value\né,0.1\nb,2.5\n".encode("utf-16")),
        ({"quoting": csv.QUOTE_ALL}, '"note","value"\n"é","0.1"\n"b","2.5"\n'.encode()),
        ({"columns": ["value"], "header": False, "float_format": "%.2f"}, b"0.10\n2.50\n"),
        ({"sep": "\t", "decimal": ",", "chunksize": 1}, "note\tvalue\né\t0,1\nb\t2,5\n".encode()),
        ({"compression": "infer"}, "note,value\né,0.1\nb,2.5\n".encode()),
        ({"encoding": None, "errors": None}, "note,value\né,0.1\nb,2.5\n".encode()),
    ],
    ids=[
        "plain",
        "latin-1",
        "replace",
        "references",
        "mark",
        "utf-16",
        "quoting",
        "columns",
        "decimal",
        "infer",
        "none",
    ],
)
def test_options_of_tables_are_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], stored: bytes
) -> None:
    """What pandas takes to write a table does what it says: encodings and their errors, columns, quotes, decimals."""
    subject.io.save_dataframe(fs.get_path("a.csv"), FRAME, index=False, **options)
    assert witness.get("a.csv") == stored


@needs(WRITE)
@source("contract: Writing")
@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "ascii"},
        {"encoding": "no-such"},
        {"errors": "no-such"},
        {"encoding": "hex"},
        {"encoding": "idna", "errors": "replace"},
    ],
)
def test_text_that_cannot_be_encoded_is_refused(
    fs: Any, subject: Any, options: dict[str, str], refused: Any, costs: Any
) -> None:
    """A character that the encoding has not, and an unknown encoding, are refused before anything is sent."""
    with refused((ValueError, LookupError)), costs():
        subject.io.save_dataframe(fs.get_path("a.csv"), FRAME, **options)


@needs(WRITE)
@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_table_is_read_in_parts(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """With chunksize a table comes in parts, which are read one after the other when the object has gone."""
    rows = pandas.DataFrame({"x": range(10)})
    subject.io.save_dataframe(fs.get_path(name), rows, index=False)
    with subject.io.load_dataframe(fs.get_path(name), chunksize=4) as parts:
        witness.delete(name)
        found = list(parts)
    assert [part["x"].tolist() for part in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert parts.chunksize == 4


@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
@pytest.mark.parametrize(
    "end", [lambda parts: parts.close(), lambda parts: parts.__exit__(None, None, None)], ids=["close", "with"]
)
def test_parts_end_when_they_are_closed(fs: Any, subject: Any, witness: Any, end: Any, refused: Any) -> None:
    """A table that was closed, or left, gives no further part, though more of it is in memory."""
    witness.put("a.csv", b"x\n" + b"1\n" * 10)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=4)
    assert len(next(parts)) == 4
    end(parts)
    with refused(ValueError, match="closed"):
        next(parts)


@source("https://docs.python.org/3/library/stdtypes.html#iterator-types")
def test_parts_end_once_and_for_all(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A table that was read to its end has no further part, however often one is asked for, and may be closed twice."""
    witness.put("a.csv", b"x\n" + b"1\n" * 10)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=4)
    assert [len(part) for part in parts] == [4, 4, 2]
    assert (list(parts), next(parts, "none")) == ([], "none")
    parts.close()
    parts.close()
    with refused(StopIteration):
        parts.get_chunk()


@source("contract: Formats")
def test_parts_end_with_damage(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A table whose next part is damaged gives no part behind it, and is closed."""
    witness.put("a.csv", b"x\n" + b"123456\n" * 100_000 + b'"5\n' * 3)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=90_000)
    assert len(next(parts)) == 90_000
    with refused(ValueError, match=r"a\.csv"):
        next(parts)
    with refused(ValueError, match="closed"):
        next(parts)


@small_blocks
@source("contract: Reading")
@pytest.mark.parametrize("end", [lambda parts: parts.close(), list], ids=["close", "end"])
def test_large_table_leaves_no_file_open(fs: Any, subject: Any, witness: Any, end: Any) -> None:
    """A table larger than a block holds no file once it was closed, or read to its end, while it is still in hand."""
    line = b"0.123456789,abcdefgh\n"
    witness.put("a.csv", b"value,text\n" + line * (BLOCK // len(line) + 10))
    fs.read("a.csv")  # a connection stays open
    before = census.census()
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=100_000)
    assert len(next(parts)) == 100_000
    end(parts)
    assert census.left_over(before) == []


@source("contract: Formats")
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_empty_table_has_no_parts(fs: Any, subject: Any, name: str, witness: Any, refused: Any) -> None:
    """What is no CSV from its first byte raises ValueError that names the object when its parts are asked for."""
    witness.put(name, {"a.csv": b"", "a.csv.gz": gzip.compress(b"")}[name])
    with refused(ValueError, match=r"a\.csv"):
        subject.io.load_dataframe(fs.get_path(name), chunksize=4)


@source("contract: Formats")
@pytest.mark.parametrize(
    "options", [{"usecols": ["nope"]}, {"index_col": 7}, {"dtype": {"x": int}}, {"header": -1}], ids=_told
)
@pytest.mark.parametrize("parts", [{}, {"chunksize": 4}], ids=["whole", "parts"])
def test_option_that_does_not_fit_is_no_damage(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], parts: dict[str, int], refused: Any
) -> None:
    """An option that this table cannot fulfil raises pandas' own error: the content is not at fault."""
    witness.put("a.csv", b"x,y\n1.5,2\n")
    with refused((ValueError, IndexError)) as caught:
        list(subject.io.load_dataframe(fs.get_path("a.csv"), **options, **parts))
    assert not isinstance(caught.value, OSError)


@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
def test_table_is_read_at_will(fs: Any, subject: Any, witness: Any, costs: Any) -> None:
    """With iterator=True the caller says how many rows come next; one read is sent in all."""
    witness.put("a.csv", b"x\n" + b"".join(b"%d\n" % number for number in range(10)))
    with costs(read=1), subject.io.load_dataframe(fs.get_path("a.csv"), iterator=True) as parts:
        found = [parts.get_chunk(3), parts.read(2), next(parts.get_chunk(1) for _ in "x"), parts.read()]
    assert [part["x"].tolist() for part in found] == [[0, 1, 2], [3, 4], [5], [6, 7, 8, 9]]


@small_blocks
@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
def test_large_table_is_read_in_parts(fs: Any, subject: Any, witness: Any) -> None:
    """A table larger than a block comes in parts too, and leaves no file behind when the last was read."""
    line = b"0.123456789,abcdefgh\n"
    witness.put("a.csv", b"value,text\n" + line * (BLOCK // len(line) + 10))
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=100_000)
    assert sum(len(part) for part in parts) == BLOCK // len(line) + 10


@source("contract: Formats")
@pytest.mark.parametrize("behind", [b'"5\n', b"\xff\xfe\n"], ids=["open-quote", "not-utf-8"])
def test_damage_in_a_later_part_is_an_error(fs: Any, subject: Any, witness: Any, behind: bytes, refused: Any) -> None:
    """A part that is no CSV raises ValueError that names the object, though the parts before it were read."""
    witness.put("a.csv", b"x\n" + b"123456\n" * 100_000 + behind + b"5\n" * 10)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=20_000)
    assert next(parts)["x"].tolist() == [123456] * 20_000
    with refused(ValueError, match=r"a\.csv"):
        list(parts)


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
def test_options_of_waveforms_are_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], look: Any, expected: Any
) -> None:
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
def test_options_of_miniseed_are_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], name: str, expected: Any
) -> None:
    """Encoding, record length and byte order of miniSEED are those that were asked for."""
    subject.io.write_stream(fs.get_path("day.mseed"), _stream(), **options)
    assert obspy.read(io.BytesIO(witness.get("day.mseed")))[0].stats.mseed[name] == expected


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize(
    ("options", "stations", "channels"), [({}, 1, 1), ({"level": "station"}, 1, 0), ({"level": "network"}, 0, 0)]
)
def test_options_of_inventories_are_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, str], stations: int, channels: int
) -> None:
    """The level of detail that is asked for is the level that is written."""
    subject.io.write_inventory(fs.get_path("station.xml"), _inventory(), **options)
    body = witness.get("station.xml")
    assert (b"<Station " in body, b"<Channel " in body) == (bool(stations), bool(channels))


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("format", ["tif", "tiff", "png", "jpg", "pdf", "svg", "svgz", "eps", "raw"])
def test_every_figure_format_in_every_compression(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - Matplotlib's word
    suffix: str,
) -> None:
    """A figure of any format is saved under any compression, those that are written back and forth included."""
    path = subject.io.save_figure(fs.get_path(f"plot.{format}{suffix}"), _figure())
    assert path.name == f"plot.{format}{suffix}"
    assert fs.stat(path).size > 0


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
    ids=_told,
)
def test_options_of_miniseed_read_as_obspys(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
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
    ids=lambda value: _told(value) if isinstance(value, dict) else None,
)
def test_options_are_honoured_within_a_window(
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
    late, early = _stream(), _stream()
    late[0].stats.update({"channel": "HHZ", "starttime": obspy.UTCDateTime(2020, 3, 1, 0, 0, 0, 123456)})
    early[0].stats.update({"channel": "HHE", "starttime": obspy.UTCDateTime(1969, 12, 31, 23, 59, 59, 999999)})
    return late + early


def _written(what: obspy.Stream | obspy.Inventory, place: Path, kind: str = "MSEED", **options: Any) -> bytes:
    """What ObsPy itself writes, in a file of its own: some formats take only names."""
    what.write(str(place / "obspys"), format=kind, **options)
    return (place / "obspys").read_bytes()


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
    ids=lambda options: _told(options) or "none",
)
def test_miniseed_is_written_as_by_obspy(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    """With each option miniSEED is what ObsPy writes of the same traces, in their order, to the microsecond."""
    stream = _two_traces()
    stream[1].stats.mseed = {"dataquality": "Q"}
    before = stream.copy()
    subject.io.write_stream(fs.get_path("day.mseed"), stream, **options)
    assert witness.get("day.mseed") == _written(before, tmp_path, **options)
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
    stream = _stream()
    stream[0].stats.update({"calib": 2.5, "starttime": obspy.UTCDateTime(2020, 3, 1, 1, 2, 3, 250000)})
    stream[0].stats.sac = {"evla": 61.5, "stla": -12.25}
    before = stream.copy()
    path = subject.io.write_stream(fs.get_path("event"), stream, kind, **options)
    assert witness.get("event") == _written(before, tmp_path, kind, **options)
    assert _waveforms(stream) == _waveforms(before)
    expected = obspy.read(str(tmp_path / "obspys"), format=kind)
    assert _waveforms(subject.io.read_stream(path, kind)) == _waveforms(expected)


@source("https://docs.obspy.org/packages/autogen/obspy.core.stream.read.html")
@pytest.mark.parametrize("options", [{"apply_calib": True}, {"dtype": "float32"}, {"headonly": True}], ids=_told)
def test_options_of_other_formats_read_as_obspys(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    """The calibration that a format holds is applied when that is asked for, and other options hold for it too."""
    stream = _stream()
    stream[0].stats.calib = 2.5
    witness.put("event", _written(stream, tmp_path, "GSE2"))
    found = _waveforms(subject.io.read_stream(fs.get_path("event"), **options))
    assert found == _waveforms(obspy.read(str(tmp_path / "obspys"), format="GSE2", **options))
    assert found != _waveforms(obspy.read(str(tmp_path / "obspys"), format="GSE2"))


def _extended() -> obspy.Inventory:
    """An inventory with an element of a namespace of its own."""
    inventory = obspy.Inventory(_inventory().networks, source="Noiz", created=obspy.UTCDateTime(2020, 3, 1))
    inventory[0].extra = {"vault": {"value": "granite", "namespace": "http://noiz.example/1"}}
    return inventory


@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.core.inventory.inventory.Inventory.write.html")
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("STATIONXML", {}),
        ("STATIONXML", {"level": "station"}),
        ("STATIONXML", {"nsmap": {"noiz": "http://noiz.example/1"}}),
        ("STATIONTXT", {"level": "network"}),
        ("STATIONTXT", {"level": "channel"}),
    ],
    ids=lambda value: _told(value) or "none" if isinstance(value, dict) else None,
)
def test_metadata_is_written_as_by_obspy(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    """With each option station metadata is what ObsPy writes; the inventory and the options stay as they were."""
    inventory, before, given = _extended(), _extended(), copy.deepcopy(options)
    subject.io.write_inventory(fs.get_path("station"), inventory, kind, **given)
    assert witness.get("station") == _written(before, tmp_path, kind, **copy.deepcopy(options))
    assert (inventory, given) == (before, options)


DRAWN: Final[list[dict[str, Any]]] = [
    {},
    {"dpi": 37},
    {"facecolor": "red"},
    {"edgecolor": "blue"},
    {"transparent": True},
    {"bbox_inches": "tight"},
    {"bbox_inches": "tight", "pad_inches": 0.4},
    {"metadata": {"Title": "Noiz", "Author": "é"}},
    {"dpi": 37, "facecolor": "red", "bbox_inches": "tight", "metadata": {"Title": "Noiz"}},
]
"""Options that each make another picture."""


def _drawing() -> Figure:
    """A figure whose own colours, size and resolution are not the default ones."""
    figure = Figure(figsize=(1, 0.5), dpi=50, facecolor="yellow", edgecolor="green", linewidth=6)
    figure.subplots().set_axis_off()
    figure.text(0.5, 0.5, "x")
    return figure


def _picture(body: bytes) -> tuple[Any, ...]:
    """Size, colours, pixels, resolution and texts of a picture."""
    with Image.open(io.BytesIO(body)) as image:
        return image.size, image.mode, image.tobytes(), image.info


def _drawn(figure: Figure, **options: Any) -> bytes:
    """What Matplotlib itself draws."""
    body = io.BytesIO()
    figure.savefig(body, **options)
    return body.getvalue()


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("options", DRAWN, ids=lambda options: _told(options) or "none")
def test_picture_is_matplotlibs(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option the picture has the pixels, size, colours, resolution and texts that Matplotlib gives it."""
    figure = _drawing()
    subject.io.save_figure(fs.get_path("plot.png"), figure, **options)
    found = _picture(witness.get("plot.png"))
    assert found == _picture(_drawn(_drawing(), **options))
    assert [other for other in DRAWN if found == _picture(_drawn(_drawing(), **other))] == [options]
    assert (figure.dpi, figure.get_size_inches().tolist(), figure.get_facecolor()) == (50, [1, 0.5], (1, 1, 0, 1))


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize(
    ("name", "options", "holds"),
    [
        ("plot.pdf", {"metadata": {"Title": "Noiz 7"}}, b"Noiz 7"),
        ("plot.svg", {"metadata": {"Title": "Noiz 7"}}, b"Noiz 7"),
        ("plot.eps", {"orientation": "landscape"}, b"%%Orientation: landscape"),
        ("plot.svg", {"dpi": 36, "facecolor": "#123456"}, b"#123456"),
        ("plot.png", {"format": "pdf"}, b"%PDF-"),
        ("plot", {"format": "SVG"}, b"<svg"),
        ("plot", {}, b"\x89PNG"),
        ("plot.2019.274.0.PdF", {}, b"%PDF-"),
        (".plot.svg", {}, b"<svg"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value) if isinstance(value, str) else _told(value),
)
def test_options_of_figure_formats_are_honoured(
    fs: Any, subject: Any, witness: Any, name: str, options: dict[str, Any], holds: bytes
) -> None:
    """Metadata, orientation and colours reach every format; `format=` wins over the suffix, and png is the default."""
    subject.io.save_figure(fs.get_path(name), _drawing(), **options)
    assert holds in witness.get(name)


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
def test_options_of_picture_files_are_told_by_their_size(fs: Any, subject: Any, witness: Any) -> None:
    """What Pillow is told of quality and compression makes files as large as Matplotlib makes them."""
    options = {"a.jpg": {"quality": 5}, "b.jpg": {"quality": 95}, "c.png": {"compress_level": 0}, "d.png": {}}
    for name, told in options.items():
        subject.io.save_figure(fs.get_path(name), _drawing(), pil_kwargs=told)
    sizes = {name: len(witness.get(name)) for name in options}
    assert sizes == {n: len(_drawn(_drawing(), format=n[2:], pil_kwargs=told)) for n, told in options.items()}
    assert (sizes["a.jpg"] < sizes["b.jpg"], sizes["d.png"] < sizes["c.png"]) == (True, True)


class _Stamped(FigureCanvasAgg):
    """A canvas whose own writer has an option more."""

    def print_png(self, filename_or_obj: Any, *, stamp: str = "", **_: Any) -> None:
        """Write a picture that holds the stamp."""
        super().print_png(filename_or_obj, metadata={"Stamp": stamp})  # type: ignore[no-untyped-call]


@needs(WRITE)
@source("https://matplotlib.org/stable/api/backend_bases_api.html#matplotlib.backend_bases.FigureCanvasBase")
def test_option_of_a_figures_own_canvas_is_honoured(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A figure that draws on a canvas of its own has the options of that canvas, for the formats that it writes."""
    figure = _figure()
    _Stamped(figure)
    subject.io.save_figure(fs.get_path("plot.png"), figure, stamp="Noiz 7")
    assert _picture(witness.get("plot.png"))[-1]["Stamp"] == "Noiz 7"
    with refused(TypeError, match="stamp"):
        subject.io.save_figure(fs.get_path("plot.pdf"), figure, stamp="Noiz 7")


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: S5")
def test_given_figure_is_saved_and_left_as_it_was(fs: Any, subject: Any, witness: Any) -> None:
    """It is the given figure that is saved, not pyplot's current one; it stays open and can be saved again."""
    first, second = pyplot.figure(figsize=(1, 1)), pyplot.figure(figsize=(2, 1))
    first.text(0.5, 0.5, "x")
    for name in ("a.png", "b.png"):
        subject.io.save_figure(fs.get_path(name), first)
    stay_open = [pyplot.fignum_exists(figure.number) for figure in (first, second)]
    expected = _picture(_drawn(first))
    pyplot.close(first)
    pyplot.close(second)
    assert [_picture(witness.get(name)) == expected for name in ("a.png", "b.png")] == [True, True]
    assert stay_open == [True, True]


TABLE: Final = pandas.DataFrame(
    {"note": ["é;,", 'c "d"', None], "value": [0.1, 1234567.875, -1e-9]},
    pandas.DatetimeIndex(["2020-02-29 01:02:03.000004", "2020-03-01", "2019-12-31"], name="when"),
)
LINE_END: Final = next(
    name for name in inspect.signature(pandas.DataFrame.to_csv).parameters if name.startswith("line")
)
"""What pandas calls the end of a line; before 1.5 it had another name."""


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"index": False},
        {"index_label": "time"},
        {"na_rep": "n/a"},
        {"date_format": "%Y.%j"},
        {"header": ["a", "b"]},
        {"columns": ["value", "note"]},
        {"float_format": "%.3f"},
        {"decimal": ","},
        {"sep": ";"},
        {"quotechar": "'"},
        {"quoting": csv.QUOTE_NONNUMERIC},
        {"doublequote": False, "escapechar": "\\"},
        {LINE_END: "\r\n"},
    ],
    ids=lambda options: _told(options) or "none",
)
def test_table_is_written_as_by_pandas(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option a table is the text that pandas makes of it, and the frame that was given stays as it was."""
    frame = TABLE.copy()
    subject.io.save_dataframe(fs.get_path("a.csv"), frame, **options)
    assert witness.get("a.csv") == TABLE.to_csv(**options).encode()
    pandas.testing.assert_frame_equal(frame, TABLE)


CSV: Final = """when,code,gap,count,flag,note
1/2/2019,007,"1,5","1,000",yes,n/a
2/2/2019,010,"0,25","2,000",no,-
3/2/2019,9,"7,125","3,000",yes,'b' #c
"""


@source("https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html")
@pytest.mark.parametrize(
    "options",
    [
        {"index_col": "code"},
        {"usecols": ["note", "gap"]},
        {"dtype": {"code": str}},
        {"dtype": {"code": "float32"}},
        {"parse_dates": ["when"], "dayfirst": True},
        {"decimal": ","},
        {"thousands": ","},
        {"na_values": ["-"]},
        {"keep_default_na": False},
        {"na_filter": False},
        {"nrows": 2},
        {"skiprows": [1]},
        {"header": None},
        {"names": list("abcdef"), "header": 0},
        {"converters": {"code": int}, "index_col": 1},
        {"true_values": ["yes"], "false_values": ["no"]},
        {"comment": "#"},
        {"sep": ";"},
        {"delimiter": "/"},
        {"skipfooter": 1, "engine": "python"},
    ],
    ids=_told,
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_table_is_read_as_by_pandas(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option a table has the rows, columns, types and index that pandas gives it."""
    witness.put("a.csv", CSV.encode())
    found = subject.io.load_dataframe(fs.get_path("a.csv"), **options)
    pandas.testing.assert_frame_equal(found, pandas.read_csv(io.StringIO(CSV), **options), check_exact=True)
    assert not found.equals(pandas.read_csv(io.StringIO(CSV)))


@source("https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"encoding": "latin-1"}, ["Ã©", "µ"]),
        ({"encoding": "cp1252"}, ["Ã©", "µ"]),
        ({"encoding_errors": "replace"}, ["é", "\ufffd"]),
        ({"encoding_errors": "ignore", "dtype": str, "keep_default_na": False}, ["é", ""]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_encoding_of_a_table_is_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], expected: list[str]
) -> None:
    """A table is read in the encoding that is named, and bytes that it has not become what is asked for."""
    witness.put("a.csv", b'note\n"\xc3\xa9"\n"\xb5"\n')
    assert subject.io.load_dataframe(fs.get_path("a.csv"), **options)["note"].tolist() == expected
