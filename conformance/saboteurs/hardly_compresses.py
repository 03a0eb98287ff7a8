"""Content under a compressed name is packed at the fastest level."""

from __future__ import annotations

import zlib
from typing import IO

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.io import compression


class _Gzip(compression.Gzip):
    def __init__(self, file: IO[bytes], mode: str) -> None:
        if mode == "wb":
            acts()
        super().__init__(file, mode)
        self.compress = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)


replace(compression, "_COMPRESSIONS", {**compression._COMPRESSIONS, ".gz": _Gzip})
