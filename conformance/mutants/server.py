"""A process that has imported and collected what it can without the layer, and forks one that runs tests for each job.

`python -m conformance.mutants.server SETUP`. Every line of its input is a job, every line of its output how one ended,
all in JSON. To import pytest and the drivers takes seconds, and to collect the suite does; to fork, a hundredth of one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NoReturn

import pytest

from conformance import options
from conformance.mutants import BEHAVIOURS, tracing
from conformance.mutants.running import (
    PYTEST,
    Collected,
    Job,
    Runner,
    run_collected,
    run_collecting,
    silent_servers,
)

READY: Final = "ready"
PASSED: Final = "passed"
FAILED: Final = "failed"
HANGS: Final = "hangs"
ENDS: Final = "ends its process"
DOWN: Final = "silences its server"
UNJUDGED: Final = "comes to no verdict"
STARTING_SECONDS: Final = 60.0
"""How long a process may take until its first test begins, and after its last one."""
LEAST_SECONDS: Final = 20.0
"""How long any test may take at least."""
TIMES: Final = 5
"""How many times as long as usual a test may take."""
_GLANCE: Final = 0.2
_MARK: Final = "NOIZ_MUTANTS_JOB"
_GIB: Final = 1024**3
_LIMITS: Final = {resource.RLIMIT_FSIZE: 8 * _GIB, resource.RLIMIT_DATA: 8 * _GIB, resource.RLIMIT_CORE: 0}


@dataclass(frozen=True)
class Setup:
    """What a server is told when it starts."""

    kind: str
    package: str
    places: list[str]
    """Of behaviours: what is collected."""
    options: list[str]
    heavy: list[str]
    """Modules to import, where they are there."""
    least_seconds: float = LEAST_SECONDS


@dataclass
class End:
    """How a job ended."""

    how: str = ENDS
    test: str = ""
    """The one that failed, or that ran when the process ended."""
    why: str = ""
    passed: dict[str, float] = field(default_factory=dict)
    """Test → seconds."""
    failed: dict[str, str] = field(default_factory=dict)
    """Test → why; more than one only where lines are noted."""


Act = Callable[[Job, Runner], None]


@dataclass(frozen=True)
class Server:
    """Where jobs come from, where their ends go, and what is done for one in a process of its own."""

    setup: Setup
    jobs: IO[str]
    ends: IO[str]

    def serve(self, act: Act, silence: Callable[[], str] = str) -> None:
        """Serve until the input ends."""
        self._say({"how": READY})
        for line in self.jobs:
            job = Job(**json.loads(line))
            end = self._attend(job, act)
            if end.how != PASSED and silence():
                end.how, end.why = DOWN, silence()
            self._say(asdict(end))

    def _say(self, fields: dict[str, Any]) -> None:
        self.ends.write(json.dumps(fields) + "\n")
        self.ends.flush()

    def _attend(self, job: Job, act: Act) -> End:
        """Fork, listen, and leave nothing of it behind."""
        loaded = [name for name in sys.modules if name.partition(".")[0] == self.setup.package]
        if loaded:
            raise RuntimeError(f"the layer is loaded before its mutants: {', '.join(loaded)}")
        read, write = os.pipe()
        place, mark = tempfile.mkdtemp(prefix="job-", dir=Path.cwd().parent), uuid.uuid4().hex
        pid = os.fork()
        if pid == 0:
            self._be_the_child(job, act, write, place, mark)
        os.close(write)
        try:
            return _listen(read, pid, job, self.setup.least_seconds)
        finally:
            os.close(read)
            _end_group(pid)
            for each in _marked(mark):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            shutil.rmtree(place, ignore_errors=True)

    def _be_the_child(self, job: Job, act: Act, write: int, place: str, mark: str) -> None:
        """Never returns."""
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.setsid()
            os.environ.update({_MARK: mark, "TMPDIR": place})
            tempfile.tempdir = None
            for name, limit in _LIMITS.items():
                resource.setrlimit(name, (limit, resource.getrlimit(name)[1]))
            self._act(job, act, write)
            status = 0
        except BaseException:  # noqa: BLE001 (whatever it is, this process ends here)
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _act(self, job: Job, act: Act, write: int) -> None:
        def tell(**fields: Any) -> None:
            os.write(write, json.dumps(fields).encode() + b"\n")

        if not job.traces:
            act(job, Runner(job, tell, str))
        else:
            trace = tracing.prepare(Path.cwd() / self.setup.package, Path(job.traces))
            act(job, Runner(job, tell, trace.begin))
            tracing.write(Path(job.traces), trace.by_test())
        tell(ends=True)


def main(text: str) -> int:
    """Be a server of one kind."""
    setup = Setup(**json.loads(text))
    signal.signal(signal.SIGTERM, _end)
    jobs, ends = _own_streams()
    server = Server(setup, jobs, ends)
    for name in setup.heavy:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if setup.kind != BEHAVIOURS:
        gc.freeze()
        server.serve(run_collecting)
        return 0
    options._refuse_unknown_subject = _believe  # it would import the layer

    def serve(session: pytest.Session) -> None:
        server.serve(lambda job, runner: run_collected(session, job, runner), lambda: silent_servers(session))

    return int(pytest.main([*PYTEST, *setup.options, *setup.places], plugins=[Collected(serve)]))


def _end(number: int, frame: object) -> NoReturn:
    """End in the middle of a job, with all that belongs to it."""
    del frame
    sys.exit(128 + number)


def _believe(name: str) -> None:
    """Take a subject's name for right."""
    del name


def _own_streams() -> tuple[IO[str], IO[str]]:
    """Input and output; what tests print goes to where errors go."""
    jobs, ends = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return os.fdopen(jobs, "r"), os.fdopen(ends, "w")


def _listen(read: int, pid: int, job: Job, least: float) -> End:
    """Follow a process to its end, or to the end of its patience."""
    end, deadline = End(), time.monotonic() + STARTING_SECONDS
    for message in _messages(read, pid):
        if message is None:
            if time.monotonic() > deadline:
                end.how = HANGS
                return end
        elif "begins" in message:
            end.test = message["begins"]
            deadline = time.monotonic() + max(least, TIMES * job.seconds.get(end.test, least))
        elif "passed" in message:
            end.passed[message["passed"]] = message["seconds"]
            deadline = time.monotonic() + STARTING_SECONDS
        elif "failed" in message:
            end.failed[message["failed"]] = end.why = message["why"]
            end.how = UNJUDGED if message["unjudged"] else HANGS if "Timeout (>" in end.why else FAILED
            if not job.traces:
                return end
            end.how = ENDS
        else:
            end.how, end.test = PASSED, ""
    return end


def _messages(read: int, pid: int) -> Iterator[dict[str, Any] | None]:
    """What a process tells, line by line; None now and then while it is silent."""
    rest = b""
    while True:
        if select.select([read], [], [], _GLANCE)[0]:
            chunk = os.read(read, 1 << 16)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from map(json.loads, lines)
        elif os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return  # what it has started may still hold the other end
        else:
            yield None


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _marked(mark: str) -> Iterator[int]:
    """Processes that a job has started in sessions of their own."""
    needle = f"{_MARK}={mark}".encode()
    for name in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else []):
        with contextlib.suppress(OSError):
            if needle in Path("/proc", name, "environ").read_bytes():
                yield int(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
