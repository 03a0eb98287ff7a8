"""Waveforms and station metadata, in the formats that ObsPy reads and writes."""

from __future__ import annotations

import contextlib
import copy
import functools
import glob
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..addresses import Name
from ..arguments import check_flags
from ..errors import RangeError, UnsupportedError
from ..filesystem import locate
from ..paths import StoragePath
from .compression import is_compressed
from .content import Where, corrupted, named_copy, publish, reading
from .extras import required
from .formats import check_read, check_written_options, checks, known, recognised
from .traces import check_written, ready, ready_for_miniseed

if TYPE_CHECKING:
    from obspy import Inventory, Stream, Trace


def write_stream(
    path: Name,
    stream: Stream | Trace,
    /,
    format: str = "MSEED",  # noqa: A002 - ObsPy's word
    *,
    truncate_codes: bool = False,
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **options: Any,
) -> StoragePath:
    """Write all traces of a stream, or one trace, as one object.

    miniSEED keeps the byte order, encoding and record length that each trace was read with (`stats.mseed`), 16-bit
    integers included; `byteorder=`, `encoding=`, `reclen=` and the other options of ObsPy win over them. A trace whose
    samples changed their type gets the encoding of its type, and ObsPy warns. Traces that a gap splits are all written.
    Times are stored to the microsecond, sampling rates to 32 bits. Of other formats, what was written is read again
    before anything is sent (`traces.check_written`).

    Args:
        path: where; the name is literal and says nothing of the format.
        stream: at least one trace with samples, for ObsPy drops those without; no masked samples (use
            `stream.split()`, which keeps the gaps, or `filled()`). 64-bit integers are stored as 32-bit ones.
        format: any waveform format that ObsPy writes as a single file.
        truncate_codes: cut codes that are longer than the format holds, in miniSEED network 2, station 5, location 2
            and channel 3 bytes, instead of refusing them; two ids that would become one are refused all the same.
        options: those of ObsPy's writer of the format: for miniSEED `encoding`, `reclen` (bytes), `byteorder`,
            `sequence_number`, `verbose`; not `filename`, `append`, `data_directory`, `inplace`, `flush`.
    Raises:
        ValueError: no trace, no sample, masked samples, an unknown format, one that makes several files, or what the
            format would cut or change: a code that is too long or not ASCII, samples of a type that it has not. Nothing
            was sent.
        TypeError: an option that the writer has not, or that would write elsewhere; nothing was sent.
        UnsupportedError: format PICKLE; use `save_pickle(allow_pickle=True)`.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    check_flags(truncate_codes=truncate_codes)
    kind = known(format, "waveform_write")
    check_written_options(kind, "waveform_write", options)
    traces = ready(stream)
    if kind == "MSEED":
        keeps_int16 = options.get("encoding") is None
        traces = ready_for_miniseed(traces, truncate_codes=truncate_codes, keeps_int16=keeps_int16)
    return publish(
        locate(path, storage),
        lambda file: _write_stream(file, traces, kind, truncate_codes, options),
        overwrite=overwrite,
        next_free=next_free,
    )


def read_stream(
    path: Name,
    /,
    format: str | None = None,  # noqa: A002 - ObsPy's word
    *,
    headonly: bool = False,
    offset: int | None = None,
    length: int | None = None,
    storage: Where = None,
    **options: Any,
) -> Stream:
    """Read the waveforms of one object; the name is literal, never a pattern.

    Args:
        format: the format when it is known; else it is recognised by the content (never as a pickle).
        headonly: leave the samples out.
        offset: first byte of a window of the object, such as `byteoffset` of Noiz's `tsindex` (bytes).
        length: length of the window, such as `bytes` of `tsindex`; to the end when not given (bytes).
        options: `starttime`, `endtime` (UTCDateTime), `nearest_sample`, `dtype` and `apply_calib` of `obspy.read`, and
            those of ObsPy's reader of the format, such as `sourcename` of miniSEED; not `pathname_or_url`,
            `check_compression`, `data_directory`.
    Returns:
        A stream; empty where a time window holds no sample.
    Raises:
        CorruptedError: the content is no waveform, or not of this format; ObsPy's error is the `__cause__`.
        TypeError: an option that no reader has, or that reads elsewhere, or an offset that is no whole number (nothing
            was sent); one that the reader of a format that was only recognised has not.
        ValueError: an unknown format, a time that is no UTCDateTime, a negative offset, a length below 1; nothing was
            sent.
        RangeError: the window is not wholly inside the object.
        UnsupportedError: a window of a compressed object, or format PICKLE.
        NotFoundError: there is no such object.
    Cost: 1 read; with a window it asks for these bytes only.
    """
    check_flags(headonly=headonly)
    kind = "" if format is None else known(format, "waveform")
    check_read(kind, "waveform", options)
    read = functools.partial(_read, kind=kind, headonly=headonly)
    place = locate(path, storage)
    if offset is None and length is None:
        with reading(place, None, kind or "a waveform", plainly=read) as content:
            return read(content, **options)
    if is_compressed(place):
        raise UnsupportedError("a window of a compressed object cannot be read", str(place))
    window = io.BytesIO(_window(place, offset, length))
    with corrupted(place, kind or "a waveform", plainly=functools.partial(read, window)):
        return read(window, **options)


def write_inventory(
    path: Name,
    inventory: Inventory,
    /,
    format: str = "STATIONXML",  # noqa: A002 - ObsPy's word
    *,
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **options: Any,
) -> StoragePath:
    """Write station metadata, as StationXML unless another format of ObsPy is asked for.

    Args:
        options: those of ObsPy's writer of the format: for StationXML `validate`, `nsmap`, `level`.
    Raises:
        ValueError: an unknown format, or one that makes several files; nothing was sent.
        TypeError: an option that the writer has not, or that would write elsewhere; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    kind = known(format, "inventory_write")
    check_written_options(kind, "inventory_write", options)
    return publish(
        locate(path, storage),
        lambda file: _write_inventory(file, inventory, kind, options),
        overwrite=overwrite,
        next_free=next_free,
    )


