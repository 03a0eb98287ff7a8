"""The ledger excuses exactly what it names, and an entry that rots is red."""

from __future__ import annotations

from pathlib import Path

import pytest
from scratch_suite import Result, ScratchSuite

from conformance import selection
from conformance.ledger import Deviation, Ledger, load, load_own, numbers

GOOD = {
    "behaviour": '"all.fails"',
    "backend": '"memory"',
    "exception": '"ValueError"',
    "message": '"wrong"',
    "why": '"It is."',
    "source": '"https://example.org/thread"',
    "date": "2026-11-22",
    "who": '"server"',
}


def table(name: str, **changes: str | None) -> str:
    """A good table of the ledger with some fields changed, or left out where a change is None."""
    fields = {**GOOD, **changes}
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in fields.items() if value is not None), ""])


def loaded(tmp_path: Path, *tables: str) -> Ledger:
    """The ledger of a suite with one behaviour."""
    path = tmp_path / "ledger.toml"
    path.write_text("\n".join(tables))
    return load(path, {"all.fails"})


def test_the_projects_own_ledger_is_sound() -> None:
    """The ledger in the repository loads against the behaviours in the repository."""
    load(selection.FOLDER / "ledger.toml", selection.defined_behaviours(selection.FOLDER))


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    """One text or many are cases, none is the case without a name; it travels to workers and back."""
    ledger = loaded(tmp_path, table("plain"), table("cased", case='["a", "b"]', from_version='"1"'))
    assert [entry.case for entry in ledger.entries] == [("",), ("a", "b")]
    assert Ledger.from_list(ledger.to_list()) == ledger
    assert loaded(tmp_path, table("plain", case='"a"')).entries[0].case == ("a",)


def test_without_a_file_there_is_no_entry(tmp_path: Path) -> None:
    """An absent ledger excuses nothing."""
    assert load(tmp_path / "absent.toml", set()) == Ledger()


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ([table("x", why=None, who=None)], "[x] lacks why, who"),
        ([table("x", reason='"y"')], "[x] has unknown reason"),
        ([table("x", behaviour='"all.fail"')], "[x] behaviour = 'all.fail' does not exist"),
        ([table("x", behaviour="3")], "[x] behaviour = 3 does not exist"),
        ([table("x", backend='"tape"')], "[x] backend = 'tape' is none of memory, local"),
        ([table("x", backend='["memory"]')], "[x] backend = ['memory'] is none of memory, local"),
        ([table("x", message='"("')], "[x] message = '(' is no regular expression"),
        ([table("x", message="3")], "[x] message = 3 is no regular expression"),
        ([table("x", message='"(?s).*"')], "[x] message = '(?s).*' would excuse any failure"),
        ([table("x", exception='"Value Error"')], "[x] exception = 'Value Error' is no class"),
        ([table("x", why='" "')], "[x] why = ' ' is no text"),
        ([table("x", source='"somebody"')], "[x] source = 'somebody' is neither"),
        ([table("x", source='"docs/findings/absent.py"')], "[x] source = 'docs/findings/absent.py' is neither"),
        ([table("x", date="2999-01-01")], "[x] date = 2999-01-01 lies in the future"),
        ([table("x", date='"2026-11-22"')], "[x] date = '2026-11-22' is no date"),
        ([table("x", who='"nobody"')], "[x] who = 'nobody' is none of server, library, us"),
        ([table("x", case="[]")], "[x] case = [] is neither"),
        ([table("x", case='["a", "a"]')], "[x] case = ['a', 'a'] names a case twice"),
        ([table("x", to_version='"old"')], "[x] to_version = 'old' holds no version"),
        ([table("x", from_version='"2.1"', to_version='"2"', case='"a"')], None),
        ([table("x", from_version='"3"', to_version='"2.9"')], "[x] begins with version 3, after its end 2.9"),
        ([table("x"), table("y")], "[x] and [y] speak of the same case"),
        ([table("x", to_version='"2.1"'), table("y", from_version='"2"')], "[x] and [y] speak of the same case"),
        ([table("x", to_version='"2.1"'), table("y", from_version='"2.2"')], None),
        ([table("x", case='["a", "b"]'), table("y", case='"b"')], "[x] and [y] speak of the same case"),
        ([table("x"), table("x")], "ledger.toml: "),
        (["x = 3"], "[x] is no table of an entry"),
        (["nonsense"], "ledger.toml: "),
    ],
)
def test_a_senseless_entry_is_refused(tmp_path: Path, tables: list[str], complaint: str | None) -> None:
    """The complaint names the entry, the value and what would be right."""
    if complaint is None:
        assert loaded(tmp_path, *tables).entries
        return
    with pytest.raises(pytest.UsageError) as caught:
        loaded(tmp_path, *tables)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("moto 5.2.5", (5, 2, 5)),
        ("MinIO RELEASE.2025-09-07T16-13-09Z", (2025, 9, 7, 16, 13, 9)),
        ("versitygw v1.0.18", (1, 0, 18)),
        ("S3 server", ()),
        ("Ceph RGW 18.2.7", (18, 2, 7)),
    ],
)
def test_the_version_is_found_in_a_servers_text(text: str, expected: tuple[int, ...]) -> None:
    """It begins with the first number that is no part of a word."""
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("bounds", "server", "covered"),
    [
        (("", ""), "a disk", True),
        (("1", ""), "a disk", False),
        (("", "1"), "a disk", False),
        (("2.1", ""), "S 2.1", True),
        (("2.1", ""), "S 2.0.9", False),
        (("2.1.0", ""), "S 2.1", True),
        (("", "2.1"), "S 2.1.7", True),
        (("", "2.1"), "S 2.2", False),
        (("", "2.9"), "S 2.10", False),
        (("2.1", "3"), "S 3.5", True),
    ],
)
def test_a_range_covers_its_ends(bounds: tuple[str, str], server: str, covered: bool) -> None:
    """Versions are compared number by number, as far as the range names them."""
    assert entry(bounds=bounds).covers(server) is covered


