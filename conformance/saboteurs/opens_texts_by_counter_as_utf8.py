"""A text that is opened under the next free counter is UTF-8, whatever is asked."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import NoizFileSystem

_true_open = NoizFileSystem.open


def _open(fs: NoizFileSystem, *arguments: Any, **options: Any) -> Any:
    counted = {name: value for name, value in options.items() if name == "next_free"}
    return _true_open(fs, *arguments, **(changed(options, counted) if options.get("next_free") is True else options))


replace(NoizFileSystem, "open", _open)
