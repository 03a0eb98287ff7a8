"""The surface: the calls that users write, and the libraries that they hand open files to."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from typing import Any

import numpy
import obspy
import pandas
import pytest

from conformance.behaviour import source
from conformance.samples import MINISEED

CALLS = {
    "open": ["path", "mode"],
    "open_context": ["path", "mode"],
    "exists": ["path"],
    "isdir": ["path"],
    "makedirs": ["path", "exist_ok"],
    "ls": ["path"],
    "glob": ["pattern"],
    "find": ["path"],
    "stat": ["path"],
    "rm": ["path", "recursive", "missing_ok"],
    "copy": ["source", "target"],
    "move": ["source", "target"],
    "get_path": ["path"],
    "local_path": ["path", "mode"],
}
"""Method of a file system → its first parameters, as they may be given by place and by name."""
TABLE = pandas.DataFrame({"station": ["SI01", "SI02"], "gap_s": [0.5, 12.25]})


@source("B1.43", "contract: Surface")
@pytest.mark.parametrize("name", CALLS)
def test_calls_have_the_promised_parameters(fs: Any, name: str) -> None:
    """The methods of a file system take what the design promises, by place and by name, and whatever else after it."""
    parameters = inspect.signature(getattr(fs, name)).parameters.values()
    by_place = [each.name for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert by_place[: len(CALLS[name])] == CALLS[name]


@source("B1.43", "contract: Surface")
def test_a_file_system_is_made_as_promised(subject: Any) -> None:
    """`NoizFileSystem` takes a base URI and, with defaults, a cache, its size (MB) and a block size."""
    parameters = list(inspect.signature(subject.filesystem.NoizFileSystem).parameters.values())[:4]
    assert [each.name for each in parameters] == ["base_uri", "cache_storage", "cache_size_mb", "block_size"]
    assert [each.default for each in parameters[1:3]] == [None, 1000]


def _npy() -> bytes:
    body = io.BytesIO()
    numpy.save(body, numpy.arange(1000.0))
    return body.getvalue()


LIBRARIES: dict[str, tuple[bytes, Callable[[Any], Any]]] = {
    "numpy": (_npy(), lambda file: numpy.load(file).tolist()),
    "pandas": (TABLE.to_csv(index=False).encode(), lambda file: pandas.read_csv(file).to_dict()),
    "obspy": (MINISEED[0].read_bytes(), lambda file: [trace.data.tolist() for trace in obspy.read(file, "MSEED")]),
}
"""Library → bytes of its own making, and how it reads an open file."""


@source("B16.283")
@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_read_open_files(fs: Any, witness: Any, library: str) -> None:
    """NumPy, pandas and ObsPy read a file that the layer opened as they read the same bytes from memory."""
    body, load = LIBRARIES[library]
    witness.put("object", body)
    with fs.open("object") as stream:
        assert load(stream) == load(io.BytesIO(body))
