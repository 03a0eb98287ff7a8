"""Every copy opens a socket that nobody closes."""

from __future__ import annotations

import socket
from typing import Final

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401

_FORGOTTEN: Final[list[socket.socket]] = []


@sabotage
class _Engine(Honest):
    def copy(self, source: str, target: str) -> bool:
        acts()
        _FORGOTTEN.append(socket.socket())
        return self.true.copy(source, target)