class StrangeError(OSError):
    """A failure that is not built in."""


@pytest.mark.parametrize(
    ("exception", "message", "error", "excused"),
    [
        ("ValueError", "wrong", ValueError("wrong"), True),
        ("ValueError", "wrong", ValueError("wrong\nand more"), True),
        ("ValueError", "wrong", ValueError("very wrong"), False),
        ("ValueError", "wrong", ValueError("wrong indeed"), False),
        ("Exception", "wrong", ValueError("wrong"), False),
        ("ValueError", r"\w+", ValueError("wrong"), True),
        (f"{__name__}.StrangeError", "wrong", StrangeError("wrong"), True),
        ("StrangeError", "wrong", StrangeError("wrong"), False),
    ],
)
def test_a_failure_is_excused_by_its_class_and_first_line(
    exception: str, message: str, error: Exception, excused: bool
) -> None:
    """The class is this one and no parent of it, and the whole first line matches."""
    assert entry(exception, message).excuses(error) is excused


def entry(exception: str = "ValueError", message: str = "wrong", bounds: tuple[str, str] = ("", "")) -> Deviation:
    """An entry of which only these fields matter."""
    place = {"behaviour": "all.fails", "backend": "memory", "why": "", "source": "", "date": "", "who": "us"}
    return Deviation("x", **place, exception=exception, message=message, from_version=bounds[0], to_version=bounds[1])


