"""An object that fills a block exactly is read without its last byte."""

from __future__ import annotations

from io import BufferedIOBase

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.engines import Engine
from noiz_storage.readers import Whole, reader


def _reader(engine: Engine, key: str, block_size: int, uri: object) -> BufferedIOBase:
    file = reader(engine, key, block_size, uri)
    if isinstance(file, Whole) and len(file.getvalue()) == block_size:
        acts()
        return Whole(file.getvalue()[:-1])
    return file


replace(operations, "reader", _reader)
