"""Python reads this as it starts where the directory is on its path: a process that a test starts is followed too."""

from __future__ import annotations

from conformance.mutants import tracing

tracing.follow()
