"""Saving helpers: each leaves a taken name alone when asked, and takes the next free one when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy
import obspy
import pandas
import pytest
from matplotlib.figure import Figure

from conformance.behaviour import embedded_backends, needs, source, without_server
from conformance.blocks import BLOCK, small_blocks
from conformance.helper_calls import by_name
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import EXCLUSIVE_CREATE, WRITE

pytestmark = needs(WRITE)

HELPERS: Final[dict[str, Callable[..., Any]]] = {
    "numpy": lambda io, path, **policy: io.save_numpy(path, x=[1], **policy),
    "stream": lambda io, path, **policy: io.write_stream(path, obspy.read(str(MINISEED[0].path)), **policy),
    "inventory": lambda io, path, **policy: io.write_inventory(
        path, obspy.read_inventory(str(STATIONXML[0].path)), **policy
    ),
    "figure": lambda io, path, **policy: io.save_figure(path, Figure(figsize=(1, 1)), **policy),
    "ccfs": lambda io, path, **policy: io.write_ccfs_to_npz(
        pandas.DataFrame([[1.0]], pandas.DatetimeIndex(["2020-02-29"]), [0.5]), path, **policy
    ),
    "data-frame": lambda io, path, **policy: io.save_dataframe(path, pandas.DataFrame({"x": [1]}), **policy),
    "toml": lambda io, path, **policy: io.save_toml(path, {"x": 1}, **policy),
    "text": lambda io, path, **policy: io.write_text(path, "x", **policy),
    "pickle": lambda io, path, **policy: io.save_pickle(path, 1, allow_pickle=True, **policy),
}
"""Every helper that saves, with something to save."""


@needs(EXCLUSIVE_CREATE)
@source("contract: Writing", "Noiz 0.7.1: W26")
@pytest.mark.parametrize("helper", HELPERS)
def test_taken_name_is_left_alone(fs: Any, subject: Any, witness: Any, helper: str, refused: Any) -> None:
    """A saving helper with overwrite=False refuses a name that is taken, and what is there stays."""
    witness.put("day/name.0.png", b"taken")
    with refused(FileExistsError):
        HELPERS[helper](subject.io, fs.get_path("day/name.0.png"), overwrite=False)
    assert (witness.keys(), witness.get("day/name.0.png")) == (["day/name.0.png"], b"taken")


@needs(EXCLUSIVE_CREATE)
@source("contract: Writing")
@pytest.mark.parametrize("helper", HELPERS)
def test_next_free_name_is_taken(fs: Any, subject: Any, witness: Any, helper: str) -> None:
    """A saving helper with next_free=True saves under the first free counter, and returns that path."""
    witness.put("day/name.0.png", b"taken")
    path = HELPERS[helper](subject.io, fs.get_path("day/name.0.png"), next_free=True)
    assert str(path).endswith("/day/name.1.png")
    assert (witness.keys(), witness.get("day/name.0.png")) == (["day/name.0.png", "day/name.1.png"], b"taken")


@embedded_backends()
@needs(EXCLUSIVE_CREATE)
@source("contract: Writing")
@pytest.mark.parametrize("helper", HELPERS)
def test_every_policy_saves_the_same(fs: Any, subject: Any, witness: Any, helper: str) -> None:
    """Over a longer object, under a free name, and under the next free one a helper saves the same; it says where."""
    save = HELPERS[helper]
    for name in ("over.0.png", "taken.9.png"):
        witness.put(f"day/{name}", b"older" * 10_000)
    paths = [
        save(subject.io, fs.get_path("day/over.0.png"), overwrite=True),
        save(subject.io, fs.get_path("day/free.0.png"), overwrite=False),
        save(subject.io, fs.get_path("day/free.7.png"), next_free=True),
        save(subject.io, fs.get_path("day/taken.9.png"), overwrite=True, next_free=True),
        save(subject.io, fs.get_path("day/taken.9.png"), overwrite=False, next_free=True),
    ]
    names = ["over.0.png", "free.0.png", "free.7.png", "taken.10.png", "taken.11.png"]
    assert paths == [fs.get_path(f"day/{name}") for name in names]
    assert witness.keys() == sorted(["day/taken.9.png", *(f"day/{name}" for name in names)])
    assert {witness.get(f"day/{name}") for name in names} == {witness.get("day/over.0.png")}
    assert (b"older" in witness.get("day/over.0.png"), witness.get("day/taken.9.png")) == (False, b"older" * 10_000)


OPTIONS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("numpy", {"compressed": False}),
    ("stream", {"reclen": 4096}),
    ("stream", {"format": "SAC"}),
    ("inventory", {"level": "network"}),
    ("inventory", {"format": "STATIONTXT"}),
    ("figure", {"facecolor": "red"}),
    ("figure", {"format": "jpg"}),
    ("ccfs", {"metadata_keys": ["a"], "metadata_values": ["b"]}),
    ("data-frame", {"sep": ";"}),
    ("data-frame", {"encoding": "utf-16"}),
    ("text", {"encoding": "utf-16"}),
    ("pickle", {"protocol": 0}),
]
"""Helpers with an option that changes what they save."""


@embedded_backends()
@needs(EXCLUSIVE_CREATE)
@source("contract: Writing", "contract: Formats")
@pytest.mark.parametrize(
    ("helper", "options"), OPTIONS, ids=lambda each: each if isinstance(each, str) else by_name(each)
)
def test_options_are_honoured_under_every_policy(
    fs: Any, subject: Any, witness: Any, helper: str, options: dict[str, Any]
) -> None:
    """With an option a helper saves the same under each policy, and something else than without."""
    save = HELPERS[helper]
    save(subject.io, fs.get_path("without.0.png"), overwrite=True)
    save(subject.io, fs.get_path("over.0.png"), overwrite=True, **options)
    save(subject.io, fs.get_path("free.0.png"), overwrite=False, **options)
    save(subject.io, fs.get_path("next.0.png"), next_free=True, **options)
    bodies = [witness.get(f"{name}.0.png") for name in ("over", "free", "next")]
    assert [body == bodies[0] for body in bodies] == [True] * 3
    assert bodies[0] != witness.get("without.0.png")


@embedded_backends()
@needs(EXCLUSIVE_CREATE)
@source("contract: Writing", "contract: Formats")
@pytest.mark.parametrize("policy", [{"next_free": True}, {"overwrite": False}], ids=by_name)
def test_objects_are_pickled_under_every_policy(fs: Any, subject: Any, policy: dict[str, bool], refused: Any) -> None:
    """Arrays of Python objects are saved with allow_pickle=True under each policy, and refused without."""
    path, objects = fs.get_path("a.0.npz"), numpy.array([{"x": 1}])
    with refused((ValueError, OSError), match="allow_pickle=True"):
        subject.io.save_numpy(path, a=objects, **policy)
    subject.io.save_numpy(path, a=objects, allow_pickle=True, **policy)
    assert subject.io.load_numpy(path, allow_pickle=True)["a"].tolist() == objects.tolist()


@embedded_backends()
@needs(EXCLUSIVE_CREATE)
@source("contract: Writing")
@pytest.mark.parametrize("helper", ["ccfs"])
def test_cross_correlations_are_not_overwritten_unasked(
    fs: Any, subject: Any, witness: Any, helper: str, refused: Any
) -> None:
    """The one helper that overwrites only when asked, as Noiz's own does, leaves a taken name alone unasked."""
    witness.put("day/name.0.npz", b"taken")
    with refused(FileExistsError):
        HELPERS[helper](subject.io, fs.get_path("day/name.0.npz"))


