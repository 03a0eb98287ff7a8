"""A read may break as often as it likes, so long as some bytes arrive in between."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.retry import Spending

_true_restart = Spending.restart_clock


def _restart_clock(spending: Spending) -> None:
    spending._attempts = changed(spending._attempts, 1)
    _true_restart(spending)


replace(Spending, "restart_clock", _restart_clock)
