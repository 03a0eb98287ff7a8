"""A server for the proxy's tests that keeps every byte it is sent and answers what the test wrote."""

from __future__ import annotations

import http.client
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fixtures import certificates


@dataclass
class Script:
    """What the server answers, by target, and what it has seen.

    Attributes:
        answers: Target, or method and target → the bytes of the whole answer (HEAD gets the head of a target's); one
            with `Connection: close`, and one of no bytes, ends the connection.
        seen: The raw bytes of every request, in order.
        early: Targets whose answer comes before the request's body is read.
    """

    answers: dict[str, bytes] = field(default_factory=dict)
    seen: list[bytes] = field(default_factory=list)
    early: set[str] = field(default_factory=set)


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Answers by its script, on a free port of the loopback interface."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.script = Script()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class TlsServer(ScriptedServer):
    """A scripted server that shows a certificate."""

    def __init__(self, directory: Path) -> None:
        self._context = certificates.server_context(directory)
        super().__init__()
        self.url = self.url.replace("http", "https")

    def get_request(self) -> Any:
        """Leave the handshake to the connection's own thread."""
        connection, address = super().get_request()
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: a client that trusts nobody hangs up."""


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while head := _read_head(self.rfile):
            script: Script = self.server.script  # type: ignore[attr-defined]
            method, target = head.decode("latin-1").split(" ")[:2]
            whole = script.answers[target]
            answer = script.answers.get(f"{method} {target}", whole if method != "HEAD" else _head_of(whole))
            if head.split(b" ")[1].decode() in script.early:
                self.wfile.write(answer)
                script.seen.append(head + _read_body(self.rfile, head))
                continue
            if b"expect: 100-continue" in head.lower():
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            script.seen.append(head + _read_body(self.rfile, head))
            self.wfile.write(answer)
            if not answer or b"connection: close" in answer.lower():
                self.request.shutdown(socket.SHUT_RDWR)


def _head_of(answer: bytes) -> bytes:
    head, end, _ = answer.partition(b"\r\n\r\n")
    return head + end


def _read_head(stream: BinaryIO) -> bytes:
    lines = []
    while (line := stream.readline()) not in (b"", b"\r\n"):
        lines.append(line)
    return b"".join([*lines, line]) if lines else b""


def _read_body(stream: BinaryIO, head: bytes) -> bytes:
    fields = {line.partition(b":")[0].lower(): line.partition(b":")[2] for line in head.split(b"\r\n")}
    if b"transfer-encoding" in fields:
        return b"".join(iter(lambda: _read_chunk(stream), b"")) + _read_trailer(stream)
    return stream.read(int(fields.get(b"content-length", b"0")))


def _read_chunk(stream: BinaryIO) -> bytes:
    """One chunk with its framing; of the last one nothing, its line is left to the trailer."""
    line = stream.readline()
    size = int(line.split(b";")[0], 16)
    if size == 0:
        return b""
    return line + stream.read(size + 2)


def _read_trailer(stream: BinaryIO) -> bytes:
    return b"0\r\n" + _read_head(stream) if stream.peek(2)[:2] != b"\r\n" else b"0\r\n" + stream.readline()  # type: ignore[attr-defined]


def receive(connection: socket.socket, count: int) -> bytes:
    """The next `count` bytes, or fewer if the other side ends the connection."""
    data = b""
    while len(data) < count and (piece := connection.recv(count - len(data))):
        data += piece
    return data


def connect(url: str) -> http.client.HTTPConnection:
    """An HTTP connection to the server at `url`."""
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)


def open_socket(url: str, timeout: float = 10) -> socket.socket:
    """A TCP connection to the server at `url`."""
    host, port = url.removeprefix("http://").split("/")[0].split(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def exchange(url: str, raw: bytes) -> bytes:
    """Everything that comes back on a new connection after `raw`, until the other side ends it.

    Raises:
        ConnectionResetError: it ended by a reset.
    """
    with open_socket(url) as connection:
        connection.sendall(raw)
        return b"".join(iter(lambda: connection.recv(65536), b""))
