"""How much longer everything takes than on an idle machine; budgets of seconds grow with it."""

from __future__ import annotations

import os
from typing import Final

MOST: Final = 10.0
"""Budgets grow no further than so many times: what hangs must end some day."""


class NotReadyError(Exception):
    """Another process or thread did not come to where it could begin: nothing was learnt about the subject."""


def pressure() -> float:
    """How many processes wanted each processor during the last minute, at least 1; 1 where the system does not say."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return min(MOST, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
