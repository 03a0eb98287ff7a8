"""Sharing: an instance serves threads, other processes, forked children and programs with an event loop."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import resource
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, one_of_each_engine, source
from conformance.blocks import BLOCK, small_blocks
from conformance.writing import read, write
from fixtures.endpoint import LIST, NETWORK, PROCESSES, WRITE

THREADS = 8
CHILD_SECONDS = 30.0
"""How long a child may take, its start and its end included, before it counts as hanging."""

Answers = dict[str, Any]


def ten_operations(fs: Any, name: str, body: bytes) -> Answers:
    """Write, read, ask, list, copy, move and delete below one name; what each operation but the first answers."""
    answers: Answers = {}
    write(fs, f"{name}/object", body)
    answers["exists"] = fs.exists(f"{name}/object")
    answers["read"] = read(fs, f"{name}/object")
    answers["stat"] = fs.stat(f"{name}/object").size
    answers["copy"] = fs.copy(f"{name}/object", f"{name}/below/copy")
    answers["move"] = fs.move(f"{name}/object", f"{name}/moved")
    answers["ls"] = fs.ls(name)
    answers["find"] = fs.find(name)
    answers["rm"] = fs.rm(f"{name}/below/copy")
    answers["isdir"] = fs.isdir(f"{name}/below")
    return answers


def ten_answers(name: str, body: bytes) -> Answers:
    """What nine of the ten operations answer; a write says nothing."""
    return {
        "exists": True,
        "read": body,
        "stat": len(body),
        "copy": None,
        "move": None,
        "ls": [f"{name}/below", f"{name}/moved"],
        "find": [f"{name}/below/copy", f"{name}/moved"],
        "rm": None,
        "isdir": False,
    }


def in_threads(fs: Any, bodies: dict[str, bytes]) -> list[Answers]:
    """The ten operations from threads."""
    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(partial(ten_operations, fs), bodies, bodies.values()))


def in_tasks(fs: Any, bodies: dict[str, bytes]) -> list[Answers]:
    """The ten operations from threads of a program with an event loop."""

    async def program() -> list[Answers]:
        return await asyncio.gather(*(asyncio.to_thread(ten_operations, fs, *item) for item in bodies.items()))

    return asyncio.run(program())


def in_the_loop(fs: Any, bodies: dict[str, bytes]) -> list[Answers]:
    """The ten operations from the very thread of a running event loop."""

    async def program() -> list[Answers]:
        return [ten_operations(fs, *item) for item in bodies.items()]

    return asyncio.run(program())


@one_of_each_engine()
@needs(WRITE, LIST)
@source("contract: Living", "contract: Surface", "B15.262", "B15.263", "B13.243")
@pytest.mark.parametrize("way", [in_threads, in_tasks, in_the_loop], ids=["threads", "asyncio-threads", "asyncio-loop"])
def test_ten_operations_at_once(
    fs: Any, witness: Any, noise: Any, way: Callable[[Any, dict[str, bytes]], list[Answers]]
) -> None:
    """Ten operations through one instance, from threads and inside a running event loop, each see their own objects."""
    bodies = {f"worker-{number}": noise(20_000) for number in range(THREADS)}
    assert way(fs, bodies) == [ten_answers(*item) for item in bodies.items()]
    assert {name: witness.get(f"{name}/moved") for name in bodies} == bodies


@one_of_each_engine()
@needs(WRITE, LIST)
@source("contract: Living", "B15.259", "B15.260", "B15.261", "Noiz 0.7.1: S27")
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_ten_operations_in_a_child(fs: Any, in_child: Any, noise: Any, method: str) -> None:
    """A child that is forked or spawned does ten operations and ends cleanly; its parent's instance goes on."""
    body = noise(20_000)
    before = ten_operations(fs, "before", body)
    child = in_child(method, ten_operations, fs, "child", body, seconds=CHILD_SECONDS)
    after = ten_operations(fs, "after", body)
    assert (before, child, after) == (
        ten_answers("before", body),
        ten_answers("child", body),
        ten_answers("after", body),
    )


