"""Requests are signed for the SDK's own region, whatever the settings say."""

from __future__ import annotations

from dataclasses import replace as replaced

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.engines import Connection, Engine, connect


def _connect(connection: Connection) -> Engine:
    kept = {name: value for name, value in connection.credentials.items() if name != "region"}
    return connect(replaced(connection, credentials=changed({**connection.credentials}, kept)))


replace(operations, "connect", _connect)
