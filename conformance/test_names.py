"""Names: every good one round-trips byte for byte, every bad one is refused, and all of them lie below the base."""

from __future__ import annotations

import pickle
import random
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, source, without_server
from conformance.contents import contents, put_names
from conformance.name_operations import (
    BODY,
    JOINS,
    LISTS,
    OBJECTS,
    PREFIXES,
    READS,
    REFUSED,
    REMOVALS,
    WRITES,
    accepts,
    act,
    answers,
    differing,
    expected,
    refusals,
    wired,
)
from conformance.names import (
    AS_ADDRESSES,
    AS_OBJECTS,
    EVERYWHERE,
    bytes_left,
    generated_names,
    good_names,
    is_good,
    kept,
    long_name,
)
from conformance.writing import read, write, write_all, write_at_once
from fixtures.endpoint import EXCLUSIVE_CREATE, LIST, WRITE

OTHER_SPELLINGS = {
    "s3": "s3a",
    "az": "abfs",
    "gs": "gcs",
    "file": "FILE",
    "memory": "MEMORY",
    "ftp": "FTP",
    "ftps": "Ftps",
    "http": "HTTP",
    "https": "Https",
}
"""Scheme → another way to write it."""

FAMILIES = "B9.183", "B9.184", "B9.185", "B9.186", "B9.187", "B9.191", "B9.192", "B9.198", "B9.199", "B9.200"
"""What the names of the corpus are made to show."""
NEED_NO_OBJECT = ("get-path", "makedirs", "ensure-parent", "save-numpy")
"""Operations that take the base itself too, and one that misses the suffix first."""
GENERATED = {False: 50, True: 10_000}
"""How many names are generated, by day and by night."""
HEAP = 1000
"""How many of them lie there at a time: Azurite (3.35) keeps others waiting while it lists or deletes many more."""


def keeps_written_names(subject: Any, fs: Any, witness: Any, name: str, writes: Any, removals: Any) -> None:
    """Write under a name in these ways, list what is there, and remove it in those."""
    written = [f"{way}/{name}" for way in writes]
    act(writes, subject, fs, written)
    assert (witness.keys(), witness.get(written[0])) == (sorted(written), BODY)
    assert answers(LISTS, subject, fs, written[0]) == expected(LISTS, written[0])
    act(removals, subject, fs, written)
    assert witness.keys() == sorted([*written[len(removals) :], "moved-away"])


@good_names
@needs(WRITE, LIST)
@source(*FAMILIES, "B9.202", "B4.114", "B5.130", "G15", "contract: Names")
def test_written_name_is_the_witness_name(subject: Any, fs: Any, witness: Any, name: str) -> None:
    """Whether an object is written, copied, moved, listed or deleted, its name is the one others see."""
    keeps_written_names(subject, fs, witness, name, wired(WRITES), wired(REMOVALS))


@without_server()
@good_names
@needs(WRITE, LIST)
@source(*FAMILIES, "B9.202", "B4.114", "B5.130", "G15", "contract: Names")
def test_every_way_to_write_keeps_the_name(subject: Any, fs: Any, witness: Any, name: str) -> None:
    """However an object is opened, addressed, joined, lent, saved or removed, its name is the one others see."""
    keeps_written_names(subject, fs, witness, name, WRITES, REMOVALS)


@good_names
@source(*FAMILIES, "B9.202", "G15", "contract: Names")
def test_witness_name_is_found_and_read(subject: Any, fs: Any, witness: Any, name: str) -> None:
    """An object that another client wrote is found and read by exactly its name."""
    name = f"day/{name}"
    witness.put(name, BODY)
    assert answers(wired(READS), subject, fs, name) == expected(wired(READS), name)


@without_server()
@good_names
@source(*FAMILIES, "B9.202", "G15", "contract: Names")
def test_every_way_to_read_takes_the_name(subject: Any, fs: Any, witness: Any, name: str) -> None:
    """An object that another client wrote is described, lent and read, by its address and its path too."""
    name = f"day/{name}"
    witness.put(name, BODY)
    assert answers(READS, subject, fs, name) == expected(READS, name)


