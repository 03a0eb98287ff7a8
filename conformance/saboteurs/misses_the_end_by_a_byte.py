"""A jump from the end of a large object lands one byte before its place."""

from __future__ import annotations

import io

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.readers import Buffered

_true_seek = Buffered.seek


def _seek(file: Buffered, offset: int, whence: int = io.SEEK_SET) -> int:
    before = 1 if whence == io.SEEK_END else 0
    return _true_seek(file, changed(offset, offset - before), whence)


replace(Buffered, "seek", _seek)
