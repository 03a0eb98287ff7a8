"""Every planned pair gets exactly one verdict, and the right one."""

from __future__ import annotations

import pytest
from scratch_suite import Result, ScratchSuite

BEHAVIOURS = '''
"""Behaviours that come to every verdict there is."""
import os, signal, time
import pytest
from conformance.behaviour import needs

@pytest.fixture
def breaks():
    raise OSError("cannot set up")

@pytest.fixture
def breaks_late():
    yield
    raise OSError("cannot tidy up")

def test_passes(backend, key, noise):
    """It passes."""
    assert len(noise(3)) == 3

@pytest.mark.parametrize("size", [1, pytest.param(2, marks=needs("multipart")), 3])
def test_has_cases(size):
    """Sizes up to 2 are fine."""
    assert size < 3, "too big"

@needs("network", "processes")
def test_needs_more():
    """It needs what memory has not."""

def test_skips_itself():
    """It gives up."""
    pytest.skip("too lazy")

@pytest.mark.skipif(True, reason="too lazy")
def test_is_marked_as_skipped():
    """It never starts."""

@pytest.mark.xfail
def test_is_marked_as_failing():
    """It fails with an excuse."""
    assert False

@pytest.mark.xfail(strict=True)
def test_is_marked_as_failing_and_passes():
    """It passes in spite of its excuse."""

def test_declares_itself_failing():
    """It gives up in the middle."""
    pytest.xfail("hopeless")

@pytest.mark.parametrize("size", [])
def test_has_no_cases(size):
    """It has no cases."""

def test_is_not_set_up(breaks):
    """It is not set up."""

def test_is_not_tidied_up(breaks_late):
    """It is not tidied up."""

@pytest.mark.timeout(0.5)
def test_hangs():
    """It hangs."""
    time.sleep(60)

def test_hangs_deaf_to_signals():
    """It hangs where no signal reaches it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(60)

def test_kills_its_worker():
    """It kills its worker."""
    os._exit(1)

def test_asks_for_more_than_offered(subject):
    """It asks for what the subject does not have."""
    subject.io.save_numpy("x", [])

def test_needs_a_wire_unasked(wire):
    """It takes a wire for granted."""

def test_raises():
    """It raises."""
    raise FileNotFoundError(2, "no such thing", "key")

def test_raises_what_is_no_text():
    """It raises with a lone surrogate."""
    raise ValueError("no text: a\\ud800b")
'''
EXPECTED = {
    "all.passes": "pass",
    "all.has-cases[1]": "pass",
    "all.has-cases[2]": "not-applicable",
    "all.has-cases[3]": "fail",
    "all.needs-more": "not-applicable",
    "all.skips-itself": "error",
    "all.is-marked-as-skipped": "error",
    "all.is-marked-as-failing": "error",
    "all.is-marked-as-failing-and-passes": "error",
    "all.declares-itself-failing": "error",
    "all.has-no-cases[NOTSET]": "error",
    "all.is-not-set-up": "error",
    "all.is-not-tidied-up": "error",
    "all.hangs": "error",
    "all.hangs-deaf-to-signals": "error",
    "all.kills-its-worker": "error",
    "all.asks-for-more-than-offered": "fail",
    "all.needs-a-wire-unasked": "error",
    "all.raises": "fail",
    "all.raises-what-is-no-text": "fail",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of all behaviours above under two workers."""
    suite = ScratchSuite(tmp_path_factory.mktemp("suite"))
    suite.write("test_all.py", BEHAVIOURS)
    suite.conftest("from conformance import budgets, conftest\nconftest.HOPELESS_SECONDS = 3\nbudgets.MOST = 1.0\n")
    return suite.run("-n2", "--seed=7")


def test_every_case_has_its_verdict(result: Result) -> None:
    """Under two workers, one of which dies, each case has one row and the verdict it deserves."""
    assert result.verdicts() == EXPECTED
    assert len(result.rows) == len(EXPECTED)


def test_one_bad_verdict_makes_the_run_red(result: Result) -> None:
    """The exit status is 1."""
    assert result.status == pytest.ExitCode.TESTS_FAILED


def test_a_row_holds_what_the_report_promises(result: Result) -> None:
    """A row names behaviour, case, configuration, verdict, requests, seconds, seed and server."""
    (row,) = [row for row in result.rows if row["behaviour"] == "all.passes"]
    assert {name: row[name] for name in ("case", "backend", "engine", "cache", "subject", "seed", "requests")} == {
        "case": "",
        "backend": "memory",
        "engine": "fsspec",
        "cache": "off",
        "subject": "layer",
        "seed": 7,
        "requests": {},
    }
    assert row["server"].startswith("fsspec memory")
    assert set(row) >= {"detail", "verdict", "seconds"}


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("needs-more", "memory lacks network, processes"),
        ("skips-itself", "may not skip itself: too lazy"),
        ("is-not-set-up", "setup: OSError: cannot set up"),
        ("is-not-tidied-up", "teardown: OSError: cannot tidy up"),
        ("hangs", "hangs: Timeout"),
        ("hangs-deaf-to-signals", "worker crashed"),
        ("kills-its-worker", "worker crashed"),
        ("asks-for-more-than-offered", "the subject layer offers no io.save_numpy"),
        ("needs-a-wire-unasked", "@needs('network')"),
        ("raises", "FileNotFoundError: [Errno 2] no such thing: 'key'"),
    ],
)
def test_a_row_says_why(result: Result, behaviour: str, reason: str) -> None:
    """The detail is one line that names the reason."""
    assert reason in result.detail(f"all.{behaviour}")


def test_the_summary_counts_by_backend(result: Result) -> None:
    """The table's line of a backend holds pass, fail, n/a and error counts."""
    (line,) = [line for line in result.output.splitlines() if line.startswith("memory  ")]
    assert line.split()[1:5] == ["2", "4", "2", "12"]
    assert "witness: second instance" in line
    assert "behaviours that do not apply at all: 1 on memory" in result.output


def test_the_summary_fits_a_hundred_columns(result: Result) -> None:
    """No line that is not a command is longer than 100 characters."""
    summary = result.output.partition("= conformance =")[2].splitlines()
    assert [line for line in summary if len(line) > 100 and not line.startswith("      pytest ")] == []


def test_the_summary_tells_each_failure_with_its_sentence(result: Result) -> None:
    """What failed stands there with sentence, reason and the command that repeats it."""
    expected = [
        "FAIL  all.has-cases[3] on memory",
        "      Sizes up to 2 are fine.",
        "      too big",
        "      pytest --backend=memory --seed=7 --subject=layer 'test_all.py::test_has_cases[3-memory]'",
    ]
    assert "\n".join(expected) in result.output
