"""Overwriting: the new body replaces the old one whole, for everyone, at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from conformance.behaviour import needs, sees, source
from conformance.blocks import BLOCK, small_blocks
from conformance.dying import disturbed
from conformance.writing import read, write
from fixtures.endpoint import VERSIONS, WHOLE_BODIES, WRITE


@needs(WRITE)
@source("B3.79")
@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 5000], ids=lambda size: f"{size}-bytes")
def test_replaces_every_byte(fs: Any, witness: Any, noise: Any, size: int) -> None:
    """A body replaces one of 1000 bytes whole, be it empty, shorter, of the same length or longer."""
    witness.put("object", noise(1000))
    body = noise(size)
    write(fs, "object", body)
    assert witness.get("object") == body


@needs(WRITE)
@small_blocks
@source("B3.79", "B11.229")
@pytest.mark.parametrize(("before", "after"), [(BLOCK + 1, 10), (10, BLOCK + 1), (2 * BLOCK, BLOCK + 1)])
def test_replaces_across_the_block_size(fs: Any, witness: Any, noise: Any, before: int, after: int) -> None:
    """A body sent in parts replaces one sent whole, and the other way round."""
    write(fs, "object", noise(before))
    body = noise(after)
    write(fs, "object", body)
    assert (witness.get("object"), witness.keys(), witness.uploads()) == (body, ["object"], [])


@needs(WRITE)
@source("B3.82")
@pytest.mark.parametrize("size", [0, 10, 5000], ids=lambda size: f"{size}-bytes")
def test_size_is_the_new_one_everywhere(fs: Any, another: Any, noise: Any, size: int) -> None:
    """After an overwrite `stat` tells the new size, through the instance that wrote and through another."""
    other = another()
    write(fs, "object", noise(1000))
    sizes = [fs.stat("object").size, other.stat("object").size]
    write(fs, "object", noise(size))
    assert [*sizes, fs.stat("object").size, other.stat("object").size] == [1000, 1000, size, size]


@needs(VERSIONS)
@source("B3.80", "B8.176")
@pytest.mark.parametrize("author", ["witness", pytest.param("itself", marks=needs(WRITE))])
def test_version_changes_with_the_bytes(fs: Any, another: Any, witness: Any, noise: Any, author: str) -> None:
    """The version changes when the bytes do, even at the same length, and is the same through any instance."""
    witness.put("object", noise(1000))
    first = fs.stat("object").version
    assert fs.stat("object").version == another().stat("object").version == first
    witness.put("object", noise(1000))
    second = fs.stat("object").version
    {"witness": witness.put, "itself": partial(write, fs)}[author]("object", noise(1000))
    assert len({first, second, fs.stat("object").version}) == 3


@needs(WRITE)
@source("B3.83")
def test_last_close_wins(fs: Any, another: Any, witness: Any, noise: Any) -> None:
    """Of two writers of one name the one that closes last decides, whole, whoever opened first."""
    bodies = [noise(1000), noise(500)]
    first, second = fs.open("object", "wb"), another().open("object", "wb")
    first.write(bodies[0])
    second.write(bodies[1])
    second.close()
    first.close()
    assert witness.get("object") == bodies[0]


@needs(WRITE)
@source("B2.52")
def test_readers_see_the_old_until_the_close(fs: Any, another: Any, noise: Any) -> None:
    """Until the writer closes every reader gets the old body whole, and from then on the new one."""
    old, new = noise(1000), noise(2000)
    write(fs, "object", old)
    with another().open("object", "wb") as stream:
        stream.write(new)
        assert read(fs, "object") == old
    assert read(fs, "object") == new


@sees(WHOLE_BODIES)
@source("B13.244")
@pytest.mark.parametrize("author", ["witness", pytest.param("instance", marks=needs(WRITE))])
def test_readers_in_the_middle_see_old_or_new_whole(
    fs: Any, another: Any, witness: Any, noise: Any, author: str
) -> None:
    """Readers at work while an object is overwritten again and again each get one of the bodies whole."""
    bodies = [noise(300_000) for _ in range(4)]
    witness.put("object", bodies[0])
    put = {"witness": witness.put, "instance": partial(write, another())}[author]
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write_each, put, bodies * 2)
        found = [read(fs, "object") for _ in range(20)]
    writing.result()
    assert set(found) <= set(bodies)


def _write_each(put: Callable[[str, bytes], object], bodies: list[bytes]) -> None:
    for body in bodies:
        put("object", body)


@source("B8.173")
def test_time_does_not_run_backwards(fs: Any, witness: Any) -> None:
    """The time of the last change is never earlier after an overwrite than it was before."""
    times = []
    for body in (b"first", b"second", b"third"):
        witness.put("object", body)
        times.append(fs.stat("object").modified)
    assert times == sorted(times)


@source("B8.169", "B8.173")
@pytest.mark.parametrize("author", ["witness", pytest.param("instance", marks=needs(WRITE))])
def test_time_is_that_of_the_change(fs: Any, witness: Any, author: str) -> None:
    """The time of the last change is the one at which the server made it, by the server's clock, to the second."""
    put = {"witness": witness.put, "instance": partial(write, fs)}[author]
    witness.put("object", b"old")
    witness.put("before", b"")
    put("object", b"new")
    witness.put("after", b"")
    modified, second = fs.stat("object").modified, timedelta(seconds=1)
    assert abs(modified - witness.described("object").modified) < second
    assert witness.described("before").modified - second < modified < witness.described("after").modified + second


@needs(WRITE)
@small_blocks
@source("B11.227")
def test_of_two_large_bodies_one_is_left_whole(fs: Any, another: Any, witness: Any, channel: Any, noise: Any) -> None:
    """Two large bodies written under one name at once are both accepted, and one of them is left, whole."""
    bodies = [noise(BLOCK + 1), noise(2 * BLOCK)]
    with disturbed(channel, "delay", seconds=0.5), ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [fs, another()], ["object"] * 2, bodies))
    assert witness.get("object") in bodies
    assert witness.uploads() == []
