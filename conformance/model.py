"""The model: a dictionary that a file system must agree with, whatever is done to both, step by step.

Hypothesis writes the scripts, and makes the one that fails as short as it can.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from conformance.writing import BodyError, create_next, read, write, write_and_fail
from fixtures.endpoint import CONFLICTS, OBJECT_BESIDE_PREFIX, Endpoint
from fixtures.witness import Witness

NAMES: Final = ("a", "a/b", "a/b/c", "a/bc", "ab", "a-b", "b/a", "c/g.0.npz")
"""Objects, their own prefixes, and names that only begin like them."""
APART: Final = tuple(name for name in NAMES if name not in ("a", "a/b/c"))
"""Those of which none is below another, for servers that fail where one is."""
PREFIXES: Final = ("", "a", "a/b", "b", "c", "ab", "d")
COUNTED: Final = "c/g.0.npz"
STEPS: Final = 40
EXAMPLES: Final = 5
"""Scripts of one run of Hypothesis; runs follow each other until the time is up."""
SHRINKING_SECONDS: Final = 10
"""How long a script that fails is made shorter."""
IN_THE_WAY: Final = (IsADirectoryError, NotADirectoryError, FileExistsError)
"""How an endpoint refuses an object beside a prefix of its name where it cannot hold both."""

every_name = st.one_of(st.just("a"), st.just("a/b"), st.sampled_from(NAMES))
names = st.runner().flatmap(lambda script: st.sampled_from(APART) if script.keeps_names_apart else every_name)
bodies = st.binary(max_size=6)
instances = st.sampled_from([0, 1])
Errors = tuple[type[OSError], ...]


@dataclass
class World:
    """What every script of one case shares."""

    endpoint: Endpoint
    filesystems: Sequence[Any]
    """Instances at the same prefix."""
    witness: Witness
    examples: itertools.count[int] = field(default_factory=itertools.count)

    def run(self, start: int, seconds: float, patch: pytest.MonkeyPatch) -> int:
        """Run scripts that depend on `start` for so many seconds; return how many there were.

        Raises:
            AssertionError: file system and dictionary disagree; the shortest script that shows it is printed.
        """
        patch.setattr(engine, "MAX_SHRINKING_SECONDS", SHRINKING_SECONDS)
        end = time.monotonic() + seconds
        for number in itertools.count():
            run_state_machine_as_test(self._seeded(start + number), settings=_settings())
            if time.monotonic() > end:
                break
        return next(self.examples)

    def replay(self, steps: Sequence[tuple[Any, ...]]) -> None:
        """Take steps that are known: the name of a rule, and its arguments in their order.

        Raises:
            AssertionError: file system and dictionary disagree.
        """
        script = Script(self, f"script-{next(self.examples)}")
        for name, *arguments in steps:
            getattr(script, name)(*arguments)
        script.teardown()

    def _seeded(self, number: int) -> Any:
        @seed(number)
        def machine() -> Script:
            return Script(self, f"script-{next(self.examples)}")

        return machine


def _settings() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


class Script(RuleBasedStateMachine):
    """One script, with a prefix to itself; every step does the same to the file system and to the dictionary."""

    def __init__(self, world: World, prefix: str) -> None:
        super().__init__()
        self._world = world
        self._prefix = prefix
        self._objects: dict[str, bytes] = {}
        self.keeps_names_apart = CONFLICTS in world.endpoint.unseen
        self._touched = set(APART if self.keeps_names_apart else NAMES)

    @rule(instance=instances, name=names, body=bodies)
    def write(self, instance: int, name: str, body: bytes) -> None:
        """Write or overwrite."""
        if self._agrees(self._in_the_way(name), lambda: write(self._fs(instance), self._at(name), body)):
            self._objects[name] = body

    @rule(instance=instances, name=names, body=bodies)
    def create(self, instance: int, name: str, body: bytes) -> None:
        """Create where the name must be free."""
        taken: Errors = (FileExistsError,) if name in self._objects else ()
        errors = taken or self._in_the_way(name)
        if self._agrees(errors, lambda: write(self._fs(instance), self._at(name), body, "xb")):
            self._objects[name] = body

    @rule(instance=instances, body=bodies)
    def take_the_next_free(self, instance: int, body: bytes) -> None:
        """Create under the next free counter."""
        free = next(name for name in map("c/g.{}.npz".format, itertools.count()) if name not in self._objects)
        assert create_next(self._fs(instance), self._at(COUNTED), body) == free.removeprefix("c/")
        self._objects[free] = body
        self._touched.add(free)

    @rule(instance=instances, name=names, body=bodies, mode=st.sampled_from(["wb", "xb"]))
    def fail_to_write(self, instance: int, name: str, body: bytes, mode: str) -> None:
        """Raise an exception in the body of the `with`."""
        with pytest.raises(BodyError):
            write_and_fail(self._fs(instance), self._at(name), body, mode)

    @rule(name=names)
    def read(self, name: str) -> None:
        """Read whole, and ask about the object, through either instance."""
        body = self._objects.get(name)
        missing: Errors = () if body is not None else (FileNotFoundError,)
        for fs in self._world.filesystems:
            assert fs.exists(self._at(name)) == (body is not None)
            assert self._answer(missing, partial(read, fs, self._at(name))) == body
        size = self._answer(missing, lambda: self._fs(0).stat(self._at(name)).size)
        assert size == (None if body is None else len(body))

    @rule(instance=instances, name=names, offset=st.integers(0, 6), length=st.integers(1, 6))
    def read_range(self, instance: int, name: str, offset: int, length: int) -> None:
        """Read a range; one that begins at or past the end is refused."""
        fs, body = self._fs(instance), self._objects.get(name)
        errors: Errors | tuple[type[ValueError]] = (FileNotFoundError,) if body is None else ()
        if body is not None and offset >= len(body):
            errors = (ValueError,)
        expected = None if errors or body is None else body[offset : offset + length]
        assert self._answer(errors, lambda: fs.read(self._at(name), offset, length)) == expected

    @rule(instance=instances, prefix=st.sampled_from(PREFIXES))
    def look_below(self, instance: int, prefix: str) -> None:
        """List one level, list all, and ask whether there is anything."""
        if self._is_promised_below(prefix):
            below = sorted(name for name in self._objects if name.startswith(_slashed(prefix)))
            level = sorted({_one_level(name, _slashed(prefix)) for name in below})
            fs, place = self._fs(instance), self._at(prefix)
            assert fs.find(place) == list(map(self._at, below))
            assert fs.ls(place) == list(map(self._at, level))
            assert fs.isdir(place) == bool(below)

    @rule(instance=instances, name=names, missing_ok=st.booleans())
    def delete(self, instance: int, name: str, missing_ok: bool) -> None:
        """Delete an object; a mere prefix is refused."""
        errors: Errors = () if missing_ok or name in self._objects else (FileNotFoundError,)
        if errors and self._below(name):
            errors = (IsADirectoryError,) if self._is_promised_below(name) else (FileNotFoundError, IsADirectoryError)
        self._agrees(errors, lambda: self._fs(instance).rm(self._at(name), missing_ok=missing_ok))
        self._objects.pop(name, None)

    @rule(instance=instances, name=names, missing_ok=st.booleans())
    def delete_all(self, instance: int, name: str, missing_ok: bool) -> None:
        """Delete an object and everything below its name."""
        doomed = {name, *self._below(name)} & set(self._objects)
        if self._is_promised_below(name):
            errors: Errors = () if missing_ok or doomed else (FileNotFoundError,)
            fs = self._fs(instance)
            self._agrees(errors, lambda: fs.rm(self._at(name), recursive=True, missing_ok=missing_ok))
            self._objects = {each: body for each, body in self._objects.items() if each not in doomed}

    @rule(instance=instances, source=names, destination=names, moves=st.booleans())
    def copy_or_move(self, instance: int, source: str, destination: str, moves: bool) -> None:
        """Copy an object to another name, or move it there."""
        fs = self._fs(instance)
        act, blocked = fs.move if moves else fs.copy, self._in_the_way(destination) if source != destination else ()
        missing: Errors = () if source in self._objects else (FileNotFoundError,)
        errors = (*missing, *blocked) if missing else blocked
        if self._agrees(errors, lambda: act(self._at(source), self._at(destination))):
            self._objects[destination] = self._objects[source]
            if moves and source != destination:
                del self._objects[source]

    def teardown(self) -> None:
        """Have the witness compare all that is there with the dictionary."""
        found = {name: body for name in sorted(self._touched) if (body := self._witnessed(name)) is not None}
        assert found == self._objects
        start = self._at("") + "/"
        assert {key.removeprefix(start) for key in self._world.witness.keys(start)} <= set(self._objects)

    def _fs(self, instance: int) -> Any:
        return self._world.filesystems[instance]

    def _at(self, name: str) -> str:
        return f"{self._prefix}/{name}" if name else self._prefix

    def _below(self, name: str) -> set[str]:
        return {each for each in self._objects if each.startswith(_slashed(name))}

    def _parents(self, name: str) -> set[str]:
        return {each for each in self._objects if name.startswith(_slashed(each))}

    def _in_the_way(self, name: str) -> Errors:
        """How writing this name is refused because of a prefix or a parent that is there."""
        can = OBJECT_BESIDE_PREFIX in self._world.endpoint.capabilities
        return IN_THE_WAY if not can and (self._below(name) or self._parents(name)) else ()

    def _is_promised_below(self, prefix: str) -> bool:
        """Whether listings of what lies below are promised: a server may hide what lies below an object."""
        concerned = {*self._below(prefix), *({prefix} & set(self._objects)), *self._parents(prefix)}
        return not any(self._below(name) for name in concerned)

    def _witnessed(self, name: str) -> bytes | None:
        try:
            return self._world.witness.get(self._at(name))
        except KeyError:
            return None

    def _agrees(self, errors: Errors, act: Callable[[], object]) -> bool:
        """Do something that must raise one of these errors, if there are any; whether it was done."""
        self._answer(errors, act)
        return not errors

    def _answer(self, errors: tuple[type[Exception], ...], act: Callable[[], Any]) -> Any:
        """What something answers; None where it must raise, and does."""
        if not errors:
            return act()
        with pytest.raises(errors):
            act()
        return None


def _slashed(prefix: str) -> str:
    return f"{prefix}/" if prefix else ""


def _one_level(name: str, start: str) -> str:
    return start + name.removeprefix(start).partition("/")[0]
