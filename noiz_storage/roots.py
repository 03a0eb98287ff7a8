"""Telling a missing object from a missing bucket, where the server's answer does not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from .engines import Engine
from .errors import AccessDeniedError, NotFoundError, RootNotFoundError, named
from .uri import URI


class Root:
    """The bucket or container of one filesystem; whether it is there is asked once, after the first missing object."""

    def __init__(self, live: Callable[[], Engine]) -> None:
        self._live = live
        self._known = False

    @contextlib.contextmanager
    def told(self, kind: str, uri: URI) -> Iterator[None]:
        """Raise RootNotFoundError for a NotFoundError of such a request, where it is the root that is missing.

        Cost: nothing, or once, where the answer to such a request does not tell, 1 head of the root.
        """
        try:
            yield
        except RootNotFoundError:
            raise
        except NotFoundError:
            if kind in self._live().traits.hides_root and not self._known:
                # Who may not ask about the bucket has just been told that the object is not in it.
                with contextlib.suppress(AccessDeniedError), named(uri):
                    self._live().check_root()
                self._known = True
            raise
