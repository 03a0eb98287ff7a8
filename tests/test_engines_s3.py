"""The S3 engine, where the answer of a server is too large or too rare for the suite."""

from __future__ import annotations

import errno

import botocore.exceptions
import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.config import Storage
from noiz_storage.errors import StorageError, UnsupportedError
from noiz_storage.uri import URI
from tests.scripted_server import Script, ScriptedServer

TOO_LARGE = (
    "InvalidRequest",
    "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
)


def _copies(server: ScriptedServer, code: str, message: str) -> None:
    """Copy at a server that answers with this refusal."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    server.script = Script({"/bucket/x/target": head + body})
    credentials = {"access_key_id": "id", "secret_access_key": "word"}
    storage = Storage("own", URI.parse("s3://bucket"), server.url, credentials)
    fs = NoizFileSystem("s3://bucket/x", storage=storage)
    try:
        fs.copy("object", "target")
    finally:
        fs.close()


@pytest.mark.parametrize(("code", "message"), [TOO_LARGE, ("EntityTooLarge", "too large")])
def test_a_copy_that_is_too_large_says_what_to_do(server: ScriptedServer, code: str, message: str) -> None:
    """A server that refuses to copy what is over 5 GiB becomes UnsupportedError, and no other refusal does."""
    with pytest.raises(UnsupportedError, match="5 GiB; read this one and write it") as caught:
        _copies(server, code, message)
    assert (caught.value.errno, caught.value.filename) == (errno.EOPNOTSUPP, "s3://bucket/x/object")
    assert isinstance(caught.value.__cause__, botocore.exceptions.ClientError)


def test_another_refusal_of_a_copy_is_not_taken_for_that(server: ScriptedServer) -> None:
    """AWS has one code for many things."""
    with pytest.raises(StorageError, match="something else") as caught:
        _copies(server, "InvalidRequest", "something else")
    assert not isinstance(caught.value, UnsupportedError)
