"""The command line: `noiz-storage test-storage` says whether a storage works, and what to mend where it does not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.behaviour import needs, one_of_each_engine, only, source
from conformance.outside import nowhere, secrets_in
from fixtures.endpoint import EXCLUSIVE_CREATE, HTTP, NETWORK, WRITE

PLANTED = "planted5ecret/that+nobody=may-see"
STEPS = ("write", "read back", "list", "create exclusively", "delete")


def _run(subject: Any, *arguments: str) -> Result:
    return CliRunner().invoke(subject.cli.cli, ["test-storage", *arguments])


def _broken(backend: Any, key: str, trouble: str, url: str) -> dict[str, str]:
    """The environment of somebody whose storage does not work for one reason; nobody listens at `url`."""
    elsewhere = {
        "unknown-scheme": {"STORAGE_URI": "floppy://drive"},
        "absent-root": {"STORAGE_URI": f"{backend.scheme}://{backend.absent_root(key)}"},
        "unreachable": backend.environment(key, url=url),
        "nothing-set": {},
    }
    identity = {"wrong-secret": "stranger"}.get(trouble, "owner")
    right = backend.environment(key, identity=identity)
    kept = {name: value for name, value in right.items() if name != "STORAGE_URI" or trouble != "nothing-set"}
    return {**kept, **elsewhere.get(trouble, {})}


@source("contract: Refusing")
def test_working_storage(subject: Any, backend: Any, witness: Any, key: str) -> None:
    """On a storage that works the command succeeds, names the base URI and each step, and leaves nothing behind."""
    witness.put("object", b"theirs")
    result = _run(subject)
    status, offered = _end(backend)
    assert result.exit_code == status, result.output
    assert backend.base_uri(key) in result.output
    assert [step for step in offered if not re.search(rf"^{step} +ok +[\d.]+ ms", result.output, re.MULTILINE)] == []
    assert (f"{backend.scheme}:// is read-only" in result.output) is (WRITE not in backend.capabilities)
    assert (witness.keys(), witness.uploads()) == (["object"], [])


def _end(backend: Any) -> tuple[int, list[str]]:
    """The status of the command, and the steps that succeed: only a try shows that an S3 server creates over others."""
    steps = STEPS if WRITE in backend.capabilities else ("ask for a name",)
    if backend.scheme == "s3" and EXCLUSIVE_CREATE not in backend.capabilities:
        return 1, list(STEPS[:3])
    return 0, [step for step in steps if step != "create exclusively" or EXCLUSIVE_CREATE in backend.capabilities]


@needs(WRITE)
@source("contract: Refusing")
def test_requests_are_told(subject: Any) -> None:
    """Each step is printed with the requests that it sent, by kind."""
    output = _run(subject).output
    assert re.search(r"^write .*write 1$", output, re.MULTILINE)
    assert re.search(r"^read back .*read 1$", output, re.MULTILINE)
    assert re.search(r"^list .*list 1$", output, re.MULTILINE)


@needs(WRITE)
@source("contract: Refusing")
@pytest.mark.parametrize("spelling", ["name", "address"])
def test_named_storage(subject: Any, backend: Any, witness: Any, key: str, environment: Any, spelling: str) -> None:
    """`--storage` tries another storage than the default one, by its name or its address."""
    environment.change(STORAGE_URI="memory://unused", STORAGE_ARCHIVE_URI=backend.base_uri(key))
    result = _run(subject, "--storage", {"name": "archive", "address": backend.base_uri(key)}[spelling])
    assert (result.exit_code, backend.base_uri(key) in result.output, witness.keys()) == (_end(backend)[0], True, [])


@source("contract: Refusing")
@pytest.mark.parametrize(
    ("trouble", "variable"),
    [
        ("nothing-set", "STORAGE_URI"),
        ("unknown-scheme", "STORAGE_URI"),
        pytest.param("absent-root", "STORAGE_URI", marks=needs("roots")),
        pytest.param(
            "wrong-secret",
            "AWS_SECRET_ACCESS_KEY|AZURE_STORAGE_CONNECTION_STRING|STORAGE_FTP_PASSWORD|STORAGE_HTTP_PASSWORD",
            marks=needs("identities"),
        ),
        pytest.param(
            "unreachable",
            "S3_ENDPOINT_URL|AZURE_STORAGE_ENDPOINT_URL|AZURE_STORAGE_CONNECTION_STRING|STORAGE_EMULATOR_HOST"
            "|STORAGE_FTP_ENDPOINT_URL|STORAGE_HTTP_ENDPOINT_URL",
            marks=needs("network"),
        ),
    ],
)
def test_trouble_names_the_variable(
    subject: Any, backend: Any, key: str, environment: Any, trouble: str, variable: str
) -> None:
    """On a storage that does not work the command ends with status 1, and names the variable to mend."""
    with nowhere(backend) as url:
        environment.replace(_broken(backend, key, trouble, url))
        result = _run(subject)
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert re.search(rf"(mend|reason) .*({variable})", result.output)


FAILING = {
    "write": ("status", {"kind": "write", "code": 503}, STEPS[:1]),
    "read-back": ("status", {"kind": "read", "code": 500}, STEPS[:2]),
    "list": ("reset", {"kind": "list"}, STEPS[:3]),
}
"""What is wrong with the wire, and the steps until the one that fails for it."""


@one_of_each_engine()
@needs(WRITE, NETWORK)
@source("contract: Refusing")
@pytest.mark.parametrize(("fault", "details", "steps"), FAILING.values(), ids=FAILING)
def test_step_that_fails_is_the_last(
    subject: Any, witness: Any, wire: Any, fault: str, details: dict[str, Any], steps: tuple[str, ...]
) -> None:
    """The command ends at the step that fails with status 1 and its reason, takes no other, and cleans up."""
    wire.fault(fault, **details)
    result = _run(subject)
    told = re.findall(r"^([a-z ]+?) +(ok|failed) +[\d.]+ ms", result.output, re.MULTILINE)
    assert (result.exit_code, told) == (1, [*((step, "ok") for step in steps[:-1]), (steps[-1], "failed")])
    assert re.search(r"^reason +\w+Error: ", result.output, re.MULTILINE)
    assert ("keeps what Noiz needs" in result.output, witness.keys()) == (False, [])


@one_of_each_engine()
@needs(WRITE, NETWORK)
@source("contract: Refusing")
def test_what_cannot_be_deleted_is_named(subject: Any, witness: Any, wire: Any) -> None:
    """Where the last step cannot delete, the command ends with status 1 and names what it leaves behind."""
    wire.fault("status", code=503, kind="delete")
    result = _run(subject)
    left = max(witness.keys())
    assert (result.exit_code, left.partition("/")[0] in result.output) == (1, True)
    assert re.search(r"^(create exclusively|delete) +failed ", result.output, re.MULTILINE)


@needs(WRITE, EXCLUSIVE_CREATE, HTTP)
@source("contract: Refusing", "B12.233")
def test_create_that_overwrites_is_no_success(subject: Any, witness: Any, wire: Any) -> None:
    """Where a second exclusive create would overwrite, the command ends with status 1 at that step, and cleans up."""
    wire.fault("drop-header", name="If-None-Match")
    wire.fault("drop-query", name="ifGenerationMatch")
    result = _run(subject)
    assert (result.exit_code, witness.keys()) == (1, [])
    assert re.search(r"^create exclusively +failed ", result.output, re.MULTILINE)
    assert re.search(r"^(delete|create exclusively) +ok ", result.output, re.MULTILINE) is None


@needs(WRITE)
@source("contract: Refusing")
@pytest.mark.parametrize("scheme", [pytest.param("s3", marks=only("moto"))])
def test_other_bytes_are_no_success(subject: Any, witness: Any, wire: Any, scheme: str) -> None:
    """Where other bytes are read back than were written, the command ends with status 1 at that step, and cleans up."""
    del scheme
    wire.fault("status", code=200, kind="read", body="x" * 4096, headers={"ETag": '"other"'})
    result = _run(subject)
    assert (result.exit_code, witness.keys()) == (1, [])
    assert re.search(r"^read back +failed ", result.output, re.MULTILINE)


@source("contract: Refusing", "B16.276")
@pytest.mark.parametrize("identity", ["owner", pytest.param("stranger", marks=needs("identities"))])
def test_no_secret_is_shown(subject: Any, backend: Any, key: str, environment: Any, identity: str) -> None:
    """Neither success nor failure shows a secret, only where the credentials come from."""
    variables = backend.environment(key, identity=identity)
    environment.replace({**variables, "STORAGE_OTHER_URI": "s3://other", "STORAGE_OTHER_SECRET_ACCESS_KEY": PLANTED})
    output = _run(subject).output
    shown = [secret for secret in (PLANTED, *secrets_in(variables)) if secret in output]
    assert ("credentials" in output, shown) == (True, [])
