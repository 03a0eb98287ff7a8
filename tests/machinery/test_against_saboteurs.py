"""The suite against layers that are each wrong in one way: it catches every one, and clears the true layer."""

from __future__ import annotations

import pytest

from conformance.saboteurs.__main__ import main


@pytest.mark.timeout(300)
def test_every_one_is_caught() -> None:
    """As `python -m conformance.saboteurs` says, whose table stands in the report of a failure."""
    assert main([]) == 0
