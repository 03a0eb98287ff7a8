"""How much of a large object its reader copies."""

from __future__ import annotations

import io
from typing import Any, cast

from noiz_storage.engines import Download, Engine, Stat
from noiz_storage.readers import Streamed

SIZE = 1 << 20


class Counted(bytes):
    """A chunk that counts the bytes which are copied from it by slices."""

    copied = 0

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        type(self).copied += len(part)
        return Counted(part)


def test_a_long_chunk_is_not_copied_again_for_each_part_that_is_read() -> None:
    """`readall` takes 8 KiB at a time: a copy of the rest for each would grow with the square of the size."""
    body = Counted(bytes(range(256)) * (SIZE // 256))
    answer = Download(Stat(SIZE, "version"), SIZE, iter([body]))
    stream = Streamed(cast("Engine", None), "key", answer, SIZE, "uri")
    assert stream.readall() == body
    assert stream.seek(0, io.SEEK_END) == SIZE
    assert Counted.copied <= 2 * SIZE
