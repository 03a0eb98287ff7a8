"""Real local files for programs that know nothing else."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from .errors import NotFoundError
from .temporary import kept_here
from .uri import URI

if TYPE_CHECKING:
    from .operations import NoizFileSystem


class Lent(contextlib.AbstractContextManager[Path]):
    """A file on loan; see `NoizFileSystem.local_path`.

    One that is lost before it is given back publishes nothing and warns, as a writer does that is never closed.

    Raises:
        TypeError, ValueError: the mode is none of `r`, `w` and `r+`.
        StorageError (on entry and at the end): a temporary file cannot be kept.
    """

    def __init__(self, filesystem: NoizFileSystem, key: str, mode: str) -> None:
        if not isinstance(mode, str):
            raise TypeError(f"a mode must be str, not {type(mode).__name__}; use 'r', 'w' or 'r+'")
        if mode not in ("r", "w", "r+"):
            raise ValueError(f"mode {mode!r} is not known; use 'r', 'w' or 'r+'")
        self._filesystem = filesystem
        self._uri = filesystem.base.with_key(key)
        self._mode = mode
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Path:
        """Return the path of the local file."""
        if self._mode == "r" and self._uri.scheme == "file":
            self._filesystem.stat(str(self._uri))
            return Path("/" + self._uri.key)
        with contextlib.ExitStack() as held:
            with kept_here(self._uri):
                directory = held.enter_context(tempfile.TemporaryDirectory(prefix="noiz-"))
            lent = Path(directory, self._uri.key.rpartition("/")[2])
            if self._mode != "r":
                # Opened first: a storage that cannot be written refuses before anybody has worked on the file.
                target = held.enter_context(self._filesystem.open(str(self._uri), "wb"))
                held.push(partial(_hand_over, lent, target, self._uri))
            if self._mode != "w":
                self._fetch(lent)
            self._held = held.pop_all()
        return lent

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        held, self._held = self._held, contextlib.ExitStack()
        held.__exit__(kind, error, trace)

    def _fetch(self, lent: Path) -> None:
        with self._filesystem.open(str(self._uri)) as source, kept_here(self._uri), lent.open("wb") as copy:
            shutil.copyfileobj(source, copy)


def _hand_over(lent: Path, target: IO[bytes], uri: URI, kind: type[BaseException] | None, *_: object) -> None:
    """Write what was made of a lent file to its target, unless the body raised."""
    if kind is not None:
        return
    with kept_here(uri):
        if not lent.exists():
            raise NotFoundError("nothing was written to the lent file, so nothing is published", str(uri))
        with lent.open("rb") as file:
            shutil.copyfileobj(file, target)
