"""versitygw 1.8.0: a PUT while the only object of its directory is deleted may be answered 409, "is a directory".

Start versitygw, then: python versitygw_lingering_directory.py http://127.0.0.1:7070 ACCESS_KEY SECRET_KEY
"""

import random
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


def put_or_delete(number: int) -> str:
    """Put the object or delete it, which may be gone; what was answered."""
    deletes = random.Random(number).random() < 0.5
    try:
        if deletes:
            client.delete_object(Bucket=bucket, Key="day/hour/object")
        else:
            client.put_object(Bucket=bucket, Key="day/hour/object", Body=b"content")
    except ClientError as error:
        return f"{error.operation_name} {error.response['Error']['Code']}"
    return "success"


with ThreadPoolExecutor(8) as pool:
    answers = Counter(pool.map(put_or_delete, range(4000)))
client.put_object(Bucket=bucket, Key="day/hour/object", Body=b"content")
client.delete_object(Bucket=bucket, Key="day/hour/object")
client.delete_bucket(Bucket=bucket)
print("4,000 puts and deletions of one object, eight at a time:", dict(answers))
