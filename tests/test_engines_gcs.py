"""Google Cloud Storage's engine: credentials, and what a server says of what is missing."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from noiz_storage import errors
from noiz_storage.engines import Connection
from noiz_storage.engines.gcs import GCSEngine
from noiz_storage.uri import URI
from tests.scripted_server import ScriptedServer

OBJECT = "/storage/v1/b/bucket/o/a%2Fb?fields=size%2Cgeneration%2Cupdated%2Cmetadata"
DOWNLOAD = "/storage/v1/b/bucket/o/a%2Fb?alt=media"
FOUND = b'{"size": "7", "generation": "5", "updated": "2026-11-22T10:00:00.123Z"}'


def answer(status: int, body: bytes, *headers: str) -> bytes:
    """The bytes of a whole answer."""
    head = "\r\n".join([f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def engine(server: ScriptedServer, **credentials: str) -> GCSEngine:
    """An engine of the bucket at that server."""
    return GCSEngine(Connection(URI.parse("gs://bucket"), server.url, credentials, timeout=5))


def key_file(directory: Path, token_uri: str) -> str:
    """A service account's key, made here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"client_email": "noiz@p.example", "private_key": text, "token_uri": token_uri, "project_id": "p"}
    path = directory / "key.json"
    path.write_text(json.dumps({"type": "service_account", "private_key_id": "1", **account}))
    return str(path)


def heads(server: ScriptedServer, target: str) -> list[bytes]:
    """The requests for one target that the server has seen."""
    return [seen for seen in server.script.seen if seen.split(b" ")[1].decode() == target]


def test_a_token_is_asked_for_once(server: ScriptedServer, tmp_path: Path) -> None:
    """A service account's key buys one token at its token_uri, which every request carries."""
    token = json.dumps({"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"}).encode()
    server.script.answers["/token"] = answer(200, token, "Content-Type: application/json")
    server.script.answers[OBJECT] = answer(200, FOUND)
    subject = engine(server, credentials_file=key_file(tmp_path, f"{server.url}/token"))
    assert [subject.stat("a/b").version for _ in range(2)] == ["5", "5"]
    subject.close()
    assert len(heads(server, "/token")) == 1
    assert [b"authorization: bearer t0ken" in head.lower() for head in heads(server, OBJECT)] == [True, True]


def test_a_token_that_runs_out_is_renewed(server: ScriptedServer, tmp_path: Path) -> None:
    """A token that is about to end is asked for anew before the next request."""
    token = json.dumps({"access_token": "t0ken", "expires_in": 60, "token_type": "Bearer"}).encode()
    server.script.answers["/token"] = answer(200, token, "Content-Type: application/json")
    server.script.answers[OBJECT] = answer(200, FOUND)
    subject = engine(server, credentials_file=key_file(tmp_path, f"{server.url}/token"))
    assert [subject.stat("a/b").version for _ in range(2)] == ["5", "5"]
    subject.close()
    assert len(heads(server, "/token")) == 2


def test_a_refused_key_is_denied(server: ScriptedServer, tmp_path: Path) -> None:
    """A key that the token server refuses is AccessDeniedError, and nothing is asked without a token."""
    refusal = b'{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}'
    server.script.answers["/token"] = answer(400, refusal, "Content-Type: application/json")
    subject = engine(server, credentials_file=key_file(tmp_path, f"{server.url}/token"))
    with pytest.raises(errors.AccessDeniedError, match="invalid_grant"):
        subject.stat("a/b")
    subject.close()
    assert heads(server, OBJECT) == []


def test_an_unreachable_token_server(server: ScriptedServer, tmp_path: Path) -> None:
    """A token server that nobody reaches is UnreachableError: another attempt may mend it."""
    subject = engine(server, credentials_file=key_file(tmp_path, "http://127.0.0.1:1/token"))
    with pytest.raises(errors.UnreachableError):
        subject.stat("a/b")
    subject.close()


@pytest.mark.parametrize("content", ["", "no JSON", '{"type": "service_account"}', "[]"])
def test_an_unusable_file_is_said(server: ScriptedServer, tmp_path: Path, content: str) -> None:
    """A file that holds no credentials is ConfigurationError that names the variable and the file."""
    (tmp_path / "key.json").write_text(content)
    subject = engine(server, credentials_file=str(tmp_path / "key.json"))
    with pytest.raises(errors.ConfigurationError, match=r"GOOGLE_APPLICATION_CREDENTIALS.*key\.json"):
        subject.stat("a/b")
    assert server.script.seen == []


