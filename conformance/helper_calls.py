"""Helpers that hand options on: small content for each, the calls that save and load it, and what ObsPy writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy
import obspy
import pandas
from matplotlib.figure import Figure

from conformance.samples import STATIONXML

FRAME: Final = pandas.DataFrame({"note": ["é", "b"], "value": [0.1, 2.5]})


def small_figure() -> Figure:
    """A figure that is drawn quickly."""
    figure = Figure(figsize=(1, 1))
    figure.subplots().set_axis_off()
    return figure


def small_stream() -> obspy.Stream:
    """One trace of 100 samples."""
    return obspy.Stream([obspy.Trace(numpy.arange(100, dtype="int32"), {"station": "TD05", "channel": "HHZ"})])


def small_inventory() -> obspy.Inventory:
    """Real metadata of one channel."""
    return obspy.read_inventory(str(STATIONXML[0].path))


SAVERS: Final[dict[str, Callable[..., Any]]] = {
    "frame": lambda io, path, **options: io.save_dataframe(path, FRAME, **options),
    "figure": lambda io, path, **options: io.save_figure(path, small_figure(), **options),
    "stream": lambda io, path, **options: io.write_stream(path, small_stream(), **options),
    "inventory": lambda io, path, **options: io.write_inventory(path, small_inventory(), **options),
}
LOADERS: Final[dict[str, Callable[..., Any]]] = {
    "frame": lambda io, path, **options: io.load_dataframe(path, **options),
    "stream": lambda io, path, **options: io.read_stream(path, **options),
    "inventory": lambda io, path, **options: io.read_inventory(path, **options),
}
"""Calls of a subject's `io` by what they save or load; each hands the options on."""


def written_by_obspy(what: obspy.Stream | obspy.Inventory, place: Path, kind: str = "MSEED", **options: Any) -> bytes:
    """What ObsPy itself writes, in a file of its own: some formats take only names."""
    what.write(str(place / "obspys"), format=kind, **options)
    return (place / "obspys").read_bytes()


def by_name(options: dict[str, Any]) -> str:
    """The id of a case that has these options."""
    return "-".join(options)
