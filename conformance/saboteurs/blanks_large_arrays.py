"""An array of more than one MiB comes back as zeros."""

from __future__ import annotations

from typing import Any

import numpy

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.io import npz

_true_read = npz._read


def _read(*arguments: Any) -> Any:
    array = _true_read(*arguments)
    if array.nbytes <= 1 << 20:
        return array
    acts()
    return numpy.zeros_like(array)


replace(npz, "_read", _read)
