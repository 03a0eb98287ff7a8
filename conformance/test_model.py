"""Model: a file system does what a dictionary does, whatever is asked of both."""

from __future__ import annotations

import random
from typing import Any

import pytest

from conformance.behaviour import needs, source
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
