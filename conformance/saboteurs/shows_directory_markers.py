"""What another client shows a directory by is listed as an object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Page


@sabotage
class _Engine(Honest):
    def list(self, prefix: str, **asked: Any) -> Page:
        page = self.true.list(prefix, **asked)
        return replace(page, keys=changed([*page.keys], [*page.keys, *page.markers]), markers=[])
