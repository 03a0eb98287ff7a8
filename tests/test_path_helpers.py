"""Path helpers: Noiz's eight, the four of its storage design, and the shim with the old names."""

from __future__ import annotations

import inspect
import os
import warnings
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from noiz_storage import NoizFileSystem, StoragePath, get_filesystem, io, legacy_path_helpers, path_helpers
from noiz_storage.errors import InvalidNameError
from noiz_storage.path_helpers import (
    _assembly_single_component_invenontory_path,
    _assembly_stationxml_filename,
    assembly_filepath,
    assembly_preprocessing_filename,
    assembly_sds_like_dir,
    directory_exists_or_create,
    ensure_parent_directory,
    file_exists,
    increment_filename_counter,
    parent_directory_exists_or_create,
)

SIGNATURES = {
    "assembly_preprocessing_filename": ["component", "timespan", "count"],
    "assembly_sds_like_dir": ["component", "timespan"],
    "assembly_filepath": ["processed_data_dir", "processing_type", "filepath"],
    "parent_directory_exists_or_create": ["filepath"],
    "directory_exists_or_create": ["dirpath"],
    "increment_filename_counter": ["filepath", "extension"],
    "_assembly_stationxml_filename": ["network", "station", "component", "counter"],
    "_assembly_single_component_invenontory_path": ["network", "station", "component", "inventory_dir"],
}


@dataclass
class Component:
    """What Noiz's component has."""

    network: str = "TD"
    station: str = "TD05"
    component: str = "Z"


@dataclass
class Timespan:
    """What Noiz's timespan has."""

    starttime: datetime


@dataclass
class Coded:
    """What ObsPy's networks and stations have."""

    code: str


TIMESPAN = Timespan(datetime(2019, 10, 1, 1, 0, tzinfo=timezone.utc))
NAME = "TD.TD05.Z.2019.274.0100.0"


@pytest.mark.parametrize("module", [path_helpers, legacy_path_helpers])
@pytest.mark.parametrize("name", SIGNATURES)
def test_noiz_signatures_hold(module: Any, name: str) -> None:
    """Each of Noiz's eight helpers has Noiz's parameters in Noiz's order, and is exported."""
    parameters = inspect.signature(getattr(module, name)).parameters.values()
    assert [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY] == SIGNATURES[name]
    assert name in module.__all__


@pytest.mark.parametrize(("count", "name"), [(0, NAME), (12, NAME[:-1] + "12")])
def test_a_datachunk_is_named(count: int, name: str) -> None:
    """The file name is NET.STA.C.YYYY.DDD.HHMM.count."""
    assert assembly_preprocessing_filename(Component(), TIMESPAN, count) == name


def test_days_and_times_are_padded() -> None:
    """The day of the year has three digits, the time four."""
    start = Timespan(datetime(2020, 1, 2, 0, 5, tzinfo=timezone.utc))
    assert (
        assembly_preprocessing_filename(component=Component(), timespan=start, count=0) == "TD.TD05.Z.2020.002.0005.0"
    )


def test_a_directory_is_like_sds() -> None:
    """The directory is relative, YYYY/NET/STA/C, and joins."""
    directory = assembly_sds_like_dir(Component(), TIMESPAN)
    assert directory == PurePosixPath("2019/TD/TD05/Z")
    assert str(directory.joinpath("x")) == "2019/TD/TD05/Z/x"


@pytest.mark.parametrize("field", ["network", "station", "component"])
@pytest.mark.parametrize("code", ["a/b", "/", "..", ".", "", "a\\b", "a\0"])
def test_codes_stay_in_their_directory(field: str, code: str) -> None:
    """A code that would leave the directory is refused, in names and in directories."""
    component = Component(**{field: code})
    with pytest.raises(InvalidNameError):
        assembly_preprocessing_filename(component, TIMESPAN)
    with pytest.raises(InvalidNameError):
        assembly_sds_like_dir(component, TIMESPAN)


