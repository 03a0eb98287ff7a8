"""A run: which tests run which lines, every mutant before its tests, and what is kept of both."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from conformance.mutants import KINDS, Target, judged
from conformance.mutants.covering import MOST, Covering, key_of_file, key_of_trial, traced
from conformance.mutants.judged import Entry
from conformance.mutants.mutation import Mutant, chosen, mutants_of
from conformance.mutants.places import Module
from conformance.mutants.records import Records
from conformance.mutants.server import LEAST_SECONDS
from conformance.mutants.slot import Meeting, Outcome, Slot, copy_of
from conformance.mutants.table import Row, Trial

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """What the user asks for."""

    modules: tuple[str, ...] = ()
    """Names, or directories that end with a slash; none: all."""
    most: int = 40
    seed: int = 0
    meet: int = MOST
    at_once: int = 2
    least_seconds: float = LEAST_SECONDS

    def wants(self, name: str) -> bool:
        """Whether a module is asked for."""
        return not self.modules or any(
            name == each or (each[-1] == "/" and name.startswith(each)) for each in self.modules
        )


@dataclass
class Found:
    """What a run came to."""

    rows: list[Row] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Slots:
    """Slots that are lent to whoever has work."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._free: SimpleQueue[Slot] = SimpleQueue()
        self._slots = slots
        for slot in slots:
            self._free.put(slot)

    def each(self, work: Callable[[Slot, Any], T], things: Sequence[Any]) -> Iterator[tuple[Any, T]]:
        """Every thing with what came of it, as soon as it is known."""
        pool = ThreadPoolExecutor(len(self._slots))
        try:
            futures = {pool.submit(self._lend, work, thing): thing for thing in things}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            for slot in self._slots:
                slot.give_up()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _lend(self, work: Callable[[Slot, Any], T], thing: Any) -> T:
        slot = self._free.get()
        try:
            return work(slot, thing)
        finally:
            self._free.put(slot)


def run(target: Target, asked: Asked, records: Records, entries: Sequence[Entry]) -> Found:
    """Try the mutants that are asked for, as far as nothing is known of them."""
    with _snapshot(target) as still, ExitStack() as stack:
        slots = [stack.enter_context(Slot(still, asked.seed, asked.least_seconds)) for _ in range(asked.at_once)]
        # Servers end side by side, which takes each of them seconds.
        for slot in slots:
            stack.callback(slot.let_go)
        return _Run(still, asked, records, entries, Slots(slots)).all()


@contextmanager
def _snapshot(target: Target) -> Iterator[Target]:
    """The target as it is now, whatever is edited meanwhile."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        root = Path(directory, "checkout")
        copy_of(target.root, root)
        yield replace(target, root=root)


@dataclass(frozen=True)
class _Drawn:
    """A mutant with the tests that it meets."""

    module: str
    mutant: Mutant
    meetings: list[Meeting]
    key: str

    @property
    def name(self) -> str:
        """What its outcome is kept by."""
        return f"mutant {self.mutant.id}"

    def meeting_first(self, outcome: dict[str, str] | None) -> _Drawn:
        """The same, which meets the test first that killed it when last tried: what was edited rarely changes that."""
        test = outcome["test"] if outcome else ""
        return replace(self, meetings=[each.beginning_with(test) for each in self.meetings])

    def judged(self, slot: Slot) -> Outcome:
        """Meet them."""
        return slot.judge(self.mutant, self.meetings)


class _Run:
    def __init__(self, target: Target, asked: Asked, records: Records, entries: Sequence[Entry], slots: Slots) -> None:
        self._target, self._asked, self._records, self._entries, self._slots = target, asked, records, entries, slots
        self._sources = {str(path): target.root.joinpath(path).read_text(encoding="utf-8") for path in target.sources()}
        self._modules = {file: Module.of(source) for file, source in self._sources.items()}
        self._mutants: dict[str, list[Mutant]] = {}
        self._found = Found()

    def all(self) -> Found:
        covering = self._covering()
        drawn = [each for file in self._sources for each in self._drawn(file, covering)]
        new = [each for each in drawn if self._records.get(each.name, each.key) is None]
        for number, (each, outcome) in enumerate(self._slots.each(lambda slot, each: each.judged(slot), new), 1):
            self._records.put(each.name, each.key, asdict(outcome))
            _say(f"{number} of {len(new)}: {each.module}:{each.mutant.line} {outcome.by} {outcome.how} {outcome.test}")
        for name, mutants in self._mutants.items():
            self._close(name, mutants, [each for each in drawn if each.module == name])
        known = set(map(self._name, self._sources))
        unknown = sorted({entry.module for entry in self._entries} - known)
        self._found.complaints += [f"judged.toml: there is no module {name}" for name in unknown]
        return self._found

    def _name(self, file: str) -> str:
        return self._target.name_of(Path(file))

    def _covering(self) -> Covering:
        """Run every file of tests of which it is not known which lines it runs."""
        files = [(kind, str(path)) for kind in KINDS for path in self._target.tests(kind)]
        keys = {file: key_of_file(self._target, file) for _, file in files}
        new = [each for each in files if self._records.get(f"lines of {each[1]}", keys[each[1]]) is None]
        for (kind, file), (end, traces) in self._slots.each(lambda slot, each: slot.trace(*each), new):
            _say(f"{file}: {len(end.passed)} {kind} pass, {len(end.failed)} fail")
            self._records.put(f"lines of {file}", keys[file], traced(end, traces, self._modules))
        covering = Covering()
        for kind, file in files:
            covering.add(kind, file, self._records.get(f"lines of {file}", keys[file]))
        self._found.notes += [
            f"fails on the true layer, and judges nothing: {test}: {why}" for test, why in covering.failing.items()
        ]
        return covering

    def _drawn(self, file: str, covering: Covering) -> Iterator[_Drawn]:
        """The mutants of one module that are to be tried, each with its tests."""
        name, source = self._name(file), self._sources[file]
        if not self._asked.wants(name):
            return
        self._mutants[name] = mutants_of(file, source, list(self._modules.values()))
        for mutant in chosen(self._mutants[name], source, self._most(name), self._asked.seed):
            meetings = covering.meetings(self._modules, mutant, self._asked.meet)
            drawn = _Drawn(name, mutant, meetings, key_of_trial(self._target, mutant, meetings))
            yield drawn.meeting_first(self._records.last(drawn.name))

    def _most(self, name: str) -> int:
        """How many mutants of a module: a package that is no part of the goal, such as `engines/`, is one area."""
        alone = self._asked.modules or self._target.demands(name) or "/" not in name
        return self._asked.most if alone else -(-self._asked.most // 4)

    def _close(self, name: str, mutants: Sequence[Mutant], drawn: Sequence[_Drawn]) -> None:
        """Note what came of one module."""
        row = Row(name, self._target.demands(name))
        for each in drawn:
            outcome = Outcome(**self._records.get(each.name, each.key))
            row.trials.append(Trial.of(each.mutant, each.meetings, outcome, self._reason(name, each.mutant)))
        killed = [trial.mutant for trial in row.trials if trial.outcome.by in KINDS]
        self._found.complaints += [*judged.rotten(self._entries, name, mutants, killed), *row.complaints()]
        self._found.rows.append(row)

    def _reason(self, name: str, mutant: Mutant) -> str:
        return next((entry.reason for entry in self._entries if entry.covers(name, mutant)), "")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
