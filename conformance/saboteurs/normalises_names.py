"""Names are written in Unicode's composed form, whatever the caller wrote."""

from __future__ import annotations

import unicodedata
from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, sabotage  # noqa: F401
from noiz_storage.engines import Body


@sabotage
class _Engine(Honest):
    def put(self, key: str, body: Body, **asked: Any) -> str:
        return self.true.put(changed(key, unicodedata.normalize("NFC", key)), body, **asked)
