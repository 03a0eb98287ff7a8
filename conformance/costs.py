"""Costs: what a few lines of a behaviour sent, by the wire and by the library's own meter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest

from fixtures.channel import Channel, Request

KINDS: Final = ("read", "head", "list", "write", "part", "complete", "copy", "delete", "auth", "redirect")
"""Every kind of request there is."""


@dataclass(frozen=True)
class Costs:
    """Asserts the exact number of requests of each kind: `with costs(read=1): …`; the others must be 0."""

    channel: Channel | None
    """Where the wire is counted; None on backends without one."""
    filesystem: Any
    """Whose meter is compared, unless `of` names another."""
    redirects: bool = False
    """Whether this server answers every request by one redirect, which must be followed and counted once."""

    @contextmanager
    def __call__(self, *, of: Any = None, **expected: int) -> Iterator[None]:
        """Fail unless the body costs exactly `expected`, on the wire and by the library's own count.

        Raises:
            ValueError: `expected` names a kind that does not exist.
        """
        unknown = set(expected) - set(KINDS)
        if unknown:
            raise ValueError(f"no request is of kind {sorted(unknown)}; kinds: {', '.join(KINDS)}")
        meter = metered(of or self.filesystem)
        before = (Counter(meter), len(wired(self.channel)))
        yield
        requests = wired(self.channel)[before[1] :]
        counts = {"on the wire": Counter(each.kind for each in requests)} if self.channel else {}
        after = metered(of or self.filesystem)
        if after is not None:
            counts["by the library's meter"] = Counter(after) - before[0]
        redirects = {"redirect": sum(expected.values())} if self.redirects else {}
        _compare(Counter({**redirects, **expected}), counts, requests)


def metered(filesystem: Any) -> Mapping[str, int] | None:
    """What a file system says it has sent, by kind; None where it keeps no count."""
    meter = getattr(filesystem, "meter", None)
    return None if meter is None else dict(meter.requests)


def wired(channel: Channel | None) -> list[Request]:
    """The requests of the running test that went over the wire; none where there is no wire."""
    return channel.requests() if channel else []


def _compare(expected: Counter[str], counts: Mapping[str, Counter[str]], requests: list[Request]) -> None:
    if not counts:
        pytest.fail("the subject offers no meter, and there is no wire to count on", pytrace=False)
    wrong = [f"{tell(count)} {where}" for where, count in counts.items() if +count != +expected]
    if wrong:
        lines = [f"  {each.kind:<9}{each.method} {each.target} -> {each.status}" for each in requests]
        pytest.fail("\n".join([f"costs {', '.join(wrong)} instead of {tell(expected)}", *lines]))


def tell(count: Mapping[str, int]) -> str:
    """A count in words: `1 read, 2 list`."""
    return ", ".join(f"{count[kind]} {kind}" for kind in KINDS if count.get(kind)) or "nothing"
