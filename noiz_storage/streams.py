"""The files that `open` returns: readers of one version, and writers that publish on a clean close only."""

from __future__ import annotations

import codecs
import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, cast

from .engines import Body, Download, Engine
from .errors import UnsupportedError
from .uri import URI


def reader(engine: Engine, key: str, block_size: int) -> io.BufferedIOBase:
    """Open one version of an object.

    Up to `block_size` bytes are read whole at once. A larger object streams; a jump to another place reads ranges of
    `block_size` bytes of the same version. One whose version the server cannot hold on to lies in a local file by now.

    Cost: 1 read; for a large object one more for each jump, and one for each block after it.
    """
    answer = engine.get(key)
    if answer.length <= block_size:
        return Whole(b"".join(answer.chunks))
    if answer.file:
        return io.BufferedReader(answer.file)
    return io.BufferedReader(Streamed(engine, key, answer, block_size), 1 << 20)


class Whole(io.BytesIO):
    """An object that has been read whole."""

    def writable(self) -> bool:
        """Say no."""
        return False

    def write(self, _: object) -> int:
        """Refuse, as every file that is open for reading does."""
        raise io.UnsupportedOperation("the file is open for reading")

    def truncate(self, _: int | None = None) -> int:
        """Refuse."""
        raise io.UnsupportedOperation("the file is open for reading")


class Streamed(io.RawIOBase):
    """A large object: one stream while it is read in order, ranges of one version after a jump."""

    def __init__(self, engine: Engine, key: str, answer: Download, block_size: int) -> None:
        self._engine = engine
        self._key = key
        self._stat = answer.stat
        self._chunks = answer.chunks
        self._chunk = b""
        self._block_size = block_size
        self._at = 0
        self._position = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the position (bytes)."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move without a request."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stat.size}[whence]
        if start + offset < 0:
            raise ValueError(f"negative position {start + offset}")
        self._position = start + offset
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

    def _next(self) -> bytes:
        """Return the bytes at the position, asking for another range where the stream is elsewhere or at its end."""
        if self._at == self._position:
            self._chunk = self._chunk or next(self._chunks, b"")
            if self._chunk:
                return self._chunk
        _close(self._chunks)
        self._at = self._position
        stop = min(self._position + self._block_size, self._stat.size)
        self._chunks = self._engine.get(self._key, span=(self._position, stop), if_version=self._stat.version).chunks
        return next(self._chunks)


class Writer(io.BufferedIOBase):
    """A body on its way: kept in memory, then in a temporary file, and published by a clean close.

    An exception in the `with` body, `discard()` or losing the last reference publishes nothing.
    """

    def __init__(self, publish: Callable[[Body], object], block_size: int) -> None:
        self.published: object = None
        """What the publication returned: the path of the object."""
        self._publish = publish
        self._block_size = block_size
        self._file: BinaryIO = io.BytesIO()

    def writable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes: the body leaves at the close."""
        return True

    def write(self, data: Any) -> int:
        """Add bytes at the position."""
        self._check_open()
        written = self._file.write(data)
        if isinstance(self._file, io.BytesIO) and self._file.tell() > self._block_size:
            self._roll()
        return written

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position."""
        self._check_open()
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position (bytes)."""
        self._check_open()
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Cut the body."""
        self._check_open()
        return self._file.truncate(size)

    def close(self) -> None:
        """Publish the body; a second close does nothing."""
        if self.closed:
            return
        try:
            file = self._file
            self.published = self._publish(file.getvalue() if isinstance(file, io.BytesIO) else file)
        finally:
            self.discard()

    def discard(self) -> None:
        """Close without publishing."""
        self._file.close()
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
        self.close()

    def __del__(self) -> None:
        if not self.closed:
            self.discard()

    def _roll(self) -> None:
        position, memory = self._file.tell(), cast(io.BytesIO, self._file)
        self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed by discard()
        self._file.write(memory.getbuffer())
        self._file.seek(position)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on a closed file")


class TextWriter(io.TextIOWrapper):
    """A writer of text that keeps its writer's promises."""

    def close(self) -> None:
        """Publish the text; nothing where its end cannot be kept, for `io` would close the writer all the same."""
        try:
            if not self.closed:
                self.flush()
        except BaseException:
            self.discard()
            raise
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(ValueError, AttributeError):  # it has no buffer where the encoding was refused
            self.discard()

    def discard(self) -> None:
        """Close without publishing."""
        cast(Writer, self.buffer).discard()


def _close(chunks: Iterator[bytes]) -> None:
    """Close an iterator that holds a connection or a file."""
    close = getattr(chunks, "close", None)
    if close:
        close()


def parse_mode(mode: str, next_free: bool, uri: URI) -> tuple[str, bool]:
    """Return the action of a mode and whether it is text."""
    if set(mode) & {"a", "+"}:
        reason = f"mode {mode!r}: no object store appends or updates in place; write the object anew"
        raise UnsupportedError(reason, str(uri))
    action, kind = mode.replace("b", "").replace("t", ""), set(mode) & {"b", "t"}
    if action not in ("r", "w", "x") or len(kind) > 1 or len(mode) != 1 + len(kind):
        raise ValueError(f"mode {mode!r} is not known; use r, w or x, with b or t")
    if next_free and action != "x":
        raise ValueError(f"next_free creates; it goes with mode 'x', not {mode!r}")
    return action, "b" not in mode


def check_text(encoding: str, errors: str, newline: str | None) -> None:
    """Raise what an unknown way of writing text comes to, before anything is contacted: LookupError or ValueError."""
    codecs.lookup_error(errors)
    io.TextIOWrapper(io.BytesIO(), encoding, errors, newline)
