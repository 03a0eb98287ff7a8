"""fsspec's HTTP filesystem hands on the whole body where a server ignores a range (fsspec 2026.9.0, aiohttp 3.14.5).

Starts a server of the standard library, which knows no ranges, on a free port of this machine.
"""

import http.server
import threading

import fsspec


class Whole(http.server.BaseHTTPRequestHandler):
    """Answers every GET with ten bytes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Whole)
threading.Thread(target=server.serve_forever, daemon=True).start()
got = fsspec.filesystem("http").cat_file(f"http://127.0.0.1:{server.server_port}/object", start=2, end=5)
print(f"bytes 2 to 5 are b'234'; cat_file returned {got!r}")
server.shutdown()
