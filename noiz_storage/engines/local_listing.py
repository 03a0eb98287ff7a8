"""The files below a directory: which names are objects, and what becomes of those that cannot be looked at.

What leads nowhere is no object: a link whose target is missing, a file's child or the link itself, and what is no file,
a pipe, a socket or a device. What may not be looked into, a directory or a link, is left out of the listing of what
lies above it, with one warning that names it, as `find` and rclone do: one `lost+found` must not hide everything else.
The directory that was asked for is denied. A disk that fails (EIO, a mount that is gone) is an error: nobody can tell
what is missing then.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from .. import errors
from ..uri import TEMPORARY
from . import Page
from .local_errors import DENIED, NOWHERE, translated

_MOST_NAMES = 10
"""Names that one warning tells."""
_Place = tuple[int, int] | None
"""What tells one directory from every other, whichever way leads to it."""
_log = logging.getLogger(__name__)


def page(prefix: str, *, one_level: bool, follow: bool) -> Page:
    """List everything as one page; a directory counts when a file lies somewhere below it.

    Without `follow`, links and all else that holds a name are names themselves, and so are directories that may not be
    entered: for deletions and for questions about free names.

    Raises:
        AccessDeniedError: the directory that was asked for may not be looked into.
    """
    parent, _, stem = prefix.rpartition("/")
    if not (follow or stem) and os.path.islink("/" + parent):
        return Page([])  # what lies behind a link is not below it, for those who look at links themselves
    walk = _Walk(follow)
    keys: list[str] = []
    prefixes: list[str] = []
    for name, is_directory in walk.entries(parent, stem):
        if not is_directory:
            keys.append(name)
        elif one_level:
            prefixes.extend([name] if next(walk.below(name), None) else [])
        else:
            keys.extend(walk.below(name))
    walk.warn()
    return Page(sorted(keys), sorted(prefixes))


class _Walk:
    """One listing, and what it may not look into."""

    def __init__(self, follow: bool) -> None:
        self._follow = follow
        self._unseen: list[str] = []

    def entries(self, key: str, stem: str = "") -> Iterator[tuple[str, bool]]:
        """Yield what a directory holds, and whether each is a directory; nothing where there is no directory."""
        directory = Path("/" + key)
        try:
            with translated(directory, reading=True), os.scandir(directory) as scan:
                for entry in scan:
                    kind = None if TEMPORARY.fullmatch(entry.name) else self._kind(entry)
                    if kind is not None and entry.name.startswith(stem):
                        yield f"{key}/{entry.name}" if key else entry.name, kind
        except errors.NotFoundError:
            return

    def below(self, key: str) -> Iterator[str]:
        """Yield the keys of all files below a directory; a link back to a directory above is not followed.

        Without recursion: directories may lie deeper than Python calls functions.
        """
        pending: list[tuple[str, frozenset[_Place]]] = [(key, frozenset())]
        while pending:
            here, above = pending.pop()
            place = _place("/" + here)
            if place and place in above:
                continue
            try:
                for name, is_directory in self.entries(here):
                    if is_directory:
                        pending.append((name, above | {place}))
                    else:
                        yield name
            except errors.AccessDeniedError:
                if not self._follow:
                    yield here
                self._unseen.append("/" + here)

    def warn(self) -> None:
        """Say once what is left out."""
        if self._unseen and self._follow:
            more = f" and {len(self._unseen) - _MOST_NAMES} more" if len(self._unseen) > _MOST_NAMES else ""
            told = ", ".join(map(repr, self._unseen[:_MOST_NAMES])) + more
            _log.warning("left out of a listing, for this user may not look into them: %s", told)

    def _kind(self, entry: os.DirEntry[str]) -> bool | None:
        """Say whether an entry is a directory; None for what is no object, or gone, or may not be looked at."""
        try:
            if entry.is_dir(follow_symlinks=self._follow):
                return True
            return False if not self._follow or entry.is_file() else None
        except OSError as error:
            if error.errno in DENIED:
                self._unseen.append(entry.path)
            elif error.errno not in {*NOWHERE, errno.ESTALE}:
                raise
        return None


def _place(directory: str) -> _Place:
    """Return device and inode of a directory; None where they are not told, which its listing will tell why."""
    try:
        found = os.stat(directory)
    except OSError:
        return None
    return found.st_dev, found.st_ino
