"""Options that helpers refuse at the call: those that lead elsewhere or that nobody would heed, and no others."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import obspy
import pandas
import pytest

from conformance.behaviour import needs, source, without_server
from conformance.helper_calls import FRAME, LOADERS, SAVERS, small_figure, small_stream
from conformance.samples import MINISEED
from fixtures.endpoint import WRITE

pytestmark = without_server()

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


def _case(helper: str, options: Any, *others: Any) -> Any:
    return pytest.param(helper, options, *others, id="-".join([helper, *map(str, options)]))


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize(("helper", "options"), [_case(*each) for each in LEADS_ELSEWHERE])
def test_option_that_writes_elsewhere(
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
def test_option_that_reads_elsewhere(
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


SECRET: Final = "sEcReT"

HIDES: Final[dict[str, Callable[..., Any]]] = {
    "save-frame": lambda io, path: io.save_dataframe(path, FRAME, storage_options={"secret": SECRET}),
    "save-frame-compression": lambda io, path: io.save_dataframe(
        path, FRAME, compression={"method": "zip", "p": SECRET}
    ),
    "load-frame": lambda io, path: io.load_dataframe(path, storage_options={"secret": SECRET}),
    "load-frame-buffer": lambda io, path: io.load_dataframe(path, filepath_or_buffer=f"s3://key:{SECRET}@host/a"),
    "write-stream": lambda io, path: io.write_stream(path, small_stream(), filename=f"ftp://key:{SECRET}@host/a"),
    "read-stream": lambda io, path: io.read_stream(path, pathname_or_url=f"https://key:{SECRET}@host/a"),
    "read-stream-time": lambda io, path: io.read_stream(path, starttime={"secret": SECRET}),
    "read-stream-offset": lambda io, path: io.read_stream(path, offset={"secret": SECRET}),
    "read-inventory": lambda io, path: io.read_inventory(path, path_or_file_object=f"https://key:{SECRET}@host/a"),
    "format": lambda io, path: io.read_inventory(path, format={"secret": SECRET}),
    "save-figure": lambda io, path: io.save_figure(
        path, small_figure(), format="png", fname=f"s3://key:{SECRET}@host/a"
    ),
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
def test_value_is_not_shown(fs: Any, subject: Any, call: str, refused: Any, costs: Any) -> None:
    """A value that is refused may hold a login, or be large: the error names the argument and does not show it."""
    with refused((TypeError, ValueError)) as caught, costs():
        HIDES[call](subject.io, fs.get_path("object"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