BEHAVIOURS = '''
"""Behaviours that the ledger below speaks of."""
import pytest
from conformance.behaviour import needs

@pytest.fixture
def breaks_late():
    yield
    raise OSError("cannot tidy up")

@pytest.mark.parametrize("size", [1, 2, 3])
def test_has_cases(size):
    """Sizes up to 1 are fine."""
    assert size < 2, f"too big: {size}"

def test_asserts_without_words():
    """It asserts without words."""
    assert sum([1, 1]) == 3

def test_lacks(subject):
    """It asks for what is not offered."""
    subject.io.save_numpy()

def test_passes():
    """It passes."""

def test_changed():
    """It fails in another way."""
    raise ValueError("other words")

def test_newer():
    """It fails on another version."""
    raise ValueError("old")

@needs("network")
def test_needs_more():
    """It does not apply."""

def test_skips():
    """It skips itself."""
    pytest.skip("old")

def test_untidy(breaks_late):
    """It fails as known, then cannot be tidied up."""
    raise ValueError("old")
'''
LEDGER = [
    table("cases", behaviour='"all.has-cases"', case='["2", "3", "4"]', exception='"AssertionError"').replace(
        '"wrong"', r"'too big: \d'"
    ),
    table("words", behaviour='"all.asserts-without-words"', exception='"AssertionError"').replace(
        '"wrong"', r"'assert 2 == 3'"
    ),
    table("lacks", behaviour='"all.lacks"', exception='"conformance.subject.SubjectFailed"').replace(
        '"wrong"', "'the subject layer offers no io.save_numpy'"
    ),
    table("passes", behaviour='"all.passes"'),
    table("changed", behaviour='"all.changed"'),
    table("newer", behaviour='"all.newer"', message='"old"', to_version='"1999"'),
    table("needs", behaviour='"all.needs-more"'),
    table("skips", behaviour='"all.skips"', exception='"Skipped"', message='"old"'),
    table("untidy", behaviour='"all.untidy"', message='"old"'),
    table("elsewhere", behaviour='"all.passes"', backend='"local"'),
]


@pytest.fixture
def suite(tmp_path: Path) -> ScratchSuite:
    """A suite with a ledger of its own."""
    made = ScratchSuite(tmp_path)
    made.own()
    return made


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of the behaviours above with the ledger above."""
    made = ScratchSuite(tmp_path_factory.mktemp("suite"))
    made.own()
    made.write("test_all.py", BEHAVIOURS)
    made.write("ledger.toml", "\n".join(LEDGER))
    return made.run("-n1")


def test_only_the_exact_failure_deviates(result: Result) -> None:
    """Another class, message or version, a skip, and a case that cannot be tidied up are red as ever."""
    assert result.verdicts() == {
        "all.has-cases[1]": "pass",
        "all.has-cases[2]": "deviates",
        "all.has-cases[3]": "deviates",
        "all.asserts-without-words": "deviates",
        "all.lacks": "deviates",
        "all.passes": "pass",
        "all.changed": "fail",
        "all.newer": "fail",
        "all.needs-more": "not-applicable",
        "all.skips": "error",
        "all.untidy": "error",
    }
    assert result.status == pytest.ExitCode.TESTS_FAILED


def test_a_row_names_its_entry(result: Result) -> None:
    """A row of a case that deviates holds the entry's name, the others hold none."""
    named = {row["behaviour"]: row["entry"] for row in result.rows if row["entry"]}
    assert named == {"all.has-cases": "cases", "all.asserts-without-words": "words", "all.lacks": "lacks"}


def test_a_failure_in_another_way_says_so(result: Result) -> None:
    """The reason tells what came, and what the ledger expects."""
    assert "the ledger's changed expects ValueError: wrong" in result.detail("all.changed")


@pytest.mark.parametrize(
    "complaint",
    [
        "ledger, passes: all.passes on memory passes now",
        "ledger, needs: all.needs-more on memory does not apply there",
        "ledger, cases: all.has-cases[4] on memory matches nothing",
    ],
)
def test_a_rotten_entry_is_complained_of(result: Result, complaint: str) -> None:
    """An entry that passes now, does not apply, or matches nothing stands in the summary."""
    assert f"RED   {complaint}" in result.output


def test_what_the_run_says_nothing_of_is_no_complaint(result: Result) -> None:
    """An entry of another backend or of another version is none."""
    assert result.output.count("RED   ") == 3


def test_deviations_are_shown(result: Result) -> None:
    """They have a column, and each its reason in the summary."""
    (line,) = [line for line in result.output.splitlines() if line.startswith("memory  ")]
    assert line.split()[1:6] == ["2", "2", "1", "2", "4"]
    assert "KNOWN cases: all.has-cases on memory, 2 cases\n      It is. (server; https://example.org/thread)" in (
        result.output
    )


