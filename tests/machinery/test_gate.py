"""The baseline tells what passes where, and every difference from it is one red line."""

from __future__ import annotations

from pathlib import Path

import pytest
from scratch_suite import OWN, ScratchSuite

from conformance import baseline
from conformance.selection import Selection
from conformance.verdicts import DEVIATES, ERROR, FAIL, NOT_APPLICABLE, PASS, Row

WHOLE = Selection(whole=True, whole_behaviours=True, behaviours=frozenset({"a.b", "a.c"}))
FILES = Selection(whole=False, whole_behaviours=True, behaviours=WHOLE.behaviours)
CASES = Selection(whole=False, whole_behaviours=False, behaviours=WHOLE.behaviours)


def rows(behaviour: str, *verdicts: str, backend: str = "memory") -> list[Row]:
    """Rows of one behaviour, a case for each verdict."""
    return [
        Row(behaviour, str(number), backend, "", "", "", verdict, "", {}, 0, 0, "")
        for number, verdict in enumerate(verdicts)
    ]


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Lines are sorted by behaviour, words in the order of reports, and a single case has no number."""
    written = {"z.last": {"minio": 1}, "a.first": {"local": 12, "memory": 1}}
    baseline.write(tmp_path / "baseline", written)
    assert baseline.read(tmp_path / "baseline") == written
    text = (tmp_path / "baseline").read_text()
    assert text == baseline.HEAD + "a.first memory local=12\nz.last minio\n"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a.b tape", "baseline:2: 'tape' begins with none of memory, local"),
        ("a.b memory=no", "baseline:2: 'memory=no' does not end with a number"),
        ("a.b memory=0", "baseline:2: 'memory=0' does not end with a number"),
        ("<<<<<<< HEAD", "baseline:2: 'HEAD' begins with none of"),
        ("a.a local", "baseline:2: a.a has two lines"),
    ],
)
def test_a_damaged_baseline_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    """The complaint names file, line and word."""
    (tmp_path / "baseline").write_text(f"a.a memory\n{line}\n")
    with pytest.raises(pytest.UsageError) as caught:
        baseline.read(tmp_path / "baseline")
    assert complaint in str(caught.value)


def test_an_update_leaves_other_backends_alone() -> None:
    """What passes on the chosen backends is renewed; a behaviour that no file defines any more goes."""
    old = {"a.b": {"memory": 3, "minio": 3}, "a.c": {"memory": 1}, "a.gone": {"minio": 1}}
    found = [*rows("a.b", PASS, PASS, DEVIATES, NOT_APPLICABLE), *rows("a.c", NOT_APPLICABLE)]
    assert baseline.renewed(old, found, ["memory"], WHOLE.behaviours) == {"a.b": {"memory": 2, "minio": 3}}


@pytest.mark.parametrize(
    ("selection", "verdicts", "change"),
    [
        (WHOLE, [PASS, PASS], ""),
        (WHOLE, [PASS, PASS, NOT_APPLICABLE, DEVIATES], ""),
        (WHOLE, [PASS], "got worse: 1 pass; 2 listed"),
        (WHOLE, [PASS, FAIL], "got worse: 1 pass, 1 fail; 2 listed"),
        (WHOLE, [PASS, NOT_APPLICABLE], "got worse: 1 pass, 1 not-applicable; 2 listed"),
        (FILES, [PASS, DEVIATES], "got worse: 1 pass, 1 deviates; 2 listed"),
        (WHOLE, [PASS, PASS, PASS], "is new: 3 pass; 2 listed"),
        (CASES, [PASS, PASS, PASS], "is new: 3 pass; 2 listed"),
        (CASES, [PASS], ""),
        (CASES, [NOT_APPLICABLE], ""),
        (CASES, [ERROR], "got worse: 1 error; 2 listed"),
        (WHOLE, [], "vanished: 2 listed"),
        (FILES, [], ""),
    ],
)
def test_each_difference_is_one_line(selection: Selection, verdicts: list[str], change: str) -> None:
    """A behaviour that got worse, is new or vanished is told with its verdicts."""
    found = [*rows("a.b", *verdicts), *rows("a.c", PASS)]
    told = list(baseline.compare({"a.b": {"memory": 2}, "a.c": {"memory": 1}}, found, ["memory"], selection))
    assert told == [f"baseline: a.b on memory {change}"] * bool(change)


def test_what_is_not_listed_is_told_unless_it_does_not_apply() -> None:
    """A behaviour that passes is new; one that does not apply, or deviates, need not be listed."""
    found = [*rows("a.a", PASS), *rows("a.b", PASS), *rows("a.c", NOT_APPLICABLE), *rows("a.d", DEVIATES)]
    told = list(baseline.compare({"a.a": {"memory": 1}}, found, ["memory"], WHOLE))
    assert told == ["baseline: a.b on memory is new: 1 pass; 0 listed"]


def test_backends_with_the_same_change_share_a_line() -> None:
    """One change is told once."""
    found = [*rows("a.b", FAIL), *rows("a.b", FAIL, backend="local"), *rows("a.c", PASS, backend="minio")]
    found += [*rows("a.c", PASS), *rows("a.c", PASS, backend="local")]
    listed = dict.fromkeys(("memory", "local"), 1)
    told = list(baseline.compare({"a.b": listed, "a.c": listed}, found, ["memory", "local", "minio"], WHOLE))
    assert told == [
        "baseline: nothing is listed for minio",
        "baseline: a.b on memory, local got worse: 1 fail; 1 listed",
    ]


def test_a_backend_that_did_not_start_is_one_line() -> None:
    """Where all came to an error, nothing was learnt of any behaviour."""
    found = [*rows("a.b", ERROR), *rows("a.c", ERROR)]
    told = list(baseline.compare({"a.b": {"memory": 1}, "a.c": {"memory": 1}}, found, ["memory"], WHOLE))
    assert told == ["baseline: nothing that is listed for memory could be judged"]


TWO = '''
import pytest

@pytest.mark.parametrize("size", [1, 2])
def test_first(size):
    """The first one holds."""

def test_second():
    """The second one holds."""
'''


@pytest.fixture
def suite(tmp_path: Path) -> ScratchSuite:
    """A suite of two behaviours that pass, with a baseline that says so."""
    made = ScratchSuite(tmp_path)
    made.own()
    made.write("test_two.py", TWO)
    made.write("baseline", "two.first memory=2 minio=2\ntwo.second memory minio\n")
    return made


def test_a_run_that_is_as_expected_succeeds(suite: ScratchSuite) -> None:
    """Also under workers, and a part of it too."""
    assert suite.run("-n2").status == 0
    assert suite.run("-n0", "-k", "1").status == 0
    assert suite.run("-n0", "test_two.py::test_second").status == 0


def test_a_run_that_is_not_as_expected_is_red(suite: ScratchSuite) -> None:
    """What is new and what vanished make an otherwise green run red; another subject is not held against it."""
    suite.write("baseline", "two.first memory=2\ntwo.third memory\n")
    result = suite.run("-n0", "--seed=1")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    told = [
        "RED   baseline: two.second on memory is new: 1 pass; 0 listed",
        "RED   baseline: two.third on memory vanished: 1 listed",
        "      to accept it: pytest --backend=memory --seed=1 --update-baseline",
    ]
    assert "\n".join(told) in result.output
    suite.write("other.py", (suite.directory / "layer.py").read_text())
    assert suite.run("-n0", "--subject=other").status == 0


HIDING = {
    "collect-ignore": "collect_ignore = ['test_two.py']",
    "deselecting-hook": """
        def pytest_collection_modifyitems(config, items):
            config.hook.pytest_deselected(items=[each for each in items if "second" in each.name])
            items[:] = [each for each in items if "second" not in each.name]
    """,
    "removing-hook": """
        import pytest
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(items):
            del items[-1]
    """,
    "late-plugin": """
        import pytest
        from conformance import conftest

        class Late:
            @pytest.hookimpl(tryfirst=True)
            def pytest_collection_finish(self, session):
                del session.items[-1]

        def pytest_configure(config):
            conftest.pytest_configure(config)
            config.pluginmanager.register(Late())
    """,
    "ignoring-hook": """
        def pytest_ignore_collect(collection_path):
            return collection_path.name == 'test_two.py' or None
    """,
}


@pytest.mark.parametrize("how", HIDING)
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "unlisted"])
def test_what_something_hides_is_missed(suite: ScratchSuite, how: str, listed: bool) -> None:
    """A behaviour of the whole suite that a hook or plugin takes away is red, whether or not a baseline lists it."""
    suite.write("test_more.py", TWO.replace("second", "more"))
    suite.own(HIDING[how])
    (suite.directory / "baseline").unlink()
    if listed:
        suite.write("baseline", "more.first memory=2\nmore.more memory\ntwo.first memory=2\ntwo.second memory\n")
    result = suite.run("-n0")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    told = "baseline: two.second on memory vanished" if listed else "never planned on memory: two."
    assert told in result.output
    assert "second" in result.output


@pytest.mark.parametrize("how", ["deselecting-hook", "ignoring-hook"])
def test_an_update_drops_nothing_that_is_hidden(suite: ScratchSuite, how: str) -> None:
    """A behaviour that its file still defines stays listed: what hides it makes the run red, and nothing is written."""
    suite.write("test_more.py", TWO.replace("second", "more"))
    suite.own(HIDING[how])
    before = (suite.directory / "baseline").read_text()
    result = suite.run("-n0", "--update-baseline")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert "never planned on memory: two." in result.output
    assert (suite.directory / "baseline").read_text() == before


def test_an_update_writes_what_passes(suite: ScratchSuite) -> None:
    """The lines of other backends stay; the next run succeeds."""
    suite.write("baseline", "two.first memory=3 minio=2\n")
    result = suite.run("-n0", "--update-baseline")
    assert result.status == 0
    assert "baseline is written: 2 behaviours, 2 lines changed" in result.output
    text = (suite.directory / "baseline").read_text()
    assert text.endswith("\ntwo.first memory=2 minio=2\ntwo.second memory\n")
    assert suite.run("-n0").status == 0


def test_no_update_where_something_is_red(suite: ScratchSuite) -> None:
    """A failure, or a rotten ledger, leaves the file as it is."""
    suite.write("test_more.py", 'def test_fails():\n    """It fails."""\n    assert False\n')
    before = (suite.directory / "baseline").read_text()
    result = suite.run("-n0", "--update-baseline")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert "baseline is not written: the run is red" in result.output
    assert (suite.directory / "baseline").read_text() == before


@pytest.mark.parametrize(
    "arguments", [["-k", "first"], ["-m", "not x"], ["--deselect=x"], ["--lf"], ["test_two.py"], ["--ignore=x"]]
)
def test_no_update_from_a_part(suite: ScratchSuite, arguments: list[str]) -> None:
    """A part of the suite cannot write the baseline; it is a usage error before anything starts."""
    result = suite.run("-n0", "-p", "cacheprovider", "--update-baseline", *arguments)
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "by a run of the whole suite, and this is a part" in result.output
    assert "conformance:" not in result.output


def test_another_subject_has_no_baseline_to_update(suite: ScratchSuite) -> None:
    """It may only have a file of its own."""
    suite.write("other.py", (suite.directory / "layer.py").read_text())
    result = suite.run("-n0", "--subject=other", "--update-baseline")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "another subject needs --expect=FILE" in result.output


def test_what_passes_at_any_endpoint_is_no_part_of_the_projects_baseline(suite: ScratchSuite) -> None:
    """No other run could be held against it: an endpoint that its user names has a file of its own."""
    result = suite.run("-n0", "--backend=memory,gs", "--endpoint-url=gs=http://127.0.0.1:1", "--update-baseline")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "nothing is listed of gs here; add --expect=FILE" in result.output


def test_a_file_of_the_users_own_may_be_in_a_new_directory(suite: ScratchSuite) -> None:
    """The directory is made; what is no file of text is a usage error before anything starts."""
    assert suite.run("-n0", "--expect=new/directory/mine").status == 0
    assert "two.first memory=2" in (suite.directory / "new/directory/mine").read_text()
    result = suite.run("-n0", "--expect=new/directory")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "Is a directory" in result.output


def test_a_file_of_the_users_own_is_written_once_and_then_expected(suite: ScratchSuite) -> None:
    """It takes the place of the project's baseline, and the first run may fail."""
    more = 'def test_fails():\n    """It fails."""\n    assert {}\n'
    suite.write("test_more.py", more.format(False))
    suite.write("baseline", "absent.behaviour memory\n")
    first = suite.run("-n0", "--expect=mine")
    assert "mine is written: 2 behaviours, 2 lines changed" in first.output
    assert first.status == pytest.ExitCode.TESTS_FAILED
    suite.write("test_more.py", more.format(True))
    second = suite.run("-n0", "--expect=mine")
    assert second.status == pytest.ExitCode.TESTS_FAILED
    assert "baseline: more.fails on memory is new: 1 pass; 0 listed" in second.output
    assert suite.run("-n0", "--expect=mine", "--update-baseline").status == 0
    assert suite.run("-n0", "--expect=mine").status == 0


