"""A place where one mutant at a time meets its tests: a copy of the checkout, and a server of each kind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final

from conformance import forked
from conformance.mutants import BEHAVIOURS, Target, tracing
from conformance.mutants.mutation import Mutant, digest
from conformance.mutants.running import Job
from conformance.mutants.server import DOWN, FAILED, LEAST_SECONDS, PASSED, READY, End, Setup

JOBS: Final = 200
"""After so many jobs a server is started anew: moto keeps in memory what they wrote."""
SURVIVED: Final = "survived"
_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_LEFT: Final = shutil.ignore_patterns(".*", "__pycache__", "report", "build", "dist", "*.egg-info")


@dataclass(frozen=True)
class Meeting:
    """Tests of one kind, and how long each usually takes."""

    kind: str
    seconds: dict[str, float]
    """Test → seconds, in their order."""
    files: list[str]
    covering: int
    """How many tests run the line, those included that are too many."""

    def beginning_with(self, test: str) -> Meeting:
        """The same with this test first, where it is one of them."""
        first = {name: seconds for name, seconds in self.seconds.items() if name == test}
        return replace(self, seconds=first | self.seconds)


@dataclass(frozen=True)
class Outcome:
    """What came of a mutant."""

    by: str
    """`behaviours`, `units` or `survived`."""
    test: str = ""
    how: str = ""
    why: str = ""


class ServerDiedError(Exception):
    """A server ended, or did not even start: the end of what it wrote."""


class Client:
    """A running server of one kind, below a copy of the checkout."""

    def __init__(self, target: Target, kind: str, tree: Path, least_seconds: float) -> None:
        places = [target.behaviours] if kind == BEHAVIOURS else []
        setup = Setup(kind, target.package, places, list(target.options), list(target.heavy), least_seconds)
        self.jobs = 0
        self._log = tree.parent / f"{kind}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "conformance.mutants.server", json.dumps(asdict(setup))],
                cwd=tree,
                env=_environment(tree),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._answer(READY)

    def run(self, job: Job) -> End:
        """Have a job done."""
        assert self._process.stdin
        self.jobs += 1
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def let_go(self) -> None:
        """Let it end, and its servers with it."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def close(self) -> None:
        """Let it end, and wait for that."""
        assert self._process.stdout
        self.let_go()
        self._process.stdout.close()
        self._process.wait()

    def terminate(self) -> None:
        """End it in the middle of a job."""
        self._process.terminate()

    def _answer(self, expected: str = "") -> End:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line or (expected and json.loads(line)["how"] != expected):
            raise ServerDiedError(self._log.read_text(errors="replace")[-4000:])
        return End(**json.loads(line))


