"""Verdicts: what each case came to, decided where it ran, gathered where the user started the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.outcomes import Failed

from conformance.budgets import NotReadyError
from conformance.ending import ProcessEnded
from conformance.ledger import class_of
from conformance.options import CACHE, ENGINE
from conformance.plan import Pair, pair_of
from conformance.reasons import cause, last_request, of_a_channel, of_a_witness, reason
from conformance.subject import SubjectFailed
from conformance.suite import Suite

PASS: Final = "pass"
FAIL: Final = "fail"
NOT_APPLICABLE: Final = "not-applicable"
ERROR: Final = "error"
DEVIATES: Final = "deviates"
VERDICTS: Final = (PASS, FAIL, NOT_APPLICABLE, ERROR, DEVIATES)
"""Every verdict there is; a case deviates when it fails exactly as its entry in the ledger says."""
RED: Final = (FAIL, ERROR)
PROPERTY: Final = "verdict"
"""Under this name a row travels in the properties of a report of pytest."""
STATUS: Final = "status"
"""Under this name a report says that its item deviates or that its backend is down."""
DETAIL_LENGTH: Final = 500


class BackendDown(Failed):
    """The backend did not start or has stopped answering, so that nothing can be said about the subject."""


@dataclass(frozen=True)
class Row:
    """One line of verdicts.jsonl: one case on one backend."""

    behaviour: str
    case: str
    backend: str
    engine: str
    cache: str
    subject: str
    verdict: str
    detail: str
    requests: dict[str, int]
    """Kind → how many went over the wire, or how many the library counted where there is no wire."""
    seconds: float
    seed: int
    server: str
    entry: str = ""
    """The entry of the ledger that a case which deviates fails by."""
    exception: str = ""
    """The class of what a failed case raised, as the ledger names it."""
    request: str = ""
    """The last request of a failed case, and its answer."""
    cause: str = ""
    """What the server did that may be behind the failure, alike for all that it is behind."""


@dataclass
class Trial:
    """What has become known about one item while it runs."""

    verdict: str = PASS
    detail: str = ""
    seconds: float = 0.0
    requests: dict[str, int] = field(default_factory=dict)
    entry: str = ""
    exception: str = ""
    request: str = ""
    cause: str = ""
    ended: bool = False
    """Whether its body came to an end; an interrupted one did not."""

    def find(self, verdict: str, detail: str, entry: str = "") -> None:
        """Note a verdict; the first one that is not `pass` stands, unless it would hide a red one."""
        if self.verdict == PASS or (self.verdict not in RED and verdict in RED):
            self.verdict, self.detail, self.entry = verdict, " ".join(detail.split())[:DETAIL_LENGTH], entry


TRIAL = pytest.StashKey[Trial]()


def trial_of(item: pytest.Item) -> Trial:
    """The trial of an item that is running."""
    return item.stash.setdefault(TRIAL, Trial())


def judge(suite: Suite, item: pytest.Function, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Note what one phase of an item means; its last report carries the row."""
    trial = trial_of(item)
    trial.seconds += call.duration
    trial.ended = trial.ended or report.when == "call"
    verdict, detail = _meaning(suite, item, call, report)
    entry = ""
    if report.when == "teardown" and (trial.verdict, trial.ended) == (PASS, False):
        verdict, detail = ERROR, "its body never ran"  # --setup-only and the like
    if verdict == FAIL and call.excinfo:
        verdict, detail, entry = _by_the_ledger(suite, pair_of(item), call.excinfo.value)
        _look_at_the_wire(suite, pair_of(item).backend, trial, call.excinfo.value)
    trial.find(verdict, detail, entry)
    if verdict == DEVIATES:
        _excuse(item, report, detail)
    if call.excinfo and isinstance(call.excinfo.value, BackendDown):
        report.user_properties.append((STATUS, type(call.excinfo.value).__name__))
    if verdict == ERROR:
        _redden(report, trial.detail)
    if report.when == "teardown":
        row = row_of(suite, pair_of(item), trial)
        report.user_properties.append((PROPERTY, json.dumps(asdict(row), sort_keys=True)))


def _look_at_the_wire(suite: Suite, backend: str, trial: Trial, error: BaseException) -> None:
    """Note what stands behind the first failure of a case; faults that it asked for itself are none of the server's."""
    if trial.exception:
        return
    trial.exception = class_of(error)
    requests, disturbed = suite.requests(backend)
    trial.request = last_request(requests)
    endpoint = suite.endpoints.get(backend)
    trial.cause = cause(requests, error, endpoint.faults if endpoint else {}, disturbed=disturbed)


