"""Matplotlib figures, in the format of their suffix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..addresses import Name
from ..filesystem import locate
from ..paths import StoragePath
from .content import Where, format_suffix, publish

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
        options: those of `Figure.savefig`, such as `dpi` (dots per inch) and `bbox_inches`.
    Raises:
        ValueError: Matplotlib does not write this format; names those that it does; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    place = locate(path, storage)
    kind = (format or format_suffix(place)[1:] or "png").lower()
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ValueError(
            f"{place.name!r}: no figure format {kind!r}; use one of {', '.join(sorted(known))}, or format="
        )
    return publish(
        place, lambda file: figure.savefig(file, format=kind, **options), overwrite=overwrite, next_free=next_free
    )
