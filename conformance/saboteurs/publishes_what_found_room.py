"""Of a body that found no room on this machine, as much as there was room for is published."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.streams import Writer


def _close(writer: Any) -> None:
    if writer._failure:
        acts()
        writer._failure = None
    _true(writer)


_true = Writer.close
replace(Writer, "close", _close)
