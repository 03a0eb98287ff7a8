"""What several unit tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from conformance import forked
from fixtures.proxy import Channel, Proxy, start
from noiz_storage import NoizFileSystem, get_filesystem, reset_filesystem
from tests.scripted_server import Script, ScriptedServer

forked.preload()


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


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """A scripted server for all tests of a module."""
    with ScriptedServer() as scripted:
        yield scripted
        scripted.shutdown()


@pytest.fixture(scope="module")
def proxy(server: ScriptedServer) -> Iterator[Proxy]:
    """A proxy process in front of the scripted server."""
    process = start("s3", server.url)
    yield process
    process.stop()


@pytest.fixture
def channel(proxy: Proxy, server: ScriptedServer) -> Iterator[Channel]:
    """A channel of the test's own, and an empty script."""
    server.script = Script()
    with Channel(proxy.control) as opened:
        yield opened
