"""A recursive delete takes every name that begins alike, such as `day2/x` with `day`."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name

_true_rm = NoizFileSystem.rm


def _rm(fs: NoizFileSystem, path: Name, recursive: bool = False, missing_ok: bool = False) -> None:
    _true_rm(fs, path, recursive, missing_ok)
    parent, slash, name = str(fs.get_path(path).key).rpartition("/")
    for key in fs.find(parent) if recursive else []:
        if key.startswith(parent + slash + name):
            acts()
            _true_rm(fs, key)


replace(NoizFileSystem, "rm", _rm)
