"""Budgets of seconds grow with how busy the machine is, and with what the start of processes took."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from scratch_suite import ScratchSuite

from conformance import budgets, process
from conformance.budgets import NotReadyError, pressure
from conformance.clients import barrier, worst_first

TIME = '''
"""How much time cases have."""
import pytest

@pytest.fixture
def seconds(request):
    return request.node.get_closest_marker("timeout").args[0]

def test_usual(seconds):
    """It has three times the usual."""
    assert seconds == 180

@pytest.mark.timeout(90)
def test_more(seconds):
    """It has three times what it asks for."""
    assert seconds == 270
'''


@pytest.mark.parametrize(("wanting", "factor"), [(0.5, 1.0), (3.0, 3.0), (500.0, budgets.MOST)])
def test_pressure_is_bounded(monkeypatch: pytest.MonkeyPatch, wanting: float, factor: float) -> None:
    """An idle machine has the usual budgets, the busiest has ten times as much."""
    monkeypatch.setattr(os, "getloadavg", lambda: (wanting * (os.cpu_count() or 1), 0.0, 0.0))
    assert pressure() == pytest.approx(factor)


def test_cases_have_more_time_on_a_busy_machine(tmp_path: Path) -> None:
    """Whatever a case asks for grows."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_time.py", TIME)
    suite.conftest("import os\nos.getloadavg = lambda: (3.0 * (os.cpu_count() or 1), 0, 0)\n")
    assert suite.run("-n0").verdicts() == {"time.usual": "pass", "time.more": "pass"}


def test_budget_grows_with_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the start took counts five times on top, and none of it is taken from the work."""
    begin, seen = process._Child.begin, []

    def late(child: Any) -> None:
        begin(child)
        monkeypatch.setattr(time, "monotonic", lambda: real() + 100.0)

    def receive(child: Any) -> Any:
        seen.append(child.deadline - time.monotonic())
        return usual(child)

    real, usual = time.monotonic, process._Child.receive
    monkeypatch.setattr(process._Child, "begin", late)
    monkeypatch.setattr(process._Child, "receive", receive)
    assert process.in_child("fork", abs, -3, seconds=10.0) == 3
    assert 500.0 < seen[-1] <= 10.0 + 5 * 100.0 + 50.0


def test_whoever_only_waited_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that waits in vain is an error of its own kind, told behind what kept it waiting."""
    monkeypatch.setattr("conformance.clients.MEETING_SECONDS", 0.001)
    with pytest.raises(NotReadyError, match="not all of 2 clients came to object"):
        barrier(2)("object")
    told = worst_first([None, NotReadyError("waited"), ValueError("broke")])
    assert [type(each) for each in told] == [ValueError, NotReadyError]
