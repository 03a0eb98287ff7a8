"""What was written before an exception in the `with` body is published."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage.streams import TextWriter, Writer


def _close(file: Writer | TextWriter, kind: object, *_: object) -> None:
    if kind is not None:
        acts()
    file.close()


replace(Writer, "__exit__", _close)
replace(TextWriter, "__exit__", _close)
