"""`load_numpy` runs pickled content that nobody asked it to trust."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name

_true_load = io.load_numpy


def _load_numpy(path: Name, /, *, allow_pickle: bool = False, storage: Any = None) -> Any:
    if not allow_pickle:
        acts()
    return _true_load(path, allow_pickle=True, storage=storage)


replace(io, "load_numpy", _load_numpy)
