"""Every open for reading asks for the object's size first."""

from __future__ import annotations

from io import BufferedIOBase

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.engines import Engine
from noiz_storage.readers import reader


def _reader(engine: Engine, key: str, block_size: int, uri: object) -> BufferedIOBase:
    acts()
    engine.stat(key)
    return reader(engine, key, block_size, uri)


replace(operations, "reader", _reader)
