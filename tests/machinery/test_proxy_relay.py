"""The proxy relays every byte as it was sent, and records every request."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from types import SimpleNamespace

import pytest

from fixtures.proxy import Channel, Proxy, Request, open_channel, start
from tests.scripted_server import ScriptedServer, connect, exchange, open_socket, receive

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OK_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


def fetch(connection: http.client.HTTPConnection, method: str, target: str, body: bytes = b"") -> bytes:
    """The body of the answer."""
    connection.request(method, target, body)
    return connection.getresponse().read()


ANSWERS = {
    "length": OK_CLOSE,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"4;x=y\r\nabcd\r\n1\r\ne\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n",
    "chunked-empty": b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "until-close": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nas long as it lasts",
    "interim": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK_CLOSE,
    "no-content": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "not-modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nConnection: close\r\n\r\n",
    "odd-spelling": b"HTTP/1.1 200 \r\nconTent-leNGth:   2\r\nX-\xe9: \xff\r\nConnection: close\r\n\r\nok",
}
BODIES = {
    "length": 2,
    "chunked": 5,
    "chunked-empty": 0,
    "until-close": 19,
    "interim": 2,
    "no-content": 0,
    "not-modified": 0,
    "odd-spelling": 2,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_bytes(channel: Channel, server: ScriptedServer, name: str) -> None:
    """An answer reaches the client byte for byte, and its body is counted without its framing."""
    server.script.answers["/b/k"] = ANSWERS[name]
    assert exchange(channel.url, b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n") == ANSWERS[name]
    assert [record.received for record in channel.requests()] == [BODIES[name]]


REQUESTS = {
    "bare": (b"GET /b/k HTTP/1.1\r\nhost:  X \r\nx-odd:\xc3\xa9\r\n\r\n", 0),
    "length": (b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab\r\nc", 5),
    "chunked": (
        b"PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"A\r\n0123456789\r\n2;e\r\n\r\n\r\n0\r\n\r\n",
        12,
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_request_bytes(channel: Channel, server: ScriptedServer, name: str) -> None:
    """A request reaches the server byte for byte, Host included, and its body is counted without framing."""
    raw, sent = REQUESTS[name]
    server.script.answers["/b/k"] = OK_CLOSE
    exchange(channel.url, raw)
    assert server.script.seen == [raw]
    assert [record.sent for record in channel.requests()] == [sent]


def test_head_answer_has_no_body(channel: Channel, server: ScriptedServer) -> None:
    """After a HEAD's Content-Length no body is awaited: the connection serves the next request."""
    server.script.answers.update({"/b/h": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "/b/k": OK})
    connection = connect(channel.url)
    assert fetch(connection, "HEAD", "/b/h") == b""
    assert fetch(connection, "GET", "/b/k") == b"ok"
    assert [(record.kind, record.received) for record in channel.requests()] == [("head", 0), ("read", 2)]


