"""Path helpers: Noiz's eight and the four of its storage design give the same names on every backend."""

from __future__ import annotations

import os
import pathlib
import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from types import SimpleNamespace as Record
from typing import Any

import obspy
import pandas
import pytest

from conformance.behaviour import embedded_backends, needs, only, source
from conformance.costs import Costs
from fixtures.endpoint import LIST, WRITE

Z = Record(network="TD", station="TD05", component="Z")
NETWORK, STATION = Record(code="TD"), Record(code="TD05")
CHUNK = "TD.TD05.Z.2019.274.0100"
NOON = "TD.TD05.Z.2019.274.1200"
INVENTORY = "inventory_TD.TD05.Z.xml"
EMBEDDED = embedded_backends()
COUNTERS = (
    pytest.param([], f"{CHUNK}.0", False, f"{CHUNK}.0", id="free"),
    pytest.param([f"{CHUNK}.0", f"{CHUNK}.1"], f"{CHUNK}.0", False, f"{CHUNK}.2", id="last"),
    pytest.param([f"{CHUNK}.0.npz"], f"{CHUNK}.0.npz", True, f"{CHUNK}.1.npz", id="before-extension"),
    pytest.param([f"{INVENTORY}.0"], f"{INVENTORY}.0", False, f"{INVENTORY}.1", id="behind-extension"),
    pytest.param([f"{CHUNK}.{n}" for n in range(11)], f"{CHUNK}.0", None, f"{CHUNK}.11", id="eleven"),
    pytest.param([f"{CHUNK}.0", f"{CHUNK}.2"], f"{CHUNK}.0", None, f"{CHUNK}.1", id="gap"),
    pytest.param([f"{CHUNK}.0", f"{CHUNK}.5"], f"{CHUNK}.5", None, f"{CHUNK}.6", id="from-its-own-on"),
    pytest.param([f"{CHUNK}.0.npz", f"{CHUNK}.00"], f"{CHUNK}.0", None, f"{CHUNK}.0", id="other-series"),
    pytest.param(
        ["psd.2019.274.0100.0.01h02m03s.png"],
        "psd.2019.274.0100.0.01h02m03s.png",
        None,
        "psd.2019.274.0100.1.01h02m03s.png",
        id="before-the-second",
    ),
    pytest.param([f"x.{n}" for n in (*range(9), 10, 11)], "x.0", None, "x.9", marks=EMBEDDED, id="gap-at-nine"),
    pytest.param([f"x.{n}" for n in range(9, 101)], "x.9", False, "x.101", marks=EMBEDDED, id="hundred"),
    pytest.param(["x.1", "x.2", "x.12", "x.13"], "x.12", False, "x.14", marks=EMBEDDED, id="from-twelve"),
    pytest.param(["x.1", "x.2"], "x.0", False, "x.0", marks=EMBEDDED, id="first-deleted"),
    pytest.param(["x.0", "x.10", "x.100"], "x.0", None, "x.1", marks=EMBEDDED, id="digits-alike"),
    pytest.param(["x.99.npz"], "x.99.npz", True, "x.100.npz", marks=EMBEDDED, id="before-extension"),
    pytest.param(["x.0.NPZ"], "x.0.NPZ", True, "x.1.NPZ", marks=EMBEDDED, id="capitals"),
    pytest.param(["x.0.npz"], "x.0.NPZ", True, "x.0.NPZ", marks=EMBEDDED, id="other-case"),
    pytest.param([".x.0", "x.1"], ".x.0", False, ".x.1", marks=EMBEDDED, id="leading-dot"),
    pytest.param(["x.0/below", "x.1"], "x.0", False, "x.2", marks=EMBEDDED, id="directory"),
    pytest.param(["x.0.csv.gz", "x.1.csv"], "x.0.csv.gz", None, "x.1.csv.gz", marks=EMBEDDED, id="two-suffixes"),
    pytest.param(["5.0.npz"], "5.0.npz", None, "5.1.npz", marks=EMBEDDED, id="number-before"),
    pytest.param(
        ["TD.10.Z.2020.061.0905.7"],
        "TD.10.Z.2020.061.0905.7",
        None,
        "TD.10.Z.2020.061.0905.8",
        marks=EMBEDDED,
        id="station",
    ),
)


