"""A body that is sent again is empty: a file's was read to its end by the attempt before."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import Honest, __getattr__, changed, content, sabotage  # noqa: F401
from noiz_storage.engines import Body
from noiz_storage.errors import TransientError


@sabotage
class _Engine(Honest):
    _failed: Body | None = None

    def put(self, key: str, body: Body, **asked: Any) -> str:
        is_again, self._failed = body is self._failed, None
        try:
            return self.true.put(key, changed(content(body), b"") if is_again else body, **asked)
        except TransientError:
            self._failed = body
            raise
