"""A local disk: whole files put in place by one rename, or by one link where the name must be free.

Below fsspec's calls, because its files are visible while they are written. A temporary name
(`noiz_storage.uri.TEMPORARY`) exists beside the target while bytes are copied; no listing shows it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat as modes
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, NoReturn

from .. import errors
from ..uri import TEMPORARY
from . import READ_SIZE, Body, Connection, Download, Engine, NotModified, Page, Span, Stat, Traits, started

_CLASSES: dict[int, type[errors.StorageError]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EACCES: errors.AccessDeniedError,
    errno.EPERM: errors.AccessDeniedError,
    errno.EROFS: errors.AccessDeniedError,
    errno.EISDIR: errors.DirectoryError,
    errno.ENOTEMPTY: errors.DirectoryError,
    errno.ENOTDIR: errors.ParentIsObjectError,
    errno.ENAMETOOLONG: errors.InvalidNameError,
}


class LocalEngine(Engine):
    """Files below a directory, which the first write creates."""

    traits = Traits(needs_probe=False)

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
        with _translated(path, reading=True):
            file = path.open("rb", buffering=0)
        try:
            stat = _describe(os.fstat(file.fileno()), path)
            start, stop = _bounds(span, stat.size, path)
            if if_version not in (None, stat.version):
                raise errors.VersionChangedError("the file changed while it was read", path.as_uri())
            if unless_version == stat.version:
                raise NotModified
        except BaseException:
            file.close()
            raise
        return Download(stat, stop - start, started(_chunks(file, start, stop)))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write beside the target, flush to the disk, then link or rename."""
        if if_version is not None:
            raise errors.UnsupportedError("a disk cannot overwrite conditionally", _path(key).as_uri())
        path = _path(key)
        with _translated(path):
            temporary, version = self._write_beside(path, body)
            try:
                if if_absent:
                    _link(temporary, path)
                else:
                    temporary.replace(path)
                return version
            finally:
                temporary.unlink(missing_ok=True)

    def stat(self, key: str) -> Stat:
        """Ask the disk."""
        path = _path(key)
        with _translated(path, reading=True):
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
        """List everything as one page; a directory counts when a file lies somewhere below it."""
        parent, _, stem = prefix.rpartition("/")
        keys: list[str] = []
        prefixes: list[str] = []
        for entry in _entries(_path(parent)):
            name = f"{parent}/{entry.name}" if parent else entry.name
            if not entry.name.startswith(stem):
                continue
            if not entry.is_dir(follow_symlinks=follow):
                keys.append(name)
            elif one_level:
                prefixes.extend([name] if _holds_file(Path(entry.path)) else [])
            else:
                keys.extend(_files_below(name, follow))
        return Page(sorted(keys), sorted(prefixes))

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """Unlink the files, and the directories that this leaves empty."""
        stayed: dict[str, errors.StorageError] = {}
        for key in keys:
            path = _path(key)
            try:
                with contextlib.suppress(errors.NotFoundError), _translated(path, reading=True):
                    _unlink(path)
                    self._prune(path.parent)
            except errors.StorageError as error:
                if len(keys) == 1:
                    raise
                stayed[key] = error
        return stayed

    def copy(self, source: str, target: str) -> bool:
        """Write the source's bytes as a new file."""
        path = _path(source)
        with _translated(path, reading=True):
            file = path.open("rb")
        with file:
            self.put(target, file)
        return True

    def check_root(self) -> None:
        """A missing directory is an empty storage: the first write creates it."""

    def make_directory(self, key: str, exist_ok: bool) -> None:
        """Make the directory and its parents."""
        path = _path(key)
        with _translated(path):
            path.mkdir(parents=True, exist_ok=exist_ok)

    def _write_beside(self, path: Path, body: Body) -> tuple[Path, str]:
        """Return where the bytes are and their version, which moving the file keeps."""
        temporary = path.parent / f".noiz-partial-{uuid.uuid4().hex}"
        file = self._create(temporary)
        try:
            with file:
                if isinstance(body, bytes):
                    file.write(body)
                else:
                    body.seek(0)
                    shutil.copyfileobj(body, file, READ_SIZE)
                file.flush()
                os.fsync(file.fileno())
                version = _describe(os.fstat(file.fileno()), path).version
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return temporary, version

    def _create(self, path: Path) -> BinaryIO:
        """Create a file and its parents, again when a deletion elsewhere prunes them in between."""
        for _ in range(100):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                return path.open("xb")
            except FileNotFoundError:
                continue
            except FileExistsError as error:
                if not os.path.lexists(error.filename) or os.path.isdir(error.filename):
                    continue
                raise NotADirectoryError(errno.ENOTDIR, "a parent of the name is a file") from error
        return path.open("xb")

    def _prune(self, directory: Path) -> None:
        """Remove directories up to the base that hold nothing any more."""
        while directory != self._top and self._top in directory.parents:
            try:
                directory.rmdir()
            except OSError:
                return
            directory = directory.parent


