"""An upload that only begins at the second attempt loses its token, and with it the proof of its own success."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.engines import Upload
from noiz_storage.errors import TransientError
from noiz_storage.retry import Retried

_true_begin = Retried.begin


def _begin(engine: Retried, key: str, metadata: Mapping[str, str]) -> Upload:
    try:
        return engine._engine.begin(key, metadata)
    except TransientError:
        return _true_begin(engine, key, changed(metadata, {}))


replace(Retried, "begin", _begin)
