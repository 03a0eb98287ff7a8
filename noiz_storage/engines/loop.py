"""Waiting, from any thread, for a coroutine that runs on fsspec's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from fsspec.asyn import get_loop

from ..errors import DeadlineError
from . import READ_SIZE, SLOWEST, Body

T = TypeVar("T")


def wait(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Return what `work` returns, cancelling it after `seconds` or when the waiting thread is interrupted.

    Raises:
        DeadlineError: `seconds` went by.
    """
    future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), get_loop())
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
    get_loop().call_soon_threadsafe(work)


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
