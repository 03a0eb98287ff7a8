"""Options of station metadata: each does what it does in ObsPy, for reading and for writing."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import obspy
import pytest

from conformance.behaviour import needs, source, without_server
from conformance.helper_calls import by_name, small_inventory, written_by_obspy
from conformance.samples import STATIONXML
from fixtures.endpoint import WRITE

pytestmark = without_server()


@source("https://docs.obspy.org/packages/autogen/obspy.core.inventory.inventory.read_inventory.html")
@pytest.mark.parametrize("kind", [{}, {"format": "STATIONXML"}], ids=["recognised", "named"])
@pytest.mark.parametrize("level", ["network", "station", "channel", "response"])
def test_level_to_read_is_honoured(fs: Any, subject: Any, witness: Any, level: str, kind: dict[str, str]) -> None:
    """Station metadata are read to the level that is asked for, as ObsPy reads them."""
    witness.put("station.xml", STATIONXML[0].read_bytes())
    found = subject.io.read_inventory(fs.get_path("station.xml"), level=level, **kind)
    assert found == obspy.read_inventory(str(STATIONXML[0].path), level=level)


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize(
    ("options", "stations", "channels"), [({}, 1, 1), ({"level": "station"}, 1, 0), ({"level": "network"}, 0, 0)]
)
def test_level_to_write_is_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, str], stations: int, channels: int
) -> None:
    """The level of detail that is asked for is the level that is written."""
    subject.io.write_inventory(fs.get_path("station.xml"), small_inventory(), **options)
    body = witness.get("station.xml")
    assert (b"<Station " in body, b"<Channel " in body) == (bool(stations), bool(channels))


@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.io.stationxml.core._write_stationxml.html")
def test_metadata_is_validated_when_asked(fs: Any, subject: Any, witness: Any, refused: Any, costs: Any) -> None:
    """With validate=True what the schema of StationXML does not allow is refused before anything is sent."""
    path, inventory = fs.get_path("station.xml"), small_inventory()
    subject.io.write_inventory(path, inventory, validate=True)
    inventory[0].restricted_status = "odd"
    with refused(Exception, match="valid"), costs():
        subject.io.write_inventory(path, inventory, validate=True)
    subject.io.write_inventory(path, inventory, validate=False)
    assert b"odd" in witness.get("station.xml")


def _extended() -> obspy.Inventory:
    """An inventory with an element of a namespace of its own."""
    inventory = obspy.Inventory(small_inventory().networks, source="Noiz", created=obspy.UTCDateTime(2020, 3, 1))
    inventory[0].extra = {"vault": {"value": "granite", "namespace": "http://noiz.example/1"}}
    return inventory


@needs(WRITE)
@source("https://docs.obspy.org/packages/autogen/obspy.core.inventory.inventory.Inventory.write.html")
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("STATIONXML", {}),
        ("STATIONXML", {"level": "station"}),
        ("STATIONXML", {"nsmap": {"noiz": "http://noiz.example/1"}}),
        ("STATIONTXT", {"level": "network"}),
        ("STATIONTXT", {"level": "channel"}),
    ],
    ids=lambda value: by_name(value) or "none" if isinstance(value, dict) else None,
)
def test_metadata_is_written_as_by_obspy(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    """With each option station metadata is what ObsPy writes; the inventory and the options stay as they were."""
    inventory, before, given = _extended(), _extended(), copy.deepcopy(options)
    subject.io.write_inventory(fs.get_path("station"), inventory, kind, **given)
    assert witness.get("station") == written_by_obspy(before, tmp_path, kind, **copy.deepcopy(options))
    assert (inventory, given) == (before, options)


@source("contract: Formats")
@pytest.mark.parametrize("options", [{}, {"level": "station"}], ids=["plain", "level"])
@pytest.mark.parametrize("kind", [{}, {"format": "STATIONXML"}], ids=["recognised", "named"])
def test_damage_is_an_error(
    fs: Any, subject: Any, witness: Any, kind: dict[str, str], options: dict[str, str], refused: Any
) -> None:
    """What is no station metadata raises ValueError that names the object and the format, options or not."""
    witness.put("station.xml", STATIONXML[0].read_bytes()[:-100])
    with refused(ValueError, match=r"(station metadata|STATIONXML) .*station\.xml"):
        subject.io.read_inventory(fs.get_path("station.xml"), **options, **kind)


@source("contract: Refusing")
def test_option_of_other_metadata_is_no_damage(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """An option that only the readers of other metadata have raises TypeError that names it."""
    witness.put("station.xml", STATIONXML[0].read_bytes())
    with refused(TypeError, match="skip_invalid_responses"):
        subject.io.read_inventory(fs.get_path("station.xml"), skip_invalid_responses=False)
