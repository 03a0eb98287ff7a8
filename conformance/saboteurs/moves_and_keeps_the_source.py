"""What was moved is left behind too."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import NoizFileSystem
from noiz_storage.addresses import Name


def _move(fs: NoizFileSystem, source: Name, target: Name) -> None:
    acts()
    fs.copy(source, target)


replace(NoizFileSystem, "move", _move)
