"""Options that helpers hand on to pandas, Matplotlib and ObsPy: honoured truly, or refused at the call."""

from __future__ import annotations

import csv
import io
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy
import obspy
import pandas
import pytest
from matplotlib.figure import Figure

from conformance.behaviour import embedded_backends, needs, source
from conformance.blocks import BLOCK, small_blocks
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import WRITE

pytestmark = embedded_backends()

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
    ("figure", {"format": "svg", "papertype": "a4"}),
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
    ("stream", {"no_such_option": 1}),
    ("stream", {"starttime": "2020-10-01"}),
    ("stream", {"endtime": 5.0}),
    ("inventory", {"path_or_file_object": "elsewhere"}),
    ("inventory", {"check_compression": True}),
    ("inventory", {"no_such_option": 1}),
    ("inventory", {"format": "STATIONTXT", "level": "network"}),
]


WRITES_HERE: Final[list[tuple[str, dict[str, Any]]]] = [
    ("frame", {"path_or_buf": None}),
    ("frame", {"mode": "w"}),
    ("frame", {"compression": None}),
    ("frame", {"storage_options": None}),
    ("frame", {"encoding": None}),
    ("frame", {"errors": None}),
    ("figure", {"dpi": None, "facecolor": None, "orientation": "portrait", "transparent": None}),
    ("figure", {"format": None, "backend": None, "metadata": None, "pil_kwargs": None}),
    ("figure", {"format": "eps", "metadata": None}),
    ("figure", {"format": "svgz", "metadata": {"Creator": "Noiz"}}),
    ("figure", {"format": "jpg", "pil_kwargs": {"quality": 50}}),
    ("figure", {"format": "png", "metadata": {"Title": "Noiz"}}),
    ("figure", {"format": "tif", "backend": "agg", "metadata": None}),
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
    """An option that would write elsewhere, or that nobody would heed, is refused at the call, and nothing is sent."""
    monkeypatch.chdir(tmp_path)
    with refused((TypeError, ValueError)), costs():
        SAVERS[helper](subject.io, fs.get_path("object"), **options)
    assert list(tmp_path.iterdir()) == []


@source("contract: Surface")
@pytest.mark.parametrize(("helper", "options"), [_case(*each) for each in READS_ELSEWHERE])
def test_option_that_reads_elsewhere_is_refused(
    fs: Any, subject: Any, helper: str, options: dict[str, Any], refused: Any, costs: Any
) -> None:
    """An option that would read elsewhere, or that nobody would heed, is refused before anything is contacted."""
    with refused((TypeError, ValueError)), costs():
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


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("canvas", [None, "agg"])
@pytest.mark.parametrize("format", ["tif", "tiff", "jpg", "raw"])
def test_metadata_that_a_format_has_not_is_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - Matplotlib's word
    canvas: str | None,
    refused: Any,
    costs: Any,
) -> None:
    """Metadata of a figure whose format holds none raise TypeError, as every option does that a format has not."""
    with refused(TypeError, match="metadata"), costs():
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
    ],
    ids=["plain", "latin-1", "replace", "references", "mark", "utf-16", "quoting", "columns", "decimal", "infer"],
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
    "options", [{"encoding": "ascii"}, {"encoding": "no-such"}, {"errors": "no-such"}, {"encoding": "hex"}]
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
