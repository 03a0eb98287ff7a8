"""A guard before an emulator that checks no credentials: it lets through who shows a token, as Google does."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import urllib3

RIGHTS: Final = {
    "owner": ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    "reader": ("GET", "HEAD"),
    "nobody": (),
}
"""Who shows a token of this name → the methods that he may use."""
_HOP: Final = ("host", "connection", "transfer-encoding", "content-length", "authorization")


class Guard(ThreadingHTTPServer):
    """Listens on a free port and asks the server at `upstream`."""

    daemon_threads = True
    request_queue_size = 128
    """The library's five are fewer than the clients of a race."""

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.upstream = upstream
        self.pool = urllib3.PoolManager(retries=False, maxsize=16)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self.pool.clear()


class _Request(BaseHTTPRequestHandler):
    server: Guard
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self._read_body()
        who = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if who not in RIGHTS:
            self._answer(401, {}, json.dumps({"error": {"errors": [{"reason": "required"}]}}).encode())
        elif self.command not in RIGHTS[who]:
            self._answer(403, {}, json.dumps({"error": {"errors": [{"reason": "forbidden"}]}}).encode())
        else:
            self._pass_on(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (called so by the library)

    def _pass_on(self, body: bytes) -> None:
        # Each on a connection of its own: an idle one may end just as it is used again, and nothing is sent twice here.
        fields = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        fields["Connection"] = "close"
        answer = self.server.pool.request(
            self.command,
            self.server.upstream + self.path,
            body=body or None,
            headers=fields,
            decode_content=False,
            redirect=False,
        )
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
        self._answer(answer.status, kept, answer.data)

    def _read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, fields: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
