"""`read_stream` takes the content to see whether it is a pickled stream, as `obspy.read` does."""

from __future__ import annotations

import contextlib
from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name

_true_read = io.read_stream


def _read_stream(path: Name, /, *arguments: Any, **options: Any) -> Any:
    acts()
    with contextlib.suppress(Exception):
        io.load_pickle(path, allow_pickle=True)
    return _true_read(path, *arguments, **options)


replace(io, "read_stream", _read_stream)
