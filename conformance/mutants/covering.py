"""Which tests meet a mutant: those that run its line, the cheapest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from conformance.mutants import KINDS, UNITS, Target, tracing
from conformance.mutants.mutation import Mutant, digest
from conformance.mutants.places import Lines, Module, showing
from conformance.mutants.server import End
from conformance.mutants.slot import Meeting

MOST: Final = 1000
"""Tests of one kind that a mutant meets; thousands run a line that reads an address."""
USUAL: Final = 0.03
"""Seconds that a test takes while its lines are noted: fewer dear ones are met, as long as `MOST` such take."""
Masks = dict[str, int]
"""File → a number whose bit n is set where line n runs."""


@dataclass(frozen=True)
class Seen:
    """A test that passes on the true layer."""

    kind: str
    file: str
    seconds: float
    lines: Masks


@dataclass
class Covering:
    """What every test runs."""

    tests: dict[str, Seen] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    """Tests that fail on the true layer, and so judge nothing → why."""

    def add(self, kind: str, file: str, traced: Mapping[str, Any]) -> None:
        """Add what `traced` says of a file."""
        self.failing.update(traced["failing"])
        for name, (seconds, masks) in traced["tests"].items():
            self.tests[name] = Seen(kind, file, seconds, {file: int(mask, 16) for file, mask in masks.items()})

    def meetings(self, modules: Mapping[str, Module], mutant: Mutant, most: int = MOST) -> list[Meeting]:
        """The tests that meet a mutant, at most so many of each kind; none where no test runs its line."""
        lines = showing(modules, mutant.file, mutant.place) or _all_in(mutant.file)
        masks = {file: mask_of(numbers) for file, numbers in lines.items()}
        met = {name: test for name, test in self.tests.items() if _runs(test, masks)}
        return [_meeting(kind, {name: test for name, test in met.items() if test.kind == kind}, most) for kind in KINDS]


def traced(end: End, traces: tracing.Traces, modules: Mapping[str, Module]) -> dict[str, Any]:
    """What a run of one file told, as it is kept: lines that run at an import are left out."""
    running = {file: _running(module) for file, module in modules.items()}
    tests = {}
    for name, seconds in end.passed.items():
        masks = {file: mask_of(lines) & running.get(file, 0) for file, lines in traces.get(name, {}).items()}
        tests[name] = seconds, {file: f"{mask:x}" for file, mask in masks.items() if mask}
    failing = dict(end.failed) if end.how == "passed" else {**end.failed, end.test: f"{end.how}: {end.why}"}
    return {"tests": tests, "failing": failing}


def mask_of(lines: Iterable[int]) -> int:
    """A number with a bit for each line."""
    found = 0
    for line in lines:
        found |= 1 << line
    return found


def key_of_file(target: Target, file: str) -> str:
    """A word for all that decides which lines the tests of a file run."""
    layer = [target.root / path for path in target.sources()]
    places = {Path(file).parts[0], target.behaviours, target.units, "fixtures"}
    shared = [path for place in sorted(places) for path in sorted(target.root.joinpath(place).rglob("*.py"))]
    helpers = [path for path in shared if not path.name.startswith("test_") and "mutants" not in path.parts]
    return digest(file, *target.options, *map(_text, [*layer, *helpers, target.root / file]))


def key_of_trial(target: Target, mutant: Mutant, meetings: Iterable[Meeting]) -> str:
    """A word for all that decides what comes of a mutant: the module, the change, and the tests with their files."""
    tests = [name for meeting in meetings for name in sorted(meeting.seconds)]
    files = sorted({file for meeting in meetings for file in meeting.files})
    return digest(mutant.id, *tests, *(_text(target.root / file) for file in [mutant.file, *files]))


@cache
def _text(path: Path) -> str:
    """A word for what a file says; a snapshot does not change."""
    return digest(path.read_text(encoding="utf-8"))


def _meeting(kind: str, tests: Mapping[str, Seen], most: int) -> Meeting:
    """The cheapest first, but of many cases of one test the next only when all tests have had their turn.

    Unit tests go file by file, since a file may start a server of its own.
    """
    cheap = sorted(tests, key=lambda name: (tests[name].seconds, name))
    turns, turn = Counter[str](), {}
    for name in cheap:
        turn[name] = turns[name.partition("[")[0]]
        turns[name.partition("[")[0]] += 1
    met = sorted(cheap, key=turn.__getitem__)[:most]
    spent = accumulate(tests[name].seconds for name in met)
    met = [name for name, seconds in zip(met, spent, strict=True) if seconds <= most * USUAL or name == met[0]]
    files = list(dict.fromkeys(tests[name].file for name in met))
    if kind == UNITS:
        met.sort(key=lambda name: files.index(tests[name].file))
    return Meeting(kind, {name: tests[name].seconds for name in met}, files, len(tests))


def _runs(test: Seen, masks: Masks) -> bool:
    return any(test.lines.get(file, 0) & mask for file, mask in masks.items())


def _all_in(file: str) -> Lines:
    return {file: set(range(1, 10_000))}


def _running(module: Module) -> int:
    """The lines of a module that run when functions are called."""
    return mask_of(line for place in module.places if place.runs for line in range(place.first, place.last + 1))
