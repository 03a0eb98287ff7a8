"""What the helpers take: ObsPy's formats one by one, bounds, and what is left to the machine."""

from __future__ import annotations

import contextlib
import errno
import functools
import io as memory
import pickle
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import obspy
import pandas as pd
import pytest

from conformance.samples import MINISEED, STATIONXML
from noiz_storage import NoizFileSystem, io
from noiz_storage.errors import CorruptedError, StorageError
from noiz_storage.io import compression, content, npz, tables, traces
from noiz_storage.io.formats import _entry, _formats, checks

WAVEFORMS = [kind for kind in _formats("waveform") if kind != "PICKLE"]
INVENTORIES = _formats("inventory")


class Bomb:
    """A value whose pickle, when it is read, makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def pickled(proof: Path) -> bytes:
    """A pickled stream that makes a file."""
    stream = obspy.Stream([obspy.Trace(np.arange(9, dtype="int32"))])
    stream[0].stats.extra = Bomb(proof)
    return pickle.dumps(stream, 2)


def put(storage: NoizFileSystem, name: str, body: bytes) -> None:
    """Store bytes as they are."""
    with storage.open(name, "wb") as file:
        file.write(body)


def tried(read: Any, kind: str) -> None:
    """Read; what is wrong with the content is for other tests."""
    try:
        read("a", kind)
    except (ValueError, StorageError):
        return


@pytest.mark.parametrize(
    ("read", "kind"),
    [(io.read_stream, each) for each in WAVEFORMS] + [(io.read_inventory, each) for each in INVENTORIES],
)
@pytest.mark.filterwarnings("ignore")
def test_no_format_runs_a_pickle(storage: NoizFileSystem, tmp_path: Path, read: Any, kind: str) -> None:
    """None of ObsPy's readers unpickles what it is given, with the format named."""
    proof = tmp_path / "obspy.core.stream"
    put(storage, "a", pickled(proof))
    tried(read, kind)
    assert not proof.exists()


def test_the_pickle_is_live(tmp_path: Path) -> None:
    """ObsPy itself, asked to recognise it, runs what the tests above give to the helpers."""
    proof = tmp_path / "obspy.core.stream"
    (tmp_path / "content").write_bytes(pickled(proof))
    obspy.read(str(tmp_path / "content"))
    assert proof.exists()


@pytest.mark.parametrize("use", ["waveform", "waveform_write", "inventory", "inventory_write"])
def test_every_format_can_be_asked_for_its_options(use: str) -> None:
    """Every reader and writer of this ObsPy has parameters that can be listed."""
    what = "writeFormat" if use.endswith("_write") else "readFormat"
    assert all(callable(_entry(use, kind, what)) for kind in _formats(use))


def test_pickles_are_not_among_the_checks() -> None:
    """Recognising never asks whether it is a pickle."""
    assert "PICKLE" not in checks("waveform")


def test_an_option_of_another_format_is_no_damage(storage: NoizFileSystem) -> None:
    """An option that the recognised format has not raises TypeError, for the content is sound."""
    put(storage, "a", MINISEED[0].read_bytes())
    with pytest.raises(TypeError, match="fsize"):
        io.read_stream("a", fsize=False)


@pytest.mark.parametrize("options", [{"custom_fmt": "%.1f"}, {}])
def test_fewer_digits_may_be_asked_for(storage: NoizFileSystem, options: dict[str, Any]) -> None:
    """Samples that the caller asked to have rounded are written so."""
    trace = obspy.Trace(np.array([0.123456789, 1.5]))
    found = io.read_stream(io.write_stream("a", trace, "SLIST", **options))
    assert found[0].data[0] == pytest.approx(0.1 if options else 0.123456789)


def test_wav_may_be_rescaled(storage: NoizFileSystem) -> None:
    """`rescale=True` asks for other samples."""
    trace = obspy.Trace(np.array([0.25, 0.5, 1.0]))
    assert io.read_stream(io.write_stream("a", trace, "WAV", rescale=True))[0].stats.npts == 3


@pytest.mark.parametrize("name", ["zip", "fid", "allow_pickle", "max_header_size", "pickle_kwargs"])
def test_what_an_npz_has_not_is_said(storage: NoizFileSystem, name: str) -> None:
    """`zip`, `fid` and the settings of NumPy's reader raise AttributeError, which says that no archive is open."""
    found = io.load_numpy(io.save_numpy("a.npz", x=[1]))
    with pytest.raises(AttributeError, match="no archive is open"):
        getattr(found, name)


def test_an_npz_may_name_its_arrays_as_it_likes(storage: NoizFileSystem) -> None:
    """Arrays called as what Python's objects have are attributes of `f` too."""
    found = io.load_numpy(io.save_numpy("a.npz", {"_arrays": [1], "__class__": [2], "keys": [3]}))
    assert (found.f._arrays.tolist(), found.f.keys.tolist(), found["__class__"].tolist()) == ([1], [3], [2])


