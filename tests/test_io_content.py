"""What all I/O helpers share: publication, counters, compression, errors."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from noiz_storage import NoizFileSystem, StoragePath, get_filesystem, io
from noiz_storage.errors import AlreadyExistsError, ConfigurationError, CorruptedError, InvalidNameError, NotFoundError
from noiz_storage.io.content import format_suffix
from noiz_storage.io.extras import required

DECOMPRESS = {"gz": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress}
LARGE = 6 * 1024**2


def test_saving_returns_the_path_that_was_written(storage: NoizFileSystem) -> None:
    """A saving helper returns the StoragePath of the object."""
    path = io.write_text("a/b.txt", "x")
    assert isinstance(path, StoragePath)
    assert path == f"{storage.base_uri}/a/b.txt"
    assert path.exists()


def test_overwriting_is_the_rule(storage: NoizFileSystem) -> None:
    """Without an option a helper replaces what is there."""
    io.write_text("a", "old")
    io.write_text("a", "new")
    assert storage.read("a") == b"new"


def test_overwrite_false_refuses_a_taken_name(storage: NoizFileSystem) -> None:
    """With overwrite=False a taken name raises and keeps its content."""
    io.write_text("a", "old")
    with pytest.raises(AlreadyExistsError):
        io.write_text("a", "new", overwrite=False)
    assert storage.read("a") == b"old"


def test_overwrite_false_takes_a_free_name(storage: NoizFileSystem) -> None:
    """With overwrite=False a free name is created."""
    io.write_text("a", "", overwrite=False)
    assert storage.find() == ["a"]


def test_next_free_counts_up(storage: NoizFileSystem) -> None:
    """With next_free=True each save gets a name of its own, before the suffixes."""
    paths = [io.write_text("d/n.0.txt.gz", str(number), next_free=True) for number in range(3)]
    assert [path.name for path in paths] == ["n.0.txt.gz", "n.1.txt.gz", "n.2.txt.gz"]
    assert storage.find() == ["d/n.0.txt.gz", "d/n.1.txt.gz", "d/n.2.txt.gz"]
    assert [io.read_text(path) for path in paths] == ["0", "1", "2"]


def test_next_free_costs_one_listing_and_one_write(storage: NoizFileSystem) -> None:
    """However many names are taken, next_free sends one list and one write."""
    for number in range(20):
        io.write_text(f"n.{number}", "")
    storage.meter.clear()
    assert io.write_text("n.0", "x", next_free=True).name == "n.20"
    assert storage.meter.requests == {"list": 1, "write": 1}


@pytest.mark.parametrize("ending", DECOMPRESS)
def test_a_suffix_compresses(storage: NoizFileSystem, ending: str) -> None:
    """What is stored under .gz, .bz2 or .xz is compressed, and reads back plain."""
    io.write_text(f"a.txt.{ending}", "é" * 1000)
    body = storage.read(f"a.txt.{ending}")
    assert len(body) < 200
    assert DECOMPRESS[ending](body).decode() == "é" * 1000
    assert io.read_text(f"a.txt.{ending}") == "é" * 1000


@pytest.mark.parametrize("ending", DECOMPRESS)
def test_equal_content_compresses_to_equal_bytes(storage: NoizFileSystem, ending: str) -> None:
    """A compressed object holds no time and no name."""
    bodies = [storage.read(io.write_text(f"{name}.{ending}", "content")) for name in ("first", "second")]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("ending", DECOMPRESS)
def test_truncated_compressed_data_is_corrupted(storage: NoizFileSystem, ending: str) -> None:
    """A compressed object that lacks its end raises CorruptedError with the decompressor's error as cause."""
    body = storage.read(io.write_text(f"a.{ending}", "content " * 1000))
    with storage.open(f"a.{ending}", "wb") as file:
        file.write(body[:-3])
    with pytest.raises(CorruptedError) as caught:
        io.read_text(f"a.{ending}")
    assert caught.value.__cause__ is not None
    assert caught.value.filename == f"{storage.base_uri}/a.{ending}"


