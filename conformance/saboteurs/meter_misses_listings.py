"""The meter does not count listings."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.meter import Meter

_true_count = Meter.count


def _count(meter: Meter, kind: str = "", *, sent: int = 0, received: int = 0) -> None:
    _true_count(meter, changed(kind, "" if kind == "list" else kind), sent=sent, received=received)


replace(Meter, "count", _count)
