"""azure-core's transport and requests, by which google-auth asks for tokens, read ~/.netrc beside their own login.

Starts a server on a free port of this machine, and writes a netrc file with a `default` line.
"""

import asyncio
import base64
import http.server
import os
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

import requests
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient
from google.auth.transport.requests import Request

seen: list[str] = []


class Keeps(http.server.BaseHTTPRequestHandler):
    """Answers 404, and keeps the Authorization that came."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scheme, _, login = self.headers.get("Authorization", "").partition(" ")
        seen.append(base64.b64decode(login).decode() if scheme == "Basic" else scheme)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def azure(url: str) -> None:
    """Ask for a blob with a key and with a SAS."""
    async with BlobServiceClient(f"{url}/account", credential={"account_name": "a", "account_key": "a2V5"}) as service:
        try:
            await service.get_blob_client("container", "key").get_blob_properties()
        except (HttpResponseError, ValueError) as error:
            print("azure, with an account's key:", type(error).__name__)
    async with BlobServiceClient(f"{url}/account?sig=signature") as service:
        try:
            await service.get_blob_client("container", "key").get_blob_properties()
        except HttpResponseError:
            print("azure, with a SAS, the server got:", seen[-1])


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeps)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
with tempfile.TemporaryDirectory() as directory:
    os.environ["NETRC"] = str(Path(directory, "netrc"))
    Path(directory, "netrc").write_text("default login someone password planted\n")
    print("azure-core", version("azure-core"), "aiohttp", version("aiohttp"))
    asyncio.run(azure(url))
    print("google-auth", version("google-auth"), "requests", version("requests"))
    with requests.Session() as session:
        Request(session)(f"{url}/token", method="POST", body=b"assertion")
    print("google, for a token, the server got:", seen[-1])
