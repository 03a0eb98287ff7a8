"""Names below a base."""

from __future__ import annotations

from noiz_storage.addresses import Names
from noiz_storage.uri import URI


def test_folders_of_consoles_are_not_listed() -> None:
    """Empty objects that end with a slash, as S3's consoles make for folders, are in no listing: nothing opens them."""
    names = Names(URI.parse("s3://bucket/base"), None)
    assert names.shorten(["base/", "base/day/", "base/day/file", "base/note"]) == ["day/file", "note"]
