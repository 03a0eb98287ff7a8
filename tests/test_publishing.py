"""How a large body is cut into parts."""

from __future__ import annotations

import pytest

from noiz_storage.publishing import MOST_PARTS, part_size

MIB = 1024**2


@pytest.mark.parametrize("block", [5 * MIB, 32 * MIB])
@pytest.mark.parametrize("parts", [1, MOST_PARTS - 1, MOST_PARTS, MOST_PARTS + 1, 50 * MOST_PARTS])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_no_body_takes_more_parts_than_servers_accept(block: int, parts: int, more: int) -> None:
    """Parts are blocks while 10,000 of them are enough, and grow with the body beyond that."""
    size = parts * block + more
    part = part_size(size, block)
    assert -(-size // part) <= MOST_PARTS
    assert (part == block) == (size <= MOST_PARTS * block)
