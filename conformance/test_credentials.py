"""Credentials: every kind that a protocol has works or is refused clearly, and none is shown."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.behaviour import needs, only, sees, source
from conformance.listening import listening
from conformance.own_settings import OWN
from conformance.writing import read, write
from fixtures.endpoint import IDENTITIES, TOKENS, WRITE

SESSION = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN"
TOKEN = "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_SAS_TOKEN"


def _on(schemes: str, kind: str, *values: Any) -> Any:
    """A case on backends of some schemes, or of some names."""
    return pytest.param(kind, *values, id=kind, marks=only(*schemes.split()))


def _by_grant(schemes: str, kind: str, *values: Any) -> Any:
    """Such a case where the owner can also say what others may do."""
    return pytest.param(kind, *values, id=kind, marks=[only(*schemes.split()), needs(IDENTITIES)])


def _asked(subject: Any) -> str:
    """What the command says of the default storage."""
    return str(CliRunner().invoke(subject.cli.cli, ["test-storage"]).output)


def _shown(subject: Any, fs: Any, *texts: str) -> str:
    """All that may be seen of a file system, and of the settings."""
    things = [repr(subject.get_storage_config()), repr(fs), pickle.dumps(fs).decode("latin-1")]
    return "\n".join([*things, *texts, _asked(subject)])


@source("contract: Living")
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        _on("memory file", "as-given", "none needed"),
        _on("ftp ftps http https", "as-given", "STORAGE_(FTP|HTTP)_USERNAME, .*PASSWORD"),
        _on("s3", "as-given", "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        _on("minio", "session", SESSION),
        _on("s3", "profile", "AWS_PROFILE"),
        _on("s3", "process", "AWS_PROFILE"),
        _on("s3", "machine", "the SDK's own chain .*metadata service"),
        _on("s3", "container", "the SDK's own chain .*metadata service"),
        _on("az", "as-given", f"(AZURE_STORAGE_CONNECTION_STRING|{TOKEN})"),
        _by_grant("az", "account-key", "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY"),
        _by_grant("az", "token", TOKEN),
        _by_grant("az", "policy-token", TOKEN),
        _on("gs", "as-given", "(none: .*emulator|GOOGLE_APPLICATION_CREDENTIALS)"),
        _on("gs", "key-file", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_every_kind_works(
    subject: Any,
    witness: Any,
    logins: Any,
    environment: Any,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    told: str,
) -> None:
    """Credentials of every kind give access; where they come from is told, and nothing shows them, no log either."""
    caplog.set_level(logging.DEBUG)
    witness.put("object", b"content")
    environment.replace(logins.variables(kind))
    fs = subject.get_filesystem()
    assert read(fs, "object") == b"content"
    shown = _shown(subject, fs, caplog.text)
    assert re.search(f"^credentials +{told}", shown, re.MULTILINE)
    assert [secret for secret in logins.secrets if secret in shown] == []


@needs(WRITE)
@source("contract: Living")
@pytest.mark.parametrize(
    "kind",
    [
        _by_grant("s3", "container"),
        _by_grant("s3", "process"),
        _by_grant("az", "policy-token"),
        _on("gs", "key-file"),
    ],
)
def test_renewed_in_the_middle(
    subject: Any, witness: Any, logins: Any, environment: Any, refused: Any, kind: str
) -> None:
    """In the middle of a run an instance goes by what is handed out now: what ran out is refused, what is new works."""
    environment.replace(logins.variables(kind))
    fs = subject.get_filesystem()
    write(fs, "before", b"1")
    logins.hand_out("reader")
    with refused(PermissionError):
        write(fs, "meanwhile", b"2")
    logins.hand_out("owner")
    write(fs, "after", b"3")
    assert witness.keys() == ["after", "before"]


@source("contract: Living", "contract: Refusing", "B10.215")
@pytest.mark.parametrize(
    ("kind", "error", "variable"),
    [
        pytest.param(
            "false-token",
            PermissionError,
            "AWS_SESSION_TOKEN",
            id="false-token",
            marks=[only("s3"), sees(TOKENS)],
        ),
        _on("s3", "expired-session", PermissionError, "AWS_SESSION_TOKEN"),
        _on("s3", "unknown-profile", ValueError, "AWS_PROFILE.*n0body"),
        _on("s3", "stale-process", PermissionError, "AWS_PROFILE"),
        _on("s3", "failing-process", PermissionError, "AWS_PROFILE"),
        _on("s3", "machine-without-a-role", PermissionError, "AWS_ACCESS_KEY_ID"),
        _by_grant("az", "expired-token", PermissionError, "AZURE_STORAGE_SAS_TOKEN"),
        _by_grant("az", "foreign-token", PermissionError, "AZURE_STORAGE_SAS_TOKEN"),
        _on("az", "nobody", PermissionError, "AZURE_STORAGE_CONNECTION_STRING"),
        _on("az", "broken-string", ValueError, "AZURE_STORAGE_CONNECTION_STRING"),
        _on("gs", "refused-key-file", PermissionError, "GOOGLE_APPLICATION_CREDENTIALS"),
        _on("gs", "broken-key-file", ValueError, "GOOGLE_APPLICATION_CREDENTIALS"),
        _on("gs", "absent-key-file", ValueError, "GOOGLE_APPLICATION_CREDENTIALS"),
        _on("ftp ftps http https", "wrong-password", PermissionError, "STORAGE_(FTP|HTTP)_PASSWORD"),
    ],
)
def test_unusable_are_refused(
    subject: Any,
    witness: Any,
    logins: Any,
    environment: Any,
    wire: Any,
    refused: Any,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    error: type[Exception],
    variable: str,
) -> None:
    """Credentials that do not hold are refused at the first try; the variable to mend is named, and no secret shown."""
    caplog.set_level(logging.DEBUG)
    witness.put("object", b"content")
    environment.replace(logins.variables(kind))
    with refused(error) as reading:
        subject.get_filesystem().open("object", "rb")
    assert [each.kind for each in wire.requests() if each.kind != "auth"] in ([], ["read"])
    with refused(error) as asking:
        subject.get_filesystem().exists("object")
    said = _asked(subject)
    assert re.search(f"(mend|reason) .*{variable}", said)
    errors = [reading.value, asking.value, reading.value.__cause__, asking.value.__cause__]
    shown = "\n".join([said, caplog.text, *map(repr, errors), pickle.dumps(errors[:2]).decode("latin-1")])
    assert [secret for secret in logins.secrets if secret in shown] == []


def in_code(subject: Any, variables: dict[str, str]) -> Any:
    """A file system whose storage is given in code: what the environment would say, and nothing is read from there."""
    base = subject.uri.URI.parse(variables["STORAGE_URI"])
    own = {OWN[name].lower(): value for name, value in variables.items() if name in OWN}
    endpoint = own.pop("endpoint_url", "")
    storage = subject.config.Storage("mine", base, endpoint, own)
    return subject.filesystem.NoizFileSystem(variables["STORAGE_URI"], storage=storage)


@source("contract: Living", "contract: Surface")
@pytest.mark.parametrize("environs", ["empty", "others"])
def test_given_in_code_work(
    subject: Any, backend: Any, key: str, witness: Any, channel: Any, environment: Any, refused: Any, environs: str
) -> None:
    """An endpoint and credentials given in code are used, whatever the environment says, and are not pickled."""
    witness.put("object", b"content")
    url = channel.url if channel else None
    given = backend.environment(key, url=url)
    others = backend.identities.get({"empty": "", "others": "stranger"}[environs], {})
    environment.replace({"STORAGE_URI": "memory://elsewhere", **others})
    with contextlib.closing(in_code(subject, given)) as fs:
        assert (read(fs, "object"), fs.exists("nothing"), fs.base_uri) == (b"content", False, backend.base_uri(key))
        with refused(TypeError, match="pickled"):
            pickle.dumps(fs)


@needs(IDENTITIES)
@source("contract: Living", "contract: Answering")
def test_given_in_code_are_not_mended_by_the_environment(
    subject: Any, backend: Any, key: str, witness: Any, channel: Any, refused: Any
) -> None:
    """Wrong credentials given in code are refused, though the environment has the right ones."""
    witness.put("object", b"content")
    given = backend.environment(key, url=channel.url if channel else None, identity="stranger")
    with contextlib.closing(in_code(subject, given)) as fs, refused(PermissionError):
        read(fs, "object")


REGIONS: dict[str, dict[str, str | None]] = {
    "AWS_DEFAULT_REGION": {"AWS_DEFAULT_REGION": "eu-south-2"},
    "AWS_REGION": {"AWS_DEFAULT_REGION": None, "AWS_REGION": "eu-south-2"},
    "its-own": {"AWS_DEFAULT_REGION": "ap-east-1", "STORAGE_OTHER_REGION": "eu-south-2"},
}
"""Ways to set a storage's region."""


