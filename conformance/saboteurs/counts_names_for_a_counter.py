"""The next free counter is the number of names that there are, whatever they hold."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.counters import Counted


def _free(counted: Counted, names: Iterable[str]) -> Iterator[int]:
    names = list(names)
    first = next(_true_free(counted, names))
    count = sum(name.startswith(counted.head) and name.endswith(counted.tail) for name in names)
    return itertools.count(changed(first, counted.number + count))


_true_free = Counted.free
replace(Counted, "free", _free)
