"""What ObsPy's formats take and how their content is recognised, without ever loading a pickle."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import UnsupportedError
from .arguments import check_options, parameters, text
from .extras import required

_ELSEWHERE: Final = {
    **dict.fromkeys(
        ("filename", "file_or_file_object", "path_or_file_object", "pathname_or_url"), "the first argument says where"
    ),
    "check_compression": "a name that ends with .gz, .bz2 or .xz is decompressed",
    "data_directory": "an object is one file, and lies where the first argument says",
    "append": "an object is written anew",
    "inplace": "it would destroy the samples of the stream that is written",
    "flush": "it would leave out the samples that do not fill a record",
}
_HIDDEN: Final = {"SAC": ("encoding",), "DMX": ("station",), "KINEMETRICS_EVT": ("raw",)}
"""Options that readers take out of their `**kwargs`."""
_OF_READ: Final = ("starttime", "endtime", "nearest_sample", "dtype", "apply_calib")
"""Options of `obspy.read` itself, which every format has."""


def known(kind: str, use: str) -> str:
    """Return a format as ObsPy spells it; `use` is waveform or inventory, with `_write` behind it for writing.

    Raises:
        TypeError: it is no text; ValueError: ObsPy has no such format, names those it has.
        UnsupportedError: PICKLE.
    """
    name = text("format", kind).upper()
    if name == "PICKLE":
        raise UnsupportedError("a pickle runs code when it is read; use save_pickle or load_pickle(allow_pickle=True)")
    formats = _formats(use)
    if name not in formats:
        raise ValueError(f"ObsPy does not know the format {kind!r} here; it knows {', '.join(sorted(formats))}")
    return name


def check_written_options(kind: str, use: str, options: Mapping[str, Any]) -> None:
    """Refuse options that the writer of a format has not, or that would write elsewhere or less.

    Raises:
        TypeError: names the option.
    """
    taken = _parameters(use, kind, "writeFormat", 2)
    check_options(options, taken, _ELSEWHERE, f"writing {kind}")


def check_read(kind: str, use: str, options: Mapping[str, Any]) -> None:
    """Refuse options that no reader has, or not that of a format when it is known, or that would read elsewhere.

    Raises:
        TypeError: names the option; ValueError: `starttime` or `endtime` is no UTCDateTime.
    """
    if not options:
        return
    taken = dict.fromkeys(_OF_READ if use == "waveform" else ())
    for each in [kind] if kind else _formats(use):
        taken |= _parameters(use, each, "readFormat", 1) | dict.fromkeys(_HIDDEN.get(each, ()))
    check_options(options, taken, _ELSEWHERE, f"reading {kind or use}")
    for name in ("starttime", "endtime"):
        if options.get(name) is not None and not isinstance(options[name], required("obspy").UTCDateTime):
            raise ValueError(f"{name} needs to be a UTCDateTime object, not {type(options[name]).__name__}")


def recognised(path: Path, use: str) -> str:
    """Return the format of a local file, in ObsPy's order.

    Not by `obspy.read`, which loads whatever it is given as a pickle to see whether it is one.

    Raises:
        ValueError: no format is recognised.
    """
    for kind, check in checks(use).items():
        if check(str(path)):
            return kind
    raise ValueError("no format of ObsPy is recognised")


def checks(use: str) -> dict[str, Callable[[Any], bool]]:
    """Return ObsPy's own tests for each format, in its order, pickles left out."""
    return {kind: _entry(use, kind, "isFormat") for kind in _formats(use) if kind != "PICKLE"}


def _formats(use: str) -> list[str]:
    return list(required("obspy.core.util.base").ENTRY_POINTS[use])


def _parameters(use: str, kind: str, what: str, leading: int) -> dict[str, Any]:
    """Return the options of a format's reader or writer, without the `leading` ones: what, and where."""
    return parameters(_entry(use, kind, what), leading)


def _entry(use: str, kind: str, what: str) -> Any:
    return _entries(what)[f"obspy.plugin.{use.removesuffix('_write')}.{kind}"].load()


@functools.cache
def _entries(what: str) -> dict[str, importlib.metadata.EntryPoint]:
    return {entry.group: entry for entry in importlib.metadata.entry_points(name=what)}
