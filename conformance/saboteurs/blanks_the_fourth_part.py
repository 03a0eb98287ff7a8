"""Parts of a large body behind the third are stored as zeros."""

from __future__ import annotations

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Upload


@sabotage
class _Engine(Honest):
    def part(self, upload: Upload, number: int, body: bytes) -> str:
        return self.true.part(upload, number, changed(body, bytes(len(body))) if number > 3 else body)
