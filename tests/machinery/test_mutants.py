"""Mutants of a small layer before a small suite and a few unit tests: who kills which, what is kept, what is said."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

import pytest
from scratch_suite import ScratchSuite

from conformance.mutants import BEHAVIOURS, UNITS, Target, table
from conformance.mutants.judged import Entry
from conformance.mutants.records import Records
from conformance.mutants.run import Asked, Found, run
from conformance.mutants.server import ENDS, FAILED, HANGS, UNJUDGED
from conformance.mutants.slot import SURVIVED, copy_of
from conformance.mutants.table import Trial

LAYER = '''
"""A layer of a few functions."""
import os

TABLE = {"two": 2}
HALVES = int("2")

def reset_filesystem(): pass
def get_filesystem(): return "file system"

def double(number):
    return number * TABLE["two"]

def half(number):
    return number / HALVES

def unseen(number):
    return number - 0

def nobody_calls(number):
    return number + 7

def count_down(number):
    while number != 0:
        number -= 1
    return number

def stays(status):
    if status != 0:
        os._exit(0)
    return "here"

def in_a_child(number):
    return number + 10

def sees(number):
    return number + 20

def sees_later(number):
    return number + 30
'''
SUITE = '''
"""What the layer promises."""
import importlib, os, pathlib, subprocess, sys
import pytest

def test_doubles(subject):
    """It doubles."""
    assert subject.double(3) == 6

def test_keeps(subject):
    """It keeps a number."""
    assert subject.unseen(3) == 3

def test_counts_down(subject):
    """It counts down."""
    assert subject.count_down(3) == 0

def test_stays(subject):
    """It stays."""
    assert subject.stays(0) == "here"

def test_sees(subject):
    """It sees; else nothing is learnt."""
    if subject.sees(1) != 21:
        pytest.skip("cannot look")

def test_sees_later(subject):
    """It sees, at the second look at least."""
    note = pathlib.Path(__file__).parents[2] / "looked"
    if subject.sees_later(1) != 31 and not note.exists():
        note.touch()
        pytest.skip("cannot look")

def add(number):
    return importlib.import_module("scratch_layer").in_a_child(number)

def test_children_see_it_too(in_child):
    """A child that is spawned has the same layer."""
    assert in_child("spawn", add, 1) == 11
    assert in_child("forkserver", add, 1) == 11

def test_programs_see_it_too():
    """So has a program."""
    program = "import scratch_layer; print(scratch_layer.in_a_child(1))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert told.stdout.split() == [b"11"]
'''
DOUBLES_ALSO = '''

def test_doubles_also(subject):
    """It doubles other numbers."""
    assert subject.double(5) == 10
'''
TESTS = '''
"""Unit tests of the layer."""
import pathlib
from scratch_layer import half

def test_half():
    assert half(4) == 2

def test_is_wrong_itself():
    assert half(4) == 3

def test_half_and_writes_where_it_should_not():
    pathlib.Path("scratch_layer/junk.py").write_text("junk")
    assert half(6) == 3
'''


@dataclass(frozen=True)
class Scratch:
    """A layer with its tests, and where a run of its mutants keeps what it found."""

    target: Target
    state: Path

    def run(self, *entries: Entry, seed: int = 0, most: int = 999) -> Found:
        """Try its mutants."""
        asked = Asked(most=most, seed=seed, at_once=1, least_seconds=1.5)
        return run(self.target, asked, Records(self.state), entries)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """A small layer."""
    root = tmp_path_factory.mktemp("mutants") / "root"
    for name in ("suite", "units", "scratch_layer"):
        (root / name).mkdir(parents=True)
    ScratchSuite(root / "suite").write("test_numbers.py", SUITE)
    (root / "units" / "test_layer.py").write_text(dedent(TESTS))
    (root / "units" / "conftest.py").write_text("import scratch_layer")
    (root / "scratch_layer" / "__init__.py").write_text(dedent(LAYER))
    options = ("--subject=scratch_layer", "--backend=memory")
    target = Target(root, "scratch_layer", "suite", "units", options, goal=("__init__",))
    return Scratch(target, root.parent / "state" / "mutants.jsonl")


@pytest.fixture(scope="module")
def found(scratch: Scratch) -> Found:
    """All its mutants, tried."""
    return scratch.run()


def trial(found: Found, after: str) -> Trial:
    """The trial of the mutant that looks so."""
    (row,) = found.rows
    (one,) = [each for each in row.trials if each.mutant.after == after]
    return one


@pytest.mark.parametrize(
    ("after", "by", "how", "test"),
    [
        ('return number / TABLE["two"]', BEHAVIOURS, FAILED, "test_doubles"),
        ('TABLE = {"two": 3}', BEHAVIOURS, FAILED, "test_doubles"),
        ("return number * HALVES", UNITS, FAILED, "test_half"),
        ('HALVES = int("XX2XX")', UNITS, FAILED, "test_layer.py"),
        ("return number + 0", SURVIVED, "", ""),
        ("return number - 1", BEHAVIOURS, FAILED, "test_keeps"),
        ("number += 1", BEHAVIOURS, HANGS, "test_counts_down"),
        ("if status == 0:", BEHAVIOURS, ENDS, "test_stays"),
        ("return number + 11", BEHAVIOURS, FAILED, "test_programs_see_it_too"),
        ("os._exit(1)", SURVIVED, "", ""),
        ("return number - 20", BEHAVIOURS, UNJUDGED, "test_sees"),
        ("return number - 30", SURVIVED, "", ""),
    ],
)
@pytest.mark.timeout(300)
def test_who_kills_it(found: Found, after: str, by: str, how: str, test: str) -> None:
    """By the first test that fails, or that hangs, ends its process or comes to no verdict twice."""
    outcome = trial(found, after).outcome
    assert (outcome.by, outcome.how, test in outcome.test) == (by, how, True), outcome


def test_what_fails_on_the_true_layer_judges_nothing(found: Found) -> None:
    """Such a test is named, and meets no mutant."""
    assert found.notes == [
        "fails on the true layer, and judges nothing: units/test_layer.py::test_is_wrong_itself: AssertionError"
    ]


def test_the_checkout_is_never_written_to(scratch: Scratch, found: Found) -> None:
    """Mutants and what their tests write stay in a copy."""
    assert [path.name for path in scratch.target.root.joinpath("scratch_layer").iterdir()] == ["__init__.py"]


def test_what_is_known_is_not_tried_again(scratch: Scratch, found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run starts nothing, and says the same."""
    monkeypatch.setattr("conformance.mutants.slot.Client", None)
    again = scratch.run()
    assert (again.rows, again.complaints) == (found.rows, found.complaints)


