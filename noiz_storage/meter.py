"""Counting: every attempt of an engine, by kind, and the bytes of its bodies."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence

from .engines import Body, Download, Engine, Page, Span, Stat, Upload, started
from .errors import StorageError


class Meter:
    """What the layer believes that it has sent and received.

    `requests` counts attempts by kind (read, head, list, write, part, complete, copy, delete, redirect); `sent` and
    `received` are bytes of object bodies. The counts of a disk or of memory are calls, which cost nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Start again from nothing."""
        with self._lock:
            self.requests: Counter[str] = Counter()
            self.sent = 0
            self.received = 0

    def count(self, kind: str = "", *, sent: int = 0, received: int = 0) -> None:
        """Add one request of a kind, and bytes."""
        with self._lock:
            if kind:
                self.requests[kind] += 1
            self.sent += sent
            self.received += received

    def __repr__(self) -> str:
        counts = ", ".join(f"{kind}={n}" for kind, n in sorted(self.requests.items()))
        return f"<Meter {counts or 'no requests'}; {self.sent} B sent, {self.received} B received>"


class Metered(Engine):
    """An engine that tells a meter of every attempt."""

    def __init__(self, engine: Engine, meter: Meter) -> None:
        self.traits = engine.traits
        self._engine = engine
        self._meter = meter
        engine.also_sent = meter.count

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Count a read, and the bytes that are taken from it."""
        self._meter.count("read")
        answer = self._engine.get(key, span=span, if_version=if_version, unless_version=unless_version)
        if answer.file:
            self._meter.count(received=answer.length)
            return answer
        return Download(answer.stat, answer.length, started(self._weighed(answer.chunks)))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Count a write."""
        self._meter.count("write", sent=_size(body))
        return self._engine.put(key, body, if_absent=if_absent, if_version=if_version, metadata=metadata)

    def stat(self, key: str) -> Stat:
        """Count a head."""
        self._meter.count("head")
        return self._engine.stat(key)

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """Count a list, where there are any."""
        if self.traits.has_listing:
            self._meter.count("list")
        return self._engine.list(prefix, after=after, one_level=one_level, limit=limit, follow=follow)

    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        """Count a delete."""
        self._meter.count("delete")
        return self._engine.delete(keys)

    def copy(self, source: str, target: str) -> bool:
        """Count a copy."""
        self._meter.count("copy")
        return self._engine.copy(source, target)

    def check_root(self) -> None:
        """Count a head."""
        self._meter.count("head")
        self._engine.check_root()

    def make_directory(self, key: str, exist_ok: bool) -> None:
        """Ask the engine inside; no request is sent."""
        self._engine.make_directory(key, exist_ok)

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        """Count a part, where beginning takes a request."""
        if self.traits.begin_sends:
            self._meter.count("part")
        return self._engine.begin(key, metadata)

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        """Count a part."""
        self._meter.count("part", sent=len(body))
        return self._engine.part(upload, number, body)

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        """Count a complete."""
        self._meter.count("complete")
        return self._engine.complete(upload, tags)

    def abort(self, upload: Upload) -> None:
        """Count a delete, where dropping parts takes a request."""
        if self.traits.begin_sends:
            self._meter.count("delete")
        self._engine.abort(upload)

    def close(self) -> None:
        """Close the engine inside."""
        self._engine.close()

    def _weighed(self, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
        try:
            yield b""
            for chunk in chunks:
                self._meter.count(received=len(chunk))
                yield chunk
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()


def _size(body: Body) -> int:
    return len(body) if isinstance(body, bytes) else body.seek(0, 2)
