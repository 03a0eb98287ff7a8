"""Read-only storages: what cannot be done is refused before anything is sent, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.behaviour import lacks, source
from fixtures.endpoint import WRITE

CHANGES = {
    "write": lambda fs: fs.open("new/object", "wb"),
    "overwrite": lambda fs: fs.open("object", "w"),
    "create": lambda fs: fs.open("new", "xb"),
    "create-next": lambda fs: fs.open("day.0", "xb", next_free=True),
    "rm": lambda fs: fs.rm("object"),
    "rm-missing-ok": lambda fs: fs.rm("object", missing_ok=True),
    "rm-recursive": lambda fs: fs.rm("day", recursive=True),
    "copy": lambda fs: fs.copy("object", "copy"),
    "copy-onto-itself": lambda fs: fs.copy("object", "object"),
    "move": lambda fs: fs.move("object", "moved"),
    "makedirs": lambda fs: fs.makedirs("new/directory"),
    "lend-to-write": lambda fs: fs.local_path("object", "w").__enter__(),
    "lend-to-change": lambda fs: fs.local_path("object", "r+").__enter__(),
}
LISTS = {
    "ls": lambda fs: fs.ls("day"),
    "find": lambda fs: fs.find(),
    "glob": lambda fs: fs.glob("day/*"),
    "isdir": lambda fs: fs.isdir("day"),
    "next-free": lambda fs: fs.next_free("day.0"),
}


@lacks(WRITE)
@source("contract: Answering", "B16.284")
@pytest.mark.parametrize("operation", [*CHANGES.values(), *LISTS.values()], ids=[*CHANGES, *LISTS])
def test_refuses_what_it_cannot(
    fs: Any, witness: Any, costs: Any, refused: Any, operation: Callable[[Any], object]
) -> None:
    """A change or a listing raises OSError that says what to do instead, sends nothing, and leaves all as it was."""
    witness.put("object", b"theirs")
    witness.put("day/object", b"theirs")
    with costs(), refused(OSError, match=r"is read-only; write to|no files are listed") as caught:
        operation(fs)
    assert isinstance(caught.value, ValueError)  # as io.UnsupportedOperation is, like every file's refusal
