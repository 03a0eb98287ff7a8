"""`read_stream` reads all there is, whatever time was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "read_stream", "starttime", "endtime")
