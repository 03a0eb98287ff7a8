"""aiohttp's client sends a request twice when a kept connection breaks, and its errors show the credentials.

Starts a server on a free port of this machine, which breaks the second request of its first connection.
"""

import asyncio
import http.server
import threading
from importlib.metadata import version

import aiohttp

arrived: list[str] = []


class Breaks(http.server.BaseHTTPRequestHandler):
    """Answers the first request of a connection, reads the second one whole and hangs up; refuses every GET."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        arrived.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if arrived == ["first", "second"]:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def main(url: str) -> None:
    """Put twice over one connection, then be refused."""
    login = "Basic dXNlcjpzZWNyZXQ="
    async with aiohttp.ClientSession(headers={"Authorization": login}) as session:
        for body in (b"first", b"second"):
            (await session.put(url, data=body)).close()
        print("PUT was called for: first, second; the server got:", ", ".join(arrived))
        try:
            await session.get(f"{url}refused?sig=secret", raise_for_status=True)
        except aiohttp.ClientResponseError as error:
            print("a refusal's repr shows the login:", login in repr(error))
            print("a refusal's words show a signed address:", "sig=secret" in str(error))


print("aiohttp", version("aiohttp"))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Breaks)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(main(f"http://127.0.0.1:{server.server_port}/"))
server.shutdown()