def test_inventory_codes_stay_in_their_directory() -> None:
    """A code of an inventory that would leave the directory is refused."""
    with pytest.raises(InvalidNameError):
        _assembly_stationxml_filename(Coded(".."), Coded("STA"), "Z")


def test_no_code_is_a_type_error() -> None:
    """A code that is None raises TypeError, as in Noiz."""
    with pytest.raises(TypeError):
        assembly_preprocessing_filename(Component(network=None), TIMESPAN)  # type: ignore[arg-type]


def test_noiz_assembles_a_path(storage: NoizFileSystem) -> None:
    """Noiz's own call, with the storage's base as the directory, gives a StoragePath below it."""
    path = assembly_filepath(
        storage.base_uri,
        "datachunk",
        assembly_sds_like_dir(Component(), TIMESPAN).joinpath(assembly_preprocessing_filename(Component(), TIMESPAN)),
    )
    assert isinstance(path, StoragePath)
    assert path.key == f"datachunk/2019/TD/TD05/Z/{NAME}"
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ccf", "a/b"), {}),
        (("ccf",), {"filepath": "a/b"}),
        ((), {"processing_type": "ccf", "filepath": Path("a/b")}),
        (("", "ccf", "a/b"), {}),
        ((".", "ccf", "a/b"), {}),
    ],
)
def test_the_shorter_form_lies_below_the_base(storage: NoizFileSystem, arguments: Any, named: Any) -> None:
    """Without a directory, or with an empty one, the path lies below the base."""
    assert assembly_filepath(*arguments, **named) == storage.get_path("ccf/a/b")


def test_a_directory_may_be_a_key(storage: NoizFileSystem) -> None:
    """A directory that is a key is below the base; a final slash changes nothing."""
    assert assembly_filepath("run1/", "ccf", "x").key == "run1/ccf/x"


def test_one_part_is_not_enough(storage: NoizFileSystem) -> None:
    """A call with one part raises TypeError."""
    with pytest.raises(TypeError):
        assembly_filepath("ccf")


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a//b", ""])
def test_parts_stay_below(storage: NoizFileSystem, name: str) -> None:
    """A part that is absolute, empty or climbs is refused."""
    with pytest.raises(InvalidNameError):
        assembly_filepath(storage.base_uri, "datachunk", name)


@pytest.mark.parametrize("spelled", ["{}", "{}/"])
def test_the_former_directory_means_the_present_base(
    settings: pytest.MonkeyPatch, tmp_path: Path, spelled: str
) -> None:
    """PROCESSED_DATA_DIR beside STORAGE_URI stands for the base, as Noiz hands it on."""
    settings.setenv("STORAGE_URI", "memory://present")
    settings.setenv("PROCESSED_DATA_DIR", str(tmp_path))
    assert assembly_filepath(spelled.format(tmp_path), "ccf", "x") == "memory://present/ccf/x"


@pytest.mark.parametrize("spelled", ["data", "data/", "./data"])
def test_a_relative_processed_data_dir_is_the_base(settings: pytest.MonkeyPatch, spelled: str) -> None:
    """PROCESSED_DATA_DIR relative to the working directory is the base, however it is spelled."""
    settings.setenv("PROCESSED_DATA_DIR", "data/")
    assert assembly_filepath(spelled, "ccf", "x") == get_filesystem().get_path("ccf/x")
    assert get_filesystem().base_uri == f"file://{Path.cwd()}/data"


def test_a_storage_may_be_chosen(storage: NoizFileSystem, tmp_path: Path) -> None:
    """storage= chooses where a relative path lies."""
    other = NoizFileSystem(tmp_path / "other")
    assert assembly_filepath("ccf", "x", storage=other) == other.get_path("ccf/x")
    assert assembly_filepath("", "ccf", "x", storage=other) == other.get_path("ccf/x")
    assert increment_filename_counter("x.0", storage=other) == other.get_path("x.0")


