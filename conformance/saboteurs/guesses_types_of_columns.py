"""`load_dataframe` takes what pandas makes of a column, whatever type was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "load_dataframe", "dtype", "parse_dates")