@contextlib.contextmanager
def _translated(path: Path, *, reading: bool = False) -> Iterator[None]:
    """Raise the layer's error for the disk's; when reading, a directory or a file as parent is just no object."""
    try:
        yield
    except errors.StorageError:
        raise
    except OSError as error:
        _fail(error, path, reading)


def _fail(error: OSError, path: Path, reading: bool) -> NoReturn:
    kind = _CLASSES.get(error.errno or 0, errors.StorageError)
    if reading and error.errno in (errno.ENOTDIR, errno.EISDIR):
        kind = errors.NotFoundError
    # A full disk, a quota, too many open files: what has no class of its own keeps the disk's number.
    code = error.errno if kind is errors.StorageError else None
    raise kind((error.strerror or str(error)).lower(), path.as_uri(), code) from error


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, which must be free."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno == errno.EEXIST and target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a directory", str(target)) from error
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        reason = "this disk has no hard links, without which no exclusive create is safe there; use mode 'w'"
        raise errors.UnsupportedError(reason, target.as_uri()) from error


def _path(key: str) -> Path:
    return Path("/" + key)


def _describe(found: os.stat_result, path: Path) -> Stat:
    if modes.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path))
    return Stat(
        found.st_size,
        f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}",
        datetime.fromtimestamp(found.st_mtime, timezone.utc),
    )


def _bounds(span: Span | None, size: int, path: Path) -> tuple[int, int]:
    """Return where a read starts and stops in a file of `size` bytes."""
    if span is None:
        return 0, size
    if span[0] >= size:
        raise errors.RangeError(f"the range starts at {span[0]} of {size} bytes", path.as_uri())
    return span[0], size if span[1] is None else min(span[1], size)


def _chunks(file: BinaryIO, start: int, stop: int) -> Generator[bytes, None, None]:
    with file:
        yield b""
        file.seek(start)
        while start < stop and (chunk := file.read(min(READ_SIZE, stop - start))):
            start += len(chunk)
            yield chunk


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what a directory holds, unfinished files aside; nothing where there is no directory."""
    try:
        scan = os.scandir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        _fail(error, directory, reading=True)
    with scan:
        yield from (entry for entry in scan if not TEMPORARY.fullmatch(entry.name))


def _files_below(key: str, follow: bool = True, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the keys of all files below a directory; a link back to a directory above is not followed."""
    here = os.path.realpath(_path(key))
    if here in above:
        return
    for entry in _entries(_path(key)):
        if entry.is_dir(follow_symlinks=follow):
            yield from _files_below(f"{key}/{entry.name}", follow, above | {here})
        else:
            yield f"{key}/{entry.name}"


def _holds_file(directory: Path) -> bool:
    return next(_files_below(str(directory)[1:]), None) is not None


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except PermissionError:
        if not path.is_dir():
            raise
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path)) from None
