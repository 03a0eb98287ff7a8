"""Matplotlib figures, in the format of their suffix."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from ..addresses import Name
from ..filesystem import locate
from ..paths import StoragePath
from .arguments import check_options, text
from .content import Where, format_suffix, publish_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WHERE = "the first argument says where"
_ELSEWHERE: Final = {"fname": _WHERE, "filename": _WHERE, "bbox_inches_restore": "Matplotlib sets it for itself"}


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
            `bbox_inches`, `pad_inches`, `bbox_extra_artists`, `orientation`, `metadata`, `pil_kwargs`, `backend`; not
            `fname`.
    Raises:
        ValueError: Matplotlib does not write this format; names those that it does; nothing was sent.
        TypeError: an option that Matplotlib has not, or that would write elsewhere; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    check_options(options, options, _ELSEWHERE, "Figure.savefig")
    if "format" in (options.get("pil_kwargs") or {}):
        raise TypeError("pil_kwargs may not hold a format: the suffix or format= says it")
    place = locate(path, storage)
    kind = (format_suffix(place)[1:] or "png") if format is None else text("format", format).lower()
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ValueError(
            f"{place.name!r}: no figure format {kind!r}; use one of {', '.join(sorted(known))}, or format="
        )
    body = io.BytesIO()  # TIFF is not written from front to back, as a compressed body is
    figure.savefig(body, format=kind, **options)
    return publish_bytes(place, body.getvalue(), overwrite=overwrite, next_free=next_free)
