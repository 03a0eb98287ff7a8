"""State after an error: what is refused or fails leaves every object, and no half of one, behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from fixtures.endpoint import UPLOADS, Endpoint
from fixtures.witness import Witness

__all__ = ["refused", "unchanged"]

Caught = Iterator["pytest.ExceptionInfo[Any]"]
Kind = type[BaseException] | tuple[type[BaseException], ...]


@pytest.fixture
def unchanged(witness: Witness, backend: Endpoint) -> Callable[..., AbstractContextManager[None]]:
    """`with unchanged(): …` fails unless all below this case's prefix is as it was, as the witness sees it.

    Compared are the names of all objects with their versions, unfinished uploads and temporary names. `leaves` names
    the uploads that stay unfinished where the server has no request to drop them, as far as it shows any.
    """

    @contextmanager
    def compare(leaves: Sequence[str] = ()) -> Iterator[None]:
        before = {**_state(witness), **_unfinished(() if UPLOADS in backend.unseen else leaves)}
        yield
        after = _state(witness)
        changed = sorted(name for name in before | after if before.get(name) != after.get(name))
        assert after == before, f"a refused operation left a change: {', '.join(changed)}"

    return compare


@pytest.fixture
def refused(unchanged: Callable[..., AbstractContextManager[None]]) -> Callable[..., AbstractContextManager[Any]]:
    """`with refused(ValueError, match="…") as caught: …`: what `pytest.raises` asks, and everything stays unchanged.

    An object that the body of a behaviour has opened to write counts as a change only once it is visible.
    """

    @contextmanager
    def refuse(kind: Kind, match: str | None = None, leaves: Sequence[str] = ()) -> Caught:
        with unchanged(leaves), pytest.raises(kind, match=match) as caught:
            yield caught

    return refuse


def _state(witness: Witness) -> dict[str, str]:
    """Name → version of every object; and every unfinished upload, which has none."""
    return {**witness.tree(), **_unfinished(witness.uploads())}


def _unfinished(names: Sequence[str]) -> dict[str, str]:
    return {f"{name} (unfinished, {count} times)": "" for name, count in Counter(names).items()}
