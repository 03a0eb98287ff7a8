"""The S3 engine and the answers of servers that differ: codes, checksums, pages."""

from __future__ import annotations

import base64
import collections
import contextlib
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from noiz_storage import errors
from noiz_storage.engines import READ_SIZE, Connection, Engine, Upload
from noiz_storage.engines.s3 import S3Engine
from noiz_storage.meter import Meter, Metered
from noiz_storage.uri import URI
from tests.scripted_server import Script, ScriptedServer

REQUIRED = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
ACTS: dict[str, Callable[[Engine], object]] = {
    "get": lambda engine: engine.get("object"),
    "range": lambda engine: engine.get("object", span=(0, 4)),
    "head": lambda engine: engine.stat("object"),
    "put": lambda engine: engine.put("object", b"body"),
    "list": lambda engine: engine.list("object"),
    "delete": lambda engine: engine.delete(["object"]),
    "delete-many": lambda engine: engine.delete(["object", "other"]),
    "copy": lambda engine: engine.copy("object", "copy"),
    "begin": lambda engine: engine.begin("object", {}),
    "root": lambda engine: engine.check_root(),
}
CAUSES: dict[str, tuple[int, str, type[errors.StorageError]]] = {
    "AuthorizationHeaderMalformed": (400, "set AWS_DEFAULT_REGION", errors.ConfigurationError),
    "IllegalLocationConstraintException": (400, "set AWS_DEFAULT_REGION", errors.ConfigurationError),
    "ExpiredToken": (400, "", errors.AccessDeniedError),
    "InvalidToken": (400, "", errors.AccessDeniedError),
    "KMS.DisabledException": (400, "", errors.AccessDeniedError),
    "KMS.NotFoundException": (400, "", errors.AccessDeniedError),
    "KMS.KeyUnavailableException": (500, "", errors.ServerError),
    "MissingContentMD5": (400, "", errors.UnsupportedError),
    "InvalidBucketName": (400, "", errors.ConfigurationError),
    "RequestTimeout": (400, "", errors.DeadlineError),
    "BadDigest": (400, "", errors.UnreachableError),
    "InvalidRequest": (400, "", errors.StorageError),
    "InvalidArgument": (400, "", errors.StorageError),
    "InvalidObjectState": (403, "restore it by", errors.ArchivedError),
    "RequestTimeTooSkewed": (403, "clock", errors.AccessDeniedError),
    "ThrottlingException": (400, "", errors.ThrottledError),
}
"""Code → the status of its answer, what the error says beside the server's words, and its class."""
BODILESS = {"head", "root"}
"""Operations whose refusal has no body: what a status alone says is said of them."""


