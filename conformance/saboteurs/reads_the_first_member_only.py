"""Of several compressed members the first one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.io import compression


def _members(file: IO[bytes], new: Callable[[bool], Any]) -> Iterator[bytes]:
    member = new(True)
    yield member.decompress(file.read())
    if member.unused_data:
        acts()


replace(compression, "_members", _members)
