"""The last byte of every body is lost on its way to the storage."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, content, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        whole = content(body)
        return self.true.put(key, changed(whole, whole[:-1]), **asked)
