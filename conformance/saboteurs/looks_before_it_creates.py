"""Exclusive create asks whether the name is free and then writes, so that two creators may both win."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import publishing
from noiz_storage.engines import Body, Engine
from noiz_storage.errors import AlreadyExistsError, NotFoundError


def _create(engine: Engine, key: str, body: Body) -> str:
    acts()
    try:
        engine.stat(key)
    except NotFoundError:
        engine.put(key, body)
        return key
    raise AlreadyExistsError("the name is taken", key)


replace(publishing, "_create", _create)
