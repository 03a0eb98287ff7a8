"""An overwrite on a disk gives the file the mode of a new one."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.engines import local_writing


def _take_after(file: int, old: Path, found: os.stat_result) -> None:
    del old, found
    acts()
    os.fchmod(file, 0o644)


replace(local_writing, "_take_after", _take_after)