@pytest.mark.parametrize("name", ["x" * 65_532, "a\0b", 5])
def test_a_name_that_no_archive_holds_is_refused(storage: NoizFileSystem, name: Any) -> None:
    """A name over 65,535 bytes, or with NUL, by keyword too."""
    storage.meter.clear()
    with pytest.raises(ValueError, match="cannot be the name"):
        io.save_numpy("a.npz", {name: [1]})
    assert not storage.meter.requests


def test_a_keyword_with_nul_is_refused(storage: NoizFileSystem) -> None:
    """Keywords are names too."""
    with pytest.raises(ValueError, match="cannot be the name"):
        io.save_numpy("a.npz", **{"a\0b": [1]})


def test_a_header_that_could_not_be_read_is_not_written(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records of more fields than can be read again are refused."""
    monkeypatch.setattr("noiz_storage.io.arrays.LONGEST_HEADER", 8192)
    with pytest.raises(ValueError, match="300 fields"):
        io.save_numpy("a.npy", np.zeros(1, dtype=[(f"channel_{number}", "f8") for number in range(300)]))


def test_the_longest_header_is_read(storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header over the bound is damage, one below it is read, and neither is called a pickle."""
    array = np.zeros(1, dtype=[(f"channel_{number}", "f8") for number in range(1000)])
    io.save_numpy("a.npy", array)
    assert io.load_numpy("a.npy").dtype == array.dtype
    monkeypatch.setattr(npz, "LONGEST_HEADER", 10_000)
    with pytest.raises(CorruptedError, match="is large"):
        io.load_numpy("a.npy")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_the_last(storage: NoizFileSystem) -> None:
    """Of two members with one name the last is read, as NumPy does."""
    body = memory.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for number in range(2):
            file = memory.BytesIO()
            np.save(file, np.array(number))
            archive.writestr("a.npy", file.getvalue())
    put(storage, "a.npz", body.getvalue())
    assert (io.load_numpy("a.npz").files, int(io.load_numpy("a.npz")["a"])) == (["a"], 1)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EMFILE])
def test_a_full_disk_is_no_damage(storage: NoizFileSystem, code: int) -> None:
    """What this machine lacks is not said of the content."""
    with pytest.raises(OSError, match="full") as caught, content.corrupted(storage.get_path("a"), "a waveform"):
        raise OSError(code, "full")
    assert not isinstance(caught.value, StorageError)


