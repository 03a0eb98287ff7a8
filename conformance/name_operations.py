"""Every operation that takes a name: ways to write under it, questions about it, and calls that must refuse it."""

from __future__ import annotations

import errno
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final, TypeVar

from conformance.writing import read, write

Call = Callable[[Any, Any, str], object]
"""A call of the subject: with the subject itself, a file system of it, and a name."""
Question = tuple[Call, Callable[[str], object]]
"""How something is asked of a name, and the right answer."""

Way = TypeVar("Way", Call, Question)

TEXT: Final = "of some length"
BODY: Final = TEXT.encode()


def _lent(fs: Any, name: str, mode: str) -> bytes:
    """What a lent file holds; in mode `w` it is made to hold the body."""
    with fs.local_path(name, mode) as path:
        if mode == "w":
            path.write_bytes(BODY)
        return bytes(path.read_bytes())


def _written_and_moved(fs: Any, name: str) -> None:
    write(fs, "source", BODY)
    fs.move("source", name)


def _copied_from_its_like(fs: Any, name: str) -> None:
    fs.copy(f"written/{name.partition('/')[2]}", name)


def _written_below_made(fs: Any, name: str) -> None:
    fs.makedirs(_parent(name))
    write(fs, name, BODY)


WRITES: Final[Mapping[str, Call]] = {
    "written": lambda _, fs, name: write(fs, name, BODY),
    "text": lambda _, fs, name: write(fs, name, TEXT, "w"),
    "addressed": lambda _, fs, name: write(fs, str(fs.get_path(name)), BODY),
    "joined": lambda _, fs, name: write(fs, fs.get_path(name.partition("/")[0]) / name.partition("/")[2], BODY),
    "below-made": lambda _, fs, name: _written_below_made(fs, name),
    "copied": lambda _, fs, name: _copied_from_its_like(fs, name),
    "moved": lambda _, fs, name: _written_and_moved(fs, name),
    "lent": lambda _, fs, name: _lent(fs, name, "w"),
    "helped": lambda subject, fs, name: subject.io.write_text(name, TEXT, storage=fs),
    "assembled": lambda subject, fs, name: subject.io.write_text(
        subject.path_helpers.assembly_filepath(*name.split("/", 1), storage=fs), TEXT
    ),
}
"""Way → how it puts the body under a name that has at least one directory."""

READS: Final[Mapping[str, Question]] = {
    "read": (lambda _, fs, name: read(fs, name), lambda _: BODY),
    "text": (lambda _, fs, name: fs.open(name, "r").read(), lambda _: TEXT),
    "window": (lambda _, fs, name: fs.read(name, 3, 4), lambda _: BODY[3:7]),
    "addressed": (lambda _, fs, name: read(fs, str(fs.get_path(name))), lambda _: BODY),
    "lent": (lambda _, fs, name: _lent(fs, name, "r"), lambda _: BODY),
    "helped": (lambda subject, fs, name: subject.io.read_text(name, storage=fs), lambda _: TEXT),
    "exists": (lambda _, fs, name: fs.exists(name), lambda _: True),
    "path-exists": (lambda _, fs, name: fs.get_path(name).exists(), lambda _: True),
    "file-exists": (lambda subject, fs, name: subject.path_helpers.file_exists(name, storage=fs), lambda _: True),
    "size": (lambda _, fs, name: fs.stat(name).size, lambda _: len(BODY)),
    "key": (lambda _, fs, name: fs.get_path(name).key, lambda name: name),
    "last-part": (lambda _, fs, name: fs.get_path(name).name, lambda name: name.rpartition("/")[2]),
    "key-of-address": (lambda _, fs, name: fs.get_path(str(fs.get_path(name))).key, lambda name: name),
}
"""Question → how it is asked of a name, and the answer where the body lies under it."""

LISTS: Final[Mapping[str, Question]] = {
    "isdir": (lambda _, fs, name: (fs.isdir(name), fs.isdir(_parent(name))), lambda _: (False, True)),
    "ls": (lambda _, fs, name: fs.ls(_parent(name)), lambda name: [name]),
    "find": (lambda _, fs, name: fs.find(_parent(name)), lambda name: [name]),
    "glob": (lambda _, fs, name: fs.glob(re.sub(r"[*?[]", r"[\g<0>]", name)), lambda name: [name]),
}
"""As `READS`, where names can be listed and the name is the only one in its directory."""

REMOVALS: Final[Mapping[str, Call]] = {
    "rm": lambda _, fs, name: fs.rm(name),
    "rm-missing-ok": lambda _, fs, name: fs.rm(name, missing_ok=True),
    "rm-recursive": lambda _, fs, name: fs.rm(name, recursive=True),
    "rm-of-address": lambda _, fs, name: fs.rm(str(fs.get_path(name))),
    "move": lambda _, fs, name: fs.move(name, "moved-away"),
}
"""Way → how an object is taken away by its name."""

