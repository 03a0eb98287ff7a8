"""The files that `open` returns to write: what is written is published on a clean close only."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, SupportsIndex, cast

from .arguments import position
from .engines import Body
from .errors import StorageError
from .readers import warn_lost
from .temporary import kept_here


class Writer(io.BufferedIOBase):
    """A body on its way: kept in memory, then in a temporary file, and published by a clean close.

    An exception in the `with` body, `discard()` or losing the last reference publishes nothing; the last warns, as
    Python's own files do. Nor does a close after a temporary file had no room: some of the body is lost.

    Raises (every method):
        StorageError: the temporary file cannot be kept.
    """

    def __init__(self, publish: Callable[[Body], object], block_size: int, uri: object) -> None:
        self.published: object = None
        """What the publication returned: the path of the object."""
        self._publish = publish
        self._block_size = block_size
        self._uri = uri
        self._failure: StorageError | None = None
        self._file: BinaryIO = io.BytesIO()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self._uri)!r}>"

    def writable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes: the body leaves at the close."""
        return True

    def write(self, data: Any) -> int:
        """Add bytes at the position."""
        with self._kept() as file:
            written = file.write(data)
            if isinstance(file, io.BytesIO) and file.tell() > self._block_size:
                self._file = _rolled(file)
        return written

    def seek(self, offset: SupportsIndex, whence: SupportsIndex = io.SEEK_SET) -> int:
        """Move the position."""
        with self._kept() as file:
            at, size = _measured(file)
            return file.seek(position(offset, whence, at, size))

    def tell(self) -> int:
        """Return the position (bytes)."""
        with self._kept() as file:
            return file.tell()

    def truncate(self, size: SupportsIndex | None = None) -> int:
        """Cut the body, which never becomes longer by it."""
        with self._kept() as file:
            at, end = _measured(file)
            kept = at if size is None else position(size)
            file.truncate(min(kept, end))
            return kept

    def close(self) -> None:
        """Publish the body; a second close does nothing."""
        if self.closed:
            return
        try:
            if self._failure:
                raise self._failure
            with self._kept() as file:
                file.flush()
            self.published = self._publish(file.getvalue() if isinstance(file, io.BytesIO) else file)
        finally:
            self.discard()

    def discard(self) -> None:
        """Close without publishing."""
        with contextlib.suppress(OSError):  # what is thrown away needs no room
            self._file.close()
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
        self.close()

    def __del__(self) -> None:
        try:
            self._dealloc_warn(self)
        finally:
            self.discard()

    def _dealloc_warn(self, source: object) -> None:
        """Warn, unless it is closed; `io` calls this before it closes the writer where what wraps it is lost."""
        if not self.closed:
            self._publish = _publish_nothing
            warn_lost(f"unclosed file {self!r}: nothing was published", source, 4)

    @contextlib.contextmanager
    def _kept(self) -> Iterator[BinaryIO]:
        try:
            with kept_here(self._uri):
                yield self._file
        except StorageError as error:
            self._failure = error
            raise


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
        with contextlib.suppress(AttributeError):  # it has no buffer once that was detached
            try:
                cast(Writer, self.buffer)._dealloc_warn(self)
            finally:
                self.discard()

    @property
    def published(self) -> object:
        """What the publication returned: the path of the object."""
        return cast(Writer, self.buffer).published

    def discard(self) -> None:
        """Close without publishing."""
        cast(Writer, self.buffer).discard()


def _publish_nothing(_: Body) -> None:
    """Take the place of the publication of a writer that is lost."""


def _measured(file: BinaryIO) -> tuple[int, int]:
    """Return the position and the size of a file."""
    at = file.tell()
    size = file.seek(0, io.SEEK_END)
    file.seek(at)
    return at, size


def _rolled(memory: io.BytesIO) -> BinaryIO:
    """Return a temporary file with the content and the position of one in memory, which may be behind its end."""
    with contextlib.ExitStack() as held:
        file = cast(BinaryIO, held.enter_context(tempfile.TemporaryFile()))
        file.write(memory.getbuffer())
        file.seek(memory.tell())
        held.pop_all()
    return file
