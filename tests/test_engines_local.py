"""The engine of a local disk, while others change what it works on."""

from __future__ import annotations

import errno
import logging
import os
import pickle
import resource
import stat as modes
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.engines import local, local_writing
from noiz_storage.errors import StorageError, UnsupportedError


@pytest.mark.parametrize(("mode", "act"), [("wb", "replace"), ("xb", "link")])
def test_a_file_that_another_deletes_at_once_was_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str, act: str
) -> None:
    """A write that took effect is a success, also when another deletes the file before the writer looks at it."""
    owner = {"replace": Path, "link": os}[act]
    done = getattr(owner, act)

    def act_and_delete(source: Any, target: Path) -> None:
        done(source, target)
        target.unlink()

    monkeypatch.setattr(owner, act, act_and_delete)
    with NoizFileSystem(str(tmp_path)).open("day/file", mode) as file:
        file.write(b"content")
    assert os.listdir(tmp_path / "day") == []


def test_a_parent_that_another_removes_is_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A directory that another prunes while it is made is no file in the way."""
    make, refusals = Path.mkdir, [FileExistsError(17, "File exists", str(tmp_path / "day"))]

    def mkdir(path: Path, **options: Any) -> None:
        if refusals:
            raise refusals.pop()
        make(path, **options)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with NoizFileSystem(str(tmp_path)).open("day/file", "wb") as file:
        file.write(b"content")
    assert (tmp_path / "day/file").read_bytes() == b"content"


def test_a_disk_without_links_refuses_exclusive_creates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where a file can have one name only, nothing is created, and the error says why."""

    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    file = NoizFileSystem(str(tmp_path)).open("file", "xb")
    with pytest.raises(UnsupportedError, match="hard links"):
        file.close()
    assert os.listdir(tmp_path) == []


def test_what_the_disk_says_keeps_its_number(tmp_path: Path) -> None:
    """A limit of the disk, such as the size of a file, raises StorageError with the disk's own errno, also pickled."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    fs = NoizFileSystem(str(tmp_path))
    stream = fs.open("object", "wb")
    stream.write(bytes(1 << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, hard))
    try:
        with pytest.raises(StorageError) as caught:
            stream.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (caught.value.errno, again.errno, again.args) == (errno.EFBIG, errno.EFBIG, caught.value.args)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A directory with a file below more directories than Python calls functions; removed by `rm`, which does not."""
    (tmp_path / "base").mkdir()
    here = os.open(tmp_path / "base", os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        here, above = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(os.open("object", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    yield tmp_path / "base"
    subprocess.run(["rm", "-rf", str(tmp_path / "base")], check=True)


def test_deep_directories_stop_no_listing(deep: Path) -> None:
    """Directories deeper than Python calls functions are walked through like all others."""
    (deep / "object").write_bytes(b"")
    fs = NoizFileSystem(str(deep))
    assert (fs.ls(), [len(key) for key in fs.find()]) == (["d", "object"], [2 * 1200 + len("object"), len("object")])


@pytest.mark.parametrize("act", [NoizFileSystem.find, NoizFileSystem.ls, NoizFileSystem.isdir])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOTCONN, errno.EMFILE, errno.ESTALE], ids=errno.errorcode.get)
def test_a_disk_that_fails_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, act: Callable[[NoizFileSystem], object], number: int
) -> None:
    """What a failing disk says while it is listed is the layer's error with its number and the directory, not less."""
    (tmp_path / "day").mkdir()
    done = os.scandir

    def scandir(path: Any) -> Any:
        if Path(path).name == "day":
            raise OSError(number, os.strerror(number), str(path))
        return done(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(StorageError) as caught:
        act(NoizFileSystem(str(tmp_path)))
    assert (caught.value.errno, caught.value.filename) == (number, (tmp_path / "day").as_uri())
    assert isinstance(caught.value.__cause__, OSError)


class _Entry:
    """An entry of a directory that is gone, or whose disk fails, when it is looked at."""

    def __init__(self, path: Path, number: int) -> None:
        self.name, self.path, self._number = path.name, str(path), number

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        raise OSError(self._number, os.strerror(self._number), self.path)

    is_file = is_dir


class _Scan:
    """The answer to `scandir`: one entry, and then perhaps a failure."""

    def __init__(self, entry: _Entry, number: int) -> None:
        self._entry, self._number = entry, number

    def __enter__(self) -> _Scan:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[_Entry]:
        yield self._entry
        if self._number:
            raise OSError(self._number, os.strerror(self._number))


def test_what_vanishes_while_it_is_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An entry that another deletes between the listing and the look at it is not there."""
    monkeypatch.setattr(os, "scandir", lambda path: _Scan(_Entry(tmp_path / "gone", errno.ENOENT), 0))
    fs = NoizFileSystem(str(tmp_path))
    assert (fs.find(), fs.ls(), fs.isdir()) == ([], [], False)


@pytest.mark.parametrize(("entry", "scan"), [(errno.EIO, 0), (errno.ENOENT, errno.EIO)], ids=["entry", "directory"])
def test_a_disk_that_fails_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, entry: int, scan: int
) -> None:
    """A disk that fails in the middle of a directory, or at one entry's look, is the layer's error."""
    monkeypatch.setattr(os, "scandir", lambda path: _Scan(_Entry(tmp_path / "bad", entry), scan))
    with pytest.raises(StorageError, match="put/output error") as caught:
        NoizFileSystem(str(tmp_path)).find()
    assert (caught.value.errno, isinstance(caught.value.__cause__, OSError)) == (errno.EIO, True)


def test_a_disk_that_fails_in_the_middle_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A read that the disk fails in its middle is the layer's error."""
    (tmp_path / "object").symlink_to("/proc/self/mem")
    with pytest.raises(StorageError) as caught:
        NoizFileSystem(str(tmp_path)).read("object")
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, (tmp_path / "object").as_uri())


