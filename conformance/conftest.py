"""Pytest's hooks: each is a short call into the module that knows."""

from __future__ import annotations

import faulthandler
import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

from conformance import (
    ending,
    first_object,
    gate,
    listing,
    options,
    page,
    plan,
    reasons,
    sentence,
    summary,
    traffic,
    verdicts,
)
from conformance.arrange import *  # noqa: F403 (pytest finds fixtures by their being here)
from conformance.behaviour import BehaviourFile, backend_of
from conformance.blocks import five_mib_blocks  # noqa: F401 (as above)
from conformance.logins import logins  # noqa: F401 (as above)
from conformance.pages import names_per_page  # noqa: F401 (as above)
from conformance.selection import asks_for_all
from conformance.state import refused, unchanged  # noqa: F401 (as above)
from conformance.suite import SUITE, USUAL_SECONDS, Suite, give_time, suite_of
from conformance.threads import Threads
from fixtures.site import ANYWHERE

SETTINGS = pytest.StashKey[options.Settings]()
GATE = pytest.StashKey[gate.Gate]()
VERDICTS = pytest.StashKey[verdicts.Verdicts]()
TELLS_CI = ("CI", "BUILD_NUMBER")
"""Where one of these is set, pytest compares what differs line by line in full: minutes for a body of some MiB."""
HOPELESS_SECONDS = 180
"""After so long a case hangs where no signal reaches it; its worker dies, and the case is an error."""

