"""A flag that is neither True nor False is taken for what Python makes of it."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.arguments import check_flags


def _check(**flags: object) -> None:
    try:
        check_flags(**flags)
    except TypeError:
        acts()


replace(operations, "check_flags", _check)
