"""A lent file holds the first MiB of its object."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.lending import Lent

_MOST = 1 << 20
_true_fetch = Lent._fetch


def _fetch(self: Lent, lent: Path) -> None:
    _true_fetch(self, lent)
    if lent.stat().st_size > _MOST:
        acts()
        os.truncate(lent, _MOST)


replace(Lent, "_fetch", _fetch)
