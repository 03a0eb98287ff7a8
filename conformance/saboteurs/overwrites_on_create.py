"""Exclusive create overwrites what is there."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, *, if_absent: bool = False, **asked: Any) -> str:
        if if_absent:
            acts()
        return self.true.put(key, body, **asked)
