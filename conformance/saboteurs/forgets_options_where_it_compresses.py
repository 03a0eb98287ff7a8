"""A table under a compressed name is saved and loaded without options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import io


def _forgetful(helper: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(path: Any, *what: Any, **options: Any) -> Any:
        is_packed = str(path).lower().endswith((".gz", ".bz2", ".xz"))
        kept = {name: value for name, value in options.items() if name == "chunksize"}
        return helper(path, *what, **(changed(options, kept) if is_packed else options))

    return wrong


replace(io, "save_dataframe", _forgetful(io.save_dataframe))
replace(io, "load_dataframe", _forgetful(io.load_dataframe))
