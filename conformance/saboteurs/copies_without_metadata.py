"""A copy has the bytes of its source, and not its metadata."""

from __future__ import annotations

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401


@sabotage
class _Engine(Honest):
    def copy(self, source: str, target: str) -> bool:
        found = self.true.get(source)
        changed({**found.stat.metadata}, {})
        self.true.put(target, b"".join(found.chunks))
        return True