@contextlib.contextmanager
def engine(server: ScriptedServer, **more: str) -> Iterator[tuple[Any, Meter]]:
    """An engine at that server, and what it counts."""
    credentials = {"access_key_id": "id", "secret_access_key": "word", "region": "us-east-1", **more}
    inside, meter = S3Engine(Connection(URI.parse("s3://bucket"), server.url, credentials, timeout=5)), Meter()
    try:
        yield Metered(inside, meter), meter
    finally:
        inside.close()


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """The bytes of a whole answer."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def refusal(status: int, code: str, message: str = "the server's words") -> bytes:
    """A refusal with this code."""
    return answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())


class Answers(collections.defaultdict[str, bytes]):
    """The same answer to every target, and to a HEAD its head alone."""

    def __init__(self, sent: bytes) -> None:
        super().__init__(lambda: sent)
        self._head = sent.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def get(self, target: str, otherwise: Any = None) -> Any:
        """Answer a method and a target."""
        return self._head if target.startswith("HEAD ") else otherwise


def serve(server: ScriptedServer, sent: bytes) -> None:
    """Have a server answer every request alike."""
    server.script = Script(Answers(sent))


@pytest.mark.parametrize("code", CAUSES)
@pytest.mark.parametrize("act", ACTS)
def test_one_class_for_one_cause(server: ScriptedServer, code: str, act: str) -> None:
    """What a server says with a code is one class on every operation, counted as it is sent."""
    status, words, kind = CAUSES[code]
    serve(server, refusal(status, code))
    kind = errors.AccessDeniedError if act in BODILESS and code == "InvalidObjectState" else kind
    with engine(server) as (reached, meter), pytest.raises(errors.StorageError) as caught:
        ACTS[act](reached)
    assert type(caught.value) is kind
    assert len(server.script.seen) == meter.requests.total() == (2 if act in BODILESS and status == 400 else 1)
    assert words in str(caught.value) or act in BODILESS


def test_more_than_nine_parts_keep_their_order(server: ScriptedServer) -> None:
    """The numbers of parts are not sorted as texts, and each stands beside what the server called it."""
    serve(server, answer(200, b'<CompleteMultipartUploadResult><ETag>"v"</ETag></CompleteMultipartUploadResult>'))
    with engine(server) as (reached, _):
        reached.complete(Upload("object", "upload", "token"), [f"tag-{number}" for number in range(1, 12)])
    told = re.findall(
        rb"<ETag>tag-(\d+)</ETag><PartNumber>(\d+)<|<PartNumber>(\d+)</PartNumber><ETag>tag-(\d+)<",
        server.script.seen[0],
    )
    assert [[int(each) for each in found if each] for found in told] == [[number] * 2 for number in range(1, 12)]


def test_customers_keys_are_told(server: ScriptedServer) -> None:
    """An object that its writer encrypted with a key of his own cannot be read here, and the error says so."""
    words = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided"
    serve(server, refusal(400, "InvalidRequest", words))
    with engine(server) as (reached, _), pytest.raises(errors.UnsupportedError, match="customer's own key"):
        reached.stat("object")


def test_a_head_that_nobody_explains_keeps_its_class(server: ScriptedServer) -> None:
    """Where a GET is not refused likewise, the 400 of the HEAD says what it can."""
    server.script = Script({"HEAD /bucket/object": answer(400), "/bucket/object": answer(200, b"b", 'ETag: "1"')})
    with engine(server) as (reached, _), pytest.raises(errors.AccessDeniedError, match="without a word"):
        reached.stat("object")


@pytest.mark.parametrize("act", ["head", "root"])
def test_the_own_region_is_no_reason(server: ScriptedServer, act: str) -> None:
    """A 400 that names the region that was asked is about something else, which a method with a body is told."""
    expired = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    serve(server, answer(400, expired, "x-amz-bucket-region: us-east-1"))
    with engine(server) as (reached, _), pytest.raises(errors.AccessDeniedError, match="ExpiredToken"):
        ACTS[act](reached)


def test_words_that_are_late_are_worth_another_attempt(server: ScriptedServer) -> None:
    """Where the GET that should explain a HEAD's 400 is asked to slow down, nothing is known yet."""
    server.script = Script({"HEAD /bucket/object": answer(400), "/bucket/object": refusal(503, "SlowDown")})
    with engine(server) as (reached, _), pytest.raises(errors.ThrottledError):
        reached.stat("object")


@pytest.mark.parametrize("required", [False, True], ids=["default", "when-required"])
def test_many_deletions_have_their_md5(server: ScriptedServer, required: bool) -> None:
    """DeleteObjects carries Content-MD5, which some servers demand, and no other checksum where none is wanted."""
    serve(server, answer(200, b"<DeleteResult></DeleteResult>"))
    with engine(server, **(REQUIRED if required else {})) as (reached, _):
        assert reached.delete(["a", "b"]) == {}
    head, _, body = server.script.seen[0].partition(b"\r\n\r\n")
    assert b"Content-MD5: " + base64.b64encode(hashlib.md5(body).digest()) in head
    assert (b"x-amz-checksum" in head.lower()) is not required


