"""Removal of what a witness lists: in rounds until nothing is left, past what is refused, and with an end."""

from __future__ import annotations

import pytest

from fixtures.witness_http import clear


class Server:
    """Keeps things; each may be removed only once others are gone, or never."""

    def __init__(self, *kept: str, after: dict[str, str] | None = None, refused: dict[str, Exception] | None = None):
        self.kept, self.after, self.refused = list(kept), after or {}, refused or {}

    def remains(self) -> list[str]:
        """What is listed now."""
        return list(self.kept)

    def remove(self, name: str) -> None:
        """Remove it, or do nothing, or raise."""
        if name in self.refused:
            raise self.refused[name]
        if self.after.get(name) not in self.kept:
            self.kept.remove(name)


def test_what_goes_after_others_goes() -> None:
    """A directory that must be empty first goes in the next round."""
    server = Server("day/", "day/object", after={"day/": "day/object"})
    clear(server.remains, server.remove)
    assert server.kept == []


def test_a_refusal_keeps_nothing_else() -> None:
    """All others are removed; the error names what is left, and why."""
    server = Server("a", "locked", "z", refused={"locked": PermissionError("a legal hold")})
    with pytest.raises(OSError, match=r"^the server keeps locked: a legal hold$"):
        clear(server.remains, server.remove)
    assert server.kept == ["locked"]


def test_a_removal_without_effect_ends() -> None:
    """A server that says yes and removes nothing is told, and not asked for ever."""
    server = Server("stays", after={"stays": "stays"})
    with pytest.raises(OSError, match=r"^the server keeps stays$"):
        clear(server.remains, server.remove)


def test_a_passing_refusal_passes() -> None:
    """What was refused once, beside something that went, is removed in the next round."""
    server = Server("a", "busy", refused={"busy": OSError("busy")})

    def remove(name: str) -> None:
        try:
            server.remove(name)
        finally:
            server.refused.clear()

    clear(server.remains, remove)
    assert server.kept == []