OWN_THAT_FILLS = (
    OWN
    + """
from conformance import baseline, page

def full(*arguments):
    raise OSError(28, "full")

baseline.write = page.write_report = full
"""
)
FAULTY = '''
import pytest

@pytest.mark.parametrize("size", [1, 2, 3])
def test_first(size):
    """Only the first one holds."""
    assert size < 2

def test_second():
    """The second one holds."""
'''


def test_a_file_of_ones_own_lists_known_failures(suite: ScratchSuite) -> None:
    """The first run writes them and is red, the next one is green; what changes is red, one line each."""
    suite.write("test_two.py", FAULTY)
    assert suite.run("-n0", "--expect=mine").status == pytest.ExitCode.TESTS_FAILED
    text = (suite.directory / "mine").read_text()
    assert text.endswith(
        "two.second memory\nfails memory AssertionError two.first[2]\nfails memory AssertionError two.first[3]\n"
    )
    result = suite.run("-n0", "--expect=mine")
    assert (result.status, result.verdicts()["two.first[2]"]) == (0, "deviates")
    suite.write("test_two.py", FAULTY.replace("< 2", "!= 2"))
    result = suite.run("-n0", "--expect=mine")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    told = " ".join(result.output.split())
    assert "RED baseline: two.first on memory is new: 2 pass, 1 deviates; 1 listed" in told
    assert "two.first[3] on memory passes now" in told
    suite.write("test_two.py", FAULTY.replace("assert size < 2", "assert {}[size]"))
    assert suite.run("-n0", "--expect=mine").verdicts()["two.first[2]"] == "fail"


