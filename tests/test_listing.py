"""Patterns, and pages that lead nowhere."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from noiz_storage.engines import Connection, Page
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.errors import InvalidNameError, ServerError
from noiz_storage.listing import compile_pattern, fixed_part, is_deep, names
from noiz_storage.meter import Meter, Metered
from noiz_storage.uri import URI


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("a/*.npz", ["a/x.npz", "a/.npz"], ["a/b/x.npz", "b/x.npz", "a/x.npy"]),
        ("a/?", ["a/b", "a/é"], ["a/", "a/bc", "a//"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax", "a/xx"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["z", "az"]),
        ("[ab]1", ["a1", "b1"], ["c1", "[ab]1"]),
        ("[!ab]1", ["c1"], ["a1", "/1"]),
        ("a[[]1].mseed", ["a[1].mseed"], ["a1.mseed"]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[a&&b]", ["a", "&", "b"], ["c"]),
        ("[!]a]", ["b"], ["]", "a", "/"]),
        ("a[]", ["a[]"], ["a"]),
        ("a.b+c", ["a.b+c"], ["aXb+c", "a.bbc"]),
        ("[abc", ["[abc"], ["a"]),
    ],
)
def test_patterns(pattern: str, matching: list[str], other: list[str]) -> None:
    """A pattern matches whole names, and no wildcard but ** crosses a slash."""
    expression = compile_pattern(pattern)
    assert [name for name in matching if not expression.fullmatch(name)] == []
    assert [name for name in other if expression.fullmatch(name)] == []


def test_a_range_backwards_is_refused() -> None:
    """A pattern that no name can match by mistake is refused, and the message shows it."""
    with pytest.raises(InvalidNameError, match=r"\[z-a\]"):
        compile_pattern("a/[z-a]*")


@pytest.mark.parametrize(
    ("pattern", "fixed", "deep"), [("a/b/*", "a/b/", False), ("*", "", False), ("a*/b", "", True), ("a/**", "a/", True)]
)
def test_fixed_part(pattern: str, fixed: str, deep: bool) -> None:
    """What stands before the first wildcard is listed, no more."""
    assert (fixed_part(pattern), is_deep(pattern)) == (fixed, deep)


def test_many_markers_do_not_make_many_pages() -> None:
    """Looking for the first object below a prefix does not take a page for each two folders of a console."""
    engine = MemoryEngine(Connection(URI.parse(f"memory://markers-{uuid.uuid4().hex}")))
    for number in range(40):
        engine.put(f"day/{number:02}/", b"")
    meter = Meter()
    assert list(names(Metered(engine, meter), "day/", one_level=False, limit=2)) == []
    assert meter.requests == {"list": 2}


class _Circles(MemoryEngine):
    """A server whose pages name themselves as the next."""

    def list(self, prefix: str, **_: Any) -> Page:
        return Page(["a"], after="again")


def test_a_listing_that_does_not_go_on_is_an_error() -> None:
    """Pages without an end would be asked for for ever."""
    engine = _Circles(Connection(URI.parse(f"memory://circles-{uuid.uuid4().hex}")))
    with pytest.raises(ServerError, match="does not go on"):
        list(names(engine, "", one_level=False))
