"""A shorter body leaves the end of the longer one that it replaces."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, content, sabotage  # noqa: F401
from noiz_storage.engines import Body
from noiz_storage.errors import NotFoundError


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        new = content(body)
        return self.true.put(key, changed(new, new + self._old(key)[len(new) :]), **asked)

    def _old(self, key: str) -> bytes:
        try:
            return b"".join(self.true.get(key).chunks)
        except NotFoundError:
            return b""
