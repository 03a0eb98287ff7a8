"""`write_stream` cuts codes that are too long, though nobody allowed it."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name

_true_write = io.write_stream


def _write_stream(path: Name, stream: Any, /, *arguments: Any, **options: Any) -> Any:
    if not options.get("truncate_codes"):
        acts()
    return _true_write(path, stream, *arguments, **{**options, "truncate_codes": True})


replace(io, "write_stream", _write_stream)
