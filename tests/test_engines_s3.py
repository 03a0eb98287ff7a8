"""The S3 engine, where the answer of a server is too large or too rare for the suite."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import botocore.exceptions
import pytest
import trustme

from noiz_storage import NoizFileSystem
from noiz_storage.config import Storage
from noiz_storage.engines.s3_client import _OneAttempt
from noiz_storage.errors import RootNotFoundError, StorageError, UnsupportedError
from noiz_storage.uri import URI
from tests.scripted_server import Script, ScriptedServer

TOO_LARGE = (
    "InvalidRequest",
    "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
)


@contextmanager
def _refusing(server: ScriptedServer, name: str, status: str, code: str, message: str) -> Iterator[NoizFileSystem]:
    """A file system whose server answers whatever is asked of this name with this refusal."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    server.script = Script({f"/bucket/x/{name}": head + body})
    credentials = {"access_key_id": "id", "secret_access_key": "word"}
    storage = Storage("own", URI.parse("s3://bucket"), server.url, credentials)
    fs = NoizFileSystem("s3://bucket/x", storage=storage)
    try:
        yield fs
    finally:
        fs.close()


def _copies(server: ScriptedServer, code: str, message: str) -> None:
    """Copy at a server that answers with this refusal."""
    with _refusing(server, "target", "400 Bad Request", code, message) as fs:
        fs.copy("object", "target")


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


def test_what_another_client_deletes_first_is_deleted(server: ScriptedServer) -> None:
    """versitygw (1.8.0) answers the later of two deletions at once with 404; S3 knows no such answer."""
    with _refusing(server, "object", "404 Not Found", "NoSuchKey", "The specified key does not exist.") as fs:
        fs.rm("object", missing_ok=True)


def test_a_deletion_in_an_absent_bucket_fails(server: ScriptedServer) -> None:
    """There, nothing can have been deleted by another client."""
    with (
        _refusing(server, "object", "404 Not Found", "NoSuchBucket", "The specified bucket does not exist") as fs,
        pytest.raises(RootNotFoundError, match="bucket"),
    ):
        fs.rm("object", missing_ok=True)


def test_authorities_are_read_once_and_again_when_their_file_changes(tmp_path: Path) -> None:
    """Clients of one process share what they trust; a renewed or another file is not missed."""
    file, other = tmp_path / "authorities.pem", tmp_path / "others.pem"
    for each in (file, other):
        trustme.CA().cert_pem.write_to_path(each)
    first, again = (_OneAttempt(verify=str(file))._build_verify_context() for _ in range(2))
    trustme.CA().cert_pem.write_to_path(file)
    os.utime(file, ns=(1, 1))
    renewed, elsewhere = (_OneAttempt(verify=str(each))._build_verify_context() for each in (file, other))
    assert first is again
    assert len({id(each) for each in (first, renewed, elsewhere)}) == 3
    assert renewed.get_ca_certs() != first.get_ca_certs() != elsewhere.get_ca_certs()
    assert all(each.check_hostname for each in (first, renewed, elsewhere))
