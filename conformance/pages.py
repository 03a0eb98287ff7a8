"""Listings of several pages: a few names on each, so that many pages are still quick to arrange."""

from __future__ import annotations

from typing import Any, Final

import pytest

__all__ = ["names_per_page"]

_PARAMETERS: Final = {"s3": "max-keys", "az": "maxresults", "gs": "maxResults"}
"""Scheme → the query parameter that asks for a number of names on a page."""


@pytest.fixture
def names_per_page(backend: Any, channel: Any) -> int:
    """How many names one page of a listing holds: three where the proxy can ask the server for no more."""
    if backend.scheme not in _PARAMETERS:
        return 1000
    channel.fault("set-query", kind="list", name=_PARAMETERS[backend.scheme], value="3")
    return 3
