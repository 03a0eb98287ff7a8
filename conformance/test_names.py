"""Names: every good one round-trips byte for byte, every bad one is refused, and all of them lie below the base."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from conformance.behaviour import source
from conformance.contents import contents, put_names
from conformance.writing import delete_all, read, write, write_all

GOOD = {
    "files": ["object", "CH.BALST..LHE.2025.314.0000.0.npy", "a.tar.gz", "OBJECT", "CON", "2019:274:01:00", "c:"],
    "spaces": ["a b", " a", "a ", " ", "a  b", "a\u00a0b", "a\u2028b", "a\u0085b"],
    "percent": ["100%", "%20", "a%2Fb", "%2520", "%zz", "%", "%C3%A9"],
    "url": ["a+b", "a#b", "a?b", "a?versionId=1&prefix=b", "user@host", "a;b", "a,b", "key=value", "s3:/bucket"],
    "xml": ["a&b", "&amp;&lt;", "<a>", "a'b", 'a"b', "]]>"],
    "shell": ["!$^", "a`b`", "a|b", "~", "~root", "$HOME", "-rf", "(a)"],
    "glob": ["*", "**", "a[0-9]", "{a,b}", "[!a]", "[[]"],
    "dots": [".hidden", "a.", "a..b", "...", "..x", "x.."],
    "letters": ["Größe", "\u00e9", "e\u0301", "σςß", "地震", "زلزال", "\ufeffa", "a\uff0fb"],
    "beyond-16-bit": ["😀", "👩\u200d🔬", "𝄞", "a\U0010fffdb"],
    "nested": ["a b/c%20d/é/😀", "a/b/c/d/e/f/g/h/i/j", "*/[a]/?"],
    "long": ["x" * 255, "é" * 127, "/".join(["y" * 99] * 6)],
}
"""Family → names that every backend must keep."""
BAD = {
    "newline": "a\nb",
    "tab": "a\tb",
    "carriage-return": "a\rb",
    "null": "a\0b",
    "escape": "a\x1bb",
    "delete": "a\x7fb",
    "backslash": "a\\b",
    "lone-surrogate": "a\ud800b",
    "undecodable-byte": "a\udcffb",
    "empty-segment": "a//b",
    "dot": ".",
    "dot-segment": "a/./b",
    "dot-dot": "..",
    "dot-dot-segment": "a/../b",
    "escape-from-base": "../b",
    "last-dot-dot": "a/..",
    "trailing-slash": "a/",
    "long-segment": "x" * 256,
    "long-segment-utf-8": "é" * 128,
    "long-key": "/".join(["y" * 99] * 11),
}
"""Case → a name that is refused."""
OPERATIONS: dict[str, Callable[[Any, str], object]] = {
    "open-to-read": lambda fs, name: fs.open(name, "rb"),
    "open-to-write": lambda fs, name: fs.open(name, "wb").close(),
    "open-to-create": lambda fs, name: fs.open(name, "xb").close(),
    "exists": lambda fs, name: fs.exists(name),
    "stat": lambda fs, name: fs.stat(name),
    "rm": lambda fs, name: fs.rm(name, missing_ok=True),
    "rm-recursive": lambda fs, name: fs.rm(name, recursive=True, missing_ok=True),
    "copy-from": lambda fs, name: fs.copy(name, "target"),
    "copy-to": lambda fs, name: fs.copy("object", name),
    "move-to": lambda fs, name: fs.move("object", name),
    "makedirs": lambda fs, name: fs.makedirs(name),
    "get-path": lambda fs, name: fs.get_path(name),
    "local-path": lambda fs, name: contextlib.ExitStack().enter_context(fs.local_path(name, "w")),
}
"""Operation → a call of it with one name."""
OTHER_SPELLINGS = {
    "s3": "s3a",
    "az": "abfs",
    "gs": "gcs",
    "file": "FILE",
    "memory": "MEMORY",
    "ftp": "FTP",
    "ftps": "Ftps",
}
"""Scheme → another way to write it."""

good = pytest.mark.parametrize("family", GOOD)


@good
@source("B9.183", "B9.184", "B9.185", "B9.186", "B9.187", "B9.191", "B9.198", "B9.199", "B4.114")
def test_written_name_is_the_witness_name(fs: Any, witness: Any, family: str) -> None:
    """Objects that are written under some names are seen by another client under exactly these names."""
    bodies = {name: name.encode() for name in GOOD[family]}
    write_all(fs, bodies)
    assert contents(witness) == bodies


@good
@source("B9.183", "B9.184", "B9.185", "B9.186", "B9.187", "B9.191", "B9.198", "B9.199", "B4.114")
def test_witness_name_is_found_and_read(fs: Any, witness: Any, family: str) -> None:
    """Objects that another client wrote are listed under exactly their names, exist, and are read by them."""
    names = sorted(GOOD[family])
    put_names(witness, names)
    assert (fs.find(), fs.ls()) == (names, sorted({name.partition("/")[0] for name in names}))
    assert [(fs.exists(name), read(fs, name)) for name in names] == [(True, name.encode()) for name in names]


@good
@source("B5.130", "B9.187")
def test_witness_name_is_deleted(fs: Any, witness: Any, family: str) -> None:
    """An object is deleted by its name, whatever that is, and its neighbours stay."""
    put_names(witness, [*GOOD[family], "neighbour"])
    delete_all(fs, GOOD[family])
    assert witness.keys() == ["neighbour"]


@source("B9.192", "B9.201")
def test_names_stay_apart(fs: Any, witness: Any) -> None:
    """Names that a careless store would fold together name different objects: case, accents, escapes, spaces."""
    alike = ["a", "A", "a ", " a", "a.", "%61", "é", "e\u0301", "É", "a+b", "a b", "a%20b", "a%2Bb"]
    bodies = {name: f"content of {name}".encode() for name in alike}
    write_all(fs, bodies)
    assert contents(witness) == bodies
    assert {name: read(fs, name) for name in fs.find()} == bodies


@source("B4.114")
def test_wildcards_are_literal(fs: Any, witness: Any) -> None:
    """Only `glob` globs: every other operation takes `*`, `?` and brackets in a name literally."""
    put_names(witness, ["a*", "ab", "a?", "a[b]"])
    fs.copy("a?", "copied")
    fs.rm("a*")
    fs.rm("a[b]", recursive=True)
    assert contents(witness) == {"ab": b"ab", "a?": b"a?", "copied": b"a?"}
    assert (fs.exists("a*"), fs.ls("a*"), fs.find("a[b]")) == (False, [], [])


@source("B9.188", "B9.189", "B9.190", "B9.193", "B9.194", "B9.195", "B9.199", "contract: Names")
@pytest.mark.parametrize("name", BAD.values(), ids=BAD)
@pytest.mark.parametrize("operation", ["open-to-read", "open-to-write", "exists", "rm"])
def test_bad_name_is_refused(fs: Any, costs: Any, name: str, operation: str, refused: Any) -> None:
    """A forbidden name raises ValueError that is an OSError too, whatever is done with it, before any request."""
    with costs(), refused(ValueError, match="refused") as caught:
        OPERATIONS[operation](fs, name)
    assert isinstance(caught.value, OSError)


@source("B9.195", "B9.196", "contract: Names")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_refuses(fs: Any, witness: Any, costs: Any, operation: str, refused: Any) -> None:
    """Every operation refuses a name with `..` before any request, and everything stays as it was."""
    put_names(witness, ["object", "day/object"])
    with costs(), refused(ValueError, match="refused"):
        OPERATIONS[operation](fs, "day/../object")


@source("contract: Names")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_empty_name_is_no_object(fs: Any, witness: Any, unchanged: Any, operation: str) -> None:
    """The base itself is no object: what needs one refuses an empty name with ValueError, and nothing changes."""
    put_names(witness, ["object"])
    with unchanged(), contextlib.suppress(ValueError):
        OPERATIONS[operation](fs, "")


@source("contract: Addresses")
@pytest.mark.parametrize("name", ["object", "a b/ü", "%20", "a#b?c", "a+b&c=d", "😀"])
def test_address_names_the_object(fs: Any, witness: Any, name: str) -> None:
    """The text of a path is an address: given back to any operation, it means the same object."""
    put_names(witness, [name])
    address = str(fs.get_path(name))
    assert (fs.exists(address), read(fs, address), fs.get_path(address).key) == (True, name.encode(), name)


@source("contract: Addresses")
def test_address_below_the_base_is_accepted(fs: Any, witness: Any, backend: Any, key: str) -> None:
    """An absolute address below the base means the key below it, in every operation that takes a name."""
    base = backend.base_uri(key)
    write(fs, f"{base}/day/object", b"content")
    fs.copy(f"{base}/day/object", f"{base}/day/copy")
    fs.rm(f"{base}/day/object")
    assert (witness.keys(), fs.ls(f"{base}/day"), fs.isdir(f"{base}/day/")) == (["day/copy"], ["day/copy"], True)


@source("contract: Addresses")
def test_other_spellings_of_a_scheme_mean_the_same(fs: Any, witness: Any, backend: Any, key: str) -> None:
    """A scheme's other spelling (`s3a`, `abfs`, `gcs`, capitals) addresses the same objects."""
    put_names(witness, ["object"])
    address = OTHER_SPELLINGS[backend.scheme] + backend.base_uri(key).removeprefix(backend.scheme) + "/object"
    assert read(fs, address) == b"object"
    assert str(fs.get_path(address)) == str(fs.get_path("object"))


