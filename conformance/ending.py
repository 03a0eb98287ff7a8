"""The end of a run's own process: nothing that a case calls may bring it about and take every verdict along."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import NoReturn

from _pytest.outcomes import Failed


class ProcessEnded(Failed):
    """A case would have ended the process that it runs in."""


def guard() -> Callable[[], None]:
    """Let `os._exit` raise in this process, where it would end a run without a report; returns what undoes it.

    A forked child ends as ever. Another thread cannot be stopped by an exception: there the process ends, but never
    with status 0.
    """
    here, end = os.getpid(), os._exit

    def refuse(status: int) -> NoReturn:
        if os.getpid() != here:
            end(status)
        if threading.current_thread() is threading.main_thread():
            raise ProcessEnded(f"called os._exit({status})")
        end(status or 1)

    os._exit = refuse
    return lambda: setattr(os, "_exit", end)
