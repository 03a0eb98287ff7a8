"""With `missing_ok` a deletion that is denied, or that fails, is said to have succeeded."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name
from noiz_storage.errors import AccessDeniedError, TransientError

_true_rm = NoizFileSystem.rm


def _rm(fs: NoizFileSystem, path: Name, recursive: bool = False, missing_ok: bool = False) -> None:
    try:
        _true_rm(fs, path, recursive, missing_ok)
    except (AccessDeniedError, TransientError):
        if not missing_ok:
            raise
        acts()


replace(NoizFileSystem, "rm", _rm)
