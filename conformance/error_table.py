"""One table of errors: what happened, to which operations, and what is raised, on every backend alike."""

from __future__ import annotations

import errno
import gzip
import io
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pytest

from conformance.behaviour import lacks, needs, sees
from conformance.writing import read, write
from fixtures.endpoint import CONFLICTS, EXCLUSIVE_CREATE, LIST, OBJECT_BESIDE_PREFIX, WRITE


class Class(NamedTuple):
    """What is true of every error of one class."""

    built_in: type[Exception]
    code: str
    """The name of its errno."""
    retriable: bool = False


class Operation(NamedTuple):
    """One call, with what its errors name below the base: the object, and a copy's target."""

    act: Callable[[Any, Any], object]
    names: tuple[str, ...] = ("object",)
    needs: tuple[str, ...] = ()


class Row(NamedTuple):
    """One cause: the class of its errors, the operations that it is tried with, and when it applies."""

    words: str
    kind: str
    operations: Sequence[str]
    there: Mapping[str, bytes] = {}
    """What the witness has put there."""
    lacks: str = ""
    """The capability whose absence is the cause."""
    fault: tuple[str, Mapping[str, Any]] = ("", {})
    """What is wrong with the wire, and in detail."""


CLASSES: Final[Mapping[str, Class]] = {
    "NotFoundError": Class(FileNotFoundError, "ENOENT"),
    "RootNotFoundError": Class(FileNotFoundError, "ENOENT"),
    "AlreadyExistsError": Class(FileExistsError, "EEXIST"),
    "AccessDeniedError": Class(PermissionError, "EACCES"),
    "DirectoryError": Class(IsADirectoryError, "EISDIR"),
    "ParentIsObjectError": Class(NotADirectoryError, "ENOTDIR"),
    "RangeError": Class(ValueError, "EINVAL"),
    "InvalidNameError": Class(ValueError, "EINVAL"),
    "CorruptedError": Class(ValueError, "EBADMSG"),
    "UnsupportedError": Class(io.UnsupportedOperation, "EOPNOTSUPP"),
    "UnreachableError": Class(ConnectionError, "ECONNREFUSED", retriable=True),
    "DeadlineError": Class(TimeoutError, "ETIMEDOUT", retriable=True),
    "ThrottledError": Class(ConnectionError, "EBUSY", retriable=True),
    "ServerError": Class(ConnectionError, "EREMOTEIO", retriable=True),
}

OPERATIONS: Final[Mapping[str, Operation]] = {
    "read": Operation(lambda _, fs: read(fs, "object")),
    "read-text": Operation(lambda _, fs: fs.open("object", "r").read()),
    "read-range": Operation(lambda _, fs: fs.read("object", 1, 2)),
    "read-past": Operation(lambda _, fs: fs.read("object", 100, 2)),
    "read-at-the-end": Operation(lambda _, fs: fs.read("object", 7)),
    "load-numpy": Operation(lambda subject, fs: subject.io.load_numpy("cut.npz", storage=fs), ("cut.npz",)),
    "load-gzip": Operation(lambda subject, fs: subject.io.read_text("cut.txt.gz", storage=fs), ("cut.txt.gz",)),
    "read-stream": Operation(lambda subject, fs: subject.io.read_stream("cut.mseed", storage=fs), ("cut.mseed",)),
    "exists": Operation(lambda _, fs: fs.exists("object")),
    "stat": Operation(lambda _, fs: fs.stat("object")),
    "ls": Operation(lambda _, fs: fs.ls("day"), ("day",), (LIST,)),
    "find": Operation(lambda _, fs: fs.find("day"), ("day",), (LIST,)),
    "write": Operation(lambda _, fs: write(fs, "object", b"mine"), needs=(WRITE,)),
    "write-over": Operation(lambda _, fs: write(fs, "copy", b"mine"), ("copy",), (WRITE,)),
    "write-below": Operation(lambda _, fs: write(fs, "object/a/b", b"mine"), ("object/a/b",), (WRITE,)),
    "create": Operation(lambda _, fs: write(fs, "new", b"mine", "xb"), ("new",), (WRITE, EXCLUSIVE_CREATE)),
    "create-taken": Operation(lambda _, fs: write(fs, "object", b"mine", "xb"), needs=(WRITE, EXCLUSIVE_CREATE)),
    "create-over": Operation(lambda _, fs: write(fs, "copy", b"mine", "xb"), ("copy",), (WRITE, EXCLUSIVE_CREATE)),
    "create-below": Operation(
        lambda _, fs: write(fs, "object/a/b", b"mine", "xb"), ("object/a/b",), (WRITE, EXCLUSIVE_CREATE)
    ),
    "create-next": Operation(
        lambda _, fs: write(fs, "run.0", b"mine", "xb", next_free=True), ("run.0",), (WRITE, EXCLUSIVE_CREATE, LIST)
    ),
    "append": Operation(lambda _, fs: write(fs, "object", b"mine", "ab")),
    "update": Operation(lambda _, fs: write(fs, "object", b"mine", "r+b")),
    "isdir": Operation(lambda _, fs: fs.isdir("day"), ("day",), (LIST,)),
    "glob": Operation(lambda _, fs: fs.glob("day/*"), ("day",), (LIST,)),
    "rm": Operation(lambda _, fs: fs.rm("object"), needs=(WRITE,)),
    "rm-missing-ok": Operation(lambda _, fs: fs.rm("object", missing_ok=True), needs=(WRITE,)),
    "rm-all": Operation(lambda _, fs: fs.rm("object", recursive=True), needs=(WRITE,)),
    "rm-all-missing-ok": Operation(lambda _, fs: fs.rm("object", recursive=True, missing_ok=True), needs=(WRITE,)),
    "copy": Operation(lambda _, fs: fs.copy("object", "copy"), ("object", "copy"), (WRITE,)),
    "move": Operation(lambda _, fs: fs.move("object", "copy"), ("object", "copy"), (WRITE,)),
}

