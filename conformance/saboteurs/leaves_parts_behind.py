"""An upload that fails leaves its parts on the server."""

from __future__ import annotations

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Upload


@sabotage
class _Engine(Honest):
    def abort(self, upload: Upload) -> None:
        del upload
        acts()
