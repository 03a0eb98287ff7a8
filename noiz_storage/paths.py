"""The type of every path that a helper returns."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Any

from .uri import URI, as_text, check_key

if TYPE_CHECKING:
    from .operations import NoizFileSystem


class StoragePath(str):
    """The URI of one name in a storage: a `str` that knows where it lives.

    It has no `__fspath__` on purpose: a function that only knows local files fails loudly instead of writing `./s3:/…`.
    `NoizFileSystem.local_path` lends a real file to such functions.
    """

    __slots__ = ("_filesystem", "_uri")
    _filesystem: NoizFileSystem
    _uri: URI

    def __new__(cls, uri: URI, filesystem: NoizFileSystem) -> StoragePath:
        path = super().__new__(cls, str(uri))
        path._uri = uri
        path._filesystem = filesystem
        return path

    def __reduce__(self) -> tuple[Any, ...]:
        return StoragePath, (self._uri, self._filesystem)

    def __repr__(self) -> str:
        return f"StoragePath({str(self)!r})"

    def __truediv__(self, name: str | os.PathLike[str]) -> StoragePath:
        """Return the path one or more levels below; InvalidNameError for a name that the layer refuses."""
        return self._with_key(posixpath.join(self._uri.key, check_key(as_text(name), base=self._uri.key)))

    @property
    def uri(self) -> URI:
        """The address, taken apart."""
        return self._uri

    @property
    def filesystem(self) -> NoizFileSystem:
        """The storage that the path lies in."""
        return self._filesystem

    @property
    def key(self) -> str:
        """The name relative to the storage's base; empty for the base itself."""
        return self._filesystem.base.key_below(self._uri) or ""

    @property
    def name(self) -> str:
        """The last segment."""
        return posixpath.basename(self._uri.key)

    @property
    def suffix(self) -> str:
        """The last segment's ending with its dot, as in `pathlib`."""
        stem, dot, ending = self.name.rpartition(".")
        return dot + ending if stem and ending else ""

    @property
    def stem(self) -> str:
        """The last segment without its suffix."""
        return self.name[: len(self.name) - len(self.suffix)]

    @property
    def parent(self) -> StoragePath:
        """The path one level above; the base's parent is the base."""
        return self._with_key(posixpath.dirname(self._uri.key)) if self.key else self

    def with_name(self, name: str) -> StoragePath:
        """Return the path with another last segment."""
        return self.parent / name

    def exists(self) -> bool:
        """Say whether there is an object of this name. Cost: 1 head."""
        return self._filesystem.exists(self)

    def _with_key(self, key: str) -> StoragePath:
        return StoragePath(self._uri.with_key(key), self._filesystem)
