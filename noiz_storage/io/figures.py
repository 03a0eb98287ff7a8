"""Matplotlib figures, in the format of their suffix."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..addresses import Name
from ..filesystem import locate
from ..paths import StoragePath
from .arguments import check_options, parameters, text
from .content import Where, format_suffix, publish_bytes
from .extras import required

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OF_POSTSCRIPT: Final = ("metadata", "papertype")
_HIDDEN: Final = {"eps": _OF_POSTSCRIPT, "ps": _OF_POSTSCRIPT, "svgz": ("metadata",)}
"""Options that writers take out of their `**kwargs`, of which Matplotlib before 3.6 drops all others with a warning."""
WITHOUT_METADATA: Final = ("avif", "gif", "jpeg", "jpg", "raw", "rgba", "tif", "tiff", "webp")
"""Formats whose writers have `metadata` among their parameters, and refuse every value of it."""


def save_figure(
    path: Name,
    figure: Figure,
    /,
    *,
    format: str | None = None,  # noqa: A002 - Matplotlib's word
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **options: Any,
) -> StoragePath:
    """Save a figure in the format of its suffix (png, pdf, svg …); png without one. The figure stays open.

    Args:
        format: the format, whatever the suffix says.
        options: those of `Figure.savefig`: `dpi` (dots per inch), `facecolor`, `edgecolor`, `transparent`,
            `bbox_inches`, `pad_inches`, `bbox_extra_artists`, `orientation`, `backend`, and those of the format's
            writer (`metadata`, `pil_kwargs`, `papertype`); not `fname`.
    Raises:
        ValueError: Matplotlib does not write this format; names those that it does; nothing was sent.
        TypeError: an option that Matplotlib, or its writer of the format, has not, or that would write elsewhere;
            nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    if "format" in (options.get("pil_kwargs") or {}):
        raise TypeError("pil_kwargs may not hold a format: the suffix or format= says it")
    place = locate(path, storage)
    kind = (format_suffix(place)[1:] or "png") if format is None else text("format", format).lower()
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ValueError(
            f"{place.name!r}: no figure format {kind!r}; use one of {', '.join(sorted(known))}, or format="
        )
    refused = dict.fromkeys(("fname", "filename"), "the first argument says where")
    if kind in WITHOUT_METADATA:
        refused["metadata"] = f"Matplotlib writes none as {kind}"
    check_options(options, _taken(figure, kind), refused, f"Figure.savefig as {kind}")
    body = io.BytesIO()  # TIFF is not written from front to back, as a compressed body is
    figure.savefig(body, format=kind, **options)
    return publish_bytes(place, body.getvalue(), overwrite=overwrite, next_free=next_free)


def _taken(figure: Figure, kind: str) -> dict[str, Any]:
    """Return the options of `savefig`, of the canvas and of a format's writer, with their defaults.

    A writer of another `backend=` has no more of them, and what it has not Matplotlib refuses.
    """
    taken = parameters(figure.savefig, 1) | parameters(figure.canvas.print_figure, 1)
    return taken | parameters(_writer(figure, kind), 2) | dict.fromkeys(_HIDDEN.get(kind, ()))


def _writer(figure: Figure, kind: str) -> Callable[..., Any]:
    """Return the method that writes a format: the one of the figure's own canvas, else the one that Matplotlib has."""
    canvas = type(figure.canvas)
    if not hasattr(canvas, f"print_{kind}"):
        canvas = required("matplotlib.backend_bases").get_registered_canvas_class(kind)
    return getattr(canvas, f"print_{kind}")  # type: ignore[no-any-return]
