"""The deletion of what is not there is said to have succeeded."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name
from noiz_storage.errors import NotFoundError

_true_rm = NoizFileSystem.rm


def _rm(fs: NoizFileSystem, path: Name, recursive: bool = False, missing_ok: bool = False) -> None:
    try:
        _true_rm(fs, path, recursive, missing_ok)
    except NotFoundError:
        acts()


replace(NoizFileSystem, "rm", _rm)
