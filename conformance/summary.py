"""What a person reads after a run: one line per backend, then what did not pass and how to repeat it."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from conformance.options import Settings
from conformance.page import Report, compare, name_of
from conformance.plan import Pair
from conformance.selection import asks_for_all
from conformance.sentence import sentences
from conformance.severity import rank
from conformance.suite import Suite
from conformance.verdicts import DEVIATES, ERROR, FAIL, NOT_APPLICABLE, PASS, RED, STATUS, Row, Verdicts

Status = tuple[str, str, tuple[str, dict[str, bool]]]

WIDTH: Final = 100
MANY: Final = 3
"""More errors of one backend than this, for one and the same reason, are told as one."""
LISTED: Final = 8
"""So many names of cases that are told as one stand there."""
_COLUMNS: Final = "{:<9}{:>5}{:>5}{:>5}{:>6}{:>4}{:>9}{:>8} {}"
_COUNTED: Final = (PASS, FAIL, NOT_APPLICABLE, ERROR, DEVIATES)
_STATUSES: Final[dict[str, Status]] = {
    "Deviates": ("deviates", "d", ("DEVIATES", {"yellow": True})),
    "BackendDown": ("backend down", "D", ("DOWN", {"red": True})),
}


def quieten(config: pytest.Config) -> None:
    """Short tracebacks and no second list of failures, unless the command line asks for them."""
    given = [str(argument) for argument in config.invocation_params.args]
    if not any(argument.startswith("--tb") for argument in given):
        config.option.tbstyle = "short"
    if not any(argument.startswith("-r") for argument in given):
        config.option.reportchars = ""


def status(report: pytest.TestReport) -> Status | None:
    """How pytest shows a report that is neither pass nor failure; None leaves it to pytest."""
    properties = dict(getattr(report, "user_properties", ()))
    return _STATUSES.get(str(properties.get(STATUS)))


def why_unfinished(config: pytest.Config, exitstatus: int, verdicts: Verdicts) -> str:
    """Why a planned case may have got no verdict, as far as pytest tells."""
    if verdicts.uncollected:
        return f"{', '.join(verdicts.uncollected)} could not be collected"
    if config.option.maxfail and verdicts.red():
        return f"the run was to stop after {config.option.maxfail} failures"
    if exitstatus == pytest.ExitCode.INTERRUPTED:
        return "the run was interrupted"
    return "pytest broke" if exitstatus == pytest.ExitCode.INTERNAL_ERROR else "its process ended before"


@dataclass
class Trouble:
    """Cases that did not pass: one case on some backends, or many cases of one backend that share their reason."""

    verdict: str
    detail: str
    request: str = ""
    cause: str = ""
    """What is behind all of many cases; the detail is then the first one's."""
    pairs: list[Pair] = field(default_factory=list)

    def lines(self, settings: Settings, config: pytest.Config) -> list[str]:
        """What is wrong in a few lines, the last of which is the command that repeats it."""
        backends = list(dict.fromkeys(pair.backend for pair in self.pairs))
        names = {pair.name for pair in self.pairs}
        alone = self.pairs[0] if len(names) == 1 else None
        what = alone.name if alone else f"{len(names)} cases"
        places = [_from_here(config, each) for each in alone.nodes(self.pairs)] if alone else _chosen(config)
        command = settings.command(backends, *places)
        return [
            *_wrapped(self.verdict.upper(), f"{what} on {', '.join(backends)}"),
            *_wrapped("", alone.sentence if alone else ""),
            *_wrapped("", self.cause),
            *_wrapped("", f"first: {self.detail}" if self.cause else self.detail),
            *_wrapped("", f"last request: {self.request}" if self.request else ""),
            *_wrapped("", "" if alone else _listed([pair.name for pair in self.pairs])),
            f"      {command}",
        ]


def write(terminal: pytest.TerminalReporter, suite: Suite, plan: Mapping[str, Pair], verdicts: Verdicts) -> None:
    """Print the summary of a run."""
    rows, settings = verdicts.rows, suite.settings
    behaviours = {row.behaviour for row in rows.values()}
    if not rows and not verdicts.complaints:
        return
    terminal.section("conformance", sep="=")
    for line in sentences(suite, plan, rows, whole=asks_for_all(terminal.config)):
        terminal.line(line, bold=not line.startswith(" "))
    terminal.line(f"behaviours: {len(behaviours)}, subject: {settings.subject}, seed: {settings.seed}")
    terminal.line("")
    _write_backends(terminal, suite, rows.values())
    for name, found in deviations(rows.values()).items():
        terminal.line("")
        for line in _deviation(suite, name, found):
            terminal.line(line)
    _write_gate(terminal, verdicts)
    for trouble in troubles(plan, rows):
        terminal.line("")
        for number, line in enumerate(trouble.lines(settings, terminal.config)):
            terminal.line(line, red=number == 0)
    if settings.report:
        terminal.line("")
        for line in _compared(settings):
            terminal.line(line)
        terminal.line(f"every verdict: {settings.report}/index.html")


