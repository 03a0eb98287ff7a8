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
from noiz_storage.errors import ConfigurationError, RootNotFoundError, StorageError, UnsupportedError
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


@pytest.fixture
def authorities(tmp_path: Path) -> list[Path]:
    """The files of two authorities, of one time."""
    files = [tmp_path / "authority.pem", tmp_path / "another.pem"]
    for each in files:
        trustme.CA().cert_pem.write_to_path(each)
        os.utime(each, ns=(1, 1))
    return files


def test_authorities_are_read_once_and_again_when_their_file_changes(authorities: list[Path], tmp_path: Path) -> None:
    """Clients of one process share what they trust; a link that moves on to a file as old as the last is not missed."""
    link, contexts = tmp_path / "link", []
    for target in (0, 0, 1):
        link.unlink(missing_ok=True)
        link.symlink_to(authorities[target])
        contexts.append(_OneAttempt(verify=str(link))._build_verify_context())
    first, again, renewed = contexts
    assert (first is again, first is renewed) == (True, False)
    assert renewed.get_ca_certs() != first.get_ca_certs()
    assert first.check_hostname


def test_a_session_of_special_trust_shares_none(authorities: list[Path]) -> None:
    """What trusts everybody, or is added to, is a session's own."""
    usual, special = str(authorities[0]), {"proxies_config": {"proxy_ca_bundle": str(authorities[1])}}
    made = [_OneAttempt(verify=usual, **given)._build_verify_context() for given in ({}, special)]
    careless = [_OneAttempt(verify=False)._build_verify_context() for _ in range(2)]
    assert len({id(each) for each in (*made, *careless)}) == 4
    assert [each.check_hostname for each in careless] == [False, False]


@pytest.mark.parametrize("broken", ["absent", "directory", "empty"])
def test_an_unusable_ca_file_is_said(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no server that cannot be reached: nothing is sent, and the variable is named."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "empty").touch()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / broken))
    credentials = {"access_key_id": "id", "secret_access_key": "word"}
    storage = Storage("own", URI.parse("s3://bucket"), "https://127.0.0.1:9", credentials)
    fs = NoizFileSystem("s3://bucket/x", storage=storage)
    with pytest.raises(ConfigurationError, match=f"{broken}.*AWS_CA_BUNDLE"):
        fs.exists("object")
