"""The meter counts the bytes of a read at its end, and so none where nobody waits for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.meter import Metered


def _weighed(metered: Metered, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    received, ended = 0, False
    try:
        yield b""
        for chunk in chunks:
            received += len(chunk)
            yield chunk
        ended = True
    finally:
        metered._meter.count(received=changed(received, received if ended else 0))
        getattr(chunks, "close", lambda: None)()


replace(Metered, "_weighed", _weighed)
