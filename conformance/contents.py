"""Many objects at once, arranged and looked at by a witness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from fixtures.witness import Witness

THREADS: Final = 8


def put_all(witness: Witness, bodies: Mapping[str, bytes]) -> None:
    """Store every body under its key; by several threads where these are worth their start."""
    if len(bodies) <= THREADS:
        for key, body in bodies.items():
            witness.put(key, body)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(witness.put, bodies, bodies.values()))


def put_names(witness: Witness, names: Iterable[str]) -> None:
    """Store an object under each name; what is in it is the name."""
    put_all(witness, {name: name.encode() for name in names})


def contents(witness: Witness) -> dict[str, bytes]:
    """Every key with what is stored under it."""
    return {key: witness.get(key) for key in witness.keys()}  # noqa: SIM118 (no mapping)
