"""A name that objects lie below is said to be an object too."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name

_true_exists = NoizFileSystem.exists


def _exists(fs: NoizFileSystem, path: Name) -> bool:
    return changed(_true_exists(fs, path), _true_exists(fs, path) or fs.isdir(path))


replace(NoizFileSystem, "exists", _exists)
