"""Other processes for a behaviour: they get ready, wait for each other, call one function at once, and end in time."""

from __future__ import annotations

import atexit
import faulthandler
import multiprocessing
import os
import pickle
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from conformance.budgets import NotReadyError, pressure

SECONDS: Final = 40.0
"""How long the processes may take together once they are ready; then they are ended. It grows with their start."""
STARTING_SECONDS: Final = 60.0
"""How long they may take to start, and then to be ready, on an idle machine."""
GROWTH: Final = 5.0
"""How many seconds the processes may take longer for each one that their start took."""
TELLING_SECONDS: Final = 5.0
"""How long a process that hangs may take to leave the stacks of its threads."""
DRIVERS: Final = {"s3": "s3fs", "az": "adlfs", "gs": "gcsfs"}
"""Scheme → what takes a second to import, and does nothing then."""
_STARTED: Final = "started"
_READY: Final = "ready"
_GO: Final = "go"


def preload(schemes: Iterable[str], place: Path) -> None:
    """Have the process that others are forked from import the drivers of these schemes, if it has not started yet.

    Its socket goes to `place`. Multiprocessing would make a directory among the temporary files of whichever case comes
    first, and complain at the end of a run that has removed it.
    """
    multiprocessing.current_process()._config["tempdir"] = str(place)  # type: ignore[attr-defined]
    drivers = [DRIVERS[scheme] for scheme in set(schemes) if scheme in DRIVERS]
    multiprocessing.set_forkserver_preload(["pytest", __name__, *drivers])


def in_processes(function: Callable[..., Any], n: int, *arguments: Any, seconds: float = SECONDS) -> list[Any]:
    """Call `function(number, *arguments)` at once in `n` new processes, numbered from 0.

    The function must be at the top of a module. The processes are forked from one that has imported drivers and done
    nothing else, and have the environment of the calling test.
    Returns what each call returned, in order; where a call raised, its exception stands instead.

    Raises:
        RuntimeError: A process died, or took too long; then with the stacks of its threads.
        NotReadyError: A process never began, or was not ready in time, for which no subject is to blame.
    """
    calls = [pickle.dumps((function, (number, *arguments))) for number in range(n)]
    return _together("forkserver", calls, seconds, to_the_end=False)


def in_child(method: str, function: Callable[..., Any], *arguments: Any, seconds: float = SECONDS) -> Any:
    """Return what `function(*arguments)` returns in one child process, which then ends as a program does.

    `method` is one of multiprocessing's: `fork` hands the arguments over as they are, `spawn` and `forkserver` pickle
    them. An exception that is raised there is returned.

    Raises:
        RuntimeError: The child died, did not end cleanly, or took too long; then with the stacks of its threads.
        NotReadyError: The child never began, or was not ready in time, for which no subject is to blame.
    """
    call = (function, arguments)
    (answer,) = _together(method, [call if method == "fork" else pickle.dumps(call)], seconds, to_the_end=True)
    return answer


@dataclass
class _Child:
    """A process that has been started."""

    process: Any
    pipe: Connection
    stacks: Path
    """Where it leaves the stacks of its threads when it hangs."""
    deadline: float

    def begin(self) -> None:
        """Wait until it has started, as Python does by itself, and is ready: it has what it is to call."""
        try:
            self.receive()
        except RuntimeError as error:
            raise NotReadyError(f"before it had started, {error}") from error
        try:
            self.receive()
        except RuntimeError as error:
            if self.process.exitcode is not None:  # the call could not be unpickled
                raise
            raise NotReadyError(f"before it was ready, {error}") from error

    def receive(self) -> Any:
        """What it sends next."""
        try:
            if self.pipe.poll(max(0.0, self.deadline - time.monotonic())):
                return self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join(1)
            raise self._error("died") from None
        raise self._error("does not answer")

    def finish(self) -> None:
        """Wait for its end."""
        self.process.join(max(0.0, self.deadline - time.monotonic()))
        if self.process.exitcode != 0:
            raise self._error("did not end cleanly")

    def discard(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()

    def _error(self, what: str) -> RuntimeError:
        status = self.process.exitcode
        stacks = self._ask_for_stacks() if status is None else ""
        return RuntimeError(f"process {self.process.pid} {what}: status {status}\n{stacks}".strip())

    def _ask_for_stacks(self) -> str:
        end, told = time.monotonic() + TELLING_SECONDS, ""
        os.kill(self.process.pid, signal.SIGUSR1)
        while time.monotonic() < end and not (told and told == self.stacks.read_text()):
            told = self.stacks.read_text()  # thread by thread, and so complete once it grows no more
            self.process.join(0.2)
        return told


def _together(method: str, calls: list[Any], seconds: float, *, to_the_end: bool) -> list[Any]:
    start = time.monotonic()
    latest = start + STARTING_SECONDS * pressure()
    with tempfile.TemporaryDirectory(prefix="processes-") as place:
        children: list[_Child] = []
        try:
            for number, call in enumerate(calls):
                children.append(_start(method, call, Path(place, str(number)), latest, to_the_end))
            for child in children:
                child.begin()
            ready = time.monotonic()
            for child in children:
                child.deadline = ready + seconds + GROWTH * (ready - start)
                child.pipe.send(_GO)
            answers = [pickle.loads(child.receive()) for child in children]
            for child in children if to_the_end else ():
                child.finish()
            return answers
        finally:
            for child in children:
                child.discard()


def _start(method: str, call: Any, stacks: Path, deadline: float, to_the_end: bool) -> _Child:
    context: Any = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    stacks.touch()
    arguments = (theirs, dict(os.environ), call, stacks, to_the_end and method != "spawn")
    process = context.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    theirs.close()
    return _Child(process, ours, stacks, deadline)


def _serve(pipe: Connection, environment: dict[str, str], call: Any, stacks: Path, exits: bool) -> None:
    """Serve one call: say started, then ready, wait for go, send what came of it; if it `exits`, do what an exit does.

    Children that multiprocessing forks end without the functions that are registered for an exit; those that it spawns
    call them.
    """
    faulthandler.register(signal.SIGUSR1, stacks.open("w"))
    os.environ.clear()
    os.environ.update(environment)
    pipe.send(_STARTED)
    function, arguments = pickle.loads(call) if isinstance(call, bytes) else call
    pipe.send(_READY)
    if pipe.recv() == _GO:
        pipe.send(_outcome(function, arguments))
    if exits:
        atexit._run_exitfuncs()


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    try:
        result = function(*arguments)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
        result = error
    try:
        return pickle.dumps(result)
    except Exception as error:  # noqa: BLE001 (pickle lets the class under test raise anything)
        return pickle.dumps(RuntimeError(f"{result!r} cannot be pickled: {error}"))
