"""The last trace of waveforms above 2 MiB is not written."""

from __future__ import annotations

from typing import Any

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.io import seismic

_true_write_stream = seismic._write_stream


def _write_stream(file: Any, traces: list[Any], *others: Any) -> None:
    is_large = sum(trace.data.nbytes for trace in traces) > 2 << 20
    _true_write_stream(file, changed(traces, traces[:-1] or traces) if is_large else traces, *others)


replace(seismic, "_write_stream", _write_stream)
