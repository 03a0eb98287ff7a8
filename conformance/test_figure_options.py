"""Options of figures: each does what it does in Matplotlib, in every format, or is refused at the call."""

from __future__ import annotations

import io
from typing import Any, Final

import pytest
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from conformance.behaviour import needs, source, without_server
from conformance.helper_calls import by_name, small_figure
from fixtures.endpoint import WRITE

pytestmark = without_server()

PLAIN: Final = ("avif", "gif", "jpeg", "jpg", "raw", "rgba", "tif", "tiff", "webp")
"""Formats of figures that hold no metadata; older releases of Matplotlib have not all of them."""


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("canvas", [None, "agg"])
@pytest.mark.parametrize("format", PLAIN)
def test_metadata_that_a_format_has_not_is_refused(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - Matplotlib's word
    canvas: str | None,
    refused: Any,
    costs: Any,
) -> None:
    """Metadata of a figure whose format holds none raise TypeError, as every option does that a format has not."""
    there = format in Figure().canvas.get_supported_filetypes()
    with refused(TypeError if there else ValueError, match="metadata" if there else format), costs():
        subject.io.save_figure(
            fs.get_path(f"plot.{format}"), small_figure(), backend=canvas, metadata={"Title": "Noiz"}
        )


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("format", ["tif", "tiff", "png", "jpg", "pdf", "svg", "svgz", "eps", "raw"])
def test_every_format_in_every_compression(
    fs: Any,
    subject: Any,
    format: str,  # noqa: A002 - Matplotlib's word
    suffix: str,
) -> None:
    """A figure of any format is saved under any compression, those that are written back and forth included."""
    path = subject.io.save_figure(fs.get_path(f"plot.{format}{suffix}"), small_figure())
    assert path.name == f"plot.{format}{suffix}"
    assert fs.stat(path).size > 0


DRAWN: Final[list[dict[str, Any]]] = [
    {},
    {"dpi": 37},
    {"facecolor": "red"},
    {"edgecolor": "blue"},
    {"transparent": True},
    {"bbox_inches": "tight"},
    {"bbox_inches": "tight", "pad_inches": 0.4},
    {"bbox_inches": "tight", "bbox_extra_artists": []},
    {"metadata": {"Title": "Noiz", "Author": "é"}},
    {"dpi": 37, "facecolor": "red", "bbox_inches": "tight", "metadata": {"Title": "Noiz"}},
]
"""Options that each make another picture."""


def _drawing() -> Figure:
    """A figure whose own colours, size and resolution are not the default ones."""
    figure = Figure(figsize=(1, 0.5), dpi=50, facecolor="yellow", edgecolor="green", linewidth=6)
    figure.subplots().set_axis_off()
    figure.text(0.5, 0.5, "x")
    figure.text(0.02, 0.1, "y")  # beside the axes
    return figure


def _picture(body: bytes) -> tuple[Any, ...]:
    """Size, colours, pixels, resolution and texts of a picture."""
    with Image.open(io.BytesIO(body)) as image:
        return image.size, image.mode, image.tobytes(), image.info


