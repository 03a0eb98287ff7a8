"""Runs of the suite on any endpoint: what they say of a server, hold against it, and leave there."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from scratch_suite import ScratchSuite
from strangers import KINDS, LACKING, Stranger

LOCK = '''
"""Two promises, of which one is broken."""
def test_holds():
    """It holds."""

def test_is_taken():
    """One gets it."""
    assert False
'''
OBJECTS = '''
"""A promise that takes its time."""
import time

def test_lasts(backend, key):
    """It ends some day."""
    from fixtures.witness import witness
    witness(backend, key).put("object", b"body")
    print("made", flush=True)
    time.sleep(50)
'''


def named(*all_there: Stranger) -> list[str]:
    """The options of a run on servers as any endpoints."""
    chosen = [f"--backend={','.join(each.kind for each in all_there)}"]
    chosen += [f"--endpoint-url={each.kind}={each.endpoint.url}" for each in all_there]
    return chosen + [f"--bucket={each.kind}={each.endpoint.root}" for each in all_there]


@pytest.fixture
def everywhere(strangers: dict[str, Stranger], only: pytest.MonkeyPatch) -> list[Stranger]:
    """All servers, and the variables of whoever may do everything on each of them."""
    for name, value in [pair for each in strangers.values() for pair in each.variables.items()]:
        only.setenv(name, value)
    return list(strangers.values())


def test_the_sentence_comes_first(everywhere: list[Stranger], tmp_path: Path) -> None:
    """The summary begins with whether each server keeps its promises, and names those that it does not."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_lock.py", LOCK)
    lines = suite.run(*named(*everywhere), "-n0").output.splitlines()
    summary = lines[next(number for number, line in enumerate(lines) if "= conformance =" in line) + 1 :]
    for each in everywhere:
        said = f"at {each.endpoint.url} keeps the 2 of Noiz's promises that were tried, except: 1 about lock"
        open_to_all = "; credentials are not enforced" * (each.kind == "gs")
        told = [f"  {each.kind} lacks {name}: {why}" for name, why in LACKING[each.kind].items()]
        first, broken, able, *lacks = summary[: 3 + len(told)]
        assert first.endswith(f"{said}{open_to_all}.")
        assert broken == "  lock.is-taken: One gets it."
        assert able.startswith(f"  {each.kind} can: write, list, ")
        assert lacks == told
        summary = summary[3 + len(told) :]


@pytest.mark.parametrize("there", ["az"], indirect=True)
@pytest.mark.usefixtures("variables")
def test_what_cannot_be_used_is_said_before_anything_runs(there: Stranger, tmp_path: Path) -> None:
    """The reason stands above the first behaviour, and again first in the summary."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_lock.py", LOCK)
    chosen = [f"--backend={there.kind}", f"--endpoint-url={there.endpoint.url}", "--bucket=nobody-has-it"]
    lines = suite.run(*chosen, "-n0").output.splitlines()
    said = [n for n, line in enumerate(lines) if "could not be judged: nobody-has-it at" in line]
    runs = next(n for n, line in enumerate(lines) if line.startswith("test_lock.py"))
    assert said[0] < runs
    assert "= conformance =" in lines[said[1] - 1]


def test_what_fails_and_is_listed_is_green(everywhere: list[Stranger], tmp_path: Path) -> None:
    """The first run writes the file, the next one is green, though its sentence names all; a changed line is red."""
    suite = ScratchSuite(tmp_path)
    suite.own()
    suite.write("test_lock.py", LOCK)
    suite.write("ledger.toml", "")
    expected = tmp_path / "expected"
    run = [*named(*everywhere), f"--expect={expected}", "-n0"]
    assert suite.run(*run).status == pytest.ExitCode.TESTS_FAILED
    result = suite.run(*run)
    assert result.status == pytest.ExitCode.OK
    assert result.output.count("except: 1 about lock") == len(everywhere)
    expected.write_text(expected.read_text().replace("lock.holds", "lock.held"))
    result = suite.run(*run)
    assert result.status == pytest.ExitCode.TESTS_FAILED
    red = [line for line in result.output.splitlines() if line.startswith("RED")]
    assert [kind for kind in KINDS if any(kind in line.split("on ")[-1] for line in red)] == list(KINDS)


REFUSED = '''
"""A layer whose first object is refused."""
class FileSystem:
    def open(self, name, mode):
        raise OSError("501 NotImplemented: a header you provided implies functionality that is not implemented")

def reset_filesystem(): pass
def get_filesystem(): return FileSystem()
'''
REACHES = '''
"""What the user's server needs reaches the layer, and nothing else of his does."""
import os

