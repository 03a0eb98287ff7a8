"""A disk: what only a disk holds, links, directories, permissions and devices, and what it comes to."""

from __future__ import annotations

import os
import socket
import stat as modes
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import only, source
from conformance.permissions import locked
from conformance.writing import failure_of, read, write

pytestmark = only("local")


@pytest.fixture
def place(backend: Any, key: str) -> Path:
    """This case's directory."""
    path = Path(backend.root, key)
    (path / "day").mkdir(parents=True)
    return path


def _bind(path: Path) -> None:
    """Leave a socket: bound by its short name, for an address holds 107 bytes."""
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


NO_OBJECTS: dict[str, Callable[[Path], object]] = {
    "link-to-nothing": lambda path: path.symlink_to("nothing"),
    "link-to-itself": lambda path: path.symlink_to(path.name),
    "link-below-a-file": lambda path: path.symlink_to("object/below"),
    "link-to-a-device": lambda path: path.symlink_to("/dev/zero"),
    "pipe": os.mkfifo,
    "socket": _bind,
}
"""What stands in a directory and is no object: how it is made."""
no_objects = pytest.mark.parametrize("make", NO_OBJECTS.values(), ids=NO_OBJECTS)


@no_objects
@source("issue: a link that loops stops the listing of everything", "contract: Answering")
def test_what_is_no_object_is_passed_over(fs: Any, place: Path, make: Any) -> None:
    """A link that leads nowhere or to no file, a pipe, a socket is no object, and keeps no other from being listed."""
    (place / "day/object").write_bytes(b"content")
    (place / "odd").mkdir()
    make(place / "day/other")
    make(place / "odd/other")
    assert (fs.ls(), fs.ls("day")) == (["day"], ["day/object"])
    assert (fs.find(), fs.glob("**"), fs.glob("*/*")) == (["day/object"], ["day/object"], ["day/object"])
    assert (fs.isdir("day"), fs.isdir("odd"), fs.ls("odd"), fs.isdir("day/other")) == (True, False, [], False)
    assert (fs.exists("day/other"), fs.exists("day/object")) == (False, True)


@no_objects
@pytest.mark.parametrize(
    "act",
    [
        lambda fs: fs.open("day/other"),
        lambda fs: fs.read("day/other"),
        lambda fs: fs.stat("day/other"),
        lambda fs: fs.copy("day/other", "copy"),
        lambda fs: fs.move("day/other", "copy"),
        lambda fs: fs.local_path("day/other").__enter__(),
    ],
    ids=["open", "read", "stat", "copy", "move", "lend"],
)
@source("contract: Answering")
def test_what_is_no_object_is_not_read(fs: Any, place: Path, make: Any, act: Any, refused: Any) -> None:
    """What is no object raises FileNotFoundError at once when it is read, and is never waited for."""
    (place / "day/object").write_bytes(b"content")
    make(place / "day/other")
    with refused(FileNotFoundError):
        act(fs)


@no_objects
@pytest.mark.parametrize("recursive", [False, True], ids=["name", "directory"])
@source("contract: Surface")
def test_what_is_no_object_is_deleted(fs: Any, place: Path, make: Any, recursive: bool) -> None:
    """`rm` deletes what is no object by its name, and with its directory; of a link only the link."""
    (place / "object").write_bytes(b"content")
    make(place / "day/other")
    fs.rm("day" if recursive else "day/other", recursive=recursive)
    assert os.listdir(place) == ["object"]


@no_objects
@source("contract: Writing")
def test_what_is_no_object_holds_its_name(fs: Any, place: Path, make: Any, refused: Any) -> None:
    """A name that a link, a pipe or a socket has is taken for an exclusive create and for the next free name."""
    make(place / "day/run.0")
    with refused(FileExistsError):
        write(fs, "day/run.0", b"mine", "xb")
    assert fs.next_free("day/run.0").name == "run.1"
    with fs.open("day/run.0", "xb", next_free=True) as stream:
        stream.write(b"mine")
    assert stream.published.name == "run.1"


