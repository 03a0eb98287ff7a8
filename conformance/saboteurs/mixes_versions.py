"""A large read goes on with whatever the object has become in the meantime."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Download


@sabotage
class _Engine(Honest):
    def get(self, key: str, **asked: Any) -> Download:
        version = changed(asked.get("if_version"), None)
        return self.true.get(key, **{**asked, "if_version": version})
