"""The event loop of the engines: what becomes of a storage where no thread can be started to run it."""

from __future__ import annotations

import threading
from typing import Any

import fsspec.asyn
import pytest

from noiz_storage.engines import loop
from noiz_storage.errors import StorageError


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process without a loop that may start no thread."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(fsspec.asyn, "loop", [None])
    monkeypatch.setattr(fsspec.asyn, "iothread", [None])
    monkeypatch.setattr(threading.Thread, "start", refuse)
    return monkeypatch


def test_a_thread_that_cannot_be_started_is_said(full: pytest.MonkeyPatch) -> None:
    """Of the main thread, which lives, nothing is said."""
    with pytest.raises(StorageError, match="can't start new thread") as caught:
        loop.start("s3://bucket")
    assert ("main thread" not in str(caught.value), caught.value.filename) == (True, "s3://bucket")


def test_an_end_of_the_main_thread_is_said(full: pytest.MonkeyPatch) -> None:
    """Where the main thread has ended, that is the reason."""
    ended = threading.Thread()
    full.setattr(threading, "main_thread", lambda: ended)
    with pytest.raises(StorageError, match="main thread has ended"):
        loop.start("s3://bucket")


async def _answer() -> str:
    return "answer"


def test_a_loop_that_nobody_runs_is_not_kept(full: pytest.MonkeyPatch) -> None:
    """Once a thread can be started again, what is asked is answered."""
    own: Any = fsspec.asyn.loop
    with pytest.raises(StorageError):
        loop.start("s3://bucket")
    assert own == [None]
    full.undo()
    full.setattr(fsspec.asyn, "loop", own)
    full.setattr(fsspec.asyn, "iothread", [None])
    assert loop.wait(_answer(), 20) == "answer"
    own[0].call_soon_threadsafe(own[0].stop)
