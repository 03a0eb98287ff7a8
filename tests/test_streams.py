"""The files that `open` returns."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.errors import ConfigurationError, StorageError
from noiz_storage.streams import Writer


def test_text_whose_end_is_interrupted_is_not_published(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the close is interrupted while it hands on the last characters, nothing is published."""
    file = storage.open("note.txt", "w")
    file.write("the end")

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Writer, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        file.close()
    assert (storage.find(), file.closed) == ([], True)


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


@pytest.mark.parametrize("act", ["directory", "locked"])
def test_a_loan_that_cannot_be_read_back_publishes_nothing(
    settings: pytest.MonkeyPatch, tmp_path: Path, act: str
) -> None:
    """A lent place where the caller left no file that can be read is the layer's error."""
    fs = NoizFileSystem(f"memory://{tmp_path.name}")
    with pytest.raises(StorageError), fs.local_path("object", "w") as path:
        {"directory": path.mkdir, "locked": lambda: path.symlink_to(path)}[act]()
    assert fs.find() == []


EXIT = """
import gc, sys
from noiz_storage import NoizFileSystem
fs = NoizFileSystem(sys.argv[1])
gc.disable()
stream = fs.open(*sys.argv[2].split(), next_free=len(sys.argv) > 3)
stream.write("a" if "t" in sys.argv[2].split()[1] else b"a")
{}
"""


@pytest.mark.parametrize(
    ("name", "more"), [("object wb", []), ("object wt", []), ("object.0 xb", ["free"])], ids=["binary", "text", "free"]
)
@pytest.mark.parametrize("ends", ["", "me = [stream]; me.append(me); del stream, me"], ids=["alive", "cycle"])
def test_a_writer_that_is_open_at_the_exit(tmp_path: Path, name: str, more: list[str], ends: str) -> None:
    """A program that ends with an open writer publishes nothing and is told so, once, when it asks for warnings."""
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", EXIT.format(ends), str(tmp_path), name, *more]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]).stderr
    assert (told.count("ResourceWarning"), told.count("nothing was published")) == (1, 1)
    assert (name.partition(" ")[0] in told, "Exception" in told, list(tmp_path.iterdir())) == (True, False, [])


LOST = """
import io, sys, tempfile
from noiz_storage import NoizFileSystem
fs = NoizFileSystem(sys.argv[1])
{}
"""


@pytest.mark.parametrize(
    "act",
    [
        "stream = io.TextIOWrapper(fs.open('object', 'wb')); stream.write('a'); del stream",
        "stream = fs.open('object', 'wb'); tempfile.tempdir = '/nothing'; block = bytes(fs.block_size + 1)\n"
        "try: stream.write(block)\nexcept OSError: pass\ndel stream",
    ],
    ids=["wrapped", "without-room"],
)
def test_a_lost_writer_makes_no_other_noise(tmp_path: Path, act: str) -> None:
    """Where Python tells of every exception that is ignored, a writer that is lost is told of once, by its warning."""
    command = [sys.executable, "-X", "dev", "-c", LOST.format(act), str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]).stderr
    assert (told.count("nothing was published"), "xception" in told, list(tmp_path.iterdir())) == (1, False, [])


def test_an_empty_write_far_behind_the_end_moves_nothing(storage: NoizFileSystem) -> None:
    """A body that goes over to a temporary file keeps its position, also where that lies behind all bytes."""
    true = io.BytesIO()
    with storage.open("a", "wb") as file:
        for each in (true, file):
            each.write(b"head")
            each.seek(storage.block_size + 10)
            each.write(b"")
        assert file.tell() == true.tell()
        assert file.write(b"tail") == true.write(b"tail")
    assert storage.read("a") == true.getvalue()
