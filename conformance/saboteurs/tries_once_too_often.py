"""A request is tried once more than was allowed."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.retry import Budget


def _tireless(attempts: int, seconds: float) -> Budget:
    acts()
    return Budget(attempts + 1, seconds)


replace(operations, "Budget", _tireless)
