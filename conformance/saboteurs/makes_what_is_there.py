"""A directory that must be new may be there already."""

from __future__ import annotations

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401


@sabotage
class _Engine(Honest):
    def make_directory(self, key: str, exist_ok: bool) -> None:
        self.true.make_directory(key, changed(exist_ok, True))
