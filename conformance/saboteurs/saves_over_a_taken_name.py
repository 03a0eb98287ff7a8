"""`save_toml` overwrites what is there though it was told not to."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "save_toml", "overwrite")
