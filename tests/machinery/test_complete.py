"""A planned pair without a verdict is impossible: whatever ends a case, its worker or the run, each is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from scratch_suite import ScratchSuite

SUITE = '''
"""A behaviour between two others that ends what it can."""
import ctypes, os, signal, sys, threading
import pytest

@pytest.fixture
def leaves():
    sys.exit(0)

@pytest.fixture
def leaves_late():
    yield
    sys.exit(0)

def test_a():
    """It is fine."""

def test_b(FIXTURE):
    """It ends something."""
    DEED

def test_c():
    """It is fine."""
'''
ENDS = {
    "os-exit": ("key", "os._exit(0)"),
    "system-exit": ("key", "sys.exit(0)"),
    "system-exit-in-setup": ("leaves", "pass"),
    "system-exit-in-teardown": ("leaves_late", "pass"),
    "pytest-exit": ("key", "pytest.exit('enough', returncode=0)"),
    "ctrl-c": ("key", "raise KeyboardInterrupt"),
}
KILLS = {"killed": "os.kill(os.getpid(), signal.SIGKILL)", "c-exit": "ctypes.CDLL(None)._exit(0)"}
OWN_PROCESS = ["os-exit", "system-exit", "system-exit-in-setup", "system-exit-in-teardown"]
"""Ways to end that leave the other cases alone."""


@pytest.fixture
def suite(tmp_path: Path) -> ScratchSuite:
    """A suite whose folder is its own."""
    made = ScratchSuite(tmp_path)
    made.own()
    return made


def behave(suite: ScratchSuite, fixture: str, deed: str) -> None:
    """Write the behaviours."""
    suite.write("test_x.py", SUITE.replace("FIXTURE", fixture).replace("DEED", deed))


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
@pytest.mark.parametrize("how", ENDS)
def test_a_behaviour_that_ends_something_is_no_end_of_verdicts(suite: ScratchSuite, workers: str, how: str) -> None:
    """Each of three pairs has a verdict, that of the culprit is red, and so is the run."""
    behave(suite, *ENDS[how])
    result = suite.run(workers)
    assert result.status not in (0, None)
    verdicts = result.verdicts()
    assert set(verdicts) == {"x.a", "x.b", "x.c"}
    assert verdicts["x.b"] in ("fail", "error")
    if how in OWN_PROCESS:
        assert (verdicts["x.a"], verdicts["x.c"]) == ("pass", "pass")


@pytest.mark.parametrize("how", KILLS)
def test_a_worker_that_is_killed_leaves_an_error(suite: ScratchSuite, how: str) -> None:
    """Even from below Python: its case is an error, the others run in another worker."""
    behave(suite, "key", KILLS[how])
    result = suite.run("-n1")
    assert result.verdicts() == {"x.a": "pass", "x.b": "error", "x.c": "pass"}
    assert result.status == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_a_file_that_ends_its_process_while_it_is_collected(suite: ScratchSuite, workers: str) -> None:
    """The run is red and says what was lost."""
    suite.write("test_x.py", "import os\nos._exit(0)\n" + SUITE)
    result = suite.run(workers)
    assert result.status != 0
    assert "never planned on memory: x.a, x.b, x.c" in result.output


def test_another_thread_cannot_end_the_run_well(suite: ScratchSuite) -> None:
    """Where no exception can stop it the process ends, with a status that is not 0."""
    behave(suite, "key", "thread = threading.Thread(target=os._exit, args=(0,)); thread.start(); thread.join()")
    assert suite.run("-n0").status == 1


def test_a_forked_child_ends_as_it_likes(suite: ScratchSuite) -> None:
    """Only the run's own process is guarded."""
    behave(suite, "key", "pid = os.fork() or os._exit(7); assert os.waitpid(pid, 0)[1] == 7 << 8")
    assert suite.run("-n0").status == 0


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan"])
def test_a_case_whose_body_never_ran_is_an_error(suite: ScratchSuite, option: str) -> None:
    """An option that leaves out the bodies leaves out the verdicts: nothing passes that did not run."""
    behave(suite, "key", "pass")
    result = suite.run("-n0", option)
    assert set(result.verdicts().values()) == {"error"}
    assert result.detail("x.b") == "its body never ran"
    assert result.status == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_what_maxfail_leaves_out_is_an_error(suite: ScratchSuite, workers: str) -> None:
    """A run that stops early says of each pair that it did not come to it."""
    behave(suite, "key", "assert False")
    result = suite.run(workers, "--maxfail=1")
    assert result.verdicts() == {"x.a": "pass", "x.b": "fail", "x.c": "error"}
    assert result.status != 0
