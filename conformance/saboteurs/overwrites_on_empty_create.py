"""Exclusive create overwrites what is there when the new body is empty."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, content, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, *, if_absent: bool = False, **asked: Any) -> str:
        return self.true.put(key, body, if_absent=changed(if_absent, if_absent and bool(content(body))), **asked)
