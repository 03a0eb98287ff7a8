"""The time of the last change is an hour late, as that of a clock in another zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Stat


@sabotage
class _Engine(Honest):
    def stat(self, key: str) -> Stat:
        found = self.true.stat(key)
        late = found.modified and found.modified + timedelta(hours=1)
        return replace(found, modified=changed(found.modified, late))
