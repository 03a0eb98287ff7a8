"""Any endpoint of a kind: moto, fake-gcs-server and Azurite, started here, play ones that nobody here knows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from guard import Guard
from scratch_suite import ScratchSuite
from strangers import KINDS, Stranger, forget_accounts, stranger
from test_fixtures_reaper import wait_until

from fixtures.any_gs import forged
from fixtures.anywhere import kind, remove
from fixtures.azure_login import login_of
from fixtures.credential_service import CredentialService
from fixtures.endpoint import CAPABILITIES, IDENTITIES, MULTIPART, Endpoint
from fixtures.provision import Options, Run, start_all
from fixtures.reaper import ROOT
from fixtures.sas import container_sas
from fixtures.witness import witness

NEEDS_NO_PARTS = "not needed: a body is one request, whatever its size"
LACKING = {
    "s3": {IDENTITIES: "no credentials of a reader and a nobody"},
    "gs": {MULTIPART: NEEDS_NO_PARTS, IDENTITIES: "who shows no credentials is served too"},
    "az": {},
}
"""Kind → what its player turns out to lack."""
AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
FILE = "GOOGLE_APPLICATION_CREDENTIALS"


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


@pytest.fixture(scope="module")
def strangers() -> Iterator[dict[str, Stranger]]:
    """A server of each kind, with other people's things."""
    run = start_all(list(KINDS.values()), Options())
    assert run.failures == {}
    yield {each: stranger(each, run.endpoints[player]) for each, player in KINDS.items()}
    run.stop()


@pytest.fixture(params=KINDS)
def there(request: pytest.FixtureRequest, strangers: dict[str, Stranger]) -> Stranger:
    """The server of one kind."""
    return strangers[request.param]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without any account."""
    forget_accounts(monkeypatch)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    return monkeypatch


@pytest.fixture
def variables(only: pytest.MonkeyPatch, there: Stranger) -> dict[str, str]:
    """The usual variables of whoever may do everything there, and no others."""
    for name, value in there.variables.items():
        only.setenv(name, value)
    return there.variables


def started(there: Stranger, bucket: str = "") -> tuple[Run, Endpoint]:
    """A run on a server as any endpoint."""
    run = start_all([there.kind], there.options(bucket))
    assert run.failures == {}
    return run, run.endpoints[there.kind]


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.usefixtures("variables")
def test_nothing_outside_is_touched(there: Stranger, given: bool) -> None:
    """Objects and unfinished uploads of others are the same before and after; of the run nothing is left."""
    before = there.everything()
    run, endpoint = started(there, there.endpoint.root if given else "")
    own = witness(endpoint, "read/words")
    own.put("object", b"body")
    there.begin_upload(endpoint.root, endpoint.key_of("write/upload"))
    assert own.get("object") == b"body"
    assert there.everything() != before
    run.stop()
    assert there.everything() == before


@pytest.mark.usefixtures("variables")
def test_capabilities_are_found_out(there: Stranger) -> None:
    """What the server lacks is told with a reason, as it turned out; all else is there."""
    run, endpoint = started(there)
    run.stop()
    assert endpoint.lacking == LACKING[there.kind]
    assert set(CAPABILITIES) - set(endpoint.capabilities) == set(LACKING[there.kind])


WRONG = {"s3": {"AWS_SECRET_ACCESS_KEY": "wrong"}, "gs": {}, "az": {"AZURE_STORAGE_ACCOUNT_KEY": "d3Jvbmc="}}
REFUSALS = {"s3": "SignatureDoesNotMatch", "az": "403 AuthorizationFailure"}


def refused(there: Stranger, bucket: str, door: Stranger | None = None) -> str:
    """Why a run on a server, which may have another `door`, cannot be; of it nothing is left."""
    before = there.everything()
    run = start_all([there.kind], (door or there).options(bucket))
    run.stop()
    assert there.everything() == before
    assert "--bucket=NAME" in run.failures[there.kind]
    return run.failures[there.kind]


@pytest.mark.usefixtures("variables")
def test_an_absent_bucket_is_told(there: Stranger, capfd: pytest.CaptureFixture[str]) -> None:
    """It is not made: the user gave its name."""
    assert "a listing was answered 404" in refused(there, "nobody-has-it")
    assert "left behind" not in capfd.readouterr().err


@pytest.mark.parametrize("there", ["s3", "az"], indirect=True)
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.usefixtures("variables")
def test_wrong_credentials_are_told(
    there: Stranger, only: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], given: bool
) -> None:
    """The reason has the server's own word, whether a bucket was named or not."""
    for name, value in WRONG[there.kind].items():
        only.setenv(name, value)
    assert REFUSALS[there.kind] in refused(there, there.endpoint.root if given else "")
    assert "left behind" not in capfd.readouterr().err


