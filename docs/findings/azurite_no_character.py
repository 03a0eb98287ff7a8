"""Azurite 3.35.0: one blob whose name holds what XML 1.0 has not makes every listing of its container fail with 500.

Start Azurite, then: python azurite_no_character.py http://127.0.0.1:10000
"""

import sys
import uuid

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

service = BlobServiceClient(f"{sys.argv[1]}/{ACCOUNT}", credential=KEY, retry_total=0)
for character in ("\t", "\x01", "\uffff"):
    container = service.create_container(f"finding-{uuid.uuid4().hex}")
    try:
        container.upload_blob(f"a{character}b", b"content")
        told = container.download_blob(f"a{character}b").readall()
        print(f"{character!a} in a name: read {told!r}", end=", ")
        print("listed", [blob.name for blob in container.list_blobs()])
    except HttpResponseError as error:
        print("wrong: the listing is answered", error.status_code)
    finally:
        container.delete_container()
