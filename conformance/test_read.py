"""Reading: a read returns one version whole, or an error."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.behaviour import needs, source


@source("B1.1")
@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537], ids=lambda size: f"{size}-bytes")
def test_returns_what_the_witness_wrote(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """A read returns every byte that another client wrote."""
    body = noise(size)
    witness.put("object", body)
    with fs.open("object", "rb") as stream:
        assert stream.read() == body


@source("B1.3")
def test_missing_raises_not_found(fs: Any) -> None:
    """Opening an object that does not exist raises FileNotFoundError at open, not at the first read."""
    with pytest.raises(FileNotFoundError):
        fs.open("nothing/here.npy", "rb")


@needs("network")
@source("design §3, Cost")
def test_costs_one_get(fs: Any, witness: Any, noise: Any, costs: Any) -> None:
    """Reading a whole object costs exactly one request, opening it included."""
    witness.put("object", noise(65_536))
    with costs(read=1), fs.open("object", "rb") as stream:
        stream.read()
