"""Data frames as CSV."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..addresses import Name
from ..filesystem import locate
from ..paths import StoragePath
from .content import Where, publish_bytes, reading
from .extras import required

if TYPE_CHECKING:
    from pandas import DataFrame


def save_dataframe(
    path: Name,
    frame: DataFrame,
    /,
    *,
    encoding: str = "utf-8",
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **options: Any,
) -> StoragePath:
    """Save a data frame as CSV; `options` are those of `DataFrame.to_csv`, which writes the index unless told not to.

    Raises:
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    place = locate(path, storage)
    body = frame.to_csv(**options).encode(encoding)
    return publish_bytes(place, body, overwrite=overwrite, next_free=next_free)


def load_dataframe(path: Name, /, *, encoding: str = "utf-8", storage: Where = None, **options: Any) -> DataFrame:
    """Load a data frame from CSV; `options` are those of `pandas.read_csv`, such as `index_col=0` and `parse_dates`.

    Floating point numbers come back bit by bit (from pandas' parser in C, which is the default).

    Raises:
        CorruptedError: it is not CSV, or not in this encoding; pandas' error is the `__cause__`.
        LookupError: there is no such encoding; nothing was contacted.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    codecs.lookup(encoding)
    pandas = required("pandas")
    wrong = (pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError)
    if _rounds(pandas.__version__) and _parsed_in_c(options):
        options = {"float_precision": "round_trip", **options}
    with reading(path, storage, "CSV", wrong) as file:
        return pandas.read_csv(file, encoding=encoding, **options)


def _parsed_in_c(options: Mapping[str, Any]) -> bool:
    """Say whether pandas' parser in C takes these options; the one in Python rounds nothing, and knows no switch."""
    separator = options.get("sep", options.get("delimiter", ","))
    is_plain = separator is not None and (len(separator) == 1 or separator == r"\s+")
    return is_plain and options.get("engine", "c") == "c" and not options.get("skipfooter")


def _rounds(version: str) -> bool:
    """Say whether this pandas changes the last bits of floats unless it is told not to: all before 3.1 do."""
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) < (3, 1)
