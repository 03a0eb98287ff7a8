"""Every exclusive create leaves a temporary file on the local disk."""

from __future__ import annotations

import tempfile
from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, acts, content, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        if asked.get("if_absent"):
            acts()
            with tempfile.NamedTemporaryFile(delete=False) as file:
                file.write(content(body))
        return self.true.put(key, body, **asked)