def test_many_that_may_not_be_entered_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning tells ten of the directories that are left out, and how many more there are."""
    for number in range(13):
        (tmp_path / f"{number}").mkdir()
    done = os.scandir

    def scandir(path: Any) -> Any:
        if Path(path) != tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return done(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert NoizFileSystem(str(tmp_path)).find() == []
    assert [(record.levelno, "and 3 more" in record.message) for record in caplog.records] == [(logging.WARNING, True)]


def test_a_file_of_unknown_size_is_read_whole(tmp_path: Path) -> None:
    """A file that the disk calls empty, as the kernel's own are, is read to its end, copied and lent whole."""
    (tmp_path / "object").symlink_to("/proc/version")
    fs, content = NoizFileSystem(str(tmp_path)), Path("/proc/version").read_bytes()
    fs.copy("object", "copy")
    with fs.open("object") as file:
        assert (file.read(), fs.read("object"), fs.read("copy"), fs.read("object", 3, 4)) == (
            content,
            content,
            content,
            content[3:7],
        )


def test_a_file_shorter_than_the_disk_says_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that ends before the size that the disk tells, as sysfs does, is an error and not asked for ever again."""
    (tmp_path / "object").write_bytes(b"content")
    told = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        found = told(descriptor)
        return os.stat_result((*found[:6], 4096, *found[7:]))

    monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(StorageError, match="too early"):
        NoizFileSystem(str(tmp_path)).read("object")


@pytest.mark.parametrize("taken", [True, False])
def test_an_overwrite_keeps_attributes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken: bool) -> None:
    """Access lists and notes (`user.*`) are kept, each by itself; a disk that takes none stops no write."""
    file, kept = tmp_path / "object", {}
    file.write_bytes(b"old")

    def setxattr(_: int, name: str, value: bytes) -> None:
        kept[name] = value
        if not taken:
            raise OSError(errno.ENOTSUP, "Operation not supported")

    names = ["security.selinux", "user.station", "system.posix_acl_access"]
    monkeypatch.setattr(os, "listxattr", lambda _: names, raising=False)
    monkeypatch.setattr(os, "getxattr", lambda _, name: name.encode(), raising=False)
    monkeypatch.setattr(os, "setxattr", setxattr, raising=False)
    with NoizFileSystem(str(tmp_path)).open("object", "wb") as stream:
        stream.write(b"new")
    assert (file.read_bytes(), kept) == (b"new", {name: name.encode() for name in names[1:]})


@pytest.mark.parametrize("group", [True, False], ids=["group", "neither"])
def test_an_owner_that_cannot_be_kept_lends_no_identity(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, group: bool
) -> None:
    """Where the disk refuses the owner, group and bits are kept but those that would lend this user's identity."""
    file, asked = tmp_path / "object", []
    file.write_bytes(b"old")
    file.chmod(0o6755)
    found = os.stat_result((*file.stat()[:4], 4711, 4712, *file.stat()[6:]))

    def fchown(_: int, owner: int, group_of: int) -> None:
        asked.append((owner, group_of))
        if owner != -1 or not group:
            raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", fchown)
    monkeypatch.setattr(local_writing, "target_of", lambda path: local_writing.Target(path, found))
    monkeypatch.setattr(local, "target_of", local_writing.target_of)
    with NoizFileSystem(str(tmp_path)).open("object", "wb") as stream:
        stream.write(b"new")
    assert (asked, file.read_bytes()) == ([(4711, 4712), (-1, 4712)], b"new")
    assert modes.S_IMODE(file.stat().st_mode) == 0o755


def test_a_private_file_is_never_open_to_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """While a private file is overwritten, the new one is private from its first byte on."""
    file, seen = tmp_path / "object", []
    file.write_bytes(b"old")
    file.chmod(0o600)
    done = os.fsync

    def fsync(descriptor: int) -> None:
        seen.extend(oct(modes.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir())
        done(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with NoizFileSystem(str(tmp_path)).open("object", "wb") as stream:
        stream.write(b"new")
    assert seen == [oct(0o600)] * 2


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EPERM, errno.ENOSYS])
def test_an_owner_that_cannot_be_kept_stops_no_overwrite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Where no such owner is known, as in a container, the file is this user's, whose group may do no more than all."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fchown", refuse)
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    found = os.stat(old)
    others = os.stat_result((0o102664, *found[1:4], found.st_uid + 1, found.st_gid + 1, *found[6:]))
    with new.open("wb") as file:
        local_writing._take_after(file.fileno(), old, others)
    assert modes.S_IMODE(new.stat().st_mode) == 0o644


def test_an_access_list_that_the_directory_hands_down_is_not_kept(tmp_path: Path) -> None:
    """An overwrite opens a file to nobody whom the old one did not let in."""
    nobody = 2**32 - 1
    user, someone, group, mask, others = (1, 6, nobody), (2, 4, 1234), (4, 0, nobody), (16, 4, nobody), (32, 0, nobody)
    entry = struct.pack("<I" + 5 * "HHI", 2, *user, *someone, *group, *mask, *others)
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch()
    with new.open("wb") as file:
        os.setxattr(file.fileno(), local_writing._ACCESS_LIST, entry)
        assert local_writing._copy_attributes(file.fileno(), old)
        assert local_writing._ACCESS_LIST not in os.listxattr(file.fileno())
