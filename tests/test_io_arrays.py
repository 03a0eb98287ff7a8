"""NumPy arrays and cross-correlation functions."""

from __future__ import annotations

import io as memory
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from obspy.core import Stats

from noiz_storage import NoizFileSystem, io
from noiz_storage.errors import AlreadyExistsError, CorruptedError, UnsupportedError
from noiz_storage.io import exact

ARRAYS = {
    "floats": np.arange(12.0).reshape(3, 4),
    "times": np.array(["2019-10-01", "NaT"], dtype="datetime64[ns]"),
    "nothing": np.zeros((0, 5)),
    "scalar": np.array(7),
    "texts": np.array(["é", "longer"]),
    "big_endian": np.arange(3, dtype=">i2"),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "complex": np.array([1 + 2j]),
    "fields": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
}


@pytest.mark.parametrize("compressed", [True, False])
def test_npz_round_trips(storage: NoizFileSystem, compressed: bool) -> None:
    """An npz gives back every array with its type and shape, in order."""
    loaded = io.load_numpy(io.save_numpy("a.npz", ARRAYS, compressed=compressed))
    assert loaded.files == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)


@pytest.mark.parametrize("compressed", [True, False])
def test_numpy_reads_what_is_saved(storage: NoizFileSystem, compressed: bool) -> None:
    """numpy.load reads the object, so that Noiz without the layer does."""
    io.save_numpy("a.npz", ARRAYS, compressed=compressed)
    with np.load(memory.BytesIO(storage.read("a.npz"))) as loaded:
        np.testing.assert_array_equal(loaded["floats"], ARRAYS["floats"])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_saved_loads(storage: NoizFileSystem, save: Any) -> None:
    """load_numpy reads what Noiz 0.7.1 wrote."""
    with storage.open("a", "wb") as file:
        save(file, **ARRAYS)
    np.testing.assert_array_equal(io.load_numpy("a")["times"], ARRAYS["times"])


def test_compression_makes_it_smaller(storage: NoizFileSystem) -> None:
    """compressed=False stores the arrays as they are."""
    sizes = [storage.stat(io.save_numpy("a.npz", x=np.zeros(10000), compressed=how)).size for how in (True, False)]
    assert sizes[0] < 1000
    assert sizes[1] > 80000


def test_arrays_may_have_any_name(storage: NoizFileSystem) -> None:
    """Keywords such as file and path name arrays; the mapping takes the names of options too."""
    io.save_numpy("a.npz", {"storage": [1], "d/e": [2]}, file=[3], filepath=[4], path=[5], data=[6], arr=[7])
    loaded = io.load_numpy("a.npz")
    assert {name: int(loaded[name][0]) for name in loaded} == {
        "storage": 1, "d/e": 2, "file": 3, "filepath": 4, "path": 5, "data": 6, "arr": 7,
    }  # fmt: skip


def test_an_npz_is_a_mapping(storage: NoizFileSystem) -> None:
    """What an npz loads as has NumPy's surface: files, in, iteration, len, close and with; it needs no open file."""
    with io.load_numpy(io.save_numpy("a.npz", x=[1], y=[2])) as loaded:
        assert (list(loaded), len(loaded), "x" in loaded, "z" in loaded) == (["x", "y"], 2, True, False)
    loaded.close()
    assert loaded["y"].tolist() == [2]
    assert dict(pickle.loads(pickle.dumps(loaded)))["x"].tolist() == [1]
    with pytest.raises(KeyError):
        loaded["z"]


def test_npy_round_trips(storage: NoizFileSystem) -> None:
    """An npy gives back the array itself, and NumPy reads it."""
    path = io.save_numpy("ccf.0.npy", ARRAYS["floats"])
    np.testing.assert_array_equal(io.load_numpy(path), ARRAYS["floats"])
    np.testing.assert_array_equal(np.load(memory.BytesIO(storage.read(path))), ARRAYS["floats"])


def test_the_content_tells_the_format(storage: NoizFileSystem) -> None:
    """A name without a suffix is an npz of exactly this name, and loads as one."""
    path = io.save_numpy("raw_ccfs", x=[1])
    assert storage.find() == ["raw_ccfs"]
    assert io.load_numpy(path)["x"].tolist() == [1]


