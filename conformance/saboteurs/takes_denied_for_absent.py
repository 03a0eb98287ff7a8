"""An object that one may not see is said not to exist."""

from __future__ import annotations

from conformance.saboteurs.layer import Honest, __getattr__, acts, sabotage  # noqa: F401
from noiz_storage.engines import Stat
from noiz_storage.errors import AccessDeniedError, NotFoundError


@sabotage
class _Engine(Honest):
    def stat(self, key: str) -> Stat:
        try:
            return self.true.stat(key)
        except AccessDeniedError as error:
            acts()
            raise NotFoundError("no such object", error.filename) from error
