"""Waiting, from any thread, for a coroutine that runs on fsspec's event loop."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncIterable, Callable, Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

import fsspec.asyn

from ..errors import DeadlineError, StorageError
from . import READ_SIZE, SLOWEST, Body

T = TypeVar("T")


def wait(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Return what `work` returns, cancelling it after `seconds` or when the waiting thread is interrupted.

    Raises:
        DeadlineError: `seconds` went by.
    """
    future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), _loop())
    try:
        return future.result()
    except (asyncio.TimeoutError, TimeoutError, CancelledError) as error:
        if isinstance(error, DeadlineError):
            raise
        raise DeadlineError(f"no answer within {seconds:.3g} s; the server is silent or too slow") from error
    except BaseException:
        future.cancel()
        raise


def later(work: Callable[[], object]) -> None:
    """Have the loop do something at its next turn, without waiting for it."""
    _loop().call_soon_threadsafe(work)


class _Threads(ThreadPoolExecutor):
    """asyncio's pool of threads, which looks up hosts and reads certificates, also after the main thread has ended.

    Python's own takes no call from then on, while threads of the user may still have results to store.
    """

    def submit(self, call: Callable[..., T], /, *given: Any, **options: Any) -> Future[T]:
        try:
            return super().submit(call, *given, **options)
        except RuntimeError:
            return _in_a_thread(lambda: call(*given, **options))


def _in_a_thread(call: Callable[[], T]) -> Future[T]:
    """Make a call in a thread of its own; in this one where Python (3.12.1) starts none any more."""
    future: Future[T] = Future()
    try:
        threading.Thread(target=_run, args=(future, call), daemon=True).start()
    except RuntimeError:
        _run(future, call)
    return future


def _run(future: Future[T], call: Callable[[], T]) -> None:
    """Make a call's outcome that of a future."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
        future.set_exception(error)


_prepared: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
"""The loops that have such a pool; a forked child gets a loop of its own."""


def start(uri: str) -> None:
    """Have the loop run for a storage; StorageError where no thread can be started.

    Python 3.12.1 starts none once the main one has ended.
    """
    try:
        _loop()
    except RuntimeError as error:
        reason = f"no thread can be started, in which requests would be sent: {error}"
        if not threading.main_thread().is_alive():
            reason = "this program's main thread has ended; open the storage before, or wait for this thread (join)"
        raise StorageError(reason, uri) from error


def _loop() -> asyncio.AbstractEventLoop:
    try:
        loop: asyncio.AbstractEventLoop = fsspec.asyn.get_loop()
    except RuntimeError:
        fsspec.asyn.loop[0] = None  # fsspec (2026.9.0) keeps the loop for which it found no thread
        raise
    if loop not in _prepared:
        _prepared.add(loop)
        loop.set_default_executor(_Threads(thread_name_prefix="asyncio"))
    return loop


def patience(timeout: float, body: Body) -> float:
    """Return the deadline of an attempt that sends `body` (s)."""
    return timeout + size_of(body) / SLOWEST


def size_of(body: Body) -> int:
    """Return the size of a body (bytes) and rewind it."""
    if isinstance(body, bytes):
        return len(body)
    size = body.seek(0, 2)
    body.seek(0)
    return size


async def read_block(source: AsyncIterable[bytes], size: int = READ_SIZE) -> bytes:
    """Return at least `size` bytes of an asynchronous iterator, or what is left of it."""
    block = bytearray()
    async for chunk in source:
        block += chunk
        if len(block) >= size:
            break
    return bytes(block)
