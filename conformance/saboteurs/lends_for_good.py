"""What a program made of a lent file is published even when the block raises."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import lending
from noiz_storage.uri import URI

_true_hand_over = lending._hand_over


def _hand_over(lent: Path, target: IO[bytes], uri: URI, kind: type[BaseException] | None, *_: object) -> None:
    if kind is not None:
        acts()
    with target:
        _true_hand_over(lent, target, uri, None)


replace(lending, "_hand_over", _hand_over)
