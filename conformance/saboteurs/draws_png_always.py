"""Every figure is a PNG, whatever its suffix says."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io

_true_save = io.save_figure


def _save_figure(path: Any, figure: Any, **options: Any) -> Any:
    if not str(path).endswith(".png"):
        acts()
    return _true_save(path, figure, **{**options, "format": "png"})


replace(io, "save_figure", _save_figure)
