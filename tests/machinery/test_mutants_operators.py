"""What is changed in a module and what is left as it is, and which lines show a change."""

from __future__ import annotations

from textwrap import dedent

import pytest

from conformance.mutants import BEHAVIOURS, UNITS
from conformance.mutants.covering import Covering, Seen
from conformance.mutants.judged import read
from conformance.mutants.mutation import chosen, mutants_of
from conformance.mutants.places import Module, showing
from conformance.mutants.run import Slots


def afters(source: str) -> set[str]:
    """The changed lines of every mutant that can be compiled."""
    text = dedent(source)
    return {each.after for each in chosen(mutants_of("m.py", text), text, 999, 0)}


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of words."""',
        'def f():\n    "one"\n',
        "def f(x: int | None) -> list[int]: ...",
        '__all__ = ["f"]',
        "from a import b",
        "if TYPE_CHECKING:\n    x = 1 + 1\n",
        "Size = int | None\ndef f(x: Size) -> Size: ...",
        "def f(x):\n    return cast('int', x)\n",
        "def f(x):\n    return len(x)\n",
    ],
)
def test_what_is_left(source: str) -> None:
    """No docstring, annotation, import, type or list of names is changed."""
    assert afters(source) == set()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("if a < 2: pass", {"if a <= 2: pass", "if a < 3: pass"}),
        ("if a.b: pass", {"if not (a.b): pass"}),
        ("x = a + b", {"x = a - b", "x = None"}),
        ("f(a)", {"f(None)", "pass"}),
        ('raise ValueError("it is wrong")', {"pass"}),
        (
            'raise ValueError(f"{a} is wrong", a)',
            {'raise ValueError(f"{a} is wrong", None)', 'raise ValueError(f"{a} is wrong", )', "pass"},
        ),
        ('warn("lost", a)', {'warn("lost", None)', 'warn("lost", )', "pass"}),
        ('x = {"b": "two words"}', {'x = {"XXbXX": "two words"}', 'x = {"B": "two words"}', "x = None"}),
        ("return a.encode('utf-8')", {"return a.encode('XXutf-8XX')", "return a.encode(None)"}),
        ("for a in b: pass", {"for a in (): pass"}),
        ("return cast(int, a - 1)", {"return cast(int, a + 1)", "return cast(int, a - 2)"}),
        ("try: pass\n    except OSError: a = b", {"except (): a = b", "except OSError: a = None"}),
        ("return len(a - b)", {"return len(a + b)"}),
    ],
)
def test_what_is_changed(line: str, expected: set[str]) -> None:
    """Operators, numbers, keys and arguments are; texts for people and other names of an encoding are not."""
    assert afters(f"def f(a, b):\n    {line}\n") == expected


def test_decorated_functions_are_changed() -> None:
    """A property and a context manager too, which mutmut leaves alone."""
    assert "return 2" in afters("class A:\n    @property\n    def f(self):\n        return 1\n")


def test_a_mutant_keeps_its_name_and_its_rank() -> None:
    """Code that is added elsewhere changes neither which mutants are drawn nor what they are called."""
    old = "def f(a):\n    return a + 1 - 2 * 3\n"
    new = "# more\nimport os\n\n" + old
    drawn = [[each.id for each in chosen(mutants_of("m.py", text), text, 2, 5)] for text in (old, new)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 2


USED = """
SIZE = 5
LARGE = SIZE * 2

def small(a=SIZE):
    return a

class Box:
    depth: int = 3

    def fill(self):
        return (
            LARGE
        )

def f(box):
    return box.depth
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("SIZE = 5", {5, 6, 12, 13, 14}),
        ("LARGE = SIZE", {12, 13, 14}),
        ("def small", {5, 6}),
        ("depth: int", {17}),
        ("            LARGE", {12, 13, 14}),
    ],
)
def test_what_runs_at_an_import_shows_where_its_names_are_used(text: str, lines: set[int]) -> None:
    """A table in the functions that read it; a default in its function; a line of a statement in all of it."""
    module = Module.of(USED)
    number = next(number for number, line in enumerate(USED.splitlines(), 1) if text in line)
    assert showing({"m.py": module}, "m.py", module.at(number)) == {"m.py": lines}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[equivalent]]\nmodule = "m"', "an entry has exactly module, function, before, after, reason"),
        (
            '[[equivalent]]\nmodule = "m"\nfunction = ""\nbefore = "a"\nafter = "b"\nreason = "…"',
            "no reason why 'a' may become 'b'",
        ),
    ],
)
def test_a_judgement_has_a_reason(tmp_path, text: str, complaint: str) -> None:
    """One that says nothing is refused."""
    tmp_path.joinpath("judged.toml").write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read(tmp_path / "judged.toml")


def test_every_test_has_its_turn_before_a_second_case_of_one() -> None:
    """The cheapest first; unit tests stay beside those of their file; tests of other lines are not met."""
    seconds = {"a.py::test_a[1]": 0.01, "a.py::test_a[2]": 0.02, "b.py::test_b": 0.03, "b.py::test_c": 9.0}
    lines = {**dict.fromkeys(seconds, 0b100), "b.py::test_c": 0b1000}
    source = "def f():\n    return -a\n"
    (mutant,) = mutants_of("m.py", source)
    for kind, met in (
        (BEHAVIOURS, ["a.py::test_a[1]", "b.py::test_b", "a.py::test_a[2]"]),
        (UNITS, ["a.py::test_a[1]", "a.py::test_a[2]", "b.py::test_b"]),
    ):
        tests = {name: Seen(kind, name[:4], seconds[name], {"m.py": lines[name]}) for name in seconds}
        meetings = [Covering(tests).meetings({"m.py": Module.of(source)}, mutant, most) for most in (9, 2)]
        all_of_them, two = (next(each for each in found if each.kind == kind) for found in meetings)
        assert (list(all_of_them.seconds), all_of_them.covering) == (met, 3)
        assert (set(two.seconds), two.covering) == ({"a.py::test_a[1]", "b.py::test_b"}, 3)


def test_of_dear_tests_fewer_are_met() -> None:
    """As long as as many usual ones would take; the cheapest one is met whatever it takes."""
    source = "def f():\n    return -a\n"
    (mutant,) = mutants_of("m.py", source)
    for dear, met in ((0.2, ["a.py::test_a", "a.py::test_b"]), (3.0, ["a.py::test_a"])):
        seconds = {"a.py::test_a": 0.1 * dear, "a.py::test_b": dear, "a.py::test_c": 1.1 * dear}
        tests = {name: Seen(UNITS, "a.py", seconds[name], {"m.py": 0b100}) for name in seconds}
        (_, units) = Covering(tests).meetings({"m.py": Module.of(source)}, mutant, 10)
        assert (list(units.seconds), units.covering) == (met, 3)


class Place:
    """A slot that only knows whether it was given up."""

    given_up = False

    def give_up(self) -> None:
        self.given_up = True


def test_what_runs_is_ended_when_a_run_is_given_up() -> None:
    """Nobody who interrupts a run waits for the tests of a mutant."""

    def work(slot: Place, thing: int) -> None:
        raise KeyboardInterrupt

    place = Place()
    with pytest.raises(KeyboardInterrupt):
        list(Slots([place]).each(work, [1]))
    assert place.given_up