@needs(EXCLUSIVE_CREATE)
@source("B2.59", "G15", "contract: Names")
def test_created_names_are_the_witness_names(fs: Any, witness: Any, backend: Any) -> None:
    """Objects created exclusively, under all names of the corpus, are seen, listed and read by exactly their names."""
    names = sorted(f"{word}/{name.text}" for word, name in kept(backend).items())
    bodies = {name: name.encode() for name in names}
    write_at_once(fs, bodies, "xb")
    assert (differing(witness.keys(), names), differing(fs.find(), names)) == ([], [])
    assert {name: read(fs, name) for name in names} == bodies


@needs(WRITE, LIST)
@source("B9.199", "contract: Names")
def test_longest_key(fs: Any, witness: Any, backend: Any, key: str) -> None:
    """A key of 1,024 bytes with its base is kept like any other."""
    name = long_name(bytes_left(backend, key))
    write(fs, name, BODY)
    assert (contents(witness), fs.find(), read(fs, name)) == ({name: BODY}, [name], BODY)


@source("B9.199", "contract: Names")
def test_key_one_byte_too_long(subject: Any, fs: Any, backend: Any, key: str, costs: Any, unchanged: Any) -> None:
    """A key of 1,025 bytes with its base is refused by every operation before any request."""
    name = long_name(bytes_left(backend, key) + 1)
    with costs(), unchanged():
        assert refusals(OBJECTS, subject, fs, name) == dict.fromkeys(OBJECTS, REFUSED)


@needs(WRITE, LIST)
@source("G15", "contract: Names")
def test_generated_names(fs: Any, witness: Any, rng: Any, nightly: bool) -> None:
    """Of generated names (50; 10,000 by night) each is kept byte for byte, or refused as the contract's rule says."""
    found = generated_names(GENERATED[nightly], rng.getrandbits(64))
    for first in range(0, len(found), HEAP):
        keeps_or_refuses(fs, witness, rng, found[first : first + HEAP])


def keeps_or_refuses(fs: Any, witness: Any, rng: random.Random, found: list[str]) -> None:
    """Put an object under each name that is good, see them all, read some, and delete them."""
    placed = {f"all/{number:05}/{name}": is_good(name) for number, name in enumerate(found)}
    assert [name for name, good in placed.items() if accepts(fs, name) is not good] == []
    kept = sorted(name for name, good in placed.items() if good)
    write_at_once(fs, {name: name.encode() for name in kept})
    assert (differing(witness.keys(), kept), differing(fs.find(), kept)) == ([], [])
    some = rng.sample(kept, min(10, len(kept)))
    assert {name: read(fs, name) for name in some} == {name: name.encode() for name in some}
    fs.rm("all", recursive=True)
    assert witness.keys() == []


@needs(WRITE)
@source("B9.192", "B9.201", "B4.115")
def test_names_stay_apart(fs: Any, witness: Any) -> None:
    """Names that a careless store would fold together name different objects: case, accents, escapes, spaces."""
    alike = ["a", "A", "a ", " a", "a.", "%61", "é", "e\u0301", "É", "a+b", "a b", "a%20b", "a%2Bb"]
    bodies = {name: f"content of {name}".encode() for name in alike}
    write_all(fs, bodies)
    assert contents(witness) == bodies
    assert {name: read(fs, name) for name in fs.find()} == bodies


@needs(WRITE)
@source("B4.114")
def test_wildcards_are_literal(fs: Any, witness: Any) -> None:
    """Only `glob` globs: every other operation takes `*`, `?` and brackets in a name literally."""
    put_names(witness, ["a*", "ab", "a?", "a[b]"])
    fs.copy("a?", "copied")
    fs.rm("a*")
    fs.rm("a[b]", recursive=True)
    assert contents(witness) == {"ab": b"ab", "a?": b"a?", "copied": b"a?"}
    assert (fs.exists("a*"), fs.ls("a*"), fs.find("a[b]")) == (False, [], [])


