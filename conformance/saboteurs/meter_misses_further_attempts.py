"""The meter counts the first attempt of a call, and none of those after it."""

from __future__ import annotations

import threading

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.errors import TransientError
from noiz_storage.meter import Meter
from noiz_storage.retry import Spending

_again = threading.local()
_true_pause, _true_count = Spending.pause, Meter.count


def _pause(spending: Spending, error: TransientError) -> None:
    _true_pause(spending, error)
    _again.soon = True


def _count(meter: Meter, kind: str = "", *, sent: int = 0, received: int = 0) -> None:
    is_again, _again.soon = getattr(_again, "soon", False), False
    _true_count(meter, changed(kind, "" if is_again else kind), sent=sent, received=received)


replace(Spending, "pause", _pause)
replace(Meter, "count", _count)
