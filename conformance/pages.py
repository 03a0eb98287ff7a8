"""Listings of several pages: a few names on each, so that many pages are still quick to arrange."""

from __future__ import annotations

from typing import Any, Final

import pytest

from fixtures.endpoint import HTTP

__all__ = ["names_per_page"]

_PARAMETERS: Final = {"s3": "max-keys", "az": "maxresults", "gs": "maxResults"}
"""Scheme → the query parameter that asks for a number of names on a page."""


@pytest.fixture
def names_per_page(backend: Any, channel: Any) -> int:
    """How many names one page of a listing holds: three where the proxy can ask the server for no more."""
    if channel is None or HTTP not in backend.capabilities:
        return 1000
    channel.fault("set-query", kind="list", name=_PARAMETERS[backend.scheme], value="3")
    return 3
