"""Requests are classified by what they mean."""

from __future__ import annotations

import pytest

from fixtures.wire import KINDS, classify, framing_of

S3 = [
    ("GET", "/b/k", {}, "read"),
    ("GET", "/b/a/b?versionId=3", {}, "read"),
    ("GET", "/b/list-type=2", {}, "read"),
    ("HEAD", "/b/k", {}, "head"),
    ("HEAD", "/b", {}, "head"),
    ("GET", "/", {}, "list"),
    ("GET", "/b", {}, "list"),
    ("GET", "/b/", {}, "list"),
    ("GET", "/b?list-type=2&prefix=a%2Fb&continuation-token=x%3D", {}, "list"),
    ("GET", "/b/?uploads", {}, "list"),
    ("GET", "/b?location", {}, "list"),
    ("GET", "/b/k?uploadId=u", {}, "list"),
    ("GET", "http://host:9000/b/k?x=1", {}, "read"),
    ("PUT", "/b/k", {}, "write"),
    ("PUT", "/b/k%3FpartNumber=1", {}, "write"),
    ("PUT", "/b", {}, "write"),
    ("PUT", "/b/k?tagging", {}, "write"),
    ("PUT", "/b/k?partNumber=1&uploadId=u", {}, "part"),
    ("POST", "/b/k?uploads", {}, "part"),
    ("POST", "/b/k?uploads=", {}, "part"),
    ("POST", "/b/k?uploadId=u", {}, "complete"),
    ("PUT", "/b/k", {"x-amz-copy-source": "/b/j"}, "copy"),
    ("PUT", "/b/k?partNumber=1&uploadId=u", {"x-amz-copy-source": "/b/j"}, "copy"),
    ("DELETE", "/b/k", {}, "delete"),
    ("DELETE", "/b/k?uploadId=u", {}, "delete"),
    ("DELETE", "/b", {}, "delete"),
    ("POST", "/b?delete", {}, "delete"),
    ("POST", "/b/?delete=", {}, "delete"),
    ("POST", "/b/k?select&select-type=2", {}, "read"),
    ("POST", "/b", {}, "write"),
    ("POST", "/", {}, "auth"),
]
AZURE = [
    ("GET", "/acc/c/k", {}, "read"),
    ("GET", "/acc/c/comp=list", {}, "read"),
    ("HEAD", "/acc/c/k", {}, "head"),
    ("HEAD", "/acc/c?restype=container", {}, "head"),
    ("GET", "/acc/c?restype=container", {}, "head"),
    ("GET", "/acc/c/k?comp=metadata", {}, "head"),
    ("GET", "/acc/?restype=service&comp=properties", {}, "head"),
    ("GET", "/acc/c?restype=container&comp=list&prefix=a", {}, "list"),
    ("GET", "/acc/?comp=list", {}, "list"),
    ("GET", "/acc/c/k?comp=blocklist&blocklisttype=all", {}, "list"),
    ("PUT", "/acc/c/k", {"x-ms-blob-type": "BlockBlob"}, "write"),
    ("PUT", "/acc/c?restype=container", {}, "write"),
    ("PUT", "/acc/c/k?comp=metadata", {}, "write"),
    ("PUT", "/acc/c/k?comp=block&blockid=QQ%3D%3D", {}, "part"),
    ("PUT", "/acc/c/k?comp=blocklist", {}, "complete"),
    ("PUT", "/acc/c/k", {"x-ms-copy-source": "http://h/acc/c/j"}, "copy"),
    ("PUT", "/acc/c/k?comp=block&blockid=Q", {"x-ms-copy-source": "http://h/acc/c/j"}, "copy"),
    ("DELETE", "/acc/c/k", {}, "delete"),
    ("DELETE", "/acc/c?restype=container", {}, "delete"),
    ("POST", "/acc/c?restype=container&comp=batch", {}, "delete"),
    ("POST", "/acc/?comp=batch", {}, "delete"),
    ("POST", "/acc/c/k?comp=query", {}, "read"),
    ("POST", "/acc/?restype=service&comp=userdelegationkey", {}, "auth"),
    ("POST", "/tenant/oauth2/v2.0/token", {}, "auth"),
]
GCS = [
    ("GET", "/storage/v1/b/b/o/k?alt=media", {}, "read"),
    ("GET", "/storage/v1/b/b/o/o?alt=media&generation=5", {}, "read"),
    ("GET", "/download/storage/v1/b/b/o/k", {}, "read"),
    ("GET", "/storage/v1/b/b/o/k", {}, "head"),
    ("GET", "/storage/v1/b/b/o/o", {}, "head"),
    ("GET", "/storage/v1/b/b/o/a%2Fo?fields=size", {}, "head"),
    ("GET", "/storage/v1/b/b", {}, "head"),
    ("GET", "/storage/v1/b/b/o?prefix=a%2F&delimiter=/", {}, "list"),
    ("GET", "/storage/v1/b?project=p", {}, "list"),
    ("POST", "/upload/storage/v1/b/b/o?uploadType=multipart&name=k", {}, "write"),
    ("POST", "/upload/storage/v1/b/b/o?uploadType=media&name=k", {}, "write"),
    ("POST", "/storage/v1/b?project=p", {}, "write"),
    ("PATCH", "/storage/v1/b/b/o/k", {}, "write"),
    ("POST", "/upload/storage/v1/b/b/o?uploadType=resumable&name=k", {}, "part"),
    ("PUT", "/upload/storage/v1/b/b/o?upload_id=u", {"content-range": "bytes 0-9/20"}, "part"),
    ("PUT", "/upload/storage/v1/b/b/o?upload_id=u", {"content-range": "bytes 0-9/*"}, "part"),
    ("PUT", "/upload/storage/v1/b/b/o?upload_id=u", {"content-range": "bytes 10-19/20"}, "complete"),
    ("PUT", "/upload/storage/v1/b/b/o?upload_id=u", {}, "complete"),
    ("POST", "/storage/v1/b/b/o/k/copyTo/b/b/o/j", {}, "copy"),
    ("POST", "/storage/v1/b/b/o/k/rewriteTo/b/b/o/j?rewriteToken=t", {}, "copy"),
    ("POST", "/storage/v1/b/b/o/k/compose", {}, "copy"),
    ("DELETE", "/storage/v1/b/b/o/k", {}, "delete"),
    ("DELETE", "/upload/storage/v1/b/b/o?upload_id=u", {}, "delete"),
    ("POST", "/batch/storage/v1", {}, "delete"),
    ("POST", "/token", {}, "auth"),
]
UPLOAD = b"--x\r\nContent-Type: a/json\r\n\r\n{}\r\n--x\r\nContent-Type: a/b\r\n\r\nbody\r\n\r\n\r\n--x--\r\n"


