"""The counter in a file's name: where it stands, and the next free one.

Noiz writes it last (`NET.STA.Z.2019.274.0100.N`, `inventory_NET.STA.Z.xml.N`), before the extension
(`….0100.N.npz`), or before the second of an event (`….0100.N.01h02m03s.mseed`). The time in a name
(`YYYY.DDD.HHMM`) is never taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .errors import InvalidNameError

_COUNTER = re.compile(r"0|[1-9][0-9]*")
_TIME = re.compile(r"(?:^|\.)[0-9]{4}\.[0-9]{3}\.[0-9]{4}(?=\.|$)")


class Counted(NamedTuple):
    """A name taken apart: what stands before its counter, the counter, and what stands behind it."""

    head: str
    number: int
    tail: str

    def with_number(self, number: int) -> str:
        """Return the name with another counter."""
        return f"{self.head}{number}{self.tail}"

    def free(self, names: Iterable[str]) -> Iterator[int]:
        """Yield the counters, from this one on, that none of the names holds."""
        taken, number = set(names), self.number
        while True:
            if self.with_number(number) not in taken:
                yield number
            number += 1


def split_counter(name: str, *, extension: bool | None = None) -> Counted:
    """Take a name apart at its counter.

    `extension` True looks before the last field and False at the last field, as Noiz's flag does; None takes the last
    field that can be a counter.

    Raises:
        InvalidNameError: the name has no counter there; says what one looks like.
        ValueError: `extension` is none of the three.
    """
    if extension not in (True, False, None):
        raise ValueError(f"extension={extension!r} is not known; use True, False or None")
    fields = name.split(".")
    frozen = _time_fields(name)
    places = {True: [len(fields) - 2], False: [len(fields) - 1], None: range(len(fields) - 1, 0, -1)}[extension]
    for place in places:
        if place > 0 and place not in frozen and _COUNTER.fullmatch(fields[place]):
            before, behind = fields[:place], fields[place + 1 :]
            return Counted(".".join(before) + ".", int(fields[place]), "".join(f".{field}" for field in behind))
    where = {True: "before its extension", False: "at its end", None: "in it"}[extension]
    raise InvalidNameError(f"the name {name!r} has no counter {where}; write e.g. 'NAME.0' or 'NAME.0.npz'")


def _time_fields(name: str) -> set[int]:
    """Return which fields are year, day of year and time, or stand before them: a station may be called 10."""
    places: set[int] = set()
    for match in _TIME.finditer(name):
        first = name[: match.start()].count(".") + (match[0][0] == ".")
        places.update(range(first + 3))
    return places