@pytest.mark.parametrize("name", ["a.npz.gz", "a.npy.xz", "a.npy.bz2"])
def test_arrays_may_be_compressed_by_suffix(storage: NoizFileSystem, name: str) -> None:
    """A compression behind .npz or .npy applies, and the suffix before it tells the format."""
    data: Any = {"x": np.arange(9)} if "npz" in name else np.arange(9)
    loaded = io.load_numpy(io.save_numpy(name, data))
    assert (loaded["x"] if "npz" in name else loaded).tolist() == list(range(9))


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_objects_are_refused_on_writing(storage: NoizFileSystem, name: str) -> None:
    """An array of Python objects raises before anything is sent, and names the option."""
    objects = np.array([{}, None], dtype=object)
    storage.meter.clear()
    with pytest.raises(UnsupportedError, match="allow_pickle=True"):
        io.save_numpy(name, objects if name.endswith("npy") else {"fine": [1], "x": objects})
    assert not storage.meter.requests


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_objects_are_refused_on_reading(storage: NoizFileSystem, name: str) -> None:
    """Stored Python objects raise unless they are asked for."""
    objects = np.array([{"a": 1}], dtype=object)
    io.save_numpy(name, objects if name.endswith("npy") else {"x": objects}, allow_pickle=True)
    with pytest.raises(UnsupportedError, match="allow_pickle=True"):
        io.load_numpy(name)
    loaded = io.load_numpy(name, allow_pickle=True)
    assert (loaded if name.endswith("npy") else loaded["x"])[0] == {"a": 1}


@pytest.mark.parametrize(
    ("name", "data", "arrays"),
    [
        ("a.npz", None, {}),
        ("a.npz", [1], {}),
        ("a.npz", {"x": [1]}, {"x": [1]}),
        ("a.npz", {1: [1]}, {}),
        ("a.npz", {"a\0b": [1]}, {}),
        ("a.npy", None, {"x": [1]}),
        ("a.npy", [1], {"x": [1]}),
        ("a.npy", {"x": [1]}, {}),
        ("a.npy", np.ma.masked_equal([1, 2], 2), {}),
    ],
)
def test_what_a_format_cannot_hold_is_refused(storage: NoizFileSystem, name: str, data: Any, arrays: Any) -> None:
    """Several arrays for an npy, none at all, a name twice, masked values: a ValueError before anything is sent."""
    storage.meter.clear()
    with pytest.raises(ValueError, match=r"array|given twice|masked"):
        io.save_numpy(name, data, **arrays)
    assert not storage.meter.requests


def test_an_array_that_fails_publishes_nothing(storage: NoizFileSystem) -> None:
    """When the second array cannot be pickled, no object appears."""
    with pytest.raises((AttributeError, pickle.PicklingError, TypeError)):
        io.save_numpy("a.npz", x=[1], y=np.array([lambda: 0], dtype=object), allow_pickle=True)
    assert storage.find() == []


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_truncated_arrays_are_corrupted(storage: NoizFileSystem, name: str, keep: int) -> None:
    """An npz or npy that lacks its end raises CorruptedError with a cause."""
    data: Any = np.arange(999.0)
    body = storage.read(io.save_numpy(name, data if name.endswith("npy") else {"x": data}))
    with storage.open(name, "wb") as file:
        file.write(body[:keep])
    with pytest.raises(CorruptedError) as caught:
        io.load_numpy(name)
    assert caught.value.__cause__ is not None


def test_a_changed_byte_in_an_npz_is_noticed(storage: NoizFileSystem) -> None:
    """A byte that changed inside a stored array raises CorruptedError: the archive's checksum is checked."""
    body = bytearray(storage.read(io.save_numpy("a.npz", x=np.zeros(999), compressed=False)))
    body[4000] ^= 1
    with storage.open("a.npz", "wb") as file:
        file.write(body)
    with pytest.raises(CorruptedError):
        io.load_numpy("a.npz")


