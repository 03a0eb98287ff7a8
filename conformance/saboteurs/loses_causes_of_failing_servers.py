"""What is said of a server that fails for good does not tell what the driver said."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.errors import TransientError
from noiz_storage.retry import Spending

_true_tell = Spending._tell


def _tell(spending: Spending, error: TransientError) -> None:
    _true_tell(spending, error)
    error.__cause__ = changed(error.__cause__, None)


replace(Spending, "_tell", _tell)