def test_an_update_of_ones_own_file_takes_failures_over(suite: ScratchSuite) -> None:
    """The user says that they are known; what could not be judged never is."""
    suite.write("test_two.py", FAULTY)
    suite.run("-n0", "--expect=mine")
    suite.write("test_two.py", FAULTY.replace("< 2", "!= 2"))
    result = suite.run("-n0", "--expect=mine", "--update-baseline")
    assert "1 failures are listed there as known" in result.output
    assert suite.run("-n0", "--expect=mine").status == 0
    suite.write("test_two.py", FAULTY.replace("assert size", "pytest.skip('lazy')"))
    told = "mine is not written: these came to no verdict: two.first[1] on memory, two.first[2] on memory, two.first[3]"
    assert told in " ".join(suite.run("-n0", "--expect=mine", "--update-baseline").output.split())


def test_an_update_keeps_the_failures_of_other_backends(suite: ScratchSuite) -> None:
    """Only the words and lines of the backends that ran change."""
    other = "fails gs ValueError two.first[1]\n"
    suite.write("mine", f"two.first memory=2 gs\ntwo.second memory gs\n{other}fails memory ValueError two.first[1]\n")
    assert suite.run("-n0", "--expect=mine", "--update-baseline").status == 0
    text = (suite.directory / "mine").read_text()
    assert text.endswith(f"\ntwo.first memory=2 gs\ntwo.second memory gs\n{other}")


