"""How many objects are deleted at once, and what is told when some of them stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .engines import Engine
from .errors import ServerError, StorageError
from .retry import Budget, Spending

MOST_NAMES = 10
"""Names that one error tells."""

Shorten = Callable[[Iterable[str]], list[str]]
"""From whole keys to names as callers know them, sorted."""


def remove(
    engine: Engine, keys: Sequence[str], listed: Callable[[], Sequence[str]], shorten: Shorten, budget: Budget
) -> None:
    """Delete objects, and those that are listed then, until none is.

    One that cannot be deleted does not keep the others. What is listed again after the server has said that it is gone
    is deleted again within the budget.

    Raises:
        StorageError: of the class of what ended the deletion, else of what happened first; it tells which names stayed,
            and that no other did.
        ServerError: the listing goes on to show what is gone.
    """
    stayed: dict[str, StorageError] = {}
    deleted: set[str] = set()
    spending = Spending(budget)
    while keys:
        stayed |= _delete(engine, keys, shorten)
        if not deleted.issuperset(keys):
            spending.restart_clock()  # many names take long to delete
        deleted.update(keys)
        keys = [key for key in listed() if key not in stayed]
        if keys and deleted.issuperset(keys):
            spending.pause(ServerError(f"the server says that these are gone, and still lists {_told(shorten(keys))}"))
    if stayed:
        raise _summary(stayed, shorten)


def _delete(engine: Engine, keys: Sequence[str], shorten: Shorten) -> Mapping[str, StorageError]:
    """Return what stays and why; raise where a whole request fails, for the next would too."""
    stayed: dict[str, StorageError] = {}
    size = engine.traits.delete_limit
    for start in range(0, len(keys), size):
        batch = keys[start : start + size]
        try:
            stayed |= engine.delete(batch)
        except StorageError as error:
            if error.retriable or len(batch) > 1:
                summary = _summary({**dict.fromkeys(keys[start:], error), **stayed}, shorten)
                raise summary from summary.__cause__
            stayed[batch[0]] = error
    return stayed


def _summary(stayed: Mapping[str, StorageError], shorten: Shorten) -> StorageError:
    first = next(iter(stayed.values()))
    doubt = any(error.retriable for error in stayed.values())
    fate = "not known to be deleted" if doubt else "not deleted"
    told = f"{first.strerror}; {fate}: {_told(shorten(stayed))}; all else is gone"
    summary = type(first)(told, first.filename, first.errno)
    summary.__cause__ = first.__cause__ or first
    return summary


def _told(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(repr, names[:MOST_NAMES])) + more
