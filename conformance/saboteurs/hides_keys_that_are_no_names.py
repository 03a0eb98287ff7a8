"""A listing leaves out the keys of other clients that the layer does not accept as names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import listing, operations
from noiz_storage.engines import Engine
from noiz_storage.errors import InvalidNameError
from noiz_storage.uri import check_key


def _names(engine: Engine, prefix: str, **asked: Any) -> Iterator[str]:
    for key in listing.names(engine, prefix, **asked):
        try:
            yield check_key(key)
        except InvalidNameError:
            acts()


replace(operations, "names", _names)
