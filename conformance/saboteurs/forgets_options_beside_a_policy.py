"""A table or a text that may not replace another is saved without any other option."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import io

_POLICY = ("overwrite", "next_free", "storage")


def _forgetful(save: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(path: Any, what: Any, /, **options: Any) -> Any:
        kept = {name: value for name, value in options.items() if name in _POLICY}
        creates = options.get("next_free") is True or options.get("overwrite") is False
        return save(path, what, **(changed(options, kept) if creates else options))

    return wrong


replace(io, "save_dataframe", _forgetful(io.save_dataframe))
replace(io, "write_text", _forgetful(io.write_text))