def _span(*time: int) -> Record:
    return Record(starttime=datetime(*time, tzinfo=timezone.utc))  # type: ignore[arg-type, misc]


@source("Noiz 0.7.1: P1, P2, P7")
@pytest.mark.parametrize(
    ("time", "directory", "name"),
    [
        ((2019, 10, 1, 1, 0), "2019/TD/TD05/Z", f"{CHUNK}.3"),
        ((2020, 1, 2, 0, 5, 59), "2020/TD/TD05/Z", "TD.TD05.Z.2020.002.0005.3"),
    ],
    ids=["october", "january"],
)
def test_names_of_noiz(subject: Any, time: tuple[int, ...], directory: str, name: str) -> None:
    """Datachunks are called NET.STA.C.YYYY.DDD.HHMM.N below YYYY/NET/STA/C, inventories inventory_NET.STA.C.xml.N."""
    helpers = subject.path_helpers
    assert helpers.assembly_preprocessing_filename(Z, _span(*time), 3) == name
    assert str(helpers.assembly_sds_like_dir(Z, _span(*time))) == directory
    assert helpers._assembly_stationxml_filename(NETWORK, STATION, "Z", 4) == f"{INVENTORY}.4"


@source("Noiz 0.7.1: P3, D16", "contract: Paths that helpers return")
@pytest.mark.parametrize("form", ["design", "empty", "base", "key", "legacy"])
def test_assembly_filepath(
    subject: Any, backend: Any, key: str, environment: Any, tmp_path: pathlib.Path, form: str
) -> None:
    """`assembly_filepath` takes Noiz's three parts and the design's two, and gives the URI below the base."""
    environment.change(PROCESSED_DATA_DIR=str(tmp_path))
    base = {"design": (), "empty": ("",), "base": (backend.base_uri(key),), "key": ("old",), "legacy": (tmp_path,)}
    directory = subject.path_helpers.assembly_sds_like_dir(Z, _span(2019, 10, 1))
    path = subject.path_helpers.assembly_filepath(*base[form], "datachunk", directory.joinpath(f"{CHUNK}.0"))
    above = {"key": "old/"}.get(form, "")
    assert str(path) == backend.base_uri(f"{key}/{above}datachunk/2019/TD/TD05/Z/{CHUNK}.0")


@source("Noiz 0.7.1: P2, P3", "contract: Addresses")
@pytest.mark.parametrize("part", ["/etc/passwd", "../outside", ""])
def test_no_part_leaves_the_base(subject: Any, part: str, refused: Any) -> None:
    """A part that is absolute, empty or climbs raises ValueError; it never discards the base."""
    with refused(ValueError):
        subject.path_helpers.assembly_filepath("", "datachunk", part)


@needs(WRITE)
@source("Noiz 0.7.1: P4, P5, S20")
@pytest.mark.parametrize(
    "helper", ["ensure_parent_directory", "parent_directory_exists_or_create", "directory_exists_or_create"]
)
def test_directories(fs: Any, subject: Any, witness: Any, helper: str) -> None:
    """The directory helpers say True, take text and paths, leave no object, and files can be written below."""
    ensure = getattr(subject.path_helpers, helper)
    assert (ensure(fs.get_path("day/274/file")), ensure("day/275/file"), witness.keys()) == (True, True, [])
    subject.io.write_text("day/274/file/below", "content")
    assert witness.keys() == ["day/274/file/below"]


@source("Noiz 0.7.1: P4", "contract: Paths that helpers return")
def test_file_exists(fs: Any, subject: Any, witness: Any, backend: Any, key: str) -> None:
    """`file_exists` answers for a key, a URI and a path of a storage, and no for a directory."""
    witness.put("day/file", b"content")
    names = ["day/file", backend.base_uri(f"{key}/day/file"), fs.get_path("day/file"), "day/nothing", "day"]
    assert [subject.path_helpers.file_exists(name) for name in names] == [True, True, True, False, False]


