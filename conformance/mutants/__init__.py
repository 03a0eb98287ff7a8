"""Mutants: the layer with one small fault each, made by a program, and what of the suite and the unit tests sees it.

`python -m conformance.mutants` (the job `mutants`) tries them. A saboteur is written by hand and must be caught;
mutants are drawn from every module, and those that survive show what nobody tests.
The modules: `operators` (what is changed) → `places` (which lines show a change) → `mutation` (the mutants of a module)
→ `covering` (which tests meet one) → `slot` and `server` (a copy of the checkout, and processes that are forked there)
→ `records` (what is known already) → `judged` and `table` (what people read).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BEHAVIOURS: Final = "behaviours"
UNITS: Final = "units"
KINDS: Final = (BEHAVIOURS, UNITS)
"""Who may kill a mutant, in the order in which it meets them."""


@dataclass(frozen=True)
class Target:
    """What is mutated, by whom it is judged, and what is asked of it."""

    root: Path
    """The checkout; it is copied, and never written to."""
    package: str
    """Directory and import name of the layer."""
    behaviours: str
    """Directory of the suite."""
    units: str
    """Directory of the unit tests."""
    options: tuple[str, ...]
    """What pytest is told when it runs behaviours."""
    leave_out: tuple[str, ...] = ()
    """Directories of unit tests that judge no layer."""
    heavy: tuple[str, ...] = ()
    """Modules of others that take long to import."""
    goal: tuple[str, ...] = ()
    """Modules of which the scores are demanded; one that ends with a slash stands for all in its directory."""

    def sources(self) -> Iterator[Path]:
        """Every module of the layer, relative to the root."""
        yield from _python_files(self.root, self.package, "*.py")

    def tests(self, kind: str) -> Iterator[Path]:
        """Every file of tests of one kind, relative to the root."""
        place = self.behaviours if kind == BEHAVIOURS else self.units
        for path in _python_files(self.root, place, "test_*.py"):
            if not any(path.is_relative_to(each) for each in self.leave_out):
                yield path

    def name_of(self, path: Path) -> str:
        """What people call a module: `io/arrays`."""
        return str(path.relative_to(self.package).with_suffix(""))

    def demands(self, name: str) -> bool:
        """Whether a module is part of the goal."""
        return any(name == each or (each.endswith("/") and name.startswith(each)) for each in self.goal)


def _python_files(root: Path, place: str, pattern: str) -> list[Path]:
    return sorted(
        path.relative_to(root) for path in root.joinpath(place).rglob(pattern) if "__pycache__" not in path.parts
    )


NOIZ_STORAGE: Final = Target(
    root=Path(__file__).resolve().parents[2],
    package="noiz_storage",
    behaviours="conformance",
    units="tests",
    options=("--backend=memory,local,moto",),
    leave_out=("tests/machinery", "tests/browser"),
    heavy=(
        "adlfs",
        "aiobotocore.session",
        "gcsfs",
        "hypothesis",
        "matplotlib.backends.backend_agg",
        "matplotlib.figure",
        "minio",
        "obspy",
        "obspy.io.mseed.core",
        "obspy.io.stationxml.core",
        "pandas",
        "s3fs",
    ),
    goal=("streams", "retry", "publishing", "operations", "uri", "config", "io/", "path_helpers", "counters"),
)
