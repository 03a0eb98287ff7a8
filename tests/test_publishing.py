"""How a large body is cut into parts, and how a copy is made that no server makes."""

from __future__ import annotations

import uuid

import pytest

from noiz_storage.engines import Connection, Traits
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.publishing import MOST_PARTS, Publisher, part_size
from noiz_storage.uri import URI

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


class _Misreads(MemoryEngine):
    """A server that takes a part of some names for something else."""

    traits = Traits(needs_probe=False, not_copied=("?versionId=",))

    def copy(self, source: str, target: str) -> bool:
        assert "?versionId=" not in source
        return super().copy(source, target)


@pytest.mark.parametrize("source", ["a?versionId=1", "a"])
def test_a_name_that_servers_misread_is_copied_by_a_read_and_a_write(source: str) -> None:
    """The copy has the bytes and the metadata of its source, whoever makes it."""
    base = URI.parse(f"memory://copies-{uuid.uuid4().hex}")
    engine = _Misreads(Connection(base))
    engine.put(source, b"content", metadata={"station": "BGLD"})
    Publisher(lambda: engine, base, 5 * MIB).copy(source, "target")
    found = engine.get("target")
    assert (b"".join(found.chunks), found.stat.metadata) == (b"content", {"station": "BGLD"})