def test_a_run_that_was_killed_is_taken_up(scratch: Scratch, found: Found, tmp_path: Path) -> None:
    """Of a state that ends in the middle of a line, the whole lines count."""
    state = tmp_path / "mutants.jsonl"
    state.write_text(scratch.state.read_text()[:-7])
    (name, key, answer) = json.loads(scratch.state.read_text().splitlines()[-1])
    assert Records(state).get(name, key) is None
    (name, key, answer) = json.loads(scratch.state.read_text().splitlines()[0])
    assert Records(state).get(name, key) == answer


@pytest.mark.timeout(120)
def test_only_who_meets_another_test_is_tried_again(scratch: Scratch, found: Found, tmp_path: Path) -> None:
    """When a file of tests has changed, the mutants that others judge are known."""
    state, root = tmp_path / "mutants.jsonl", tmp_path / "root"
    state.write_bytes(scratch.state.read_bytes())
    copy_of(scratch.target.root, root)
    root.joinpath("units", "test_layer.py").write_text(dedent(TESTS).replace("half(4) == 2", "half(4) != 5"))
    changed = Scratch(replace(scratch.target, root=root), state)
    before = Records(state)
    assert trial(changed.run(), "return number * HALVES").outcome.why == "AssertionError"
    after = Records(state)
    renewed = {name for name in after.known if after.known[name] != before.known[name]}
    halves = {f"mutant {each.mutant.id}" for each in found.rows[0].trials if "HALVES" in each.mutant.after}
    assert renewed == {"lines of units/test_layer.py", *halves}


