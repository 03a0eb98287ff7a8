"""Saving helpers: each leaves a taken name alone when asked, and takes the next free one when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import obspy
import pandas
import pytest
from matplotlib.figure import Figure

from conformance.behaviour import needs, source
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
