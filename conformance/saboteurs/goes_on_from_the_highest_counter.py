"""The next free counter is the highest one and one more, whatever is free below."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.counters import Counted


def _free(counted: Counted, names: Iterable[str]) -> Iterator[int]:
    names = list(names)
    first = next(_true_free(counted, names))
    of_the_series = re.compile(re.escape(counted.head) + "([0-9]+)" + re.escape(counted.tail))
    taken = [int(match[1]) for match in map(of_the_series.fullmatch, names) if match]
    return itertools.count(changed(first, max([counted.number, *(number + 1 for number in taken)])))


_true_free = Counted.free
replace(Counted, "free", _free)
