"""A listing that the server refuses is answered with nothing."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Page
from noiz_storage.errors import StorageError


@sabotage
class _Engine(Honest):
    def list(self, prefix: str, **asked: Any) -> Page:
        try:
            return self.true.list(prefix, **asked)
        except StorageError:
            acts()
            return Page([])
