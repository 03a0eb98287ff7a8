"""Which lines of the layer each test runs, in its own process and in those that it starts."""

from __future__ import annotations

import atexit
import json
import os
import uuid
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import coverage

Traces = dict[str, dict[str, list[int]]]
"""Test → file → lines."""
SITE: Final = Path(__file__).with_name("site")
"""What stands first on the path of processes that are followed."""
_PLACE: Final = "NOIZ_MUTANTS_PLACE"
_LAYER: Final = "NOIZ_MUTANTS_LAYER"
_TEST: Final = "NOIZ_MUTANTS_TEST"


class Trace:
    """Notes which lines of the layer in this directory run, test by test."""

    def __init__(self, layer: Path) -> None:
        self._layer = layer
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=[f"{layer}/*"])
        self._coverage.start()

    def begin(self, test: str) -> None:
        """Count what runs from now on to this test, also in processes that start from now on."""
        os.environ[_TEST] = test
        self._coverage.switch_context(test)

    def lines(self, file: Any) -> list[int]:
        """The lines of a file that ran so far, whatever the test."""
        return sorted(self._coverage.get_data().lines(file) or ())

    def by_test(self) -> Traces:
        """End, and return what was noted."""
        self._coverage.stop()
        data, found = self._coverage.get_data(), Traces()
        for file in data.measured_files():
            name = str(Path(file).relative_to(self._layer.parent))
            for line, tests in data.contexts_by_lineno(file).items():
                for test in filter(None, tests):
                    found.setdefault(test, {}).setdefault(name, []).append(line)
        return found

    def leave(self, place: Path) -> None:
        """End, and count all of it to the test that runs."""
        self._coverage.stop()
        data = self._coverage.get_data()
        lines = {str(Path(file).relative_to(self._layer.parent)): self.lines(file) for file in data.measured_files()}
        write(place, {os.environ.get(_TEST, ""): lines})


def prepare(layer: Path, place: Path) -> Trace:
    """Follow this process and what it starts; the others leave their lines in `place`."""
    os.environ.update({_PLACE: str(place), _LAYER: str(layer)})
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SITE), os.environ.get("PYTHONPATH", "")])
    trace = Trace(layer)
    _leave_at_the_end_of_children(trace, place)
    return trace


def follow() -> None:
    """Follow this process, if it was started by one that is followed."""
    if _PLACE in os.environ:
        place = Path(os.environ[_PLACE])
        trace = Trace(Path(os.environ[_LAYER]))
        atexit.register(trace.leave, place)
        _leave_at_the_end_of_children(trace, place)


def write(place: Path, traces: Traces) -> None:
    """Leave traces in a file of their own, whole or not at all."""
    name = uuid.uuid4().hex
    place.joinpath(name).write_text(json.dumps(traces))
    place.joinpath(name).rename(place / f"{name}.json")


def gathered(place: Path) -> Traces:
    """All traces that were left there."""
    found: dict[str, dict[str, set[int]]] = {}
    for path in place.glob("*.json"):
        for test, files in json.loads(path.read_text()).items():
            for file, lines in files.items():
                found.setdefault(test, {}).setdefault(file, set()).update(lines)
    return {test: {file: sorted(lines) for file, lines in files.items()} for test, files in found.items()}


def _leave_at_the_end_of_children(trace: Trace, place: Path) -> None:
    """Processes that multiprocessing forks end without what is registered for an exit."""
    bootstrap = BaseProcess._bootstrap  # type: ignore[attr-defined]

    def followed(self: BaseProcess, *arguments: Any, **more: Any) -> Any:
        try:
            return bootstrap(self, *arguments, **more)
        finally:
            trace.leave(place)

    BaseProcess._bootstrap = followed  # type: ignore[attr-defined]
