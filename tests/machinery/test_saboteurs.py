"""What is said of saboteurs; `test_against_saboteurs.py` tries them all."""

from __future__ import annotations

import ast
import pkgutil
from pathlib import Path

import pytest

from conformance import saboteurs
from conformance.saboteurs import SABOTEURS, Saboteur
from conformance.saboteurs.trial import Outcome

TOOLS = {"__main__", "layer", "trial"}


def test_every_module_is_in_the_table() -> None:
    """No saboteur is forgotten."""
    modules = {module.name for module in pkgutil.iter_modules(saboteurs.__path__)} - TOOLS
    assert modules == {each.name for each in SABOTEURS}


@pytest.mark.parametrize(
    ("details", "complaint"),
    [
        ({}, "a.catches does not catch it"),
        ({"a.catches": "1 != 2", "a.minds": "why"}, "a.minds blames it: why"),
        ({"a.catches": "NameError: x"}, "a.catches fails for another reason: NameError: x"),
    ],
    ids=["escaped", "blamed-elsewhere", "broken"],
)
def test_what_is_not_as_it_should_be_is_said(details: dict[str, str], complaint: str) -> None:
    """A saboteur that escapes, is blamed for something else, or is broken itself, is complained about."""
    saboteur = Saboteur("any", ("a.catches",), spared=("a.minds",))
    assert Outcome(saboteur, "memory", details, 1.0).complaints() == [complaint]


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda each: each.name)
def test_says_in_one_sentence_what_is_wrong(saboteur: Saboteur) -> None:
    """A saboteur's docstring is one sentence."""
    text = Path(saboteurs.__path__[0], f"{saboteur.name}.py").read_text()
    sentence = ast.get_docstring(ast.parse(text)) or ""
    assert sentence.endswith(".")
    assert (sentence.count(". "), sentence.count("\n")) == (0, 0)
