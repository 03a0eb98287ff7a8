"""versitygw 1.8.0: of two DeleteObject at once the later may be answered 404 NoSuchKey, where S3 says 204 to both.

Start versitygw, then: python versitygw_deletes_twice.py http://127.0.0.1:7070 ACCESS_KEY SECRET_KEY
"""

import sys
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import ClientError

url, access, secret = sys.argv[1:]
client = boto3.client(
    "s3", endpoint_url=url, aws_access_key_id=access, aws_secret_access_key=secret, region_name="us-east-1"
)
bucket = f"finding-{uuid.uuid4().hex}"
client.create_bucket(Bucket=bucket)


def delete(_: int) -> str:
    """Delete the object, which may be gone."""
    try:
        return str(client.delete_object(Bucket=bucket, Key="object")["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return error.response["Error"]["Code"]


answers: Counter[str] = Counter()
with ThreadPoolExecutor(8) as pool:
    for _ in range(200):
        client.put_object(Bucket=bucket, Key="object", Body=b"content")
        answers.update(pool.map(delete, range(8)))
client.delete_bucket(Bucket=bucket)
print("answers to 1,600 deletions, eight at a time:", dict(answers))
