"""A file system that was pickled comes back in the storage that its base lies in, not in the one that was named."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import NoizFileSystem

_true_reduce = NoizFileSystem.__reduce__


def _reduce(fs: NoizFileSystem) -> tuple[Any, ...]:
    reopen, (base, block_size, name) = _true_reduce(fs)
    return reopen, (base, block_size, changed(name, None))


replace(NoizFileSystem, "__reduce__", _reduce)
