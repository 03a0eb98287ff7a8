"""MinIO says that it lives before it can store anything.

    python docs/findings/minio_health.py …/minio

Starts that program with a directory of its own, eight times, and stops it.
"""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

KEYS = {"aws_access_key_id": "minioadmin", "aws_secret_access_key": "minioadmin"}
ONCE = Config(retries={"max_attempts": 0})


def lives(url: str) -> bool:
    """Whether the server answers that it lives."""
    try:
        with urllib.request.urlopen(f"{url}/minio/health/live") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def first_answer(program: str) -> str:
    """What a bucket's creation is answered as soon as the server says that it lives."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as directory:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        s3 = boto3.client("s3", "us-east-1", endpoint_url=f"http://{address}", config=ONCE, **KEYS)
        command = [program, "server", directory, "--address", address, "--quiet"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            while not lives(f"http://{address}"):
                time.sleep(0.001)
            try:
                return str(s3.create_bucket(Bucket="bucket")["ResponseMetadata"]["HTTPStatusCode"])
            except ClientError as error:
                told = error.response["ResponseMetadata"]
                later = told["HTTPHeaders"].get("retry-after")
                return f"{told['HTTPStatusCode']} {error.response['Error']['Code']}, Retry-After: {later}"
            finally:
                server.kill()


print(
    "the first request after /minio/health/live said 200:", dict(Counter(first_answer(sys.argv[1]) for _ in range(8)))
)