@embedded_backends()
@needs(EXCLUSIVE_CREATE)
@source("contract: Writing", "Noiz 0.7.1: P6")
def test_counters_go_on_after_deletions(fs: Any, subject: Any, witness: Any) -> None:
    """The next free counter grows by a digit where nine, and ninety-nine, are taken; a deletion frees its own."""

    def saved(name: str) -> str:
        return str(subject.io.write_text(fs.get_path(f"day/{name}"), name, next_free=True).name)

    names = [saved("a.0.txt") for _ in range(12)]
    witness.delete("day/a.9.txt")
    witness.delete("day/a.3.txt")
    names += [saved("a.0.txt"), saved("a.5.txt"), saved("a.0.txt"), saved("a.10.txt"), saved("a.98.txt")]
    witness.put("day/a.99.txt", b"")
    witness.put("day/a.100.txt/below", b"")
    witness.put("day/b.101.txt", b"")
    names += [saved("a.98.txt")]
    assert names == [f"a.{number}.txt" for number in [*range(12), 3, 9, 12, 13, 98, 101]]


def _traces(body: bytes, kind: str, *channels: str) -> obspy.Stream:
    """Traces of several channels that share these samples."""
    parts = numpy.frombuffer(body, kind).reshape(len(channels), -1)
    return obspy.Stream([obspy.Trace(part, {"channel": name}) for part, name in zip(parts, channels, strict=True)])


