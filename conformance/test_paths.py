"""Path helpers: Noiz's eight and the four of its storage design give the same names on every backend."""

from __future__ import annotations

import os
import pathlib
import warnings
from datetime import datetime, timezone
from types import SimpleNamespace as Record
from typing import Any

import pytest

from conformance.behaviour import needs, source
from conformance.costs import Costs
from fixtures.endpoint import LIST, WRITE

Z = Record(network="TD", station="TD05", component="Z")
NETWORK, STATION = Record(code="TD"), Record(code="TD05")
CHUNK = "TD.TD05.Z.2019.274.0100"
NOON = "TD.TD05.Z.2019.274.1200"
INVENTORY = "inventory_TD.TD05.Z.xml"
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
