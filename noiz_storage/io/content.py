"""How every helper takes content in and gives it out: one whole read, one publication, compression by suffix.

A name that ends with `.gz`, `.bz2` or `.xz` is compressed; the suffix before it tells the format.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, cast

from ..addresses import Name
from ..arguments import check_flags
from ..errors import CorruptedError, StorageError
from ..filesystem import NoizFileSystem, locate
from ..paths import StoragePath
from ..streams import Writer
from .compression import BROKEN, compressing, decompressed, is_compressed

Where = NoizFileSystem | str | None
"""A storage: the filesystem itself, the name of a configured one, or None for the one that the path tells."""

_CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What this machine lacks, which says nothing of the content."""


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
    with fetched(place) as file, corrupted(place, kind, wrong, plainly and functools.partial(plainly, file)):
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
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
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
        TypeError: `overwrite` or `next_free` is no bool; nothing was sent.
    """
    check_flags(overwrite=overwrite)
    mode = "wb" if overwrite and not next_free else "xb"
    with place.filesystem.open(place, mode, next_free=next_free) as file, compressing(file, place) as plain:
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
    content.seek(0)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "content")
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        yield path


def fetched(place: StoragePath) -> IO[bytes]:
    """Return a seekable file with the whole content, decompressed; the storage is not asked again.

    It is in memory up to the storage's block size, else in a temporary file. The caller closes it.

    Cost: 1 read.
    """
    file = place.filesystem.open(place)
    if is_compressed(place):
        with file:
            return _decompressed(file, place)
    if isinstance(file, io.BytesIO):
        return file
    with file:
        return _copied(iter(functools.partial(file.read, _CHUNK), b""), place)


def _decompressed(file: IO[bytes], place: StoragePath) -> IO[bytes]:
    suffix = place.suffix.lower()
    with corrupted(place, f"{suffix} data", BROKEN):
        return _copied(decompressed(file, suffix), place)


def _copied(chunks: Iterable[bytes], place: StoragePath) -> IO[bytes]:
    """Return a file with all chunks: in memory while they are few."""
    copy: IO[bytes] = io.BytesIO()
    try:
        for chunk in chunks:
            if isinstance(copy, io.BytesIO) and copy.tell() + len(chunk) > place.filesystem.block_size:
                copy = _on_disk(copy)
            copy.write(chunk)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _on_disk(memory: io.BytesIO) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(memory.getbuffer())
    return cast(IO[bytes], file)