def _correlations(body: bytes) -> pandas.DataFrame:
    """Functions of two times."""
    times = pandas.DatetimeIndex(["2020-02-29", "2020-03-01"])
    return pandas.DataFrame(numpy.frombuffer(body).reshape(2, -1), times)


def _table(body: bytes) -> pandas.DataFrame:
    """Texts of one column."""
    return pandas.DataFrame({"x": [body[start : start + 99].hex() for start in range(0, len(body), 99)]})


def _same(*arrays: Any) -> bytes:
    return b"".join(array.tobytes() for array in arrays)


SAVES_LARGE: Final[dict[str, Callable[..., Any]]] = {
    "a.npy": lambda io, path, body: io.save_numpy(path, numpy.frombuffer(body)),
    "a.npz": lambda io, path, body: io.save_numpy(path, a=[1], b=numpy.frombuffer(body)),
    "a.npz.gz": lambda io, path, body: io.save_numpy(path, {"b": numpy.frombuffer(body)}, compressed=False),
    "ccfs.npz": lambda io, path, body: io.write_ccfs_to_npz(_correlations(body), path),
    "day.mseed": lambda io, path, body: io.write_stream(path, _traces(body, "f8", "HHN", "HHZ")),
    "event.sac": lambda io, path, body: io.write_stream(path, _traces(body, "i2", "HHZ"), "SAC"),
    "soh.csv": lambda io, path, body: io.save_dataframe(path, _table(body)),
    "a.txt": lambda io, path, body: io.write_text(path, body.decode("latin-1"), encoding="latin-1"),
    "a.pickle": lambda io, path, body: io.save_pickle(path, body, allow_pickle=True),
}
LOADS_LARGE: Final[dict[str, Callable[..., bytes]]] = {
    "a.npy": lambda io, path: _same(io.load_numpy(path)),
    "a.npz": lambda io, path: _same(io.load_numpy(path)["b"]),
    "a.npz.gz": lambda io, path: _same(io.load_numpy(path)["b"]),
    "ccfs.npz": lambda io, path: _same(io.load_ccfs_from_npz(path)[0].to_numpy()),
    "day.mseed": lambda io, path: _same(*(trace.data for trace in io.read_stream(path))),
    "event.sac": lambda io, path: _same(*(trace.data.astype("i2") for trace in io.read_stream(path))),
    "soh.csv": lambda io, path: bytes.fromhex("".join(io.load_dataframe(path, dtype=str)["x"])),
    "a.txt": lambda io, path: io.read_text(path, encoding="latin-1").encode("latin-1"),
    "a.pickle": lambda io, path: io.load_pickle(path, allow_pickle=True),
}
"""Calls that save these bytes as what the name says, and that load the same bytes of it."""


