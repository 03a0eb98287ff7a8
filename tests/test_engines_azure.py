"""Azure's engine: which account it logs in to, what it takes for a listing, and what refusals mean."""

from __future__ import annotations

import base64
import collections
import contextlib
import re
from pathlib import Path
from typing import Any

import pytest

from noiz_storage.engines import Connection, Upload
from noiz_storage.engines.azure import AzureEngine
from noiz_storage.engines.azure_client import open_driver
from noiz_storage.engines.azure_errors import kept
from noiz_storage.errors import AccessDeniedError, ArchivedError, StorageError, ThrottledError, UnreachableError
from noiz_storage.uri import URI
from tests.scripted_server import Script, ScriptedServer

OTHERS = "AccountName=others;AccountKey=b3RoZXJz;BlobEndpoint=http://127.0.0.1:1/others"


@pytest.mark.parametrize(
    "own", [{"account_key": "b3du"}, {"sas_token": "?sv=1&sig=b3du"}, {}], ids=["key", "token", "the-sdks-chain"]
)
def test_the_own_account(monkeypatch: pytest.MonkeyPatch, own: dict[str, str]) -> None:
    """A storage's own account is used even where the environment knows another one."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", OTHERS)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "b3RoZXJz")
    driver: Any = open_driver(Connection(URI.parse("az://c"), credentials={"account_name": "own", **own}), None)
    assert driver.service_client.url.startswith("https://own.blob.core.windows.net/")
    credential = driver.service_client.credential
    assert getattr(credential, "account_key", None) == own.get("account_key")


@pytest.mark.parametrize(
    ("given", "endpoint", "url"),
    [
        ("AccountName=own;AccountKey=b3du; BlobEndpoint=http://127.0.0.1:1/own", "", "http://127.0.0.1:1/own"),
        (";AccountName = own;; AccountKey=b3du==;\tEndpointSuffix=x.example", "", "https://own.blob.x.example/"),
        ("DefaultEndpointsProtocol=HTTP;AccountName=own;EndpointSuffix=h", "", "http://own.blob.h/"),
        ("AccountName=own; blobendpoint=http://127.0.0.1:1/own", "http://127.0.0.1:2", "http://127.0.0.1:2"),
    ],
)
def test_connection_strings_are_read_as_they_are_written(given: str, endpoint: str, url: str) -> None:
    """A blank behind a `;`, an empty part or a word in capitals leads to no other server."""
    driver: Any = open_driver(Connection(URI.parse("az://c"), endpoint, {"connection_string": given}), None)
    assert driver.service_client.url.startswith(url)


def test_no_netrc_is_read_for_a_token(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for a token, here of an identity of the platform's, carries no password of another service."""
    (tmp_path / "netrc").write_text("default login someone password planted\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "platform")
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    server.script = Script(collections.defaultdict(lambda: head))
    connection = Connection(URI.parse("az://c"), credentials={"account_name": "own"})
    with contextlib.closing(AzureEngine(connection)) as engine, pytest.raises(StorageError):
        engine.stat("object")
    asked = [seen.lower() for seen in server.script.seen if b" /token?" in seen]
    assert asked
    assert [b"authorization" in each for each in asked] == [False] * len(asked)


@pytest.mark.parametrize(
    "body", [b"<html><body>console</body></html>", b"<EnumerationResults/>", b"<Other><Blobs/></Other>"]
)
@pytest.mark.parametrize("one_level", [False, True])
def test_an_answer_that_is_no_listing_is_no_empty_listing(server: ScriptedServer, body: bytes, one_level: bool) -> None:
    """A server of another kind holds no empty container."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    server.script = Script(collections.defaultdict(lambda: head + body))
    login = {"account_name": "name", "account_key": "a2V5"}
    engine = AzureEngine(Connection(URI.parse("az://c"), f"{server.url}/name", login))
    with contextlib.closing(engine), pytest.raises(StorageError, match="no listing") as caught:
        engine.list("day/", one_level=one_level)
    assert caught.value.filename == "az://c/day"


def test_more_than_nine_parts_keep_their_order(server: ScriptedServer) -> None:
    """The names of parts are of one length, as Azure wants them, and are listed in the order of their numbers."""
    answer = b'HTTP/1.1 201 Created\r\nETag: "v"\r\nContent-Length: 0\r\n\r\n'
    server.script = Script(collections.defaultdict(lambda: answer))
    login, upload = {"account_name": "name", "account_key": "a2V5"}, Upload("object", "upload", "token")
    with contextlib.closing(AzureEngine(Connection(URI.parse("az://c"), f"{server.url}/name", login))) as engine:
        engine.complete(upload, [engine.part(upload, number, b"body") for number in range(1, 12)])
    listed = [base64.b64decode(each) for each in re.findall(rb"<Latest>([^<]+)</Latest>", server.script.seen[-1])]
    assert [int(name[-6:]) for name in listed] == [*range(1, 12)]
    assert {len(name) for name in listed} == {len(b"upload-000001")}


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("BlobArchived", 409, ArchivedError, "restore it by"),
        ("BlobBeingRehydrated", 409, ArchivedError, "on its way out"),
        ("BlobImmutableDueToPolicy", 409, AccessDeniedError, "a policy"),
        ("PendingCopyOperation", 409, ThrottledError, "under way"),
        ("InvalidBlobType", 409, StorageError, "append or page blob"),
        ("Md5Mismatch", 400, UnreachableError, "Md5Mismatch"),
        ("SnapshotsPresent", 409, StorageError, "delete those first"),
        ("Unheard", 409, StorageError, "Unheard"),
    ],
)
def test_codes_have_words(code: str, status: int, kind: type[StorageError], words: str) -> None:
    """Each code has one class, whether it refuses a request or a part of a batch, and says what to do."""
    error = kept(code, status, "No", "az://c/object")
    assert (type(error), words in str(error), error.filename) == (kind, True, "az://c/object")
