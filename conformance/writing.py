"""A subject's objects, written and read in one line."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any


class BodyError(Exception):
    """What goes wrong in the body of a `with`."""


def write(fs: Any, name: str | os.PathLike[str], body: bytes | str, mode: str = "wb", **options: Any) -> None:
    """Write an object."""
    with fs.open(name, mode, **options) as stream:
        stream.write(body)


def write_and_fail(fs: Any, name: str | os.PathLike[str], body: bytes | str, mode: str = "wb", **options: Any) -> None:
    """Write an object, and raise BodyError before the body of the `with` ends."""
    with fs.open(name, mode, **options) as stream:
        stream.write(body)
        raise BodyError


def create_next(fs: Any, name: str, body: bytes) -> str:
    """Create an object under the next free counter of its name; return the name that it got, without its directory."""
    with fs.open(name, "xb", next_free=True) as stream:
        stream.write(body)
    return str(stream.published.name)


def read(fs: Any, name: str | os.PathLike[str]) -> bytes:
    """Read an object."""
    with fs.open(name, "rb") as stream:
        return bytes(stream.read())


def write_all(fs: Any, bodies: Mapping[str, bytes]) -> None:
    """Write every body under its name, one after the other."""
    for name, body in bodies.items():
        write(fs, name, body)


def write_at_once(fs: Any, bodies: Mapping[str, bytes], mode: str = "wb", threads: int = 8) -> None:
    """Write every body under its name, several at a time."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda name: write(fs, name, bodies[name], mode), bodies))


def failure_of(call: Callable[[], object]) -> OSError | None:
    """What a call raises that may have changed something; `refused` is for those that may not."""
    try:
        call()
    except OSError as error:
        return error
    return None


@contextmanager
def warned() -> Iterator[list[str]]:
    """What is said of files that are lost; all other warnings are none of it."""
    told: list[str] = []
    gc.freeze()  # so that the collection looks at what is new alone: all that is loaded takes half a second
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield told
        gc.collect()
    told.extend(str(each.message) for each in caught if each.category is ResourceWarning)