def begin_late(subject: Any, body: bytes, warm: bool) -> None:
    """Leave a thread behind that writes once this process's main thread has ended."""
    fs = subject.get_filesystem()
    _ = warm and fs.exists("object")

    def store() -> None:
        threading.main_thread().join()
        write(fs, "object", body)

    threading.Thread(target=store).start()


@one_of_each_engine()
@needs(WRITE, PROCESSES)
@source("contract: Living", "s3fs#884", "adlfs#374")
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_a_thread_outlives_the_main_thread(
    subject: Any, fs: Any, witness: Any, in_child: Any, noise: Any, warm: bool
) -> None:
    """A thread that is at work when the main thread has ended stores its result, also by its first request."""
    del fs
    body = noise(1000)
    in_child("spawn", begin_late, subject, body, warm, seconds=CHILD_SECONDS)
    assert witness.get("object") == body


@one_of_each_engine()
@small_blocks
@source("contract: Living", "B15.260")
def test_a_read_goes_on_beside_a_forked_child(fs: Any, witness: Any, in_child: Any, noise: Any) -> None:
    """A large read that has begun goes on after a child was forked, worked and ended, and so does the child's own."""
    body = noise(2 * BLOCK + 1)
    witness.put("large", body)
    with fs.open("large") as stream:
        first = stream.read(1000)
        assert in_child("fork", read, fs, "large", seconds=CHILD_SECONDS) == body
        assert first + stream.read() == body


def sockets_of_an_operation(fs: Any) -> tuple[set[str], set[str]]:
    """The sockets of this process before it asks for anything, and those that it has opened afterwards."""
    before = sockets()
    fs.exists("object")
    return before, sockets() - before


