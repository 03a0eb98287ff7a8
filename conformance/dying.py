"""Writers that are killed or held back before their body is an object."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from conformance.writing import write


def dies(_: int, subject: Any, body: bytes) -> None:
    """Write as far as the close, and be killed."""
    stream = subject.get_filesystem().open("object", "wb")
    stream.write(body)
    os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def disturbed(channel: Any, fault: str = "silent", **details: float) -> Iterator[None]:
    """While parts never become an object, or suffer another fault before they do, where requests travel at all."""
    if channel:
        channel.fault(fault, kind="complete", **details)
    yield


def dies_half_way(_: int, subject: Any, body: bytes) -> str:
    """Send parts, and be killed when the request that would make them an object is on its way."""
    fs = subject.get_filesystem()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write, fs, "object", body)
        while not fs.meter.requests["complete"]:
            if wait([writing], timeout=0.001).done:
                writing.result()
                return "it wrote without a request that completes"
        os.kill(os.getpid(), signal.SIGKILL)
    return "it lives"
