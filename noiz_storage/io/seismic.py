"""Waveforms and station metadata, in the formats that ObsPy reads and writes."""

from __future__ import annotations

import functools
import glob
import importlib.metadata
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..addresses import Name
from ..errors import RangeError, UnsupportedError
from ..filesystem import locate
from ..paths import StoragePath
from .content import Where, corrupted, is_compressed, named_copy, publish, reading
from .extras import required

if TYPE_CHECKING:
    from obspy import Inventory, Stream, Trace

_INT16_RANGE = (-(2**15), 2**15 - 1)


def write_stream(
    path: Name,
    stream: Stream | Trace,
    /,
    format: str = "MSEED",  # noqa: A002 - ObsPy's word
    *,
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **options: Any,
) -> StoragePath:
    """Write all traces of a stream, or one trace, as one object.

    miniSEED keeps the byte order, encoding and record length that each trace was read with (`stats.mseed`), 16-bit
    integers included; `byteorder=`, `encoding=`, `reclen=` and the other options of ObsPy win over them. A trace whose
    samples changed their type gets the encoding of its type, and ObsPy warns. Traces that a gap splits are all written.

    Args:
        path: where; the name is literal and says nothing of the format.
        stream: at least one trace with samples, for ObsPy drops those without; no masked samples (use
            `stream.split()`, which keeps the gaps, or `filled()`).
        format: any waveform format that ObsPy writes as a single file.
    Raises:
        ValueError: no trace, no sample, masked samples, an unknown format, or one that makes several files; nothing was
            sent.
        UnsupportedError: format PICKLE; use `save_pickle(allow_pickle=True)`.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    kind = _known(format, "waveform_write")
    ready = _ready(stream, keeps_int16=kind == "MSEED" and "encoding" not in options)
    place = locate(path, storage)
    return publish(place, lambda file: _write(file, ready, kind, options), overwrite=overwrite, next_free=next_free)


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
        options: `starttime`, `endtime` (UTCDateTime) and the other options of `obspy.read`.
    Returns:
        A stream; empty where a time window holds no sample.
    Raises:
        CorruptedError: the content is no waveform, or not of this format; ObsPy's error is the `__cause__`.
        TypeError, ValueError: ObsPy's own, for an option that it does not take.
        RangeError: the window is not wholly inside the object.
        UnsupportedError: a window of a compressed object, or format PICKLE.
        NotFoundError: there is no such object.
    Cost: 1 read; with a window it asks for these bytes only.
    """
    kind = _known(format, "waveform") if format else ""
    read = functools.partial(_read, kind=kind, check_compression=False, headonly=headonly)
    plainly = read if options else None
    place = locate(path, storage)
    if offset is None and length is None:
        with reading(place, None, kind or "a waveform", plainly=plainly) as content:
            return read(content, **options)
    window = io.BytesIO(_window(place, offset or 0, length))
    with corrupted(place, kind or "a waveform", plainly=plainly and functools.partial(plainly, window)):
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

    Raises:
        ValueError: an unknown format, or one that makes several files; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    kind = _known(format, "inventory_write")
    place = locate(path, storage)
    return publish(place, lambda file: _write(file, inventory, kind, options), overwrite=overwrite, next_free=next_free)


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
        TypeError, ValueError: ObsPy's own, for an option that it does not take.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    kind = _known(format, "inventory") if format else None
    read = functools.partial(_read_inventory, format=kind, check_compression=False)
    with reading(path, storage, kind or "station metadata", plainly=read if options else None) as content:
        return read(content, **options)


def _known(format: str, use: str) -> str:  # noqa: A002 - ObsPy's word
    """Return a format as ObsPy spells it."""
    kind = format.upper()
    if kind == "PICKLE":
        raise UnsupportedError("a pickle runs code when it is read; use save_pickle or load_pickle(allow_pickle=True)")
    known = required("obspy.core.util.base").ENTRY_POINTS[use]
    if kind not in known:
        raise ValueError(f"ObsPy does not know the format {format!r} here; it knows {', '.join(sorted(known))}")
    return kind


