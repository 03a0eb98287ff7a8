"""In a pattern `?` stands for a character or none."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import listing

_true_token = listing._token


def _token(token: str) -> str:
    true = _true_token(token)
    return changed(true, "[^/]?" if token == "?" else true)


replace(listing, "_token", _token)