def _meaning(
    suite: Suite, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> tuple[str, str]:
    error = call.excinfo.value if call.excinfo else None
    if hasattr(report, "wasxfail"):
        return ERROR, f"a behaviour may not be an expected failure: {error}"
    if report.skipped:
        return ERROR, f"a behaviour may not skip itself: {error}"
    return (PASS, "") if error is None else _meaning_of_failure(suite, item, error, report)


def _meaning_of_failure(
    suite: Suite, item: pytest.Item, error: BaseException, report: pytest.TestReport
) -> tuple[str, str]:
    if isinstance(error, (BackendDown, ProcessEnded, NotReadyError)):
        return ERROR, str(error)
    pair = pair_of(item)  # type: ignore[arg-type]
    silence = suite.probe(pair.backend)
    if silence:
        suite.blame(pair.backend, pair.name)
        return ERROR, silence
    if isinstance(error, Failed) and str(error).startswith("Timeout "):
        return ERROR, f"hangs: {error}"
    if lost := suite.lost_proxy(pair.backend):
        return ERROR, lost
    if of_a_channel(error):
        return ERROR, f"the suite's own proxy failed: {reason(error)}"
    if of_a_witness(error):
        return ERROR, f"the witness could not look: {reason(error)}"
    blamed = report.when == "call" or isinstance(error, SubjectFailed)
    return (FAIL, reason(error)) if blamed else (ERROR, f"{report.when}: {reason(error)}")


def _by_the_ledger(suite: Suite, pair: Pair, error: BaseException) -> tuple[str, str, str]:
    """Verdict, detail and entry of a failure, in the light of the ledger."""
    endpoint = suite.endpoints.get(pair.backend)
    entry = suite.ledger.entry(pair.behaviour, pair.case, pair.backend, endpoint.server if endpoint else "")
    if entry is None:
        return FAIL, reason(error), ""
    if entry.excuses(error):
        return DEVIATES, reason(error), entry.name
    told = f"{reason(error)} ({class_of(error)}; the ledger's {entry.name} expects {entry.exception}: {entry.message})"
    return FAIL, told, ""


def _excuse(item: pytest.Item, report: pytest.TestReport, detail: str) -> None:
    """Let pytest not count a failure that the ledger knows; it is shown by its own letter."""
    report.outcome = "skipped"
    report.longrepr = (str(item.path), item.location[1] or 0, detail)
    report.user_properties.append((STATUS, "Deviates"))


def _redden(report: pytest.TestReport, detail: str) -> None:
    """Make pytest count as failed what it would count as skipped or as an expected failure."""
    if report.outcome != "failed":
        report.outcome = "failed"
        report.longrepr = detail
    if hasattr(report, "wasxfail"):
        del report.wasxfail


def sendable(data: Any) -> Any:
    """The same lists, dicts and texts with lone surrogates escaped, which ends a worker that would send them."""
    if isinstance(data, dict):
        return {sendable(name): sendable(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return type(data)(map(sendable, data))
    return data.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(data, str) else data


def row_of(suite: Suite, pair: Pair, trial: Trial) -> Row:
    """The row of a pair, from what its trial found."""
    settings = suite.settings
    endpoint = suite.endpoints.get(pair.backend)
    return Row(
        pair.behaviour,
        pair.case,
        pair.backend,
        ENGINE,
        CACHE,
        settings.subject,
        trial.verdict,
        trial.detail,
        trial.requests,
        round(trial.seconds, 3),
        settings.seed,
        endpoint.server if endpoint else "",
        trial.entry,
        trial.exception,
        trial.request,
        trial.cause,
    )


@dataclass(eq=False)
class Verdicts:
    """All verdicts of a run, in the process that the user started."""

    rows: dict[str, Row] = field(default_factory=dict)
    """Node id → row."""
    crashes: dict[str, str] = field(default_factory=dict)
    """Node id → what pytest-xdist says about the worker that died of it."""

    uncollected: list[str] = field(default_factory=list)
    """Files that could not be collected."""

    complaints: list[str] = field(default_factory=list)
    """What makes the run red although each case may have come out well."""

    notes: list[str] = field(default_factory=list)
    """What else a person should know."""

    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Behaviour and backend → how many cases a sample leaves out."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the name of a file that could not be collected."""
        if report.failed:
            self.uncollected.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the row that a report carries, or that its worker died."""
        if report.when not in ("setup", "call", "teardown"):
            self.crashes[report.nodeid] = f"worker crashed: {report.longrepr}"
        for name, value in report.user_properties:
            if name == PROPERTY:
                self.rows[report.nodeid] = Row(**json.loads(str(value)))

    def complete(self, suite: Suite, plan: Mapping[str, Pair], why: str) -> None:
        """Give a verdict to every planned pair that does not apply, whose worker died or that never ran, and `why`."""
        self.left_out = Counter((pair.behaviour, pair.backend) for pair in plan.values() if pair.left_out)
        for nodeid, pair in plan.items():
            if pair.left_out:
                continue
            if nodeid in self.crashes:
                self.rows[nodeid] = row_of(suite, pair, Trial(ERROR, self.crashes[nodeid]))
            elif nodeid not in self.rows:
                known = Trial(NOT_APPLICABLE, pair.inapplicable)
                self.rows[nodeid] = row_of(suite, pair, known if known.detail else Trial(ERROR, f"never ran: {why}"))

    def red(self) -> bool:
        """Whether any pair failed or came to an error, or the run as a whole is complained of."""
        return bool(self.complaints) or any(row.verdict in RED for row in self.rows.values())


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write one JSON object per line, sorted so that two reports can be compared."""
    ordered = sorted(rows, key=lambda row: (row.behaviour, row.case, row.backend))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in ordered), encoding="utf-8")