@source("contract: Surface", "AWS Signature Version 4")
@pytest.mark.parametrize("how", [pytest.param(how, marks=only("moto")) for how in [*REGIONS, "in-code"]])
def test_region_is_the_one_that_is_set(subject: Any, environment: Any, refused: Any, how: str) -> None:
    """A request is signed for the region that is set, whichever it is, and with the key that is set."""
    own = {"access_key_id": "someone", "secret_access_key": "secret"}
    with listening() as (url, heard):
        environment.change(
            STORAGE_OTHER_URI="s3://bucket/other",
            STORAGE_OTHER_ENDPOINT_URL=url,
            **{f"STORAGE_OTHER_{name.upper()}": value for name, value in own.items()},
            **REGIONS.get(how, {}),
        )
        base = subject.uri.URI.parse("s3://bucket/other")
        given = subject.config.Storage("mine", base, url, {**own, "region": "eu-south-2"})
        storage = {"in-code": given}.get(how, "other")
        fs = subject.filesystem.NoizFileSystem("s3://bucket/other", storage=storage)
        with contextlib.closing(fs), refused(FileNotFoundError):
            fs.read("object")
    signed = {re.sub(r".*Credential=(\w+)/\d+/([^,]*),.*", r"\1 \2", each["authorization"]) for each in heard}
    assert signed == {"someone eu-south-2/s3/aws4_request"}
