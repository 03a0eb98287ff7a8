"""botocore asks for a bucket's region after any 400, and does not ask again for credentials that are about to end.

Starts a server on a free port of this machine: of S3, which finds every request bad, and of a machine's credentials.
"""

import datetime
import http.server
import json
import os
import threading
from importlib.metadata import version

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

MINUTES = 5
asked: list[str] = []


class Both(http.server.BaseHTTPRequestHandler):
    """Answers 400 to HEAD, and to GET credentials that end soon."""

    def do_HEAD(self) -> None:
        asked.append(f"HEAD {self.path}")
        self.send_error(400)

    def do_GET(self) -> None:
        asked.append(f"GET {self.path}")
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=MINUTES)
        keys = {"AccessKeyId": "key", "SecretAccessKey": "secret", "Token": "token", "Expiration": f"{end:%FT%TZ}"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({**keys, "Code": "Success"}).encode() if "/role" in self.path else b"role")

    def do_PUT(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


print("botocore", version("botocore"))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Both)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
once = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
client = botocore.session.Session().create_client("s3", "us-east-1", endpoint_url=url, config=once, **keys)
try:
    client.head_object(Bucket="bucket", Key="key")
except ClientError:
    print("one head_object that is answered 400 sends:", asked)

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
credentials = botocore.session.Session().get_credentials()
left = credentials._expiry_time - datetime.datetime.now(datetime.timezone.utc)
asked.clear()
credentials.get_frozen_credentials()
print(f"credentials that end in {MINUTES} minutes are held for {left.total_seconds() / 60:.0f}; asked again: {asked}")
server.shutdown()
