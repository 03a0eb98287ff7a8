"""`write_text` writes UTF-8, whatever encoding was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "write_text", "encoding")
