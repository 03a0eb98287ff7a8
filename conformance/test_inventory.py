"""Station metadata: real StationXML comes back with everything that ObsPy knows of it."""

from __future__ import annotations

import functools
import io
from typing import Any

import obspy
import pytest

from conformance.behaviour import needs, source
from conformance.samples import STATIONXML, Sample
from fixtures.endpoint import EXCLUSIVE_CREATE, WRITE


@functools.cache
def as_read_from_a_disk(sample: Sample) -> obspy.Inventory:
    """What ObsPy itself reads."""
    return obspy.read_inventory(str(sample.path))


@source("contract: Formats", "Noiz 0.7.1: R5")
@pytest.mark.parametrize("sample", STATIONXML[1:6], ids=str)
def test_real_file_is_read(fs: Any, subject: Any, witness: Any, sample: Sample) -> None:
    """Real StationXML reads as ObsPy reads it from a disk, the format given or recognised."""
    witness.put("inventory_TD.TD05.Z.xml.0", sample.read_bytes())
    path = fs.get_path("inventory_TD.TD05.Z.xml.0")
    assert subject.io.read_inventory(path) == as_read_from_a_disk(sample)
    assert subject.io.read_inventory(path, format="STATIONXML") == as_read_from_a_disk(sample)


@needs(WRITE)
@source("contract: Cost", "Noiz 0.7.1: W13")
@pytest.mark.parametrize("sample", STATIONXML[1:4], ids=str)
def test_round_trip(fs: Any, subject: Any, witness: Any, sample: Sample) -> None:
    """An inventory that is read and written again says the same: codes, dates, coordinates and responses."""
    before = obspy.read_inventory(str(sample.path))
    path = subject.io.write_inventory(fs.get_path("inventory/new.xml"), before)
    assert subject.io.read_inventory(path) == before
    assert obspy.read_inventory(io.BytesIO(witness.get("inventory/new.xml"))) == before


@needs(EXCLUSIVE_CREATE, WRITE)
@source("contract: Paths that helpers return", "Noiz 0.7.1: P7")
def test_counter_behind_the_suffix(fs: Any, subject: Any, witness: Any) -> None:
    """`next_free=True` counts Noiz's inventory names, whose counter stands behind `.xml`."""
    inventory = obspy.read_inventory(str(STATIONXML[0].path))
    witness.put("inventory_TD.TD05.Z.xml.0", b"taken")
    path = subject.io.write_inventory(fs.get_path("inventory_TD.TD05.Z.xml.0"), inventory, next_free=True)
    assert (path.name, witness.get("inventory_TD.TD05.Z.xml.0")) == ("inventory_TD.TD05.Z.xml.1", b"taken")


@source("contract: Formats")
@pytest.mark.parametrize("body", [b"", b"<html></html>"], ids=["empty", "html"])
def test_no_inventory_is_an_error(fs: Any, subject: Any, witness: Any, body: bytes, refused: Any) -> None:
    """Content that is no station metadata raises ValueError that names the object."""
    witness.put("broken.xml", body)
    with refused(ValueError, match=r"broken\.xml"):
        subject.io.read_inventory(fs.get_path("broken.xml"))
