"""A local disk: whole files put in place by one rename, or by one link where the name must be free.

Below fsspec's calls, because its files are visible while they are written. A temporary name
(`noiz_storage.uri.TEMPORARY`) exists beside the target while bytes are copied; no listing shows it.

An object is a file, or a link to one wherever it lies. Reads and overwrites go through links (`local_writing`), a
deletion takes the link alone, an exclusive create finds its name taken by whatever has it, and `local_listing` says
what becomes of links to nowhere, of directories that may not be entered, and of pipes, sockets and devices.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from .. import errors
from . import READ_SIZE, Body, Connection, Download, Engine, NotModified, Page, Span, Stat, Traits, started
from .bodies import bounds
from .local_errors import check_file, translated
from .local_listing import page
from .local_writing import NEW, Target, check_different, link, target_of, write_beside


class LocalEngine(Engine):
    """Files below a directory, which the first write creates."""

    traits = Traits(needs_probe=False, has_links=True)

    def __init__(self, connection: Connection) -> None:
        self._top = Path("/" + connection.base.key)

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Open the file; what replaces it later does not reach this read."""
        path = _path(key)
        file, found = _open(path)
        try:
            stat = _measured(file, found, path)
            start, stop = bounds(span, stat.size, path.as_uri())
            if if_version not in (None, stat.version):
                raise errors.VersionChangedError("the file changed while it was read", path.as_uri())
            if unless_version == stat.version:
                raise NotModified
        except BaseException:
            file.close()
            raise
        return Download(stat, stop - start, started(_chunks(file, start, stop, path)))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write beside the target, flush to the disk, then link or rename; an overwrite goes through a link."""
        if if_version is not None:
            raise errors.UnsupportedError("a disk cannot overwrite conditionally", _path(key).as_uri())
        return self._publish(_path(key), body, if_absent=if_absent)

    def stat(self, key: str) -> Stat:
        """Ask the disk."""
        path = _path(key)
        with translated(path, reading=True):
            return _describe(path.stat(), path)

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """List everything as one page; see `local_listing`."""
        return page(prefix, one_level=one_level, follow=follow)

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """Unlink the files, and the directories that this leaves empty."""
        stayed: dict[str, errors.StorageError] = {}
        for key in keys:
            path = _path(key)
            try:
                with contextlib.suppress(errors.NotFoundError), translated(path, reading=True):
                    _unlink(path)
                    self._prune(path.parent)
            except errors.StorageError as error:
                if len(keys) == 1:
                    raise
                stayed[key] = error
        return stayed

    def copy(self, source: str, target: str) -> bool:
        """Write the source's bytes, as a file no more open to others than the source where there is none yet.

        Raises:
            StorageError: both names lead to one file, which a move would lose.
        """
        path, goal = _path(source), _path(target)
        file, found = _open(path)
        with file:
            check_different(path, goal)
            self._publish(goal, file, mode=found.st_mode & 0o777)
        return True

    def check_root(self) -> None:
        """A missing directory is an empty storage: the first write creates it."""

    def make_directory(self, key: str, exist_ok: bool) -> None:
        """Make the directory and its parents."""
        path = _path(key)
        with translated(path):
            path.mkdir(parents=True, exist_ok=exist_ok)

    def _publish(self, path: Path, body: Body, *, if_absent: bool = False, mode: int = NEW) -> str:
        """Put a file in place and return its version, which moving it there keeps."""
        with translated(path):
            target = Target(path) if if_absent else target_of(path)
            temporary, found = write_beside(target, body, mode)
            try:
                if if_absent:
                    link(temporary, path)
                else:
                    temporary.replace(target.path)
                return _version(found)
            finally:
                temporary.unlink(missing_ok=True)

    def _prune(self, directory: Path) -> None:
        """Remove directories up to the base that hold nothing any more."""
        while directory != self._top and self._top in directory.parents:
            try:
                directory.rmdir()
            except OSError:
                return
            directory = directory.parent


def _path(key: str) -> Path:
    return Path("/" + key)


def _open(path: Path) -> tuple[BinaryIO, os.stat_result]:
    """Open a file; looked at first, for a pipe would be waited for, and a device may do anything when it is opened."""
    with translated(path, reading=True):
        check_file(path.stat(), path)
        file = path.open("rb", buffering=0)
        return file, os.fstat(file.fileno())


def _describe(found: os.stat_result, path: Path) -> Stat:
    check_file(found, path)
    return Stat(found.st_size, _version(found), _time(found.st_mtime))


def _version(found: os.stat_result) -> str:
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"


def _time(seconds: float) -> datetime | None:
    """Return a time of change; None where `datetime` has no such year, which is no reason not to read a file."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def _measured(file: BinaryIO, found: os.stat_result, path: Path) -> Stat:
    """Describe an open file; one that the disk calls empty is read, for those of the kernel (procfs) always are."""
    stat = _describe(found, path)
    if not stat.size:
        with translated(path, reading=True):
            stat = replace(stat, size=len(file.read()))
    return stat


def _chunks(file: BinaryIO, start: int, stop: int, path: Path) -> Generator[bytes, None, None]:
    with file, translated(path, reading=True):
        yield b""
        file.seek(start)
        while start < stop and (chunk := file.read(min(READ_SIZE, stop - start))):
            start += len(chunk)
            yield chunk
        if start < stop:
            raise errors.VersionChangedError(f"the file ends {stop - start} bytes too early", path.as_uri())


def _unlink(path: Path) -> None:
    """Remove a file or a link.

    Raises:
        IsADirectoryError: it is a directory, and so no object.
        PermissionError: this user may not remove it, or it is a directory that nobody can say the content of.
    """
    try:
        path.unlink()
    except (IsADirectoryError, PermissionError) as error:
        if path.is_symlink() or not os.path.isdir(path):
            raise
        os.scandir(path).close()
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path)) from error
