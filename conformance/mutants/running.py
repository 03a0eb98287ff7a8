"""Tests that run in a forked process, and what is told of each: plugins of pytest, and what a job is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from conformance import forked
from conformance.suite import suite_of
from conformance.verdicts import ERROR, PROPERTY

PYTEST: Final = (*forked.PLUGINS, "-n0", "-s", "-q", "--assert=plain", "--tb=native")
"""To say where two long objects differ takes pytest seconds, and nobody reads it of a mutant."""
Tell = Callable[..., None]


@dataclass(frozen=True)
class Job:
    """Tests to run, in their order; the first failure ends it, unless lines are to be noted."""

    files: list[str]
    tests: list[str] = field(default_factory=list)
    """Node ids; none: all in the files."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Test → how long it usually takes."""
    seed: int = 0
    traces: str = ""
    """Directory for the lines that tests run; empty where they are not asked for."""


class Runner:
    """A plugin of pytest: runs the tests of a job, and tells what comes of each."""

    def __init__(self, job: Job, tell: Tell, begin: Callable[[str], object]) -> None:
        self._job, self._tell, self._begin = job, tell, begin
        self._failure = ""
        self._unjudged = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell of a file that cannot be collected."""
        if report.failed:
            self.fails(report.nodeid, _last_line(report.longreprtext))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what failed first, and whether a behaviour came to a verdict."""
        if report.failed and not self._failure:
            self._failure = _last_line(report.longreprtext) or str(report.when)
        rows = [json.loads(str(value)) for name, value in report.user_properties if name == PROPERTY]
        self._unjudged = self._unjudged or any(row["verdict"] == ERROR for row in rows)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests of the job, where they were collected for it alone."""
        if not session.testsfailed:
            self.run(session.items)
        return True

    def run(self, items: Sequence[pytest.Item]) -> None:
        """Run those of the job among these."""
        known = {item.nodeid: item for item in items}
        lost = [test for test in self._job.tests if test not in known]
        if lost:
            self.fails(lost[0], "is not collected any more")
            return
        chosen = [known[test] for test in self._job.tests] or self._of_files(items)
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            if not self._passes(item, following) and not self._job.traces:
                return

    def fails(self, test: str, why: str) -> None:
        """Tell of something that fails before it runs."""
        self._tell(begins=test)
        self._tell(failed=test, why=why, unjudged=False)

    def _passes(self, item: pytest.Item, following: pytest.Item | None) -> bool:
        self._failure, self._unjudged = "", False
        self._begin(item.nodeid)
        self._tell(begins=item.nodeid)
        start = time.monotonic()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if self._failure:
            self._tell(failed=item.nodeid, why=self._failure, unjudged=self._unjudged)
            return False
        self._tell(passed=item.nodeid, seconds=round(time.monotonic() - start, 4))
        return True

    def _of_files(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        return [item for item in items if any(str(item.path).endswith(f"/{file}") for file in self._job.files)]


class Collected:
    """A plugin of pytest: serves jobs in place of a run, with all that is collected and its servers running."""

    def __init__(self, serve: Callable[[pytest.Session], None]) -> None:
        self._serve = serve

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Serve until there are no more jobs; then nothing is to be said of a run."""
        self._serve(session)
        session.config.option.collectonly = True
        return True


def run_collected(session: pytest.Session, job: Job, runner: Runner) -> None:
    """Run behaviours of a job with content, and at prefixes, of the job's own."""
    suite = suite_of(session.config)
    suite.settings = replace(suite.settings, seed=job.seed)
    session.config.pluginmanager.register(runner)
    runner.run(session.items)


def run_collecting(job: Job, runner: Runner) -> None:
    """Run unit tests, which import the layer as they are collected."""
    status = pytest.main([*PYTEST, *job.files], plugins=[runner])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        runner.fails(job.files[0], f"pytest ends with status {int(status)}")


def silent_servers(session: pytest.Session) -> str:
    """Which servers of the behaviours do not answer any more."""
    return "; ".join(filter(None, (each.answers() for each in suite_of(session.config).endpoints.values())))


def _last_line(text: Any) -> str:
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
