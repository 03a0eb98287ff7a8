"""Each fault does what it says to the requests that it is meant for, and nothing to others."""

from __future__ import annotations

import http.client
import time

import pytest

from fixtures.faults import disturb, parse_fault
from fixtures.proxy import Channel, Request
from tests.scripted_server import ScriptedServer, connect, exchange, open_socket

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BODY = bytes(range(256)) * 400
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
GET = b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n"
PUT = b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"


@pytest.fixture
def channel(channel: Channel, server: ScriptedServer) -> Channel:
    """A channel of the test's own to a server that knows one object."""
    server.script.answers["/b/k"] = OK
    return channel


def status_of(connection: http.client.HTTPConnection, method: str = "GET", body: bytes = b"") -> int:
    """The status of the answer."""
    connection.request(method, "/b/k", body)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_status(channel: Channel, server: ScriptedServer) -> None:
    """`status` answers by itself, body and headers included; the server sees nothing."""
    channel.fault("status", code=503, body="<Code>SlowDown</Code>", headers={"Retry-After": "1"})
    connection = connect(channel.url)
    connection.request("PUT", "/b/k", b"abc")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Retry-After")) == (503, "1")
    assert answer.read() == b"<Code>SlowDown</Code>"
    assert server.script.seen == []
    assert channel.requests() == [Request("write", "PUT", "/b/k", 503, 0, 21, by_fault=True)]


def test_status_on_head(channel: Channel) -> None:
    """The answer that `status` gives to a HEAD has no body, and the connection lives on."""
    channel.fault("status", code=404, body="gone")
    connection = connect(channel.url)
    assert [status_of(connection, "HEAD"), status_of(connection, "GET")] == [404, 404]


