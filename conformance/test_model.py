"""Model: a file system does what a dictionary does, whatever is asked of both."""

from __future__ import annotations

import random
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, source
from conformance.model import EXAMPLES, World
from fixtures.endpoint import EXCLUSIVE_CREATE, LIST, RANGES, WRITE

GATE_SECONDS = 2
NIGHTLY_SECONDS = 60


@needs(WRITE, LIST, EXCLUSIVE_CREATE, RANGES)
@source("contract: Surface", "contract: Seeing", "https://hypothesis.readthedocs.io/en/latest/stateful.html")
def test_agrees_with_a_dictionary(
    fs: Any,
    another: Any,
    witness: Any,
    backend: Any,
    rng: random.Random,
    nightly: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two instances agree with a dictionary at every step of scripts that write, read, list, copy, move and delete."""
    world = World(backend, [fs, another()], witness)
    seconds = NIGHTLY_SECONDS if nightly else GATE_SECONDS
    assert world.run(rng.getrandbits(32), seconds, monkeypatch) >= EXAMPLES


KNOWN: dict[str, list[tuple[Any, ...]]] = {
    "created-where-something-lay-below": [
        ("create", 0, "a/b", b"first"),
        ("delete", 0, "a/b", False),
        ("create", 1, "a", b"second"),
        ("create", 0, "a", b"third"),
        ("read", "a"),
    ],
    "created-where-an-object-was-above": [
        ("create", 0, "a", b"first"),
        ("delete", 1, "a", True),
        ("create", 0, "a/b/c", b"second"),
        ("look_below", 1, ""),
        ("delete_all", 1, "a", False),
        ("create", 1, "a/b", b"third"),
        ("look_below", 0, "a"),
    ],
    "failed-then-created": [
        ("fail_to_write", 0, "a", b"first", "xb"),
        ("create", 1, "a", b""),
        ("fail_to_write", 0, "a", b"second", "wb"),
        ("create", 0, "a", b"third"),
        ("read", "a"),
    ],
    "moved-and-back": [
        ("write", 0, "a", b"first"),
        ("copy_or_move", 0, "a", "b/a", True),
        ("create", 1, "a", b""),
        ("copy_or_move", 1, "b/a", "a", True),
        ("read_range", 0, "a", 1, 3),
        ("look_below", 0, ""),
    ],
    "windows-of-copies": [
        ("create", 0, "a", b"012345"),
        ("copy_or_move", 0, "a", "a-b", False),
        ("read_range", 1, "a-b", 2, 3),
        ("write", 1, "a-b", b"0"),
        ("read_range", 0, "a-b", 0, 6),
        ("read_range", 0, "a-b", 1, 1),
    ],
    "deleted-beside-likes": [
        ("write", 0, "a/b/c", b"1"),
        ("write", 0, "a/bc", b"2"),
        ("write", 0, "a-b", b"3"),
        ("delete_all", 1, "a/b", False),
        ("look_below", 0, "a"),
        ("delete", 0, "a", False),
        ("delete_all", 0, "a", True),
        ("look_below", 1, ""),
    ],
    "counted-after-deletions": [
        ("take_the_next_free", 0, b"0"),
        ("take_the_next_free", 1, b"1"),
        ("delete", 1, "c/g.0.npz", False),
        ("take_the_next_free", 0, b"2"),
        ("take_the_next_free", 1, b"3"),
        ("look_below", 0, "c"),
    ],
}
"""What random scripts have found on some server or layer, one step after the other."""


@embedded_backends()
@needs(WRITE, LIST, EXCLUSIVE_CREATE, RANGES)
@source("contract: Surface", "contract: Seeing", "issue: a random find of the model becomes a behaviour of its own")
@pytest.mark.parametrize("steps", KNOWN.values(), ids=KNOWN)
def test_agrees_in_a_known_script(
    fs: Any, another: Any, witness: Any, backend: Any, steps: list[tuple[Any, ...]]
) -> None:
    """Two instances agree with a dictionary in scripts that once showed a difference on some server or layer."""
    World(backend, [fs, another()], witness).replay(steps)
