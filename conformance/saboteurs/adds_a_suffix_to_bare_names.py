"""`save_numpy` adds `.npz` to a name without a dot, as NumPy itself does."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name

_true_save = io.save_numpy


def _save_numpy(path: Name, /, *arrays: Any, **options: Any) -> Any:
    name = str(path)
    is_bare = "." not in name.rpartition("/")[2]
    return _true_save(changed(name, f"{name}.npz") if is_bare else path, *arrays, **options)


replace(io, "save_numpy", _save_numpy)
