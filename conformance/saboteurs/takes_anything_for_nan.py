"""NaN is thought to be kept whatever is stored in its place, such as text."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.io import exact


def _is_equal(first: Any, second: Any) -> bool:
    true = _true(first, second)
    return changed(true, true or bool(first != first))


_true = exact._is_equal
replace(exact, "_is_equal", _is_equal)