def sockets() -> set[str]:
    """The sockets that this process holds, by their kernel's names."""
    links = (Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return {os.readlink(link) for link in links if link.is_symlink() and os.readlink(link).startswith("socket:")}


@one_of_each_engine()
@needs(NETWORK)
@source("contract: Living: a forked child gets fresh connections")
def test_a_forked_child_connects_anew(fs: Any, witness: Any, in_child: Any) -> None:
    """A forked child opens connections of its own, and uses none that its parent has opened."""
    witness.put("object", b"there, so that no server is asked for its bucket, after which some hang up")
    _, opened = sockets_of_an_operation(fs)
    inherited, fresh = in_child("fork", sockets_of_an_operation, fs, seconds=CHILD_SECONDS)
    _, again = sockets_of_an_operation(fs)
    assert opened <= inherited
    assert (len(fresh) > 0, again) == (True, set())


@source("contract: Living", "B1.39")
def test_threads_read_one_object(fs: Any, witness: Any, noise: Any) -> None:
    """Eight threads that read one object through one instance at once each get it whole."""
    body = noise(200_000)
    witness.put("object", body)
    with ThreadPoolExecutor(THREADS) as pool:
        streams = list(pool.map(lambda _: fs.open("object", "rb"), range(THREADS)))
        assert set(pool.map(lambda stream: stream.read(), streams)) == {body}


def work_with_a_path(_number: int, fs: Any, path: Any, body: bytes) -> tuple[Any, ...]:
    """What another process sees that was handed a filesystem and a path of it."""
    write(fs, "elsewhere/object", body)
    return path.exists(), read(fs, "elsewhere/object"), str(path) == str(fs.get_path("elsewhere/object"))


@one_of_each_engine()
@needs(WRITE)
@source("contract: Living", "B15.259", "B15.261")
def test_a_path_is_pickled_to_another_process(fs: Any, noise: Any, in_processes: Any) -> None:
    """A filesystem and a path that were pickled work in another process, which reads its own environment."""
    fs.exists("used before")
    body = noise(1000)
    (answer,) = in_processes(work_with_a_path, 1, fs, fs.get_path("elsewhere/object"), body)
    assert answer == (True, body, True)


@one_of_each_engine()
@source("contract: Living")
def test_pickled_instance_keeps_its_place(fs: Any, backend: Any, key: str, witness: Any) -> None:
    """A filesystem that was pickled here comes back with its base, and sees the same objects."""
    witness.put("object", b"content")
    again = pickle.loads(pickle.dumps(fs))
    with again.open("object") as stream:
        assert (again.base_uri, stream.read()) == (backend.base_uri(key), b"content")


@embedded_backends()
@source("contract: Living", "B15.261")
@pytest.mark.parametrize("what", ["filesystem", "path"])
def test_pickled_instance_keeps_what_it_was_made_with(
    subject: Any, backend: Any, key: str, environment: Any, what: str
) -> None:
    """A filesystem that was pickled, or a path of it, is of the storage that was named, and has its block size."""
    environment.change(STORAGE_ARCHIVE_URI=backend.base_uri(key))
    made = subject.filesystem.NoizFileSystem(backend.base_uri(key), block_size=BLOCK + 1, storage="archive")
    again = {
        "filesystem": lambda: pickle.loads(pickle.dumps(made)),
        "path": lambda: pickle.loads(pickle.dumps(made.get_path("object"))).filesystem,
    }[what]()
    assert (again.base_uri, again.storage.name, again.block_size) == (backend.base_uri(key), "archive", BLOCK + 1)


@one_of_each_engine()
@needs(WRITE, LIST)
@source("B15.264", "B15.265", "contract: Living")
def test_a_cancelled_call_leaves_the_instance_usable(fs: Any, noise: Any) -> None:
    """After a program that cancelled its calls has ended, its event loop too, the instance works as before."""
    body = noise(20_000)
    write(fs, "object", body)

    async def program() -> list[Any]:
        calls = [asyncio.ensure_future(asyncio.to_thread(read, fs, "object")) for _ in range(THREADS)]
        await asyncio.sleep(0)  # each has begun
        cancelled = [call.cancel() for call in calls]
        return [cancelled, await asyncio.gather(*calls, return_exceptions=True)]

    cancelled, outcomes = asyncio.run(program())
    gc.collect()
    assert (all(cancelled), {type(outcome) for outcome in outcomes}) == (True, {asyncio.CancelledError})
    assert asyncio.run(asyncio.to_thread(read, fs, "object")) == body
    assert ten_operations(fs, "after", body) == ten_answers("after", body)


def connections() -> set[str]:
    """The sockets of this process that are TCP connections."""
    rows = [
        row.split() for name in ("tcp", "tcp6") for row in Path("/proc/self/net", name).read_text().splitlines()[1:]
    ]
    return sockets() & {f"socket:[{row[9]}]" for row in rows}


def connections_kept(_: int, subject: Any) -> tuple[int, bool]:
    """How many connections an instance keeps when it is closed, and whether it works again."""
    before, fs = connections(), subject.get_filesystem()
    fs.exists("object")
    fs.close()
    return len(connections() - before), fs.exists("object")


@one_of_each_engine()
@needs(PROCESSES)
@source("B14.258")
def test_close_gives_connections_back(subject: Any, witness: Any, in_processes: Any) -> None:
    """`close` gives the connections of an instance back, and its next operation opens new ones."""
    witness.put("object", b"content")
    assert in_processes(connections_kept, 1, subject) == [(0, True)]


def peak_of_moving(_: int, subject: Any, blocks: int) -> tuple[int, int]:
    """The bytes that this process grew by while it wrote and read a large object in pieces, and what it read."""
    fs = subject.get_filesystem()
    write(fs, "small", bytes(BLOCK + 1))
    fs.read("small")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with fs.open("large", "wb") as stream:
        stream.writelines(bytes(BLOCK) for _ in range(blocks))
    with fs.open("large") as stream:
        total = sum(len(piece) for piece in iter(lambda: stream.read(BLOCK), b""))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, total


@one_of_each_engine()
@needs(PROCESSES, WRITE)
@small_blocks
@source("B16.281", "contract: Cost")
def test_large_objects_need_a_few_blocks_of_memory(subject: Any, in_processes: Any) -> None:
    """Writing and reading an object of 60 MiB in pieces takes less memory than half of it."""
    ((grown, total),) = in_processes(peak_of_moving, 1, subject, 12)
    assert (total, grown < 6 * BLOCK) == (12 * BLOCK, True), f"the process grew by {grown} bytes"
