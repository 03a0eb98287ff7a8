"""What a disk says of what went wrong, in the layer's words."""

from __future__ import annotations

import contextlib
import errno
import os
import stat as modes
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from .. import errors

NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
"""What following a link comes to that leads to nothing: there is no object."""
DENIED = frozenset({errno.EACCES, errno.EPERM})
"""What looking comes to where one may not look."""

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


@contextlib.contextmanager
def translated(path: Path, *, reading: bool = False) -> Iterator[None]:
    """Raise the layer's error for the disk's.

    When reading, a directory, a file as parent or a link in a circle is just no object.
    """
    try:
        yield
    except errors.StorageError:
        raise
    except OSError as error:
        _fail(error, path, reading)


def _fail(error: OSError, path: Path, reading: bool) -> NoReturn:
    kind = _CLASSES.get(error.errno or 0, errors.StorageError)
    if reading and error.errno in (errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
        kind = errors.NotFoundError
    # A full disk, a quota, too many open files: what has no class of its own keeps the disk's number.
    code = error.errno if kind is errors.StorageError else None
    words = error.strerror or str(error)
    raise kind(words[:1].lower() + words[1:], path.as_uri(), code) from error


def check_file(found: os.stat_result, path: Path) -> None:
    """Raise what reading a directory, a pipe, a socket or a device comes to, none of which is an object.

    Raises:
        IsADirectoryError: it is a directory.
        NotFoundError: it is something else.
    """
    if modes.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path))
    if not modes.S_ISREG(found.st_mode):
        raise errors.NotFoundError("this is a pipe, a socket or a device and no file: no object", path.as_uri())
