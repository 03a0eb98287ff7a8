"""An exclusive create whose answer got lost is told that the name is taken: by itself."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, replace  # noqa: F401
from noiz_storage.retry import Retried, Spending


def _refused(_: Retried, key: str, token: str, spending: Spending, refusal: Exception) -> str:
    del key, token, spending
    raise refusal


replace(Retried, "_own", _refused)
