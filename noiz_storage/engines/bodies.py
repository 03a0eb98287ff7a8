"""Bodies and ranges of them, where an engine counts bytes itself."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import RangeError
from . import READ_SIZE, Body, Span


def bounds(span: Span | None, size: int, uri: str | None = None) -> tuple[int, int]:
    """Return where a read starts and stops in `size` bytes; RangeError where it starts at or past the end."""
    if span is None:
        return 0, size
    if span[0] >= size:
        raise RangeError(f"the range starts at {span[0]} of {size} bytes", uri)
    return span[0], size if span[1] is None else min(span[1], size)


def blocks(body: Body) -> Iterator[bytes]:
    """Yield a body from its beginning."""
    if isinstance(body, bytes):
        yield from (body[start : start + READ_SIZE] for start in range(0, len(body), READ_SIZE))
        return
    body.seek(0)
    yield from iter(lambda: body.read(READ_SIZE), b"")


def size_of(body: Body) -> int:
    """Return how many bytes a body has."""
    return len(body) if isinstance(body, bytes) else body.seek(0, 2)
