"""Real seismic data: files that lie inside the installed ObsPy, chosen for how much they differ."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Sample:
    """One real file of ObsPy's test data."""

    name: str
    """A short word for case ids."""
    place: str
    """Path inside the obspy package."""

    @property
    def path(self) -> Path:
        """Where the file is on this disk.

        Raises:
            FileNotFoundError: ObsPy is not installed, or this version of it has no such file.
        """
        spec = find_spec("obspy")
        found = Path((spec.origin if spec else None) or "obspy is not installed").parent / self.place
        return found.resolve(strict=True)

    def read_bytes(self) -> bytes:
        """The file as it is."""
        return self.path.read_bytes()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class MiniSeed(Sample):
    """A miniSEED file and what its headers say, checked by tests/machinery/test_samples.py."""

    encoding: str
    """As ObsPy calls it: STEIM1, STEIM2, FLOAT32, FLOAT64, INT16, INT32, ASCII …"""
    byteorder: str
    """`>` or `<`."""
    record_length: int
    """Bytes."""
    traces: int
    """How many pieces ObsPy reads it as: more than one where it has gaps or several channels."""
    samples: int
    """Over all traces."""


_MSEED = "io/mseed/tests/data/"
_ENCODING = _MSEED + "encoding/"

MINISEED: Final = (
    MiniSeed("steim1-day-start", _MSEED + "BW.BGLD.__.EHE.D.2008.001.first_10_records", "STEIM1", ">", 512, 1, 4120),
    MiniSeed("steim1-4096", _MSEED + "1T_MONN_00_EDH.mseed", "STEIM1", ">", 4096, 1, 7501),
    MiniSeed("steim1-little", _ENCODING + "int32_Steim1_littleEndian.mseed", "STEIM1", "<", 256, 1, 50),
    MiniSeed("steim1-gaps", _MSEED + "gaps.mseed", "STEIM1", ">", 512, 4, 52728),
    MiniSeed("steim1-many-gaps", _MSEED + "qualityflags.mseed", "STEIM1", ">", 512, 18, 7416),
    MiniSeed("steim2", _MSEED + "test.mseed", "STEIM2", ">", 4096, 1, 11947),
    MiniSeed("steim2-little", _MSEED + "bizarre/endiantest.le-header.le-data.mseed", "STEIM2", "<", 4096, 1, 11947),
    MiniSeed("steim2-day", "signal/tests/data/IUANMO.seed", "STEIM2", ">", 512, 1, 86400),
    MiniSeed(
        "steim2-channels",
        "clients/fdsn/tests/data/dataselect_example_mixed_wildcards.mseed",
        "STEIM2",
        ">",
        512,
        4,
        7200,
    ),
    MiniSeed("float32-big", _ENCODING + "float32_Float32_bigEndian.mseed", "FLOAT32", ">", 256, 1, 50),
    MiniSeed("float32-little", _ENCODING + "float32_Float32_littleEndian.mseed", "FLOAT32", "<", 256, 1, 50),
    MiniSeed("float64-big", _ENCODING + "float64_Float64_bigEndian.mseed", "FLOAT64", ">", 256, 1, 50),
    MiniSeed("float64-little", _ENCODING + "float64_Float64_littleEndian.mseed", "FLOAT64", "<", 256, 1, 50),
    MiniSeed("float64-nan", _ENCODING + "nan_float64.mseed", "FLOAT64", ">", 4096, 1, 4),
    MiniSeed("int16-big", _ENCODING + "int16_INT16_bigEndian.mseed", "INT16", ">", 256, 1, 50),
    MiniSeed("int32-little", _ENCODING + "int32_INT32_littleEndian.mseed", "INT32", "<", 256, 1, 50),
    MiniSeed("ascii-big", _ENCODING + "fullASCII_bigEndian.mseed", "ASCII", ">", 256, 1, 95),
    MiniSeed("ascii-little", _ENCODING + "fullASCII_littleEndian.mseed", "ASCII", "<", 256, 1, 95),
    MiniSeed("geoscope", _MSEED + "GEOSCOPE16_4_encoding.mseed", "GEOSCOPE16_4", ">", 512, 1, 200),
)
"""Real miniSEED: every encoding and byte order that ObsPy writes, gaps, several channels, a whole day."""
REWRITABLE: Final = tuple(each for each in MINISEED if each.encoding not in ("GEOSCOPE16_4", "INT16"))
"""Those that ObsPy writes again in the encoding that it read; it holds INT16 as 32-bit integers."""

_STATIONXML = "io/stationxml/tests/data/"

STATIONXML: Final = (
    Sample("one-channel", "io/stationxml/data/1T_MONN_00_EDH.xml"),
    Sample("poles-and-zeros", _STATIONXML + "IRIS_single_channel_with_response.xml"),
    Sample("station-fields", _STATIONXML + "full_station_field_station.xml"),
    Sample("network-fields", _STATIONXML + "full_network_field_station.xml"),
    Sample("random-and-full", _STATIONXML + "full_random_stationxml.xml"),
    Sample("state-of-health", _STATIONXML + "only_soh.xml"),
    Sample("microseconds", _STATIONXML + "minimal_station_with_microseconds.xml"),
)
"""Real StationXML: short and long, with and without responses."""
