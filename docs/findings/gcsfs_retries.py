"""gcsfs (2026.10.1) tries a refused connection for half a minute; `retries` on the instance changes nothing.

Needs `gcsfs`; nobody listens at the address that it is given.
"""

import logging
import socket
import time

from gcsfs.core import GCSFileSystem

logging.disable()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{free.getsockname()[1]}"
driver = GCSFileSystem(token="anon", endpoint_url=url, skip_instance_cache=True)
driver.retries = 1
begun = time.monotonic()
try:
    driver.cat_file("bucket/object")
except Exception as error:  # noqa: BLE001 - whatever it is: the time matters
    print(f"{type(error).__name__} after {time.monotonic() - begun:.0f} s, with retries=1")
