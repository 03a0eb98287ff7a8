"""What people read of a run: a table by module, every survivor, and what is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from conformance.mutants import BEHAVIOURS, UNITS
from conformance.mutants.judged import look_of
from conformance.mutants.mutation import Mutant
from conformance.mutants.server import FAILED
from conformance.mutants.slot import SURVIVED, Meeting, Outcome

EITHER: Final = 0.95
ALONE: Final = 0.85
"""Least shares of the goal's modules: killed by behaviours or unit tests, and by behaviours alone."""
FEW: Final = 3
_LINE: Final = "{:<24}{:>6}{:>12}{:>7}{:>10}{:>12}{:>10}{:>9}{:>9}"
_HEADS: Final = ("module", "tried", "behaviours", "units", "survived", "equivalent", "timeouts", "alone", "either")


@dataclass(frozen=True)
class Trial:
    """A mutant, who met it, and what came of that."""

    mutant: Mutant
    met: dict[str, int]
    """Kind → how many tests."""
    covering: dict[str, int]
    """Kind → how many tests run its line."""
    first: list[str]
    """The first few of them."""
    outcome: Outcome
    reason: str = ""
    """Why it is equivalent; empty where nobody says so."""

    @classmethod
    def of(cls, mutant: Mutant, meetings: Sequence[Meeting], outcome: Outcome, reason: str) -> Trial:
        """What the table keeps of a trial."""
        met = {meeting.kind: len(meeting.seconds) for meeting in meetings}
        tests = [name for meeting in meetings for name in meeting.seconds]
        covering = {meeting.kind: meeting.covering for meeting in meetings}
        return cls(mutant, met, covering, tests[:FEW], outcome, reason if outcome.by == SURVIVED else "")


@dataclass
class Row:
    """The trials of one module."""

    name: str
    demanded: bool
    trials: list[Trial] = field(default_factory=list)

    def count(self, by: str) -> int:
        """How many came to that."""
        return sum(each.outcome.by == by for each in self.trials)

    @property
    def equivalent(self) -> int:
        """How many are judged to be so."""
        return sum(bool(each.reason) for each in self.trials)

    def score(self, *kinds: str) -> float:
        """The share that these killed of those that can be killed."""
        judged = len(self.trials) - self.equivalent
        return sum(map(self.count, kinds)) / judged if judged else 1.0

    def complaints(self) -> Iterator[str]:
        """What is asked of the module and not so."""
        if not self.demanded:
            return
        for least, score, who in (
            (EITHER, self.score(BEHAVIOURS, UNITS), "behaviours or unit tests"),
            (ALONE, self.score(BEHAVIOURS), "behaviours alone"),
        ):
            if score < least:
                yield f"{self.name}: {score:.1%} of the mutants are killed by {who}, and {least:.0%} are asked for"
        left = sum(each.outcome.by == SURVIVED and not each.reason for each in self.trials)
        if left:
            yield f"{self.name}: {left} survivors are not judged"

    def line(self) -> str:
        """The line of the table."""
        late = sum(each.outcome.how not in ("", FAILED) for each in self.trials)
        counts = (len(self.trials), *map(self.count, (BEHAVIOURS, UNITS, SURVIVED)), self.equivalent, late)
        shares = (f"{self.score(BEHAVIOURS):.1%}", f"{self.score(BEHAVIOURS, UNITS):.1%}")
        return _LINE.format(self.name + " *" * self.demanded, *counts, *shares)


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The table, and every survivor that is not judged to be equivalent."""
    found = list(rows)
    yield _LINE.format(*_HEADS)
    yield from (row.line() for row in found)
    if len(found) > 1:
        yield Row("all", demanded=False, trials=[trial for row in found for trial in row.trials]).line()
    yield "*: a module of the goal; a timeout, or a process that ended, came twice and counts as killed"
    for row in found:
        for trial in row.trials:
            if trial.outcome.by == SURVIVED and not trial.reason:
                yield from _survivor(row.name, trial)


def _survivor(name: str, trial: Trial) -> Iterator[str]:
    function, before, after = look_of(trial.mutant)
    yield f"\n{name}:{trial.mutant.line} survives, in {function or 'the module'}"
    yield f"  - {before}"
    yield f"  + {after}"
    met = ", ".join(_counted(kind, count, trial.covering[kind]) for kind, count in trial.met.items())
    yield f"  covered by {met}" + (": " + ", ".join(trial.first) if trial.first else "")


def _counted(kind: str, met: int, covering: int) -> str:
    return f"{covering} {kind}" + (f" ({met} met it)" if met < covering else "")


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write one JSON object per trial."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(_fields(row, trial)) + "\n" for row in rows for trial in row.trials))


def _fields(row: Row, trial: Trial) -> dict[str, object]:
    function, before, after = look_of(trial.mutant)
    return {
        "module": row.name,
        "line": trial.mutant.line,
        "function": function,
        "before": before,
        "after": after,
        **asdict(trial.outcome),
        "met": trial.met,
        "covering": trial.covering,
        "first": trial.first,
        "equivalent": trial.reason,
    }