@pytest.mark.parametrize("required", [False, True], ids=["default", "when-required"])
def test_checksums_are_sent_as_the_settings_say(server: ScriptedServer, required: bool) -> None:
    """Older servers refuse the headers that today's clients send; two settings leave them out."""
    serve(server, answer(200, b"", 'ETag: "1"'))
    with engine(server, **(REQUIRED if required else {})) as (reached, _):
        reached.put("object", b"body")
        reached.get("object")
    assert (b"x-amz-checksum" in b"".join(server.script.seen).lower()) is not required


@pytest.mark.parametrize("act", ["get", "put", "begin"])
def test_refused_checksums_name_the_settings(server: ScriptedServer, act: str) -> None:
    """A server that does not know today's checksums (S3Proxy 2.6) is told from one that lacks an operation."""
    words = "A header you provided implies functionality that is not implemented."
    serve(server, refusal(501, "NotImplemented", words))
    with engine(server) as (reached, _), pytest.raises(errors.UnsupportedError) as caught:
        ACTS[act](reached)
    assert "AWS_REQUEST_CHECKSUM_CALCULATION=when_required" in str(caught.value)
    assert "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required" in str(caught.value)


def crc32(body: bytes) -> str:
    """A checksum as S3 writes it."""
    return "x-amz-checksum-crc32: " + base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("required", [False, True], ids=["default", "when-required"])
def test_a_range_with_the_checksum_of_the_whole(server: ScriptedServer, required: bool) -> None:
    """It is told as what it may be (gofakes3 1.2.0), with the setting by which such a server is read."""
    serve(server, answer(206, b"body", "Content-Range: bytes 0-3/10", 'ETag: "1"', crc32(b"a longer body")))
    with engine(server, **(REQUIRED if required else {})) as (reached, _):
        if required:
            assert b"".join(reached.get("object", span=(0, 4)).chunks) == b"body"
            return
        with pytest.raises(errors.CorruptedError, match=r"AWS_RESPONSE_CHECKSUM_VALIDATION=when_required"):
            b"".join(reached.get("object", span=(0, 4)).chunks)


@pytest.mark.parametrize("size", [1, READ_SIZE - 1, READ_SIZE, READ_SIZE + 1, 3 * READ_SIZE])
@pytest.mark.parametrize("good", [True, False])
def test_damage_is_found_before_the_last_chunk(server: ScriptedServer, size: int, good: bool) -> None:
    """A body of any size, a multiple of the chunk too, is compared with the checksum that came with it."""
    body = bytes(size)
    serve(server, answer(200, body, 'ETag: "1"', crc32(body if good else b"another")))
    with engine(server) as (reached, _):
        found = bytearray()
        with contextlib.nullcontext() if good else pytest.raises(errors.CorruptedError):
            for chunk in reached.get("object").chunks:
                found += chunk
    assert (len(found) == size) is good


def listing(truncated: str, token: str) -> bytes:
    """A page with one name."""
    names = "<Contents><Key>a</Key><Size>1</Size></Contents>"
    return answer(200, f"<ListBucketResult>{names}{truncated}{token}</ListBucketResult>".encode())


TOKEN = "<NextContinuationToken>next</NextContinuationToken>"


@pytest.mark.parametrize(
    ("truncated", "token", "after"), [("false", "", None), ("false", TOKEN, None), ("true", TOKEN, "next")]
)
def test_a_listing_ends_where_the_server_says_so(
    server: ScriptedServer, truncated: str, token: str, after: str | None
) -> None:
    """`IsTruncated` is the end, not the absence of a token (gofakes3 1.2.0 sends one with the last page)."""
    serve(server, listing(f"<IsTruncated>{truncated}</IsTruncated>", token))
    with engine(server) as (reached, _):
        assert (reached.list("").keys, reached.list("").after) == (["a"], after)


def test_a_page_that_hides_the_next_is_an_error(server: ScriptedServer) -> None:
    """Half a listing never passes for the whole."""
    serve(server, listing("<IsTruncated>true</IsTruncated>", ""))
    with engine(server) as (reached, _), pytest.raises(errors.StorageError, match="NextContinuationToken"):
        reached.list("")
