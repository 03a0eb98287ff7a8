"""How every helper takes content in and gives it out: one whole read, one publication, compression by suffix.

A name that ends with `.gz`, `.bz2` or `.xz` is compressed; the suffix before it tells the format.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import io
import lzma
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, cast

from ..addresses import Name
from ..errors import CorruptedError, StorageError
from ..filesystem import NoizFileSystem, locate
from ..paths import StoragePath
from ..streams import Writer

Where = NoizFileSystem | str | None
"""A storage: the filesystem itself, the name of a configured one, or None for the one that the path tells."""


class Gzip(gzip.GzipFile):
    """A gzip file without a name and a time, so that equal content makes equal bytes; written from front to back."""

    def __init__(self, file: IO[bytes], mode: str) -> None:
        super().__init__(filename="", mode=mode, fileobj=file, mtime=0)
        self._writes = mode == "wb"

    def seekable(self) -> bool:
        """Say no while writing."""
        return not self._writes

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move while reading; `gzip` would fill gaps with zeros while writing."""
        if self._writes:
            raise io.UnsupportedOperation("a compressed body is written from front to back")
        return super().seek(offset, whence)


_COMPRESSIONS: dict[str, Callable[[IO[bytes], Any], Any]] = {
    ".gz": Gzip,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}


def is_compressed(place: StoragePath) -> bool:
    """Say whether the last suffix names a compression."""
    return place.suffix.lower() in _COMPRESSIONS


def format_suffix(place: StoragePath) -> str:
    """Return the suffix that tells the format, in lower case, with its dot: the last one before a compression's."""
    name = place.stem if is_compressed(place) else place.name
    return place.with_name(name).suffix.lower()


@contextlib.contextmanager
def reading(
    path: Name,
    storage: Where,
    kind: str,
    wrong: tuple[type[Exception], ...] = (Exception,),
    plainly: Callable[[IO[bytes]], object] | None = None,
) -> Iterator[IO[bytes]]:
    """Lend an object's whole content, decompressed, as a seekable file.

    It is in memory up to the storage's block size, else in a temporary file.

    Cost: 1 read.
    Raises:
        CorruptedError: the compressed data is broken, or one of `wrong` came up in the body: it is no `kind`.
        StorageError: what the storage or the body says, unchanged.
        Exception: one of `wrong`, unchanged, where the caller's options are at fault, for `plainly` reads the content.
    """
    place = locate(path, storage)
    with _fetched(place) as file, corrupted(place, kind, wrong, plainly and functools.partial(plainly, file)):
        yield file


@contextlib.contextmanager
def corrupted(
    place: StoragePath,
    kind: str,
    wrong: tuple[type[Exception], ...] = (Exception,),
    plainly: Callable[[], object] | None = None,
) -> Iterator[None]:
    """Raise CorruptedError for what a library says of content that is not what it should be; see `reading`."""
    try:
        yield
    except (StorageError, ImportError, MemoryError):
        raise
    except wrong as error:
        if plainly and _works(plainly, wrong):
            raise
        reason = f"{type(error).__name__}: {error}"
        raise CorruptedError(f"the content cannot be read as {kind} ({reason})", str(place)) from error


def _works(call: Callable[[], object], wrong: tuple[type[Exception], ...]) -> bool:
    try:
        call()
    except wrong:
        return False
    return True


def publish(
    place: StoragePath, write: Callable[[IO[bytes]], object], *, overwrite: bool, next_free: bool
) -> StoragePath:
    """Make what `write` writes the content of an object, compressed by its suffix, and return its path.

    Nothing is visible before `write` has returned, and nothing at all when it raises.

    Cost: 1 write; with `next_free` 1 list more.
    Raises:
        AlreadyExistsError: not `overwrite`, and the name is taken.
    """
    mode = "wb" if overwrite and not next_free else "xb"
    with place.filesystem.open(place, mode, next_free=next_free) as file, _compressing(file, place) as plain:
        write(plain)
    return cast(StoragePath, cast(Writer, file).published)


def publish_bytes(place: StoragePath, body: bytes, *, overwrite: bool, next_free: bool) -> StoragePath:
    """Make `body` the content of an object; see `publish`."""
    return publish(place, lambda file: file.write(body), overwrite=overwrite, next_free=next_free)


def local_path(path: Name, mode: str = "r", *, storage: Where = None) -> AbstractContextManager[Path]:
    """Lend a real local file for programs that know nothing else, such as `mseedindex` or `plot(outfile=…)`.

    `r` lends the content (on a local disk the file itself: do not write to it), `w` an empty place of the same name
    whose file is published when the body ends without an exception, `r+` the content, published likewise. The file is
    lent as it is stored: nothing is compressed or decompressed.

    Cost: 1 read for `r` and `r+`; 1 write for `w` and `r+`.
    """
    place = locate(path, storage)
    return place.filesystem.local_path(place, mode)


@contextlib.contextmanager
def named_copy(content: IO[bytes]) -> Iterator[Path]:
    """Lend content under a local name, for libraries that only read files."""
    with tempfile.TemporaryDirectory(prefix="noiz-") as directory:
        path = Path(directory, "content")
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        content.seek(0)
        yield path


def _fetched(place: StoragePath) -> IO[bytes]:
    """Return a file with the whole content; the storage is not asked again."""
    file = place.filesystem.open(place)
    if not isinstance(file, io.BytesIO):
        with file:
            file = _copied(file)
    return _decompressed(file, place) if is_compressed(place) else file


def _decompressed(file: IO[bytes], place: StoragePath) -> IO[bytes]:
    suffix = place.suffix.lower()
    broken = (EOFError, OSError, zlib.error, lzma.LZMAError)
    with file, corrupted(place, f"{suffix} data", broken), _COMPRESSIONS[suffix](file, "rb") as plain:
        _require_content(file)
        return io.BytesIO(plain.read()) if isinstance(file, io.BytesIO) else _copied(plain)


def _require_content(file: IO[bytes]) -> None:
    """Refuse an empty file, which `gzip` alone takes for compressed nothing."""
    if not file.read(1):
        raise EOFError("it is empty")
    file.seek(0)


def _copied(source: IO[bytes]) -> IO[bytes]:
    """Return a temporary file with the rest of a large content."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        shutil.copyfileobj(source, copy, 1 << 20)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _compressing(file: IO[bytes], place: StoragePath) -> AbstractContextManager[IO[bytes]]:
    """Return a file that compresses into another, or the file itself; closing it leaves the other open."""
    if not is_compressed(place):
        return contextlib.nullcontext(file)
    return cast("AbstractContextManager[IO[bytes]]", _COMPRESSIONS[place.suffix.lower()](file, "wb"))
