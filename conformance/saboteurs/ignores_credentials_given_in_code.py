"""A storage that is given in code is reached with the credentials of the environment."""

from __future__ import annotations

from dataclasses import replace as replaced

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.config import find_storage
from noiz_storage.engines import Connection, Engine, connect


def _connect(connection: Connection) -> Engine:
    known = find_storage(connection.base).credentials
    return connect(replaced(connection, credentials=changed({**connection.credentials}, {**known})))


replace(operations, "connect", _connect)