@pytest.mark.timeout(300)
def test_who_killed_it_last_is_met_first(scratch: Scratch, tmp_path: Path) -> None:
    """When the tests of a mutant have changed, the one that killed it comes first, whatever it takes."""
    state, root = tmp_path / "mutants.jsonl", tmp_path / "root"
    copy_of(scratch.target.root, root)
    suite = root / "suite" / "test_numbers.py"
    suite.write_text(suite.read_text() + dedent(DOUBLES_ALSO))
    changed = Scratch(replace(scratch.target, root=root), state)
    killers = {"test_doubles": "test_doubles_also", "test_doubles_also": "test_doubles"}
    one = trial(changed.run(), 'return number / TABLE["two"]')
    other = next(killers[name] for name in killers if f"::{name}[" in one.outcome.test)
    name = f"mutant {one.mutant.id}"
    records = Records(state)
    last = one.outcome.test.replace(f"::{killers[other]}[", f"::{other}[")
    records.put(name, "before the edit", {**records.last(name), "test": last})
    assert trial(changed.run(), one.mutant.after).outcome.test == last


def test_the_seed_draws(scratch: Scratch, found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed draws the same, another one others, all of which are known here."""
    monkeypatch.setattr("conformance.mutants.slot.Client", None)
    draws = [[each.mutant.id for each in scratch.run(seed=seed, most=5).rows[0].trials] for seed in (1, 1, 2)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
    assert len(draws[0]) == 5


EQUIVALENT = Entry("__init__", "unseen", "return number - 0", "return number + 0", "Zero is zero.")


def test_the_table_tells(scratch: Scratch, found: Found) -> None:
    """Scores leave out what is equivalent; the other survivors are told in full."""
    judged = scratch.run(EQUIVALENT)
    text = "\n".join(table.lines(judged.rows))
    (row,) = judged.rows
    killed = row.count(BEHAVIOURS) + row.count(UNITS)
    assert row.equivalent == 1
    assert row.score(BEHAVIOURS, UNITS) == killed / (len(row.trials) - 1)
    assert "return number + 0" not in text
    assert "\n__init__:21 survives, in nobody_calls\n  - return number + 7\n  + return number - 7\n" in text
    assert "  covered by 0 behaviours, 0 units\n" in text


def test_the_goal_is_demanded(scratch: Scratch, found: Found) -> None:
    """A module of the goal that is below a score, or has survivors that nobody judged, is complained of."""
    texts = "\n".join(found.complaints)
    assert "killed by behaviours or unit tests, and 95% are asked for" in texts
    assert "killed by behaviours alone, and 85% are asked for" in texts
    assert "survivors are not judged" in texts
    free = Scratch(replace(scratch.target, goal=()), scratch.state)
    assert free.run().complaints == []


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (EQUIVALENT, ""),
        (replace(EQUIVALENT, before="gone"), "has no such mutant any more: 'gone'"),
        (replace(EQUIVALENT, after="return number - 1"), "it is killed, and so not equivalent"),
        (replace(EQUIVALENT, module="gone"), "there is no module gone"),
    ],
)
def test_a_judgement_that_rots_is_told(scratch: Scratch, found: Found, entry: Entry, complaint: str) -> None:
    """So is one whose mutant is killed now, and one that matches nothing."""
    told = [each for each in scratch.run(entry).complaints if each.startswith("judged.toml")]
    assert ([complaint] if complaint else []) == [complaint for each in told if complaint in each]
    assert bool(told) == bool(complaint)


def test_every_trial_is_written(found: Found, tmp_path: Path) -> None:
    """One line of JSON for each."""
    table.write(tmp_path / "report" / "mutants.jsonl", found.rows)
    lines = [json.loads(line) for line in (tmp_path / "report" / "mutants.jsonl").read_text().splitlines()]
    assert len(lines) == len(found.rows[0].trials)
    assert {line["by"] for line in lines} == {BEHAVIOURS, UNITS, SURVIVED}
