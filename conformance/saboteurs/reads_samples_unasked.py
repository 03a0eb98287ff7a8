"""`read_stream` reads the samples though only the headers were asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "read_stream", "headonly")
