"""What MinIO answers otherwise than S3: what an object hides, uploads below a prefix, and refusals before the body.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… python docs/findings/minio_answers.py http://127.0.0.1:9000

Makes one bucket there and removes it.
"""

import http.client
import sys
import uuid
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", config=Config(retries={"max_attempts": 0}))
bucket = f"finding-{uuid.uuid4().hex[:8]}"


def below(prefix: str) -> list[str]:
    """What the server lists below a prefix."""
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


def expecting(url: str, body: bytes) -> str:
    """The status of a PUT that waits with its body until the server asks for it, and how much of it was sent."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.putrequest("PUT", f"{parts.path}?{parts.query}")
    for name, value in {"Content-Length": str(len(body)), "Expect": "100-continue", "If-None-Match": "*"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.sock is not None
    status = connection.sock.recv(1000).split()[1].decode()
    connection.close()
    return f"{status}, of {len(body)} bytes 0 were sent"


s3.create_bucket(Bucket=bucket)
try:
    s3.put_object(Bucket=bucket, Key="day/hour", Body=b"1")
    print("day/hour is there; listing day/:", below("day/"), end=", ")
    s3.put_object(Bucket=bucket, Key="day", Body=b"1")
    print("once day is an object too:", below("day/"), end=", ")
    print("though day/hour is", s3.get_object(Bucket=bucket, Key="day/hour")["Body"].read())
    upload = s3.create_multipart_upload(Bucket=bucket, Key="below/object")["UploadId"]
    for prefix in ("", "below/", "below/object"):
        found = s3.list_multipart_uploads(Bucket=bucket, Prefix=prefix).get("Uploads", [])
        print(f"unfinished uploads with prefix {prefix!r} (below/object each):", [each["Key"] for each in found])
    s3.abort_multipart_upload(Bucket=bucket, Key="below/object", UploadId=upload)
    for key in ("a/ . /b", "a/..\u00a0/b", "a/ .x/b"):
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=b"1")
            print(f"PUT of {key!r}: accepted")
            s3.delete_object(Bucket=bucket, Key=key)
        except ClientError as error:
            print(f"PUT of {key!r}:", error)
    address = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "day", "IfNoneMatch": "*"})
    print("PUT If-None-Match: * with Expect: 100-continue on a taken name:", expecting(address, bytes(1000)))
finally:
    for key in ("day", "day/hour"):
        s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)
