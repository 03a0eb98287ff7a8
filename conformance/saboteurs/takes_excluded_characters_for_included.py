"""In a pattern `[!…]` stands for one of the characters that it excludes."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import listing

_true_token = listing._token


def _token(token: str) -> str:
    return _true_token(changed(token, token.replace("[!", "[", 1)))


replace(listing, "_token", _token)
