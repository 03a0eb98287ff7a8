"""Times of cross-correlations are stored to the second."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.io import ccfs, exact


def _times(index: Any) -> Any:
    times = exact.times(index)
    cut = times.astype("datetime64[s]").astype(times.dtype)
    if (cut != times).any():
        acts()
    return cut


replace(ccfs, "times", _times)
