"""`write_stream` heeds neither encoding nor record length nor byte order."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "write_stream", "encoding", "reclen", "byteorder")
