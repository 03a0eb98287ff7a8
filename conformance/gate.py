"""The gate: what makes a run red beyond its verdicts, one line each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from conformance.ledger import Deviation, Ledger
from conformance.selection import Selection
from conformance.verdicts import NOT_APPLICABLE, PASS, Row

_MANY = 3
"""More names than this in one line are counted."""


def complaints(ledger: Ledger, selection: Selection, backends: Collection[str], rows: Collection[Row]) -> list[str]:
    """What is wrong with a run as a whole."""
    return [*unplanned(selection, backends, rows), *rotten(ledger, selection, backends, rows)]


def unplanned(selection: Selection, backends: Collection[str], rows: Collection[Row]) -> Iterator[str]:
    """Behaviours that the suite's files define, that were asked for, and that something made vanish."""
    missing: dict[tuple[str, ...], list[str]] = {}
    for backend in backends if selection.whole else ():
        lost = selection.behaviours - {row.behaviour for row in rows if row.backend == backend}
        missing.setdefault(tuple(sorted(lost)), []).append(backend)
    for lost_there, places in missing.items():
        if lost_there:
            yield f"never planned on {', '.join(places)}: {_some(lost_there)}"


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


def _rot(entry: Deviation, row: Row | None, planned: bool) -> str:
    if row is None:
        return "matches nothing: there is no such case" if planned else ""
    if not entry.covers(row.server):
        return ""
    return {PASS: "passes now", NOT_APPLICABLE: "does not apply there"}.get(row.verdict, "")


def _some(names: Collection[str]) -> str:
    """The first few names and how many more there are."""
    first = ", ".join(list(names)[:_MANY])
    return f"{first} and {len(names) - _MANY} more" if len(names) > _MANY else first
