"""The meter counts no request that drops the parts of an upload that failed."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.engines import Upload
from noiz_storage.meter import Metered


def _abort(engine: Metered, upload: Upload) -> None:
    acts()
    engine._engine.abort(upload)


replace(Metered, "abort", _abort)