def _drawn(figure: Figure, **options: Any) -> bytes:
    """What Matplotlib itself draws."""
    body = io.BytesIO()
    figure.savefig(body, **options)
    return body.getvalue()


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize("options", DRAWN, ids=lambda options: by_name(options) or "none")
def test_picture_is_matplotlibs(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option the picture has the pixels, size, colours, resolution and texts that Matplotlib gives it."""
    figure = _drawing()
    subject.io.save_figure(fs.get_path("plot.png"), figure, **options)
    found = _picture(witness.get("plot.png"))
    assert found == _picture(_drawn(_drawing(), **options))
    assert [other for other in DRAWN if found == _picture(_drawn(_drawing(), **other))] == [options]
    assert (figure.dpi, figure.get_size_inches().tolist(), figure.get_facecolor()) == (50, [1, 0.5], (1, 1, 0, 1))


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
@pytest.mark.parametrize(
    ("name", "options", "holds"),
    [
        ("plot.pdf", {"metadata": {"Title": "Noiz 7"}}, b"Noiz 7"),
        ("plot.svg", {"metadata": {"Title": "Noiz 7"}}, b"Noiz 7"),
        ("plot.eps", {"orientation": "landscape"}, b"%%Orientation: landscape"),
        ("plot.ps", {"papertype": "a5"}, b"%%DocumentPaperSizes: a5"),
        ("plot.svg", {"dpi": 36, "facecolor": "#123456"}, b"#123456"),
        ("plot.png", {"format": "pdf"}, b"%PDF-"),
        ("plot", {"format": "SVG"}, b"<svg"),
        ("plot", {}, b"\x89PNG"),
        ("plot.2019.274.0.PdF", {}, b"%PDF-"),
        (".plot.svg", {}, b"<svg"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value) if isinstance(value, str) else by_name(value),
)
def test_of_every_format_are_honoured(
    fs: Any, subject: Any, witness: Any, name: str, options: dict[str, Any], holds: bytes
) -> None:
    """Metadata, orientation and colours reach every format; `format=` wins over the suffix, and png is the default."""
    subject.io.save_figure(fs.get_path(name), _drawing(), **options)
    assert holds in witness.get(name)


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
def test_of_picture_files_are_told_by_their_size(fs: Any, subject: Any, witness: Any) -> None:
    """What Pillow is told of quality and compression makes files as large as Matplotlib makes them."""
    options = {"a.jpg": {"quality": 5}, "b.jpg": {"quality": 95}, "c.png": {"compress_level": 0}, "d.png": {}}
    for name, told in options.items():
        subject.io.save_figure(fs.get_path(name), _drawing(), pil_kwargs=told)
    sizes = {name: len(witness.get(name)) for name in options}
    assert sizes == {n: len(_drawn(_drawing(), format=n[2:], pil_kwargs=told)) for n, told in options.items()}
    assert (sizes["a.jpg"] < sizes["b.jpg"], sizes["d.png"] < sizes["c.png"]) == (True, True)


class _Stamped(FigureCanvasAgg):
    """A canvas whose own writer has an option more."""

    def print_png(self, filename_or_obj: Any, *, stamp: str = "", **_: Any) -> None:
        """Write a picture that holds the stamp."""
        super().print_png(filename_or_obj, metadata={"Stamp": stamp})  # type: ignore[no-untyped-call]


@needs(WRITE)
@source("https://matplotlib.org/stable/api/backend_bases_api.html#matplotlib.backend_bases.FigureCanvasBase")
def test_option_of_its_own_canvas_is_honoured(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A figure that draws on a canvas of its own has the options of that canvas, for the formats that it writes."""
    figure = small_figure()
    _Stamped(figure)
    subject.io.save_figure(fs.get_path("plot.png"), figure, stamp="Noiz 7")
    assert _picture(witness.get("plot.png"))[-1]["Stamp"] == "Noiz 7"
    with refused(TypeError, match="stamp"):
        subject.io.save_figure(fs.get_path("plot.pdf"), figure, stamp="Noiz 7")


@needs(WRITE)
@source("https://matplotlib.org/stable/api/_as_gen/matplotlib.figure.Figure.savefig.html")
def test_backend_that_is_named_draws(fs: Any, subject: Any, witness: Any) -> None:
    """A figure is drawn by the backend that is named instead of its own canvas."""
    figure = small_figure()
    _Stamped(figure)
    subject.io.save_figure(fs.get_path("own.png"), figure)
    subject.io.save_figure(fs.get_path("agg.png"), figure, backend="agg")
    assert ["Stamp" in _picture(witness.get(name))[-1] for name in ("own.png", "agg.png")] == [True, False]


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: S5")
def test_given_figure_is_saved_and_left_as_it_was(fs: Any, subject: Any, witness: Any) -> None:
    """It is the given figure that is saved, not pyplot's current one; it stays open and can be saved again."""
    first, second = pyplot.figure(figsize=(1, 1)), pyplot.figure(figsize=(2, 1))
    first.text(0.5, 0.5, "x")
    for name in ("a.png", "b.png"):
        subject.io.save_figure(fs.get_path(name), first)
    stay_open = [pyplot.fignum_exists(figure.number) for figure in (first, second)]
    expected = _picture(_drawn(first))
    pyplot.close(first)
    pyplot.close(second)
    assert [_picture(witness.get(name)) == expected for name in ("a.png", "b.png")] == [True, True]
    assert stay_open == [True, True]
