"""Any S3 endpoint: moto, started here, plays one that nobody knows anything about.

The only unit tests with a server: what a run leaves of other people's objects cannot be shown without one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scratch_suite import ScratchSuite
from test_fixtures_reaper import wait_until

from fixtures.any_s3 import remove
from fixtures.endpoint import CAPABILITIES, IDENTITIES, Endpoint
from fixtures.provision import Options, Run, start_all
from fixtures.reaper import ROOT
from fixtures.s3 import client
from fixtures.witness import witness

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
OTHERS = {"precious": b"1", "noiz": b"2", "noiz-0/neighbour": b"3", "noiz-": b"4"}
"""What other people keep in the bucket; some of it looks like a run's own."""


LOCK = '''
"""Two promises, of which one is broken."""
def test_holds():
    """It holds."""

def test_is_taken():
    """One gets it."""
    assert False
'''


@pytest.fixture(scope="module")
def moto() -> Iterator[Endpoint]:
    """A moto that enforces credentials, with a bucket of somebody else's in it."""
    run = start_all(["moto"], Options())
    assert run.failures == {}
    endpoint = run.endpoints["moto"]
    for key, body in OTHERS.items():
        witness(endpoint, "").put(key, body)
    _client(endpoint)._create_multipart_upload(endpoint.root, "noiz-0/upload", {})
    yield endpoint
    run.stop()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, moto: Endpoint) -> dict[str, str]:
    """The usual variables of whoever may do everything there, and no others."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "READER_", "NOBODY_"))]:
        monkeypatch.delenv(name)
    owner = {name: moto.identities["owner"][name] for name in KEYS} | {"AWS_CONFIG_FILE": os.devnull}
    for name, value in owner.items():
        monkeypatch.setenv(name, value)
    return owner


def _client(endpoint: Endpoint) -> Any:
    return client(endpoint.url, *(endpoint.identities["owner"][name] for name in KEYS[:2]))


def options(moto: Endpoint, bucket: str = "") -> Options:
    """Moto as any endpoint, with a bucket that is given or none."""
    return Options(endpoint_urls={"s3": moto.url}, buckets={"s3": bucket} if bucket else {})


def started(moto: Endpoint, bucket: str = "") -> tuple[Run, Endpoint]:
    """A run on moto as any endpoint."""
    run = start_all(["s3"], options(moto, bucket))
    assert run.failures == {}
    return run, run.endpoints["s3"]


def everything(moto: Endpoint) -> dict[str, Any]:
    """All that the server has: bucket → objects with their versions, and unfinished uploads."""
    there = {}
    for bucket in _client(moto).list_buckets():
        seen = witness(replace(moto, root=bucket.name), "")
        there[bucket.name] = (seen.tree(), seen.uploads())
    return there


@pytest.mark.parametrize("given", [True, False])
def test_nothing_outside_is_touched(moto: Endpoint, variables: dict[str, str], given: bool) -> None:
    """Objects and unfinished uploads of others are the same before and after; of the run nothing is left."""
    before = everything(moto)
    run, endpoint = started(moto, moto.root if given else "")
    own = witness(endpoint, "read/words")
    own.put("object", b"body")
    _client(moto)._create_multipart_upload(endpoint.root, endpoint.key_of("write/upload"), {})
    assert own.get("object") == b"body"
    assert everything(moto) != before
    run.stop()
    assert everything(moto) == before


def test_capabilities_are_found_out(moto: Endpoint, variables: dict[str, str]) -> None:
    """All are there but identities, since only the owner is known; the reason says so."""
    run, endpoint = started(moto)
    run.stop()
    assert set(CAPABILITIES) - set(endpoint.capabilities) == {IDENTITIES}
    assert endpoint.lacking == {IDENTITIES: "no credentials of a reader and a nobody"}


def test_credentials_of_the_others_are_tried(
    moto: Endpoint, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a reader who only reads and a nobody who may nothing, nothing is lacking."""
    for who in ("reader", "nobody"):
        for name in KEYS[:2]:
            monkeypatch.setenv(f"{who.upper()}_{name}", moto.identities[who][name])
    run, endpoint = started(moto, moto.root)
    run.stop()
    assert endpoint.lacking == {}


def test_a_reader_who_writes_is_none(
    moto: Endpoint, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner's credentials are not believed to be a reader's."""
    for name in KEYS[:2]:
        monkeypatch.setenv(f"READER_{name}", variables[name])
        monkeypatch.setenv(f"NOBODY_{name}", moto.identities["nobody"][name])
    run, endpoint = started(moto)
    run.stop()
    assert endpoint.lacking == {IDENTITIES: "the reader may not only read: its PUT was not refused"}


@pytest.mark.parametrize(
    ("changed", "bucket", "reason"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "", "SignatureDoesNotMatch"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "given", "SignatureDoesNotMatch"),
        ({}, "nobody-has-it", "404 NoSuchBucket"),
    ],
)
def test_unusable_endpoints_are_refused(
    moto: Endpoint,
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    changed: dict[str, str],
    bucket: str,
    reason: str,
) -> None:
    """Wrong credentials and an absent bucket are told with the server's own word; nothing is left or to be removed."""
    before = everything(moto)
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    run = start_all(["s3"], options(moto, bucket.replace("given", moto.root)))
    run.stop()
    assert reason in run.failures["s3"]
    assert "--bucket=NAME" in run.failures["s3"]
    assert everything(moto) == before


def test_a_killed_run_leaves_the_bucket_as_it_was(moto: Endpoint, variables: dict[str, str]) -> None:
    """What a run made below its prefix goes away with it also when it is killed."""
    before = everything(moto)
    program = f"""
        import time
        from fixtures.provision import Options, start_all
        from fixtures.witness import witness
        run = start_all(["s3"], Options(endpoint_urls={{"s3": {moto.url!r}}}, buckets={{"s3": {moto.root!r}}}))
        witness(run.endpoints["s3"], "deep").put("object", b"body")
        print("made", flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "made\n"
        assert everything(moto) != before
        run.send_signal(signal.SIGKILL)
    assert wait_until(lambda: everything(moto) == before, seconds=30)


def test_removal_stays_below_its_prefix(moto: Endpoint, variables: dict[str, str]) -> None:
    """A prefix that begins like other people's names removes none of them."""
    before = everything(moto)
    remove(replace(moto, prefix="noi", identities={"owner": variables}))
    assert everything(moto) == before


def test_the_sentence_comes_first(moto: Endpoint, variables: dict[str, str], tmp_path: Path) -> None:
    """The summary of a run begins with whether the server keeps its promises, and names those that it does not."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_lock.py", LOCK)
    result = suite.run("--backend=s3", f"--endpoint-url={moto.url}", f"--bucket={moto.root}", "-n0")
    lines = result.output.splitlines()
    first = next(number for number, line in enumerate(lines) if "= conformance =" in line) + 1
    assert lines[first].startswith("Werkzeug")
    assert lines[first].endswith(f"at {moto.url} keeps the 2 of Noiz's promises that were tried, except: 1 about lock.")
    assert lines[first + 1] == "  lock.is-taken: One gets it."
    assert lines[first + 3] == "  s3 lacks identities: no credentials of a reader and a nobody"
