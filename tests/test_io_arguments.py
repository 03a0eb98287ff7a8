"""What helpers say of an option or a name that they do not take: what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import obspy
import pandas
import pytest
from matplotlib.figure import Figure

from noiz_storage import NoizFileSystem, io

FIRST = "the first argument says where"
DECOMPRESSED = r"a name that ends with \.gz, \.bz2 or \.xz is decompressed"
PLAIN = "or give compression=None for plain CSV"

REMEDIES: dict[str, tuple[Callable[[Any], object], str]] = {
    "figure-fname": (lambda path: io.save_figure(path, Figure(), fname="elsewhere"), FIRST),
    "figure-filename": (lambda path: io.save_figure(path, Figure(), filename="elsewhere"), FIRST),
    "stream-written": (lambda path: io.write_stream(path, obspy.read(), format="MSEED", filename="a"), FIRST),
    "stream-read": (lambda path: io.read_stream(path, pathname_or_url="elsewhere"), FIRST),
    "inventory-read": (lambda path: io.read_inventory(path, path_or_file_object="elsewhere"), FIRST),
    "compressed": (lambda path: io.read_stream(path, check_compression=True), DECOMPRESSED),
    "table": (lambda path: io.save_dataframe(path.parent / "a.zip", pandas.DataFrame({"a": [1]})), PLAIN),
}


@pytest.mark.parametrize("case", REMEDIES)
def test_a_refusal_says_what_to_do(storage: NoizFileSystem, case: str) -> None:
    """The remedy stands in the error; nothing is written."""
    act, remedy = REMEDIES[case]
    with pytest.raises((TypeError, OSError), match=remedy):
        act(storage.get_path("object.png"))
    assert storage.find() == []


def test_a_compressed_table_is_not_offered_as_plain(storage: NoizFileSystem) -> None:
    """What the layer compresses by its suffix is plain in no case."""
    with pytest.raises(OSError, match="save under a name") as caught:
        io.save_dataframe(storage.get_path("a.tar.gz"), pandas.DataFrame({"a": [1]}))
    assert PLAIN not in str(caught.value)
