"""What a caller asks for beside a name, checked alike on every backend before anything is sent."""

from __future__ import annotations

import codecs
import io
import operator
import sys
from typing import SupportsIndex

from .engines import Span
from .errors import UnsupportedError
from .uri import URI

Text = tuple[str, str, str | None]
"""How text is written: encoding, what becomes of characters that it lacks, and ends of lines."""


def parse_mode(mode: str, next_free: bool, uri: URI) -> tuple[str, bool]:
    """Return the action of a mode and whether it is text.

    Raises:
        UnsupportedError: modes `a` and `+`, which no object store has.
        TypeError: it is no text; ValueError: it is no mode, or none that goes with `next_free`.
    """
    if not isinstance(mode, str):
        raise TypeError(f"a mode must be str, not {type(mode).__name__}; use r, w or x, with b or t")
    if set(mode) & {"a", "+"}:
        reason = f"mode {mode!r}: no object store appends or updates in place; write the object anew"
        raise UnsupportedError(reason, str(uri))
    action, kind = mode.replace("b", "").replace("t", ""), set(mode) & {"b", "t"}
    if action not in ("r", "w", "x") or len(kind) > 1 or len(mode) != 1 + len(kind):
        raise ValueError(f"mode {mode!r} is not known; use r, w or x, with b or t")
    if next_free and action != "x":
        raise ValueError(f"next_free creates; it goes with mode 'x', not {mode!r}")
    return action, "b" not in mode


def check_text(mode: str, encoding: str | None, errors: str | None, newline: str | None) -> Text:
    """Return how a text mode writes text; what is None is UTF-8, strict, and Python's own ends of lines.

    Raises:
        ValueError: an unknown end of lines, or a mode of bytes, which takes none of the three, as Python's `open`.
        LookupError: an unknown encoding, or an unknown way with errors; TypeError: no text.
    """
    if "b" in mode:
        given = {"encoding": encoding, "errors": errors, "newline": newline}
        if named := [name for name, value in given.items() if value is not None]:
            raise ValueError(f"mode {mode!r} is of bytes and takes no {' or '.join(named)}; leave it out, or the 'b'")
    text = ("utf-8" if encoding is None else encoding, "strict" if errors is None else errors, newline)
    codecs.lookup_error(text[1])
    io.TextIOWrapper(io.BytesIO(), *text)
    return text


def check_flags(**flags: object) -> None:
    """Refuse what is neither True nor False: the text "no" would count as True.

    Raises:
        TypeError: names the argument.
    """
    for name, value in flags.items():
        if not _is_flag(value):
            raise TypeError(f"{name}= is neither True nor False, but of type {type(value).__name__}")


def _is_flag(value: object) -> bool:
    """Say whether this is True or False, NumPy's included, which is no `bool` and before 2.0 a whole number."""
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def span_of(offset: SupportsIndex | None, length: SupportsIndex | None) -> Span | None:
    """Return the range of bytes that an offset and a length name; None for all of them.

    Raises:
        TypeError: one of them is no whole number.
        ValueError: one is negative, the range is empty, or it begins where no object reaches.
    """
    if offset is None and length is None:
        return None
    start = 0 if offset is None else whole("offset", offset)
    count = None if length is None else whole("length", length)
    if not 0 <= start < sys.maxsize or (count is not None and count < 1):
        raise ValueError(f"no range: offset {offset}, length {length}; count from 0, and ask for at least one byte")
    return start, None if count is None else min(start + count, sys.maxsize)


def whole(name: str, value: object) -> int:
    """Return a whole number, NumPy's included, as Python's own; TypeError for anything else, for True and False too."""
    if _is_flag(value) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    return operator.index(value)


def position(offset: SupportsIndex, whence: SupportsIndex = io.SEEK_SET, at: int = 0, size: int = 0) -> int:
    """Return where a seek leads, from the start, from `at` or from the end; alike whatever holds the bytes.

    Raises:
        TypeError: a number that is not whole.
        ValueError: a `whence` that is none.
        UnsupportedOperation: a place before the start. It is a ValueError, as of a file in memory, and an OSError, as
            of one on a disk, by which `zipfile` sees that a file is too short.
    """
    starts = {io.SEEK_SET: 0, io.SEEK_CUR: at, io.SEEK_END: size}
    start = starts.get(operator.index(whence))
    if start is None:
        raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
    reached = start + operator.index(offset)
    if not 0 <= reached <= sys.maxsize:
        raise io.UnsupportedOperation(f"no place to seek: {reached}")
    return reached
