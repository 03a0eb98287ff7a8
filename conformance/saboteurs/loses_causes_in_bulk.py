"""What is said of objects that stay does not tell what the driver said."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import removing
from noiz_storage.errors import StorageError

_true_summary = removing._summary


def _summary(stayed: Mapping[str, StorageError], shorten: removing.Shorten) -> StorageError:
    summary = _true_summary(stayed, shorten)
    summary.__cause__ = changed(summary.__cause__, None)
    return summary


replace(removing, "_summary", _summary)
