"""What an encoding has not is an error, whatever `open` was told to do with it."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import NoizFileSystem

forget(NoizFileSystem, "open", "errors")
