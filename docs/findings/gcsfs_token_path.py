"""gcsfs (2026.10.1) takes the path of a key file that is not there for an access token, and sends it to Google.

Needs `gcsfs`; a proxy of this script's own shows whom gcsfs calls, and lets nothing through.
"""

import contextlib
import os
import socketserver
import threading

CALLED = []


class Proxy(socketserver.StreamRequestHandler):
    """Notes the first line of a request and ends the connection."""

    def handle(self) -> None:
        CALLED.append(self.rfile.readline().decode().strip())


with socketserver.TCPServer(("127.0.0.1", 0), Proxy) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["HTTPS_PROXY"] = os.environ["https_proxy"] = f"http://127.0.0.1:{server.server_address[1]}"
    from gcsfs.core import GCSFileSystem

    with contextlib.suppress(OSError):
        GCSFileSystem(token="/nowhere/key.json", skip_instance_cache=True)
    server.shutdown()
print("nobody should be called; called were:", CALLED)
