"""Station metadata: real StationXML comes back with everything that ObsPy knows of it."""

from __future__ import annotations

import functools
import io
from typing import Any

import obspy
import pytest

from conformance.behaviour import embedded_backends, needs, source
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


def _of_two_networks() -> obspy.Inventory:
    """Two networks, of which the second has two epochs, and stations in no order that a list of names would have."""
    parts = [obspy.read_inventory(str(STATIONXML[number].path)) for number in (2, 1, 0, 1)]
    networks = [network for part in parts for network in part.networks]
    networks[1].end_date = obspy.UTCDateTime(2020, 2, 29, 23, 59, 59, 999999)
    networks[3].start_date = obspy.UTCDateTime(2020, 3, 1, 0, 0, 0, 1)
    networks[2].stations.append(networks[0].stations[0])
    return obspy.Inventory(networks, source="Noiz", sender="é", created=obspy.UTCDateTime(2020, 3, 1, 1, 2, 3))


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W13")
@pytest.mark.parametrize("name", ["station.xml", "station", "STATION.XML.0", "station.xml.gz"])
def test_networks_come_back_in_their_order(fs: Any, subject: Any, name: str) -> None:
    """Several networks, two epochs of one included, come back with all stations, in their order, to the microsecond."""
    before = _of_two_networks()
    found = subject.io.read_inventory(subject.io.write_inventory(fs.get_path(name), before))
    assert [network.code for network in found] == [network.code for network in before]
    assert found.get_contents() == before.get_contents()
    assert (found.networks, found.created, found.source, found.sender) == (
        before.networks,
        before.created,
        before.source,
        before.sender,
    )


@embedded_backends()
@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.core.inventory.inventory.Inventory.write.html")
@pytest.mark.parametrize("given", [None, "STATIONTXT", "stationtxt"])
def test_other_formats_come_back(fs: Any, subject: Any, given: str | None) -> None:
    """Station metadata of another format are written, recognised by their content, and read with all networks."""
    path = subject.io.write_inventory(fs.get_path("station.xml"), _of_two_networks(), "STATIONTXT", level="station")
    assert [network.code for network in subject.io.read_inventory(path, given)] == ["PY", "IU", "1T"]
