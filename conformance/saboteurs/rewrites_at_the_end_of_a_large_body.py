"""A writer that goes back in a body larger than a block writes at its end."""

from __future__ import annotations

import io
from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.streams import Writer

_true_write = Writer.write


def _write(writer: Writer, data: Any) -> int:
    if not (writer.closed or isinstance(writer._file, io.BytesIO)):
        at = writer._file.tell()
        changed(at, writer._file.seek(0, io.SEEK_END))
    return _true_write(writer, data)


replace(Writer, "write", _write)
