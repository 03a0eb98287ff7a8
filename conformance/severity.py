"""What broken promises and absent capabilities mean for a user, the worst first: the one place that orders them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from fixtures.endpoint import (
    CONFLICTS,
    EXCLUSIVE_CREATE,
    IDENTITIES,
    LINEARIZABLE,
    LONG_NAMES,
    METADATA,
    MULTIPART,
    OBJECT_BESIDE_PREFIX,
    RANGES,
    ROOTS,
    UPLOADS,
    VERSIONS,
    WHOLE_BODIES,
    WHOLE_LISTINGS,
)

LOSS: Final = "data may be lost"
AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    LOSS: ("write", "overwrite", "create", "concurrency", "copy", "delete", "retry", "saving", "storages", "room"),
    "what is read or listed may be wrong": (
        "read",
        "seeing",
        "model",
        "list",
        "prefixes",
        "names",
        "addresses",
        "foreign",
        "sharing",
    ),
    "files of Noiz may not come back equal": (
        *("stream", "npz", "numpy", "inventory", "table", "ccfs", "codes", "compression", "figure", "pickles"),
        *("waveform-options", "metadata-options", "table-options", "table-parts", "figure-options", "refused-options"),
        *("helper-arguments", "local-path", "disk"),
    ),
    "errors may mislead": (
        *("errors", "refusals", "capabilities", "credentials", "redirects", "settings", "variables", "arguments"),
    ),
    "it costs more than it should": ("costs",),
    "something is less convenient": ("paths", "cli", "surface"),
}
"""What it means for a user that promises of these areas are broken, the worst first."""
LACKS: Final[Mapping[str, tuple[str, str]]] = {
    EXCLUSIVE_CREATE: (LOSS, "two workers that take one name may both get it"),
    VERSIONS: (LOSS, "an overwrite of the same length is not noticed"),
    LINEARIZABLE: (LOSS, "a read may miss the last write"),
    OBJECT_BESIDE_PREFIX: ("errors may mislead", "`a` and `a/b` cannot both be objects"),
    ROOTS: ("errors may mislead", "an absent bucket is not told from a forbidden one"),
    MULTIPART: ("something is less convenient", "large bodies cannot travel in parts"),
    RANGES: ("it costs more than it should", "no part of an object is read without the rest"),
    LONG_NAMES: ("something is less convenient", "names of 255 bytes are not kept"),
    IDENTITIES: ("something is less convenient", "credentials are not enforced"),
    WHOLE_BODIES: (LOSS, "half a body replaces what was there"),
    WHOLE_LISTINGS: ("what is read or listed may be wrong", "files on their way are listed under names of their own"),
    CONFLICTS: ("errors may mislead", "it fails where an object is in the way instead of saying so"),
    METADATA: ("errors may mislead", "metadata is not kept: a large write whose answer is lost is told as a failure"),
    UPLOADS: ("it costs more than it should", "uploads that never ended stay, and nobody sees them"),
}
"""Capability that is absent, or what nobody can look at → how bad that is, and what it means."""
_ORDER: Final = ("", *AREAS)
"""What is not listed comes first: nobody has said that it is harmless."""


def meaning(behaviour: str) -> str:
    """What it means for a user that a behaviour fails; empty for one of an area that is not listed."""
    area = behaviour.partition(".")[0]
    return next((told for told, areas in AREAS.items() if area in areas), "")


def rank(behaviour: str) -> int:
    """The place of a behaviour among failures: 0 for the worst."""
    return _ORDER.index(meaning(behaviour))


def exceptions(broken: Iterable[str], lacking: Iterable[str]) -> list[str]:
    """What a server does not keep, the worst first: broken behaviours by area, absent capabilities in words."""
    areas: dict[str, Counter[str]] = {}
    for behaviour in sorted(broken):
        areas.setdefault(meaning(behaviour), Counter())[behaviour.partition(".")[0]] += 1
    lacks = [LACKS.get(name, ("", f"it lacks {name}")) for name in lacking]
    found = []
    for told in _ORDER:
        counts = ", ".join(f"{count} about {area}" for area, count in areas.get(told, Counter()).items())
        found += [f"{told} ({counts})" if told else counts] * bool(counts)
        found += [words for group, words in lacks if group == told]
    return found