@pytest.mark.parametrize("kind", ["pipe", "socket", "link-to-a-device"])
@source("contract: Writing")
def test_no_device_is_overwritten(fs: Any, place: Path, kind: str, refused: Any) -> None:
    """A write to the name of a pipe, a socket or a device, or to a link there, is refused and replaces nothing."""
    NO_OBJECTS[kind](place / "day/other")
    before = (place / "day/other").stat().st_mode
    with refused(OSError, match="no file"):
        write(fs, "day/other", b"mine")
    assert (place / "day/other").stat().st_mode == before


def _directory(place: Path) -> Path:
    """A directory that will be locked."""
    place.mkdir()
    (place / "hidden").write_bytes(b"theirs")
    return place


def _way(place: Path) -> Path:
    """A link to a file behind a directory that will be locked."""
    behind = _directory(place.parents[1] / "behind")
    place.symlink_to(behind / "hidden")
    return behind


HIDDEN = pytest.mark.parametrize("make", [_directory, _way], ids=["directory", "link"])


@HIDDEN
@source("issue: lost+found stops the listing of everything")
def test_what_may_not_be_entered_is_left_out(fs: Any, place: Path, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A directory or link into which one may not look is left out of listings, which one warning each names."""
    (place / "day/object").write_bytes(b"content")
    with locked(make(place / "day/lost+found")):
        found = [fs.ls("day"), fs.find("day"), fs.glob("day/*"), fs.isdir("day"), fs.next_free("day/run.0").name]
        caplog.clear()
        assert fs.find("day") == ["day/object"]
    assert found == [["day/object"], ["day/object"], ["day/object"], True, "run.0"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "lost+found" in caplog.text


@pytest.mark.parametrize(
    "act",
    [
        lambda fs: fs.ls("day/private"),
        lambda fs: fs.find("day/private"),
        lambda fs: fs.glob("day/private/*"),
        lambda fs: fs.isdir("day/private"),
        lambda fs: fs.exists("day/private/hidden"),
        lambda fs: fs.read("day/private/hidden"),
        lambda fs: fs.rm("day/private", recursive=True),
    ],
    ids=["ls", "find", "glob", "isdir", "exists", "read", "rm"],
)
@source("contract: Answering")
def test_what_may_not_be_entered_is_denied_when_asked_for(fs: Any, place: Path, act: Any, refused: Any) -> None:
    """Asking for a directory that may not be entered, or for what is in it, raises PermissionError."""
    private = _directory(place / "day/private")
    with refused(PermissionError) as caught, locked(private):
        act(fs)
    assert "private" in caught.value.filename


@source("contract: Answering")
def test_deletion_goes_on_past_what_may_not_be_entered(fs: Any, place: Path) -> None:
    """A recursive deletion takes all but the directory that may not be entered, and raises PermissionError for that."""
    (place / "day/object").write_bytes(b"content")
    with locked(_directory(place / "day/private")):
        error = failure_of(lambda: fs.rm("day", recursive=True))
    assert (isinstance(error, PermissionError), "day/private" in str(error)) == (True, True)
    assert (os.listdir(place / "day"), os.listdir(place / "day/private")) == (["private"], ["hidden"])


@HIDDEN
@source("contract: Answering")
def test_a_link_is_deleted_whatever_lies_behind(fs: Any, place: Path, make: Any) -> None:
    """`rm` of a link deletes the link, also where its target may not be looked at."""
    behind = make(place / "day/other")
    (place / "day/link").symlink_to(behind / "hidden")
    with locked(behind):
        fs.rm("day/link")
    assert (sorted(os.listdir(place / "day")), (behind / "hidden").read_bytes()) == (["other"], b"theirs")


TIMES = {
    "before-1970": (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    "year-1900": (-2_208_988_800, datetime(1900, 1, 1, tzinfo=timezone.utc)),
    "year-0": (-62_167_219_200, None),
    "year-10000": (253_402_300_800, None),
    "year-33658": (1_000_000_000_000, None),
}
"""Seconds since 1970 → what `stat` tells."""


@pytest.fixture
def roomy(place: Path) -> Iterator[Path]:
    """A directory for any time of change, which not every disk can write down; `day/roomy` leads there."""
    room = next(filter(os.path.isdir, ("/dev/shm", tempfile.gettempdir())))
    with tempfile.TemporaryDirectory(dir=room) as directory:
        (place / "day/roomy").symlink_to(directory)
        yield Path(directory)


@pytest.mark.parametrize("when", TIMES)
@source("issue: a time of change after the year 9999 makes a file unreadable")
def test_any_time_of_change(fs: Any, roomy: Path, when: str) -> None:
    """A file of any time of change is read and listed; `stat` tells None where `datetime` cannot hold it."""
    seconds, told = TIMES[when]
    (roomy / "object").write_bytes(b"content")
    os.utime(roomy / "object", (seconds, seconds))
    assert (roomy / "object").stat().st_mtime == seconds, "this file system does not hold such times"
    name = "day/roomy/object"
    assert (fs.stat(name).modified, read(fs, name), fs.find()) == (told, b"content", [name])
    write(fs, name, b"newer")
    assert read(fs, name) == b"newer"


def _mode(path: Path) -> str:
    return oct(modes.S_IMODE(path.stat().st_mode))


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o666, 0o755, 0o444], ids=oct)
@pytest.mark.parametrize("how", ["write", "text", "copy", "move", "lend"])
@source("issue: an overwrite keeps the file's mode")
def test_overwrite_keeps_the_mode(fs: Any, place: Path, mode: int, how: str) -> None:
    """An overwritten file keeps its permission bits, its owner and its group."""
    (place / "source").write_bytes(b"new")
    file = place / "day/object"
    file.write_bytes(b"old")
    file.chmod(mode)
    owner = (file.stat().st_uid, file.stat().st_gid)
    OVERWRITES[how](fs, "day/object")
    assert (_mode(file), (file.stat().st_uid, file.stat().st_gid), file.read_bytes()) == (oct(mode), owner, b"new")


def _lend(fs: Any, name: str) -> None:
    with fs.local_path(name, "w") as lent:
        lent.write_bytes(b"new")


OVERWRITES: dict[str, Callable[[Any, str], object]] = {
    "write": lambda fs, name: write(fs, name, b"new"),
    "text": lambda fs, name: write(fs, name, "new", "w"),
    "copy": lambda fs, name: fs.copy("source", name),
    "move": lambda fs, name: fs.move("source", name),
    "lend": _lend,
}
"""Every way to replace an object by `new`, some of them from the object `source`."""
overwrites = pytest.mark.parametrize("overwrite", OVERWRITES.values(), ids=OVERWRITES)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)], ids=["022", "077", "002"])
@pytest.mark.parametrize("kind", ["wb", "xb"])
@source("issue: an overwrite keeps the file's mode")
def test_new_files_have_the_mode_of_the_umask(fs: Any, place: Path, umask: int, mode: int, kind: str) -> None:
    """A new file has the permission bits that the process's umask leaves, as files of Python's `open` have."""
    before = os.umask(umask)
    try:
        write(fs, "day/object", b"content", kind)
    finally:
        os.umask(before)
    assert _mode(place / "day/object") == oct(mode)


@pytest.mark.parametrize("how", ["copy", "move"])
@source("contract: Surface")
def test_a_copy_is_as_private_as_its_source(fs: Any, place: Path, how: str) -> None:
    """A copy under a new name has the permission bits of its source, less those that the umask takes."""
    (place / "source").write_bytes(b"new")
    (place / "source").chmod(0o600)
    OVERWRITES[how](fs, "day/object")
    assert _mode(place / "day/object") == oct(0o600)


@overwrites
@pytest.mark.parametrize("target", ["day/object", "../outside", "day/new"], ids=["below", "outside", "nothing-yet"])
@source("issue: what an overwrite does to a link is said")
def test_overwrite_goes_through_a_link(fs: Any, place: Path, overwrite: Any, target: str) -> None:
    """An overwrite of a link writes the file that it leads to, as Python's `open` does, and the link stays."""
    (place / "source").write_bytes(b"new")
    (place / "day/object").write_bytes(b"old")
    (place / "../outside").write_bytes(b"old")
    (place / "link").symlink_to(target)
    overwrite(fs, "link")
    assert ((place / "link").is_symlink(), (place / target).read_bytes(), fs.read("link")) == (True, b"new", b"new")
    (place / "../outside").unlink()


@overwrites
@pytest.mark.parametrize("target", ["gone/object", "link"], ids=["no-directory", "circle"])
@source("contract: Writing")
def test_no_overwrite_through_a_link_to_nowhere(
    fs: Any, place: Path, overwrite: Any, target: str, refused: Any
) -> None:
    """An overwrite of a link that leads into no directory, or in a circle, raises OSError and makes nothing."""
    (place / "source").write_bytes(b"new")
    (place / "link").symlink_to(target)
    with refused(OSError, match="link"):
        overwrite(fs, "link")
    assert (sorted(os.listdir(place)), (place / "link").is_symlink()) == (["day", "link", "source"], True)


@pytest.mark.parametrize("name", ["linked", "below/linked"])
@pytest.mark.parametrize("link", ["day", "../outside"], ids=["below", "outside"])
@source("contract: Surface")
def test_deletion_of_a_linked_directory_takes_the_link(
    fs: Any, place: Path, name: str, link: str, refused: Any
) -> None:
    """A recursive deletion of a link to a directory takes the link and nothing behind it; a plain one is refused."""
    for directory in (place / "day", place / "../outside"):
        directory.mkdir(exist_ok=True)
        (directory / "object").write_bytes(b"content")
    (place / "below").mkdir()
    (place / name).symlink_to(place / link)
    with refused(IsADirectoryError):
        fs.rm(name)
    fs.rm(name, recursive=True)
    assert ((place / name).is_symlink(), (place / link / "object").read_bytes()) == (False, b"content")


@source("issue: what an overwrite does to a link is said")
def test_overwrite_parts_names_of_one_file(fs: Any, place: Path) -> None:
    """Of a file with two names the one that is overwritten becomes a new file, and the other keeps the old bytes."""
    (place / "first").write_bytes(b"old")
    os.link(place / "first", place / "second")
    write(fs, "first", b"new")
    assert (read(fs, "first"), read(fs, "second")) == (b"new", b"old")


@pytest.mark.parametrize("act", ["copy", "move"])
@pytest.mark.parametrize(
    ("source_name", "target"), [("day/object", "link"), ("day/object", "days/object")], ids=["link", "linked-directory"]
)
@source("contract: Surface")
def test_one_file_under_two_names_is_not_lost(
    fs: Any, place: Path, act: str, source_name: str, target: str, refused: Any
) -> None:
    """Copying or moving a file to another way to itself raises OSError, and the file stays."""
    (place / "day/object").write_bytes(b"content")
    (place / "link").symlink_to("day/object")
    (place / "days").symlink_to("day")
    with refused(OSError, match="same file"):
        getattr(fs, act)(source_name, target)
    assert (place / "day/object").read_bytes() == b"content"


@source("contract: Surface")
def test_moving_a_link_takes_the_content_along(fs: Any, place: Path) -> None:
    """A move of a link makes a file of what it leads to, and takes the link away, not its target."""
    (place / "day/object").write_bytes(b"content")
    (place / "link").symlink_to("day/object")
    fs.move("link", "moved")
    assert (fs.find(), (place / "moved").is_symlink()) == (["day/object", "moved"], False)
    assert read(fs, "moved") == b"content"


@source("B7.156", "https://docs.python.org/3/library/os.html#os.makedirs")
@pytest.mark.parametrize("name", ["day", "day/object"])
def test_directory_that_must_be_new_is_refused_where_it_is_not(fs: Any, place: Path, name: str, refused: Any) -> None:
    """With exist_ok=False a name that a directory or a file has raises FileExistsError; any other becomes one."""
    (place / "day/object").write_bytes(b"content")
    with refused(FileExistsError):
        fs.makedirs(name, exist_ok=False)
    fs.makedirs("day/new/deep", exist_ok=False)
    assert ((place / "day/new/deep").is_dir(), (place / "day/object").read_bytes()) == (True, b"content")