@source("B9.188", "B9.189", "B9.190", "B9.193", "B9.194", "B9.195", "B9.199", "G15", "contract: Names", "B4.102")
@pytest.mark.parametrize("name", [pytest.param(each.text, id=word) for word, each in EVERYWHERE.items()])
def test_bad_name_is_refused(subject: Any, fs: Any, witness: Any, costs: Any, unchanged: Any, name: str) -> None:
    """A forbidden name raises ValueError that is an OSError too, whatever is done with it, before any request."""
    put_names(witness, ["object", "day/object"])
    calls = {**OBJECTS, **JOINS, **PREFIXES}
    with costs(), unchanged():
        assert refusals(calls, subject, fs, name) == dict.fromkeys(calls, REFUSED)


@source("B9.196", "B9.197", "B9.202", "contract: Names", "contract: Addresses")
@pytest.mark.parametrize("name", [pytest.param(each.text, id=word) for word, each in AS_ADDRESSES.items()])
def test_foreign_address_is_refused(subject: Any, fs: Any, witness: Any, costs: Any, unchanged: Any, name: str) -> None:
    """A name that begins like an address means that address: what lies elsewhere is refused, before any request."""
    put_names(witness, ["object", "day/object"])
    calls = {**OBJECTS, **PREFIXES}
    with costs(), unchanged():
        assert refusals(calls, subject, fs, name) == dict.fromkeys(calls, REFUSED)


@source("B9.197", "contract: Names", "B2.48")
@pytest.mark.parametrize("name", [pytest.param(each.text, id=word) for word, each in AS_OBJECTS.items()])
def test_name_of_a_prefix_is_no_object(
    subject: Any, fs: Any, witness: Any, costs: Any, unchanged: Any, name: str
) -> None:
    """A name that can only stand for what lies below it is refused as an object, before any request."""
    put_names(witness, ["object", "a/object"])
    calls = {**OBJECTS, **JOINS}
    with costs(), unchanged():
        assert refusals(calls, subject, fs, name) == dict.fromkeys(calls, REFUSED)


@source("contract: Names", "B16.286")
def test_an_empty_name_is_no_object(subject: Any, fs: Any, witness: Any, unchanged: Any) -> None:
    """The base itself is no object: what needs one refuses an empty name with ValueError, and nothing changes."""
    calls = {operation: call for operation, call in OBJECTS.items() if operation not in NEED_NO_OBJECT}
    put_names(witness, ["object"])
    with unchanged():
        assert refusals(calls, subject, fs, "") == dict.fromkeys(calls, REFUSED)


@source("contract: Addresses", "B16.277")
@pytest.mark.parametrize("name", ["object", "a b/ü", "%20", "a#b?c", "a+b&c=d", "😀"])
def test_address_names_the_object(fs: Any, witness: Any, name: str) -> None:
    """The text of a path is an address: given back to any operation, it means the same object."""
    put_names(witness, [name])
    address = str(fs.get_path(name))
    assert (fs.exists(address), read(fs, address), fs.get_path(address).key) == (True, name.encode(), name)


@needs(WRITE)
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
def test_address_outside_the_base_is_refused(
    subject: Any, fs: Any, backend: Any, key: str, costs: Any, address: str, unchanged: Any
) -> None:
    """An address that does not lie below the base raises ValueError in every operation, before any request."""
    base = backend.base_uri(key)
    name = address.format(base=base, parent=base.rpartition("/")[0])
    with costs(), unchanged():
        assert refusals(OBJECTS, subject, fs, name) == dict.fromkeys(OBJECTS, REFUSED)


@needs(WRITE)
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


@embedded_backends()
@source("https://docs.python.org/3/library/pathlib.html#pathlib.PurePath.suffix")
@pytest.mark.parametrize(
    "name", ["plain", ".hidden", ".hidden.npz", "A.NPZ", "x.0", "a.tar.GZ", "a b.c d", "é.ß", "1.2.3"]
)
def test_parts_of_a_path_are_pathlibs(fs: Any, name: str) -> None:
    """Name, stem, suffix and parents are what pathlib takes them for: a leading dot begins no suffix."""
    path, local = fs.get_path("day.1") / PurePosixPath("b.c", name), PurePosixPath("day.1/b.c", name)
    assert (path.name, path.stem, path.suffix) == (local.name, local.stem, local.suffix)
    assert (path.parent.name, path.parent.suffix, path.parent.parent.stem) == ("b.c", ".c", "day")
    assert path.parent.parent.parent == fs.get_path()


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
