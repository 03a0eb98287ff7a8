"""Of a buffer that follows when a block was written, a writer takes as many bytes as the buffer has items."""

from __future__ import annotations

import io
from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.streams import Writer

_true_write = Writer.write


def _write(writer: Writer, data: Any) -> int:
    if not (writer.closed or isinstance(writer._file, io.BytesIO)):
        body = memoryview(data).cast("B")
        data = changed(bytes(body), bytes(body[: len(data)]))
    return _true_write(writer, data)


replace(Writer, "write", _write)
