"""A jump in a large object reads on from the start of the block that it leads into."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.readers import Streamed

_true_next = Streamed._next


def _next(file: Streamed) -> memoryview:
    place = file._position
    if file._at != place:
        file._position = changed(place, place - place % file._block_size)
    chunk = _true_next(file)
    file._at = file._position = place
    return chunk


replace(Streamed, "_next", _next)
