"""Errors do not say which object they are of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import operations, roots
from noiz_storage.errors import StorageError

_true_init = StorageError.__init__


def _init(error: StorageError, message: str, uri: str | None = None, code: int | None = None) -> None:
    _true_init(error, message, changed(uri, None), code)


@contextlib.contextmanager
def _named(uri: object, target: object = None) -> Iterator[None]:
    del uri, target
    yield


replace(StorageError, "__init__", _init)
replace(roots, "named", _named)
replace(operations, "named", _named)
