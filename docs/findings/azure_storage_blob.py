"""azure-storage-blob asks twice for an empty blob and three times for a body cut short; its two BlobPrefix differ.

Starts a server on a free port of this machine: `/empty` answers as Azure does, `/short` ends too early.
"""

import contextlib
import http.server
import threading
from importlib.metadata import version

import azure.storage.blob
import azure.storage.blob.aio
from azure.core.exceptions import AzureError

asked: list[str] = []


class Blobs(http.server.BaseHTTPRequestHandler):
    """Answers GET."""

    def do_GET(self) -> None:
        empty, span = "/empty" in self.path, self.headers.get("x-ms-range")
        status = 200 if empty else 206
        if empty and span:
            status = 416
        asked.append(f"{status} to {span}")
        self.send_response(status)
        if status == 416:
            self.send_header("x-ms-error-code", "InvalidRange")
        self.send_header("ETag", '"1"')
        self.send_header("x-ms-blob-type", "BlockBlob")
        self.send_header("Content-Length", "0" if empty else "100")
        if status == 206:
            self.send_header("Content-Range", "bytes 0-99/100")
        self.end_headers()
        self.wfile.write(b"" if empty else b"x" * 50)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


print("azure-storage-blob", version("azure-storage-blob"))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blobs)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/account"
service = azure.storage.blob.BlobServiceClient(url, credential="a2V5", retry_total=0)
for name in ("empty", "short"):
    with contextlib.suppress(AzureError):
        service.get_blob_client("container", name).download_blob().readall()
    print(f"reading /{name} once, with retry_total=0, asks {len(asked)} times:", asked)
    asked.clear()
server.shutdown()
same = azure.storage.blob.BlobPrefix is azure.storage.blob.aio.BlobPrefix
print("the asynchronous client's BlobPrefix is the synchronous one's:", same)
