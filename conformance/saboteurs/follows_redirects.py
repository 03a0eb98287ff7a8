"""A redirect is followed, login and body with it."""

from __future__ import annotations

from typing import Any

import aiohttp

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401

_true_request = aiohttp.ClientSession.request


def _request(session: aiohttp.ClientSession, method: str, url: str, **options: Any) -> Any:
    return _true_request(
        session, method, url, **{**options, "allow_redirects": changed(options.get("allow_redirects"), True)}
    )


replace(aiohttp.ClientSession, "request", _request)
