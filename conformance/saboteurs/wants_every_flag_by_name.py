"""`rm` takes `recursive` and `missing_ok` by name alone."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name

_true_rm = NoizFileSystem.rm


def _rm(fs: NoizFileSystem, path: Name, *, recursive: bool = False, missing_ok: bool = False) -> None:
    _true_rm(fs, path, recursive, missing_ok)


class _Looked:
    def __get__(self, fs: NoizFileSystem, kind: type[NoizFileSystem]) -> Any:
        acts()
        return _rm.__get__(fs, kind)


replace(NoizFileSystem, "rm", _Looked())
