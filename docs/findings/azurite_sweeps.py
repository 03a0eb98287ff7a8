"""Azurite 3.35.0 with --inMemoryPersistence answers nobody while it sweeps up what was overwritten, every ten minutes.

Start Azurite with --inMemoryPersistence, then: python azurite_sweeps.py http://127.0.0.1:10000 [OVERWRITES [SECONDS]]

After 1,000 overwrites 0.5 s, after 2,000 3.4 s, after 4,000 31 s. With --location instead nothing is to be seen.
It waits for SECONDS (630). Where Azurite's timers run 20 times as fast, 40 s are enough:

    NODE_OPTIONS='--import=data:text/javascript,const%20t=setTimeout;globalThis.setTimeout=(f,ms,...a)=>t(f,ms/20,...a)'
"""

import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from azure.storage.blob import BlobServiceClient

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

overwrites, seconds = (int(text) for text in [*sys.argv[2:], *("2000", "630")[len(sys.argv) - 2 :]])
service = BlobServiceClient(f"{sys.argv[1]}/{ACCOUNT}", credential=KEY, read_timeout=600)
container = service.create_container(f"finding-{uuid.uuid4().hex}")
try:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: container.upload_blob("one", b"content", overwrite=True), range(overwrites)))
    worst, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        asked = time.monotonic()
        container.exists()
        worst = max(worst, time.monotonic() - asked)
        time.sleep(0.02)
    print(f"{overwrites} overwrites, then {seconds} s: the slowest answer took {worst:.2f} s")
finally:
    container.delete_container()
