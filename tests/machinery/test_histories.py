"""The checker of concurrent histories accepts what one operation after the other explains, and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest

from conformance import clients, histories
from conformance.budgets import NotReadyError
from conformance.histories import UNKNOWN, Kind, Operation, TooLarge, after, explain, is_answered, timed


def op(begin: int, end: int, kind: Kind, answer: Any = None, value: bytes = b"") -> Operation:
    """An operation from `begin` to `end`."""
    return Operation("client", kind, value, answer, begin, end)


ACCEPTED = {
    "nothing": [],
    "one after the other": [op(0, 1, "write", value=b"a"), op(2, 3, "read", b"a"), op(4, 5, "size", 1)],
    "a read beside a write sees the old": [op(0, 9, "write", value=b"a"), op(1, 2, "read", None)],
    "a read beside a write sees the new": [op(0, 9, "write", value=b"a"), op(1, 2, "read", b"a")],
    "two writes at once, and the first to begin comes last": [
        op(0, 9, "write", value=b"a"),
        op(1, 2, "write", value=b"b"),
        op(3, 4, "read", b"b"),
        op(10, 11, "read", b"a"),
    ],
    "the loser of two creators": [
        op(0, 9, "create", False, b"a"),
        op(1, 5, "create", True, b"b"),
        op(6, 7, "read", b"b"),
    ],
    "a creator after a deletion": [
        op(0, 1, "create", True, b"a"),
        op(2, 3, "delete"),
        op(4, 5, "exists", False),
        op(6, 7, "create", True, b"b"),
        op(8, 9, "read", b"b"),
    ],
    "an unknown write that happened late": [
        op(0, 1, "write", value=b"a"),
        op(2, 3, "write", UNKNOWN, b"b"),
        op(4, 5, "read", b"a"),
        op(6, 7, "read", b"b"),
    ],
    "an unknown write that never happened": [op(0, 1, "write", UNKNOWN, b"a"), op(2, 3, "read", None)],
    "an unknown create that won": [
        op(0, 1, "create", UNKNOWN, b"a"),
        op(2, 3, "create", False, b"b"),
        op(4, 5, "read", b"a"),
    ],
    "an unknown deletion": [op(0, 1, "write", value=b"a"), op(2, 3, "delete", UNKNOWN), op(4, 5, "exists", False)],
    "an unknown read": [op(0, 1, "write", value=b"a"), op(2, 3, "read", UNKNOWN)],
}
REFUSED = {
    "stale read": [op(0, 1, "write", value=b"a"), op(2, 3, "write", value=b"b"), op(4, 5, "read", b"a")],
    "read of what nobody wrote": [op(0, 1, "write", value=b"a"), op(2, 3, "read", b"z")],
    "lost update": [
        op(0, 1, "write", value=b"a"),
        op(2, 9, "write", value=b"b"),
        op(3, 8, "write", value=b"c"),
        op(10, 11, "read", b"a"),
    ],
    "new, then old": [
        op(0, 1, "write", value=b"a"),
        op(2, 9, "write", value=b"b"),
        op(3, 4, "read", b"b"),
        op(5, 6, "read", b"a"),
    ],
    "two creators win": [op(0, 9, "create", True, b"a"), op(1, 8, "create", True, b"b")],
    "no creator wins": [op(0, 9, "create", False, b"a"), op(1, 8, "create", False, b"b")],
    "resurrection after a deletion": [
        op(0, 1, "write", value=b"a"),
        op(2, 3, "delete"),
        op(4, 5, "read", None),
        op(6, 7, "read", b"a"),
    ],
    "gone before it was deleted": [op(0, 1, "write", value=b"a"), op(2, 3, "exists", False), op(4, 5, "delete")],
    "size of the old object": [op(0, 1, "write", value=b"a"), op(2, 3, "write", value=b"bb"), op(4, 5, "size", 1)],
    "a loser's body": [
        op(0, 1, "create", True, b"a"),
        op(2, 3, "create", False, b"b"),
        op(4, 5, "read", b"b"),
    ],
    "an unknown write that was undone": [
        op(0, 1, "write", value=b"a"),
        op(2, 3, "write", UNKNOWN, b"b"),
        op(4, 5, "read", b"b"),
        op(6, 7, "read", b"a"),
    ],
    "an unknown write before it began": [op(0, 1, "read", b"a"), op(2, 3, "write", UNKNOWN, b"a")],
}


@pytest.mark.parametrize("history", ACCEPTED.values(), ids=list(ACCEPTED))
def test_accepts(history: list[Operation]) -> None:
    """A history that some order explains is accepted."""
    assert explain(history) == ""


@pytest.mark.parametrize("history", REFUSED.values(), ids=list(REFUSED))
def test_refuses(history: list[Operation]) -> None:
    """A history that no order explains is refused, and every operation of it is shown."""
    told = explain(history).splitlines()
    assert len(told) == len(history) + 1
    assert any(line.startswith("!") for line in told)


def test_knows_what_was_there_before() -> None:
    """A history may begin with an object."""
    assert explain([op(0, 1, "read", b"old")], b"old") == ""


@pytest.mark.parametrize("seed", range(30))
def test_accepts_what_a_register_did(seed: int) -> None:
    """Four clients whose answers come from a true register, asked at a moment inside each call, are accepted."""
    rng = random.Random(seed)
    moments = sorted(rng.sample(range(1, 1000), 32))
    kinds: list[Kind] = ["write", "create", "delete", "read", "exists", "size"]
    history, state = [], None
    for number, moment in enumerate(moments):
        kind, value = rng.choice(kinds), bytes(number + 1)
        answer = {"create": state is None, "read": state, "exists": state is not None}.get(kind)
        answer = (None if state is None else len(state)) if kind == "size" else answer
        each = op(moment - rng.randrange(60), moment + rng.randrange(60), kind, answer, value)
        fits, state = after(state, each)
        assert fits
        history.append(each)
    assert explain(history) == ""


def test_giving_up_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that reaches its limit raises."""
    monkeypatch.setattr(histories, "MOST_STATES", 3)
    history = [op(0, 9, "write", value=bytes(size)) for size in range(1, 6)]
    with pytest.raises(TooLarge, match="6 operations"):
        explain([*history, op(10, 11, "read", b"z")])


def test_broken_connection_is_unknown() -> None:
    """An operation whose connection broke has an unknown answer; any other error is raised."""

    def broken() -> None:
        raise ConnectionResetError

    def refused() -> None:
        raise PermissionError

    assert timed("client", "write", b"a", broken).answer == UNKNOWN
    with pytest.raises(PermissionError):
        timed("client", "write", b"a", refused)


@pytest.mark.parametrize(("unknown", "answered"), [(0, True), (1, True), (2, False), (3, False)])
def test_what_was_hardly_answered_proves_nothing(unknown: int, answered: bool) -> None:
    """Any order explains operations that all broke; so most must have been answered."""
    history = [op(each, each + 1, "exists", UNKNOWN if each < unknown else False) for each in range(3)]
    assert explain(history) == ""
    assert is_answered(history) is answered


def test_the_client_that_failed_is_told() -> None:
    """Not those that waited for it in vain, though they come first."""

    def meet(name: str) -> None:
        raise NotReadyError("waited") if name == "first" else ValueError("what went wrong")

    with pytest.raises(ValueError, match="what went wrong"):
        clients.perform([None, None], [[clients.Step("first", "read")], [clients.Step("second", "read")]], meet)
