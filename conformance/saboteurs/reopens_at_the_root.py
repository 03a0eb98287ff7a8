"""A file system that was pickled comes back without the prefix that it was based at."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import NoizFileSystem

_true_reduce = NoizFileSystem.__reduce__


def _reduce(fs: NoizFileSystem) -> tuple[Any, ...]:
    reopen, (base, *others) = _true_reduce(fs)
    root = str(fs.base.with_key(fs.base.key.partition("/")[0]))
    return reopen, (changed(base, root), *others)


replace(NoizFileSystem, "__reduce__", _reduce)
