"""The meter counts the bytes of a body when it is known to have arrived, and not each time that it is sent."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.engines import Body
from noiz_storage.errors import TransientError
from noiz_storage.meter import Metered, _size

_true_put = Metered.put


def _put(engine: Metered, key: str, body: Body, **asked: Any) -> str:
    try:
        return _true_put(engine, key, body, **asked)
    except TransientError:
        acts()
        engine._meter.count(sent=-_size(body))
        raise


replace(Metered, "put", _put)
