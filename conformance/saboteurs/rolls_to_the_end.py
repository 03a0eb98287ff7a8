"""A body that goes over to a temporary file goes on at its end, wherever the position was."""

from __future__ import annotations

import io
from typing import BinaryIO

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import streams


def _rolled(memory: io.BytesIO) -> BinaryIO:
    file = _true(memory)
    file.seek(changed(memory.tell(), len(memory.getbuffer())))
    return file


_true = streams._rolled
replace(streams, "_rolled", _rolled)
