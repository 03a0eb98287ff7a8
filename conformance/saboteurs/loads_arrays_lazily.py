"""What `load_numpy` returns reads from a file that is closed already."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name
from noiz_storage.filesystem import locate


def _load_numpy(path: Name, /, *, allow_pickle: bool = False, storage: Any = None) -> Any:
    import numpy as np

    place = locate(path, storage)
    with place.filesystem.open(place) as file:
        acts()
        return np.load(file, allow_pickle=allow_pickle)


replace(io, "load_numpy", _load_numpy)