def test_a_large_npz_round_trips(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Arrays over the block size go through temporary files."""
    settings.setenv("STORAGE_URI", str(tmp_path))
    settings.setenv("STORAGE_BLOCK_SIZE", str(5 * 1024**2))
    data = np.random.default_rng(3).random((1024, 1024))
    np.testing.assert_array_equal(io.load_numpy(io.save_numpy("a.npz", x=data))["x"], data)


FRAME = pd.DataFrame(
    np.arange(6.0).reshape(2, 3), index=pd.to_datetime(["2019-10-01 00:00", "2019-10-01 00:10"]), columns=[-0.5, 0, 0.5]
)


def test_ccfs_round_trip(storage: NoizFileSystem) -> None:
    """Index, columns, data and metadata come back; numbers of the metadata as text."""
    path = io.write_ccfs_to_npz(FRAME, "raw_ccfs_A-B.npz", False, ("pair", "id"), ("A-B", 3))
    frame, metadata = io.load_ccfs_from_npz(path)
    pd.testing.assert_frame_equal(frame, FRAME, check_index_type=False)
    assert metadata == {"pair": "A-B", "id": "3"}
    assert frame.index.to_numpy().dtype == "M8[ns]"


def test_ccfs_are_what_noiz_writes(storage: NoizFileSystem) -> None:
    """The npz has Noiz's five arrays, readable without pickle, for columns that are text too."""
    io.write_ccfs_to_npz(FRAME.set_axis(["a", "b", "c"], axis=1), "a.npz", metadata_keys=["k"], metadata_values=["v"])
    with np.load(memory.BytesIO(storage.read("a.npz"))) as loaded:
        assert loaded.files == ["index", "columns", "data", "metadata_keys", "metadata_values"]
        assert loaded["index"].dtype == "M8[ns]"
        assert loaded["columns"].tolist() == ["a", "b", "c"]
        assert loaded["metadata_values"].dtype.kind == "U"


def test_ccfs_do_not_overwrite_unless_asked(storage: NoizFileSystem) -> None:
    """A second write of the same name, without a suffix too, raises; with overwrite=True it replaces."""
    path = io.write_ccfs_to_npz(FRAME, "b")
    assert path.name == "b"
    with pytest.raises(AlreadyExistsError):
        io.write_ccfs_to_npz(FRAME, "b")
    assert io.write_ccfs_to_npz(df=FRAME * 2, filepath="b", overwrite=True) == path
    assert io.load_ccfs_from_npz(path)[0].to_numpy()[0, 1] == 2


def test_other_arrays_are_no_ccfs(storage: NoizFileSystem) -> None:
    """An npz without the five arrays, or an npy, raises CorruptedError."""
    for path in (io.save_numpy("a.npz", data=[1]), io.save_numpy("a.npy", [1])):
        with pytest.raises(CorruptedError):
            io.load_ccfs_from_npz(path)


def test_ccfs_need_a_value_for_each_key(storage: NoizFileSystem) -> None:
    """Keys and values of different number are refused."""
    with pytest.raises(ValueError, match="2 metadata keys, but 1 values"):
        io.write_ccfs_to_npz(FRAME, "a.npz", metadata_keys="ab", metadata_values="c")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([np.ma.masked_equal([1, 2], 2), np.ma.masked_equal([1, 2], 2)], "masked values"),
        ([[np.ma.masked_equal([1, 2], 2)]], "masked values"),
        (Stats(), "is a mapping"),
        ([Stats(), Stats()], "would change"),
        (["a", 1], "several types"),
    ],
)
def test_refusals_say_what_is_wrong(storage: NoizFileSystem, value: Any, words: str) -> None:
    """The message names the reason: masked elements of a list, a mapping, several types."""
    with pytest.raises(ValueError, match=words):
        io.save_numpy("a.npz", a=value)


@pytest.mark.parametrize("value", [[1.0, float("nan")], [1, 2], [True, False], [np.float32(1)], ["a", "b"], [1, 2.5]])
def test_elements_are_not_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch, value: list[Any]) -> None:
    """A long list is checked by its types, or compared as a whole."""
    monkeypatch.delattr(exact, "_is_equal")
    assert exact.array_of("a", value).tolist() == np.array(value).tolist() or value[-1] != value[-1]


def test_columns_of_one_type_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table whose columns have one type is not taken apart, which would be most of the time of a write."""
    monkeypatch.delattr(exact, "_same")
    assert exact.table("a", FRAME).dtype == "f8"


def test_a_large_npy_ends_with_its_array(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An npy over the block size is looked at to its end too."""
    settings.setenv("STORAGE_URI", str(tmp_path))
    settings.setenv("STORAGE_BLOCK_SIZE", str(5 * 1024**2))
    path = io.save_numpy("a.npy", np.zeros(1024**2))
    assert io.load_numpy(path).size == 1024**2
    with (tmp_path / "a.npy").open("ab") as file:
        file.write(b"x")
    with pytest.raises(CorruptedError):
        io.load_numpy(path)