def test_expect_continue(channel: Channel, server: ScriptedServer) -> None:
    """A client that waits for `100 Continue` gets it from the server, before it has sent the body."""
    server.script.answers["/b/k"] = OK_CLOSE
    with open_socket(channel.url) as connection:
        connection.sendall(b"PUT /b/k HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert b"".join(iter(lambda: connection.recv(1000), b"")) == OK_CLOSE
    assert channel.requests() == [Request("write", "PUT", "/b/k", 200, 3, 2)]


def test_early_answer(channel: Channel, server: ScriptedServer) -> None:
    """An answer that comes before the request's body has been sent is relayed at once."""
    server.script.answers["/b/k"] = OK
    server.script.early.add("/b/k")
    with open_socket(channel.url) as connection:
        connection.sendall(b"PUT /b/k HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
        assert receive(connection, len(OK)) == OK
        connection.sendall(b"abcPUT /b/k HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        assert receive(connection, len(OK)) == OK


def test_pipelined_requests(channel: Channel, server: ScriptedServer) -> None:
    """Requests sent without waiting are answered in order."""
    server.script.answers.update({"/b/1": OK, "/b/2": OK_CLOSE})
    raw = b"GET /b/1 HTTP/1.1\r\n\r\nGET /b/2 HTTP/1.1\r\n\r\n"
    assert exchange(channel.url, raw) == OK + OK_CLOSE


def test_large_bodies(channel: Channel, server: ScriptedServer) -> None:
    """A body of many megabytes arrives whole in both directions."""
    body = os.urandom(9_000_001)
    server.script.answers["/b/k"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    assert fetch(connect(channel.url), "PUT", "/b/k", body) == body
    assert server.script.seen[0].endswith(b"\r\n\r\n" + body)
    assert channel.requests() == [Request("write", "PUT", "/b/k", 200, len(body), len(body))]


def test_requests_are_complete(channel: Channel, server: ScriptedServer) -> None:
    """A request whose answer the client has seen is in the record, with its status and bytes."""
    server.script.answers["/b/k"] = OK
    connection = connect(channel.url)
    counts = []
    for _ in range(100):
        fetch(connection, "GET", "/b/k")
        counts.append([(record.status, record.received) for record in channel.requests()])
    assert counts == [[(200, 2)] * number for number in range(1, 101)]


def test_concurrent_clients(channel: Channel, server: ScriptedServer) -> None:
    """Requests of many connections at once are all recorded."""
    server.script.answers["/b/k"] = OK
    threads = [threading.Thread(target=fetch, args=(connect(channel.url), "GET", "/b/k")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record.status for record in channel.requests()] == [200] * 20


def test_channels_do_not_see_each_other(proxy: Proxy, channel: Channel, server: ScriptedServer) -> None:
    """Requests and faults belong to one channel."""
    server.script.answers["/b/k"] = OK
    channel.fault("reset")
    with Channel(proxy.control) as other:
        assert fetch(connect(other.url), "GET", "/b/k") == b"ok"
        assert len(other.requests()) == 1
    assert channel.requests() == []


def test_clear(channel: Channel, server: ScriptedServer) -> None:
    """clear() forgets requests and faults."""
    server.script.answers["/b/k"] = OK
    fetch(connect(channel.url), "GET", "/b/k")
    channel.fault("reset")
    channel.clear()
    assert fetch(connect(channel.url), "GET", "/b/k") == b"ok"
    assert len(channel.requests()) == 1


def test_closed_channel(channel: Channel, server: ScriptedServer) -> None:
    """Closing a channel ends its connections and its port."""
    server.script.answers["/b/k"] = OK
    connection = connect(channel.url)
    fetch(connection, "GET", "/b/k")
    channel.close()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        fetch(connection, "GET", "/b/k")
    with pytest.raises(ConnectionError):
        fetch(connect(channel.url), "GET", "/b/k")


def test_server_hangs_up_between_requests(channel: Channel, server: ScriptedServer) -> None:
    """When the server ends an idle connection, the client sees the end of its own."""
    server.script.answers["/b/k"] = OK_CLOSE
    assert exchange(channel.url, b"GET /b/k HTTP/1.1\r\n\r\n") == OK_CLOSE


def test_dead_server() -> None:
    """With nothing behind the proxy, the client is cut off at once, and the request has status 0."""
    with ScriptedServer() as scripted:
        scripted.shutdown()
    proxy = start("s3", scripted.url)
    with Channel(proxy.control) as channel:
        with pytest.raises(ConnectionResetError):
            exchange(channel.url, b"GET /b/k HTTP/1.1\r\n\r\n")
        assert channel.requests() == [Request("read", "GET", "/b/k", 0, 0, 0)]
    proxy.stop()


def test_server_dies_inside_an_answer(channel: Channel, server: ScriptedServer) -> None:
    """When the server ends its connection inside an answer, the client's is cut too, and the record says how far."""
    server.script.answers["/b/k"] = OK_CLOSE.replace(b"Length: 2", b"Length: 9")
    with pytest.raises(ConnectionResetError):
        exchange(channel.url, b"GET /b/k HTTP/1.1\r\n\r\n")
    assert channel.requests() == [Request("read", "GET", "/b/k", 200, 0, 2)]


def test_client_leaves_inside_an_answer(channel: Channel, server: ScriptedServer) -> None:
    """A client that leaves does not disturb the others."""
    body = bytes(20_000_000)
    server.script.answers["/b/k"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with open_socket(channel.url) as connection:
        connection.sendall(b"GET /b/k HTTP/1.1\r\n\r\n")
        connection.recv(10)
    assert fetch(connect(channel.url), "GET", "/b/k") == body


def test_upstream_path(server: ScriptedServer) -> None:
    """A channel's address keeps the path of the server's address, and targets are relayed as sent."""
    proxy = start("azure", server.url + "/account1")
    server.script.answers["/account1/c?comp=list"] = OK_CLOSE
    with Channel(proxy.control) as channel:
        assert channel.url.endswith("/account1")
        exchange(channel.url, b"GET /account1/c?comp=list HTTP/1.1\r\n\r\n")
        assert channel.requests() == [Request("list", "GET", "/account1/c?comp=list", 200, 0, 2)]
    proxy.stop()


def test_process(server: ScriptedServer) -> None:
    """The process has a session of its own and ends cleanly when told so, open connections or not."""
    proxy = start("s3", server.url)
    assert os.getsid(proxy.pid) == proxy.pid
    with Channel(proxy.control) as channel:
        os.kill(proxy.pid, signal.SIGTERM)
        assert proxy.process.wait(timeout=10) == 0
        with pytest.raises(ConnectionError):
            channel.requests()
    proxy.stop()


def test_backend_without_wire() -> None:
    """A backend without a proxy has no channel."""
    with pytest.raises(ValueError, match="memory"):
        open_channel(SimpleNamespace(proxy="", backend="memory"))  # type: ignore[arg-type]


def test_unknown_upstream() -> None:
    """A process that cannot start says so."""
    with pytest.raises(RuntimeError, match="did not listen"):
        start("s3", "gopher://h")
