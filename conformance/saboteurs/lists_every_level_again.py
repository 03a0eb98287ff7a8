"""A page that is asked for again is the first one, of all levels."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.engines import Page
from noiz_storage.errors import TransientError
from noiz_storage.retry import Retried

_true_list = Retried.list


def _list(engine: Retried, prefix: str, **asked: Any) -> Page:
    try:
        return engine._engine.list(prefix, **asked)
    except TransientError:
        return _true_list(engine, prefix, **changed(asked, {**asked, "after": None, "one_level": False}))


replace(Retried, "list", _list)