@pytest.mark.parametrize("ending", DECOMPRESS)
def test_wrong_compressed_data_is_corrupted(storage: NoizFileSystem, ending: str) -> None:
    """An object that its suffix calls compressed, and is not, raises CorruptedError."""
    with storage.open(f"a.{ending}", "wb") as file:
        file.write(b"plain text")
    with pytest.raises(CorruptedError):
        io.read_text(f"a.{ending}")


@pytest.mark.parametrize("ending", ["", ".gz", ".xz"])
def test_large_content_reads_back(settings: pytest.MonkeyPatch, tmp_path: Path, ending: str) -> None:
    """Content over the block size goes through temporary files and comes back equal, with one read."""
    settings.setenv("STORAGE_URI", str(tmp_path))
    settings.setenv("STORAGE_BLOCK_SIZE", str(5 * 1024**2))
    period = "".join(f"{number:08d}" for number in range(3_989))  # no block ends with it, and it is soon compressed
    text = period * (LARGE // len(period) + 1)
    io.write_text(f"large{ending}", text)
    get_filesystem().meter.clear()
    assert io.read_text(f"large{ending}") == text
    assert get_filesystem().meter.requests == {"read": 1}


def test_reading_costs_one_read(storage: NoizFileSystem) -> None:
    """A helper that reads sends one read."""
    io.write_text("a.gz", "x")
    storage.meter.clear()
    io.read_text("a.gz")
    assert storage.meter.requests == {"read": 1}


@pytest.mark.parametrize(
    "read", [io.load_numpy, io.read_stream, io.read_inventory, io.load_dataframe, io.load_toml, io.read_text]
)
def test_a_missing_object_is_not_found(storage: NoizFileSystem, read: object) -> None:
    """Every reading helper raises NotFoundError, not CorruptedError, where there is nothing."""
    with pytest.raises(NotFoundError):
        read("nothing")  # type: ignore[operator]


def test_the_base_is_no_file(storage: NoizFileSystem) -> None:
    """A saving helper refuses the base itself."""
    with pytest.raises(InvalidNameError):
        io.write_text(storage.base_uri, "x")


def test_storage_chooses_where_a_key_lies(storage: NoizFileSystem, tmp_path: Path) -> None:
    """With storage= a relative path lies in that storage."""
    other = NoizFileSystem(tmp_path / "other")
    path = io.write_text("a", "x", storage=other)
    assert path == other.base_uri + "/a"
    assert io.read_text("a", storage=other) == "x"
    assert not storage.exists("a")


def test_a_local_path_outside_every_storage_is_a_plain_file(storage: NoizFileSystem, tmp_path: Path) -> None:
    """A pathlib path of the user's home is written there."""
    io.write_text(tmp_path / "home" / "a.txt", "x")
    assert (tmp_path / "home" / "a.txt").read_text() == "x"


def test_local_path_lends_both_ways(storage: NoizFileSystem) -> None:
    """local_path publishes what a program wrote, and lends what is stored, under the same name."""
    with io.local_path("d/plot.png", "w") as file:
        assert file.name == "plot.png"
        file.write_bytes(b"png")
    with io.local_path("d/plot.png") as file:
        assert file.read_bytes() == b"png"


def test_local_path_publishes_nothing_when_the_body_raises(storage: NoizFileSystem) -> None:
    """An exception in the body of local_path leaves the storage as it was."""
    with pytest.raises(ZeroDivisionError), io.local_path("a", "w") as file:
        file.touch() or 1 / 0
    assert storage.find() == []


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.npz", ".npz"), ("a.NPZ.gz", ".npz"), ("a.gz", ""), (".gz", ""), ("a", ""), ("inventory.xml.0", ".0")],
)
def test_the_format_suffix_stands_before_a_compression(storage: NoizFileSystem, name: str, suffix: str) -> None:
    """The suffix that tells the format is the last one that is no compression."""
    assert format_suffix(storage.get_path(f"d/{name}")) == suffix


def test_a_missing_package_names_the_extra() -> None:
    """A package that is not installed raises ConfigurationError with the command that installs it."""
    with pytest.raises(ConfigurationError, match=r"no_such_package.*pip install 'noiz-storage\[seismic\]'"):
        required("no_such_package.inside")