def test_status_with_expectation(channel: Channel) -> None:
    """`status` lets a client that waits for `100 Continue` send its body first."""
    channel.fault("status", code=500, headers={"Connection": "close"})
    with open_socket(channel.url) as connection:
        connection.sendall(PUT.replace(b"\r\n\r\nabc", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert connection.recv(1000).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


def test_drop_header(channel: Channel, server: ScriptedServer) -> None:
    """`drop-header` removes the header, whatever its case, and changes no other byte."""
    server.script.answers["/b/k"] = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    channel.fault("drop-header", name="If-None-Match")
    exchange(channel.url, PUT.replace(b"Content", b"if-none-MATCH: *\r\nContent"))
    assert server.script.seen == [PUT]


def test_set_query(channel: Channel, server: ScriptedServer) -> None:
    """`set-query` sets the parameter, which may be there already, and changes no other byte."""
    server.script.answers["/b?a=1&c=2&n=3"] = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    channel.fault("set-query", name="n", value="3")
    exchange(channel.url, GET.replace(b"/b/k", b"/b?a=1&n=9&c=2"))
    assert server.script.seen == [GET.replace(b"/b/k", b"/b?a=1&c=2&n=3")]


def test_lose_answer(channel: Channel, server: ScriptedServer) -> None:
    """`lose-answer` lets the request reach the server and cuts the connection in place of the answer."""
    channel.fault("lose-answer")
    with pytest.raises(ConnectionResetError):
        exchange(channel.url, PUT)
    assert server.script.seen == [PUT]
    assert channel.requests() == [Request("write", "PUT", "/b/k", 200, 3, 0)]


def test_lose_answer_with_expectation(channel: Channel, server: ScriptedServer) -> None:
    """`lose-answer` lets `100 Continue` through, or the body would never be sent."""
    channel.fault("lose-answer")
    with open_socket(channel.url) as connection:
        connection.sendall(PUT.replace(b"\r\n\r\nabc", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)
    assert server.script.seen[0].endswith(b"abc")


@pytest.mark.parametrize(("after", "arrives"), [(0, 0), (1, 1), (70_000, 70_000), (10**9, len(BODY) - 1)])
def test_truncate(channel: Channel, server: ScriptedServer, after: int, arrives: int) -> None:
    """`truncate` ends the connection inside the body, whose declared length stays."""
    server.script.answers["/b/k"] = LARGE
    channel.fault("truncate", after=after)
    head = LARGE[: -len(BODY)]
    assert exchange(channel.url, GET) == head + BODY[:arrives]
    assert channel.requests() == [Request("read", "GET", "/b/k", 200, 0, arrives)]


@pytest.mark.parametrize(("after", "ending"), [(3, b"\r\n\r\n5\r\nabc"), (99, b"\r\n\r\n5\r\nabcde\r\n")])
def test_truncate_chunked(channel: Channel, server: ScriptedServer, after: int, ending: bytes) -> None:
    """`truncate` never lets the last chunk of a chunked body through."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
    server.script.answers["/b/k"] = head + b"\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
    channel.fault("truncate", after=after)
    assert exchange(channel.url, GET) == head + ending


def test_truncate_empty(channel: Channel, server: ScriptedServer) -> None:
    """An answer without a body cannot be truncated and passes."""
    server.script.answers["/b/k"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    channel.fault("truncate", after=0)
    assert status_of(connect(channel.url)) == 200


def test_silent(channel: Channel, server: ScriptedServer) -> None:
    """`silent` takes the request and never answers, not even with `100 Continue`."""
    channel.fault("silent")
    with open_socket(channel.url, timeout=0.3) as connection:
        connection.sendall(PUT.replace(b"\r\n\r\nabc", b"\r\nExpect: 100-continue\r\n\r\n"))
        with pytest.raises(TimeoutError):
            connection.recv(1000)
    assert server.script.seen == []
    assert channel.requests() == [Request("write", "PUT", "/b/k", 0, 0, 0)]


def test_reset(channel: Channel, server: ScriptedServer) -> None:
    """`reset` cuts the connection in place of taking the request."""
    channel.fault("reset")
    with pytest.raises(ConnectionResetError):
        exchange(channel.url, GET)
    assert server.script.seen == []
    assert channel.requests() == [Request("read", "GET", "/b/k", 0, 0, 0)]


def test_delay(channel: Channel) -> None:
    """`delay` holds a request back and then lets it pass."""
    channel.fault("delay", seconds=0.2)
    started = time.monotonic()
    assert status_of(connect(channel.url)) == 200
    assert time.monotonic() - started >= 0.2


def test_kind(channel: Channel) -> None:
    """A fault with `kind` spares requests of other kinds, also on one connection."""
    channel.fault("status", code=503, kind="write")
    connection = connect(channel.url)
    assert [status_of(connection, "GET"), status_of(connection, "PUT", b"x")] == [200, 503]


def test_times(channel: Channel) -> None:
    """A fault with `times` hits so many fitting requests and no more."""
    channel.fault("status", code=503, kind="read", times=2)
    connection = connect(channel.url)
    methods = ["GET", "PUT", "GET", "GET"]
    assert [status_of(connection, method) for method in methods] == [503, 200, 503, 200]


def test_skip(channel: Channel) -> None:
    """A fault with `skip` lets so many fitting requests pass before the first that it hits."""
    channel.fault("status", code=503, kind="read", skip=2, times=1)
    connection = connect(channel.url)
    methods = ["GET", "PUT", "GET", "GET", "GET"]
    assert [status_of(connection, method) for method in methods] == [200, 200, 200, 503, 200]


def test_sequence(channel: Channel) -> None:
    """Faults with `times` follow one another in the order in which they were set."""
    channel.fault("status", code=500, times=1)
    channel.fault("status", code=503, times=1)
    connection = connect(channel.url)
    assert [status_of(connection) for _ in range(3)] == [500, 503, 200]


def test_fault_after_requests(channel: Channel) -> None:
    """A fault that is set while a connection is open hits the next request on it."""
    connection = connect(channel.url)
    assert status_of(connection) == 200
    channel.fault("reset")
    with pytest.raises(ConnectionResetError):
        status_of(connection)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("explode", {}),
        ("status", {}),
        ("delay", {"secs": 1}),
        ("reset", {"kind": "get"}),
        ("reset", {"after": 1}),
    ],
)
def test_refused(channel: Channel, name: str, arguments: dict[str, object]) -> None:
    """A fault that does not exist, or not with these arguments, is refused; the channel lives on."""
    with pytest.raises(ValueError, match=r"none of|needs"):
        channel.fault(name, **arguments)
    assert status_of(connect(channel.url)) == 200


def test_faults_add_up() -> None:
    """One request suffers every delay and change of its head, and the first of the other faults."""
    faults = [
        parse_fault("delay", {"seconds": 1}),
        parse_fault("drop-header", {"name": "a"}),
        parse_fault("reset", {"kind": "list"}),
        parse_fault("silent", {"times": 1}),
        parse_fault("delay", {"seconds": 2}),
        parse_fault("truncate", {"after": 3}),
    ]
    first, second = disturb(faults, "read"), disturb(faults, "read")
    assert (first.seconds, first.dropped, first.is_fault("silent")) == (3.0, ["a"], True)
    assert second.is_fault("truncate")
