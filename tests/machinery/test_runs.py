"""A run as a whole: its exit status, what never ran, servers that fail, and repetition."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from scratch_suite import ScratchSuite

THREE = '''
"""Three behaviours, of which the second one fails."""
def test_first():
    """The first one holds."""

def test_second():
    """The second one does not hold."""
    assert False, "second is wrong"

def test_third():
    """The third one holds."""
'''
SLOW = '''
"""Behaviours that last until they are interrupted."""
import pathlib, time, pytest

@pytest.mark.parametrize("number", range(4))
def test_lasts(number):
    """It lasts."""
    pathlib.Path("running").touch()
    time.sleep(30)
'''
NOISE = '''
"""A behaviour that fails with its random content."""
import pytest

@pytest.mark.parametrize("case", ["one", "two"])
def test_tells(noise, rng, key, case):
    """It tells its content."""
    pytest.fail(f"content {noise(8).hex()} {rng.random()} {key}", pytrace=False)
'''
WARNING = '''
"""Behaviours that do not hold, of which pytest only warns."""
import threading

def test_returns():
    """It returns what it should assert."""
    return 1 == 2

def test_raises_in_a_thread():
    """It holds only because nobody looks at its thread."""
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
'''
LATE = '''
"""A case that fails before its thread does, and one in whose time that thread raises."""
import threading

waiting = threading.Event()

def raise_late():
    waiting.wait()
    raise OSError("the thread broke")

def test_fails_first():
    """It fails while its thread goes on."""
    global thread
    thread = threading.Thread(target=raise_late)
    thread.start()
    assert False, "it fails first"

def test_is_innocent():
    """Nothing of its own raises."""
    waiting.set()
    thread.join()
'''
BREAKING = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logfinish(nodeid):
    if "second" in nodeid:
        raise RuntimeError("a hook broke")
"""
REFUSING = """
from fixtures import provision
from fixtures.site import CannotStartError

def refuse(site):
    raise CannotStartError("no container engine answers", "install podman")

provision.BACKENDS["minio"] = refuse
"""
DEAF = """
import socket
from fixtures import provision
from fixtures.endpoint import PROCESSES, Endpoint

taken = socket.socket()
taken.bind(("127.0.0.1", 0))

def start(site):
    url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    return Endpoint("minio", "s3", url, "root", {"owner": {}}, "MinIO 1", "process", (PROCESSES,))

provision.BACKENDS["minio"] = start
"""


CAUSE = '''
"""Behaviours that fail since the server cannot do something."""
import urllib3

def ask(channel):
    urllib3.request("POST", f"{channel.url}/there", retries=False)

def test_first(channel):
    """The first one asks."""
    ask(channel)
    assert False, "no answer for the first"

def test_second(channel):
    """The second one asks too."""
    ask(channel)
    assert False, "no answer for the second"
'''
PROCESSES = '''
def answer(number):
    return number

def test_first(in_processes):
    """Two processes answer."""
    assert in_processes(answer, 2) == [0, 1]
'''


@pytest.fixture
def suite(tmp_path: Path) -> ScratchSuite:
    """A suite of three behaviours, of which the second one fails."""
    made = ScratchSuite(tmp_path)
    made.write("test_three.py", THREE)
    return made


def test_a_run_without_a_bad_verdict_succeeds(suite: ScratchSuite) -> None:
    """The status is 0 when every planned pair passes, and junit.xml lies beside the verdicts."""
    result = suite.run("-n0", "--deselect=test_three.py::test_second")
    assert result.status == 0
    assert result.verdicts() == {"three.first": "pass", "three.third": "pass"}
    assert "<testcase" in (suite.report / "junit.xml").read_text()


def test_a_run_of_nothing_does_not_succeed(suite: ScratchSuite) -> None:
    """Selecting no behaviour is an error."""
    assert suite.run("-n0", "-k", "nothing").status == pytest.ExitCode.NO_TESTS_COLLECTED


