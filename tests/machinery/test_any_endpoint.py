"""Any endpoint of a kind: moto, fake-gcs-server and Azurite, started here, play ones that nobody here knows."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from guard import Guard
from strangers import LACKING, NEEDS_NO_PARTS, Stranger
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

AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
FILE = "GOOGLE_APPLICATION_CREDENTIALS"


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
def test_removal_stays_below_its_prefix(there: Stranger) -> None:
    """A prefix that begins like other people's names removes none of them."""
    before = there.everything()
    owner = replace(there.endpoint, backend=there.kind, prefix="noi")
    remove(owner)
    assert there.everything() == before


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
