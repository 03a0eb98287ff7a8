"""Clients that act on the same objects at once, in threads and in processes, and the histories that they leave."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.budgets import NotReadyError, pressure
from conformance.histories import Kind, Operation, timed
from conformance.writing import read, write

Meet = Callable[[str], object]
"""`meet(name)` returns when every client has come there."""
MEETING_SECONDS: Final = 20.0
"""How long clients wait for each other, on an idle machine."""
_GLANCE: Final = 0.001
"""How long a client waits before it looks again who has come (s)."""
_SMALLEST: Final = 64
"""Bytes of the shortest value."""
_OFTEN: Final = 1e-5
"""How long a thread runs before another one's turn (s), so that operations in memory overlap too."""


@dataclass(frozen=True)
class Step:
    """What a client does next, and to which object."""

    name: str
    kind: Kind
    value: bytes = b""


Script = Sequence[Step]


def scripts(
    rng: random.Random, clients: int, operations: int, names: Sequence[str], kinds: Sequence[Kind]
) -> list[Script]:
    """Random steps for every client, name after name; no two values have the same bytes or the same size."""
    found: list[list[Step]] = [[] for _ in range(clients)]
    for name in names:
        for client, script in enumerate(found):
            for number in range(operations):
                place = client * operations + number
                kind = rng.choice(kinds)
                value = f"{name} {place} ".encode().ljust(_SMALLEST, b".") + bytes(place)
                script.append(Step(name, kind, value if kind in ("write", "create") else b""))
    return list(found)


def histories(operations: Sequence[tuple[str, Operation]]) -> dict[str, list[Operation]]:
    """Name → what was done to its object."""
    found: dict[str, list[Operation]] = {}
    for name, operation in operations:
        found.setdefault(name, []).append(operation)
    return found


def perform(filesystems: Sequence[Any], group: Sequence[Script], meet: Meet) -> list[tuple[str, Operation]]:
    """Follow each script in a thread, by the file system in its place; all meet before each new name."""
    with _short_turns(), ThreadPoolExecutor(len(group)) as pool:
        done = [pool.submit(list, _follow(fs, script, meet)) for fs, script in zip(filesystems, group, strict=True)]
    # Whoever fails keeps the others waiting; its own error is what there is to say, and not that they waited.
    for failure in worst_first(each.exception() for each in done):
        raise failure
    return [operation for each in done for operation in each.result()]


def worst_first(errors: Iterable[object]) -> list[BaseException]:
    """The exceptions among these, and behind them those of clients that only waited for another one."""
    found = [each for each in errors if isinstance(each, BaseException)]
    return sorted(found, key=lambda error: isinstance(error, NotReadyError))


def perform_in_process(number: int, subject: Any, groups: Sequence[Sequence[Script]], place: Path) -> Any:
    """Follow the scripts of one group in this process, by its own default file system."""
    fs, clients = subject.get_filesystem(), sum(map(len, groups))
    fs.exists("connected")
    return perform([fs] * len(groups[number]), groups[number], lambda name: _meet_at(place / name, clients))


def barrier(clients: int) -> Meet:
    """A meeting of threads."""
    gate = threading.Barrier(clients, timeout=MEETING_SECONDS * pressure())

    def meet(name: str) -> None:
        try:
            gate.wait()
        except threading.BrokenBarrierError:
            raise _missing(clients, name) from None

    return meet


def _meet_at(place: Path, clients: int) -> None:
    """Meet clients of other processes: each leaves a file and waits for those of the others."""
    place.mkdir(parents=True, exist_ok=True)
    Path(place, f"{time.monotonic_ns()}-{threading.get_ident()}").touch()
    deadline = time.monotonic() + MEETING_SECONDS * pressure()
    while len(list(place.iterdir())) < clients:
        if time.monotonic() > deadline:
            raise _missing(clients, place.name)
        time.sleep(_GLANCE)


def _missing(clients: int, name: str) -> NotReadyError:
    return NotReadyError(f"not all of {clients} clients came to {name} in time")


def _follow(fs: Any, script: Script, meet: Meet) -> Iterator[tuple[str, Operation]]:
    client, met = f"{threading.get_native_id()}", ""
    for step in script:
        if step.name != met:
            met = step.name
            meet(met)
        act = _ACTS[step.kind]
        yield step.name, timed(client, step.kind, step.value, lambda act=act, step=step: act(fs, step))  # type: ignore[misc]


def _create(fs: Any, step: Step) -> bool:
    try:
        write(fs, step.name, step.value, "xb")
    except FileExistsError:
        return False
    return True


def _read(fs: Any, step: Step) -> bytes | None:
    try:
        return read(fs, step.name)
    except FileNotFoundError:
        return None


def _size(fs: Any, step: Step) -> int | None:
    try:
        return int(fs.stat(step.name).size)
    except FileNotFoundError:
        return None


_ACTS: Final[Mapping[Kind, Callable[[Any, Step], Any]]] = {
    "write": lambda fs, step: write(fs, step.name, step.value),
    "create": _create,
    "delete": lambda fs, step: fs.rm(step.name, missing_ok=True),
    "read": _read,
    "exists": lambda fs, step: fs.exists(step.name),
    "size": _size,
}


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let threads take turns often."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_OFTEN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