@pytest.mark.parametrize("ensure", [ensure_parent_directory, parent_directory_exists_or_create])
def test_parents_exist_afterwards(storage: NoizFileSystem, tmp_path: Path, ensure: Any) -> None:
    """The directory of a file is made on a disk; elsewhere there is nothing to make; both say True, twice."""
    for path in ("a/b/file", storage.get_path("file"), str(storage.get_path("c/file"))):
        assert ensure(path) is True
        assert ensure(path) is True
    assert storage.find() == []
    assert (tmp_path / "base" / "a" / "b").is_dir() is (storage.protocol == "file")


def test_parents_of_plain_files_exist_afterwards(storage: NoizFileSystem, tmp_path: Path) -> None:
    """A pathlib path outside every storage gets its directory where it lies."""
    assert ensure_parent_directory(tmp_path / "home" / "plots" / "a.png") is True
    assert (tmp_path / "home" / "plots").is_dir()


def test_directories_exist_afterwards(storage: NoizFileSystem, tmp_path: Path) -> None:
    """A directory, the base too, is made on a disk."""
    assert directory_exists_or_create("a/b") is True
    assert directory_exists_or_create(dirpath=storage.base_uri) is True
    assert directory_exists_or_create("") is True
    assert (tmp_path / "base" / "a" / "b").is_dir() is (storage.protocol == "file")


def test_a_file_exists_once_it_is_written(storage: NoizFileSystem) -> None:
    """file_exists is True for an object, and False for nothing and for a prefix."""
    assert file_exists("a/b") is False
    io.write_text("a/b", "")
    assert file_exists("a/b") is True
    assert file_exists(str(storage.get_path("a/b"))) is True
    assert file_exists("a") is False


@pytest.mark.parametrize(
    ("name", "extension", "expected"),
    [
        (NAME, False, "TD.TD05.Z.2019.274.0100.{}"),
        (NAME + ".npz", True, "TD.TD05.Z.2019.274.0100.{}.npz"),
        ("inventory_TD.TD05.Z.xml.0", False, "inventory_TD.TD05.Z.xml.{}"),
        (NAME, None, "TD.TD05.Z.2019.274.0100.{}"),
        (NAME + ".npy", None, "TD.TD05.Z.2019.274.0100.{}.npy"),
    ],
)
@pytest.mark.parametrize("taken", [0, 1, 21])
def test_the_counter_counts_to_the_first_free_name(
    storage: NoizFileSystem, name: str, extension: bool | None, expected: str, taken: int
) -> None:
    """Both counter positions count past all names that are taken, with one listing; the time is left alone."""
    for number in range(taken):
        io.write_text("d/" + expected.format(number), "")
    storage.meter.clear()
    path = increment_filename_counter(filepath=storage.get_path(f"d/{name}"), extension=extension)
    assert path == storage.get_path("d/" + expected.format(taken))
    assert isinstance(path, StoragePath)
    assert storage.meter.requests == {"list": 1}


def test_the_first_free_name_may_be_a_gap(storage: NoizFileSystem) -> None:
    """A free counter between taken ones is found, but none below the one given."""
    for number in (1, 2, 4):
        io.write_text(f"x.{number}", "")
    assert increment_filename_counter("x.0", extension=False).name == "x.0"
    assert increment_filename_counter("x.1", extension=False).name == "x.3"


def test_a_directory_takes_a_name(storage: NoizFileSystem) -> None:
    """A directory with files counts as taken."""
    io.write_text("x.0/file", "")
    assert increment_filename_counter("x.0", False).name == "x.1"


@pytest.mark.parametrize(
    ("name", "extension"),
    [(NAME, True), (NAME + ".npz", False), ("noext", True), ("noext", False), ("x.007", False), ("x. 1 ", False)],
)
def test_a_name_without_a_counter_there_is_refused(storage: NoizFileSystem, name: str, extension: bool) -> None:
    """A wrong flag, and what int() takes for a number, raise ValueError; HHMM is never counted up."""
    io.write_text(name, "")
    with pytest.raises(ValueError, match="has no counter"):
        increment_filename_counter(name, extension)