@needs(LIST)
@source("Noiz 0.7.1: P6, S16", "contract: Paths that helpers return")
@pytest.mark.parametrize(("taken", "name", "extension", "free"), COUNTERS)
def test_next_free_name(
    fs: Any, subject: Any, witness: Any, taken: list[str], name: str, extension: bool | None, free: str
) -> None:
    """`increment_filename_counter` finds the first free counter from the name's own on, in each place it can have."""
    for each in taken:
        witness.put(f"day/{each}", b"")
    path = subject.path_helpers.increment_filename_counter(fs.get_path(f"day/{name}"), extension)
    assert str(path).endswith(f"/day/{free}")
    assert witness.keys() == sorted(f"day/{each}" for each in taken)


@source("Noiz 0.7.1: P6, S16")
@pytest.mark.parametrize(
    ("name", "extension"),
    [(f"{CHUNK}.0", True), (f"{NOON}.0", True), (NOON, False), (NOON, None), ("noext", True), ("a.b", None)],
)
def test_time_is_no_counter(
    fs: Any, subject: Any, witness: Any, name: str, extension: bool | None, refused: Any
) -> None:
    """A name without a counter where it was looked for raises ValueError; the time HHMM is never counted up."""
    witness.put(name, b"")
    with refused(ValueError):
        subject.path_helpers.increment_filename_counter(fs.get_path(name), extension)


@needs(LIST)
@source("contract: Writing", "Noiz 0.7.1: P6")
def test_next_free_name_costs_one_list(fs: Any, subject: Any, witness: Any, costs: Costs) -> None:
    """Asking for the next free name costs one list, however many are taken, for the inventory helper too."""
    for number in range(20):
        witness.put(f"inventory/{INVENTORY}.{number}", b"")
    with costs(list=1):
        counted = subject.path_helpers.increment_filename_counter(fs.get_path(f"inventory/{INVENTORY}.0"), False)
    with costs(list=1):
        path = subject.path_helpers._assembly_single_component_invenontory_path(
            NETWORK, STATION, "Z", fs.get_path("inventory")
        )
    assert path == counted
    assert str(path).endswith(f"/inventory/{INVENTORY}.20")


@needs(WRITE)
@source("contract: Paths that helpers return")
def test_path_of_a_storage(fs: Any, subject: Any, witness: Any, backend: Any, key: str) -> None:
    """What the helpers return is a text, the URI, with the parts of a path, and every helper takes it."""
    path = subject.path_helpers.assembly_filepath("psd", "day/TD.TD05.Z.0.npz")
    subject.io.save_numpy(path, fft_mean=[1.0])
    assert (str(path), isinstance(path, str)) == (backend.base_uri(f"{key}/psd/day/TD.TD05.Z.0.npz"), True)
    assert (path.name, path.stem, path.suffix, path.parent.name) == (
        "TD.TD05.Z.0.npz",
        "TD.TD05.Z.0",
        ".npz",
        "day",
    )
    assert (path.exists(), (path.parent / "other").exists(), fs.exists(path)) == (True, False, True)
    assert (witness.keys(), hasattr(path, "__fspath__")) == (["psd/day/TD.TD05.Z.0.npz"], False)


@needs(WRITE, LIST)
@source("contract: Paths that helpers return", "Noiz 0.7.1: D15")
def test_old_names(subject: Any, backend: Any, witness: Any, key: str) -> None:
    """Noiz's old module gives pathlib paths on a disk and URIs elsewhere, and warns that it is old."""
    witness.put(f"datachunk/{CHUNK}.0", b"content")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = subject.legacy_path_helpers
        path = old.assembly_filepath(backend.base_uri(key), "datachunk", f"{CHUNK}.0")
        free = old.increment_filename_counter(path, False)
        made = old.parent_directory_exists_or_create(free)
    kinds = {type(path), type(free)}
    assert {issubclass(kind, os.PathLike) for kind in kinds} == {backend.scheme == "file"}
    assert (free.name, made, {each.category for each in caught}) == (f"{CHUNK}.1", True, {DeprecationWarning})


