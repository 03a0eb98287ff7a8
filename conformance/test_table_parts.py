"""Tables that are read in parts: every row comes once, and nothing stays open behind the last."""

from __future__ import annotations

import gzip
from typing import Any

import pandas
import pytest

from conformance import census
from conformance.behaviour import needs, source, without_server
from conformance.blocks import BLOCK, small_blocks
from fixtures.endpoint import WRITE

pytestmark = without_server()


@needs(WRITE)
@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_table_is_read_in_parts(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """With chunksize a table comes in parts, which are read one after the other when the object has gone."""
    rows = pandas.DataFrame({"x": range(10)})
    subject.io.save_dataframe(fs.get_path(name), rows, index=False)
    with subject.io.load_dataframe(fs.get_path(name), chunksize=4) as parts:
        witness.delete(name)
        found = list(parts)
    assert [part["x"].tolist() for part in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert parts.chunksize == 4


@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
@pytest.mark.parametrize(
    "end", [lambda parts: parts.close(), lambda parts: parts.__exit__(None, None, None)], ids=["close", "with"]
)
def test_end_when_they_are_closed(fs: Any, subject: Any, witness: Any, end: Any, refused: Any) -> None:
    """A table that was closed, or left, gives no further part, though more of it is in memory."""
    witness.put("a.csv", b"x\n" + b"1\n" * 10)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=4)
    assert len(next(parts)) == 4
    end(parts)
    with refused(ValueError, match="closed"):
        next(parts)


@source("https://docs.python.org/3/library/stdtypes.html#iterator-types")
def test_end_once_and_for_all(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A table that was read to its end has no further part, however often one is asked for, and may be closed twice."""
    witness.put("a.csv", b"x\n" + b"1\n" * 10)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=4)
    assert [len(part) for part in parts] == [4, 4, 2]
    assert (list(parts), next(parts, "none")) == ([], "none")
    parts.close()
    parts.close()
    with refused(StopIteration):
        parts.get_chunk()


@source("contract: Formats")
def test_end_with_damage(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A table whose next part is damaged gives no part behind it, and is closed."""
    witness.put("a.csv", b"x\n" + b"123456\n" * 100_000 + b'"5\n' * 3)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=90_000)
    assert len(next(parts)) == 90_000
    with refused(ValueError, match=r"a\.csv"):
        next(parts)
    with refused(ValueError, match="closed"):
        next(parts)


@small_blocks
@source("contract: Reading")
@pytest.mark.parametrize("end", [lambda parts: parts.close(), list], ids=["close", "end"])
def test_large_table_leaves_no_file_open(fs: Any, subject: Any, witness: Any, end: Any) -> None:
    """A table larger than a block holds no file once it was closed, or read to its end, while it is still in hand."""
    line = b"0.123456789,abcdefgh\n"
    witness.put("a.csv", b"value,text\n" + line * (BLOCK // len(line) + 10))
    fs.read("a.csv")  # a connection stays open
    before = census.census()
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=100_000)
    assert len(next(parts)) == 100_000
    end(parts)
    assert census.left_over(before) == []


@source("contract: Formats")
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_empty_table_has_none(fs: Any, subject: Any, name: str, witness: Any, refused: Any) -> None:
    """What is no CSV from its first byte raises ValueError that names the object when its parts are asked for."""
    witness.put(name, {"a.csv": b"", "a.csv.gz": gzip.compress(b"")}[name])
    with refused(ValueError, match=r"a\.csv"):
        subject.io.load_dataframe(fs.get_path(name), chunksize=4)


@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
def test_table_is_read_at_will(fs: Any, subject: Any, witness: Any, costs: Any) -> None:
    """With iterator=True the caller says how many rows come next; one read is sent in all."""
    witness.put("a.csv", b"x\n" + b"".join(b"%d\n" % number for number in range(10)))
    with costs(read=1), subject.io.load_dataframe(fs.get_path("a.csv"), iterator=True) as parts:
        found = [parts.get_chunk(3), parts.read(2), next(parts.get_chunk(1) for _ in "x"), parts.read()]
    assert [part["x"].tolist() for part in found] == [[0, 1, 2], [3, 4], [5], [6, 7, 8, 9]]


@small_blocks
@source("https://pandas.pydata.org/docs/user_guide/io.html#iterating-through-files-chunk-by-chunk")
def test_large_table_is_read_in_parts(fs: Any, subject: Any, witness: Any) -> None:
    """A table larger than a block comes in parts too, and leaves no file behind when the last was read."""
    line = b"0.123456789,abcdefgh\n"
    witness.put("a.csv", b"value,text\n" + line * (BLOCK // len(line) + 10))
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=100_000)
    assert sum(len(part) for part in parts) == BLOCK // len(line) + 10


@source("contract: Formats")
@pytest.mark.parametrize("behind", [b'"5\n', b"\xff\xfe\n"], ids=["open-quote", "not-utf-8"])
def test_damage_in_a_later_part_is_an_error(fs: Any, subject: Any, witness: Any, behind: bytes, refused: Any) -> None:
    """A part that is no CSV raises ValueError that names the object, though the parts before it were read."""
    witness.put("a.csv", b"x\n" + b"123456\n" * 100_000 + behind + b"5\n" * 10)
    parts = subject.io.load_dataframe(fs.get_path("a.csv"), chunksize=20_000)
    assert next(parts)["x"].tolist() == [123456] * 20_000
    with refused(ValueError, match=r"a\.csv"):
        list(parts)