def test_what_pytest_only_warns_of_is_a_failure(suite: ScratchSuite) -> None:
    """A comparison that is returned, and a thread that raises, fail the behaviour."""
    suite.write("test_three.py", WARNING)
    result = suite.run("-n0")
    assert result.verdicts() == {"three.returns": "fail", "three.raises-in-a-thread": "fail"}
    assert result.status == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_a_thread_that_raises_late_blames_nobody_else(suite: ScratchSuite, workers: str) -> None:
    """What the thread of a failed case raises in the time of another one changes nothing."""
    suite.write("test_three.py", LATE)
    result = suite.run(workers)
    assert result.verdicts() == {"three.fails-first": "fail", "three.is-innocent": "pass"}
    assert "1 failed, 1 passed" in result.output


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_a_run_that_breaks_has_its_summary(suite: ScratchSuite, workers: str) -> None:
    """After an internal error of pytest's the verdicts so far, and what never ran, are told all the same."""
    suite.conftest(BREAKING)
    result = suite.run(workers)
    assert result.status != pytest.ExitCode.OK
    assert result.verdicts()["three.second"] == "fail"
    assert "FAIL  three.second on memory" in result.output


def test_what_never_ran_is_an_error(suite: ScratchSuite) -> None:
    """A planned behaviour that the run did not come to is an error that says why."""
    result = suite.run("-n0", "-x")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert result.verdicts() == {"three.first": "pass", "three.second": "fail", "three.third": "error"}
    assert result.detail("three.third") == "never ran: the run was to stop after 1 failures"


def test_a_pair_that_vanishes_is_an_error(suite: ScratchSuite) -> None:
    """A planned behaviour whose reports get lost makes an otherwise green run red."""
    suite.conftest("""
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item):
            return True if "third" in item.name else None
    """)
    result = suite.run("-n0", "--deselect=test_three.py::test_second")
    assert result.verdicts() == {"three.first": "pass", "three.third": "error"}
    assert result.status == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_interrupted_run_reports_what_never_ran(suite: ScratchSuite, workers: str) -> None:
    """After Ctrl-C every planned behaviour has a verdict, and the run leaves no directory."""
    suite.write("test_three.py", SLOW)
    (suite.directory / "tmp").mkdir()
    suite.conftest(f"import tempfile\ntempfile.tempdir = {str(suite.directory / 'tmp')!r}\n")
    process = suite.start(workers)
    _await(suite.directory / "running", process)
    os.killpg(process.pid, signal.SIGINT)
    result = suite.finish(process)
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert set(result.verdicts().values()) == {"error"}
    assert len(result.rows) == 4
    left = [path.name for path in (suite.directory / "tmp").iterdir()]
    assert [name for name in left if not name.startswith("pytest-of-")] == []


