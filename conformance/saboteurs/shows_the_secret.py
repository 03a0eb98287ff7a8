"""The representation of a file system shows its credentials."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem


def _repr(fs: NoizFileSystem) -> str:
    acts()
    return f"NoizFileSystem({fs.base_uri!r}, {dict(fs.storage.credentials)})"


replace(NoizFileSystem, "__repr__", _repr)
