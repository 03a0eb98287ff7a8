"""`save_figure` leaves out the metadata that it was given."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "save_figure", "metadata")
