"""Listing: every name that is there, once, in order, and nothing else."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, one_of_each_engine, source
from conformance.contents import put_names
from conformance.writing import create_next
from fixtures.endpoint import EXCLUSIVE_CREATE, HTTP, LIST, NETWORK, WRITE

pytestmark = needs(LIST)

TREE = [".c.npz", "a.npz", "ab.npz", "b.txt", "day/a.npz", "day/b.txt", "day/hour/c.npz", "day[1]/d.npz", "day1/e.npz"]
"""What the patterns are tried on."""
GLOBS = {
    "*.npz": [".c.npz", "a.npz", "ab.npz"],
    "?.npz": ["a.npz"],
    "??.npz": [".c.npz", "ab.npz"],
    "a?.npz": ["ab.npz"],
    "?": [],
    "day?a.npz": [],
    "day?/*": ["day1/e.npz"],
    "A.npz": [],
    "a.npz*": ["a.npz"],
    ".npz": [],
    "[ab].*": ["a.npz", "b.txt"],
    "[a-b].*": ["a.npz", "b.txt"],
    "[b-z]*": ["b.txt"],
    "[!a]*": [".c.npz", "b.txt"],
    "[!a].???": ["b.txt"],
    "[!ab]*": [".c.npz"],
    "[!a-z]*": [".c.npz"],
    "a[!.]*": ["ab.npz"],
    "day[!1]/*": [],
    "day[!/]a.npz": [],
    "*/hour?c.npz": [],
    "*/hour[!x]c.npz": [],
    "*/[!d]*": ["day/a.npz", "day/b.txt", "day1/e.npz"],
    "**/[!a-c].npz": ["day1/e.npz", "day[1]/d.npz"],
    "day/*": ["day/a.npz", "day/b.txt"],
    "*/*.npz": ["day/a.npz", "day1/e.npz", "day[1]/d.npz"],
    "day/**": ["day/a.npz", "day/b.txt", "day/hour/c.npz"],
    "**/*.npz": [name for name in sorted(TREE) if name.endswith(".npz")],
    "day/**/c.npz": ["day/hour/c.npz"],
    "day[[]1]/*": ["day[1]/d.npz"],
    "day[1]/*": ["day1/e.npz"],
    "b.txt": ["b.txt"],
    "*.xml": [],
    "nothing/*": [],
}
"""Pattern → what of `TREE` it matches."""


@source("contract: Addresses")
def test_glob_takes_addresses(fs: Any, witness: Any) -> None:
    """A pattern that is an address below the base matches what the same pattern relative to the base does."""
    put_names(witness, TREE)
    assert fs.glob(fs.get_path("day") / "*.npz") == fs.glob(f"{fs.base_uri}/day/*.npz") == ["day/a.npz"]


@source("B4.85", "B4.86", "B4.107", "B7.155")
@pytest.mark.parametrize("path", ["", "nothing", "nothing/here", "nothing/"], ids=["base", "name", "deep", "slash"])
def test_nothing_is_an_empty_list(fs: Any, path: str) -> None:
    """Where nothing is, `ls` and `find` return an empty list and `isdir` is False."""
    assert (fs.ls(path), fs.find(path), fs.isdir(path)) == ([], [], False)


@source("B4.88", "B4.103", "B4.89", "B7.164")
@pytest.mark.parametrize("path", ["day", "day/"], ids=["plain", "slash"])
def test_ls_is_one_level(fs: Any, witness: Any, path: str) -> None:
    """`ls` returns the objects and prefixes one level below as sorted keys, with or without a final slash."""
    put_names(witness, ["day/b", "day/a", "day/hour/x", "day/hour/y", "day/c/deep/z", "other/a", "top"])
    assert fs.ls(path) == ["day/a", "day/b", "day/c", "day/hour"]


@source("B4.90", "B16.286")
def test_ls_without_a_name_is_the_base(fs: Any, witness: Any) -> None:
    """`ls` without a name returns what lies one level below the base, as keys relative to it."""
    put_names(witness, ["top", "day/a", "day/b"])
    assert fs.ls() == fs.ls("") == ["day", "top"]


@source("B4.101", "B9.203", "B9.204")
def test_neighbours_do_not_lie_below(fs: Any, witness: Any) -> None:
    """Names that only begin like a prefix do not lie below it."""
    put_names(witness, ["sub/a", "sub2/b", "sub.txt", "su", "sub-c/d"])
    assert (fs.ls("sub"), fs.find("sub"), fs.ls("su"), fs.isdir("su")) == (["sub/a"], ["sub/a"], [], False)


@source("B4.87", "B4.106")
def test_below_an_object_is_nothing(fs: Any, witness: Any) -> None:
    """Nothing lies below an object: `ls` and `find` of its name are empty, and `isdir` is False."""
    put_names(witness, ["day/object"])
    assert (fs.ls("day/object"), fs.find("day/object"), fs.isdir("day/object")) == ([], [], False)


@source("B4.104", "B4.108", "B14.255")
def test_find_is_everything_below(fs: Any, witness: Any) -> None:
    """`find` returns the keys of all objects below, at any depth, sorted, and no prefixes."""
    below = ["day/a", "day/hour/deep/er/y", "day/hour/x", "day/z"]
    put_names(witness, [*below, "other", "daylight/a"])
    assert (fs.find("day"), fs.find("day/"), fs.find()) == (below, below, [*below, "daylight/a", "other"])


@source("B4.94", "B4.98")
@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize("more", [0, 1])
def test_no_page_is_lost(names_per_page: int, fs: Any, witness: Any, pages: int, more: int) -> None:
    """A listing is whole, each name once, when it just fills its pages and when it holds one name more."""
    names = [f"day/{number:05}" for number in range(pages * names_per_page + more)]
    put_names(witness, names)
    assert (fs.ls("day"), fs.find("day")) == (names, names)


@source("B4.94", "B4.103")
def test_prefixes_on_several_pages_are_listed_once(names_per_page: int, fs: Any, witness: Any) -> None:
    """Prefixes that more than a page of objects lie below are one entry each, and what follows them is listed."""
    below = [f"{hour}/{number:05}" for hour in ("a", "b") for number in range(names_per_page + 1)]
    put_names(witness, [*below, "c", "d/x", "e"])
    assert fs.ls() == ["a", "b", "c", "d", "e"]


@source("B4.99", "B9.201", "B4.93")
def test_order_is_by_code_point(fs: Any, witness: Any) -> None:
    """Listings are sorted by code point, whatever the language: capitals first, emoji after everything else."""
    names = ["B", "Z", "a", "a!", "a-b", "a.b", "a0", "aa", "z", "é", "世", "\uff5e", "😀"]
    put_names(witness, reversed(names))
    assert (fs.ls(), fs.find(), fs.glob("*")) == (names, names, names)


@source("B4.111", "B4.113")
@pytest.mark.parametrize("pattern", GLOBS)
def test_glob_matches_objects(fs: Any, witness: Any, pattern: str) -> None:
    """`glob` returns the sorted keys of the objects that match; only `**` crosses a slash."""
    put_names(witness, TREE)
    assert fs.glob(pattern) == GLOBS[pattern]


@embedded_backends()
@source("B4.111", "https://docs.python.org/3/library/glob.html")
@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("x[!!]1", ["x-1", "x]1", "x^1", "xa1"]),
        ("x[]]1", ["x]1"]),
        ("x[!]]1", ["x!1", "x-1", "x^1", "xa1"]),
        ("x[a-]1", ["x-1", "xa1"]),
        ("x[^a]1", ["x^1", "xa1"]),
        ("x[!a-z]1", ["x!1", "x-1", "x]1", "x^1"]),
        ("x?1", ["x!1", "x-1", "x]1", "x^1", "xa1"]),
        ("x.1", []),
    ],
)
def test_glob_takes_signs_for_what_they_mean(fs: Any, witness: Any, pattern: str, matches: list[str]) -> None:
    """Signs that mean something to other matchers stand for themselves, in brackets and outside."""
    put_names(witness, ["x!1", "x-1", "x]1", "x^1", "xa1", "x1", "xaa1"])
    assert fs.glob(pattern) == matches


@source("B8.168", "B8.171")
def test_a_prefix_is_no_object(fs: Any, witness: Any, refused: Any) -> None:
    """A name that only objects lie below does not exist as an object, and an object's name is no directory."""
    put_names(witness, ["day/object"])
    answers = {name: (fs.exists(name), fs.isdir(name)) for name in ("day", "day/object", "da")}
    assert answers == {"day": (False, True), "day/object": (True, False), "da": (False, False)}
    with refused(FileNotFoundError):
        fs.stat("day")


