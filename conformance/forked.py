"""Runs of pytest in processes of their own, forked from one that has imported what every run of the suite needs.

Importing it costs a second of processor time, which is most of what a run of a few behaviours takes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.config import default_plugins

PLUGINS: Final = ("-p", "no:cacheprovider", "-p", "xdist.plugin", "-p", "pytest_timeout")
"""What the suite needs of pytest's plugins; importing every one that is installed would take longer than a run."""
IMPORTED: Final = (
    __name__,
    "conformance.conftest",
    "noiz_storage.cli",
    "numpy",
    *(f"_pytest.{plugin}" for plugin in default_plugins),
)
"""Modules that are imported once."""


def preload(*more: str) -> None:
    """Have the process that others are forked from import all that, and more, if it has not started yet."""
    multiprocessing.set_forkserver_preload([*IMPORTED, *more])


def environment() -> dict[str, str]:
    """The environment of a run: this process's without what it tells its own pytest, and without more plugins."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run(
    arguments: Sequence[str],
    directory: Path,
    output: Path,
    *,
    seconds: float,
    variables: Mapping[str, str] | None = None,
    prepare: Callable[[], object] | None = None,
) -> int:
    """Run pytest in `directory` and return its exit status; what it prints goes to the file `output`.

    The process leads a group of its own, has `variables` beside this one's environment, and calls `prepare` first.

    Raises:
        TimeoutError: It took longer than `seconds`, and was ended.
    """
    context: Any = multiprocessing.get_context("forkserver")
    call = ([*PLUGINS, *arguments], directory, output, {**environment(), **(variables or {})}, prepare)
    process = context.Process(target=_serve, args=call)
    process.start()
    process.join(seconds)
    try:
        if process.exitcode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.join()
            raise TimeoutError(f"pytest ran for more than {seconds} s:\n{output.read_text()}")
        return int(process.exitcode)
    finally:
        process.close()


def _serve(
    arguments: list[str],
    directory: Path,
    output: Path,
    variables: dict[str, str],
    prepare: Callable[[], object] | None,
) -> None:
    """Become what `python -m pytest` in that directory is, and end as it does."""
    os.setsid()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(variables)
    sys.path.insert(0, str(directory))
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    gc.freeze()  # pytest collects garbage up to ten times as it ends, among all that is imported
    if prepare:
        prepare()
    status = int(pytest.main(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
