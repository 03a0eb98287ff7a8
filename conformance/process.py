"""Other processes for a behaviour: they start fresh, wait for each other, and call one function at once."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Final

SECONDS: Final = 40.0
"""How long the processes may take together, their start included; then they are killed."""
_READY: Final = b"R"
_GO: Final = b"G"


def in_processes(function: Callable[..., Any], n: int, *arguments: Any) -> list[Any]:
    """Call `function(number, *arguments)` at once in `n` new processes, numbered from 0.

    The function must be at the top of a module. The processes have the environment of the calling test.
    Returns what each call returned, in order; where a call raised, its exception stands instead.

    Raises:
        RuntimeError: A process died or took too long.
    """
    children = [_start() for _ in range(n)]
    watchdog = threading.Timer(SECONDS, _kill, [children])
    watchdog.start()
    try:
        for number, child in enumerate(children):
            _tell(child, pickle.dumps((function, (number, *arguments))))
        for child in children:
            _require(child, _pipe(child.stdout).read(1) == _READY)
        for child in children:
            _tell(child, _GO)
        return [_answer(child) for child in children]
    finally:
        watchdog.cancel()
        for child in children:
            child.kill()
            child.communicate()


def _kill(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.kill()


def _start() -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "conformance.process"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _tell(child: subprocess.Popen[bytes], message: bytes) -> None:
    _pipe(child.stdin).write(message)
    _pipe(child.stdin).flush()


def _require(child: subprocess.Popen[bytes], answered: bool) -> None:
    if not answered:
        raise RuntimeError(f"process {child.pid} died, or was killed after {SECONDS:g} s: status {child.wait()}")


def _answer(child: subprocess.Popen[bytes]) -> Any:
    body = _pipe(child.stdout).read()
    _require(child, bool(body))
    return pickle.loads(body)


def main() -> None:
    """Serve one call: read it from standard input, say ready, wait for go, write what came of it."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    function, arguments = pickle.load(sys.stdin.buffer)
    answers.write(_READY)
    answers.flush()
    if sys.stdin.buffer.read(1) == _GO:
        answers.write(_outcome(function, arguments))
        answers.close()


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    try:
        result = function(*arguments)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
        result = error
    try:
        return pickle.dumps(result)
    except Exception as error:  # noqa: BLE001 (pickle lets the class under test raise anything)
        return pickle.dumps(RuntimeError(f"{result!r} cannot be pickled: {error}"))


if __name__ == "__main__":
    main()
