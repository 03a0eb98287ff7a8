"""The sentence that someone who chooses a server needs: whether it keeps Noiz's promises, and which it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from conformance.plan import Pair
from conformance.suite import Suite
from conformance.verdicts import DEVIATES, ERROR, FAIL, NOT_APPLICABLE, Row
from fixtures.discovery import NEEDLESS, UNTRIED
from fixtures.endpoint import (
    EXCLUSIVE_CREATE,
    IDENTITIES,
    LINEARIZABLE,
    MULTIPART,
    OBJECT_BESIDE_PREFIX,
    RANGES,
    ROOTS,
    VERSIONS,
    Endpoint,
)
from fixtures.site import ANYWHERE

PLAIN: Final = {
    EXCLUSIVE_CREATE: "two workers that take one name may both get it",
    RANGES: "no part of an object is read without the rest",
    VERSIONS: "an overwrite of the same length is not noticed",
    LINEARIZABLE: "a read may miss the last write",
    MULTIPART: "large bodies cannot travel in parts",
    OBJECT_BESIDE_PREFIX: "`a` and `a/b` cannot both be objects",
    ROOTS: "an absent bucket is not told from a forbidden one",
    IDENTITIES: "credentials are not enforced",
}
"""What it means for a user that a capability is absent."""


def sentences(suite: Suite, plan: Mapping[str, Pair], rows: Mapping[str, Row], *, whole: bool) -> list[str]:
    """A sentence for each endpoint that the user named, and below it one line for each promise that is not kept."""
    lines = []
    for backend in suite.settings.backends:
        if backend in ANYWHERE and (endpoint := suite.endpoints.get(backend)):
            mine = {nodeid: row for nodeid, row in rows.items() if row.backend == backend}
            lines += judgement(endpoint, plan, mine, whole=whole)
        elif backend in ANYWHERE:
            lines.append(why_not(suite, backend))
    return lines


def why_not(suite: Suite, backend: str) -> str:
    """Why nothing can be said about an endpoint that the user named."""
    return f"{suite.settings.endpoint_urls[backend]} could not be judged: {suite.failures.get(backend)}"


def judgement(endpoint: Endpoint, plan: Mapping[str, Pair], rows: Mapping[str, Row], *, whole: bool) -> list[str]:
    """The sentence about one endpoint, then what it comes from; `whole` says that the whole suite was to run."""
    broken = {plan[nodeid].behaviour: plan[nodeid] for nodeid, row in rows.items() if row.verdict in (FAIL, DEVIATES)}
    unknown = {row.behaviour for row in rows.values() if row.verdict == ERROR} - set(broken)
    lacking = {name: why for name, why in endpoint.lacking.items() if not why.startswith((UNTRIED, NEEDLESS))}
    exceptions = [*_by_area(broken), *(PLAIN.get(name, f"it lacks {name}") for name in lacking)]
    tried = len({row.behaviour for row in rows.values() if row.verdict != NOT_APPLICABLE})
    promises = "Noiz's promises" if whole else f"the {tried} of Noiz's promises that were tried"
    return [
        f"{endpoint.server} at {endpoint.url} {_verdict(promises, exceptions, len(unknown))}",
        *(f"  {behaviour}: {pair.sentence}" for behaviour, pair in sorted(broken.items())),
        *abilities(endpoint),
    ]


def _verdict(promises: str, exceptions: Sequence[str], unknown: int) -> str:
    doubt = f"; {unknown} more could not be judged" if unknown else ""
    if exceptions:
        return f"keeps {promises}, except: {'; '.join(exceptions)}{doubt}."
    return f"may keep {promises}{doubt}." if unknown else f"keeps {promises}."


def _by_area(broken: Iterable[str]) -> list[str]:
    """How many promises of each area are broken: `2 about create, 1 about names`."""
    areas = Counter(behaviour.partition(".")[0] for behaviour in sorted(broken))
    return [", ".join(f"{count} about {area}" for area, count in areas.items())] if areas else []


def abilities(endpoint: Endpoint) -> list[str]:
    """What was found out about an endpoint before the run, with the reason for each capability that it lacks."""
    able = f"  {endpoint.backend} can: {', '.join(endpoint.capabilities)}"
    return [able, *(f"  {endpoint.backend} lacks {name}: {why}" for name, why in endpoint.lacking.items())]