READS: Final = ("read", "read-text", "read-range")
ASKS: Final = ("exists", "stat", "ls", "find")
DELETIONS: Final = ("rm", "rm-missing-ok", "rm-all", "rm-all-missing-ok")
ONE_OF_EACH: Final = ("read", "exists", "ls", "write", "rm-missing-ok")
CHANGES: Final = ("write", "create", "create-next", "rm", "copy", "move")
_OBJECT: Final = {"object": b"content"}
_MINISEED: Final = b"000001D BGLD   EHEBW"
_NUMPY: Final = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }"


def _answered(code: int, words: str, kind: str, operations: Sequence[str]) -> Row:
    """The row of a status that the server answers everything with."""
    return Row(f"{words} ({code})", kind, operations, _OBJECT, fault=("status", {"code": code}))


TABLE: Final[Mapping[str, Row]] = {
    "missing": Row("there is no such object", "NotFoundError", (*READS, "stat", "rm", "copy", "move")),
    "prefix": Row("the name is only a prefix", "NotFoundError", ("read", "stat", "copy"), {"object/below": b"theirs"}),
    "prefix-to-delete": Row("`rm` of a prefix", "DirectoryError", ("rm",), {"object/below": b"theirs"}),
    "taken": Row("an exclusive create of a taken name", "AlreadyExistsError", ("create-taken",), _OBJECT),
    "past-the-end": Row("a range past the end", "RangeError", ("read-past", "read-at-the-end"), _OBJECT),
    "cut-content": Row(
        "content that is not what its format says",
        "CorruptedError",
        ("load-numpy", "load-gzip", "read-stream"),
        {"cut.npz": _NUMPY, "cut.txt.gz": gzip.compress(b"text")[:-5], "cut.mseed": _MINISEED},
    ),
    "mode": Row("a mode that no storage has", "UnsupportedError", ("append", "update"), _OBJECT),
    "prefix-in-the-way": Row(
        "the name is a prefix, where an object cannot lie beside it",
        "DirectoryError",
        ("write-over", "create-over", "copy", "move"),
        {**_OBJECT, "copy/below": b"theirs"},
        OBJECT_BESIDE_PREFIX,
    ),
    "object-in-the-way": Row(
        "a parent of the name is an object, where nothing can lie below one",
        "ParentIsObjectError",
        ("write-below", "create-below"),
        _OBJECT,
        OBJECT_BESIDE_PREFIX,
    ),
    "read-only": Row("a change where nothing can be changed", "UnsupportedError", CHANGES, _OBJECT, WRITE),
    "no-listing": Row("a listing where there is none", "UnsupportedError", ("ls", "find"), _OBJECT, LIST),
    "no-create": Row(
        "an exclusive create where none is safe",
        "UnsupportedError",
        ("create", "create-taken", "create-next"),
        _OBJECT,
        EXCLUSIVE_CREATE,
    ),
    "missing-root": Row(
        "there is no such bucket or container",
        "RootNotFoundError",
        ("read", "read-range", *ASKS, *CHANGES, *DELETIONS[2:]),
    ),
    "denied": Row(
        "wrong credentials, or not enough of them",
        "AccessDeniedError",
        ("read", "exists", "stat", "ls", "isdir", "glob", "write", "create", *DELETIONS, "copy"),
        _OBJECT,
    ),
    "denied-changes": Row(
        "a change with credentials that may read", "AccessDeniedError", (*CHANGES, *DELETIONS[1:]), _OBJECT
    ),
    "unreachable": Row(
        "no connection", "UnreachableError", ("read", "exists", "ls", "write", "create", *DELETIONS, "copy"), _OBJECT
    ),
    "reset": Row(
        "a connection that breaks",
        "UnreachableError",
        ("read", "exists", "ls", "write", "create-next", "rm"),
        _OBJECT,
        fault=("reset", {}),
    ),
    "cut-short": Row(
        "a body that ends too early",
        "UnreachableError",
        READS,
        _OBJECT,
        fault=("truncate", {"after": 1, "kind": "read"}),
    ),
    "silent": Row(
        "no answer in time", "DeadlineError", ("read", "exists", "ls", "write", "rm"), _OBJECT, fault=("silent", {})
    ),
    "overloaded": _answered(
        503,
        "the server asks to slow down",
        "ThrottledError",
        ("read", "read-range", *ASKS, "isdir", "glob", *CHANGES, *DELETIONS[1:]),
    ),
    "too-many": _answered(429, "the server asks to slow down", "ThrottledError", ("read", "exists", "write")),
    "failed": _answered(
        500, "the server fails", "ServerError", ("read", "exists", "stat", "ls", "isdir", "write", *DELETIONS, "copy")
    ),
    "gateway": _answered(502, "a gateway gets no answer that it can use", "ServerError", ONE_OF_EACH),
    "gateway-late": _answered(504, "a gateway gets no answer in time", "ServerError", ONE_OF_EACH),
}
"""Cause → what it comes to. The address of a name that is refused is the name as it was given (`InvalidNameError`)."""


