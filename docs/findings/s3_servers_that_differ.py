"""S3 servers and today's clients: checksums, sums of many deletions, and the end of a listing.

Needs the address of a server, a bucket and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: `… URL BUCKET`.
Tried on gofakes3 1.2.0, S3Proxy 2.6.0 and JuiceFS's gateway 1.4.2.
"""

import sys
from collections.abc import Callable
from importlib.metadata import version

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

url, bucket = sys.argv[1:3]
print("botocore", version("botocore"), "at", url)


def tell(what: str, act: Callable[[], object]) -> None:
    """Print what becomes of a request."""
    try:
        print(f"{what}: {act()}")
    except (BotoCoreError, ClientError) as error:
        print(f"{what}: {type(error).__name__}: {error}")


def try_with(choice: str) -> None:
    """Write, read a range, list and delete."""
    settings = {"request_checksum_calculation": choice, "response_checksum_validation": choice}
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **settings)
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", config=config)
    deletion = {"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": True}
    print(f"checksums {choice}")
    tell("  PutObject", lambda: client.put_object(Bucket=bucket, Key="a", Body=b"0123456789")["ETag"])
    tell("  a range", lambda: client.get_object(Bucket=bucket, Key="a", Range="bytes=2-4")["Body"].read())
    page = client.list_objects_v2(Bucket=bucket)
    print(f"  IsTruncated {page['IsTruncated']}, NextContinuationToken {page.get('NextContinuationToken')!r}")
    tell("  DeleteObjects", lambda: client.delete_objects(Bucket=bucket, Delete=deletion).get("Errors", "done"))


try_with("when_supported")
try_with("when_required")
