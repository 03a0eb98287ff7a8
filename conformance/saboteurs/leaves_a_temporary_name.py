"""A body is first written under a temporary name, which nobody removes."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        acts()
        self.true.put(f"{key}.tmp", body)
        return self.true.put(key, body, **asked)
