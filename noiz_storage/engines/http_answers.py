"""What the answers of a web server say of an object, and its bytes as the engine hands them on."""

from __future__ import annotations

import contextlib
import email.utils
import io
import re
import tempfile
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import cast

import aiohttp

from .. import errors
from . import READ_SIZE, Download, Stat

_OWN_CODING = {
    "gzip": (".gz", ".tgz", ".svgz"),
    "bzip2": (".bz2",),
    "compress": (".Z",),
    "xz": (".xz",),
    "zstd": (".zst",),
}
"""Content codings by which servers describe a file that is stored compressed, and how such a file's name ends."""
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


UNKNOWN = -1
"""The size that `described` gives a body of which the headers tell none; no caller of the engine sees it."""


def described(answer: aiohttp.ClientResponse, key: str) -> Stat:
    """Return what the headers say."""
    _refuse_coding(answer.headers.get("Content-Encoding", ""), key)
    tag, modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
    size = _size(answer)
    weak = " ".join(word for word in (tag, modified, "" if size == UNKNOWN else str(size)) if word)
    return Stat(size, strong(tag) or (weak if tag or modified else ""), _time(modified))


def _size(answer: aiohttp.ClientResponse) -> int:
    if answer.status == 206:
        match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if not match:
            raise errors.CorruptedError("the server sent a range and does not say which, of how many bytes")
        return int(match[3])
    length = answer.headers.get("Content-Length")
    if (
        length is None
        and answer.method == "GET"
        and "chunked" not in answer.headers.get("Transfer-Encoding", "").lower()
    ):
        raise errors.UnsupportedError("the server tells no length; a body cut short could not be told from a whole one")
    return UNKNOWN if length is None else int(length)


def place(answer: aiohttp.ClientResponse, size: int) -> tuple[int, int]:
    """Return where in the object the body begins and ends (bytes); a server may ignore the range that was asked for."""
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", "")) if answer.status == 206 else None
    start, stop = (int(match[1]), int(match[2]) + 1) if match else (0, size)
    length = int(answer.headers.get("Content-Length", stop - start))
    if length != stop - start:
        raise errors.CorruptedError(f"the server sent {length} bytes and calls them bytes {start} to {stop} of {size}")
    return start, stop


def _refuse_coding(coding: str, key: str) -> None:
    """Refuse a body that the server compressed on its way, though it was asked not to.

    A file that is stored compressed may be described by the same header; its bytes are the object's.
    """
    plain = coding.lower().removeprefix("x-")
    if plain not in ("", "identity") and not key.endswith(_OWN_CODING.get(plain, ())):
        reason = f"the server compresses it ({coding}) though it was asked not to; switch that off for these files"
        raise errors.UnsupportedError(reason)


def strong(version: str | None) -> str | None:
    """Return a version that is a strong ETag, the only one that requests can be pinned by; None for another."""
    return version if version and version.startswith('"') else None


def tag_of(version: str | None) -> str | None:
    """Return the ETag in a version, a weak one too, which is enough to ask whether an object has changed.

    Not the time of a version without one: it tells seconds, and an object of another size may be as old.

    Source: RFC 9110, 13.1.2 (the comparison of If-None-Match is the weak one).
    """
    found = _TAG.match(version or "")
    return found[0] if found else None


def can_pin(answer: aiohttp.ClientResponse, stat: Stat) -> bool:
    """Say whether the rest can be asked for later, of this version."""
    has_ranges = answer.status == 206 or answer.headers.get("Accept-Ranges", "").lower() == "bytes"
    return has_ranges and strong(stat.version) is not None


def _time(text: str) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def window(chunks: Iterator[bytes], skip: int, length: int) -> Generator[bytes, None, None]:
    """Yield `length` bytes of a body from `skip` on, and leave the rest on the wire."""
    try:
        yield b""
        for chunk in chunks:
            part = chunk[skip : skip + length]
            skip, length = max(0, skip - len(chunk)), length - len(part)
            if part:
                yield part
            if not length:
                return
    finally:
        cast("Generator[bytes, None, None]", chunks).close()


def kept(stat: Stat, chunks: Iterator[bytes]) -> Download:
    """Take a body into a local file before any of it is handed on."""
    with _disk_errors():
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it is handed on
    try:
        buffer = io.BufferedWriter(file, READ_SIZE)
        for chunk in chunks:
            with _disk_errors():
                buffer.write(chunk)
        with _disk_errors():
            buffer.detach()
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    return Download(stat, size, _blocks(file), file)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Keep what the local disk refuses apart from what the server does."""
    try:
        yield
    except OSError as error:
        reason = f"the body cannot be kept in a temporary file ({error.strerror}); mend the disk, or set TMPDIR"
        raise errors.StorageError(reason, code=error.errno) from error


def _blocks(file: io.FileIO) -> Iterator[bytes]:
    """Yield what a file holds, and close it; nothing is done before the first block is asked for."""
    with file:
        while block := file.read(READ_SIZE):
            yield block
