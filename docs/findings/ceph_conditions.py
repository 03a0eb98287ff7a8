"""What the Ceph RADOS gateway (16.2.15) honours of conditions and checksums, leaves out of its answers, and overlooks.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… python docs/findings/ceph_conditions.py http://127.0.0.1:8000

Makes one bucket there and removes it.
"""

import sys
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", config=Config(retries={"max_attempts": 0}))
bucket = f"finding-{uuid.uuid4().hex[:8]}"
other = '"00000000000000000000000000000000"'


def answer(call: Callable[..., Any], key: str, **asked: Any) -> str:
    """The status of an answer and its ETag, or the code and the words of a refusal."""
    try:
        told = call(Bucket=bucket, Key=key, **asked)
        return f"{told['ResponseMetadata']['HTTPStatusCode']} ETag={told.get('ETag')!r}"
    except ClientError as error:
        details = {name: error.response["Error"].get(name) for name in ("Code", "Message", "Condition")}
        return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {details}"


def complete(key: str, **asked: Any) -> str:
    """Complete an upload of one part over an object that is there."""
    s3.put_object(Bucket=bucket, Key=key, Body=b"old")
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"new")["ETag"]
    whole = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    told = answer(s3.complete_multipart_upload, key, UploadId=upload, MultipartUpload=whole, **asked)
    return f"{told}; the object is now {s3.get_object(Bucket=bucket, Key=key)['Body'].read()!r}"


s3.create_bucket(Bucket=bucket)
etag = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["ETag"]
print("PUT If-None-Match: * on a taken name (412 with words on S3):", answer(s3.put_object, "key", IfNoneMatch="*"))
print("PUT If-Match, the current ETag in quotes (200 on S3):", answer(s3.put_object, "key", Body=b"1", IfMatch=etag))
print("PUT If-Match, without (200 here):", answer(s3.put_object, "key", Body=b"1", IfMatch=etag.strip('"')))
print("PUT with a wrong CRC32 (400 on S3):", answer(s3.put_object, "crc", Body=b"1", ChecksumCRC32="AAAAAA=="))
print("PUT with a wrong Content-MD5 (400 on S3):", answer(s3.put_object, "md5", Body=b"1", ContentMD5="A" * 22 + "=="))
print("CompleteMultipartUpload (its ETag on S3):", complete("parts"))
print("CompleteMultipartUpload If-None-Match: * (412 on S3):", complete("parts", IfNoneMatch="*"))
print("CompleteMultipartUpload If-Match, another ETag (412 on S3):", complete("parts", IfMatch=other))
print("DELETE If-Match, another ETag (412 on S3):", answer(s3.delete_object, "key", IfMatch=other))
stranger = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_session_token="issued-by-nobody")
print("GET with a session token of nobody's (400 InvalidToken on S3):", answer(stranger.get_object, "key"))
for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
    s3.delete_object(Bucket=bucket, Key=entry["Key"])
s3.delete_bucket(Bucket=bucket)
