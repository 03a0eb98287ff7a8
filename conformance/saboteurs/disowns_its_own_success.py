"""An exclusive create whose answer got lost is told that the name is taken: by itself."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, replace  # noqa: F401
from noiz_storage import retry
from noiz_storage.engines import Stat


def _refused(found: Stat, token: str, refusal: Exception) -> str:
    del found, token
    raise refusal


replace(retry, "_own", _refused)
