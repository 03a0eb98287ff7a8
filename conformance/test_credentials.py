"""Credentials: every kind that a protocol has works or is refused clearly, and none is shown."""

from __future__ import annotations

import logging
import pickle
import re
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.behaviour import needs, only, sees, source
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
