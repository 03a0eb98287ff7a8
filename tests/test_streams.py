"""The files that `open` returns."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.config import MIN_BLOCK_SIZE
from noiz_storage.errors import ConfigurationError


def test_text_whose_end_cannot_be_kept_is_not_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the last characters find no room at the close, nothing is published."""
    storage = NoizFileSystem(str(tmp_path / "base"), block_size=MIN_BLOCK_SIZE)
    file = storage.open("note.txt", "w")
    file.write("a" * MIN_BLOCK_SIZE)
    file.write("the end")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    with pytest.raises(FileNotFoundError):
        file.close()
    assert storage.find() == []
    assert file.closed


@pytest.mark.parametrize("mode", ["r", "w"])
def test_an_unknown_encoding_makes_no_noise(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """An encoding that Python does not know raises LookupError, publishes nothing, and nothing else complains."""
    noise: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    with storage.open("old", "wb") as file:
        file.write(b"old")
    with pytest.raises(LookupError):
        storage.open("old", mode, encoding="nonsense")
    assert (noise, storage.read("old")) == ([], b"old")


def test_no_block_is_too_small() -> None:
    """A block of no bytes is refused like every other that is too small, not taken for the default."""
    with pytest.raises(ConfigurationError, match="block_size=0"):
        NoizFileSystem("memory://block", block_size=0)
