"""A table that is read in parts is read without any other option."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import io

_OF_PARTS = ("chunksize", "iterator", "storage")
_true_load = io.load_dataframe


def _load(path: Any, /, **options: Any) -> Any:
    kept = {name: value for name, value in options.items() if name in _OF_PARTS}
    in_parts = "chunksize" in options or "iterator" in options
    return _true_load(path, **(changed(options, kept) if in_parts else options))


replace(io, "load_dataframe", _load)
