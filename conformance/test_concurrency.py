"""Concurrency: whatever clients do to one object at once could have happened one operation after the other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import needs, source
from conformance.clients import Script, barrier, histories, perform, perform_in_process, scripts, worst_first
from conformance.contents import contents, put_all
from conformance.histories import UNKNOWN, Kind, Operation, explain, is_answered
from conformance.writing import create_next
from fixtures.endpoint import EXCLUSIVE_CREATE, LINEARIZABLE, LIST, NETWORK, PROCESSES, WHOLE_LISTINGS, WRITE

pytestmark = needs(LINEARIZABLE, WRITE, EXCLUSIVE_CREATE)

CLIENTS = 4
OPERATIONS = 8
RACERS = 16
RESERVERS = 8
RESERVED = 3
"""Counters that each of the reservers takes."""
KINDS: tuple[Kind, ...] = ("write", "write", "create", "create", "delete", "read", "read", "exists", "size")
"""What a client does, the more frequent kinds more than once."""
RACE: tuple[Kind, ...] = ("create", "create", "delete", "read")

Perform = Callable[[Sequence[Script]], list[tuple[str, Operation]]]


@pytest.fixture
def shared(fs: Any) -> Perform:
    """Threads that share one instance."""
    return lambda all_scripts: perform([fs] * len(all_scripts), all_scripts, barrier(len(all_scripts)))


@pytest.fixture
def own(another: Any) -> Perform:
    """Threads with an instance each."""

    def run(all_scripts: Sequence[Script]) -> list[tuple[str, Operation]]:
        return perform([another() for _ in all_scripts], all_scripts, barrier(len(all_scripts)))

    return run


@pytest.fixture
def processes(subject: Any, in_processes: Any, tmp_path: Path) -> Perform:
    """Processes, four at most, that share the scripts."""

    def run(all_scripts: Sequence[Script]) -> list[tuple[str, Operation]]:
        groups = [all_scripts[number::CLIENTS] for number in range(CLIENTS)]
        answers = in_processes(perform_in_process, CLIENTS, subject, groups, tmp_path)
        return [operation for answer in [*worst_first(answers), *answers] for operation in told(answer)]

    return run


def told(answer: Any) -> Any:
    """What a process answered, or what it raised."""
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture(params=["shared", "own", pytest.param("processes", marks=needs(PROCESSES))])
def clients(request: pytest.FixtureRequest) -> Perform:
    """Whoever follows the scripts at once."""
    found: Perform = request.getfixturevalue(request.param)
    return found


def rounds(nightly: bool) -> list[str]:
    """The names that the clients meet at, one after the other."""
    return [f"object-{number}" for number in range(40 if nightly else 3)]


@source("contract: Seeing", "contract: Writing", "B13.250", "B13.249", "B5.137", "B13.247")
def test_histories_are_linearizable(clients: Perform, rng: random.Random, nightly: bool) -> None:
    """What four clients that write, create, delete, read and ask see of one object is one order of their operations."""
    names = rounds(nightly)
    found = histories(clients(scripts(rng, CLIENTS, OPERATIONS, names, KINDS)))
    assert [told for told in map(explain, found.values()) if told] == []
    assert sorted(name for name, history in found.items() if is_answered(history)) == sorted(names)


@source("B12.240", "contract: Writing: mode x has exactly one winner")
def test_a_name_is_won_once_between_deletions(clients: Perform, rng: random.Random, nightly: bool) -> None:
    """Sixteen clients that create and delete one name at once win it once, and once more after each deletion."""
    found = histories(clients(scripts(rng, RACERS, 3, rounds(nightly)[2:], RACE)))
    assert [told for told in map(explain, found.values()) if told] == []
    assert all(map(is_answered, found.values()))


@pytest.fixture
def one_attempt(environment: Any) -> None:
    """Have the subject report a lost answer instead of asking again."""
    environment.change(STORAGE_RETRY_ATTEMPTS="1")


@needs(NETWORK)
@pytest.mark.usefixtures("one_attempt")
@source("contract: Answering", "contract: Retrying")
def test_a_lost_answer_happened_once_or_never(wire: Any, rng: random.Random, shared: Perform) -> None:
    """An operation whose answer is lost, and which is not tried again, has happened once or not at all."""
    for kind, times in (("write", 8), ("delete", 2)):
        wire.fault("lose-answer", kind=kind, times=times)
    found = histories(shared(scripts(rng, CLIENTS, OPERATIONS, ["object"], KINDS)))
    assert explain(found["object"]) == ""
    assert sum(each.answer == UNKNOWN for each in found["object"]) > 0


def reserve(number: int, subject: Any, name: str) -> dict[str, bytes]:
    """Take some counters; what was put under each name."""
    fs, bodies = subject.get_filesystem(), [reservation(number, turn) for turn in range(RESERVED)]
    return {create_next(fs, name, body): body for body in bodies}


def reservation(number: int, turn: int) -> bytes:
    """What a reserver puts under its counter."""
    return f"process {number}, turn {turn}".encode().ljust(1000, b".")


@needs(PROCESSES, LIST)
@source("contract: Writing: the next free name is taken, not guessed", "B12.240")
def test_counters_reserved_by_processes(subject: Any, witness: Any, backend: Any, in_processes: Any) -> None:
    """Eight processes that take the next free names get each number once, without a gap and without a placeholder."""
    taken = {"gather.1.npz": b"old", "gather.4.npz": b"old"}
    put_all(witness, taken)
    ended, seen = threading.Event(), set[bytes]()
    ends = ".npz" if WHOLE_LISTINGS in backend.unseen else ""

    def watch() -> None:
        while not ended.wait(0.01):
            names = [name for name in witness.keys("gather.") if name.endswith(ends)]
            seen.update(map(witness.get, names))

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            answers = in_processes(reserve, RESERVERS, subject, "gather.0.npz")
        finally:
            ended.set()
        watching.result()
    got = [pair for answer in answers for pair in told(answer).items()]
    bodies = {reservation(number, turn) for number in range(RESERVERS) for turn in range(RESERVED)}
    assert sorted(contents(witness).items()) == sorted([*got, *taken.items()])
    assert witness.keys() == sorted(f"gather.{number}.npz" for number in range(len(got) + len(taken)))
    assert seen <= bodies | {b"old"}
