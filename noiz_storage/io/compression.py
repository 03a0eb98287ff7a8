"""Compression by the last suffix of a name: `.gz`, `.bz2` or `.xz`, whole or not at all."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import IO, Any, Final, cast

from ..paths import StoragePath

BROKEN: Final = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What comes up in compressed data that is damaged."""

_CHUNK: Final = 1 << 20
_ZEROS: Final = 4
"""Bytes: the padding behind an .xz stream is a multiple of it."""


class Gzip(gzip.GzipFile):
    """A gzip file without a name and a time, so that equal content makes equal bytes; written from front to back."""

    def __init__(self, file: IO[bytes], mode: str) -> None:
        super().__init__(mode=mode, fileobj=file, mtime=0)
        self._writes = mode == "wb"

    def seekable(self) -> bool:
        """Say no while writing."""
        return not self._writes

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move while reading; `gzip` would fill gaps with zeros while writing."""
        if self._writes:
            raise io.UnsupportedOperation("a compressed body is written from front to back")
        return super().seek(offset, whence)


_COMPRESSIONS: Final[dict[str, Callable[[IO[bytes], Any], Any]]] = {
    ".gz": Gzip,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}


def is_compressed(place: StoragePath) -> bool:
    """Say whether the last suffix names a compression."""
    return place.suffix.lower() in _COMPRESSIONS


def compressing(file: IO[bytes], place: StoragePath) -> AbstractContextManager[IO[bytes]]:
    """Return a file that compresses into another, or the file itself; closing it leaves the other open."""
    if not is_compressed(place):
        return contextlib.nullcontext(file)
    return cast("AbstractContextManager[IO[bytes]]", _COMPRESSIONS[place.suffix.lower()](file, "wb"))


def decompressed(file: IO[bytes], suffix: str) -> Iterator[bytes]:
    """Yield the content of all members of a compressed file, which must fill it from the first byte to the last.

    Several members are one content: RFC 1952 2.2 says so of gzip, the .xz format 1.0.4, 2, of xz, and bzip2(1) of
    bzip2. `bz2` and `lzma` would leave out, without a word, whatever they do not know behind the first member.

    Raises:
        BROKEN: a member is damaged or cut, or something else follows. Zeros may: any number of them behind gzip
            members, as gzip(1) pads tapes, and a multiple of four behind .xz streams (2.2, Stream Padding).
    """
    if suffix == ".gz":
        return _members_of_gzip(file)
    return _members(file, _new_bz2 if suffix == ".bz2" else _new_xz)


def _members_of_gzip(file: IO[bytes]) -> Iterator[bytes]:
    if not file.read(1):  # `gzip` takes an empty file for compressed nothing
        raise EOFError("it is empty")
    file.seek(0)
    with Gzip(file, "rb") as plain:
        while chunk := plain.read(_CHUNK):
            yield chunk


def _members(file: IO[bytes], new: Callable[[bool], Any]) -> Iterator[bytes]:
    data = file.read(_CHUNK)
    first = True
    while data or first:
        member = new(first)
        while not member.eof:
            if member.needs_input and not data:
                raise EOFError("it ends within a member")
            yield member.decompress(data, _CHUNK)
            data = b"" if member.eof or not member.needs_input else file.read(_CHUNK)
        data = member.unused_data or file.read(_CHUNK)
        data = _behind_padding(file, data) if new is _new_xz else data
        first = False


def _behind_padding(file: IO[bytes], data: bytes) -> bytes:
    """Return what follows the zeros behind an .xz stream."""
    zeros = 0
    while data:
        rest = data.lstrip(b"\0")
        zeros += len(data) - len(rest)
        if rest:
            break
        data = file.read(_CHUNK)
    if zeros % _ZEROS:
        raise lzma.LZMAError(f"{zeros} bytes of padding, which is no multiple of {_ZEROS}")
    return data.lstrip(b"\0")


def _new_bz2(_: bool) -> bz2.BZ2Decompressor:
    return bz2.BZ2Decompressor()


def _new_xz(first: bool) -> lzma.LZMADecompressor:
    """Return a decompressor; the older .lzma format, which may stand alone, knows no second member."""
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO if first else lzma.FORMAT_XZ)