def _write_backends(terminal: pytest.TerminalReporter, suite: Suite, rows: Collection[Row]) -> None:
    """Print one line for each backend, and where whole behaviours do not apply."""
    terminal.line(_COLUMNS.format("backend", "pass", "fail", "n/a", "error", "dev", "requests", "seconds", "server"))
    for backend in suite.settings.backends:
        mine = [row for row in rows if row.backend == backend]
        terminal.line(_line(suite, backend, mine), red=any(row.verdict in RED for row in mine))
    nowhere = [f"{count} on {backend}" for backend, count in inapplicable(rows).items()]
    if nowhere:
        terminal.line("")
        terminal.line(f"behaviours that do not apply at all: {', '.join(nowhere)}")


def _compared(settings: Settings) -> list[str]:
    """What changed since the report that `--baseline` names, in short; the cases that got worse by name."""
    if not settings.baseline:
        return []
    changes = compare(Report.read(Path(settings.baseline)), Report.read(Path(settings.report)))
    counts = ", ".join(f"{len(found)} {kind}" for kind, found in changes.items())
    worse = [f"{name_of(each)} on {each['backend']}: {each['before']} → {each['after']}" for each in changes["worse"]]
    return [f"since {settings.baseline}: {counts}", *(line for each in worse for line in _wrapped("WORSE", each))]


def _write_gate(terminal: pytest.TerminalReporter, verdicts: Verdicts) -> None:
    """Print what makes the run red as a whole, and what became of the baseline."""
    if verdicts.complaints or verdicts.notes:
        terminal.line("")
    for complaint in verdicts.complaints:
        for line in _wrapped("RED", complaint):
            terminal.line(line, red=True)
    for note in verdicts.notes:
        terminal.line(f"      {note}")


def inapplicable(rows: Iterable[Row]) -> dict[str, int]:
    """Backend → how many behaviours have no case there that applies."""
    verdicts: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        verdicts.setdefault((row.backend, row.behaviour), set()).add(row.verdict)
    return dict(Counter(backend for (backend, _), found in verdicts.items() if found == {NOT_APPLICABLE}))


def deviations(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Entry of the ledger → the cases that fail as it says."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row.entry, row.behaviour, row.case)):
        if row.verdict == DEVIATES:
            found.setdefault(row.entry, []).append(row)
    return found


def _deviation(suite: Suite, name: str, rows: Sequence[Row]) -> list[str]:
    """What is known of a deviation: its name, what it touches, why, and where to read more."""
    (entry,) = [each for each in suite.ledger.entries if each.name == name]
    cases = f", {len(rows)} cases" * (len(rows) > 1)
    return [
        *_wrapped("KNOWN", f"{name}: {entry.behaviour} on {entry.backend}{cases}"),
        *_wrapped("", f"{entry.why} ({entry.who}; {entry.source})"),
    ]


def troubles(plan: Mapping[str, Pair], rows: Mapping[str, Row]) -> list[Trouble]:
    """What did not pass, the worst failures first; what ails many cases of a backend alike is told once."""
    shared = Counter(_shared(row) for row in rows.values() if row.verdict in RED)
    found: dict[tuple[str, ...], Trouble] = {}
    for nodeid in sorted(rows, key=lambda nodeid: _place(rows[nodeid], nodeid)):
        row, pair = rows[nodeid], plan[nodeid]
        if row.verdict in RED:
            many = shared[_shared(row)] > (MANY if row.verdict == ERROR else 1) and _shared(row)[2]
            cause = row.cause if many and row.verdict == FAIL else ""
            identity = (row.verdict, cause or row.detail, row.backend if many else "", "" if many else pair.name)
            request = "" if many and not cause else row.request
            found.setdefault(identity, Trouble(row.verdict, row.detail, request, cause)).pairs.append(pair)
    return list(found.values())


def _shared(row: Row) -> tuple[str, str, str]:
    """What cases of one backend share that are told as one: the reason of errors, the cause of failures."""
    return (row.verdict, row.backend, row.detail if row.verdict == ERROR else row.cause)


def _place(row: Row, nodeid: str) -> tuple[bool, int, str]:
    return (row.verdict == ERROR, rank(row.behaviour) if row.verdict == FAIL else 0, nodeid)


def _listed(names: Sequence[str]) -> str:
    """The first names of many cases."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _line(suite: Suite, backend: str, rows: Iterable[Row]) -> str:
    rows = list(rows)
    counts = [sum(row.verdict == verdict for row in rows) for verdict in _COUNTED]
    requests = sum(sum(row.requests.values()) for row in rows)
    seconds = f"{sum(row.seconds for row in rows):.1f}"
    return _COLUMNS.format(backend, *counts, requests, seconds, _server(suite, backend))


def _server(suite: Suite, backend: str) -> str:
    endpoint = suite.endpoints.get(backend)
    if endpoint is None:
        return "did not start"
    if endpoint.scheme == "memory":
        return f"{endpoint.server}, witness: second instance"
    return f"{endpoint.server}, {endpoint.runs_as}"


def _from_here(config: pytest.Config, nodeid: str) -> str:
    """A node id as pytest understands it where the user started the run."""
    file, *rest = nodeid.split("::")
    return "::".join([os.path.relpath(config.rootpath / file, config.invocation_params.dir), *rest])


def _chosen(config: pytest.Config) -> list[str]:
    """The words by which the user chose behaviours; none for the whole suite."""
    words = [*config.args] * (config.args_source is pytest.Config.ArgsSource.ARGS)
    return words + [word for flag in ("-k", "-m") if (text := config.getoption(flag)) for word in (flag, text)]


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{head:<6}", subsequent_indent=" " * 6, max_lines=4)
