"""`write_inventory` writes the first network alone."""

from __future__ import annotations

from copy import copy
from typing import Any

from obspy import Inventory

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import io
from noiz_storage.addresses import Name

_true_write = io.write_inventory


def _write_inventory(path: Name, inventory: Inventory, /, *arguments: Any, **options: Any) -> Any:
    if len(inventory.networks) > 1:
        acts()
    first = copy(inventory)
    first.networks = inventory.networks[:1]
    return _true_write(path, first, *arguments, **options)


replace(io, "write_inventory", _write_inventory)
