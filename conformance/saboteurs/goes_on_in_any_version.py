"""Blocks after the one that a jump leads to are of whatever version is there."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.readers import Streamed

_true_next = Streamed._next


def _next(file: Streamed) -> memoryview:
    goes_on = file._at == file._position
    if not (goes_on and not file._chunk):
        return _true_next(file)
    chunk = next(file._chunks, b"")
    if not chunk:
        acts()
        stop = min(file._position + file._block_size, file._stat.size)
        file._chunks = file._engine.get(file._key, span=(file._position, stop)).chunks
        chunk = next(file._chunks)
    file._chunk = memoryview(chunk)
    return file._chunk


replace(Streamed, "_next", _next)