def test_no_credentials_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a key, and without anything that the SDK finds, the error says what to set."""
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(errors.AccessDeniedError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        GCSEngine(Connection(URI.parse("gs://bucket"), timeout=5)).stat("a/b")


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "No such object: bucket/a/b", errors.NotFoundError),
        (404, "The specified bucket does not exist.", errors.RootNotFoundError),
        (401, "Invalid Credentials", errors.AccessDeniedError),
        (403, "noiz@p.example does not have storage.objects.get access", errors.AccessDeniedError),
        (429, "The object exceeded the rate limit for object mutation operations", errors.ThrottledError),
        (500, "Internal error", errors.ServerError),
        (503, "We encountered an internal error. Please try again.", errors.ThrottledError),
    ],
)
def test_refusals(server: ScriptedServer, status: int, message: str, kind: type[Exception]) -> None:
    """Each of the service's refusals has one class, and its words stand in the error."""
    told = {"error": {"code": status, "message": message, "errors": [{"message": message, "reason": "any"}]}}
    server.script.answers[OBJECT] = answer(status, json.dumps(told).encode(), "Content-Type: application/json")
    subject = engine(server)
    with pytest.raises(kind) as caught:
        subject.stat("a/b")
    subject.close()
    assert (type(caught.value), message in str(caught.value)) == (kind, True)


def test_a_rate_that_is_forbidden_is_throttled(server: ScriptedServer) -> None:
    """A 403 whose reason is a rate is worth another attempt."""
    told = {"error": {"code": 403, "message": "Rate Limit", "errors": [{"reason": "userRateLimitExceeded"}]}}
    server.script.answers[OBJECT] = answer(403, json.dumps(told).encode())
    subject = engine(server)
    with pytest.raises(errors.ThrottledError):
        subject.stat("a/b")
    subject.close()


@pytest.mark.parametrize("text", ["10:00:00.1Z", "10:00:00.10000Z", "12:00:00.100+02:00", "10:00:00.1000000001Z"])
def test_times(server: ScriptedServer, text: str) -> None:
    """The time of the last change is read in UTC, however many decimals it has."""
    told = {"size": "7", "generation": "5", "updated": f"2026-11-22T{text}"}
    server.script.answers[OBJECT] = answer(200, json.dumps(told).encode())
    subject = engine(server)
    found = subject.stat("a/b").modified
    subject.close()
    assert found == datetime(2026, 11, 22, 10, 0, 0, 100_000, timezone.utc)


def test_a_changed_body_is_corrupted(server: ScriptedServer) -> None:
    """A body whose CRC32C is not what the answer's head says is CorruptedError before its last byte is handed on."""
    headers = ["X-Goog-Generation: 5", "X-Goog-Stored-Content-Length: 7", "X-Goog-Hash: crc32c=AAAAAA==,md5=x"]
    server.script.answers[DOWNLOAD] = answer(200, b"content", *headers)
    subject = engine(server)
    with pytest.raises(errors.CorruptedError):
        b"".join(subject.get("a/b").chunks)
    subject.close()


def test_a_redirected_token_request_goes_nowhere(server: ScriptedServer, tmp_path: Path) -> None:
    """What is asked for a token is asked once, with secrets for that server alone; the error says where it leads."""
    server.script.answers["/token"] = answer(307, b"", "Location: /elsewhere?sig=secret")
    server.script.answers["/elsewhere"] = answer(200, b'{"access_token": "t", "expires_in": 3600}')
    subject = engine(server, credentials_file=key_file(tmp_path, f"{server.url}/token"))
    with pytest.raises(
        errors.ConfigurationError, match=f"'{server.url}/token' redirects to '{server.url}/elsewhere'"
    ) as told:
        subject.stat("a/b")
    subject.close()
    assert told.value.filename == "gs://bucket/a/b"
    assert [seen.split(b" ")[1] for seen in server.script.seen] == [b"/token"]


def test_no_netrc_is_read_while_credentials_are_loaded(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials of another account ask for a project while they are loaded, with no password of another service."""
    (tmp_path / "netrc").write_text("default login someone password planted\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "subject").write_text("subject")
    account = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{server.url}/sts",
        "credential_source": {"file": str(tmp_path / "subject")},
    }
    (tmp_path / "account.json").write_text(json.dumps(account))
    server.script.answers["/sts"] = answer(400, b'{"error": "invalid_grant"}', "Content-Type: application/json")
    subject = engine(server, credentials_file=str(tmp_path / "account.json"))
    with pytest.raises(errors.StorageError):
        subject.stat("a/b")
    subject.close()
    assert heads(server, "/sts")
    assert [head for head in heads(server, "/sts") if b"authorization" in head.lower()] == []


def test_no_netrc_is_read_for_a_token(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for a token carries no password of another service."""
    (tmp_path / "netrc").write_text("default login someone password planted\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    token = json.dumps({"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"}).encode()
    server.script.answers["/token"] = answer(200, token, "Content-Type: application/json")
    server.script.answers[OBJECT] = answer(200, FOUND)
    subject = engine(server, credentials_file=key_file(tmp_path, f"{server.url}/token"))
    assert subject.stat("a/b").version == "5"
    subject.close()
    (asked,) = heads(server, "/token")
    assert b"authorization" not in asked.lower()