@pytest.mark.parametrize(("method", "target", "fields", "kind"), S3)
def test_s3(method: str, target: str, fields: dict[str, str], kind: str) -> None:
    """An S3 request has the kind that its method, path, query and copy source say."""
    assert classify("s3", method, target, fields) == kind


@pytest.mark.parametrize(("method", "target", "fields", "kind"), AZURE)
def test_azure(method: str, target: str, fields: dict[str, str], kind: str) -> None:
    """An Azure request has the kind that its method, comp, restype and copy source say."""
    assert classify("azure", method, target, fields) == kind


@pytest.mark.parametrize(("method", "target", "fields", "kind"), GCS)
def test_gcs(method: str, target: str, fields: dict[str, str], kind: str) -> None:
    """A request of Google's JSON API has the kind that its method, path, upload type and range say."""
    assert classify("gcs", method, target, fields) == kind


@pytest.mark.parametrize(("kind", "size"), [("multipart/related", len(b"body\r\n\r\n")), ("text/plain", len(UPLOAD))])
def test_framing(kind: str, size: int) -> None:
    """Of an upload with a description only the object's own bytes count; of every other body all do."""
    assert len(UPLOAD) - framing_of({"content-type": f"{kind}; boundary=x"}, UPLOAD[:-12]) == size


def test_tables_cover_every_kind() -> None:
    """Each cloud's protocol has an example of each kind; redirects are the web's."""
    assert {row[3] for row in S3} == {row[3] for row in AZURE} == {row[3] for row in GCS} == set(KINDS) - {"redirect"}


@pytest.mark.parametrize(
    ("method", "target", "kind"),
    [
        ("GET", "/day/a.npy", "read"),
        ("GET", "/day/", "read"),
        ("HEAD", "/day/a.npy?x=1", "head"),
        ("GET", "/moved/day", "redirect"),
    ],
)
def test_http(method: str, target: str, kind: str) -> None:
    """A plain request has the kind of its method; what the web server redirects is known by its path."""
    assert classify("http", method, target, {}) == kind


def test_unknown_protocol() -> None:
    """A protocol that nobody taught the proxy is refused by name."""
    with pytest.raises(ValueError, match="gopher"):
        classify("gopher", "GET", "/", {})
