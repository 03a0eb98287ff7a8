"""aiobotocore and azure-core follow redirects to any host, body and login included; botocore's redirector has no end.

Starts two servers on free ports of this machine: one that redirects, and one that nobody means.
"""

import asyncio
import contextlib
import http.server
import logging
import threading
from importlib.metadata import version

import aiobotocore.session
from aiobotocore.config import AioConfig
from azure.storage.blob import BlobServiceClient

LOGIN = ("authorization", "x-amz-security-token")
seen: list[str] = []
asked: list[str] = []


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Takes whatever comes."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen.append(f"{self.command} {[name for name in LOGIN if name in self.headers]} {body!r}")
        self.send_response(201)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Redirects(Elsewhere):
    """Sends every PUT elsewhere, and says of everything else that it has moved."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(307, f"http://127.0.0.1:{elsewhere.server_port}/")

    def do_HEAD(self) -> None:
        asked.append(f"{self.command} {self.path}")
        self.answer(301, "")

    def do_GET(self) -> None:
        self.do_HEAD()

    def answer(self, status: int, location: str) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()


def start(kind: type[http.server.BaseHTTPRequestHandler]) -> http.server.ThreadingHTTPServer:
    """Start a server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


async def s3(url: str) -> None:
    """Write, and read, where both are redirected."""
    once = AioConfig(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "aws_session_token": "token"}
    session = aiobotocore.session.get_session()
    async with session.create_client("s3", "us-east-1", endpoint_url=url, config=once, **keys) as client:
        await client.put_object(Bucket="bucket", Key="key", Body=b"the body")
        print("S3: the other host got", seen.pop())
        try:
            await client.get_object(Bucket="bucket", Key="key")
        except RecursionError as error:
            print(f"S3: a 301 without a region ends in {type(error).__name__} after {len(asked)} requests")


elsewhere, redirects = start(Elsewhere), start(Redirects)
url = f"http://127.0.0.1:{redirects.server_port}"
logging.disable(logging.CRITICAL)
print("aiobotocore", version("aiobotocore"), "botocore", version("botocore"))
asyncio.run(s3(url))
print("azure-core", version("azure-core"), "azure-storage-blob", version("azure-storage-blob"))
blobs = BlobServiceClient(f"{url}/account", credential="a2V5", retry_total=0).get_container_client("container")
with contextlib.suppress(Exception):
    blobs.upload_blob("key", b"the body")
print("Azure: the other host got", seen)