def _await(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_backend_that_cannot_start_is_red_at_once(suite: ScratchSuite) -> None:
    """Its cases are errors with reason and remedy, told once; the other backends run on."""
    suite.write("test_three.py", THREE.replace("assert False", "assert True"))
    suite.write("test_more.py", THREE.replace("assert False", "assert True"))
    suite.conftest(REFUSING)
    result = suite.run("--backend=memory,minio", "-n1")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert set(result.verdicts("memory").values()) == {"pass"}
    assert list(result.verdicts("minio").values()) == ["error"] * 6
    assert result.output.count("no container engine answers; install podman") == 1
    assert "ERROR 6 cases on minio" in result.output


def test_a_server_that_stops_answering_makes_the_rest_errors(suite: ScratchSuite) -> None:
    """After a failure the server is asked whether it lives; if not, nothing of that backend is judged any more."""
    suite.conftest(DEAF)
    result = suite.run("--backend=memory,minio", "-n0")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert result.verdicts("memory") == {"three.first": "pass", "three.second": "fail", "three.third": "pass"}
    assert result.verdicts("minio") == {"three.first": "pass", "three.second": "error", "three.third": "error"}
    assert result.detail("three.third", "minio").startswith("minio stopped answering: http://127.0.0.1:")


def test_a_server_that_dies_is_the_first_thing_said(suite: ScratchSuite) -> None:
    """The summary begins with what it was doing then, and how much was judged before."""
    suite.conftest(DEAF)
    lines = suite.run("--backend=minio", "-n0").output.partition("= conformance =")[2].splitlines()[1:4]
    assert lines[0].startswith("minio stopped answering: http://127.0.0.1:")
    assert lines[1] == "  It was doing then: three.second"
    assert lines[2] == "  1 behaviours were judged before, 2 were not"


def test_one_cause_is_told_once(suite: ScratchSuite) -> None:
    """Failures that one answer of the server stands behind are one entry, with the names of all and one reason."""
    suite.write("test_three.py", CAUSE)
    result = suite.run("--backend=moto", "-n0")
    told = result.output.partition("= conformance =")[2]
    assert told.count("FAIL  ") == 1
    lines = [line.strip() for line in told.partition("FAIL  ")[2].splitlines()]
    assert lines[:2] == ["2 cases on moto", "the server answers 500 to POST (write)"]
    assert lines[2].startswith("first: ")
    assert lines[3:5] == ["last request: POST /there was answered 500", "three.first, three.second"]
    assert {row["request"] for row in result.rows} == {"POST /there was answered 500"}


def test_one_failure_on_two_backends_is_told_once(suite: ScratchSuite) -> None:
    """A case that fails alike on several backends stands there once, with one command for all of them."""
    result = suite.run("--backend=memory,local", "-n0", "--seed=5")
    expected = [
        "FAIL  three.second on local, memory",
        "      The second one does not hold.",
        "      second is wrong",
        "      pytest --backend=local,memory --seed=5 --subject=layer test_three.py::test_second",
    ]
    assert "\n".join(expected) in result.output


def test_the_printed_command_repeats_the_same_content(suite: ScratchSuite) -> None:
    """The command in the summary runs that one case again, with the same random content."""
    suite.write("test_three.py", NOISE)
    first = suite.run("-n0")
    (line,) = [line for line in first.output.splitlines() if line.startswith("      pytest") and "two-memory" in line]
    again = suite.run(*shlex.split(line)[1:])
    assert [row["case"] for row in again.rows] == ["two"]
    assert again.rows[0]["detail"] in [row["detail"] for row in first.rows]
    assert f"on memory, seed {first.rows[0]['seed']}" in again.output


def test_the_printed_command_serves_where_the_run_was_started(tmp_path: Path) -> None:
    """In a directory below pytest's root the command names files as they are called there."""
    (tmp_path / "below").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    suite = ScratchSuite(tmp_path / "below")
    suite.write("test_three.py", THREE)
    result = suite.run("-n0", "-c../pytest.ini")
    assert result.rows
    assert "--subject=layer 'test_three.py::test_second[memory]'" in result.output


def test_the_command_for_many_cases_repeats_the_choice(suite: ScratchSuite) -> None:
    """What many cases share is repeated with the files and the words that the user chose them by."""
    suite.write("test_more.py", THREE)
    suite.conftest(REFUSING)
    result = suite.run("--backend=minio", "-n0", "--seed=5", "-k", "first or third", "test_three.py", "test_more.py")
    command = "pytest --backend=minio --seed=5 --subject=layer test_three.py test_more.py -k 'first or third'"
    assert f"      {command}\n" in result.output


def test_a_run_with_other_processes_ends_in_silence(suite: ScratchSuite) -> None:
    """What starts processes for a case keeps nothing in that case's directory that it would look for at the end."""
    suite.write("test_three.py", PROCESSES)
    result = suite.finish(suite.start("-n0"))
    assert (result.status, result.output.splitlines()[-1].startswith("=")) == (0, True)


def test_runs_draw_different_seeds(suite: ScratchSuite) -> None:
    """Without --seed each run has a seed of its own."""
    seeds = {suite.run("-n0", "-k", "first").rows[0]["seed"] for _ in range(2)}
    assert len(seeds) == 2


def test_other_tests_are_left_alone(suite: ScratchSuite) -> None:
    """A test outside the suite, run beside it, is neither planned nor judged nor parametrised."""
    (suite.directory / "suite").mkdir()
    (suite.directory / "unit").mkdir()
    for name in ("conftest.py", "test_three.py"):
        (suite.directory / name).rename(suite.directory / "suite" / name)
    suite.write("unit/test_plain.py", "import pytest\ndef test_plain():\n    pytest.skip('allowed here')\n")
    result = suite.run("-n0", "suite", "unit", "--deselect=suite/test_three.py::test_second")
    assert result.status == 0
    assert "2 passed, 1 skipped" in result.output
    assert len(result.rows) == 2
