"""The time of the last change is told in the zone of one place on earth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Stat


@sabotage
class _Engine(Honest):
    def stat(self, key: str) -> Stat:
        acts()
        found = self.true.stat(key)
        return replace(found, modified=found.modified and found.modified.astimezone(timezone(timedelta(hours=1))))
