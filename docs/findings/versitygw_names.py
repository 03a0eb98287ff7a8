"""Which names versitygw (v1.8.0) over a directory keeps, hides or answers oddly.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… python docs/findings/versitygw_names.py http://127.0.0.1:7070

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


def answer(call: Callable[..., Any], **asked: Any) -> str:
    """The status of an answer, and the code of a refusal."""
    try:
        return str(call(Bucket=bucket, **asked)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}"


def names() -> list[str]:
    """What the server lists."""
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


s3.create_bucket(Bucket=bucket)
print("PUT a//b:", answer(s3.put_object, Key="a//b", Body=b"1"), "and the listing says", names(), "(a//b on S3)")
print("PUT a/b/c, below an object:", answer(s3.put_object, Key="a/b/c", Body=b"1"), "(200 on S3)")
print("PUT a, above an object:", answer(s3.put_object, Key="a", Body=b"1"), "(200 on S3)")
upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
part = s3.upload_part(Bucket=bucket, Key="a", UploadId=upload, PartNumber=1, Body=b"1")["ETag"]
whole = {"Parts": [{"PartNumber": 1, "ETag": part}]}
told = answer(s3.complete_multipart_upload, Key="a", UploadId=upload, MultipartUpload=whole)
print("CompleteMultipartUpload a, above an object:", told, "(409 ExistingObjectIsDirectory would be as for the PUT)")
answer(s3.abort_multipart_upload, Key="a", UploadId=upload)
print("PUT .sgwtmp/x:", answer(s3.put_object, Key=".sgwtmp/x", Body=b"1"), end=", ")
print("GET:", answer(s3.get_object, Key=".sgwtmp/x"), "and the listing says", names(), "(.sgwtmp/x is not listed)")
for key in (".sgwtmp/x", "a//b"):
    s3.delete_object(Bucket=bucket, Key=key)
s3.delete_bucket(Bucket=bucket)