def test_little_that_becomes_much_goes_to_the_disk(
    settings: pytest.MonkeyPatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content that is larger than a block only when it is decompressed lies in a temporary file."""
    settings.setenv("STORAGE_URI", str(tmp_path))
    settings.setenv("STORAGE_BLOCK_SIZE", str(5 * 1024**2))
    path = io.write_text("a.xz", "0" * (6 * 1024**2))
    with content.fetched(path) as file:
        assert not isinstance(file, memory.BytesIO)
        assert len(file.read()) == 6 * 1024**2


def test_every_compression_of_pandas_is_told_apart() -> None:
    """Each suffix by which this pandas says that it compresses is one of the layer's, or refused."""
    told = set(re.findall(r"'(\.[a-z][a-z0-9.]+)'", str(pd.read_csv.__doc__)))
    assert {".zip"} <= told <= {*tables.OF_PANDAS, *compression._COMPRESSIONS}


def test_a_reader_of_parts_is_pandas_own(storage: NoizFileSystem) -> None:
    """What else pandas' reader has is there, and closing gives the content back."""
    io.save_dataframe("a.csv", pd.DataFrame({"x": range(5)}), index=False)
    parts = io.load_dataframe("a.csv", chunksize=2)
    assert (parts.chunksize, next(parts)["x"].tolist()) == (2, [0, 1])
    parts.close()
    assert parts._file.closed


def test_the_last_part_closes_the_content(storage: NoizFileSystem) -> None:
    """Behind the last part nothing is open."""
    io.save_dataframe("a.csv", pd.DataFrame({"x": range(5)}), index=False)
    parts = io.load_dataframe("a.csv", chunksize=2)
    assert [len(part) for part in parts] == [2, 2, 1]
    assert parts._file.closed


def test_a_reader_that_cannot_begin_leaves_nothing_open(storage: NoizFileSystem) -> None:
    """An empty object is no CSV in parts either."""
    put(storage, "a", b"")
    with pytest.raises(CorruptedError):
        io.load_dataframe("a", chunksize=2)


@pytest.mark.parametrize(
    ("version", "expected"), [("1.5.3", True), ("2.9", True), ("3.0.4", True), ("3.1.0", False), ("4.0.0rc1", False)]
)
def test_pandas_rounds_before_3_1(version: str, expected: bool) -> None:
    """Which versions have to be told not to round."""
    assert tables._is_before(SimpleNamespace(__version__=version), 3, 1) is expected


@pytest.mark.parametrize(
    ("blind", "unasked", "expected"), [(True, 1.5, [1.5]), (True, "b", ["a"]), (False, 1.5, ["a"])]
)
def test_numbers_that_are_taken_for_texts_are_read_again(blind: bool, unasked: Any, expected: list[Any]) -> None:
    """As pandas reads them unasked, where they are no texts then; versions from 1.4 on take none for texts."""

    def read(file: Any, **options: Any) -> pd.DataFrame:
        assert file.read() == b"content"
        value = "a" if options else unasked
        return pd.DataFrame({"x": pd.Series([value], dtype=float if value == 1.5 else object)})

    found = tables._exactly(functools.partial(read), memory.BytesIO(b"content"), blind=blind)
    assert found["x"].tolist() == expected


def test_a_pandas_that_rounds_is_told(storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is, unless the caller says otherwise, and never where its parser in Python would refuse to be told."""
    told: list[Any] = []

    def read(file: Any, **options: Any) -> Any:
        told.append(options.get("float_precision"))
        if options.get("engine") == "python" and told[-1]:
            file.read()
            raise ValueError("not supported with the 'python' engine")
        options.pop("float_precision", None)
        return read_csv(file, **options)

    read_csv = pd.read_csv
    monkeypatch.setattr(pd, "__version__", "3.0.4")
    monkeypatch.setattr(pd, "read_csv", functools.wraps(read_csv)(read))
    put(storage, "a", b"x\n0.1\n")
    for options in ({}, {"float_precision": "high"}, {"engine": "python"}):
        assert io.load_dataframe("a", **options)["x"].tolist() == [0.1]
    assert told == ["round_trip", "high", "round_trip", None]
    monkeypatch.setattr(pd, "__version__", "3.1.0")
    assert (io.load_dataframe("a")["x"].tolist(), told[4:]) == ([0.1], [None])


@pytest.mark.parametrize(("elements", "error"), [(10**16, CorruptedError), (26, CorruptedError), (25, MemoryError)])
def test_a_lack_of_memory_is_damage_where_the_header_lies(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch, elements: int, error: type[Exception]
) -> None:
    """Large content whose header claims no more bytes than it has is sound: the machine lacks the memory."""

    def lacks(*_: Any, **__: Any) -> None:
        lack = MemoryError("Unable to allocate")
        lack.shape, lack.dtype = (elements,), np.dtype("f8")  # type: ignore[attr-defined]
        raise lack

    path = io.save_numpy("a.npy", np.zeros(9))
    monkeypatch.setattr(np.lib.format, "read_array", lacks)
    monkeypatch.setattr(npz, "_SMALL", 199)
    assert path.filesystem.stat(path).size == 200
    with pytest.raises(error):
        io.load_numpy(path)
    monkeypatch.setattr(npz, "_SMALL", 200)
    with pytest.raises(CorruptedError, match="claims more than 200 bytes"):
        io.load_numpy(path)


def test_a_compressed_writer_says_that_it_cannot_move() -> None:
    """Of all compressions: who asks before he goes back is not led to an error."""
    for suffix, kind in compression._COMPRESSIONS.items():
        with kind(memory.BytesIO(), "wb") as file:
            assert (file.seekable(), suffix) == (False, suffix)


def test_a_lack_of_memory_that_is_not_numpys_is_no_damage(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own error says nothing of the header."""

    def lacks(*_: Any, **__: Any) -> None:
        raise MemoryError

    path = io.save_numpy("a.npy", np.zeros(9))
    monkeypatch.setattr(np.lib.format, "read_array", lacks)
    monkeypatch.setattr(npz, "_SMALL", 0)
    with pytest.raises(MemoryError):
        io.load_numpy(path)


def test_samples_that_are_lost_are_counted() -> None:
    """As many traces with fewer samples, fewer samples of an id, and an id more are not what was given."""
    whole, half = obspy.Trace(np.arange(4, dtype="int32")), obspy.Trace(np.arange(2, dtype="int32"))
    with pytest.raises(ValueError, match="X would store 2 of 4 samples"):
        traces._check_equal(whole, half, "X")
    with pytest.raises(ValueError, match="X would store 1 of 2 traces"):
        traces._check_count([half, whole], [whole], "X")
    traces._check_count([half, half], [whole], "X")


def test_what_was_written_is_read_as_what_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """ObsPy is told the format: asked to recognise it, it would load what looks like a pickle."""
    told: list[Any] = []

    def read(name: str, **options: Any) -> Any:
        told.append(options)
        return obspy_read(name, **options)

    obspy_read = obspy.read
    trace = obspy.Trace(np.ones(9, dtype="float32"))
    trace.write(str(tmp_path / "content"), format="SAC")
    monkeypatch.setattr(obspy, "read", read)
    traces.check_written([trace], tmp_path / "content", "SAC", False, {})
    assert told == [{"format": "SAC", "check_compression": False}]


def test_options_are_listed_where_one_is_refused(storage: NoizFileSystem) -> None:
    """The message names what is asked, and all options that may be given to it, no others."""
    with pytest.raises(TypeError, match=r"writing AH has no option x=; it has none$"):
        io.write_stream("a", obspy.Trace(np.ones(3)), "AH", x=1)
    with pytest.raises(TypeError, match=r"writing SH_ASC has .*; it has custom_format, included_headers, npl$"):
        io.write_stream("a", obspy.Trace(np.ones(3)), "SH_ASC", x=1)
    with pytest.raises(TypeError, match=r"reading STATIONXML has no option x=; it has level$"):
        io.read_inventory("a", "STATIONXML", x=1)
    with pytest.raises(TypeError, match=r"to_csv of pandas has no option x=; it has chunksize, columns, .*, sep$"):
        io.save_dataframe("a", pd.DataFrame(), x=1)
    with pytest.raises(TypeError, match=r"read_csv of pandas has no option x=; it has "):
        io.load_dataframe("a", x=1)
    with pytest.raises(TypeError, match="this value of append= is not taken: an object is written anew"):
        io.write_stream("a", obspy.Trace(np.ones(3)), "SH_ASC", append=True)


@pytest.mark.parametrize(("load", "kind"), [(io.load_dataframe, "CSV"), (io.load_toml, "TOML")])
def test_damage_says_what_it_should_be(storage: NoizFileSystem, load: Any, kind: str) -> None:
    """The format is named."""
    put(storage, "a", b"\xff\xfe = 1")
    with pytest.raises(CorruptedError, match=rf"read as {kind} "):
        load("a")


@pytest.mark.parametrize(
    ("options", "read", "named"),
    [
        ({}, "read", False),
        ({"sourcename": "*"}, "read", False),
        ({"starttime": obspy.UTCDateTime(0)}, "read", True),
        ({"endtime": obspy.UTCDateTime(2100, 1, 1)}, "read", True),
        ({}, "read_inventory", True),
    ],
)
def test_obspy_is_told_not_to_decompress(
    storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], read: str, named: bool
) -> None:
    """It reads miniSEED from memory, unless a time window may be empty, which ObsPy 1.4.2 only reads from a disk."""
    told: list[Any] = []

    def recorded(what: Any, **options: Any) -> Any:
        told.append((isinstance(what, str), options["check_compression"]))
        return obspys(what, **options)

    obspys = getattr(obspy, read)
    monkeypatch.setattr(obspy, read, recorded)
    put(storage, "a", {"read": MINISEED[0], "read_inventory": STATIONXML[0]}[read].read_bytes())
    assert getattr(io, {"read": "read_stream"}.get(read, read))("a", **options)
    assert told == [(named, False)]


@pytest.mark.parametrize("room", [0, -1])
def test_a_header_may_fill_its_bound(storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Besides the names of the fields 4096 bytes are kept free, no more."""
    array = np.zeros(1, dtype=[("a", "f8"), ("b", "i4")])
    monkeypatch.setattr("noiz_storage.io.arrays.LONGEST_HEADER", len(repr(array.dtype.descr)) + 4096 + room)
    with pytest.raises(ValueError, match="2 fields") if room else contextlib.nullcontext():
        io.save_numpy("a.npy", array)


@pytest.mark.parametrize(("more", "lies_in_memory"), [(0, True), (1, False)])
def test_a_block_of_content_lies_in_memory(
    settings: pytest.MonkeyPatch, tmp_path: Path, more: int, lies_in_memory: bool
) -> None:
    """Content of a block is in memory, one byte more in a temporary file."""
    settings.setenv("STORAGE_URI", str(tmp_path))
    settings.setenv("STORAGE_BLOCK_SIZE", str(5 * 1024**2))
    with content.fetched(io.write_text("a.gz", "0" * (5 * 1024**2 + more))) as file:
        assert isinstance(file, memory.BytesIO) is lies_in_memory


def test_members_of_any_size_are_written(storage: NoizFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """An array may be larger than what a zip archive held before its version 4.5."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    path = io.save_numpy("a.npz", x=np.arange(99), compressed=False)
    monkeypatch.undo()
    assert io.load_numpy(path)["x"].tolist() == [*range(99)]


def test_little_content_never_lacks_memory() -> None:
    """Up to 64 MiB a lack of memory is the fault of the header, which may have 4 MiB."""
    assert (npz._SMALL, npz.LONGEST_HEADER) == (67_108_864, 4_194_304)