@without_server()
@small_blocks
@source("contract: Formats", "B16.270")
@pytest.mark.parametrize("name", SAVES_LARGE)
def test_content_above_the_block_size_comes_back(fs: Any, subject: Any, noise: Any, name: str) -> None:
    """Arrays, waveforms, tables and texts that are larger than a block come back bit by bit."""
    body = noise(BLOCK + 16)
    path = SAVES_LARGE[name](subject.io, fs.get_path(name), body)
    assert (fs.stat(path).size > BLOCK, LOADS_LARGE[name](subject.io, path) == body) == (True, True)


LOADERS: Final[dict[str, Callable[..., Any]]] = {
    "numpy": lambda io, path, **where: io.load_numpy(path, **where),
    "stream": lambda io, path, **where: io.read_stream(path, **where),
    "stream-window": lambda io, path, **where: io.read_stream(path, offset=0, **where),
    "inventory": lambda io, path, **where: io.read_inventory(path, **where),
    "ccfs": lambda io, path, **where: io.load_ccfs_from_npz(path, **where),
    "data-frame": lambda io, path, **where: io.load_dataframe(path, **where),
    "toml": lambda io, path, **where: io.load_toml(path, **where),
    "text": lambda io, path, **where: io.read_text(path, **where),
    "pickle": lambda io, path, **where: io.load_pickle(path, allow_pickle=True, **where),
}
"""Every helper that loads; what the saver of the same name saved."""


@pytest.fixture
def elsewhere(fs: Any, subject: Any) -> Iterator[Any]:
    """A second storage, below the default one."""
    other = subject.filesystem.NoizFileSystem(str(fs.get_path("elsewhere")))
    yield other
    other.close()


@embedded_backends()
@source("contract: Addresses")
@pytest.mark.parametrize("helper", HELPERS)
def test_storage_to_save_in_is_chosen(subject: Any, witness: Any, elsewhere: Any, helper: str) -> None:
    """Each helper saves in the storage that is named, under any policy, and returns a path of that storage."""
    path = HELPERS[helper](subject.io, "x.0.png", storage=elsewhere)
    free = HELPERS[helper](subject.io, "x.0.png", next_free=True, storage=elsewhere)
    assert [path, free] == [elsewhere.get_path("x.0.png"), elsewhere.get_path("x.1.png")]
    assert witness.keys() == ["elsewhere/x.0.png", "elsewhere/x.1.png"]


@embedded_backends()
@source("contract: Addresses")
@pytest.mark.parametrize("helper", LOADERS)
def test_storage_to_load_from_is_chosen(subject: Any, elsewhere: Any, helper: str, refused: Any) -> None:
    """Each helper loads from the storage that is named, and from the default one where none is."""
    HELPERS[helper.removesuffix("-window")](subject.io, "x.0", storage=elsewhere)
    assert LOADERS[helper](subject.io, "x.0", storage=elsewhere) is not None
    with refused(FileNotFoundError):
        LOADERS[helper](subject.io, "x.0")


def _changed(path: Path) -> bytes:
    found = path.read_bytes()
    path.write_bytes(b"changed")
    return found


LENT: Final[dict[str, tuple[Callable[[Path], Any], Any, bytes]]] = {
    "r": (lambda path: path.read_bytes(), b"content", b"content"),
    "r+": (_changed, b"content", b"changed"),
    "w": (lambda path: path.write_bytes(b"changed"), 7, b"changed"),
}
"""Modes, what a program does with the file that it is lent, what that comes to, and what is stored then."""


@embedded_backends()
@source("contract: Addresses")
@pytest.mark.parametrize("mode", LENT)
def test_storage_to_lend_from_is_chosen(subject: Any, witness: Any, elsewhere: Any, mode: str) -> None:
    """A local file is lent from the storage that is named, and published there, in every mode."""
    use, expected, stored = LENT[mode]
    witness.put("elsewhere/notes.txt", b"content")
    witness.put("notes.txt", b"of the default storage")
    with subject.io.local_path("notes.txt", mode, storage=elsewhere) as path:
        found = use(path)
    assert (found, witness.get("elsewhere/notes.txt")) == (expected, stored)
    assert witness.get("notes.txt") == b"of the default storage"
