"""gcsfs's own class asks over gRPC what kind of bucket it is before its first open; an emulator keeps it waiting.

Takes two minutes. Start fake-gcs-server, then: python gcsfs_asks_over_grpc.py http://127.0.0.1:4443
"""

import contextlib
import logging
import sys
import time
from importlib.metadata import version
from typing import Any

import gcsfs
from gcsfs.core import GCSFileSystem


def seconds(kind: Any) -> str:
    """How long it takes to be told that there is no such object, once connected."""
    driver = kind(token="anon", endpoint_url=sys.argv[1], skip_instance_cache=True)
    begun = time.monotonic()
    with contextlib.suppress(FileNotFoundError), driver.open("bucket/object") as file:
        file.read()
    return f"{time.monotonic() - begun:.1f} s"


logging.disable()
print("gcsfs", version("gcsfs"))
print("an absent object, by gcsfs.core.GCSFileSystem:", seconds(GCSFileSystem))
print(f"an absent object, by gcsfs.GCSFileSystem ({gcsfs.GCSFileSystem.__module__}):", seconds(gcsfs.GCSFileSystem))
