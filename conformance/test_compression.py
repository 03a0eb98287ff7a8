"""Compression: a name that ends with .gz, .bz2 or .xz is compressed as it is written and read back plain."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from typing import Any

import numpy
import obspy
import pytest

from conformance.behaviour import needs, source
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import WRITE

UNPACK: dict[str, Any] = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
PACK: dict[str, Any] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
SAMPLE = MINISEED[0]
EVERY = pytest.mark.parametrize("suffix", UNPACK)


@needs(WRITE)
@source("contract: Formats", "B16.268")
@EVERY
def test_written_by_suffix(fs: Any, subject: Any, witness: Any, suffix: str) -> None:
    """Text, arrays and waveforms are compressed by their last suffix, and the one before it tells the format."""
    stream = obspy.read(str(SAMPLE.path))
    subject.io.write_text(fs.get_path(f"notes.txt{suffix}"), "content\n" * 100)
    subject.io.save_numpy(fs.get_path(f"ccf.npy{suffix}"), numpy.arange(100))
    subject.io.write_stream(fs.get_path(f"day.mseed{suffix}"), stream)
    plain = {key.removesuffix(suffix): UNPACK[suffix](witness.get(key)) for key in witness.keys()}  # noqa: SIM118
    assert plain["notes.txt"] == b"content\n" * 100
    assert numpy.load(io.BytesIO(plain["ccf.npy"])).tolist() == list(range(100))
    assert numpy.array_equal(obspy.read(io.BytesIO(plain["day.mseed"]))[0].data, stream[0].data)


@source("contract: Formats", "B16.268", "Noiz 0.7.1: D14")
@EVERY
def test_read_by_suffix(fs: Any, subject: Any, witness: Any, suffix: str) -> None:
    """What another program compressed is read: waveforms, inventories and texts."""
    witness.put(f"day.mseed{suffix}", PACK[suffix](SAMPLE.read_bytes()))
    witness.put(f"station.xml{suffix}", PACK[suffix](STATIONXML[0].read_bytes()))
    witness.put(f"notes.txt{suffix}", PACK[suffix](b"one") + PACK[suffix](b" two"))
    stream = subject.io.read_stream(fs.get_path(f"day.mseed{suffix}"))
    inventory = subject.io.read_inventory(fs.get_path(f"station.xml{suffix}"))
    assert sum(len(trace) for trace in stream) == SAMPLE.samples
    assert inventory == obspy.read_inventory(str(STATIONXML[0].path))
    assert subject.io.read_text(fs.get_path(f"notes.txt{suffix}")) == "one two"


@source("B16.269")
@pytest.mark.parametrize(("suffix", "cut"), [(".gz", 0), (".gz", -4), (".bz2", 20), (".xz", 0), (".xz", -4)])
def test_damaged_data_is_an_error(
    fs: Any, subject: Any, witness: Any, noise: Any, suffix: str, cut: int, refused: Any
) -> None:
    """Compressed data that is cut short raises ValueError that names the object, and gives no part of it."""
    witness.put(f"notes.txt{suffix}", PACK[suffix](noise(500))[:cut])
    with refused(ValueError, match=f"notes.txt{suffix}"):
        subject.io.read_text(fs.get_path(f"notes.txt{suffix}"))


@source("B8.182")
@EVERY
def test_bytes_are_handed_on_as_stored(fs: Any, witness: Any, suffix: str) -> None:
    """What is opened or read as bytes is not decompressed unasked, whatever its name says."""
    stored = PACK[suffix](b"content")
    witness.put(f"record{suffix}", stored)
    assert (fs.read(f"record{suffix}"), fs.open(f"record{suffix}").read()) == (stored, stored)
