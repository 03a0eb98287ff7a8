"""What Azurite answers otherwise than a client expects: batches, ranges at the end, two uploads in blocks.

Start Azurite, then: python azurite_answers.py http://127.0.0.1:10000
"""

import asyncio
import sys
import uuid
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, BlobServiceClient, PartialBatchErrorException
from azure.storage.blob.aio import BlobServiceClient as AsyncClient

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
URL = f"{sys.argv[1]}/{ACCOUNT}"


async def delete(container: str, *names: str) -> str:
    """Delete blobs in one batch by the asynchronous client, whose boundary is Python's: `===============…==`."""
    async with AsyncClient(URL, credential=KEY, retry_total=0) as service:
        try:
            await service.get_container_client(container).delete_blobs(*names)
        except PartialBatchErrorException as error:
            return f"its only part is {next(iter(error.parts)).status_code}"
    return "deleted"


def show(answer: Any) -> None:
    """Print what came over the wire."""
    print(answer.http_response.status_code, answer.http_response.headers.get("Content-Range"))


service = BlobServiceClient(URL, credential=KEY, retry_total=0)
container = service.create_container(f"finding-{uuid.uuid4().hex}")
try:
    for name in ("a", "b"):
        container.upload_blob(name, bytes(100))
    print("a batch of two with a boundary that holds `=`:", asyncio.run(delete(container.container_name, "a", "b")))
    print("10 bytes from 100 of 100 (416 InvalidRange on Azure):", end=" ")
    container.get_blob_client("a").download_blob(offset=100, length=10, raw_response_hook=show)
    first, second = (container.get_blob_client("blob") for _ in range(2))
    first.stage_block("first", b"first")
    second.stage_block("second", b"second")
    first.commit_block_list([BlobBlock("first")])
    second.commit_block_list([BlobBlock("second")])
except HttpResponseError as error:
    print(
        "of two uploads in blocks under one name the second to end is answered",
        error.status_code,
        error.error_code.value,
    )
finally:
    container.delete_container()
