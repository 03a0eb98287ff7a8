"""Local paths: programs that only know real files are lent one, in both directions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import obspy
import pytest

from conformance.behaviour import needs, one_of_each_engine, source
from conformance.blocks import BLOCK, small_blocks
from conformance.budgets import pressure
from conformance.samples import MINISEED
from fixtures.endpoint import WRITE

DIGEST = "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())"
"""An external program that reads the file whose name it is given."""
GENERATE = "import sys; open(sys.argv[1], 'wb').write(bytes(range(256)) * int(sys.argv[2]))"
"""An external program that writes one."""
UPPER = "import sys; f = open(sys.argv[1], 'r+b'); b = f.read(); f.seek(0); f.write(b.upper()); f.close()"
"""An external program that changes one in place."""


def _run(program: str, *arguments: object) -> str:
    command = [sys.executable, "-I", "-c", program, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30 * pressure()).stdout.strip()


@source("contract: Formats", "Noiz 0.7.1: D25", "B2.74")
@pytest.mark.parametrize("name", ["raw/TD05.mseed", "a[1] b#é.mseed"])
def test_program_reads(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """A program that is lent an object to read finds its very bytes under its own last name."""
    witness.put(name, MINISEED[0].read_bytes())
    with subject.io.local_path(fs.get_path(name)) as path:
        assert isinstance(path, Path)
        assert (path.name, _run(DIGEST, path)) == (name.rpartition("/")[2], _run(DIGEST, MINISEED[0].path))
        assert obspy.read(str(MINISEED[0].path))[0].id == obspy.read(path.open("rb"))[0].id
    assert witness.get(name) == MINISEED[0].read_bytes()


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W15", "B2.74")
@pytest.mark.parametrize("count", [0, 1000], ids=["empty", "256-kB"])
def test_program_writes(fs: Any, subject: Any, witness: Any, count: int) -> None:
    """What a program wrote is published when the block ends without an exception, and not before."""
    with subject.io.local_path(fs.get_path("plots/day.bin"), "w") as path:
        _run(GENERATE, path, count)
        assert witness.keys() == []
    assert (witness.keys(), witness.get("plots/day.bin")) == (["plots/day.bin"], bytes(range(256)) * count)


@needs(WRITE)
@source("contract: Formats")
def test_program_changes(fs: Any, subject: Any, witness: Any) -> None:
    """In mode `r+` a program finds the content, and what it made of it replaces the object at the end."""
    witness.put("notes.txt", b"content")
    with subject.io.local_path(fs.get_path("notes.txt"), "r+") as path:
        _run(UPPER, path)
        assert witness.get("notes.txt") == b"content"
    assert witness.get("notes.txt") == b"CONTENT"


def _swapped(path: Path) -> bytes:
    """Read a file, and put its second half before its first."""
    body = path.read_bytes()
    path.write_bytes(body[len(body) // 2 :] + body[: len(body) // 2])
    return body


@one_of_each_engine()
@small_blocks
@source("contract: Formats", "B16.270")
def test_large_content_is_lent_whole(fs: Any, subject: Any, witness: Any, noise: Any) -> None:
    """Content above the block size is lent whole."""
    body = noise(BLOCK + 17)
    witness.put("object", body)
    with subject.io.local_path(fs.get_path("object")) as path:
        assert (path.read_bytes() == body) is True


@one_of_each_engine()
@needs(WRITE)
@small_blocks
@source("contract: Formats", "B16.270")
@pytest.mark.parametrize("mode", ["w", "r+"])
def test_large_content_is_published_whole(fs: Any, subject: Any, witness: Any, noise: Any, mode: str) -> None:
    """What a program wrote above the block size, or made of such content, is published whole."""
    older, body = noise(BLOCK + 17), noise(BLOCK + 23)
    witness.put("object", older)
    with subject.io.local_path(fs.get_path("object"), mode) as path:
        found = [{"w": lambda: older, "r+": path.read_bytes}[mode]() == older]
        path.write_bytes(body)
    assert [*found, witness.get("object") == body] == [True, True]


@needs(WRITE)
@source("B2.53", "contract: Writing")
@pytest.mark.parametrize("mode", ["w", "r+"])
def test_exception_publishes_nothing(fs: Any, subject: Any, witness: Any, mode: str, refused: Any) -> None:
    """When the block raises, the object stays as it was, nothing is published, and the lent file is gone."""
    witness.put("notes.txt", b"older")
    lent: list[Path] = []

    def break_off() -> None:
        with subject.io.local_path(fs.get_path("notes.txt"), mode) as path:
            lent.append(path)
            path.write_bytes(b"newer")
            raise RuntimeError("mine")

    with refused(RuntimeError, match="mine"):
        break_off()
    assert (witness.keys(), witness.get("notes.txt"), lent[0].exists()) == (["notes.txt"], b"older", False)


@source("contract: Answering")
@pytest.mark.parametrize("mode", ["r", pytest.param("r+", marks=needs(WRITE))])
def test_missing_object(fs: Any, subject: Any, witness: Any, mode: str, refused: Any) -> None:
    """Borrowing an object that is not there raises FileNotFoundError before the block begins."""
    entered = []
    with refused(FileNotFoundError), subject.io.local_path(fs.get_path("nothing.mseed"), mode):
        entered.append(os.getcwd())
    assert (entered, witness.keys()) == ([], [])


@source("contract: Paths that helpers return")
def test_storage_path_is_no_local_path(fs: Any, witness: Any) -> None:
    """A path of a storage cannot be handed to a function that opens local files: it has no `__fspath__`."""
    witness.put("notes.txt", b"content")
    path = fs.get_path("notes.txt")
    assert (isinstance(path, os.PathLike), isinstance(path, str)) == (False, True)
