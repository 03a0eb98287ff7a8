"""Where a saboteur's fault really took place: a fault that changes nothing looks like one that nobody catches.

A plugin of pytest in the run that judges a saboteur (`trial`); anywhere else what it is told goes nowhere.
"""

from __future__ import annotations

from pathlib import Path

_file: Path | None = None
_node = ""
_told: set[str] = set()


def record(file: Path) -> None:
    """Write down in this file, a line each, in which behaviours of this process the fault takes place."""
    global _file
    _file = file


def recorded(file: Path) -> set[str]:
    """Return what was written down: behaviours as pytest calls them."""
    return set(file.read_text().splitlines()) if file.exists() else set()


def acts() -> None:
    """Tell that the fault takes place now; every saboteur does, where the true layer would go on otherwise."""
    if _file is not None and _node not in _told:
        _told.add(_node)
        with _file.open("a") as file:
            file.write(f"{_node}\n")


def pytest_runtest_logstart(nodeid: str) -> None:
    """Remember which behaviour runs."""
    global _node
    _node = nodeid.partition("[")[0]