@pytest.mark.usefixtures("variables")
def test_a_silent_address_is_told(there: Stranger) -> None:
    """Nobody listens there, which is said in one sentence."""
    run = start_all([there.kind], Options(endpoint_urls={there.kind: "http://127.0.0.1:9"}))
    run.stop()
    assert run.failures[there.kind].startswith("http://127.0.0.1:9 does not answer: ")


@pytest.mark.parametrize("there", ["s3"], indirect=True)
@pytest.mark.usefixtures("variables")
def test_a_killed_run_leaves_the_bucket_as_it_was(there: Stranger) -> None:
    """What a run made below its prefix goes away with it also when it is killed."""
    before = there.everything()
    program = f"""
        import time
        from fixtures.provision import Options, start_all
        from fixtures.witness import witness
        run = start_all(["s3"], {there.options(there.endpoint.root)})
        witness(run.endpoints["s3"], "deep").put("object", b"body")
        print("made", flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "made\n"
        assert there.everything() != before
        run.send_signal(signal.SIGKILL)
    assert wait_until(lambda: there.everything() == before, seconds=30)


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


@pytest.mark.usefixtures("variables")
def test_removal_stays_below_its_prefix(there: Stranger) -> None:
    """A prefix that begins like other people's names removes none of them."""
    before = there.everything()
    owner = replace(there.endpoint, backend=there.kind, prefix="noi")
    remove(owner)
    assert there.everything() == before


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


def test_what_is_expected_is_held_against(everywhere: list[Stranger], tmp_path: Path) -> None:
    """The first run writes the file; the same passes again; a changed line is red for each server."""
    suite = ScratchSuite(tmp_path)
    suite.own()
    suite.write("test_lock.py", LOCK.replace("assert False", "pass"))
    (tmp_path / "ledger.toml").write_text("")
    expected = tmp_path / "expected"
    run = [*named(*everywhere), f"--expect={expected}", "-n0"]
    assert suite.run(*run).status == pytest.ExitCode.OK
    assert suite.run(*run).status == pytest.ExitCode.OK
    expected.write_text(expected.read_text().replace("lock.is-taken", "lock.was-taken"))
    result = suite.run(*run)
    assert result.status == pytest.ExitCode.TESTS_FAILED
    red = [line for line in result.output.splitlines() if line.startswith("RED")]
    assert [kind for kind in KINDS if any(kind in line.split("on ")[-1] for line in red)] == list(KINDS)


def test_known_failures_are_green(everywhere: list[Stranger], tmp_path: Path) -> None:
    """What fails on each server and is listed makes the next run green; the sentence names it all the same."""
    suite = ScratchSuite(tmp_path)
    suite.own()
    suite.write("test_lock.py", LOCK)
    (tmp_path / "ledger.toml").write_text("")
    run = [*named(*everywhere), "--expect=expected", "-n0"]
    assert suite.run(*run).status == pytest.ExitCode.TESTS_FAILED
    result = suite.run(*run)
    assert result.status == pytest.ExitCode.OK
    assert result.output.count("except: 1 about lock") == len(everywhere)


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


@pytest.mark.parametrize("there", ["s3"], indirect=True)
@pytest.mark.usefixtures("variables")
def test_keys_of_the_others_are_tried(there: Stranger, only: pytest.MonkeyPatch) -> None:
    """With a reader who only reads and a nobody who may nothing, nothing is lacking."""
    for who in ("reader", "nobody"):
        for name in AWS:
            only.setenv(f"{who.upper()}_{name}", there.endpoint.identities[who][name])
    run, endpoint = started(there, there.endpoint.root)
    run.stop()
    assert endpoint.lacking == {}