@pytest.mark.parametrize("counter", [0, 1, 10])
def test_an_inventory_is_named(counter: int) -> None:
    """The counter of an inventory stands behind its extension."""
    name = _assembly_stationxml_filename(Coded("TD"), Coded("TD05"), "Z", counter)
    assert name == f"inventory_TD.TD05.Z.xml.{counter}"


def test_an_inventory_gets_the_first_free_path(storage: NoizFileSystem) -> None:
    """The path of an inventory counts past those that exist."""
    directory = storage.get_path("inventory")
    for number in range(2):
        path = _assembly_single_component_invenontory_path(Coded("TD"), Coded("TD05"), "Z", directory)
        assert path == directory / f"inventory_TD.TD05.Z.xml.{number}"
        io.write_text(path, "")


@pytest.fixture
def old(recwarn: pytest.WarningsRecorder) -> Any:
    """The module with Noiz's old names; its warnings are not errors here."""
    return legacy_path_helpers


@pytest.fixture
def disk(settings: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A directory that is PROCESSED_DATA_DIR."""
    settings.setenv("PROCESSED_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_old_names_give_local_paths(disk: Path, old: Any) -> None:
    """On a disk the old helpers do what they did: Path in, Path out."""
    name = old.assembly_preprocessing_filename(Component(), TIMESPAN)
    path = old.assembly_filepath(disk, "datachunk", old.assembly_sds_like_dir(Component(), TIMESPAN).joinpath(name))
    assert (path, type(path)) == (disk / "datachunk/2019/TD/TD05/Z" / NAME, type(Path()))
    assert old.parent_directory_exists_or_create(path) is True
    path.write_bytes(b"written by Noiz itself")
    assert old.increment_filename_counter(filepath=path, extension=False) == path.with_name(NAME[:-1] + "1")


def test_old_names_make_directories(disk: Path, old: Any) -> None:
    """On a disk the old helpers make directories, also those that Noiz puts together itself."""
    directory = disk / "psd" / "3"
    assert old.directory_exists_or_create(dirpath=directory) is True
    assert directory.is_dir()
    inventory = old._assembly_single_component_invenontory_path(Coded("A"), Coded("B"), "Z", disk / "inventory")
    assert inventory == disk / "inventory" / old._assembly_stationxml_filename(Coded("A"), Coded("B"), "Z")


def test_old_names_take_relative_paths(settings: pytest.MonkeyPatch, old: Any) -> None:
    """With a relative PROCESSED_DATA_DIR relative paths are those of the working directory."""
    settings.setenv("PROCESSED_DATA_DIR", "data/")
    directory = Path("data") / "psd"
    assert old.directory_exists_or_create(directory) is True
    assert directory.is_dir()
    assert old.increment_filename_counter(directory / "x.0.npz", True) == Path.cwd() / "data/psd/x.0.npz"


def test_old_names_give_storage_paths_elsewhere(settings: pytest.MonkeyPatch, tmp_path: Path, old: Any) -> None:
    """On another storage the old helpers give StoragePath, for paths below the former directory too."""
    settings.setenv("STORAGE_URI", "memory://elsewhere")
    settings.setenv("PROCESSED_DATA_DIR", str(tmp_path))
    path = old.assembly_filepath(tmp_path, "ccf", "x.0.npy")
    assert (path, type(path)) == ("memory://elsewhere/ccf/x.0.npy", StoragePath)
    assert old.increment_filename_counter(tmp_path / "ccf" / "x.0.npy", True) == path
    assert old.directory_exists_or_create(tmp_path / "ccf") is True
    assert os.listdir(tmp_path) == ["work"]


def test_old_names_warn_once_a_call_site(disk: Path) -> None:
    """Each line that calls an old helper is named by one DeprecationWarning, however often it runs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            legacy_path_helpers.directory_exists_or_create(disk)
        legacy_path_helpers.directory_exists_or_create(disk)
    assert [(each.category, each.filename) for each in caught] == [(DeprecationWarning, __file__)] * 2