@source("contract: Addresses")
@pytest.mark.parametrize(
    "address",
    ["{base}2/object", "{base}/../object", "{parent}", "s3://foreign/object", "az://foreign/object", "/etc/hosts"],
    ids=["neighbour", "dot-dot", "above", "other-bucket", "other-container", "local-file"],
)
@pytest.mark.parametrize("operation", ["open-to-read", "open-to-write", "exists", "rm-recursive", "get-path"])
def test_address_outside_the_base_is_refused(
    fs: Any, backend: Any, key: str, costs: Any, address: str, operation: str, refused: Any
) -> None:
    """An address that does not lie below the base raises ValueError before any request."""
    base = backend.base_uri(key)
    with costs(), refused(ValueError, match=r"below|refused"):
        OPERATIONS[operation](fs, address.format(base=base, parent=base.rpartition("/")[0]))


@source("contract: Addresses")
def test_path_objects_are_names(fs: Any, witness: Any, refused: Any) -> None:
    """A name may be given as `os.PathLike`, and anything but text and paths raises TypeError."""
    write(fs, PurePosixPath("day", "object"), b"content")
    assert (witness.keys(), read(fs, Path("day/object"))) == (["day/object"], b"content")
    with refused(TypeError):
        fs.open(b"day/object")
    with refused(TypeError):
        fs.exists(7)


