"""`save_figure` draws on the figure's own canvas, whatever backend is named."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "save_figure", "backend")
