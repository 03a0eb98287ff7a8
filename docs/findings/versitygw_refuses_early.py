"""versitygw 1.8.0: a conditional PUT of some MiB is refused while its body is on its way, and the connection is reset.

The answer is then lost more often than not: a client sees a broken connection where the name is taken (AWS reads on).
Start versitygw, then: python versitygw_refuses_early.py http://127.0.0.1:7070 ACCESS_KEY SECRET_KEY
"""

import asyncio
import sys
import uuid
from collections import Counter

from aiobotocore.session import get_session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

url, access, secret = sys.argv[1:]
bucket, body = f"finding-{uuid.uuid4().hex}", bytes(5 * 2**20 + 1)


async def main() -> None:
    """Create one object, then try to create it 20 times more."""
    answers: Counter[str] = Counter()
    config = Config(retries={"total_max_attempts": 1})
    login = {"aws_access_key_id": access, "aws_secret_access_key": secret, "region_name": "us-east-1"}
    async with get_session().create_client("s3", endpoint_url=url, config=config, **login) as client:
        await client.create_bucket(Bucket=bucket)
        await client.put_object(Bucket=bucket, Key="object", Body=b"content")
        for _ in range(20):
            try:
                await client.put_object(Bucket=bucket, Key="object", Body=body, IfNoneMatch="*")
            except (BotoCoreError, ClientError) as error:
                answers[type(error).__name__] += 1
        await client.delete_object(Bucket=bucket, Key="object")
        await client.delete_bucket(Bucket=bucket)
    print("20 refusals arrived as:", dict(answers))


asyncio.run(main())