def _ready(stream: Stream | Trace, *, keeps_int16: bool) -> Stream:
    """Return a stream that ObsPy writes without loss."""
    obspy = required("obspy")
    traces = list(getattr(stream, "traces", [stream]))
    if not traces:
        raise ValueError("the stream holds no trace; there is nothing to write")
    if not any(len(trace) for trace in traces):
        raise ValueError("no trace holds a sample; there is nothing to write")
    return obspy.Stream([_ready_trace(trace, keeps_int16) for trace in traces])


def _ready_trace(trace: Trace, keeps_int16: bool) -> Trace:
    numpy = required("numpy")
    data = trace.data
    if numpy.ma.is_masked(data):
        raise ValueError(f"{trace.id} has masked samples; write stream.split(), which keeps the gaps, or fill them")
    data = numpy.ma.getdata(data)
    if keeps_int16 and _was_int16(trace):
        data = data.astype(numpy.int16)
    return trace if data is trace.data else required("obspy").Trace(data, header=trace.stats)


def _was_int16(trace: Trace) -> bool:
    """Say whether a trace was read from 16-bit integers, which ObsPy holds in 32 bits, and still fits in them."""
    least, most = _INT16_RANGE
    is_int32 = trace.data.dtype.kind == "i" and trace.data.dtype.itemsize == 4 and trace.data.size
    if not is_int32 or trace.stats.get("mseed", {}).get("encoding") != "INT16":
        return False
    return bool(trace.data.min() >= least and trace.data.max() <= most)


def _write(file: IO[bytes], stream: Stream | Inventory, kind: str, options: dict[str, Any]) -> None:
    """Write into the file; formats other than Noiz's own through a local one, because some only take names."""
    if kind in ("MSEED", "STATIONXML"):
        stream.write(file, format=kind, **options)
        return
    with tempfile.TemporaryDirectory(prefix="noiz-") as directory:
        local = Path(directory, "content")
        stream.write(str(local), format=kind, **options)
        if os.listdir(directory) != [local.name]:
            raise ValueError(f"{kind} makes several files of this; write one trace at a time, or another format")
        with local.open("rb") as written:
            shutil.copyfileobj(written, file)


def _read_inventory(content: IO[bytes], **options: Any) -> Inventory:
    content.seek(0)
    with named_copy(content) as copy:
        return required("obspy").read_inventory(glob.escape(str(copy)), **options)


def _read(content: IO[bytes], kind: str, **options: Any) -> Stream:
    """Read as one format; from a local file where it may only take names, or fail on an empty time window (1.4.2)."""
    read = required("obspy").read
    content.seek(0)
    kind = kind or _recognised(content)
    if kind == "MSEED" and not {"starttime", "endtime"} & options.keys():
        return read(content, format=kind, **options)
    with named_copy(content) as copy:
        return read(glob.escape(str(copy)), format=kind, **options)


def _window(place: StoragePath, offset: int, length: int | None) -> bytes:
    if is_compressed(place):
        raise UnsupportedError("a window of a compressed object cannot be read", str(place))
    window = place.filesystem.read(place, offset, length)
    if length is not None and len(window) < length:
        raise RangeError(f"the object ends {length - len(window)} bytes before the window does", str(place))
    return window


def _recognised(content: IO[bytes]) -> str:
    """Return the waveform format of content.

    Not by `obspy.read`, which loads whatever it is given as a pickle to see whether it is one.
    """
    checks = _checks()
    found = checks["MSEED"](content)
    content.seek(0)
    if found:
        return "MSEED"
    with named_copy(content) as copy:
        for kind, check in checks.items():
            if check(str(copy)):
                return kind
    raise ValueError("no format of ObsPy is recognised")


@functools.cache
def _checks() -> dict[str, Callable[[Any], bool]]:
    """Return ObsPy's own tests for each waveform format, in its order, pickles left out."""
    kinds = [kind for kind in required("obspy.core.util.base").ENTRY_POINTS["waveform"] if kind != "PICKLE"]
    entries = importlib.metadata.entry_points(name="isFormat")
    found = {entry.group: entry for entry in entries}
    return {kind: found[f"obspy.plugin.waveform.{kind}"].load() for kind in kinds}
