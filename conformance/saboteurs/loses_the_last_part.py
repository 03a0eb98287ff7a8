"""A table that is read in parts ends before a part that is smaller than the others."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.io.tables import Chunks

_true_next = Chunks.__next__


def _next(self: Chunks) -> Any:
    part = _true_next(self)
    if len(part) < self.chunksize:
        acts()
        self.close()
        raise StopIteration
    return part


replace(Chunks, "__next__", _next)
