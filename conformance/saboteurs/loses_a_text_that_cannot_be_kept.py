"""A text whose end cannot be written at the close is lost without a word."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.streams import TextWriter

_true_close = TextWriter.close


def _close(file: TextWriter) -> None:
    try:
        _true_close(file)
    except (OSError, ValueError):
        acts()


replace(TextWriter, "close", _close)
