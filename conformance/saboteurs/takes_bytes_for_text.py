"""`write_text` takes bytes for the text that they may be."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name

_true_write = io.write_text


def _write_text(path: Name, text: Any, /, **options: Any) -> Any:
    if isinstance(text, bytes):
        acts()
        text = text.decode()
    return _true_write(path, text, **options)


replace(io, "write_text", _write_text)