LOST_FAILURES = ("PytestReturnNotNoneWarning",)
"""What pytest only warns of: a comparison that is returned instead of asserted."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suite's options."""
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | pytest.ExitCode | None:
    """Check the options before anything starts; the two lists are printed instead of a run."""
    summary.quieten(config)
    config.pluginmanager.unregister(name="threadexception")
    if _is_worker(config):
        return None
    if config.option.list_backends:
        listing.list_backends()
        return pytest.ExitCode.OK
    config.stash[SETTINGS] = settings = options.read_settings(config)
    config.stash[GATE] = gate.Gate.of(config, settings)
    if config.option.list_behaviours:
        return listing.list_behaviours(config)
    if not config.option.collectonly:
        traffic.ask(config, settings)
    if settings.report:
        config.option.xmlpath = str(Path(settings.report, "junit.xml"))
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's suite known to every hook and fixture."""
    for variable in TELLS_CI:
        os.environ.pop(variable, None)
    config.addinivalue_line("markers", "needs(*capabilities): applies only to endpoints that have them")
    config.addinivalue_line("markers", "sees(what): applies only to endpoints where it can be looked at")
    config.addinivalue_line("markers", "lacks(capability): applies only to endpoints that do not have it")
    config.addinivalue_line("markers", "only(*names): applies only on backends or schemes of these names")
    config.addinivalue_line("markers", "source(*references): where the rule comes from")
    for warning in LOST_FAILURES:
        config.addinivalue_line("filterwarnings", f"error::pytest.{warning}")
    if not _is_worker(config):
        if SETTINGS not in config.stash:
            raise pytest.UsageError("name the folder of the suite on the command line: pytest conformance")
        config.stash[SUITE] = Suite(config.stash[SETTINGS], config.stash[GATE].ledger)
        config.stash[VERDICTS] = verdicts.Verdicts()
        config.pluginmanager.register(config.stash[VERDICTS], "conformance-verdicts")
        config.add_cleanup(ending.guard())
    else:
        config.stash[SUITE] = Suite.of_worker(config.workerinput["conformance"])  # type: ignore[attr-defined]
    config.add_cleanup(suite_of(config).close)
    threads = Threads()
    config.pluginmanager.register(threads, "conformance-threads")
    config.add_cleanup(threads.watch())


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is judged, where, and with which seed, and what endpoints of unknown kind turned out to be."""
    suite = suite_of(config)
    judged = (
        f"conformance: {suite.settings.subject} on {', '.join(suite.settings.backends)}, seed {suite.settings.seed}"
    )
    named = [each for each in suite.endpoints.values() if each.backend in ANYWHERE]
    unusable = [sentence.why_not(suite, backend) for backend in suite.failures if backend in ANYWHERE]
    return [judged, *unusable, *(line for each in named for line in sentence.abilities(each))]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers, once, before any worker."""
    if not _is_worker(session.config) and not session.config.option.collectonly:
        suite_of(session.config).start(session.config)
        first_object.require(suite_of(session.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two cores: some cases wait, but a fourth worker makes a run on servers a tenth longer."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(2, cores * 3 // 2)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of pytest-xdist how to reach what runs."""
    node.workerinput["conformance"] = suite_of(node.config).for_worker()  # type: ignore[attr-defined]


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> BehaviourFile:
    """Collect the files of the suite strictly."""
    return BehaviourFile.from_parent(parent, path=module_path)


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one case per backend; the backend's name comes last in the brackets."""
    names = suite_of(metafunc.config).settings.backends
    metafunc.parametrize("backend", names, indirect=True, ids=names)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, of which there is none: a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down what must get a verdict, before anything can be lost; what does not apply has one, and is not run."""
    if session.config.option.collectonly:
        return
    gc.freeze()  # what lives to the end anyway: else every collection walks through all of it
    suite = suite_of(session.config)
    pairs = [plan.pair_of(each, suite.endpoints.get(backend_of(each))) for each in plan.behaviours_among(session.items)]
    pairs = plan.sample(pairs, suite.endpoints.keys() & suite.settings.sampled, suite.ledger)
    plan.write_plan(suite.directory, pairs)
    idle = {pair.nodeid for pair in pairs if pair.inapplicable or pair.left_out}
    session.items[:] = [item for item in session.items if item.nodeid not in idle]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """End a worker that a case has hung for good, with the stacks of all its threads."""
    seconds = give_time(item)
    if _is_worker(item.config):
        stderr = item.config.stash.get(fault_handler_stderr_fd_key, 2)
        hopeless = max(HOPELESS_SECONDS, HOPELESS_SECONDS * seconds / USUAL_SECONDS)
        faulthandler.dump_traceback_later(hopeless, file=stderr, exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(tryfirst=True)
def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Tell what came and what was expected, whole where that is short enough for one line."""
    return reasons.compared(config, op, left, right)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Decide the verdict where the case ran."""
    report = yield
    verdicts.judge(suite_of(item.config), item, call, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Let every failure travel from a worker, whatever its text holds."""
    return verdicts.sendable((yield))


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Show in the progress line what deviates and whose server is down."""
    return summary.status(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Give a verdict to what never ran, write the report, and be red if anything is."""
    config = session.config
    if _is_worker(config) or config.option.collectonly:
        return
    suite, gathered = suite_of(config), config.stash[VERDICTS]
    gathered.complete(suite, plan.read_plan(suite.directory), summary.why_unfinished(config, exitstatus, gathered))
    config.stash[GATE].close(gathered)
    if suite.settings.report:
        planned = plan.read_plan(suite.directory)
        said = sentence.sentences(suite, planned, gathered.rows, whole=asks_for_all(config))
        try:
            page.write_report(suite, planned.values(), list(gathered.rows.values()), said)
        except OSError as error:
            gathered.complaints.append(f"the report is not written: {error}")
    if exitstatus == pytest.ExitCode.INTERNAL_ERROR:  # pytest then asks nobody for a summary
        pytest_terminal_summary(config.pluginmanager.getplugin("terminalreporter"), config)
    ran = exitstatus == pytest.ExitCode.OK or (exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and gathered.rows)
    if ran:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if gathered.red() else pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of verdicts and what did not pass."""
    if not config.option.collectonly:
        suite = suite_of(config)
        summary.write(terminalreporter, suite, plan.read_plan(suite.directory), config.stash[VERDICTS])


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
