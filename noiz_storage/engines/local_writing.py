"""How a file is put in place: written beside its target, flushed to the disk, then linked or renamed.

An overwrite goes where Python's `open` would write: through a link to the file that it leads to, which may lie outside
the base, as reads do. What is written is a new file of that name all the same: readers of the old one keep it, and so
does another name of it (a hard link). It takes the old one's permission bits, owner, group, access lists and `user.*`
attributes, the last four where this user may set them. It asks for the permission to write in the directory, not for
that of the file, as a deletion does.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat as modes
import uuid
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from .. import errors
from . import READ_SIZE, Body

NEW = 0o666
"""Permission bits of a new file, before the umask."""
_ACCESS_LIST = "system.posix_acl_access"
_TRIES = 100
"""How often a directory is made again that a deletion elsewhere prunes in between."""


class Target(NamedTuple):
    """Where a write goes, and what it replaces there."""

    path: Path
    replaced: os.stat_result | None = None


def target_of(path: Path) -> Target:
    """Return where an overwrite of this name goes.

    Raises:
        UnsupportedError: there is a pipe, a socket or a device.
        OSError: the name is a link that leads into no directory, or in a circle.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Target(_end_of(path))
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "the link leads in a circle", str(path)) from error
        raise
    if not (modes.S_ISREG(found.st_mode) or modes.S_ISDIR(found.st_mode)):
        reason = "there is a pipe, a socket or a device, and no file that could be replaced; use another name"
        raise errors.UnsupportedError(reason, path.as_uri())
    return Target(_end_of(path), found)


def _end_of(path: Path) -> Path:
    """Return what a link leads to; another name is its own end."""
    if not path.is_symlink():
        return path
    end = Path(os.path.realpath(path))
    if not end.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"the link leads below {end.parent}, which is not there", str(path))
    return end


def write_beside(target: Target, body: Body, mode: int = NEW) -> tuple[Path, os.stat_result]:
    """Return a new file beside the target that holds the body, and what the disk says of it."""
    temporary = target.path.parent / f".noiz-partial-{uuid.uuid4().hex}"
    with _create(temporary, 0o600 if target.replaced else mode) as file:
        try:
            if target.replaced:
                _take_after(file.fileno(), target.path, target.replaced)
            _fill(file, body)
            return temporary, os.fstat(file.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def link(source: Path, target: Path) -> None:
    """Give a file a second name, which must be free; whatever has it, a link to nothing too, holds it."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno == errno.EEXIST and os.path.isdir(target):
            raise IsADirectoryError(errno.EISDIR, "is a directory", str(target)) from error
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        reason = "this disk has no hard links, without which no exclusive create is safe there; use mode 'w'"
        raise errors.UnsupportedError(reason, target.as_uri()) from error


def check_different(source: Path, target: Path) -> None:
    """Raise where both names lead to one and the same place: a copy would be pointless, a move would lose the file."""
    try:
        one, other = source.stat(), target.stat()
    except OSError:
        return  # no target yet, or one that the write itself will complain of
    same = (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    # Two names of one file on a disk that tells capitals apart are hard links, and become two files.
    if same and (one.st_nlink == 1 or os.path.realpath(source) == os.path.realpath(target)):
        raise errors.StorageError("both names lead to the same file; nothing was done", target.as_uri(), errno.EINVAL)


def _fill(file: BinaryIO, body: Body) -> None:
    if isinstance(body, bytes):
        file.write(body)
    else:
        body.seek(0)
        shutil.copyfileobj(body, file, READ_SIZE)
    file.flush()
    os.fsync(file.fileno())


def _create(path: Path, mode: int) -> BinaryIO:
    """Create a file and its parents, again when a deletion elsewhere prunes them in between."""
    for left in reversed(range(_TRIES)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cast(BinaryIO, open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)))
        except FileNotFoundError:
            if not left:
                raise
        except FileExistsError as error:
            if left and (not os.path.lexists(error.filename) or os.path.isdir(error.filename)):
                continue
            raise NotADirectoryError(errno.ENOTDIR, "a parent of the name is a file") from error
    raise AssertionError("the last try returns or raises")


def _take_after(file: int, old: Path, found: os.stat_result) -> None:
    """Give an empty file what its content shall be guarded by."""
    mode = modes.S_IMODE(found.st_mode)
    _own(file, found)
    now, has_list = os.fstat(file), _copy_attributes(file, old)
    if (now.st_uid, now.st_gid) != (found.st_uid, found.st_gid):
        mode &= 0o777  # else the bits that lend an identity would lend this user's
    if now.st_gid != found.st_gid or not has_list:
        mode &= ~0o070 | (mode & 0o007) << 3  # another group, or one without its list, may do no more than others
    if modes.S_IMODE(os.fstat(file).st_mode) != mode:
        with contextlib.suppress(OSError):  # a disk that has no modes
            os.fchmod(file, mode)


def _own(file: int, found: os.stat_result) -> None:
    """Give a file owner and group, or the group alone, as far as that is permitted, and such an owner is known here."""
    for owner in (found.st_uid, -1):
        with contextlib.suppress(OSError):
            now = os.fstat(file)
            if (now.st_uid, now.st_gid) != (found.st_uid, found.st_gid):
                os.fchown(file, owner, found.st_gid)
            return


def _copy_attributes(file: int, old: Path) -> bool:
    """Copy access list and `user.*`, each as far as that is permitted, and say whether the lists are alike now."""
    if not hasattr(os, "listxattr"):
        return True
    names: list[str] = []
    with contextlib.suppress(OSError):  # a disk that has none
        names = os.listxattr(old)
    for name in names:
        if name.startswith("user."):
            with contextlib.suppress(OSError):
                os.setxattr(file, name, os.getxattr(old, name))
    try:
        if _ACCESS_LIST in names:
            os.setxattr(file, _ACCESS_LIST, os.getxattr(old, _ACCESS_LIST))
        elif _ACCESS_LIST in os.listxattr(file):  # inherited from the directory
            os.removexattr(file, _ACCESS_LIST)
    except OSError:
        return _ACCESS_LIST not in names
    return True
