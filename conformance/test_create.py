"""Exclusive create: of all who want a name, exactly one gets it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, compress
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, one_of_each_engine, only, source
from conformance.blocks import BLOCK, small_blocks
from conformance.contents import contents, put_all
from conformance.writing import BodyError, create_next, write, write_and_fail
from fixtures.endpoint import EXCLUSIVE_CREATE, LIST, OBJECT_BESIDE_PREFIX, WRITE

pytestmark = needs(EXCLUSIVE_CREATE, WRITE)

RACERS = 16
ROUNDS = 3
PROCESSES = 4


def wins(fs: Any, name: str, body: bytes) -> bool:
    """Create an object; whether this creator got the name, and no other had it."""
    try:
        write(fs, name, body, "xb")
    except FileExistsError:
        return False
    return True


def race(bodies: list[bytes], start: Any) -> list[Any]:
    """Call `start(body)` for all bodies in as many threads, all at once."""
    barrier = threading.Barrier(len(bodies))

    def run(body: bytes) -> Any:
        barrier.wait()
        return start(body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))


def winners_in_a_process(number: int, subject: Any, name: str) -> list[bytes]:
    """Race from some threads of a process; the bodies that won."""
    fs, bodies = subject.get_filesystem(), [b"%d.%d" % (number, thread) for thread in range(RACERS // PROCESSES)]
    return list(compress(bodies, race(bodies, lambda body: wins(fs, name, body))))


@source("B12.233")
@pytest.mark.parametrize("mode", ["x", "xb", "xt"])
def test_free_name_gets_the_body(fs: Any, witness: Any, mode: str) -> None:
    """A name that is free gets the body, and nothing else appears beside it."""
    with fs.open("object", mode) as stream:
        stream.write({"x": "content", "xb": b"content", "xt": "content"}[mode])
    assert (witness.keys(), witness.get("object")) == (["object"], b"content")


@small_blocks
@source("B2.59", "B2.60", "B2.61")
@pytest.mark.parametrize("size", [0, 1, 100_000, BLOCK + 1], ids=lambda size: f"{size}-bytes")
def test_taken_name_is_refused(fs: Any, witness: Any, noise: Any, size: int, refused: Any) -> None:
    """A name that is taken raises FileExistsError whatever the body's size, and the object there stays as it was."""
    witness.put("object", b"first")
    with refused(FileExistsError):
        write(fs, "object", noise(size), "xb")
    assert (witness.uploads(), witness.get("object")) == ([], b"first")


