"""The files that `open` returns."""

from __future__ import annotations

import contextlib
import errno
import io
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.config import MIN_BLOCK_SIZE
from noiz_storage.engines import Connection
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.errors import ConfigurationError, StorageError
from noiz_storage.publishing import Publisher
from noiz_storage.uri import URI


def test_text_whose_end_cannot_be_kept_is_not_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the last characters find no room at the close, nothing is published."""
    storage = NoizFileSystem(str(tmp_path / "base"), block_size=MIN_BLOCK_SIZE)
    file = storage.open("note.txt", "w")
    file.write("a" * MIN_BLOCK_SIZE)
    file.write("the end")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    with pytest.raises(StorageError, match="TMPDIR") as caught:
        file.close()
    assert (caught.value.errno, type(caught.value.__cause__)) == (errno.ENOENT, FileNotFoundError)
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


class _Full(io.FileIO):
    """A file on a full disk, which holds some bytes and no more."""

    room: ClassVar[int] = 0

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > _Full.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int], None]:
    """`room(n)`: from now on temporary files hold n bytes."""

    def spool(**_: Any) -> Any:
        return io.BufferedRandom(_Full(tmp_path / "spool", "w+"))

    def set_room(size: int) -> None:
        _Full.room = size
        monkeypatch.setattr(tempfile, "TemporaryFile", spool)

    return set_room


@pytest.fixture
def small(settings: pytest.MonkeyPatch, tmp_path: Path) -> NoizFileSystem:
    """A storage with the smallest blocks."""
    return NoizFileSystem(str(tmp_path / "base"), block_size=MIN_BLOCK_SIZE)


def _fill(stream: Any) -> None:
    """Write more than a block, and have it all leave Python's own buffers."""
    for _ in range(3):
        stream.write(bytes(MIN_BLOCK_SIZE // 2 + 5))
    stream.seek(0)


@pytest.mark.parametrize("space", [0, MIN_BLOCK_SIZE + 10], ids=["none", "little"])
@pytest.mark.parametrize("swallowed", [True, False])
def test_a_full_disk_publishes_nothing(
    small: NoizFileSystem, room: Callable[[int], None], space: int, swallowed: bool
) -> None:
    """A body that has no room on this machine is StorageError with the disk's number, and nothing of it is published.

    Also where the caller goes on after the error, and closes the file.
    """
    room(space)
    stream = small.open("object", "wb")
    with pytest.raises(StorageError, match="TMPDIR") as caught:
        _fill(stream)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(small.get_path("object")))
    assert isinstance(caught.value.__cause__, OSError)
    with contextlib.ExitStack() as ending:
        if swallowed:
            _Full.room = 10**9
            ending.enter_context(pytest.raises(StorageError, match="TMPDIR"))
            ending.callback(stream.close)
        else:
            ending.callback(stream.discard)
    assert (stream.closed, small.find()) == (True, [])


def test_a_body_whose_end_finds_no_room_is_not_published(small: NoizFileSystem, room: Callable[[int], None]) -> None:
    """Where the last bytes find no room at the close, it raises StorageError and publishes nothing."""
    room(MIN_BLOCK_SIZE + 2)
    stream = small.open("object", "wb")
    stream.write(bytes(MIN_BLOCK_SIZE + 1))
    stream.write(b"the end")
    with pytest.raises(StorageError, match="No space left"):
        stream.close()
    assert (stream.closed, small.find()) == (True, [])


@pytest.mark.parametrize("mode", ["w", "r+", "r"])
def test_a_loan_without_room_is_the_layers_error(settings: pytest.MonkeyPatch, tmp_path: Path, mode: str) -> None:
    """A directory for temporary files that is not there is StorageError that says what to set."""
    fs = NoizFileSystem(f"memory://{tmp_path.name}")
    with fs.open("object", "wb") as stream:
        stream.write(b"old")
    settings.setattr(tempfile, "tempdir", str(tmp_path / "nothing"))
    with pytest.raises(StorageError, match="TMPDIR") as caught, fs.local_path("object", mode):
        pytest.fail("there is no room for it")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, f"{fs.base_uri}/object")
    assert (type(caught.value), fs.read("object")) == (StorageError, b"old")


@pytest.mark.parametrize("act", ["directory", "locked"])
def test_a_loan_that_cannot_be_read_back_publishes_nothing(
    settings: pytest.MonkeyPatch, tmp_path: Path, act: str
) -> None:
    """A lent place where the caller left no file that can be read is the layer's error."""
    fs = NoizFileSystem(f"memory://{tmp_path.name}")
    with pytest.raises(StorageError), fs.local_path("object", "w") as path:
        {"directory": path.mkdir, "locked": lambda: path.symlink_to(path)}[act]()
    assert fs.find() == []


def test_a_copy_without_room_is_the_layers_error(room: Callable[[int], None], tmp_path: Path) -> None:
    """A large copy that has to lie on this machine for a while, and finds no room, is StorageError with its number."""
    room(10)
    engine = MemoryEngine(Connection(URI.parse(f"memory://{tmp_path.name}")))
    engine.traits = replace(engine.traits, copies=False)
    engine.put("source", b"content" * 3)
    with pytest.raises(StorageError, match="TMPDIR") as caught:
        Publisher(lambda: engine, URI.parse(f"memory://{tmp_path.name}"), 5, 1.0).copy("source", "target")
    assert (caught.value.errno, list(engine.list("").keys)) == (errno.ENOSPC, ["source"])


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


def test_a_warning_that_is_an_error_publishes_nothing_either(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ResourceWarning is made an error, it is told as Python tells its own, and nothing is published."""
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: told.append(problem.exc_type))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mode in ("wb", "w"):
            storage.open("object", mode)
    assert (told, storage.find()) == ([ResourceWarning, ResourceWarning], [])


def _open_and_lose(storage: NoizFileSystem, mode: str) -> None:
    storage.open("object", mode)


def test_a_warning_tells_the_line(storage: NoizFileSystem) -> None:
    """The warning names the line where the file was lost."""
    for mode in ("wb", "w"):
        with pytest.warns(ResourceWarning, match="unclosed file") as caught:
            _open_and_lose(storage, mode)
        assert [Path(each.filename).name for each in caught] == ["test_streams.py"]
