"""`--sample`: one case of every behaviour, the same in every run, and the baseline still says what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scratch_suite import ScratchSuite

from conformance import baseline
from conformance.ledger import Ledger
from conformance.plan import Pair, sample
from conformance.selection import Selection
from conformance.verdicts import FAIL, PASS, Row

MANY = '''
import pytest

@pytest.mark.parametrize("size", range(9))
def test_first(size, backend):
    """The first one holds."""
    assert (backend.backend, size) != ("local", 9)

def test_second():
    """The second one holds."""
'''


def pairs(backend: str, cases: int, behaviour: str = "a.b") -> list[Pair]:
    """The cases of one behaviour on a backend."""
    names = [f"{behaviour}[{number}-{backend}]" for number in range(cases)]
    return [Pair(name, behaviour, str(number), backend, "") for number, name in enumerate(names)]


def tried(found: list[Pair], backend: str = "moto") -> set[str]:
    """The cases that are not left out."""
    return {pair.case for pair in found if pair.backend == backend and not pair.left_out}


def test_one_case_is_tried_on_the_backends_that_are_named() -> None:
    """Of each behaviour, and in no other order; elsewhere all are tried."""
    planned = [*pairs("memory", 9), *pairs("moto", 9), *pairs("moto", 1, "a.c")]
    found = sample(planned, ["moto"], Ledger())
    assert [replace(pair, left_out=False) for pair in found] == planned
    assert len(tried(found, "memory")) == 9
    assert sum(not pair.left_out for pair in found if pair.backend == "moto") == 2


def test_the_choice_is_the_same_in_every_run_and_another_on_each_backend() -> None:
    """Whatever else is planned: so a merge is judged alike tomorrow, and two servers show more than one."""
    planned = [*pairs("moto", 40), *pairs("minio", 40)]
    found = sample(planned, ["moto", "minio"], Ledger())
    assert tried(found) == tried(sample(planned[::-1][40:], ["moto"], Ledger()))
    assert tried(found) != tried(found, "minio")


def test_what_does_not_apply_is_not_counted() -> None:
    """It has its verdict; one of those that apply is tried."""
    planned = pairs("moto", 9)
    planned[2:] = [replace(pair, inapplicable="moto has no roots") for pair in planned[2:]]
    found = sample(planned, ["moto"], Ledger())
    assert [pair.left_out for pair in found].count(True) == 1
    assert not any(pair.left_out for pair in found if pair.inapplicable)


def test_what_the_baseline_lists_is_expected_of_both() -> None:
    """A case that is left out counts as listed; one that vanished, or is new, is told all the same."""

    def told(passed: int, left_out: int, *failed: str) -> list[str]:
        verdicts = [*[PASS] * passed, *failed]
        rows = [Row("a.b", str(n), "moto", "", "", "", each, "", {}, 0, 0, "") for n, each in enumerate(verdicts)]
        whole = Selection(whole=True, whole_behaviours=True, behaviours=frozenset({"a.b"}))
        return list(baseline.compare({"a.b": {"moto": 9}}, rows, ["moto"], whole, {("a.b", "moto"): left_out}))

    assert told(1, 8) == []
    assert told(1, 7) == ["baseline: a.b on moto got worse: 1 pass, 7 left out; 9 listed"]
    assert told(1, 9) == ["baseline: a.b on moto is new: 1 pass, 9 left out; 9 listed"]
    assert told(0, 8, FAIL) == ["baseline: a.b on moto got worse: 1 fail, 8 left out; 9 listed"]


@pytest.fixture
def suite(tmp_path: Path) -> ScratchSuite:
    """A suite of ten cases on two backends."""
    made = ScratchSuite(tmp_path)
    made.own()
    made.write("test_two.py", MANY)
    made.write("baseline", "two.first memory=9 local=9\ntwo.second memory local\n")
    return made


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_sample_is_green_and_says_so(suite: ScratchSuite, workers: str) -> None:
    """What was left out has no verdict, and is counted before all else."""
    result = suite.run(workers, "--backend=memory,local", "--sample=local")
    assert result.status == 0
    assert (len(result.verdicts()), len(result.verdicts("local"))) == (10, 2)
    assert "One case of each behaviour was tried on local: --sample left out 8 more." in result.output


def test_a_sample_is_red_where_the_suite_lost_a_case(suite: ScratchSuite) -> None:
    """The cases that are left out are counted, so that none can vanish unseen."""
    suite.write("test_two.py", MANY.replace("range(9)", "range(8)"))
    result = suite.run("-n0", "--backend=local", "--sample=local")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert "two.first on local got worse: 1 pass, 7 left out; 9 listed" in result.output


ENTRY = """
[odd]
behaviour = "two.first"
case = ["{case}"]
backend = "local"
exception = "AssertionError"
message = "assert .* != .*"
why = "It is odd."
source = "https://example.org/odd"
date = 2026-11-28
who = "server"
"""


def test_what_the_ledger_names_is_always_tried(suite: ScratchSuite) -> None:
    """Whichever case that is: a deviation that ends is told on the same day."""
    for case in (0, 4, 8):
        suite.write("ledger.toml", ENTRY.format(case=case))
        suite.write("test_two.py", MANY.replace('("local", 9)', f'("local", {case})'))
        suite.write("baseline", "two.first local=8\ntwo.second local\n")
        result = suite.run("-n0", "--backend=local", "--sample=local")
        assert (result.status, result.verdicts("local").get(f"two.first[{case}]")) == (0, "deviates"), result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--sample=tape"], "--sample=tape: it is not among the chosen memory"),
        (["--sample=local"], "--sample=local: it is not among the chosen memory"),
        (["--sample=memory", "--update-baseline"], "baseline is written by a run of every case; leave out --sample"),
        (["--sample=memory", "--expect=new"], "new is written by a run of every case; leave out --sample"),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused(suite: ScratchSuite, arguments: list[str], complaint: str) -> None:
    """Before anything starts."""
    result = suite.run("-n0", "--backend=memory", *arguments)
    assert (result.status, complaint in result.output) == (pytest.ExitCode.USAGE_ERROR, True), result.output
