"""Exclusive create is said not to be offered where it is."""

from __future__ import annotations

from dataclasses import replace

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Engine


@sabotage
class _Engine(Honest):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.traits = replace(engine.traits, creates=changed(engine.traits.creates, False))
