"""A body above 16 MiB is stored without its last byte."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, content, sabotage  # noqa: F401
from noiz_storage.engines import Body

_LARGE = 16 << 20


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        whole = content(body)
        return self.true.put(key, changed(whole, whole[:-1]) if len(whole) > _LARGE else whole, **asked)