@pytest.mark.parametrize("there", ["s3"], indirect=True)
def test_a_reader_who_writes_is_none(there: Stranger, variables: dict[str, str], only: pytest.MonkeyPatch) -> None:
    """The owner's credentials are not believed to be a reader's."""
    for name in AWS:
        only.setenv(f"READER_{name}", variables[name])
        only.setenv(f"NOBODY_{name}", there.endpoint.identities["nobody"][name])
    run, endpoint = started(there)
    run.stop()
    assert endpoint.lacking == {IDENTITIES: "the reader may not only read: its PUT was not refused"}


@pytest.mark.parametrize("there", ["az"], indirect=True)
def test_a_token_for_the_container_will_do(there: Stranger, only: pytest.MonkeyPatch) -> None:
    """With a SAS the container must be given; others cannot be made of it, and another container stays unseen."""
    account, key, _ = login_of(there.endpoint.identities["owner"])
    only.setenv("AZURE_STORAGE_ACCOUNT_NAME", account)
    only.setenv("AZURE_STORAGE_SAS_TOKEN", container_sas(account, key, there.endpoint.root, permissions="rwdlc"))
    assert "does not serve" in refused(there, "")
    before = there.everything()
    run, endpoint = started(there, there.endpoint.root)
    witness(endpoint, "read").put("object", b"body")
    assert witness(endpoint, "read").get("object") == b"body"
    run.stop()
    assert there.everything() == before
    assert endpoint.lacking[IDENTITIES] == "no credentials of a reader and a nobody"


@pytest.mark.parametrize("there", ["az"], indirect=True)
@pytest.mark.usefixtures("only")
def test_the_address_may_stand_in_the_variables(there: Stranger, only: pytest.MonkeyPatch) -> None:
    """A connection string says where its account is, so no option has to."""
    account, key, _ = login_of(there.endpoint.identities["owner"])
    text = f"AccountName={account};AccountKey={key};BlobEndpoint={there.endpoint.url};"
    only.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    run = start_all(["az"], Options())
    run.stop()
    assert run.endpoints["az"].url == there.endpoint.url


@pytest.fixture
def guarded(there: Stranger, only: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stranger]:
    """An emulator that is only reached with a token, and key files that buy one each."""
    guard = Guard(there.endpoint.url)
    sellers = {who: CredentialService() for who in ("owner", "reader", "nobody")}
    for who, seller in sellers.items():
        seller.hand_out({"token": who})
        seller.key_file(tmp_path / f"{who}.json")
        only.setenv(FILE if who == "owner" else f"{who.upper()}_{FILE}", str(tmp_path / f"{who}.json"))
    yield replace(there, endpoint=replace(there.endpoint, url=guard.url))
    for each in (guard, *sellers.values()):
        each.close()


@pytest.mark.parametrize("there", ["gs"], indirect=True)
def test_key_files_are_tried(there: Stranger, guarded: Stranger) -> None:
    """Where tokens are looked at, key files make the identities, a forged one the stranger; none of it is left."""
    before = there.everything()
    run, endpoint = started(guarded)
    witness(endpoint, "read").put("object", b"body")
    assert there.everything() != before
    run.stop()
    assert there.everything() == before
    assert endpoint.lacking == {MULTIPART: NEEDS_NO_PARTS}
    assert kind("gs").contacts(guarded.endpoint.url) != []


@pytest.mark.parametrize("there", ["gs"], indirect=True)
def test_a_forged_key_file_is_told(
    there: Stranger, guarded: Stranger, only: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The seller of tokens refuses, and its word is told."""
    for name, value in forged(tmp_path / "owner.json", tmp_path / "forged.json").items():
        only.setenv(name, value)
    assert "401 invalid_grant" in refused(there, there.endpoint.root, guarded)
    assert "left behind" not in capfd.readouterr().err


@pytest.mark.parametrize("there", ["s3"], indirect=True)
@pytest.mark.usefixtures("variables")
def test_the_user_may_name_the_server(there: Stranger, tmp_path: Path) -> None:
    """A header may lie; the command that repeats a case names the server too."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_lock.py", LOCK)
    output = suite.run(*named(there), "--server-name=JuiceFS 1.4", "-n0").output
    assert f"JuiceFS 1.4 at {there.endpoint.url} keeps" in output
    assert "'--server-name=s3=JuiceFS 1.4'" in output