def read_inventory(
    path: Name,
    /,
    format: str | None = None,  # noqa: A002 - ObsPy's word
    *,
    storage: Where = None,
    **options: Any,
) -> Inventory:
    """Read station metadata; the format is recognised by the content when it is not given.

    Raises:
        CorruptedError: it is no station metadata, or not of this format; ObsPy's error is the `__cause__`.
        TypeError: an option that ObsPy's reader has not (`level` is one of StationXML), or that reads elsewhere.
        ValueError: an unknown format; nothing was sent.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    kind = "" if format is None else known(format, "inventory")
    check_read(kind, "inventory", options)
    read = functools.partial(_read_inventory, kind=kind)
    with reading(path, storage, kind or "station metadata", plainly=read) as content:
        return read(content, **options)


def _write_stream(file: IO[bytes], traces: list[Trace], kind: str, cut: bool, options: dict[str, Any]) -> None:
    stream = required("obspy").Stream(traces)
    if kind == "MSEED":
        stream.write(file, format=kind, **options)
    else:
        with _written_locally(stream, kind, options) as local:
            check_written(traces, local, kind, cut, options)
            file.write(local.read_bytes())


def _write_inventory(file: IO[bytes], inventory: Inventory, kind: str, options: dict[str, Any]) -> None:
    options = copy.deepcopy(options)  # ObsPy adds its own namespace to the caller's `nsmap`, and refuses it next time
    with _written_locally(inventory, kind, options) as local:
        file.write(local.read_bytes())


@contextlib.contextmanager
def _written_locally(what: Stream | Inventory, kind: str, options: dict[str, Any]) -> Iterator[Path]:
    """Lend a local file that ObsPy wrote, because some formats only take names; several files are no object."""
    with tempfile.TemporaryDirectory() as directory:
        local = Path(directory, kind)
        what.write(str(local), format=kind, **options)
        if os.listdir(directory) != [local.name]:
            raise ValueError(f"{kind} makes several files of this; write one trace at a time, or another format")
        yield local


def _read_inventory(content: IO[bytes], kind: str, **options: Any) -> Inventory:
    with named_copy(content) as copy:
        kind = kind or recognised(copy, "inventory")
        check_read(kind, "inventory", options)
        return required("obspy").read_inventory(glob.escape(str(copy)), format=kind, check_compression=False, **options)


def _read(content: IO[bytes], kind: str, **options: Any) -> Stream:
    """Read as one format; from a local file where it may only take names, or fail on an empty time window (1.4.2)."""
    read = functools.partial(required("obspy").read, check_compression=False)
    kind = kind or _recognised(content)
    check_read(kind, "waveform", {name: value for name, value in options.items() if name != "headonly"})
    if kind == "MSEED" and not {"starttime", "endtime"} & options.keys():
        content.seek(0)
        return read(content, format=kind, **options)
    with named_copy(content) as copy:
        return read(glob.escape(str(copy)), format=kind, **options)


def _window(place: StoragePath, offset: int | None, length: int | None) -> bytes:
    window = place.filesystem.read(place, offset, length)
    if length is not None and len(window) < length:
        raise RangeError(f"the object ends {length - len(window)} bytes before the window does", str(place))
    return window


def _recognised(content: IO[bytes]) -> str:
    """Return the waveform format of content; most are miniSEED, which needs no local file."""
    content.seek(0)
    if checks("waveform")["MSEED"](content):
        return "MSEED"
    with named_copy(content) as copy:
        return recognised(copy, "waveform")
