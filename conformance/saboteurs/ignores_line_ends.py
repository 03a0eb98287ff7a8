"""Ends of lines are Python's own, whatever `open` was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import NoizFileSystem

forget(NoizFileSystem, "open", "newline")
