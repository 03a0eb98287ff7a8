"""`save_figure` draws at the figure's own resolution, whatever was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "save_figure", "dpi")
