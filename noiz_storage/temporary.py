"""Temporary files of this machine, for what is too large for memory or must have a name on a disk."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator

from .errors import StorageError


@contextlib.contextmanager
def kept_here(uri: object) -> Iterator[None]:
    """Raise the layer's error for the object `uri`, with the disk's number, where a temporary file cannot be kept.

    Raises:
        StorageError: the directory is full, missing or may not be written; it says what to do.
    """
    try:
        yield
    except (StorageError, io.UnsupportedOperation):
        raise
    except OSError as error:
        place = tempfile.tempdir or "the directory for temporary files"
        reason = f"a temporary file cannot be kept ({error.strerror or error}); make room in {place}, or set TMPDIR"
        raise StorageError(reason, str(uri), error.errno) from error
