"""The baseline: a file that lists how many cases of every behaviour pass on every backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from conformance.ledger import Deviation
from conformance.selection import Selection
from conformance.verdicts import ERROR, FAIL, PASS, RED, VERDICTS, Row
from fixtures.provision import BACKENDS

Baseline = dict[str, dict[str, int]]
"""Behaviour → backend → how many of its cases pass there; at least one."""

FAILS: Final = "fails "
"""What a line about a case begins with that is known to fail on a server of the user's."""
HEAD: Final = """\
# Which behaviours pass on which backends: `backend=n` where n cases of the behaviour pass, `backend` where one does.
# What does not apply and what deviates as the ledger says is not listed. `pytest --backend=… --update-baseline` writes
# the words of the backends that it runs on.
"""


def read(path: Path) -> Baseline:
    """The baseline in a file.

    Raises:
        UsageError: It is no file of text, a line is none of a baseline, or a behaviour has two.
    """
    found: Baseline = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"{path}: {error}") from None
    for number, line in enumerate(lines, start=1):
        if line.startswith(FAILS):
            continue
        behaviour, *words = line.partition("#")[0].split() or [""]
        try:
            counts = dict(map(_count, words))
        except ValueError as error:
            raise pytest.UsageError(f"{path}:{number}: {error}") from None
        if behaviour in found:
            raise pytest.UsageError(f"{path}:{number}: {behaviour} has two lines")
        if behaviour:
            found[behaviour] = counts
    return found


