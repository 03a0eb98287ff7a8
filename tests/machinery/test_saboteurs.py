"""What is said of saboteurs; `test_against_saboteurs.py` tries them all."""

from __future__ import annotations

import ast
import pkgutil
from pathlib import Path

import pytest

from conformance import saboteurs
from conformance.saboteurs import SABOTEURS, Saboteur, activity, areas
from conformance.saboteurs.trial import Judgement, Outcome

TOOLS = {"__main__", "activity", "areas", "layer", "trial"}


def test_every_module_is_in_the_table() -> None:
    """No saboteur is forgotten."""
    modules = {module.name for module in pkgutil.iter_modules(saboteurs.__path__)} - TOOLS
    assert modules == {each.name for each in SABOTEURS}


@pytest.mark.parametrize(
    ("details", "acted", "complaint"),
    [
        ({}, {"a.catches"}, "a.catches does not catch it"),
        ({"a.catches": "1 != 2", "a.minds": "why"}, {"a.catches"}, "a.minds blames it: why"),
        ({"a.catches": "NameError: x"}, {"a.catches"}, "a.catches fails for another reason: NameError: x"),
        ({"a.catches": "1 != 2"}, {}, "never active"),
        ({"a.catches": "1 != 2"}, {"a.minds"}, "never active in a.catches"),
    ],
    ids=["escaped", "blamed-elsewhere", "broken", "idle", "idle-where-it-is-caught"],
)
def test_what_is_not_as_it_should_be_is_said(details: dict[str, str], acted: set[str], complaint: str) -> None:
    """A saboteur that escapes, changes nothing, is blamed for something else, or is broken, is complained about."""
    saboteur = Saboteur("any", ("a.catches",), spared=("a.minds",))
    outcome = Outcome(saboteur, "memory", Judgement(details, frozenset(acted)), 1.0)
    assert outcome.complaints() == [complaint]


def test_activity_is_written_down_once_a_behaviour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each behaviour in which a fault takes place the file has one line, however often it does."""
    file = tmp_path / "acts"
    for name, value in {"_file": file, "_node": "", "_told": set()}.items():
        monkeypatch.setattr(activity, name, value)
    for node in ("one[a]", "one[b]", "other"):
        activity.pytest_runtest_logstart(node)
        activity.acts()
        activity.acts()
    assert (file.read_text(), activity.recorded(file)) == ("one\nother\n", {"one", "other"})


def test_nothing_is_written_down_elsewhere(tmp_path: Path) -> None:
    """Outside of a trial a saboteur tells nobody."""
    activity.acts()
    assert activity.recorded(tmp_path / "none") == set()


@pytest.mark.parametrize(
    ("caught_by", "untried", "complaint"),
    [
        ("read.whole", {}, "no saboteur is caught by conformance/test_local_path.py"),
        ("read.whole", {"local_path": "why", "gone": "why"}, "gone is no area"),
        (
            "local-path.lent",
            {"read": "why", "local_path": "why"},
            "local_path catches a saboteur: it is no area without",
        ),
    ],
    ids=["forgotten", "vanished", "needless"],
)
def test_areas_without_a_saboteur_are_said(caught_by: str, untried: dict[str, str], complaint: str) -> None:
    """An area that catches no saboteur needs a reason, and one that does has none."""
    known = ["read", "local_path"]
    assert areas.complaints([Saboteur("any", (caught_by,))], known, untried) == [complaint]


def test_every_area_catches_one() -> None:
    """No area of the suite is forgotten."""
    assert areas.complaints() == []


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("loses_the_last_byte", {"noiz_storage.engines"}),
        ("asks_before_it_reads", {"noiz_storage.readers"}),
        ("never_retries", {"noiz_storage.retry"}),
        ("reads_whole_days", {"noiz_storage.io.seismic"}),
        ("loses_the_mode_of_a_file", {"noiz_storage.engines.local_writing"}),
        ("follows_redirects", set()),
    ],
)
def test_module_that_is_put_wrong_is_found(name: str, modules: set[str]) -> None:
    """What a saboteur replaces is counted for the module that it stands in, wherever it was imported to."""
    assert areas.put_wrong(Path(saboteurs.__path__[0], f"{name}.py")) == modules


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda each: each.name)
def test_tells_when_its_fault_takes_place(saboteur: Saboteur) -> None:
    """A saboteur has a line that proves it active."""
    text = Path(saboteurs.__path__[0], f"{saboteur.name}.py").read_text()
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    assert {each.id for each in calls if isinstance(each, ast.Name)} & {"acts", "changed", "forget"}


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda each: each.name)
def test_says_in_one_sentence_what_is_wrong(saboteur: Saboteur) -> None:
    """A saboteur's docstring is one sentence."""
    text = Path(saboteurs.__path__[0], f"{saboteur.name}.py").read_text()
    sentence = ast.get_docstring(ast.parse(text)) or ""
    assert sentence.endswith(".")
    assert (sentence.count(". "), sentence.count("\n")) == (0, 0)
