"""Figures: each is saved in the format that its suffix names, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from conformance.behaviour import needs, source
from fixtures.endpoint import WRITE

pytestmark = needs(WRITE)


def _figure() -> Figure:
    figure = Figure(figsize=(2, 2))
    axes = figure.subplots()
    axes.plot([0, 1, 4, 9])
    axes.set_axis_off()  # ticks and their labels are most of the work
    return figure


@source("contract: Formats", "Noiz 0.7.1: S5")
@pytest.mark.parametrize(
    ("name", "magic"),
    [
        ("plot.png", b"\x89PNG\r\n\x1a\n"),
        ("plot.pdf", b"%PDF-"),
        ("plot.svg", b"<?xml"),
        ("plot.PNG", b"\x89PNG\r\n\x1a\n"),
        ("spectrogram_9.TD.TD23.Z_2019-10-01 00:00:00+00:00.png", b"\x89PNG\r\n\x1a\n"),
    ],
    ids=["png", "pdf", "svg", "upper-case", "noiz-name"],
)
def test_suffix_chooses_the_format(fs: Any, subject: Any, witness: Any, name: str, magic: bytes) -> None:
    """A figure is saved under exactly its name, in the format of the suffix, whatever its case."""
    subject.io.save_figure(fs.get_path(name), _figure(), bbox_inches="tight")
    assert (witness.keys(), witness.get(name)[: len(magic)]) == ([name], magic)


@source("contract: Formats")
@pytest.mark.parametrize("name", ["plot.mseed", "plot.0"])
def test_unknown_suffix_is_refused(fs: Any, subject: Any, witness: Any, name: str, refused: Any) -> None:
    """A suffix that no figure format has raises ValueError that shows it, and writes nothing."""
    with refused(ValueError, match=name):
        subject.io.save_figure(fs.get_path(name), _figure())
    assert witness.keys() == []


@source("B2.53", "contract: Writing")
def test_failing_save_publishes_nothing(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A figure that cannot be drawn leaves the older object as it was."""
    witness.put("plot.png", b"older")
    figure = _figure()
    figure.axes[0].set_title(r"$\unknown{command}$")
    with refused(ValueError, match="unknown"):
        subject.io.save_figure(fs.get_path("plot.png"), figure)
    assert (witness.keys(), witness.get("plot.png")) == (["plot.png"], b"older")
