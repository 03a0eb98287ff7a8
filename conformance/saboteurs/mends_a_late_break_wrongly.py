"""A read that breaks behind the first MiB goes on one byte too early."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import retry
from noiz_storage.engines import Engine

_true_rest = retry._rest


def _rest(engine: Engine, key: str, span: tuple[int, int], version: str) -> Iterator[bytes]:
    start, stop = span
    shift = 1 if start >= 1 << 20 else 0
    return _true_rest(engine, key, changed(span, (start - shift, stop - shift)), version)


replace(retry, "_rest", _rest)
