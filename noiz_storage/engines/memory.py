"""Memory: the objects live in fsspec's own memory store of this process, so fsspec reads what the layer wrote.

Below fsspec's calls, because its files are visible while they are written and its names are normalised: an object is
one entry of the store, put there whole under a lock.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

from ..errors import AlreadyExistsError, NotFoundError, RangeError, StorageError, VersionChangedError
from . import Body, Connection, Download, Engine, NotModified, Page, Span, Stat, Traits

_LOCK = threading.RLock()
_VERSIONS = itertools.count(1)
PAGE = 1000


class MemoryEngine(Engine):
    """Objects in this process's memory; other processes do not see them."""

    traits = Traits(needs_probe=False)

    def __init__(self, connection: Connection) -> None:
        self._place = f"/{connection.base.root}/" if connection.base.root else "/"
        self._store: dict[str, Any] = MemoryFileSystem.store

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Read from the entry as it is now; later writes replace it and do not reach this read."""
        with _LOCK:
            file = self._find(key)
            stat, body = _describe(file), file.getvalue()
        if if_version not in (None, stat.version):
            raise VersionChangedError("the object changed while it was read", self._uri(key))
        if unless_version == stat.version:
            raise NotModified
        if span and span[0] >= len(body):
            raise RangeError(f"the range starts at {span[0]} of {len(body)} bytes", self._uri(key))
        part = body[slice(*span)] if span else body
        return Download(stat, len(part), iter([part]))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Put a new entry in the store under the lock."""
        if not isinstance(body, bytes):
            body.seek(0)
            body = body.read()
        file = MemoryFile(None, self._place + key, body)
        file.noiz_version = f"m{next(_VERSIONS)}"
        file.noiz_metadata = dict(metadata or {})
        with _LOCK:
            if if_absent and self._place + key in self._store:
                raise AlreadyExistsError("the name is taken", self._uri(key))
            if if_version is not None and _describe(self._find(key)).version != if_version:
                raise VersionChangedError("the object is not the expected version", self._uri(key))
            self._store[self._place + key] = file
        return str(file.noiz_version)

    def stat(self, key: str) -> Stat:
        """Look at the entry."""
        with _LOCK:
            return _describe(self._find(key))

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """List in pages, as a server does."""
        with _LOCK:
            names = [name[len(self._place) :] for name in self._store if name.startswith(self._place + prefix)]
        entries = sorted({_fold(name, prefix) for name in names} if one_level else {(n, False) for n in names})
        rest = [entry for entry in entries if after is None or entry[0] > after]
        page = rest[: limit or PAGE]
        keys = [name for name, is_prefix in page if not is_prefix]
        return Page(
            [name for name in keys if not self._is_marker(name)],
            [name for name, is_prefix in page if is_prefix],
            page[-1][0] if len(rest) > len(page) else None,
            [name for name in keys if self._is_marker(name)],
        )

    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        """Drop the entries."""
        with _LOCK:
            for key in keys:
                self._store.pop(self._place + key, None)
        return {}

    def copy(self, source: str, target: str) -> bool:
        """Put the same bytes under a second name."""
        with _LOCK:
            file = self._find(source)
            self.put(target, file.getvalue(), metadata=_describe(file).metadata)
        return True

    def check_root(self) -> None:
        """Memory needs no bucket."""

    def _find(self, key: str) -> Any:
        try:
            return self._store[self._place + key]
        except KeyError as error:
            raise NotFoundError("no such object", self._uri(key)) from error

    def _is_marker(self, key: str) -> bool:
        """Say whether an entry, which may be gone by now, only shows a directory: an empty one with a final slash."""
        file = self._store.get(self._place + key)
        return key.endswith("/") and not (file and file.getbuffer().nbytes)

    def _uri(self, key: str) -> str:
        return f"memory:/{self._place}{key}"


def _describe(file: Any) -> Stat:
    """Describe an entry, one that fsspec itself wrote included."""
    modified: datetime = file.modified.replace(tzinfo=timezone.utc)
    version = getattr(file, "noiz_version", None) or f"{modified.timestamp()}-{id(file)}"
    return Stat(len(file.getbuffer()), version, modified, getattr(file, "noiz_metadata", {}))


def _fold(name: str, prefix: str) -> tuple[str, bool]:
    """Return the entry one level below `prefix` that a name belongs to, and whether it is a prefix."""
    head, slash, _ = name[len(prefix) :].partition("/")
    return prefix + head, bool(slash)
