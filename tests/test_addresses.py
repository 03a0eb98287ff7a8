"""Names below a base."""

from __future__ import annotations

from noiz_storage.addresses import Names
from noiz_storage.uri import URI


def test_keys_that_are_no_names_are_not_lost() -> None:
    """Whole keys become names below the base, sorted and once; what no name reaches is among them, the base is not."""
    names = Names(URI.parse("s3://bucket/base"), None)
    assert names.shorten(["base/", "base/note", "base/day//file", "base/day/", "base/note"]) == [
        "day/",
        "day//file",
        "note",
    ]