DAYS_OF_YEAR = {
    (2020, 2, 29, 0, 0): "2020.060.0000",
    (2020, 3, 1, 9, 5): "2020.061.0905",
    (2019, 3, 1, 12, 30, 59, 999999): "2019.060.1230",
    (2020, 12, 31, 23, 59, 59): "2020.366.2359",
    (2019, 12, 31, 0, 1): "2019.365.0001",
    (2021, 1, 1, 10, 10): "2021.001.1010",
    (2000, 12, 31, 20, 0): "2000.366.2000",
    (1900, 3, 1, 2, 3): "1900.060.0203",
}
"""Time → what a name says of it."""


@embedded_backends()
@source("Noiz 0.7.1: P1, P2")
@pytest.mark.parametrize("kind", [datetime, obspy.UTCDateTime, pandas.Timestamp], ids=["python", "obspy", "pandas"])
def test_days_after_february(subject: Any, kind: Any) -> None:
    """The day of the year counts 29 February in leap years alone; seconds are dropped, and a count may have digits."""
    helpers, spans = subject.path_helpers, {time: Record(starttime=kind(*time)) for time in DAYS_OF_YEAR}
    names = {time: helpers.assembly_preprocessing_filename(Z, span) for time, span in spans.items()}
    assert names == {time: f"TD.TD05.Z.{said}.0" for time, said in DAYS_OF_YEAR.items()}
    directories = {time: helpers.assembly_sds_like_dir(Z, span) for time, span in spans.items()}
    assert directories == {time: pathlib.PurePosixPath(f"{time[0]}/TD/TD05/Z") for time in DAYS_OF_YEAR}


CALLS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "name": (
        "assembly_preprocessing_filename",
        {"component": Z, "timespan": Record(starttime=datetime(2020, 3, 1, 9, 5, tzinfo=timezone.utc)), "count": 12},
        "TD.TD05.Z.2020.061.0905.12",
    ),
    "name-uncounted": (
        "assembly_preprocessing_filename",
        {"component": Z, "timespan": Record(starttime=datetime(2020, 12, 31, 9, 5, tzinfo=timezone.utc))},
        "TD.TD05.Z.2020.366.0905.0",
    ),
    "sds": (
        "assembly_sds_like_dir",
        {"component": Z, "timespan": Record(starttime=datetime(2020, 3, 1, tzinfo=timezone.utc))},
        pathlib.PurePosixPath("2020/TD/TD05/Z"),
    ),
    "inventory": (
        "_assembly_stationxml_filename",
        {"network": NETWORK, "station": STATION, "component": "N", "counter": 12},
        "inventory_TD.TD05.N.xml.12",
    ),
    "inventory-uncounted": (
        "_assembly_stationxml_filename",
        {"network": NETWORK, "station": STATION, "component": "N"},
        "inventory_TD.TD05.N.xml.0",
    ),
    "parent": ("parent_directory_exists_or_create", {"filepath": "{base}/new/parent/file"}, True),
    "directory": ("directory_exists_or_create", {"dirpath": "{base}/new/directory"}, True),
}
"""Calls of Noiz's helpers by the names of their parameters, and what each returns on every storage."""
PATHS: dict[str, tuple[str, dict[str, Any], str]] = {
    "filepath": (
        "assembly_filepath",
        {"processed_data_dir": "{base}/run", "processing_type": "ccf", "filepath": pathlib.Path("2020/x.0.npz")},
        "run/ccf/2020/x.0.npz",
    ),
    "counter": ("increment_filename_counter", {"filepath": "{base}/day/x.9", "extension": False}, "day/x.10"),
    "before-extension": (
        "increment_filename_counter",
        {"filepath": "{base}/day/x.9.npz", "extension": True},
        "day/x.11.npz",
    ),
    "number-as-extension": (
        "increment_filename_counter",
        {"filepath": "{base}/day/y.7.0", "extension": True},
        "day/y.8.0",
    ),
    "inventory-path": (
        "_assembly_single_component_invenontory_path",
        {"network": NETWORK, "station": STATION, "component": "N", "inventory_dir": "{base}/inventory"},
        "inventory/inventory_TD.TD05.N.xml.2",
    ),
}
"""Calls that return paths, and the keys of those."""
TAKEN = ["day/x.9", "day/x.9.npz", "day/x.10.npz", "day/y.7.0"] + [
    f"inventory/inventory_TD.TD05.{c}.xml.0" for c in "ENZ"
]
MODULES = pytest.mark.parametrize("module", ["path_helpers", "legacy_path_helpers"])


