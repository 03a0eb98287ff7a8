"""versitygw 1.8.0: an object whose name holds `?versionId=` cannot be copied, though the copy source is escaped.

Start versitygw, then: python versitygw_copies_a_version.py http://127.0.0.1:7070 ACCESS_KEY SECRET_KEY
"""

import sys
import uuid

import boto3
from botocore.exceptions import ClientError

url, access, secret = sys.argv[1:]
client = boto3.client(
    "s3", endpoint_url=url, aws_access_key_id=access, aws_secret_access_key=secret, region_name="us-east-1"
)
bucket, key = f"finding-{uuid.uuid4().hex}", "a?versionId=1"
client.create_bucket(Bucket=bucket)
client.put_object(Bucket=bucket, Key=key, Body=b"content")
try:
    client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
except ClientError as error:
    print("wrong:", error)
finally:
    client.delete_object(Bucket=bucket, Key=key)
    client.delete_object(Bucket=bucket, Key="copy")
    client.delete_bucket(Bucket=bucket)
