"""What the engines over HTTP share: the end of a driver, and what refusals become."""

from __future__ import annotations

import collections
import contextlib
import gc
import threading
import traceback
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fsspec.asyn import get_loop

from fixtures import certificates
from noiz_storage.engines import Connection, Engine, Upload, azure_client, connect, s3, s3_errors
from noiz_storage.engines.answers import seconds_told
from noiz_storage.engines.azure import AzureEngine
from noiz_storage.engines.loop import wait
from noiz_storage.errors import CorruptedError, RangeError, StorageError, UnreachableError, UntrustedError
from noiz_storage.uri import URI
from tests.scripted_server import Script, ScriptedServer, TlsServer

LOGINS = {
    "s3": {"access_key_id": "id", "secret_access_key": "word", "session_token": "secret"},
    "az": {"account_name": "name", "sas_token": "sig=secret"},
    "gs": {},
    "http": {"token": "secret"},
}
LOGIN = "AccountName=name;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/name"


def test_garbage_is_not_waited_for() -> None:
    """An engine that is collected while the loop waits for the collecting thread's lock does not wait for the loop."""
    engine: Any = AzureEngine(Connection(URI.parse("az://container"), credentials={"connection_string": LOGIN}))
    engine._connected()
    held, reached = threading.Lock(), threading.Event()

    def wait_for_the_lock() -> None:
        reached.set()
        held.acquire(timeout=20)

    held.acquire()
    get_loop().call_soon_threadsafe(wait_for_the_lock)
    assert reached.wait(10)
    collected = threading.Event()

    def collect() -> None:
        nonlocal engine
        engine = None
        gc.collect()
        collected.set()

    threading.Thread(target=collect, daemon=True).start()
    done = collected.wait(5)
    held.release()
    assert done


def test_one_client_that_does_not_close_keeps_no_other_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """All clients of an engine are closed, and then what one of them raised is told."""
    closed: list[Any] = []

    async def fail(driver: Any) -> None:
        closed.append(driver)
        raise OSError("no end")

    engine: Any = AzureEngine(Connection(URI.parse("az://container"), credentials={"connection_string": LOGIN}))
    first = engine._connected()
    engine._driver = None
    second = engine._connected()
    monkeypatch.setattr(AzureEngine, "_disconnect", staticmethod(fail))
    with pytest.raises(OSError, match="no end"):
        engine.close()
    assert {id(driver) for driver in closed} == {id(first), id(second)}


def test_the_session_for_tokens_is_closed(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What asks for Azure's tokens has a session of its own, which ends with the engine."""
    token = b'{"access_token": "token", "expires_on": "4102444800", "resource": "any", "token_type": "Bearer"}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(token)}\r\n\r\n"
    server.script = Script(collections.defaultdict(lambda: head.encode() + token))
    transports: list[Any] = []

    class Kept(azure_client._Transport):
        def __init__(self) -> None:
            super().__init__()
            transports.append(self)

    monkeypatch.setattr(azure_client, "_Transport", Kept)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi")
    monkeypatch.setenv("IDENTITY_HEADER", "secret")
    engine: Any = connect(Connection(URI.parse("az://container"), credentials={"account_name": "name"}))
    wait(engine._connected().credential.get_token("https://storage.azure.com/.default"), 20)
    (transport,) = transports
    assert transport.session
    engine.close()
    assert not transport.session


@pytest.mark.parametrize("scheme", LOGINS)
def test_a_server_that_hangs_up_without_a_word_is_unreachable(server: ScriptedServer, scheme: str) -> None:
    """The end of a connection, as of one that was idle for too long, is worth another attempt on every engine."""
    server.script = Script(collections.defaultdict(bytes))
    engine = connect(Connection(URI.parse(f"{scheme}://root"), server.url, LOGINS[scheme]))
    with contextlib.closing(engine), pytest.raises(UnreachableError, match="the connection failed"):
        engine.stat("key")


@pytest.mark.parametrize("scheme", LOGINS)
def test_an_answer_that_is_no_http_shows_no_credentials(server: ScriptedServer, scheme: str) -> None:
    """Neither the error nor what it came from shows a login, in words, traceback or representation."""
    answer = b"SSH-2.0-OpenSSH_9.2\r\nConnection: close\r\n\r\n"
    server.script = Script(collections.defaultdict(lambda: answer))
    engine = connect(Connection(URI.parse(f"{scheme}://root"), server.url, LOGINS[scheme]))
    with contextlib.closing(engine), pytest.raises(StorageError) as caught:
        engine.stat("key")
    assert caught.value.__cause__
    assert "secret" not in "".join(traceback.format_exception(caught.value)) + repr(_causes(caught.value))


TOLD = ('ETag: "1"', "X-Goog-Generation: 1", "X-Goog-Stored-Content-Length: 10")
ASKS = pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.get("key"),
        lambda engine: engine.stat("key"),
        lambda engine: engine.put("key", b"body"),
        lambda engine: engine.list("key"),
    ],
    ids=["get", "stat", "put", "list"],
)
CLOUDS = pytest.mark.parametrize("scheme", ["s3", "az", "gs"])


def _answering(server: ScriptedServer, scheme: str, *fields: str) -> Engine:
    """An engine of a server that answers every request with ten bytes and these fields."""
    head = "\r\n".join(["HTTP/1.1 200 OK", "Content-Length: 10", *fields, "Connection: close"])
    server.script = Script(collections.defaultdict(lambda: f"{head}\r\n\r\n0123456789".encode()))
    return connect(Connection(URI.parse(f"{scheme}://root"), server.url, LOGINS[scheme]))


