"""An empty body is thought to be nothing, and is not written."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, acts, content, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        if content(body):
            return self.true.put(key, body, **asked)
        acts()
        return ""
