"""Permission bits that bind: for root, whom the kernel lets pass them, as for everybody else."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_VERSION: Final = 0x20080522
_PASSING: Final = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def locked(*places: Path) -> Iterator[None]:
    """Let nobody enter these directories, root neither, as far as this thread goes.

    Raises:
        OSError: the capabilities of this thread cannot be changed.
    """
    modes = {place: place.stat().st_mode & 0o7777 for place in places}
    for place in places:
        place.chmod(0)
    try:
        with _bound():
            yield
    finally:
        for place, mode in modes.items():
            place.chmod(mode)


@contextmanager
def _bound() -> Iterator[None]:
    """Take from root, for a while and in this thread, what lets it pass permission bits."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        yield
        return
    held = _capabilities(None)
    _capabilities(held & ~_PASSING)
    try:
        yield
    finally:
        _capabilities(held)


def _capabilities(effective: int | None) -> int:
    """Set the low half of this thread's effective capabilities, unless None, and return what they were.

    Source: capabilities(7), capset(2).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(_VERSION, 0), (_Sets * 2)()
    refused = libc.capget(ctypes.byref(header), sets)
    before = int(sets[0].effective)
    if effective is not None and not refused:
        sets[0].effective = effective
        refused = libc.capset(ctypes.byref(header), sets)
    if refused:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return before
