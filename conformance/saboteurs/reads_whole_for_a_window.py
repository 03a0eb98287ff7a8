"""A window of an object is cut out of the whole."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name
from noiz_storage.errors import RangeError


def _read(fs: NoizFileSystem, path: Name, offset: int = 0, length: int | None = None) -> bytes:
    acts()
    with fs.open(path) as file:
        file.seek(offset)
        window: bytes = file.read(-1 if length is None else length)
    if offset and not window:
        raise RangeError("the range starts past the end", str(path))
    return window


replace(NoizFileSystem, "read", _read)
