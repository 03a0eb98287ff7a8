"""The files that `open` returns to read: each holds one version of an object."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, SupportsIndex

from .arguments import position
from .engines import Download, Engine


def reader(engine: Engine, key: str, block_size: int, uri: object = "") -> io.BufferedIOBase:
    """Open one version of an object.

    Up to `block_size` bytes are read whole at once. A larger object streams; a jump to another place reads ranges of
    `block_size` bytes of the same version. One whose version the server cannot hold on to lies in a local file by now.
    What streams and is never closed warns, as Python's own files do: it holds a connection or a descriptor.

    Cost: 1 read; for a large object one more for each jump, and one for each block after it.
    """
    answer = engine.get(key)
    if answer.length <= block_size:
        return Whole(b"".join(answer.chunks))
    if answer.file:
        return Buffered(answer.file, os.fstat(answer.file.fileno()).st_size)
    return Buffered(Streamed(engine, key, answer, block_size, uri), answer.stat.size)


class Whole(io.BytesIO):
    """An object that has been read whole."""

    def writable(self) -> bool:
        """Say no."""
        return False

    def write(self, _: object) -> int:
        """Refuse, as every file that is open for reading does."""
        raise io.UnsupportedOperation("the file is open for reading")

    def writelines(self, _: Iterable[object]) -> None:
        """Refuse."""
        raise io.UnsupportedOperation("the file is open for reading")

    def seek(self, offset: SupportsIndex, whence: SupportsIndex = io.SEEK_SET) -> int:
        """Move the position; ValueError for a place before the start, from wherever it is counted."""
        return super().seek(position(offset, whence, self.tell(), self.getbuffer().nbytes))

    def truncate(self, _: int | None = None) -> int:
        """Refuse."""
        raise io.UnsupportedOperation("the file is open for reading")


class Buffered(io.BufferedReader):
    """A large object, which streams or lies in a local file."""

    def __init__(self, raw: io.RawIOBase, size: int) -> None:
        super().__init__(raw, 1 << 20)
        self._size = size

    def seek(self, offset: SupportsIndex, whence: SupportsIndex = io.SEEK_SET) -> int:
        """Move the position; ValueError for a place that is none, from wherever it is counted."""
        return super().seek(position(offset, whence, self.tell(), self._size))


class Streamed(io.RawIOBase):
    """A large object: one stream while it is read in order, ranges of one version after a jump."""

    def __init__(self, engine: Engine, key: str, answer: Download, block_size: int, uri: object) -> None:
        self._engine = engine
        self._uri = uri
        self._key = key
        self._stat = answer.stat
        self._chunks = answer.chunks
        self._chunk = memoryview(b"")  # what is left of it is a view: a chunk may be as long as the object
        self._block_size = block_size
        self._at = 0
        self._position = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self._uri)!r}>"

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the position (bytes)."""
        return self._position

    def seek(self, offset: SupportsIndex, whence: SupportsIndex = io.SEEK_SET) -> int:
        """Move without a request."""
        self._position = position(offset, whence, self._position, self._stat.size)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the next chunk goes."""
        if self.closed:
            raise ValueError("read of a closed file")
        if self._position >= self._stat.size:
            return 0
        chunk = self._next()
        size = min(len(buffer), len(chunk))
        buffer[:size] = chunk[:size]
        self._chunk = chunk[size:]
        self._position += size
        self._at += size
        return size

    def close(self) -> None:
        """Give the connection back."""
        if not self.closed:
            _close(self._chunks)
        super().close()

    def _dealloc_warn(self, source: object) -> None:
        """Warn; `io` calls this where what buffers the file is lost without a close."""
        warn_lost(f"unclosed file {self!r}: it held a connection or a descriptor until now", source, 3)

    def _next(self) -> memoryview:
        """Return the bytes at the position, asking for another range where the stream is elsewhere or at its end."""
        if self._at == self._position:
            self._chunk = self._chunk or memoryview(next(self._chunks, b""))
            if self._chunk:
                return self._chunk
        _close(self._chunks)
        self._at = self._position
        stop = min(self._position + self._block_size, self._stat.size)
        self._chunks = self._engine.get(self._key, span=(self._position, stop), if_version=self._stat.version).chunks
        return memoryview(next(self._chunks))


def _close(chunks: Iterator[bytes]) -> None:
    """Close an iterator that holds a connection or a file."""
    close = getattr(chunks, "close", None)
    if close:
        close()


def warn_lost(message: str, source: object, level: int) -> None:
    """Warn of a file that was lost without a close, where that happened: `level` calls above."""
    warnings.warn(message, ResourceWarning, stacklevel=level, source=source)
