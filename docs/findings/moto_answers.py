"""What moto answers otherwise than S3: HEAD of a bucket by a user who may list it, and the list of unfinished uploads.

Starts moto's server in a thread of its own; needs `moto[server,s3,iam]` and boto3.
"""

import json
import logging
import urllib.error
import urllib.request
from importlib.metadata import version
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::bucket"]}],
}


def client(url: str, service: str, key: str = "any", secret: str = "any") -> Any:
    """A client that sends everything once."""
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return boto3.client(service, "us-east-1", endpoint_url=url, config=Config(retries={"max_attempts": 0}), **keys)


def answer(call: Any, **asked: Any) -> str:
    """The status of an answer."""
    try:
        return str(call(Bucket="bucket", **asked)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return str(error.response["ResponseMetadata"]["HTTPStatusCode"])


logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
print("moto", version("moto"))
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
owner = client(url, "s3")
owner.create_bucket(Bucket="bucket")
for key in ("a b", "c"):
    owner.create_multipart_upload(Bucket="bucket", Key=key)
query = f"{url}/bucket?uploads&encoding-type=url&max-uploads=1"
request = urllib.request.Request(query, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=any/1/us-east-1/s3/a"})
with urllib.request.urlopen(request) as listed:
    page = listed.read().decode()
print("unfinished uploads with max-uploads=1 (1):", page.count("<Upload>"))
print("keys with encoding-type=url are encoded (True):", "<Key>a b</Key>" not in page)

iam = client(url, "iam")
iam.create_user(UserName="reader")
iam.put_user_policy(UserName="reader", PolicyName="list", PolicyDocument=json.dumps(POLICY))
keys = iam.create_access_key(UserName="reader")["AccessKey"]
try:
    urllib.request.urlopen(f"{url}/moto-api/reset-auth", b"0").close()
except urllib.error.HTTPError as error:
    print("POST of a count to reset-auth as a form, the default of most clients:", error.code)
form = {"Content-Type": "text/plain"}
urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", form)).close()
reader = client(url, "s3", keys["AccessKeyId"], keys["SecretAccessKey"])
print("a user who may s3:ListBucket: GET of the bucket", answer(reader.list_objects_v2), end=", ")
print("HEAD (200 on S3)", answer(reader.head_bucket))
server.stop()