@source("B7.155", "contract: Surface", "B7.157")
def test_makedirs_shows_nowhere(fs: Any, witness: Any) -> None:
    """A directory that holds no object is in no listing, on a disk neither."""
    fs.makedirs("empty/deep")
    fs.makedirs("empty/deep")
    put_names(witness, ["object"])
    assert (fs.ls(), fs.find(), fs.glob("**"), fs.ls("empty"), fs.isdir("empty"), fs.exists("empty/deep")) == (
        ["object"],
        ["object"],
        ["object"],
        [],
        False,
        False,
    )


@source("B4.90")
def test_listed_names_can_be_opened(fs: Any, witness: Any) -> None:
    """What `find`, `ls` and `glob` return are names that the same file system opens."""
    put_names(witness, ["day/a b.npz", "day/ü.npz"])
    listed = fs.find() + fs.ls("day") + fs.glob("**/*.npz")
    assert [fs.open(name).read().decode() for name in listed] == ["day/a b.npz", "day/ü.npz"] * 3


@source("B8.168", "B8.172", "B8.169")
def test_stat_tells_size_version_and_time(fs: Any, witness: Any, noise: Any) -> None:
    """`stat` tells the size in bytes, a version that is not empty, and a time of the last change in UTC."""
    witness.put("object", noise(12_345))
    found = fs.stat("object")
    assert (found.size, bool(found.version), found.modified.utcoffset().total_seconds()) == (12_345, True, 0)


