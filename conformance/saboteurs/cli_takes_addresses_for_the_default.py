"""The command line tries the default storage where another one is named by its address."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import cli, get_filesystem


def _get(storage: str | None = None) -> Any:
    return get_filesystem(changed(storage, None) if storage and ":" in storage else storage)


replace(cli, "get_filesystem", _get)