class Slot:
    """A copy of the checkout with its servers, which start when they are needed."""

    def __init__(self, target: Target, seed: int = 0, least_seconds: float = LEAST_SECONDS) -> None:
        self._target, self._seed, self._least = target, seed, least_seconds
        self._place = Path(tempfile.mkdtemp(prefix="mutants-"))
        self._tree = Tree(target.root, self._place / "tree")
        self._clients: dict[str, Client] = {}
        self._given_up = False

    def __enter__(self) -> Slot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        shutil.rmtree(self._place, ignore_errors=True)

    def let_go(self) -> None:
        """Let the servers end; `with` waits for that."""
        for client in self._clients.values():
            client.let_go()

    def give_up(self) -> None:
        """End what runs; whoever waits for it gets an error."""
        self._given_up = True
        for client in list(self._clients.values()):
            client.terminate()

    def trace(self, kind: str, file: str) -> tuple[End, tracing.Traces]:
        """Run all tests of a file on the true layer; how that ended, and which lines each ran."""
        traces = Path(tempfile.mkdtemp(prefix="traces-", dir=self._place))
        end = self._run(kind, Job([file], seed=self._number(file), traces=str(traces)))
        return end, tracing.gathered(traces)

    def judge(self, mutant: Mutant, meetings: Sequence[Meeting]) -> Outcome:
        """Let a mutant meet its tests, one kind after the other."""
        with self._tree.changed(mutant):
            for meeting in meetings:
                end = self._worst(meeting, mutant.id)
                if end.how != PASSED:
                    return Outcome(meeting.kind, end.test, end.how, end.why)
        return Outcome(SURVIVED)

    def _worst(self, meeting: Meeting, word: str) -> End:
        """The first failure of some tests; what hangs, ends its process or gives no verdict counts only twice."""
        rest, end = list(meeting.seconds), End(PASSED)
        while rest:
            end = self._run(meeting.kind, self._job(meeting, rest, f"{word} {len(rest)}"))
            if end.how in (PASSED, FAILED):
                return end
            test = end.test or rest[0]
            again = self._run(meeting.kind, self._job(meeting, [test], f"{word} {len(rest)} again"))
            if again.how != PASSED:
                return again
            rest, end = rest[rest.index(test) + 1 :] if test in rest else [], again
        return end

    def _job(self, meeting: Meeting, tests: list[str], word: str) -> Job:
        files = (
            meeting.files if len(tests) > 1 else [each for each in meeting.files if tests[0].startswith(f"{each}::")]
        )
        return Job(files or meeting.files, tests, meeting.seconds, self._number(word))

    def _number(self, word: str) -> int:
        """A seed for one job: two never share the prefix of a case."""
        return int(digest(str(self._seed), word)[:8], 16)

    def _run(self, kind: str, job: Job) -> End:
        try:
            end = self._client(kind).run(job)
        except ServerDiedError:  # what a mutant broke beyond repair counts if it breaks a new server too
            self._end(kind)
            end = self._client(kind).run(job)
        if end.how == DOWN or self._clients[kind].jobs >= JOBS or self._tree.mend():
            self._end(kind)
        return end

    def _end(self, kind: str) -> None:
        """End a server, unless it did not even start."""
        if client := self._clients.pop(kind, None):
            client.close()

    def _client(self, kind: str) -> Client:
        if self._given_up:
            raise ServerDiedError("the run was given up")
        if kind not in self._clients:
            self._clients[kind] = Client(self._target, kind, self._tree.place, self._least)
        return self._clients[kind]


def copy_of(root: Path, place: Path) -> None:
    """Copy a checkout without its caches."""
    shutil.copytree(root, place, ignore=_LEFT)


@dataclass
class Tree:
    """A copy of the checkout, in which one file at a time may be another."""

    root: Path
    place: Path
    _known: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Copy what is no cache."""
        copy_of(self.root, self.place)
        self._known = dict(self._state())

    @contextlib.contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """Have a mutant in the place of its module."""
        file, path = mutant.file, self.place / mutant.file
        try:
            path.write_text(mutant.applied(self.root.joinpath(file).read_text(encoding="utf-8")), encoding="utf-8")
            self._note(file)
            yield
        finally:
            shutil.copy2(self.root / file, path)
            self._note(file)

    def mend(self) -> bool:
        """Undo what a mutant did to the copy, and say whether it did anything."""
        found = dict(self._state())
        for name in found.keys() - self._known.keys():
            Path(self.place, name).unlink()
        lost = [name for name, state in self._known.items() if found.get(name) != state]
        for name in lost:
            Path(self.place, name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root / name, self.place / name)
            self._note(name)
        return bool(lost)

    def _note(self, file: str) -> None:
        """Know a file as it is now; Python may have compiled another one of its size in the same second."""
        path = self.place / file
        for compiled in path.parent.joinpath("__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()
        status = path.stat()
        self._known[file] = status.st_size, status.st_mtime_ns

    def _state(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for directory, below, names in os.walk(self.place):
            below[:] = [name for name in below if name != "__pycache__" and not name.startswith(".")]
            for name in names:
                path = os.path.join(directory, name)
                status = os.lstat(path)
                yield os.path.relpath(path, self.place), (status.st_size, status.st_mtime_ns)


def _environment(tree: Path) -> dict[str, str]:
    """The copy stands before all else, also for what tests start; and what is imported once is kept compiled."""
    path = dict.fromkeys([str(tree), str(tree if (tree / "conformance").is_dir() else _REPOSITORY)])
    kept = {name: value for name, value in forked.environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(path)}