LEDGER = """
[first]
behaviour = "two.first"
case = "2"
backend = "memory"
exception = "AssertionError"
message = "assert 2 < 2"
to_version = "{version}"
why = "It is so."
source = "https://example.org/1"
date = 2026-11-28
who = "server"
"""


@pytest.mark.parametrize("version", ["9999.0", "1.0"], ids=["covers", "does-not-cover"])
def test_a_ledger_of_ones_own_goes_before_the_file(suite: ScratchSuite, version: str) -> None:
    """Where its entry is about this server; other cases stay known, and so does this one elsewhere."""
    suite.write("test_two.py", FAULTY)
    suite.run("-n0", "--expect=mine")
    suite.write("known.toml", LEDGER.format(version=version))
    result = suite.run("-n0", "--expect=mine", "--ledger=known.toml")
    assert result.status == 0, result.output
    assert {row["verdict"] for row in result.rows} == {"pass", "deviates"}
    assert ("KNOWN first: two.first on memory" in " ".join(result.output.split())) == (version == "9999.0")


def test_printed_commands_hold_files_of_ones_own(suite: ScratchSuite) -> None:
    """A case that is repeated, or an update that is accepted, is judged by the same."""
    suite.write("test_two.py", FAULTY)
    suite.run("-n0", "--expect=mine")
    suite.write("known.toml", LEDGER.format(version="1.0"))
    suite.write("test_two.py", FAULTY.replace("assert size < 2", "raise ValueError(size)"))
    output = suite.run("-n0", "--expect=mine", "--ledger=known.toml", "--seed=1").output
    commands = [line.strip() for line in output.splitlines() if "pytest --backend" in line]
    assert len(commands) > 1
    assert all("--expect=mine --ledger=known.toml" in line for line in commands)


@pytest.mark.parametrize("option", ["--report=/proc/nope", "--report=layer.py"])
def test_a_report_that_cannot_be_written_is_refused_at_once(suite: ScratchSuite, option: str) -> None:
    """Not after a run of hours; the directory is named."""
    result = suite.run("-n0", option)
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert f"{option.partition('=')[2]} cannot be written to: " in result.output


def test_what_cannot_be_written_at_the_end_is_red(suite: ScratchSuite) -> None:
    """The summary stands there all the same."""
    suite.conftest(OWN_THAT_FILLS)
    result = suite.run("-n0", "--expect=mine", "--report=report")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert "= conformance =" in result.output
    assert "RED   mine is not written: [Errno 28] full" in result.output
    assert "RED   the report is not written: [Errno 28] full" in result.output


@pytest.mark.parametrize("line", ["fails memory", "fails tape ValueError two.first", "fails memory E two.third"])
def test_a_damaged_line_about_a_failure_is_refused(suite: ScratchSuite, line: str) -> None:
    """It is a usage error that shows the line."""
    suite.write("mine", f"two.second memory\n{line}\n")
    result = suite.run("-n0", "--expect=mine")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert repr(line) in result.output
