"""The census: what a process holds before and after a behaviour, so that what is left over can be named."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from multiprocessing import forkserver, resource_tracker
from typing import Any, Final

from fsspec.asyn import get_loop

from conformance.budgets import pressure

PATIENCE: Final = 3.0
"""How long what ends by itself may take to be gone (s), on an idle machine."""
_GLANCE: Final = 0.02
_FOR_GOOD: Final = re.compile(r"fsspecIO|asyncio_\d+|pymp-.*|pytest-of-.*")
"""Threads of the one event loop that a process has, and directories that multiprocessing and pytest keep to its end."""
_KEPT: Final = re.compile(r".*\.(ttf|otf|ttc)|.*/libuuid/clock\.txt")
"""Files that libraries keep open once they used them: matplotlib (3.11) its fonts, libuuid the clock of uuid1()."""


def prepare() -> None:
    """Start what a process has once and keeps, whoever needs it first."""
    get_loop()


def census(uploads: Iterable[str] = ()) -> set[str]:
    """What this process holds, in words; `uploads` are unfinished ones that a witness sees."""
    held = {f"thread {each.name}" for each in threading.enumerate() if not _FOR_GOOD.fullmatch(each.name)}
    held |= {f"descriptor {number} of {target}" for number, target in _descriptors()}
    held |= {f"child process {child}" for child in _children() - _helpers("_pid", "_forkserver_pid")}
    held |= {f"temporary file {name}" for name in os.listdir(tempfile.gettempdir()) if not _FOR_GOOD.fullmatch(name)}
    held |= {f"task {task.get_name()} {task.get_coro()}" for task in asyncio.all_tasks(get_loop())}
    return held | {f"unfinished upload of {name}" for name in uploads}


def left_over(before: set[str]) -> list[str]:
    """What this process holds that it did not hold before, when what ends by itself has ended.

    Cost: less than a millisecond where nothing is; else a garbage collection, and up to `PATIENCE` seconds, times
    `pressure()`.
    """
    found = census() - before
    if found:
        gc.collect()
    end = time.monotonic() + PATIENCE * pressure()
    while found and time.monotonic() < end:
        time.sleep(_GLANCE)
        found = census() - before
    return sorted(found)


def _descriptors() -> Iterator[tuple[int, str]]:
    """Every open descriptor and what it stands for; none where the system does not tell."""
    keep = _helpers("_fd", "_forkserver_alive_fd")
    for name in _numbers("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:  # the listing itself
            continue
        if int(name) not in keep and not _KEPT.fullmatch(target):
            yield int(name), target


def _children() -> set[int]:
    """The processes that this one has started and not waited for; none where the system does not tell."""
    lists = (f"/proc/self/task/{thread}/children" for thread in _numbers("/proc/self/task"))
    return {int(pid) for each in lists for pid in _content(each).split()}


def _numbers(place: str) -> list[str]:
    """The names in a directory of the kernel's; none where the system has no such place."""
    return os.listdir(place) if os.path.isdir(place) else []


def _content(path: str) -> bytes:
    """What a file of the kernel says; nothing when its thread has ended meanwhile."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _helpers(*attributes: str) -> set[Any]:
    """Numbers of the two processes that multiprocessing keeps to the end, or of what leads to them."""
    keepers = (resource_tracker._resource_tracker, forkserver._forkserver)
    return {getattr(keeper, name, None) for keeper in keepers for name in attributes}
