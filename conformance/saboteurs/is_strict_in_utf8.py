"""What UTF-8 lacks is refused, whatever `errors` says."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import operations
from noiz_storage.streams import TextWriter


def _writer(file: Any, encoding: str, errors: str, *others: Any) -> Any:
    return TextWriter(file, encoding, changed(errors, "strict") if encoding == "utf-8" else errors, *others)


replace(operations, "TextWriter", _writer)