@source("B2.60")
def test_an_empty_object_takes_its_name(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """An empty object holds its name like any other."""
    write(fs, "object", b"", "xb")
    with refused(FileExistsError):
        write(fs, "object", noise(100), "xb")
    assert witness.get("object") == b""


@small_blocks
@source("B12.234")
def test_large_body_arrives_whole(fs: Any, witness: Any, noise: Any) -> None:
    """A body above the block size is created whole, and leaves no unfinished upload."""
    body = noise(2 * BLOCK + 1)
    write(fs, "object", body, "xb")
    assert (witness.get("object"), witness.keys(), witness.uploads()) == (body, ["object"], [])


@source("B2.62")
def test_name_taken_between_open_and_close_is_refused(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """A name that another client takes while the body is written raises FileExistsError at the close."""
    stream = fs.open("object", "xb")
    stream.write(noise(100))
    witness.put("object", b"faster")
    with refused(FileExistsError):
        stream.close()
    assert witness.get("object") == b"faster"


@source("B2.53")
def test_a_failed_body_leaves_the_name_free(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """An exception in the `with` body publishes nothing, and the name can be created afterwards."""
    with refused(BodyError):
        write_and_fail(fs, "object", noise(100), "xb")
    assert witness.keys() == []
    write(fs, "object", b"second", "xb")
    assert witness.get("object") == b"second"


@source("B12.233")
def test_a_deleted_name_is_free_again(fs: Any, witness: Any) -> None:
    """A name can be created again once its object is deleted."""
    write(fs, "object", b"first", "xb")
    fs.rm("object")
    write(fs, "object", b"second", "xb")
    assert witness.get("object") == b"second"


@source("B12.240", "issue: exclusive create in several rounds of 16 racers")
def test_one_of_many_threads_wins(fs: Any, witness: Any, noise: Any) -> None:
    """Of sixteen threads that create one name at once exactly one wins, round after round, and the object is its."""
    rounds = {f"object-{number}": [noise(1000) for _ in range(RACERS)] for number in range(ROUNDS)}
    won = {name: list(compress(bodies, race(bodies, partial(wins, fs, name)))) for name, bodies in rounds.items()}
    assert won == {name: [witness.get(name)] for name in rounds}


def create_and_delete(fs: Any, name: str) -> None:
    """Have a name taken for a while."""
    write(fs, name, b"old", "xb")
    fs.rm(name)


BEFORE: dict[str, Callable[[Any, Any], object]] = {
    "deleted": lambda fs, _: create_and_delete(fs, "day/lock"),
    "deleted-below": lambda fs, _: create_and_delete(fs, "day/lock/below"),
    "beside-a-prefix": lambda _, witness: witness.put("day/lock/below", b"theirs"),
    "below-an-object": lambda _, witness: witness.put("day", b"theirs"),
}
"""What happened to a name, or lies near it, before it is raced for."""
BOTH = ("beside-a-prefix", "below-an-object")


@source("B12.240", "issue: exclusive create beside a prefix of its name, after its deletion, after one below it")
@pytest.mark.parametrize(
    "before",
    [pytest.param(act, id=name, marks=[needs(OBJECT_BESIDE_PREFIX)] * (name in BOTH)) for name, act in BEFORE.items()],
)
def test_one_wins_whatever_was_before(fs: Any, witness: Any, noise: Any, before: Callable[[Any, Any], object]) -> None:
    """Whatever was under a name before, or lies beside it, one of sixteen creators wins it and nobody later."""
    before(fs, witness)
    others = {name: witness.get(name) for name in ("day", "day/lock/below") if fs.exists(name)}
    bodies = [noise(100) for _ in range(RACERS)]
    won = list(compress(bodies, race(bodies, partial(wins, fs, "day/lock"))))
    assert (won, wins(fs, "day/lock", b"late")) == ([witness.get("day/lock")], False)
    assert {name: witness.get(name) for name in others} == others


@source("B12.240", "B2.60")
def test_one_of_many_empty_bodies_wins(fs: Any, witness: Any) -> None:
    """Of sixteen threads that create one name with nothing in it exactly one wins."""
    outcomes = race([b""] * RACERS, lambda body: wins(fs, "lock", body))
    assert (sum(outcomes), contents(witness)) == (1, {"lock": b""})


@needs("processes")
@source("B12.240", "B13.250")
def test_one_of_many_processes_wins(subject: Any, witness: Any, in_processes: Any) -> None:
    """Of sixteen racers in four processes that create one name at once exactly one wins, and the object is its."""
    winners = in_processes(winners_in_a_process, PROCESSES, subject, "object")
    assert list(chain(*winners)) == [witness.get("object")]


@source("contract: Writing: the next free name is taken, not guessed")
@pytest.mark.parametrize(
    ("existing", "got"),
    [
        ([], "gather.0.npz"),
        (["gather.0.npz", "gather.1.npz"], "gather.2.npz"),
        (["gather.0.npz", "gather.2.npz"], "gather.1.npz"),
        (
            ["gather.1.npz", "gather.00.npz", "gather.0.csv", "gather.0.npz.bak", "gathers.0.npz", "other.0.npz"],
            "gather.0.npz",
        ),
        ([f"gather.{number}.npz" for number in range(11)], "gather.11.npz"),
    ],
    ids=["none", "row", "gap", "neighbours", "two-digits"],
)
def test_next_free_takes_the_first_free_counter(fs: Any, witness: Any, existing: list[str], got: str) -> None:
    """The next free name is the first counter that no object holds; the objects that exist stay."""
    before = {f"day/{name}": b"old" for name in existing}
    put_all(witness, before)
    assert create_next(fs, "day/gather.0.npz", b"new") == got
    assert contents(witness) == {**before, f"day/{got}": b"new"}


@source("contract: Writing: the next free name is taken, not guessed")
@pytest.mark.parametrize("recursive", [False, True], ids=["plain", "recursive"])
@needs(LIST)
def test_next_free_takes_a_counter_that_was_deleted(fs: Any, witness: Any, recursive: bool) -> None:
    """A counter whose object was deleted, by this instance or another client, is the next free one again."""
    got = [create_next(fs, "day/run.0", b"first") for _ in range(4)]
    fs.rm("day/run.2", recursive=recursive)
    witness.delete("day/run.0")
    again = [create_next(fs, "day/run.0", b"again") for _ in range(3)]
    assert (got, again) == (["run.0", "run.1", "run.2", "run.3"], ["run.0", "run.2", "run.4"])
    fs.rm("day", recursive=True)
    assert (create_next(fs, "day/run.0", b"new"), contents(witness)) == ("run.0", {"day/run.0": b"new"})


@source("contract: Writing: the next free name is taken, not guessed")
@pytest.mark.parametrize(
    ("asked", "existing", "got"),
    [
        ("run.3", [], "run.3"),
        ("run.3", ["run.0", "run.3", "run.5"], "run.4"),
        ("run.99", ["run.99"], "run.100"),
        ("run.8", ["run.8", "run.9", "run.10", "run.08"], "run.11"),
    ],
    ids=["free", "taken", "three-digits", "from-one-digit-to-two"],
)
@one_of_each_engine()
@needs(LIST)
def test_next_free_counts_from_its_own_counter(
    fs: Any, witness: Any, asked: str, existing: list[str], got: str
) -> None:
    """The next free name is the first one from the counter that is asked for; smaller ones stay free."""
    put_all(witness, dict.fromkeys(existing, b"old"))
    assert fs.next_free(asked).name == got
    assert create_next(fs, asked, b"new") == got
    assert contents(witness) == {**dict.fromkeys(existing, b"old"), got: b"new"}


@source("adlfs#434", "contract: Writing")
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_next_free_passes_over_what_shows_a_directory(fs: Any, witness: Any, scheme: str) -> None:
    """A counter that another client's directory holds is not free, though no object is shown there."""
    del scheme
    witness.put("run.0", b"", {"x-ms-meta-hdi_isfolder": "true"})
    assert fs.next_free("run.0").name == "run.1"
    assert create_next(fs, "run.0", b"mine") == "run.1"


FOLDERS = ("memory", "moto", "minio", "ceph", "azurite", "gcs")
"""Where an empty object may have a slash at its end."""


@needs(LIST)
@source("contract: Writing")
@pytest.mark.parametrize(
    "held", ["run.0/below", pytest.param("run.0/", marks=only(*FOLDERS))], ids=["prefix", "folder"]
)
def test_next_free_passes_over_prefixes(fs: Any, witness: Any, held: str) -> None:
    """A counter that is a prefix, or a folder that another client shows, is not free."""
    witness.put(held, b"")
    assert fs.next_free("run.0").name == create_next(fs, "run.0", b"mine") == "run.1"
    assert (witness.get("run.1"), fs.next_free("run.0").name) == (b"mine", "run.2")


@source("contract: Writing")
def test_next_free_goes_on_when_another_is_faster(fs: Any, witness: Any) -> None:
    """A counter that another client takes while the body is written is left to it, and the next one is taken."""
    stream = fs.open("gather.0.npz", "xb", next_free=True)
    stream.write(b"new")
    witness.put("gather.0.npz", b"faster")
    stream.close()
    assert [witness.get("gather.0.npz"), witness.get("gather.1.npz")] == [b"faster", b"new"]


@source("contract: Writing")
def test_next_free_gives_every_racer_its_own_name(fs: Any, witness: Any, noise: Any) -> None:
    """Sixteen threads that want the next free name get sixteen names without a gap, each with its own content."""
    bodies = [noise(100) for _ in range(RACERS)]
    names = race(bodies, lambda body: create_next(fs, "gather.0.npz", body))
    assert {name: witness.get(name) for name in names} == dict(zip(names, bodies, strict=True))
    assert witness.keys() == sorted(f"gather.{number}.npz" for number in range(RACERS))


@source("contract: Writing")
def test_next_free_leaves_no_placeholder(fs: Any, witness: Any, noise: Any, refused: Any) -> None:
    """While the body of the next free name is written, and when it raises, no placeholder exists."""
    with refused(BodyError), fs.open("gather.0.npz", "xb", next_free=True) as stream:
        stream.write(noise(100))
        assert witness.keys() == []
        raise BodyError
    assert witness.keys() == []


@embedded_backends()
@source("contract: Cost", "B12.233")
def test_probe_sends_no_bytes_and_stays_nowhere(another: Any, witness: Any) -> None:
    """What finds out whether a server creates exclusively has no body, is asked once, and leaves nothing behind."""
    fs = another()
    for number in range(2):
        write(fs, str(number), b"content", "xb")
    asked = dict(fs.meter.requests)
    assert (fs.meter.sent, witness.keys()) == (14, ["0", "1"])
    assert asked in ({"write": 2}, {"write": 4, "delete": 1})


@only("moto")
@small_blocks
@source("contract: Writing", "Amazon S3: a PUT takes 5 GiB")
@pytest.mark.parametrize("more", [{}, {"next_free": True}], ids=["create", "next-free"])
def test_body_above_one_request_is_refused(
    fs: Any, backend: Any, key: str, costs: Any, refused: Any, more: dict[str, bool]
) -> None:
    """An exclusive create is one request: a body above what that takes is refused at the close, unsent, and named."""
    limit, stream = 5 * 1024**3, fs.open("run.0", "xb", **more)
    stream.write(bytes(BLOCK + 1))
    stream.seek(limit)
    stream.write(b"a")  # on a disk, where the gap takes no room
    with (
        costs(),
        refused(io.UnsupportedOperation, match=f"at most {limit} bytes, not {limit + 1}; use mode 'w'") as caught,
    ):
        stream.close()
    assert caught.value.filename == backend.base_uri(f"{key}/run.0")
