"""`read_inventory` reads every level of detail, whichever was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "read_inventory", "level")
