"""The suite against layers that are each wrong in one way: it catches every one, and clears the true layer."""

from __future__ import annotations

import pytest

from conformance.saboteurs.__main__ import main


@pytest.mark.timeout(300)
def test_those_of_the_day_are_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m conformance.saboteurs` succeeds, and leaves nothing behind; all others have their turn by night."""
    status = main([])
    told = capsys.readouterr()
    assert (status, "left behind" in told.err) == (0, False), told.out + told.err
