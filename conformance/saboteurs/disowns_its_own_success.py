"""An exclusive create whose answer got lost is told that the name is taken: by itself."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import retry
from noiz_storage.engines import TOKEN, Stat


def _refused(found: Stat, token: str, refusal: Exception) -> str:
    if token and found.metadata.get(TOKEN) == token:
        acts()
    raise refusal


replace(retry, "_own", _refused)
