"""Servers that are started as processes: on a free port, and themselves."""

from __future__ import annotations

import http.server
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import servers
from fixtures.endpoint import probe
from fixtures.hosting import start_process
from fixtures.provision import Options
from fixtures.reaper import Reaper
from fixtures.site import Site


@pytest.fixture
def foreign_port() -> Iterator[int]:
    """The port of a web server that somebody else has started."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_port_that_was_taken_meanwhile_is_no_servers(
    foreign_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who answers there is not taken for the server that was started; that one gets another port."""
    ports = iter([foreign_port, servers.free_port()])
    monkeypatch.setattr(servers, "free_port", lambda: next(ports))
    reaper = Reaper()
    try:
        running = start_process(
            Site("run", Options(), tmp_path, reaper),
            "web",
            lambda port: [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
            probe,
            tmp_path / "log",
        )
        assert running.url != f"http://127.0.0.1:{foreign_port}"
        assert probe(running.url) == ""
    finally:
        assert reaper.finish() == []


def test_who_listens_is_known() -> None:
    """A session listens on a port where one of its processes does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert not servers.listens(os.getsid(0), port)
        listener.listen()
        assert servers.listens(os.getsid(0), port)
        assert not servers.listens(1, port)
