"""The surface: the calls that users write, and the libraries that they hand open files to."""

from __future__ import annotations

import inspect
import io
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import obspy
import pandas
import pytest

from conformance.behaviour import embedded_backends, source
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


@embedded_backends()
@source("contract: Surface")
def test_cache_that_is_asked_for_only_warns(subject: Any, backend: Any, key: str) -> None:
    """A cache's directory and size (MB) are taken; that there is no cache yet is told where it was asked for."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        new = partial(subject.filesystem.NoizFileSystem, backend.base_uri(key))
        made = [new("/cache"), new(cache_storage="/cache", cache_size_mb=0), new(cache_size_mb=numpy.int64(1)), new()]
    told = [(each.filename, "no cache" in str(each.message)) for each in caught]
    sizes = [size for size in ("1000 MB", "0 MB") if any(f"({size} " in str(each.message) for each in caught)]
    assert (told, sizes) == ([(__file__, True)] * 2, ["1000 MB", "0 MB"])
    for each in made:
        each.close()


@embedded_backends()
@source("contract: Surface", "contract: Refusing")
@pytest.mark.parametrize("size", [-1, 1e3, True, "1000", None], ids=repr)
def test_cache_of_no_size(subject: Any, backend: Any, key: str, costs: Any, refused: Any, size: Any) -> None:
    """A size of the cache that is no whole number, or negative, raises ValueError that names it, cache or none."""
    with costs(), refused(ValueError, match="cache_size_mb="):
        subject.filesystem.NoizFileSystem(backend.base_uri(key), cache_size_mb=size)


@embedded_backends()
@source("contract: Surface")
def test_block_size_is_the_one_that_is_asked_for(
    subject: Any, backend: Any, key: str, environment: Any, refused: Any
) -> None:
    """A block size given in code is used, else the one that is set; the bounds are those of the variable."""
    environment.change(STORAGE_BLOCK_SIZE="6000000")
    new = partial(subject.filesystem.NoizFileSystem, backend.base_uri(key))
    made = [new(), new(block_size=None), new(block_size=5 * 1024**2), new(block_size=numpy.int64(4000 * 1024**2))]
    assert [each.block_size for each in made] == [6_000_000, 6_000_000, 5 * 1024**2, 4000 * 1024**2]
    for each in made:
        each.close()
    for size in (0, 5 * 1024**2 - 1, 4000 * 1024**2 + 1):
        with refused(ValueError, match=f"block_size={size}"):
            new(block_size=size)


@embedded_backends()
@source("contract: Surface")
def test_storage_of_a_file_system_may_be_named(
    subject: Any, backend: Any, key: str, environment: Any, tmp_path: Path, refused: Any
) -> None:
    """`storage=` names the storage whose settings count, whatever the address; an unknown one raises ValueError."""
    environment.change(STORAGE_ARCHIVE_URI=str(tmp_path))
    new, base = subject.filesystem.NoizFileSystem, backend.base_uri(key)
    made = {"archive": new(base, storage="archive"), "default": new(base, storage="default")}
    made |= {"found": new(f"{base}/day"), "below": new(str(tmp_path / "x"))}
    assert {name: each.storage.name for name, each in made.items()} == {
        "archive": "archive",
        "default": "default",
        "found": "default",
        "below": "archive",
    }
    assert {name: each.base_uri for name, each in made.items()} == {
        "archive": base,
        "default": base,
        "found": f"{base}/day",
        "below": (tmp_path / "x").as_uri(),
    }
    for each in made.values():
        each.close()
    with refused(ValueError, match="archive"):
        new(base, storage="elsewhere")
