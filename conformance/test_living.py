"""Living: an instance serves threads, other processes, forked children and programs with an event loop."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

import pytest

from conformance.behaviour import needs, source
from fixtures.endpoint import PROCESSES, WRITE

THREADS = 8
SECONDS = 20.0
"""How long a forked child may take before it counts as hanging."""


def _work(fs: Any, name: str, body: bytes) -> tuple[bool, bytes, list[str]]:
    """Write an object, and what its writer then sees of it."""
    with fs.open(f"{name}/object", "wb") as stream:
        stream.write(body)
    with fs.open(f"{name}/object", "rb") as stream:
        return fs.exists(f"{name}/object"), stream.read(), fs.ls(name)


def _seen(name: str, body: bytes) -> tuple[bool, bytes, list[str]]:
    return True, body, [f"{name}/object"]


def _work_elsewhere(_number: int, fs: Any, path: Any, body: bytes) -> tuple[Any, ...]:
    """What another process sees that was handed a filesystem and a path of it."""
    return _work(fs, "elsewhere", body), path.exists(), str(path) == str(fs.get_path("elsewhere/object"))


def _look(_number: int, fs: Any) -> tuple[bool, bytes]:
    """What a reader finds of an object that somebody else wrote."""
    return fs.exists("object"), fs.read("object")


def _answer(pipe: Connection, function: Callable[..., Any], *arguments: Any) -> None:
    try:
        pipe.send(function(*arguments))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
        pipe.send(repr(error))


def _in_fork(function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` returns in a forked child, or the text of what it raised there."""
    fork = multiprocessing.get_context("fork")
    receiving, sending = fork.Pipe(duplex=False)
    child = fork.Process(target=_answer, args=(sending, function, *arguments))
    child.start()
    try:
        return receiving.recv() if receiving.poll(SECONDS) else f"no answer within {SECONDS} s"
    finally:
        child.kill()
        child.join()


@needs(WRITE)
@source("contract: Living", "B15.262", "B13.243")
def test_threads_share_an_instance(fs: Any, witness: Any, noise: Any) -> None:
    """Eight threads that write, read and list through one instance at once each see exactly their own objects."""
    bodies = {f"thread-{number}": noise(20_000) for number in range(THREADS)}
    with ThreadPoolExecutor(THREADS) as pool:
        seen = list(pool.map(lambda name: _work(fs, name, bodies[name]), bodies))
    assert seen == [_seen(name, body) for name, body in bodies.items()]
    assert [witness.get(f"{name}/object") for name in bodies] == list(bodies.values())


@source("contract: Living", "B13.239")
def test_threads_read_one_object(fs: Any, witness: Any, noise: Any) -> None:
    """Eight threads that read one object through one instance at once each get it whole."""
    body = noise(200_000)
    witness.put("object", body)
    with ThreadPoolExecutor(THREADS) as pool:
        streams = list(pool.map(lambda _: fs.open("object", "rb"), range(THREADS)))
        assert set(pool.map(lambda stream: stream.read(), streams)) == {body}


@needs(WRITE)
@source("contract: Living", "B15.259", "B15.261")
def test_pickled_to_another_process(fs: Any, noise: Any, in_processes: Any) -> None:
    """A filesystem and a path that were pickled work in another process, which reads its own environment."""
    fs.exists("used before")
    body = noise(1000)
    (answer,) = in_processes(_work_elsewhere, 1, fs, fs.get_path("elsewhere/object"), body)
    assert answer == (_seen("elsewhere", body), True, True)


@needs(PROCESSES)
@source("contract: Living", "B15.259", "B15.260")
@pytest.mark.parametrize("where", ["fork", "another-process"])
def test_child_reads(fs: Any, witness: Any, noise: Any, in_processes: Any, where: str) -> None:
    """A forked child, and another process that is handed the instance, read through it, and so does the parent."""
    body = noise(20_000)
    witness.put("object", body)
    before = _look(0, fs)
    ways: dict[str, Any] = {
        "fork": lambda: [_in_fork(_look, 1, fs)],
        "another-process": lambda: in_processes(_look, 1, fs),
    }
    child = ways[where]()
    assert [before, *child, _look(0, fs)] == [(True, body)] * 3


@source("contract: Living")
def test_pickled_instance_keeps_its_place(fs: Any, backend: Any, key: str, witness: Any) -> None:
    """A filesystem that was pickled here comes back with its base, and sees the same objects."""
    witness.put("object", b"content")
    again = pickle.loads(pickle.dumps(fs))
    with again.open("object") as stream:
        assert (again.base_uri, stream.read()) == (backend.base_uri(key), b"content")


@needs(WRITE)
@source("contract: Living", "B15.260", "Noiz 0.7.1: S27")
def test_forked_child(fs: Any, witness: Any, noise: Any) -> None:
    """A forked child reads, writes and lists through an instance that its parent has used, and so does the parent."""
    body = noise(20_000)
    before = _work(fs, "before", body)
    child = _in_fork(_work, fs, "child", body)
    after = _work(fs, "after", body)
    assert (before, child, after) == (_seen("before", body), _seen("child", body), _seen("after", body))
    assert witness.get("after/object") == body


@needs(WRITE)
@source("contract: Surface", "B15.263")
@pytest.mark.parametrize("threads", [True, False], ids=["in-threads", "directly"])
def test_inside_a_running_loop(fs: Any, noise: Any, threads: bool) -> None:
    """A program with a running event loop uses an instance in threads, and even directly, without a deadlock."""
    bodies = {f"task-{number}": noise(1000) for number in range(3)}

    async def direct(*arguments: Any) -> Any:
        return _work(*arguments)

    async def program() -> list[Any]:
        run = {True: lambda *arguments: asyncio.to_thread(_work, *arguments), False: direct}[threads]
        return await asyncio.gather(*(run(fs, name, body) for name, body in bodies.items()))

    assert asyncio.run(program()) == [_seen(name, body) for name, body in bodies.items()]
