"""A path beside the legacy base that begins alike is taken for one below it."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.uri import URI

_true_key_below = URI.key_below


def _key_below(base: URI, other: URI) -> str | None:
    true = _true_key_below(base, other)
    begins_alike = base.scheme == other.scheme == "file" and base.key and other.key.startswith(base.key)
    return changed(true, other.key[len(base.key) :].strip("/") if begins_alike else true)


replace(URI, "key_below", _key_below)
