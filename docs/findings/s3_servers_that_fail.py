"""What S3 servers answer to conditions, ranges, copies, names and uploads that S3 knows: one line for each request.

Needs the address of a server, a bucket and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: `… URL BUCKET`. The last
request ends s3rver. Tried on gofakes3 1.2.0, s3rver 3.7.1, S3Proxy 4.1.0 and 2.6.0 and JuiceFS's gateway 1.4.2.
"""

import base64
import hashlib
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

url, bucket = sys.argv[1:3]
settings: dict[str, Any] = dict.fromkeys(
    ("request_checksum_calculation", "response_checksum_validation"), "when_required"
)
config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **settings)
client = boto3.client("s3", endpoint_url=url, region_name=os.environ.get("AWS_REGION", "us-east-1"), config=config)


def tell(what: str, act: Callable[[], Any], shown: Callable[[Any], object] = lambda _: "") -> None:
    """Print how a request was answered."""
    try:
        answer = act()
    except ClientError as error:
        print(f"{what}: {error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}")
    except BotoCoreError as error:
        print(f"{what}: {type(error).__name__}")
    else:
        print(f"{what}: {answer['ResponseMetadata']['HTTPStatusCode']} {shown(answer)}".rstrip())


def put(key: str, body: bytes = b"0123456789", **more: str) -> Any:
    """Store an object."""
    return client.put_object(Bucket=bucket, Key=key, Body=body, **more)


def get(key: str, **more: str) -> Any:
    """Read an object or a part of it."""
    return client.get_object(Bucket=bucket, Key=key, **more)


def summed(params: dict[str, Any], **_: object) -> None:
    """Add the Content-MD5 that JuiceFS demands."""
    params["headers"]["Content-MD5"] = base64.b64encode(hashlib.md5(params["body"]).digest()).decode()


def delete(*keys: str) -> Any:
    """Delete objects by one request."""
    return client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})


def keys(page: Any) -> list[str]:
    """The names on a page."""
    return [each["Key"] for each in page.get("Contents", [])]


def described(answer: Any) -> tuple[str, dict[str, str]]:
    """What was said of an object."""
    return answer["ContentType"], answer["Metadata"]


def complete(upload: str, part: str) -> Any:
    """Complete an upload of one part."""
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    return client.complete_multipart_upload(Bucket=bucket, Key="upload", UploadId=upload, MultipartUpload=parts)


def half_a_put(key: str, body: bytes) -> HTTPConnection:
    """A connection on which half of a body is on its way, by a signed address."""
    signed = urlsplit(client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key}))
    connection = HTTPConnection(signed.hostname or "", signed.port, timeout=10)
    connection.putrequest("PUT", f"{signed.path}?{signed.query}")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[: len(body) // 2])
    return connection


half = {"Bucket": bucket, "Prefix": "half"}
client.meta.events.register("before-call.s3.DeleteObjects", summed)
old = put("a")["ETag"]
tell("PUT If-None-Match: * of a taken name", lambda: put("a", b"other", IfNoneMatch="*"))
put("a", b"0123456789-new")
tell("GET If-Match of a version that is gone", lambda: get("a", IfMatch=old))
tell("GET bytes=0-0 of 14 bytes", lambda: get("a", Range="bytes=0-0"), lambda answer: len(answer["Body"].read()))
put("empty", b"")
tell("GET bytes=0-0 of no byte", lambda: get("empty", Range="bytes=0-0"), lambda answer: answer["ContentLength"])
put("key=value")
tell(
    "CopyObject of key=value",
    lambda: client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "key=value"}),
)
tell("ListMultipartUploads", lambda: client.list_multipart_uploads(Bucket=bucket))
tell("ListMultipartUploads, max-uploads=10", lambda: client.list_multipart_uploads(Bucket=bucket, MaxUploads=10))
upload = client.create_multipart_upload(Bucket=bucket, Key="upload")["UploadId"]
tell("AbortMultipartUpload", lambda: client.abort_multipart_upload(Bucket=bucket, Key="upload", UploadId=upload))
put("day/hour")
tell("PUT of day beside day/hour", lambda: put("day"))
tell("PUT of a/below below a", lambda: put("a/below"))
tell("GET of a/below below a", lambda: get("a/below"))
for number in range(3):
    put(f"page/{number}")
paginator = client.get_paginator("list_objects_v2")
pages = paginator.paginate(Bucket=bucket, Prefix="page/", PaginationConfig={"PageSize": 1})
tell("ListObjectsV2 of three names, a page each", lambda: list(pages)[-1], lambda last: last["Contents"][-1]["Key"])
for key in ("gone/a", "gone/b", "deep/er/than/that"):
    put(key)
tell("ListObjectsV2 of gone", lambda: client.list_objects_v2(Bucket=bucket, Prefix="gone"), keys)
tell(
    "ListObjectsV2 of deep/, one level",
    lambda: client.list_objects_v2(Bucket=bucket, Prefix="deep/", Delimiter="/"),
    lambda page: [each["Prefix"] for each in page.get("CommonPrefixes", [])],
)
tell("DeleteObjects of gone/a and gone/b", lambda: delete("gone/a", "gone/b"))
tell("ListObjectsV2 of gone", lambda: client.list_objects_v2(Bucket=bucket, Prefix="gone"), keys)
client.put_object(Bucket=bucket, Key="said", Body=b"", Metadata={"station": "TD05"}, ContentType="text/x-noiz")
tell("HEAD of an object with metadata", lambda: client.head_object(Bucket=bucket, Key="said"), described)
client.put_object(Bucket=bucket, Key="over", Body=b"", Metadata={"day": "274"})
client.copy_object(Bucket=bucket, Key="over", CopySource={"Bucket": bucket, "Key": "said"})
tell("HEAD of it, copied over another's", lambda: client.head_object(Bucket=bucket, Key="over"), described)
tell("DELETE in a bucket that is not there", lambda: client.delete_object(Bucket=f"{bucket}-absent", Key="a"))
upload = client.create_multipart_upload(Bucket=bucket, Key="upload")["UploadId"]
part = client.upload_part(Bucket=bucket, Key="upload", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
for turn in ("first", "second"):
    tell(f"CompleteMultipartUpload, the {turn} time", partial(complete, upload, part))
put("half", b"old")
with closing(half_a_put("half", bytes(200_000))):
    time.sleep(0.5)
    tell("ListObjectsV2 of half, while half a PUT of it is on its way", partial(client.list_objects_v2, **half), keys)
tell("GET of half, when that PUT is cut", lambda: get("half"), lambda answer: len(answer["Body"].read()))
tell("PUT of a name of 255 bytes", lambda: put("x" * 255))
made = "a a/below empty key=value copy upload day day/hour page/0 page/1 page/2 gone/ deep/er/than/that said over half"
for key in (*made.split(), "x" * 255):
    with suppress(BotoCoreError, ClientError):
        client.delete_object(Bucket=bucket, Key=key)