@CLOUDS
@ASKS
def test_a_server_that_says_nothing_holds_no_object(server: ScriptedServer, scheme: str, ask: Any) -> None:
    """Success in so many words, and nothing else, is none."""
    server.script = Script(collections.defaultdict(lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    engine = connect(Connection(URI.parse(f"{scheme}://root"), server.url, LOGINS[scheme]))
    with contextlib.closing(engine), pytest.raises(StorageError) as caught:
        ask(engine)
    assert caught.value.filename == f"{scheme}://root/key"


def test_parts_that_nobody_confirms_are_no_parts(server: ScriptedServer) -> None:
    """A body in parts is not begun, and no part has arrived, where an answer does not say so."""
    server.script = Script(collections.defaultdict(lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    engine = connect(Connection(URI.parse("s3://root"), server.url, LOGINS["s3"]))
    with contextlib.closing(engine):
        for ask in (lambda: engine.begin("key", {}), lambda: engine.part(Upload("key", "1", ""), 1, b"body")):
            with pytest.raises(StorageError) as caught:
                ask()
            assert caught.value.filename == "s3://root/key"


@CLOUDS
@ASKS
def test_a_server_of_another_kind_holds_no_object(server: ScriptedServer, scheme: str, ask: Any) -> None:
    """A web server that answers whatever it is asked, as a console on the port beside, is an error and no object."""
    with contextlib.closing(_answering(server, scheme)) as engine, pytest.raises(StorageError) as caught:
        ask(engine)
    assert caught.value.filename == f"{scheme}://root/key"


@CLOUDS
@pytest.mark.parametrize("span", [(2, 4), (2, None), (0, 9), (10, 12)])
def test_a_server_that_ignores_a_range_is_an_error(
    server: ScriptedServer, scheme: str, span: tuple[int, int | None]
) -> None:
    """The whole object never passes for a part of it."""
    engine = _answering(server, scheme, *TOLD)
    with contextlib.closing(engine), pytest.raises((CorruptedError, RangeError)):
        engine.get("key", span=span)


@CLOUDS
@pytest.mark.parametrize("span", [None, (0, 10), (0, None), (0, 99)])
def test_a_range_of_all_may_be_answered_by_the_whole(
    server: ScriptedServer, scheme: str, span: tuple[int, int | None] | None
) -> None:
    """It is the same bytes."""
    with contextlib.closing(_answering(server, scheme, *TOLD)) as engine:
        assert b"".join(engine.get("key", span=span).chunks) == b"0123456789"


@pytest.mark.parametrize(
    ("scheme", "variable"), [("s3", "AWS_CA_BUNDLE"), ("az", "SSL_CERT_FILE"), ("gs", "SSL_CERT_FILE")]
)
def test_unknown_authority_is_untrusted(tmp_path: Path, scheme: str, variable: str) -> None:
    """A server that cannot prove who it is gets nothing, and is not asked again; the variable to set is named."""
    with TlsServer(certificates.make(tmp_path / "certificates")) as server:
        engine = connect(Connection(URI.parse(f"{scheme}://root"), server.url, LOGINS[scheme]))
        with contextlib.closing(engine), pytest.raises(UntrustedError, match=f"set {variable} to") as caught:
            engine.stat("key")
        server.shutdown()
    assert (caught.value.retriable, server.script.seen) == (False, [])


def _causes(error: BaseException | None) -> list[BaseException]:
    return [error, *_causes(error.__cause__ or error.__context__)] if error else []


def test_a_wordless_refusal_says_what_it_means() -> None:
    """A server that gives only a code, as Ceph does, still makes an error that people understand."""
    answer = {"Error": {"Code": "InvalidRange", "Message": None}, "ResponseMetadata": {"HTTPStatusCode": 416}}
    error = s3_errors.refusal_of(ClientError(answer, "GetObject"), "s3://bucket/key")
    assert isinstance(error, RangeError)
    assert error.strerror == "The range starts at or past the end of the object (InvalidRange)"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("", 0),
        ("soon", 0),
        ("-1", 0),
        ("²", 0),
        (f"1 Jan {10**20}", 0),
        ("Mon, 23 Nov 2020 10:00:00 GMT", 0),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(told: str, seconds: float) -> None:
    """What is neither a number nor a date to come asks for nothing."""
    assert seconds_told(told) == seconds


def test_a_date_asks_for_the_time_until_then() -> None:
    """A date is as good as a number."""
    told = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=100), usegmt=True)
    assert 95 < seconds_told(told) <= 100


@pytest.mark.parametrize(("server", "asked"), [("MinIO", {}), ("AmazonS3", {"retry-after": "60"})])
def test_the_minute_that_minio_always_asks_for_is_not_kept(server: str, asked: dict[str, str]) -> None:
    """MinIO asks for it whatever the cause; another server means it."""
    engine = s3.S3Engine(Connection(URI.parse("s3://bucket")))
    headers = {"server": server, "retry-after": "60"}
    error = ClientError({"Error": {}, "ResponseMetadata": {"HTTPHeaders": headers}}, "GetObject")
    assert engine._headers(error).get("retry-after") == asked.get("retry-after")
