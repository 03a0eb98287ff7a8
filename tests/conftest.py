"""What several unit tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from noiz_storage import NoizFileSystem, get_filesystem, reset_filesystem


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """No setting of the layer, and no `.env` file; what a test sets is forgotten after it."""
    for variable in ("STORAGE_URI", "PROCESSED_DATA_DIR", "STORAGE_LEGACY_BASE"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    reset_filesystem()
    yield monkeypatch
    reset_filesystem()


@pytest.fixture(params=["memory", "file"])
def storage(request: pytest.FixtureRequest, settings: pytest.MonkeyPatch, tmp_path: Path) -> NoizFileSystem:
    """The default storage: empty, in memory and on the disk."""
    base = {"memory": f"memory://{uuid4().hex}", "file": str(tmp_path / "base")}[request.param]
    settings.setenv("STORAGE_URI", base)
    return get_filesystem()
