"""What stays of a deletion is told of its first request alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import removing
from noiz_storage.engines import Engine
from noiz_storage.errors import StorageError

_true_delete = removing._delete


def _delete(engine: Engine, keys: Sequence[str], shorten: removing.Shorten) -> Mapping[str, StorageError]:
    size = engine.traits.delete_limit
    told = _true_delete(engine, keys[:size], shorten)
    if keys[size:] and _true_delete(engine, keys[size:], shorten):
        acts()
    return told


replace(removing, "_delete", _delete)
