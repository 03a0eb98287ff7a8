"""A listing ends after its first page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Page


@sabotage
class _Engine(Honest):
    def list(self, prefix: str, **asked: Any) -> Page:
        page = self.true.list(prefix, **asked)
        return replace(page, after=changed(page.after, None))
