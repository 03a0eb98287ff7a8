"""Children that hear the signals that a test sends them."""

from __future__ import annotations

import signal


def hear_signals() -> None:
    """Give a child its signals back: what runs in a script's background ignores SIGINT, under nohup SIGHUP."""
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