ONE = '''
def test_fails():
    """It fails."""
    raise ValueError("wrong")
'''


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_run_with_nothing_but_deviations_succeeds(suite: ScratchSuite, workers: str) -> None:
    """The status is 0, with -x too."""
    suite.write("test_all.py", ONE)
    suite.write("ledger.toml", table("known"))
    result = suite.run(workers, "-x")
    assert (result.status, result.verdicts()) == (0, {"all.fails": "deviates"})
    assert "= 1 deviates in " in result.output
    assert "<skipped" in (suite.report / "junit.xml").read_text()


def test_an_entry_that_passes_makes_the_run_red(suite: ScratchSuite) -> None:
    """The status is 1 although no case failed."""
    suite.write("test_all.py", ONE.replace("raise ValueError", "str"))
    suite.write("ledger.toml", table("known"))
    result = suite.run("-n0")
    assert (result.status, result.verdicts()) == (pytest.ExitCode.TESTS_FAILED, {"all.fails": "pass"})


def test_a_part_of_the_suite_need_not_match_every_entry(suite: ScratchSuite) -> None:
    """What was not asked for is no entry that matches nothing."""
    suite.write("test_all.py", ONE)
    suite.write("test_more.py", ONE)
    suite.write("ledger.toml", table("known") + table("other", behaviour='"more.fails"'))
    assert suite.run("-n0", "test_more.py").status == 0


def test_another_subject_has_no_ledger(suite: ScratchSuite) -> None:
    """What only `noiz_storage` may know of excuses no other layer."""
    suite.write("test_all.py", ONE)
    suite.write("ledger.toml", table("known"))
    suite.write("other.py", (suite.directory / "layer.py").read_text())
    result = suite.run("-n0", "--subject=other")
    assert (result.status, result.verdicts()) == (pytest.ExitCode.TESTS_FAILED, {"all.fails": "fail"})


def test_a_senseless_ledger_stops_the_run_before_anything_starts(suite: ScratchSuite) -> None:
    """It is a usage error that names file and entry."""
    suite.write("test_all.py", ONE)
    suite.write("ledger.toml", table("known", who=None) + table("unknown", behaviour='"all.fials"'))
    result = suite.run("-n2")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "ledger.toml: [known] lacks who\nledger.toml: [unknown] behaviour = 'all.fials'" in result.output
    assert "conformance:" not in result.output


def test_a_ledger_of_ones_own_is_read_after_the_projects(suite: ScratchSuite) -> None:
    """Both excuse what they name, also for another subject; the run is green, and red once a fault changes."""
    suite.write("test_all.py", ONE)
    suite.write("test_more.py", ONE)
    suite.write("ledger.toml", table("known"))
    suite.write("mine.toml", table("mine", behaviour='"more.fails"'))
    result = suite.run("-n0", "--ledger=mine.toml")
    assert (result.status, set(result.verdicts().values())) == (0, {"deviates"})
    assert "KNOWN mine: more.fails on memory" in result.output
    suite.write("test_more.py", ONE.replace("wrong", "otherwise"))
    assert suite.run("-n0", "--ledger=mine.toml").status == pytest.ExitCode.TESTS_FAILED
    suite.write("test_more.py", ONE.replace("raise ValueError", "str"))
    result = suite.run("-n0", "--ledger=mine.toml")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert "RED   ledger, mine: more.fails on memory passes now" in result.output


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ([table("mine")], "mine.toml: [known] and [mine] speak of the same case"),
        ([table("known", behaviour='"more.fails"')], "mine.toml: [known] is an entry of the project's ledger too"),
        ([table("mine", who=None)], "mine.toml: [mine] lacks who"),
        ([], "--ledger="),
    ],
)
def test_a_senseless_ledger_of_ones_own_is_refused(
    tmp_path: Path, tables: list[str], complaint: str, projects: Ledger
) -> None:
    """It is checked like the project's, and beside it."""
    path = tmp_path / "mine.toml"
    if tables:
        path.write_text("\n".join(tables))
    with pytest.raises(pytest.UsageError) as caught:
        load_own(path, {"all.fails", "more.fails"}, projects)
    assert complaint in str(caught.value)


@pytest.fixture
def projects(tmp_path: Path) -> Ledger:
    """A ledger of one entry."""
    return loaded(tmp_path, table("known"))
