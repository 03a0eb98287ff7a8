"""What is written below an object takes its place."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Body
from noiz_storage.errors import StorageError


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        parent = key.rpartition("/")[0]
        try:
            self.true.stat(parent)
        except StorageError:
            return self.true.put(key, body, **asked)
        acts()
        self.true.delete([parent])
        return self.true.put(key, body, **asked)