OBJECTS: Final[Mapping[str, Call]] = {
    "open-to-read": lambda _, fs, name: fs.open(name, "rb"),
    "open-to-write": lambda _, fs, name: fs.open(name, "wb").close(),
    "open-to-create": lambda _, fs, name: fs.open(name, "xb").close(),
    "open-next-free": lambda _, fs, name: fs.open(name, "xb", next_free=True).close(),
    "read": lambda _, fs, name: fs.read(name),
    "window": lambda _, fs, name: fs.read(name, 3, 4),
    "exists": lambda _, fs, name: fs.exists(name),
    "stat": lambda _, fs, name: fs.stat(name),
    "rm": lambda _, fs, name: fs.rm(name, missing_ok=True),
    "rm-recursive": lambda _, fs, name: fs.rm(name, recursive=True, missing_ok=True),
    "copy-from": lambda _, fs, name: fs.copy(name, "target"),
    "copy-to": lambda _, fs, name: fs.copy("object", name),
    "move-from": lambda _, fs, name: fs.move(name, "target"),
    "move-to": lambda _, fs, name: fs.move("object", name),
    "makedirs": lambda _, fs, name: fs.makedirs(name),
    "get-path": lambda _, fs, name: fs.get_path(name),
    "lend-to-read": lambda _, fs, name: ExitStack().enter_context(fs.local_path(name, "r")),
    "lend-to-write": lambda _, fs, name: ExitStack().enter_context(fs.local_path(name, "w")),
    "write-text": lambda subject, fs, name: subject.io.write_text(name, TEXT, storage=fs),
    "read-text": lambda subject, fs, name: subject.io.read_text(name, storage=fs),
    "save-numpy": lambda subject, fs, name: subject.io.save_numpy(name, [1.0], storage=fs),
    "load-numpy": lambda subject, fs, name: subject.io.load_numpy(name, storage=fs),
    "file-exists": lambda subject, fs, name: subject.path_helpers.file_exists(name, storage=fs),
    "ensure-parent": lambda subject, fs, name: subject.path_helpers.ensure_parent_directory(name, storage=fs),
    "next-counter": lambda subject, fs, name: subject.path_helpers.increment_filename_counter(name, storage=fs),
}
"""Operation → a call of it on the object of one name."""

JOINS: Final[Mapping[str, Call]] = {
    "join": lambda _, fs, name: fs.get_path("day") / name,
    "with-name": lambda _, fs, name: fs.get_path("day/object").with_name(name),
    "assemble": lambda subject, fs, name: subject.path_helpers.assembly_filepath("", "type", name, storage=fs),
}
"""Operation → a call that puts a name below a path."""

PREFIXES: Final[Mapping[str, Call]] = {
    "isdir": lambda _, fs, name: fs.isdir(name),
    "ls": lambda _, fs, name: fs.ls(name),
    "find": lambda _, fs, name: fs.find(name),
    "glob": lambda _, fs, name: fs.glob(name + "/*"),
}
"""Operation → a call of it on what lies below a name."""

ON_THE_WIRE: Final = ("written", "copied", "moved", "read", "window", "exists", "rm", "rm-recursive", "move")
"""The ways and questions whose requests hold the name in a place of their own; the others share one with these."""

REFUSED: Final = (True, True, errno.EINVAL)


def wired(calls: Mapping[str, Way]) -> dict[str, Way]:
    """Those of these calls that send a name as no other does."""
    return {way: call for way, call in calls.items() if way in ON_THE_WIRE}


def act(calls: Mapping[str, Call], subject: Any, fs: Any, names: Sequence[str]) -> None:
    """Make each call with a name of its own, as far as there are calls."""
    for call, name in zip(calls.values(), names, strict=False):
        call(subject, fs, name)


def answers(questions: Mapping[str, Question], subject: Any, fs: Any, name: str) -> dict[str, object]:
    """What is said of a name, by question."""
    return {question: ask(subject, fs, name) for question, (ask, _) in questions.items()}


def expected(questions: Mapping[str, Question], name: str) -> dict[str, object]:
    """What should be said of a name, by question."""
    return {question: answer(name) for question, (_, answer) in questions.items()}


def accepts(fs: Any, name: str) -> bool:
    """Whether a file system takes a name for one."""
    return not isinstance(_refusal(OBJECTS["get-path"], None, fs, name), tuple)


def differing(found: Sequence[str], expected: Sequence[str]) -> list[str]:
    """The first names of two sorted listings that stand in one of them only."""
    return sorted(set(found) ^ set(expected))[:5] or [name for name, n in Counter(found).items() if n > 1][:5]


def refusals(calls: Mapping[str, Call], subject: Any, fs: Any, name: str) -> dict[str, object]:
    """How each call refuses a name: whether as ValueError, whether as OSError, and its errno."""
    return {operation: _refusal(call, subject, fs, name) for operation, call in calls.items()}


def _refusal(call: Call, subject: Any, fs: Any, name: str) -> object:
    try:
        answer = call(subject, fs, name)
    except Exception as error:  # noqa: BLE001 (what it is, is the answer)
        return (isinstance(error, ValueError), isinstance(error, OSError), getattr(error, "errno", None))
    return f"answered {answer!r}"


def _parent(name: str) -> str:
    return name.rpartition("/")[0]
