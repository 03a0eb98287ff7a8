"""Histories: what concurrent clients did to one object, and whether one operation after the other explains it.

The checker is the search of Wing and Gong with Lowe's memory of what was tried: it takes any operation that could have
come first, asks a register with create-if-absent and delete whether the answer fits, and goes on with the rest. A
history of many objects is linearizable where that of each object is, so each is judged alone.

Source: Wing and Gong, Testing and Verifying Concurrent Objects (1993); Lowe, Testing for Linearizability (2017);
Herlihy and Wing, Linearizability (1990), for the locality.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["write", "create", "delete", "read", "exists", "size"]
Contents = bytes | None
"""What the register holds; None where there is no object."""
UNKNOWN: Final = "unknown"
"""The answer of an operation that raised a connection error: it may have happened since, or may still happen."""
MOST_STATES: Final = 200_000
"""So many states are looked at before a history counts as too large to be judged."""


class TooLarge(Exception):  # noqa: N818 - not a verdict on the history
    """The search reached its limit, so that nothing is known."""


@dataclass(frozen=True)
class Operation:
    """One call of one client on one object, with the time (ns, this machine's monotonic clock) around it."""

    client: str
    kind: Kind
    value: bytes
    """What was written; empty for the other kinds."""
    answer: Any
    """`read`: the body, or None; `exists`: a truth; `size`: bytes, or None; `create`: whether the name was free."""
    invoked: int
    returned: int

    @property
    def end(self) -> float:
        """When it had happened for certain."""
        return math.inf if self.answer == UNKNOWN else self.returned

    @property
    def only_looked(self) -> bool:
        """Whether it changed nothing for certain."""
        return self.kind in ("read", "exists", "size") or (self.kind == "create" and self.answer is False)

    def __str__(self) -> str:
        told = f"{self.kind}({_short(self.value) if self.value else ''}) -> {_short(self.answer)}"
        return f"{self.invoked / 1e6:>14.3f} to {self.returned / 1e6:.3f} ms  {self.client:<12} {told}"


def timed(client: str, kind: Kind, value: bytes, act: Callable[[], Any]) -> Operation:
    """Do something, and record it; a connection that breaks leaves the answer unknown."""
    invoked = time.monotonic_ns()
    try:
        answer = act()
    except (ConnectionError, TimeoutError):
        answer = UNKNOWN
    return Operation(client, kind, value, answer, invoked, time.monotonic_ns())


def after(state: Contents, operation: Operation) -> tuple[bool, Contents]:
    """Whether a register that holds `state` could have given this answer, and what it holds then."""
    told, known = operation.answer, operation.answer != UNKNOWN
    if operation.kind == "write":
        return True, operation.value
    if operation.kind == "delete":
        return True, None
    if operation.kind == "create":
        return not known or told == (state is None), operation.value if state is None else state
    seen = {"read": state, "exists": state is not None, "size": None if state is None else len(state)}
    return not known or told == seen[operation.kind], state


def is_answered(history: Sequence[Operation]) -> bool:
    """Whether most operations were answered; what was not may be left out, and so is explained by any order."""
    unknown = [each for each in history if each.answer == UNKNOWN]
    return 2 * len(unknown) < len(history)


def explain(history: Sequence[Operation], start: Contents = None) -> str:
    """Empty where some order of the operations, one after the other, explains every answer; else what does not fit.

    Raises:
        TooLarge: the search was given up.
    """
    search = _Search(sorted(history, key=lambda each: each.invoked))
    if search.completes(0, start):
        return ""
    lines = [f"{'' if number in search.farthest else '!':<2}{each}" for number, each in enumerate(search.operations)]
    return "\n".join(["no order of these operations explains their answers (!: those that fit nowhere)", *lines])


class _Search:
    """A depth-first search; a state is the set of operations that have happened, as bits, and what they left."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        self.farthest: set[int] = set()
        self._certain = sum(1 << number for number, each in enumerate(operations) if each.answer != UNKNOWN)
        self._tried: set[tuple[int, Contents]] = set()

    def completes(self, done: int, state: Contents) -> bool:
        """Whether the operations that are not `done` can all follow."""
        if done & self._certain == self._certain:
            return True
        if (done, state) in self._tried:
            return False
        self._remember(done, state)
        for number in self._promising(self._possible(done), state):
            fits, new = after(state, self.operations[number])
            if fits and self.completes(done | 1 << number, new):
                return True
        return False

    def _promising(self, possible: list[int], state: Contents) -> list[int]:
        """Those of the possible operations of which one comes first in some order, if there is any.

        What only looks, and fits now, may as well come now. Of several deletions the one that ends first may.
        """
        for number in possible:
            if self.operations[number].only_looked and after(state, self.operations[number])[0]:
                return [number]
        by_end = sorted(possible, key=lambda number: self.operations[number].end)
        deletions = [number for number in by_end if self.operations[number].kind == "delete"]
        return [number for number in by_end if number not in deletions[1:]]

    def _possible(self, done: int) -> list[int]:
        """The operations that may come next: no other that is left had ended before they began."""
        left = [number for number in range(len(self.operations)) if not done >> number & 1]
        first_end = min(self.operations[number].end for number in left)
        return [number for number in left if self.operations[number].invoked <= first_end]

    def _remember(self, done: int, state: Contents) -> None:
        if len(self._tried) >= MOST_STATES:
            raise TooLarge(f"{len(self.operations)} operations: {MOST_STATES} states did not decide")
        self._tried.add((done, state))
        if done.bit_count() > len(self.farthest):
            self.farthest = {number for number in range(len(self.operations)) if done >> number & 1}


def _short(value: Any) -> str:
    """A body by its first bytes and its length."""
    return f"{value[:12]!r}…{len(value)}" if isinstance(value, bytes) and len(value) > 12 else repr(value)
