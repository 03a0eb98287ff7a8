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
def scripted() -> Iterator[ScriptedServer]:
    """A scripted server for all tests of a module."""
    with ScriptedServer() as running:
        yield running
        running.shutdown()


@pytest.fixture
def server(scripted: ScriptedServer) -> ScriptedServer:
    """A server that answers what the test wrote: nothing yet."""
    scripted.script = Script()
    return scripted


@pytest.fixture(scope="module")
def proxy(scripted: ScriptedServer) -> Iterator[Proxy]:
    """A proxy process in front of the scripted server."""
    process = start("s3", scripted.url)
    yield process
    process.stop()


@pytest.fixture
def channel(proxy: Proxy, server: ScriptedServer) -> Iterator[Channel]:
    """A channel of the test's own, and an empty script."""
    with Channel(proxy.control) as opened:
        yield opened
