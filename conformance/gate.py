"""The gate: what a run is held against besides its own verdicts, one line for each complaint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from conformance import baseline, ledger, options, selection
from conformance.baseline import Baseline
from conformance.ledger import Deviation, Ledger
from conformance.options import Settings
from conformance.selection import Selection
from conformance.verdicts import ERROR, NOT_APPLICABLE, PASS, Row, Verdicts
from fixtures.site import ANYWHERE

MANY: Final = 3
"""More names than this in one line are counted."""


@dataclass(frozen=True)
class Gate:
    """What a run is held against; read and checked before anything starts."""

    settings: Settings
    selection: Selection
    ledger: Ledger
    file: Path | None = None
    """The place of the baseline; None where the run is held against none."""
    expected: Baseline | None = None
    """What the baseline says; None where its file is absent."""
    update: bool = False
    """Whether the user asked for a new baseline."""

    @classmethod
    def of(cls, config: pytest.Config, settings: Settings) -> Gate:
        """The gate of a run with these options.

        Raises:
            UsageError: The ledger or the baseline makes no sense, a part of the suite was to write a baseline, or the
                project's was to list what only its user has.
        """
        asked = selection.selection_of(config)
        ours = settings.subject == options.DEFAULT_SUBJECT
        known = _ledger(config, asked, ours=ours)
        named, update = config.option.expect, config.option.update_baseline
        if not ours and not named:
            _refuse(update, f"--update-baseline is for {options.DEFAULT_SUBJECT}; another subject needs --expect=FILE")
            return cls(settings, asked, known)
        foreign = ", ".join(name for name in settings.backends if name in ANYWHERE)
        _refuse(update and not named and bool(foreign), f"nothing is listed of {foreign} here; add --expect=FILE")
        file = Path(config.invocation_params.dir, named) if named else selection.FOLDER / "baseline"
        gate = cls(settings, asked, known, file, baseline.read(file) if file.exists() else None, update)
        _refuse(gate.writes and not asked.whole, f"{file} is written by a run of the whole suite, and this is a part")
        _refuse(gate.writes and bool(settings.sampled), f"{file} is written by a run of every case; leave out --sample")
        if gate.own or gate.writes:
            return gate
        return replace(gate, ledger=known.and_also(baseline.known(file, asked.behaviours)))

    @property
    def own(self) -> bool:
        """Whether the baseline is the project's own."""
        return self.file == selection.FOLDER / "baseline"

    @property
    def writes(self) -> bool:
        """Whether the run writes its baseline: the user said so, or named a file that is not there."""
        return self.update or (self.file is not None and self.expected is None and not self.own)

    @property
    def _name(self) -> str:
        return self.file.name if self.file else ""

    def close(self, verdicts: Verdicts) -> None:
        """Note what is wrong with the run as a whole, or write its baseline."""
        rows, backends = list(verdicts.rows.values()), self.settings.backends
        listed = {} if self.writes else self.expected or {}  # what is listed and missing is told by the comparison
        verdicts.complaints += unplanned(self.selection, backends, rows, listed)
        verdicts.complaints += rotten(self.ledger, self.selection, backends, rows)
        if self.writes:
            self._write(verdicts, rows)
        elif self.expected is not None:
            self._compare(self.expected, verdicts, rows)

    def _compare(self, expected: Baseline, verdicts: Verdicts, rows: Sequence[Row]) -> None:
        backends = [name for name in self.settings.backends if not self.own or name not in ANYWHERE]
        changes = list(baseline.compare(expected, rows, backends, self.selection, verdicts.left_out))
        verdicts.complaints += changes
        command = self.settings.command(backends, "--update-baseline")
        verdicts.notes += [f"to accept it: {command}"] * bool(changes)

    def _write(self, verdicts: Verdicts, rows: Sequence[Row]) -> None:
        """Renew the file, unless the run is red; a server that the user names for the first time may fail."""
        unjudged = [f"{row.behaviour}[{row.case}] on {row.backend}" for row in rows if row.verdict == ERROR]
        red = verdicts.red() if self.own else unjudged
        if red or verdicts.complaints or self.file is None:
            why = f"these came to no verdict: {_some(unjudged)}" if unjudged else "the run is red"
            verdicts.complaints.append(f"{self._name} is not written: {why}")
            return
        old = self.expected or {}
        new = baseline.renewed(old, rows, self.settings.backends, self.selection.behaviours)
        changed = sum(old.get(name) != new.get(name) for name in {*old, *new})
        failing = [] if self.own else baseline.failures(rows)
        elsewhere = baseline.failures_elsewhere(self.file, self.settings.backends, self.selection.behaviours)
        try:
            baseline.write(self.file, new, sorted([*failing, *elsewhere]))
        except OSError as error:
            verdicts.complaints.append(f"{self._name} is not written: {error}")
            return
        verdicts.notes += [f"{len(failing)} failures are listed there as known"] * bool(failing)
        verdicts.notes.append(f"{self._name} is written: {len(new)} behaviours, {changed} lines changed")


def _ledger(config: pytest.Config, asked: Selection, *, ours: bool) -> Ledger:
    """The project's ledger, which speaks of its own layer alone, and the user's."""
    known = ledger.load(selection.FOLDER / "ledger.toml", asked.behaviours) if ours else Ledger()
    if not config.option.ledger:
        return known
    return ledger.load_own(Path(config.invocation_params.dir, config.option.ledger), asked.behaviours, known)


def _refuse(condition: bool, complaint: str) -> None:
    if condition:
        raise pytest.UsageError(complaint)


def unplanned(
    selection: Selection, backends: Collection[str], rows: Collection[Row], expected: Baseline
) -> Iterator[str]:
    """Behaviours that the suite's files define, that were asked for, and that something made vanish."""
    missing: dict[tuple[str, ...], list[str]] = {}
    for backend in backends if selection.whole else ():
        planned = {row.behaviour for row in rows if row.backend == backend}
        listed = {behaviour for behaviour, counts in expected.items() if backend in counts}
        missing.setdefault(tuple(sorted(selection.behaviours - planned - listed)), []).append(backend)
    for lost, places in missing.items():
        if lost:
            yield f"never planned on {', '.join(places)}: {_some(lost)}"


def rotten(ledger: Ledger, selection: Selection, backends: Collection[str], rows: Collection[Row]) -> Iterator[str]:
    """Entries of the ledger whose case passes now, does not apply, or does not exist."""
    found = {(row.behaviour, row.case, row.backend): row for row in rows}
    for entry in ledger.entries:
        for case in entry.case:
            row = found.get((entry.behaviour, case, entry.backend))
            complaint = _rot(entry, row, selection.whole and entry.backend in backends)
            if complaint:
                name = f"{entry.behaviour}[{case}]" if case else entry.behaviour
                yield f"ledger, {entry.name}: {name} on {entry.backend} {complaint}"


def _rot(entry: Deviation, row: Row | None, asked: bool) -> str:
    if row is None:
        return "matches nothing: there is no such case" if asked else ""
    if not entry.covers(row.server):
        return ""
    return {PASS: "passes now", NOT_APPLICABLE: "does not apply there"}.get(row.verdict, "")


def _some(names: Sequence[str]) -> str:
    """The first few names and how many more there are."""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more