def _called(subject: Any, module: str, call: tuple[str, dict[str, Any], Any], base: str) -> tuple[Any, set[Any]]:
    """What a helper returns, and what it warns of."""
    name, arguments, _ = call
    given = {key: value.format(base=base) if isinstance(value, str) else value for key, value in arguments.items()}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return getattr(getattr(subject, module), name)(**given), {each.category for each in caught}


@MODULES
@embedded_backends()
@source("Noiz 0.7.1: P1, P2, P4, P5, P7, D15")
@pytest.mark.parametrize("call", CALLS)
def test_parameters_of_noizs_helpers(fs: Any, subject: Any, backend: Any, key: str, module: str, call: str) -> None:
    """Each helper takes each of its parameters by name, with Noiz's defaults, and the old names warn of themselves."""
    found, warned = _called(subject, module, CALLS[call], backend.base_uri(key))
    expected = CALLS[call][2]
    assert (found, type(found) is type(expected) or isinstance(found, pathlib.PurePath)) == (expected, True)
    assert warned == {"path_helpers": set(), "legacy_path_helpers": {DeprecationWarning}}[module]
    assert fs.find() == []


@MODULES
@embedded_backends()
@source("Noiz 0.7.1: P3, P6, P7, D15")
@pytest.mark.parametrize("call", PATHS)
def test_paths_of_noizs_helpers(subject: Any, witness: Any, backend: Any, key: str, module: str, call: str) -> None:
    """Each helper that returns a path takes each of its parameters by name; on a disk the old names give pathlib's."""
    for name in [*TAKEN, "inventory/inventory_TD.TD05.N.xml.1"]:
        witness.put(name, b"")
    found, warned = _called(subject, module, PATHS[call], backend.base_uri(key))
    is_local = module == "legacy_path_helpers" and backend.scheme == "file"
    assert (isinstance(found, pathlib.Path), isinstance(found, str)) == (is_local, not is_local)
    address = getattr(found, "as_uri", lambda: str(found))()
    assert address == backend.base_uri(f"{key}/{PATHS[call][2]}")
    assert warned == {"path_helpers": set(), "legacy_path_helpers": {DeprecationWarning}}[module]


@MODULES
@only("local")
@source("Noiz 0.7.1: P4, P5, S20")
@pytest.mark.parametrize("call", ["parent", "directory"])
def test_directories_are_made_on_a_disk(subject: Any, backend: Any, key: str, module: str, call: str) -> None:
    """On a disk the directory is there afterwards, the file is not, and a second call changes nothing."""
    for _ in range(2):
        _called(subject, module, CALLS[call], backend.base_uri(key))
    made = pathlib.Path(subject.uri.uri_to_local_path(backend.base_uri(f"{key}/new")))
    assert sorted(str(path.relative_to(made)) for path in made.rglob("*")) == [call]
    assert (made / call).is_dir()


@embedded_backends()
@source("Noiz 0.7.1: P4", "contract: Paths that helpers return")
@pytest.mark.parametrize("name", ["file", ".file", "FILE.NPZ", "day.0/.hidden.0.npz", "a b/éa"])
def test_file_exists_by_exactly_its_name(subject: Any, witness: Any, name: str) -> None:
    """`file_exists` knows names without a dot, with a leading one and with capitals, and none that is only like it."""
    witness.put(name, b"")
    exists = subject.path_helpers.file_exists
    alike = [name.swapcase(), name + ".0", name[:-1], name + "/below", "." + name]
    assert (exists(filepath=name), [exists(each) for each in alike]) == (True, [False] * 5)


