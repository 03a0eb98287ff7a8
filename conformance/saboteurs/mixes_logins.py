"""A storage with half a login of its own takes the other half from the login of all."""

from __future__ import annotations

from dataclasses import replace as replaced
from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import config
from noiz_storage.storage_config import Storage
from noiz_storage.uri import URI


def _storage(env: Any, name: str, base: URI, variable: str, prefix: str = "") -> Storage:
    own, of_all = _true(env, name, base, variable, prefix), _true(env, name, base, variable)
    mixed = {**of_all.credentials, **own.credentials}
    return replaced(own, credentials=changed({**own.credentials}, mixed))


_true = config._storage
replace(config, "_storage", _storage)
