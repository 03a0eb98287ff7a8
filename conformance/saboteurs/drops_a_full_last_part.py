"""A body that is a multiple of the block size is sent without its last part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import publishing

_true_blocks = publishing._blocks


def _blocks(body: BinaryIO, size: int) -> Iterator[bytes]:
    blocks = [*_true_blocks(body, size)]
    is_full = len(blocks[-1]) == size
    return iter(changed(blocks, blocks[:-1] if is_full else blocks))


replace(publishing, "_blocks", _blocks)