@needs(LIST)
@embedded_backends()
@source("contract: Addresses", "Noiz 0.7.1: P3, P6")
def test_storage_of_a_path_may_be_chosen(fs: Any, subject: Any, witness: Any) -> None:
    """Each helper that takes a name takes the storage that it lies in, and answers for that storage."""
    witness.put("elsewhere/x.0", b"")
    witness.put(f"elsewhere/inventory/{INVENTORY}.0", b"")
    other, helpers = subject.filesystem.NoizFileSystem(str(fs.get_path("elsewhere"))), subject.path_helpers
    paths = [
        helpers.assembly_filepath("ccf", "x", storage=other),
        helpers.increment_filename_counter("x.0", False, storage=other),
        helpers._assembly_single_component_invenontory_path(NETWORK, STATION, "Z", "inventory", storage=other),
    ]
    assert paths == [other.get_path(each) for each in ("ccf/x", "x.1", f"inventory/{INVENTORY}.1")]
    assert (helpers.file_exists("x.0", storage=other), helpers.file_exists("x.0")) == (True, False)
    assert helpers.ensure_parent_directory("a/b", storage=other) is True
    other.close()


@pytest.fixture
def archive(environment: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A storage called `archive` on the disk, and a former directory that is the working directory."""
    former = tmp_path / "former"
    former.mkdir()
    monkeypatch.chdir(former)
    environment.change(STORAGE_ARCHIVE_URI=str(tmp_path / "archive"), PROCESSED_DATA_DIR=str(former))
    return tmp_path / "archive"


HELPERS: dict[str, tuple[Callable[[Any, Any, Any], Any], str | bool]] = {
    "assembly_filepath": (lambda helpers, name, of: helpers.assembly_filepath("ccf", name, storage=of), "ccf/day/x.0"),
    "assembly_filepath-below": (
        lambda helpers, name, of: helpers.assembly_filepath("run", "ccf", name, storage=of),
        "run/ccf/day/x.0",
    ),
    "increment_filename_counter": (
        lambda helpers, name, of: helpers.increment_filename_counter(name, storage=of),
        "day/x.1",
    ),
    "inventory": (
        lambda helpers, _, of: helpers._assembly_single_component_invenontory_path(
            NETWORK, STATION, "Z", "day", storage=of
        ),
        f"day/{INVENTORY}.1",
    ),
    "inventory-at-the-base": (
        lambda helpers, _, of: helpers._assembly_single_component_invenontory_path(
            NETWORK, STATION, "Z", "", storage=of
        ),
        f"{INVENTORY}.0",
    ),
    "file_exists": (lambda helpers, name, of: helpers.file_exists(name, storage=of), True),
}
"""Helpers that take a storage, and what each says of one that holds `day/x.0` and an inventory."""


@needs(LIST)
@embedded_backends()
@source("contract: Addresses", "Noiz 0.7.1: P3, P6")
@pytest.mark.parametrize("by", ["name", "instance"])
def test_storage_may_be_named(fs: Any, subject: Any, witness: Any, archive: pathlib.Path, by: str) -> None:
    """Each helper goes where `storage=` says, given by its name or itself, and to the default storage without it."""
    for name in ("x.0", f"{INVENTORY}.0"):
        subject.io.write_text(f"day/{name}", "", storage="archive")
    storage = {"name": "archive", "instance": subject.get_filesystem("archive")}[by]
    found = {name: call(subject.path_helpers, "day/x.0", storage) for name, (call, _) in HELPERS.items()}
    below = subject.get_filesystem("archive").get_path()
    assert found == {name: below / said if isinstance(said, str) else said for name, (_, said) in HELPERS.items()}
    here = {name: call(subject.path_helpers, "day/x.0", None) for name, (call, _) in HELPERS.items()}
    free = {"increment_filename_counter": "day/x.0", "inventory": f"day/{INVENTORY}.0", "file_exists": False}
    expected = {name: free.get(name, said) for name, (_, said) in HELPERS.items()}
    assert here == {name: fs.get_path(said) if isinstance(said, str) else said for name, said in expected.items()}
    assert (witness.keys(), archive.is_dir()) == ([], True)


@embedded_backends()
@source("contract: Addresses", "Noiz 0.7.1: P4, P5, S20")
@pytest.mark.parametrize("by", ["name", "instance"])
@pytest.mark.parametrize(
    ("helper", "name", "made"),
    [
        ("ensure_parent_directory", "new/parent/file", "new/parent"),
        ("parent_directory_exists_or_create", "new/parent/file", "new/parent"),
        ("directory_exists_or_create", "new/directory", "new/directory"),
        ("directory_exists_or_create", "", "."),
    ],
    ids=["ensure", "parent", "directory", "base"],
)
def test_directories_are_made_in_the_storage_that_is_named(
    subject: Any, archive: pathlib.Path, by: str, helper: str, name: str, made: str
) -> None:
    """The directory helpers make the directory in the storage that `storage=` says, and nothing else."""
    storage = {"name": "archive", "instance": subject.get_filesystem("archive")}[by]
    assert getattr(subject.path_helpers, helper)(name, storage=storage) is True
    assert [path for path in [archive, *archive.rglob("*")] if path.is_file()] == []
    assert sorted(str(path.relative_to(archive)) for path in archive.rglob("*")) == sorted(
        {str(each) for each in [pathlib.PurePath(made), *pathlib.PurePath(made).parents]} - {"."}
    )
    assert archive.is_dir()


DIRECTORIES: dict[str, str] = {
    "": "",
    ".": "",
    "./": "",
    ".//": "",
    "day": "day/",
    "day/": "day/",
    "day//": "day/",
    "X/": "X/",
    "XX": "XX/",
    "day /": "day /",
    " day": " day/",
    "a/b/": "a/b/",
    "{base}": "",
    "{base}/": "",
    "{base}/day": "day/",
    "{base}/day/": "day/",
    "{former}": "",
    "{former}/": "",
    "{former}/day/": "day/",
}
"""How a directory may be written, and the part of a key that it means."""


@needs(LIST)
@embedded_backends()
@source("contract: Addresses", "Noiz 0.7.1: P3, P7")
def test_ways_to_write_a_directory(fs: Any, subject: Any, backend: Any, key: str, archive: pathlib.Path) -> None:
    """A directory may end with slashes; empty and `.` are the base, and its former place means the present one."""
    del archive
    helpers, former = subject.path_helpers, str(pathlib.Path.cwd())
    written = {name: name.format(base=backend.base_uri(key), former=former) for name in DIRECTORIES}
    paths = {name: str(helpers.assembly_filepath(text, "ccf", "x")) for name, text in written.items()}
    assert paths == {name: str(fs.get_path(f"{meant}ccf/x")) for name, meant in DIRECTORIES.items()}
    inventories = {
        name: str(helpers._assembly_single_component_invenontory_path(NETWORK, STATION, "Z", text))
        for name, text in written.items()
    }
    assert inventories == {name: str(fs.get_path(f"{meant}{INVENTORY}.0")) for name, meant in DIRECTORIES.items()}


@embedded_backends()
@source("contract: Addresses", "Noiz 0.7.1: P3")
def test_former_directory_as_it_was_set(subject: Any, environment: Any, archive: pathlib.Path) -> None:
    """PROCESSED_DATA_DIR as it was set, relative too, is the base of the default storage, and of one that is named."""
    helpers, former = subject.path_helpers, pathlib.Path.cwd()
    fs, other = subject.get_filesystem(), subject.get_filesystem("archive")
    spelled = ["../former", ".", "", str(former), f"{former}/", "../former/"]
    found = [helpers.assembly_filepath(each, "ccf", "x") for each in spelled]
    assert found == [fs.get_path("ccf/x")] * len(spelled)
    absolute = ["", ".", str(former)]
    of_other = [helpers.assembly_filepath(each, "ccf", "x", storage=other) for each in absolute]
    assert of_other == [other.get_path("ccf/x")] * len(absolute)
    environment.change(STORAGE_URI=None, PROCESSED_DATA_DIR="../former")
    alone = [helpers.assembly_filepath(each, "ccf", "x") for each in spelled]
    assert {str(each) for each in alone} == {(former / "ccf" / "x").as_uri()}
    assert not archive.exists()


@embedded_backends()
@source("contract: Refusing", "Noiz 0.7.1: P3")
def test_directory_without_a_storage(subject: Any, environment: Any, tmp_path: pathlib.Path, refused: Any) -> None:
    """With no storage set a relative directory raises ValueError that says what to set; an absolute one is a disk's."""
    environment.change(STORAGE_URI=None, PROCESSED_DATA_DIR=None)
    helpers = subject.path_helpers
    assert str(helpers.assembly_filepath(str(tmp_path), "ccf", "x")) == (tmp_path / "ccf" / "x").as_uri()
    assert str(helpers.assembly_filepath("/", "ccf", "x")) == "file:///ccf/x"
    for directory in ("data", "", "."):
        with refused(ValueError, match="STORAGE_URI"):
            helpers.assembly_filepath(directory, "ccf", "x")


@embedded_backends()
@source("contract: Addresses")
def test_path_of_another_storage_is_refused(fs: Any, subject: Any, archive: pathlib.Path, refused: Any) -> None:
    """A path that lies in one storage raises ValueError beside `storage=` of another, in every helper."""
    other, helpers = subject.get_filesystem("archive"), subject.path_helpers
    calls: list[Callable[[Any], object]] = [
        lambda path: helpers.directory_exists_or_create(path, storage=other),
        lambda path: helpers.ensure_parent_directory(path / "x", storage=other),
        lambda path: helpers.assembly_filepath(path, "ccf", "x", storage=other),
        lambda path: helpers.increment_filename_counter(path / "x.0", storage=other),
        lambda path: helpers.file_exists(path, storage=other),
        lambda path: helpers._assembly_single_component_invenontory_path(NETWORK, STATION, "Z", path, storage=other),
    ]
    for call in calls:
        with refused(ValueError, match="does not lie below"):
            call(fs.get_path("day"))
    assert not archive.exists()


NO_CODES: dict[str, tuple[Any, type[Exception]]] = {
    "slash": ("a/b", ValueError),
    "first-slash": ("/a", ValueError),
    "last-slash": ("a/", ValueError),
    "empty": ("", ValueError),
    "up": ("..", ValueError),
    "here": (".", ValueError),
    "backslash": ("a\\b", ValueError),
    "end-of-line": ("a\n", ValueError),
    "none": (None, TypeError),
    "number": (5, TypeError),
    "bytes": (b"TD", TypeError),
}
"""What is no code of a network, a station or a component."""
CODED: dict[str, Callable[[Any, Any], object]] = {
    "name": lambda helpers, component: helpers.assembly_preprocessing_filename(component, _span(2019, 10, 1)),
    "directory": lambda helpers, component: helpers.assembly_sds_like_dir(component, _span(2019, 10, 1)),
    "inventory": lambda helpers, component: helpers._assembly_stationxml_filename(
        Record(code=component.network), Record(code=component.station), component.component
    ),
    "inventory-path": lambda helpers, component: helpers._assembly_single_component_invenontory_path(
        Record(code=component.network), Record(code=component.station), component.component, "day"
    ),
}


def _refusal(call: Callable[[], object]) -> tuple[type | None, object]:
    """The built-in class of what a call raises, and what it names."""
    try:
        call()
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        return kind, getattr(error, "filename", None)
    return None, None


@embedded_backends()
@source("contract: Names", "Noiz 0.7.1: P1, P2, P7")
@pytest.mark.parametrize("name", CODED)
def test_codes_that_would_leave_their_directory(subject: Any, costs: Any, unchanged: Any, name: str) -> None:
    """A code that is empty, climbs or holds a slash raises ValueError that names it, and one of no text TypeError."""
    components = {
        (field, code): Record(**{**vars(Z), field: NO_CODES[code][0]})
        for field in ("network", "station", "component")
        for code in NO_CODES
    }
    with costs(), unchanged():
        found = {
            case: _refusal(partial(CODED[name], subject.path_helpers, component))
            for case, component in components.items()
        }
    named = {"end-of-line": "a\\n", **dict.fromkeys(("none", "number", "bytes"))}
    assert found == {case: (NO_CODES[case[1]][1], named.get(case[1], NO_CODES[case[1]][0])) for case in components}


@embedded_backends()
@source("Noiz 0.7.1: P3")
@pytest.mark.parametrize("parts", [(), ("ccf",), (None, "ccf"), (None, None, "x"), ("run", None, None)], ids=repr)
def test_too_few_parts(subject: Any, refused: Any, parts: tuple[str | None, ...]) -> None:
    """Fewer than two parts of a path raise TypeError that says which are needed."""
    with refused(TypeError, match="processing_type and filepath"):
        subject.path_helpers.assembly_filepath(*parts)
