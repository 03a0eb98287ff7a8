"""A text that is to be created overwrites what is there."""

from __future__ import annotations

from typing import IO, Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name

_true_open = NoizFileSystem.open


def _open(fs: NoizFileSystem, path: Name, mode: str = "rb", **options: Any) -> IO[Any]:
    is_text = "b" not in mode and not options.get("next_free")
    return _true_open(fs, path, changed(mode, mode.replace("x", "w") if is_text else mode), **options)


replace(NoizFileSystem, "open", _open)
