"""The census names what is left over, and waits for what ends by itself."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fsspec.asyn import get_loop

from conformance import arrange, census
from fixtures.endpoint import Endpoint


@contextmanager
def a_thread() -> Iterator[str]:
    """A thread that waits."""
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, name="forgotten")
    thread.start()
    yield "thread forgotten"
    gate.set()
    thread.join()


@contextmanager
def a_socket() -> Iterator[str]:
    """A socket that is open."""
    with socket.socket():
        yield "descriptor .* of socket:"


@contextmanager
def a_file() -> Iterator[str]:
    """A file that is gone and still open."""
    with tempfile.TemporaryFile():
        yield "descriptor .* of .*deleted"


@contextmanager
def a_named_file() -> Iterator[str]:
    """A temporary file that lies there."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        path = Path(file.name)
    yield f"temporary file {path.name}"
    path.unlink()


@contextmanager
def a_process() -> Iterator[str]:
    """A process that was started."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield f"child process {child.pid}"


@contextmanager
def a_task() -> Iterator[str]:
    """A task on the loop of the process."""
    started = threading.Event()

    async def wait_for_good() -> None:
        started.set()
        await asyncio.Event().wait()

    future = asyncio.run_coroutine_threadsafe(wait_for_good(), get_loop())
    assert started.wait(10)
    yield "task .*wait_for_good"
    future.cancel()


@pytest.mark.parametrize("leak", [a_thread, a_socket, a_file, a_named_file, a_process, a_task])
def test_names_what_is_left_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, leak: Any) -> None:
    """Each kind of leak is named while it lasts."""
    monkeypatch.setattr(census, "PATIENCE", 0.1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    census.prepare()
    before = census.census()
    with leak() as name:
        assert re.search(name, "\n".join(census.left_over(before)))
    monkeypatch.setattr(census, "PATIENCE", 10)
    assert census.left_over(before) == []


def test_keepers_of_multiprocessing_are_no_leak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The two processes that multiprocessing keeps to the end are not counted, nor what leads to them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = census.census()
    child = multiprocessing.get_context("forkserver").Process(target=print)
    child.start()
    child.join()
    child.close()
    assert census.left_over(before) == []


@pytest.mark.parametrize(("disturbed", "left"), [(False, ["an unfinished upload of .noiz-partial-0"]), (True, [])])
def test_half_written_files_of_a_server_are_a_leak(tmp_path: Path, disturbed: bool, left: list[str]) -> None:
    """Where the witness sees a server's directory they are looked for; after a fault a client may know of none."""
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / ".noiz-partial-0").touch()
    endpoint = Endpoint("ftp", "ftp", "", "", {}, "", "process", (), directory=str(tmp_path))
    channel: Any = SimpleNamespace(disturbed=disturbed)
    assert arrange._unfinished(endpoint, "key", channel, {}) == left


def test_patience_grows_with_the_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends by itself may take as much longer as the machine is busier."""
    slept: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
    monkeypatch.setattr(census, "time", clock)
    monkeypatch.setattr("conformance.budgets.os.getloadavg", lambda: (3.0 * (os.cpu_count() or 1), 0, 0))
    before = census.census() - {next(iter(census.census()))}
    assert census.left_over(before) != []
    assert 3 * census.PATIENCE <= sum(slept) < 3 * census.PATIENCE + 1


@pytest.mark.parametrize(("load", "seconds"), [(0.0, "15"), (3.0, "45"), (1000.0, "150")])
def test_the_layer_has_more_time_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch, load: float, seconds: str) -> None:
    """Its budget of seconds and its deadline are no false alarm where everything takes ten times as long."""
    subject: Any = SimpleNamespace(reset_filesystem=lambda: None)
    monkeypatch.setattr("conformance.budgets.os.getloadavg", lambda: (load * (os.cpu_count() or 1), 0, 0))
    arrange.Environment(monkeypatch, subject).replace({})
    assert (os.environ["STORAGE_TIMEOUT"], os.environ["STORAGE_RETRY_SECONDS"]) == (seconds, seconds)