def cells(*causes: str) -> list[Any]:
    """The parameters `operation, cause` for each operation of these rows."""
    return [_cell(name, cause, TABLE[cause]) for cause in causes for name in TABLE[cause].operations]


def _cell(name: str, cause: str, row: Row) -> Any:
    needed = () if row.lacks in (WRITE, LIST, EXCLUSIVE_CREATE) else OPERATIONS[name].needs
    marks = [*([needs(*needed)] if needed else []), *([lacks(row.lacks)] if row.lacks else [])]
    marks += [sees(CONFLICTS)] * (row.lacks == OBJECT_BESIDE_PREFIX)
    return pytest.param(OPERATIONS[name], TABLE[cause], id=f"{cause}-{name}", marks=marks)


def facts(error: Any) -> dict[str, object]:
    """What is true of an error, and whether the same is true of it after pickling."""
    told = _told(error)
    return {**told, "pickles": _told(pickle.loads(pickle.dumps(error))) == told}


def expected(kind: str, names: Sequence[str]) -> dict[str, object]:
    """What `facts` says of an error of this class that names these."""
    known, (name, *others) = CLASSES[kind], names
    code = getattr(errno, known.code, errno.EIO)
    return {
        "class": kind,
        "errno": code,
        "filename": name,
        "filename2": others[0] if others else None,
        "retriable": known.retriable,
        "pickles": True,
    }


def rendered() -> str:
    """The table as it stands in docs/sources.md."""
    lines = ["| cause | class | also a | errno | worth another attempt |", "|---|---|---|---|---|"]
    for row in TABLE.values():
        known = CLASSES[row.kind]
        again = "yes" if known.retriable else "no"
        lines.append(f"| {row.words} | `{row.kind}` | `{known.built_in.__name__}` | {known.code} | {again} |")
    return "\n".join(lines) + "\n"


def _told(error: Any) -> dict[str, object]:
    return {
        "class": type(error).__name__,
        "errno": error.errno,
        "filename": error.filename,
        "filename2": error.filename2,
        "retriable": error.retriable,
    }
