"""The plan: every case on every backend that this run must give a verdict on."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from conformance.behaviour import BehaviourFile, backend_of, behaviour_of, case_of, inapplicable
from conformance.ledger import Ledger
from fixtures.endpoint import Endpoint

FILE: Final = "plan.json"
FORBIDDEN: Final = ("skip", "skipif", "xfail")


@dataclass(frozen=True)
class Pair:
    """One case of a behaviour on one backend."""

    nodeid: str
    """What pytest calls it."""
    behaviour: str
    case: str
    backend: str
    sentence: str
    needs: Sequence[str] = ()
    sources: Sequence[str] = ()
    inapplicable: str = ""
    """Why it does not apply to its backend: its verdict is known before anything runs."""
    left_out: bool = False
    """Whether it is not tried in this run, nor gets a verdict: of its behaviour a sample tries another case."""

    @property
    def name(self) -> str:
        """The behaviour's id, with the case in brackets where it has cases."""
        return f"{self.behaviour}[{self.case}]" if self.case else self.behaviour

    def nodes(self, pairs: Sequence[Pair]) -> list[str]:
        """The shortest node ids for `pairs`, which are this case on some backends."""
        if self.case or len(pairs) == 1:
            return [pair.nodeid for pair in pairs]
        return [self.nodeid.removesuffix(f"[{self.backend}]")]


def pair_of(item: pytest.Function, endpoint: Endpoint | None = None) -> Pair:
    """The pair that `item` judges; with its backend's endpoint, where that is up, also whether it applies there.

    What may not be there at all, a mark of pytest's own to skip or to fail, is left for the run to complain of.
    """
    behaviour = behaviour_of(item)
    return Pair(
        item.nodeid,
        behaviour.id,
        case_of(item),
        backend_of(item),
        behaviour.sentence,
        behaviour.needs,
        behaviour.sources,
        inapplicable(item, endpoint) if endpoint and not any(map(item.get_closest_marker, FORBIDDEN)) else "",
    )


def sample(pairs: Sequence[Pair], backends: Collection[str], ledger: Ledger) -> list[Pair]:
    """These pairs; on `backends` all but one of the cases of a behaviour that apply are left out.

    Which one is tried is the same in every run, and another choice on each backend. What the ledger names is always
    tried.
    """
    known = {(entry.behaviour, entry.backend) for entry in ledger.entries}
    free = [each for each in pairs if each.backend in backends and not each.inapplicable]
    free = [each for each in free if (each.behaviour, each.backend) not in known]
    free.sort(key=lambda pair: zlib.crc32(pair.nodeid.encode()))
    tried = {(each.behaviour, each.backend): each.nodeid for each in free}
    left_out = {each.nodeid for each in free}.difference(tried.values())
    return [replace(pair, left_out=pair.nodeid in left_out) for pair in pairs]


def behaviours_among(items: Iterable[pytest.Item]) -> list[pytest.Function]:
    """Those of `items` that belong to the suite."""
    return [item for item in items if isinstance(item, pytest.Function) and isinstance(item.parent, BehaviourFile)]


def write_plan(directory: Path, pairs: Iterable[Pair]) -> None:
    """Leave the plan where the process that the user started finds it; every worker writes the same."""
    new = directory / f"{FILE}.{os.getpid()}"
    new.write_text(json.dumps([asdict(pair) for pair in pairs]))
    new.replace(directory / FILE)


def read_plan(directory: Path) -> dict[str, Pair]:
    """Node id → pair; empty when no process came as far as making a plan."""
    path = directory / FILE
    rows = json.loads(path.read_text()) if path.exists() else []
    return {row["nodeid"]: Pair(**row) for row in rows}