def test_reaches(environment):
    """His settings are there, also after all others were replaced."""
    environment.replace({})
    told = {name: os.environ.get(name) for name in ("AWS_RESPONSE_CHECKSUM_VALIDATION", "AWS_PROFILE")}
    assert told == {"AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required", "AWS_PROFILE": None}
'''


@pytest.mark.parametrize("there", ["s3"], indirect=True)
@pytest.mark.usefixtures("variables")
def test_a_layer_that_cannot_write_one_object_stops_the_run(there: Stranger, tmp_path: Path) -> None:
    """Nothing runs; reason and remedy are told in one line, and nothing is left."""
    before = there.everything()
    suite = ScratchSuite(tmp_path)
    suite.write("test_lock.py", LOCK)
    suite.write("layer.py", REFUSED)
    result = suite.run(*named(there), "-n2")
    assert (result.status, result.rows) == (pytest.ExitCode.USAGE_ERROR, [])
    (line,) = [line for line in result.output.splitlines() if "the layer cannot write and read one object" in line]
    assert "OSError: 501 NotImplemented" in line
    assert "set AWS_REQUEST_CHECKSUM_CALCULATION=when_required" in line
    assert there.everything() == before


@pytest.mark.parametrize("there", ["s3"], indirect=True)
def test_settings_of_the_server_reach_the_layer(
    there: Stranger, only: pytest.MonkeyPatch, variables: dict[str, str], tmp_path: Path
) -> None:
    """How checksums are asked for, and certificates, are kept; on a server that was started here they are not."""
    del variables
    only.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")
    suite = ScratchSuite(tmp_path)
    suite.write("test_settings.py", REACHES)
    result = suite.run(*named(there), "--backend=memory", "-n0")
    assert result.verdicts("s3") == {"settings.reaches": "pass"}
    assert result.verdicts("memory") == {"settings.reaches": "fail"}


@pytest.mark.usefixtures("variables")
def test_an_interrupted_run_leaves_the_bucket_as_it_was(there: Stranger, tmp_path: Path) -> None:
    """Ctrl-C in the middle of a behaviour ends a run of the suite, and what it made is gone when it has ended."""
    before = there.everything()
    suite = ScratchSuite(tmp_path)
    suite.write("test_objects.py", OBJECTS)
    run = suite.start(*named(there), "-n0", "-s")
    assert run.stdout is not None
    while "made" not in (line := run.stdout.readline()):
        assert line, "the run ended too early"
    assert there.everything() != before
    os.killpg(run.pid, signal.SIGINT)
    result = suite.finish(run)
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert there.everything() == before


@pytest.mark.parametrize("there", ["s3"], indirect=True)
@pytest.mark.usefixtures("variables")
def test_the_user_may_name_the_server(there: Stranger, tmp_path: Path) -> None:
    """A header may lie; the command that repeats a case names the server too."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_lock.py", LOCK)
    output = suite.run(*named(there), "--server-name=JuiceFS 1.4", "-n0").output
    assert f"JuiceFS 1.4 at {there.endpoint.url} keeps" in output
    assert "'--server-name=s3=JuiceFS 1.4'" in output
