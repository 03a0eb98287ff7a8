"""Bodies above the block size: a block of 5 MiB, so that three of them are still quick to move."""

from __future__ import annotations

from typing import Any, Final

import pytest

__all__ = ["BLOCK", "five_mib_blocks", "small_blocks"]

BLOCK: Final = 5 * 1024**2
"""Bytes; the smallest block there is, since S3 takes no smaller parts."""
small_blocks: Final = pytest.mark.usefixtures("five_mib_blocks")
"""Marks a behaviour whose subject sends and reads at most `BLOCK` bytes at a time."""


@pytest.fixture
def five_mib_blocks(environment: Any) -> None:
    """Set the block size before `fs` is made."""
    environment.change(STORAGE_BLOCK_SIZE=str(BLOCK))
