"""The next attempt comes when it likes, whatever a busy server asks for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.errors import TransientError
from noiz_storage.retry import Spending

_true_pause = Spending.pause


def _pause(spending: Spending, error: TransientError) -> None:
    error.wait = changed(error.wait, 0.0)
    _true_pause(spending, error)


replace(Spending, "pause", _pause)
