"""The sentence that someone who chooses a server needs: whether it keeps Noiz's promises, and which it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from conformance.plan import Pair
from conformance.severity import LACKS, exceptions, meaning, rank
from conformance.suite import Suite
from conformance.verdicts import DEVIATES, ERROR, FAIL, PASS, Row
from fixtures.discovery import NEEDLESS, UNTRIED
from fixtures.endpoint import Endpoint
from fixtures.site import ANYWHERE

_JUDGED: Final = (PASS, FAIL, DEVIATES)
_NAMED: Final = 5
"""More cases than so many are counted."""


def sentences(suite: Suite, plan: Mapping[str, Pair], rows: Mapping[str, Row], *, whole: bool) -> list[str]:
    """What died; a sentence for each endpoint that the user named, and below it a line for each broken promise.

    Last, what a sample leaves out.
    """
    lines = []
    for backend in suite.settings.backends:
        endpoint, mine = suite.endpoints.get(backend), {k: row for k, row in rows.items() if row.backend == backend}
        if endpoint and (why := suite.unavailable(backend)):
            lines += death(why, suite.in_flight(backend), mine, plan)
        elif backend in ANYWHERE and endpoint:
            lines += judgement(endpoint, plan, mine, whole=whole and backend not in suite.settings.sampled)
        elif backend in ANYWHERE:
            lines.append(why_not(suite, backend))
    return [*lines, *_untried(plan)]


def _untried(plan: Mapping[str, Pair]) -> list[str]:
    """How many cases were left out, where a sample was asked for."""
    left_out = [pair.backend for pair in plan.values() if pair.left_out]
    places = ", ".join(dict.fromkeys(left_out))
    what = f"One case of each behaviour was tried on {places}: --sample left out {len(left_out)} more."
    return [what] * bool(left_out)


def why_not(suite: Suite, backend: str) -> str:
    """Why nothing can be said about an endpoint that the user named."""
    return f"{suite.settings.endpoint_urls[backend]} could not be judged: {suite.failures.get(backend)}"


def death(why: str, in_flight: Sequence[str], rows: Mapping[str, Row], plan: Mapping[str, Pair]) -> list[str]:
    """That a server stopped answering, what ran then, and what is known all the same."""
    judged = {row.behaviour for row in rows.values() if row.verdict in _JUDGED}
    unknown = {row.behaviour for row in rows.values() if row.verdict == ERROR} - judged
    more = f" and {len(in_flight) - _NAMED} more" if len(in_flight) > _NAMED else ""
    return [
        f"{why}.",
        f"  It was doing then: {', '.join(in_flight[:_NAMED]) or 'nothing that is known'}{more}",
        f"  {len(judged)} behaviours were judged before, {len(unknown)} were not",
        *_promises(rows, plan),
    ]


def judgement(endpoint: Endpoint, plan: Mapping[str, Pair], rows: Mapping[str, Row], *, whole: bool) -> list[str]:
    """The sentence about one endpoint, then what it comes from; `whole` says that the whole suite was to run."""
    broken = {row.behaviour for row in rows.values() if row.verdict in (FAIL, DEVIATES)}
    judged = {row.behaviour for row in rows.values() if row.verdict in _JUDGED}
    unknown = {row.behaviour for row in rows.values() if row.verdict == ERROR} - broken
    lacking = [name for name, why in endpoint.lacking.items() if not why.startswith((UNTRIED, NEEDLESS))]
    promises = "Noiz's promises" if whole else f"the {len(judged)} of Noiz's promises that were tried"
    hidden = [name for name in endpoint.unseen if name in LACKS]
    said = _verdict(promises, exceptions(broken, [*lacking, *hidden]), len(judged), len(unknown))
    return [f"{endpoint.server} at {endpoint.url} {said}", *_promises(rows, plan), *abilities(endpoint)]


def _verdict(promises: str, found: Sequence[str], judged: int, unknown: int) -> str:
    if not judged:
        return f"could not be judged: none of the {unknown} behaviours came to a verdict."
    doubt = f"; {unknown} more could not be judged" if unknown else ""
    if found:
        return f"keeps {promises}, except: {'; '.join(found)}{doubt}."
    return f"may keep {promises}{doubt}." if unknown else f"keeps {promises}."


def _promises(rows: Mapping[str, Row], plan: Mapping[str, Pair]) -> list[str]:
    """A line for each promise that is not kept, the worst first; those that one cause explains share theirs."""
    told: dict[str, dict[str, str]] = {}
    for nodeid in sorted(rows, key=lambda nodeid: (rank(rows[nodeid].behaviour), nodeid)):
        row = rows[nodeid]
        if row.verdict in (FAIL, DEVIATES):
            told.setdefault(row.cause or row.behaviour, {})[row.behaviour] = plan[nodeid].sentence
    return [f"  {_promise(why, broken)}" for why, broken in told.items()]


def _promise(why: str, broken: Mapping[str, str]) -> str:
    """One promise with its sentence, and what is behind it; of many with one cause that and their names."""
    if len(broken) > 1:
        return _explained(why, [*broken])
    ((behaviour, sentence),) = broken.items()
    return f"{behaviour}: {sentence}{f' ({why})' * (why != behaviour)}"


def _explained(cause: str, behaviours: Sequence[str]) -> str:
    """One cause, what it means for the user, and where it shows; the worst of these comes first."""
    means = meaning(behaviours[0])
    return f"{cause}{f'; {means}' * bool(means)}: {', '.join(behaviours)}"


def abilities(endpoint: Endpoint) -> list[str]:
    """What was found out about an endpoint before the run, with the reason for each capability that it lacks."""
    able = f"  {endpoint.backend} can: {', '.join(endpoint.capabilities)}"
    lacks = [f"  {endpoint.backend} lacks {name}: {why}" for name, why in endpoint.lacking.items()]
    hides = [f"  {endpoint.without(name)}" for name in endpoint.unseen]
    return [able, *lacks, *hides]
