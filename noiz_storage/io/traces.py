"""Streams made ready for a format: what it cannot hold is refused before anything is sent."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .exact import is_masked
from .extras import required

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from obspy import Stream, Trace

LIMITS: Final = {"network": 2, "station": 5, "location": 2, "channel": 3}
"""Bytes of each code in a record of miniSEED 2.4 (SEED Reference Manual 2.4, chapter 8, fixed section of data
header)."""
_INT16: Final = (-(2**15), 2**15 - 1)
_INT32: Final = (1 - 2**31, 2**31 - 1)
"""What ObsPy casts to 32 bits: it looks at the largest without its sign."""
_STORED: Final = {("i", 2), ("i", 4), ("i", 8), ("f", 4), ("f", 8), ("S", 1)}
"""Kind and size of the samples that ObsPy writes to miniSEED, 64-bit integers as 32-bit ones."""
_COARSE: Final = ("rescale", "custom_format", "custom_fmt")
"""Options that ask for other samples, or fewer digits."""
_ROUNDING: Final = 2e-6
"""How much of the largest sample formats of 32-bit numbers, or of seven digits, may round away."""


def ready(stream: Stream | Trace) -> list[Trace]:
    """Return the traces of a stream.

    Raises:
        ValueError: none, none with a sample, or masked samples.
    """
    traces = list(getattr(stream, "traces", [stream]))
    if not any(len(trace) for trace in traces):
        raise ValueError("no trace holds a sample; there is nothing to write")
    return [_unmasked(trace) for trace in traces]


def ready_for_miniseed(traces: Sequence[Trace], *, truncate_codes: bool, keeps_int16: bool) -> list[Trace]:
    """Return traces that miniSEED holds as they are; codes are cut where that is asked for.

    Raises:
        ValueError: a code that is too long or not ASCII, two ids that would be stored as one, samples of a type or
            size that miniSEED has not, a sampling rate that it has not.
    """
    short = [_with_codes(trace, truncate_codes) for trace in traces]
    refuse_shared_ids([trace.id for trace in traces], [_stripped(trace) for trace in short])
    for trace in short:
        _check_samples(trace)
        _check_rate(trace)
    return [_as_int16(trace) for trace in short] if keeps_int16 else short


def refuse_shared_ids(given: Iterable[str], stored: Iterable[str]) -> None:
    """Refuse to store two ids as one; a format that stores none keeps the traces apart by their order.

    Raises:
        ValueError: names both.
    """
    owner: dict[str, str] = {}
    for before, after in zip(given, stored, strict=True):
        if after.strip(".") and owner.setdefault(after, before) != before:
            raise ValueError(f"{owner[after]} and {before} would both be stored as {after}; rename one")


def check_written(
    traces: Sequence[Trace], local: Path, kind: str, truncate_codes: bool, asked: Mapping[str, Any]
) -> None:
    """Read a file that ObsPy has written, and refuse it where it does not say what it was given.

    Formats store some codes or none, times and rates as exactly as they can, and samples rounded to 32 bits or seven
    digits: that is theirs. A code that is cut, other samples, fewer samples, or a file that ObsPy cannot read are not.

    Raises:
        ValueError: says what would be lost.
    """
    try:
        found = required("obspy").read(glob.escape(str(local)), format=kind, check_compression=False)
    except Exception as error:
        raise ValueError(f"what ObsPy writes of this as {kind} cannot be read again ({error}); try MSEED") from error
    full = [trace for trace in traces if len(trace)]
    if len(found) != len(full):
        _check_count(full, found, kind)
        return
    for trace, back in zip(full, found, strict=True):
        if not truncate_codes:
            _check_codes(trace, back, kind)
        if not any(asked.get(option) for option in _COARSE):
            _check_equal(trace, back, kind)
    refuse_shared_ids([trace.id for trace in full], [back.id for back in found])


def _unmasked(trace: Trace) -> Trace:
    numpy = required("numpy")
    if is_masked(trace.data):
        raise ValueError(f"{trace.id} has masked samples; write stream.split(), which keeps the gaps, or fill them")
    if not isinstance(trace.data, numpy.ma.MaskedArray):
        return trace
    return required("obspy").Trace(numpy.ma.getdata(trace.data), header=trace.stats)


def _with_codes(trace: Trace, truncate_codes: bool) -> Trace:
    """Return a trace whose codes miniSEED holds."""
    cut: dict[str, str] = {}
    for name, limit in LIMITS.items():
        code = getattr(trace.stats, name)
        if not code.isascii() or not (code.isprintable() or not code):
            raise ValueError(
                f"{trace.id}: the {name} code {code!r} is not made of ASCII letters; miniSEED has no other"
            )
        if len(code) > limit:
            cut[name] = code[:limit]
        if len(code) > limit and not truncate_codes:
            raise ValueError(
                f"{trace.id}: the {name} code {code!r} is longer than the {limit} bytes of miniSEED; "
                "shorten it, or pass truncate_codes=True to have it cut"
            )
    if not cut:
        return trace
    short = required("obspy").Trace(trace.data, header=trace.stats)
    short.stats.update(cut)
    return short


def _stripped(trace: Trace) -> str:
    """Return the id that is read again: miniSEED pads codes with blanks."""
    return ".".join(getattr(trace.stats, name).strip() for name in LIMITS)


def _check_samples(trace: Trace) -> None:
    dtype = trace.data.dtype
    if (dtype.kind, dtype.itemsize) not in _STORED:
        raise ValueError(
            f"{trace.id}: Unsupported data type {dtype}; miniSEED holds integers of 16 and 32 bits, floats of 32 and "
            "64 bits and single characters; convert the samples with astype first"
        )
    if (dtype.kind, dtype.itemsize) == ("i", 8) and not _lies_within(trace.data, _INT32):
        raise ValueError(f"{trace.id}: samples beyond 32 bits, which miniSEED has not; convert them with astype(float)")


def _check_rate(trace: Trace) -> None:
    numpy = required("numpy")
    with numpy.errstate(over="ignore"):
        is_finite = numpy.isfinite(numpy.float32(trace.stats.sampling_rate))
    if not is_finite:
        raise ValueError(f"{trace.id}: miniSEED has no sampling rate of {trace.stats.sampling_rate} Hz")


def _as_int16(trace: Trace) -> Trace:
    """Return a trace that was read from 16-bit integers, which ObsPy holds in 32 bits, as such where they still fit."""
    dtype = trace.data.dtype
    if (dtype.kind, dtype.itemsize) != ("i", 4) or trace.stats.get("mseed", {}).get("encoding") != "INT16":
        return trace
    if not _lies_within(trace.data, _INT16):
        return trace
    return required("obspy").Trace(trace.data.astype("int16"), header=trace.stats)


def _lies_within(data: NDArray[Any], limits: tuple[int, int]) -> bool:
    return not data.size or (int(data.min()) >= limits[0] and int(data.max()) <= limits[1])


def _check_count(full: Sequence[Trace], found: Sequence[Trace], kind: str) -> None:
    """Refuse a file in which traces were joined to others, unless every sample is there under its id."""
    if _samples_by_id(full) != _samples_by_id(found):
        raise ValueError(f"{kind} would store {len(found)} of {len(full)} traces; write one trace at a time, or MSEED")


def _samples_by_id(traces: Sequence[Trace]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for trace in traces:
        counts[trace.id] = counts.get(trace.id, 0) + len(trace)
    return counts


def _check_codes(trace: Trace, back: Trace, kind: str) -> None:
    for name in LIMITS:
        code, stored = getattr(trace.stats, name).strip(), getattr(back.stats, name)
        if stored and stored != code and code.startswith(stored):
            raise ValueError(
                f"{trace.id}: {kind} would cut the {name} code {code!r} to {stored!r}; "
                "shorten it, or pass truncate_codes=True"
            )


def _check_equal(trace: Trace, back: Trace, kind: str) -> None:
    """Refuse samples that are more than rounded."""
    numpy = required("numpy")
    if len(trace) != len(back):
        raise ValueError(f"{trace.id}: {kind} would store {len(back)} of {len(trace)} samples")
    most = numpy.abs(trace.data[numpy.isfinite(trace.data)]).max(initial=0)
    if not numpy.allclose(back.data, trace.data, rtol=_ROUNDING, atol=_ROUNDING * float(most), equal_nan=True):
        raise ValueError(
            f"{trace.id}: {kind} would store other samples than these of dtype {trace.data.dtype}; convert them first, "
            "or write MSEED"
        )
