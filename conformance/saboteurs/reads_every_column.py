"""`load_dataframe` reads every column, and numbers the rows, whatever was asked for."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, forget  # noqa: F401
from noiz_storage import io

forget(io, "load_dataframe", "usecols", "index_col")
