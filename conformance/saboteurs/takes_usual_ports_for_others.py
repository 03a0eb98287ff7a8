"""A port that goes without saying makes another address of one place."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import uri


def _host(scheme: str, root: str, text: str) -> str:
    host = _true(scheme, root, text)
    port = root.rpartition(":")[2] if ":" in root and not root.endswith("]") else ""
    return changed(host, f"{host}:{port}" if port and not host.endswith(f":{port.lstrip('0')}") else host)


_true = uri._host
replace(uri, "_host", _host)