@source("B4.95", "go-cloud#3089")
@pytest.mark.parametrize("lead", [0, 1, 2])
def test_page_ends_beside_a_prefix(names_per_page: int, fs: Any, witness: Any, lead: int) -> None:
    """A page that ends near a prefix and names with a character before the slash loses and repeats no name."""
    del names_per_page  # which makes the pages short
    before = [f"a{number}" for number in range(lead)]
    beside = ["day ", "day!", "day-1", "day.1", "day/a", "day/b", "day/c", "day/d", "day0", "day1/a"]
    put_names(witness, [*before, *beside])
    assert fs.find() == [*before, *beside]
    assert fs.ls() == [*before, "day", "day ", "day!", "day-1", "day.1", "day0", "day1"]


ASKING = [
    pytest.param(lambda fs: fs.ls("day"), id="ls", marks=needs(HTTP)),
    pytest.param(lambda fs: fs.find(), id="find"),
    pytest.param(lambda fs: fs.glob("day/**"), id="glob"),
    pytest.param(lambda fs: fs.rm("day", recursive=True), id="rm-recursive", marks=needs(WRITE)),
    pytest.param(lambda fs: fs.next_free("day/run.0"), id="next-free", marks=needs(HTTP)),
    pytest.param(
        lambda fs: create_next(fs, "day/run.0", b"new"), id="create-next", marks=needs(HTTP, WRITE, EXCLUSIVE_CREATE)
    ),
]
"""Calls that ask for several pages; on FTP, where a page is a directory, for several of these."""


@one_of_each_engine()
@needs(NETWORK)
@source("contract: Answering", "contract: Retrying", "B4.94")
@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(503, ConnectionError, id="busy"),
        pytest.param(403, PermissionError, id="denied", marks=needs(HTTP)),
    ],
)
@pytest.mark.parametrize("act", ASKING)
def test_later_page_that_fails_is_told(
    names_per_page: int,
    fs: Any,
    witness: Any,
    wire: Any,
    act: Callable[[Any], object],
    code: int,
    error: type[OSError],
    refused: Any,
) -> None:
    """A listing that breaks off after its first page is an error, whatever asked for it, and changes nothing."""
    put_names(witness, ["day/hour/a", *(f"day/run.{number}" for number in range(names_per_page % 100 + 1))])
    wire.fault("status", code=code, kind="list", skip=1)
    with refused(error):
        act(fs)


@source("B4.96", "B4.117")
def test_names_that_stay_are_listed_while_others_come_and_go(names_per_page: int, fs: Any, witness: Any) -> None:
    """A listing while another client writes and deletes shows every name that is there throughout, once, in order."""
    names = [f"day/{number:02}" for number in range(names_per_page % 100 + 8)]
    put_names(witness, names)
    ended = threading.Event()

    def disturb() -> None:
        for name in itertools.cycle(names):
            witness.put(f"{name}-passing", b"")
            witness.delete(f"{name}-passing")
            if ended.is_set():
                return

    with ThreadPoolExecutor(1) as pool:
        disturbing = pool.submit(disturb)
        try:
            listings = [fs.find("day") for _ in range(5)]
        finally:
            ended.set()
        disturbing.result()
    assert [[name for name in found if "passing" not in name] for found in listings] == [names] * 5
    assert [found for found in listings if found != sorted(set(found))] == []