@source("contract: Paths that helpers return")
def test_path_knows_its_parts(fs: Any) -> None:
    """A path is a `str` with name, stem, suffix and parent, and `/` goes one level down."""
    path: Any = fs.get_path("day") / "a b" / "gather.0.npz"
    assert (path.name, path.stem, path.suffix, path.parent.name) == ("gather.0.npz", "gather.0", ".npz", "a b")
    assert path == path.parent / path.name == fs.get_path("day/a b/gather.0.npz")
    assert isinstance(path, str)


@source("contract: Paths that helpers return")
def test_path_says_whether_it_exists(fs: Any, witness: Any) -> None:
    """`exists()` of a path asks the storage, and so does that of its copy that went through pickle."""
    path = fs.get_path("day/object")
    before = path.exists()
    put_names(witness, ["day/object"])
    assert (before, path.exists(), pickle.loads(pickle.dumps(path)).exists()) == (False, True, True)


@source("contract: Paths that helpers return")
def test_path_stays_below_the_base(fs: Any, refused: Any) -> None:
    """No path leads out of the base: its parent is itself, and `..` below it is refused."""
    base = fs.get_path()
    assert base.parent == base == fs.get_path("object").parent
    with refused(ValueError, match="refused"):
        base / ".."


@source("contract: Paths that helpers return")
def test_path_is_no_local_path(fs: Any, witness: Any, refused: Any) -> None:
    """A function that knows local files only fails on a path instead of writing somewhere else."""
    put_names(witness, ["object"])
    path = fs.get_path("object")
    assert not hasattr(path, "__fspath__")
    with refused(FileNotFoundError):
        open(path, "xb")  # noqa: SIM115 (never opens)
