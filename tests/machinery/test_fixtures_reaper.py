"""What a run made goes away with it, whatever ends the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hearing import hear_signals

from fixtures import servers
from fixtures.provision import Options, start_all
from fixtures.reaper import ROOT, Reaper
from fixtures.site import CannotStartError, Site


def append(word: str, path: Path) -> list[str]:
    """A command that appends `word` to a file."""
    return ["/bin/sh", "-c", f"printf {word} >> '{path}'"]


def runs(pid: int) -> bool:
    """Whether a process is there that is more than an exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


@pytest.fixture
def reaper() -> Reaper:
    """A reaper that has nothing to undo yet."""
    return Reaper()


@pytest.fixture
def site(reaper: Reaper, tmp_path: Path) -> Site:
    """The site of a run that started nothing yet."""
    return Site("0", Options(), tmp_path, reaper)


def test_undoes_the_newest_first(reaper: Reaper, tmp_path: Path) -> None:
    """What was made last is undone first."""
    reaper.undo_with(append("first", tmp_path / "out"))
    reaper.undo_with(append("second", tmp_path / "out"))
    assert reaper.finish() == []
    assert (tmp_path / "out").read_text() == "secondfirst"


def test_finishing_twice_undoes_once(reaper: Reaper, tmp_path: Path) -> None:
    """Finishing a second time does nothing."""
    reaper.undo_with(append("once", tmp_path / "out"))
    reaper.finish()
    assert reaper.finish() == []
    assert (tmp_path / "out").read_text() == "once"


def test_secrets_travel_in_the_environment(reaper: Reaper, tmp_path: Path) -> None:
    """What is given as environment reaches the undo command."""
    reaper.undo_with(["/bin/sh", "-c", f"printf $WORD > '{tmp_path}/out'"], {"WORD": "hush"})
    reaper.finish()
    assert (tmp_path / "out").read_text() == "hush"


def test_tells_what_it_could_not_undo_and_goes_on(reaper: Reaper, tmp_path: Path) -> None:
    """A failing undo command is told with its last words, and the others still run."""
    reaper.undo_with(append("reached", tmp_path / "out"))
    reaper.undo_with(["/bin/sh", "-c", "echo it is stuck; exit 3"])
    (failure,) = reaper.finish()
    assert failure.endswith("exit status 3 it is stuck")
    assert (tmp_path / "out").read_text() == "reached"


def test_takes_nothing_more_once_it_undoes(reaper: Reaper) -> None:
    """Nothing can be added once the undoing has begun."""
    reaper.finish()
    with pytest.raises(RuntimeError, match="taken down"):
        reaper.undo_with(["true"])


def test_stops_a_spawned_process(site: Site, tmp_path: Path) -> None:
    """A spawned process is asked to end at the end of the run."""
    process = servers.spawn(site, ["sleep", "600"], tmp_path / "log")
    assert runs(process.pid)
    assert site.reaper.finish() == []
    assert process.returncode == -signal.SIGTERM


def test_kills_a_process_that_does_not_stop(site: Site, tmp_path: Path) -> None:
    """A process that does not listen is killed."""
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    process = servers.spawn(site, [sys.executable, "-c", stubborn], tmp_path / "log")
    assert wait_until(lambda: "up" in (tmp_path / "log").read_text())
    assert site.reaper.finish() == []
    assert process.returncode == -signal.SIGKILL


def test_leaves_a_process_alone_that_only_has_the_same_id() -> None:
    """A process that inherited the number of an ended one is left alone."""
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    servers.stop_process(other.pid, "started at another time")
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_process_whose_run_dies_before_the_word_never_starts(site: Site, tmp_path: Path) -> None:
    """A process that the reaper cannot know never starts."""
    site.reaper.finish()
    with pytest.raises(RuntimeError):
        servers.spawn(site, ["touch", str(tmp_path / "made")], tmp_path / "log")
    time.sleep(0.2)
    assert not (tmp_path / "made").exists()


def test_only_the_directory_of_a_run_is_removed(tmp_path: Path) -> None:
    """A run's directory is removed even where it is unwritable, and no other directory is."""
    with pytest.raises(ValueError, match="not the directory of a run"):
        servers.remove_directory(tmp_path)
    unwritable = tmp_path / f"{servers.DIRECTORY_PREFIX}1" / "a" / "b"
    unwritable.mkdir(parents=True)
    unwritable.parent.chmod(0o500)
    servers.remove_directory(tmp_path / f"{servers.DIRECTORY_PREFIX}1")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_still_written_to_is_removed(tmp_path: Path) -> None:
    """The tests of a run that was killed may write for a while after its servers are gone."""
    directory = tmp_path / f"{servers.DIRECTORY_PREFIX}2" / "a"
    directory.mkdir(parents=True)
    script = f"for i in $(seq 3000); do echo > {directory}/$i || exit; done; sleep 0.1"
    with subprocess.Popen(["/bin/sh", "-c", script], stderr=subprocess.DEVNULL):
        servers.remove_directory(directory.parent)
        assert not directory.exists()


def test_a_server_that_ends_is_not_waited_for(site: Site, tmp_path: Path) -> None:
    """A server that ends while it starts is told with its last words at once."""
    log = tmp_path / "log"
    process = servers.spawn(site, ["/bin/sh", "-c", "echo no room; exit 4"], log)
    with pytest.raises(CannotStartError, match="exit status 4; no room"):
        servers.wait_until("it", lambda: "silence", lambda: servers.ended(process, log), site)
    site.reaper.finish()


def test_waiting_ends_when_the_run_is_given_up(site: Site) -> None:
    """Nobody waits for a server once the run is given up."""
    site.cancelled.set()
    with pytest.raises(CannotStartError, match="given up"):
        servers.wait_until("it", lambda: "silence", lambda: "", site)
    site.reaper.finish()


def test_a_run_of_memory_and_local_leaves_nothing() -> None:
    """A run without servers starts, answers and leaves nothing."""
    run = start_all(["local", "memory"], Options())
    assert (run.failures, list(run.endpoints)) == ({}, ["local", "memory"])
    assert [endpoint.answers() for endpoint in run.endpoints.values()] == ["", ""]
    run.stop()
    run.stop()
    assert not run.site.directory.exists()


def test_an_unknown_backend_is_refused_before_anything_starts() -> None:
    """An unknown name is refused before anything starts."""
    with pytest.raises(KeyError):
        start_all(["cloud"], Options())


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_run_leaves_nothing(name: signal.Signals, tmp_path: Path) -> None:
    """A run that is killed leaves no process and no directory."""
    program = """
        import sys, time
        from pathlib import Path
        from fixtures import servers
        from fixtures.provision import Options, start_all
        site = start_all(["local"], Options()).site
        print(site.directory, servers.spawn(site, ["sleep", "600"], site.directory / "log").pid, flush=True)
        time.sleep(600)
    """
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=hear_signals
    ) as run:
        assert run.stdout is not None
        directory, _, pid = run.stdout.readline().strip().partition(" ")
        assert runs(int(pid))
        run.send_signal(name)
    assert wait_until(lambda: not runs(int(pid)) and not Path(directory).exists())
