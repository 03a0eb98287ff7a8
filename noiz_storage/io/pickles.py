"""Pickles, for those who ask for them: reading one runs whatever code it holds."""

from __future__ import annotations

import pickle
from typing import Any

from ..addresses import Name
from ..arguments import check_flags
from ..errors import UnsupportedError
from ..filesystem import locate
from ..paths import StoragePath
from .content import Where, publish_bytes, reading


def save_pickle(
    path: Name,
    value: Any,
    /,
    *,
    allow_pickle: bool = False,
    protocol: int | None = None,
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
) -> StoragePath:
    """Save any Python value as a pickle.

    Raises:
        UnsupportedError: without `allow_pickle=True`; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    place = locate(path, storage)
    _check(place, allow_pickle)
    return publish_bytes(place, pickle.dumps(value, protocol), overwrite=overwrite, next_free=next_free)


def load_pickle(path: Name, /, *, allow_pickle: bool = False, storage: Where = None) -> Any:
    """Load a pickle, which runs whatever code it holds: only from a place that nobody else writes to.

    Raises:
        UnsupportedError: without `allow_pickle=True`; nothing was read.
        CorruptedError: it is no pickle, or damaged.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    place = locate(path, storage)
    _check(place, allow_pickle)
    with reading(place, None, "a pickle") as file:
        return pickle.load(file)


def _check(place: StoragePath, allow_pickle: bool) -> None:
    check_flags(allow_pickle=allow_pickle)
    if not allow_pickle:
        raise UnsupportedError("a pickle runs code when it is read; pass allow_pickle=True to use one", str(place))