def known(path: Path, behaviours: Collection[str]) -> list[Deviation]:
    """The failures that a file lists, as entries of a ledger that excuse just these.

    Raises:
        UsageError: A line is not whole, or speaks of a behaviour that does not exist.
    """
    cases: dict[tuple[str, str, str], list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(FAILS):
            backend, exception, name = _failing(path, line, behaviours)
            behaviour, bracket, case = name.partition("[")
            cases.setdefault((backend, exception, behaviour), []).append(case.removesuffix("]") if bracket else "")
    today = datetime.now(timezone.utc).date().isoformat()
    return [
        Deviation(
            name=f"{path.name}: {behaviour} on {backend} ({exception})",
            behaviour=behaviour,
            backend=backend,
            exception=exception,
            message="(?s).*",
            why=f"{path.name} lists it as failing",
            source=path.name,
            date=today,
            who="server",
            case=tuple(found),
        )
        for (backend, exception, behaviour), found in cases.items()
    ]


def _failing(path: Path, line: str, behaviours: Collection[str]) -> list[str]:
    words = line.removeprefix(FAILS).split(" ", maxsplit=2)
    if len(words) < 3 or words[0] not in BACKENDS or words[2].partition("[")[0] not in behaviours:
        raise pytest.UsageError(f"{path}: {line!r} is not `{FAILS}BACKEND EXCEPTION BEHAVIOUR[CASE]`")
    return words


def failures(rows: Iterable[Row]) -> list[str]:
    """A line for each case that failed."""
    failed = [row for row in rows if row.verdict == FAIL]
    names = (f"{row.behaviour}[{row.case}]" if row.case else row.behaviour for row in failed)
    return sorted(f"{FAILS}{row.backend} {row.exception} {name}" for row, name in zip(failed, names, strict=True))


def failures_elsewhere(path: Path, backends: Collection[str], behaviours: Collection[str]) -> list[str]:
    """The lines of a file about cases that are known to fail on other backends."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    known = [line for line in lines if line.startswith(FAILS)]
    return [line for line in known if _failing(path, line, behaviours)[0] not in backends]


def _count(word: str) -> tuple[str, int]:
    """Backend and number of a word such as `minio=3`."""
    backend, equals, number = word.partition("=")
    if backend not in BACKENDS:
        raise ValueError(f"{word!r} begins with none of {', '.join(BACKENDS)}")
    if equals and not (number.isdecimal() and int(number) > 0):
        raise ValueError(f"{word!r} does not end with a number of cases")
    return backend, int(number) if equals else 1


def write(path: Path, baseline: Baseline, failing: Iterable[str] = ()) -> None:
    """Write a baseline, sorted so that a change of a behaviour is a change of its line; behind it what is to fail."""
    lines = [f"{behaviour} {' '.join(_words(counts))}\n" for behaviour, counts in sorted(baseline.items()) if counts]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join([*lines, *(f"{line}\n" for line in failing)]), encoding="utf-8")


def _words(counts: Mapping[str, int]) -> list[str]:
    return [f"{name}={counts[name]}" if counts[name] > 1 else name for name in BACKENDS if counts.get(name)]


def renewed(old: Baseline, rows: Iterable[Row], backends: Collection[str], behaviours: Collection[str]) -> Baseline:
    """A baseline with what passed now in the place of what it said of `backends`, without behaviours that are gone."""
    kept = {name: {b: n for b, n in counts.items() if b not in backends} for name, counts in old.items()}
    new = {name: counts for name, counts in kept.items() if name in behaviours}
    for (behaviour, backend), counts in _by_pair(rows).items():
        if counts[PASS]:
            new.setdefault(behaviour, {})[backend] = counts[PASS]
    return {behaviour: counts for behaviour, counts in new.items() if counts}


def compare(
    expected: Baseline,
    rows: Collection[Row],
    backends: Collection[str],
    selection: Selection,
    left_out: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> Iterator[str]:
    """What a run came to that its baseline does not say, a line for each behaviour.

    How many cases of a behaviour on a backend a sample leaves out is in `left_out`: these have to be listed as well.
    """
    strangers = [backend for backend in backends if not any(backend in counts for counts in expected.values())]
    found = _by_pair(rows)
    listed_here = [backend for backend in backends if backend not in strangers]
    hopeless = [backend for backend in listed_here if selection.whole and _all_errors(found, backend)]
    if strangers:
        yield f"baseline: nothing is listed for {', '.join(strangers)}"
    for backend in hopeless:
        yield f"baseline: nothing that is listed for {backend} could be judged"
    compared = [backend for backend in listed_here if backend not in hopeless]
    for behaviour in sorted({*expected, *(name for name, _ in found)}):
        changes: dict[str, list[str]] = {}
        for backend in compared:
            listed = expected.get(behaviour, {}).get(backend, 0)
            untried = left_out.get((behaviour, backend), 0)
            change = _change(found.get((behaviour, backend)), listed, selection, untried)
            changes.setdefault(change, []).append(backend)
        for change, places in changes.items():
            if change:
                yield f"baseline: {behaviour} on {', '.join(places)} {change}"


def _change(counts: Counter[str] | None, listed: int, selection: Selection, untried: int) -> str:
    """How the verdicts of a behaviour on a backend differ from what is listed; empty where they do not."""
    if counts is None:
        return f"vanished: {listed} listed" if listed and selection.whole else ""
    found = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
    told = f"{', '.join([*found, *[f'{untried} left out'] * bool(untried)])}; {listed} listed"
    if counts[PASS] + untried > listed:
        return f"is new: {told}"
    # Of a part of its cases only what is red tells that the behaviour got worse.
    worse = counts[PASS] + untried < listed if selection.whole_behaviours else any(counts[verdict] for verdict in RED)
    return f"got worse: {told}" if listed and worse else ""


def _by_pair(rows: Iterable[Row]) -> dict[tuple[str, str], Counter[str]]:
    """Behaviour and backend → verdicts of its cases."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        found.setdefault((row.behaviour, row.backend), Counter())[row.verdict] += 1
    return found


def _all_errors(found: Mapping[tuple[str, str], Counter[str]], backend: str) -> bool:
    """Whether a backend's cases all came to an error, as they do where its server did not start."""
    verdicts = [set(counts) for (_, place), counts in found.items() if place == backend]
    return bool(verdicts) and set().union(*verdicts) == {ERROR}
