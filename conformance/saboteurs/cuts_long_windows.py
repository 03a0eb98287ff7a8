"""A window of more than one MiB ends after one."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Download


@sabotage
class _Engine(Honest):
    def get(self, key: str, **asked: Any) -> Download:
        if asked.get("span"):
            start, stop = asked["span"]
            longest = start + (1 << 20)
            asked["span"] = changed((start, stop), (start, longest if stop is None else min(stop, longest)))
        return self.true.get(key, **asked)
