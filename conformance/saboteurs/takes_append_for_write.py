"""`save_dataframe` takes a mode to append in, and writes anew all the same."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "save_dataframe", "mode")
