"""Real local files for programs that know nothing else."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import NotFoundError
from .uri import URI

if TYPE_CHECKING:
    from .operations import NoizFileSystem


@contextlib.contextmanager
def lend(filesystem: NoizFileSystem, key: str, mode: str) -> Iterator[Path]:
    """Lend the file of a whole key; see `NoizFileSystem.local_path`."""
    if mode not in ("r", "w", "r+"):
        raise ValueError(f"mode {mode!r} is not known; use 'r', 'w' or 'r+'")
    path = filesystem.base.with_key(key)
    if mode == "r" and path.scheme == "file":
        filesystem.stat(str(path))
        yield Path("/" + key)
        return
    with tempfile.TemporaryDirectory(prefix="noiz-") as directory:
        lent = Path(directory, key.rpartition("/")[2])
        if mode == "r":
            _fetch(filesystem, path, lent)
            yield lent
            return
        # Opened first: a storage that cannot be written refuses before anybody has worked on the file.
        with filesystem.open(str(path), "wb") as target:
            if mode == "r+":
                _fetch(filesystem, path, lent)
            yield lent
            if not lent.exists():
                raise NotFoundError("nothing was written to the lent file, so nothing is published", str(path))
            with lent.open("rb") as file:
                shutil.copyfileobj(file, target)


def _fetch(filesystem: NoizFileSystem, path: URI, lent: Path) -> None:
    with filesystem.open(str(path)) as source, lent.open("wb") as copy:
        shutil.copyfileobj(source, copy)
