"""The first failure of a request is final."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.retry import Budget


def _once(attempts: int, seconds: float) -> Budget:
    return Budget(changed(attempts, min(attempts, 1)), seconds)


replace(operations, "Budget", _once)
