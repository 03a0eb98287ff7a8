"""One saboteur before the suite: a run of a few behaviours in a process of its own, and what came of it.

Servers are started once, and lent to every run; each case keeps to a prefix of its own, as ever.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from conformance import census, forked, model
from conformance.options import DEFAULT_SUBJECT
from conformance.saboteurs import SABOTEURS, Saboteur, activity
from fixtures import provision
from fixtures.endpoint import Endpoint

Servers = Mapping[str, Endpoint]
"""Backend → the server that runs."""
REPOSITORY: Final = Path(__file__).parent.parent.parent
SECONDS: Final = 120
"""After so long a run has hung."""
_OWN_FAULT: Final = ("AttributeError", "ImportError", "NameError", "TypeError", "the subject ")
"""How the failures begin of a saboteur that is wrong in a way that nobody meant."""


@dataclass(frozen=True)
class Judgement:
    """What a run said of its subject."""

    details: Mapping[str, str] = field(default_factory=dict)
    """Behaviour that failed → the reason."""
    acted: frozenset[str] = frozenset()
    """Behaviours in which a saboteur's fault took place."""


@dataclass(frozen=True)
class Outcome:
    """What the suite said of one saboteur on one backend."""

    saboteur: Saboteur
    backend: str
    judgement: Judgement
    seconds: float

    def complaints(self) -> list[str]:
        """What is wrong with the suite, or with the saboteur; empty when it was caught as it should be."""
        details, acted = self.judgement.details, self.judgement.acted
        expected, found = set(self.saboteur.caught_by), set(details)
        told = [f"never active in {each}" for each in sorted(expected - acted)] if acted else ["never active"]
        told += [f"{each} does not catch it" for each in sorted(expected - found)]
        told += [f"{each} blames it: {details[each]}" for each in sorted(found - expected)]
        broken = [each for each in sorted(expected & found) if details[each].startswith(_OWN_FAULT)]
        return told + [f"{each} fails for another reason: {details[each]}" for each in broken]


@contextmanager
def running(backends: Iterable[str]) -> Iterator[Servers]:
    """Start the servers of these backends.

    Raises:
        RuntimeError: One does not start.
    """
    run = provision.start_all(sorted(set(backends)), provision.Options())
    try:
        if run.failures:
            raise RuntimeError(f"no servers: {run.failures}")
        yield run.endpoints
    finally:
        run.stop()


def _prepare(subject: str, servers: Servers, acts: Path) -> None:
    """Have the run of this process take these servers for its own; and not linger where failures are expected."""
    activity.record(acts)
    if subject != DEFAULT_SUBJECT:
        census.PATIENCE = 1.0  # type: ignore[misc]
        model.SHRINKING_SECONDS = 0  # type: ignore[misc]

    def lent(names: Sequence[str], options: provision.Options) -> provision.Run:
        run = provision.new_run(options)
        run.endpoints |= {name: servers[name] for name in names}
        return run

    provision.start_all = lent


def try_out(saboteur: Saboteur, backend: str, servers: Servers) -> Outcome:
    """Let the suite judge a saboteur by the behaviours that must catch it and those that must not mind."""
    start = time.monotonic()
    chosen = (*saboteur.caught_by, *saboteur.spared)
    judgement = judge(f"{__package__}.{saboteur.name}", backend, chosen, servers)
    return Outcome(saboteur, backend, judgement, time.monotonic() - start)


def true_failures(backend: str, servers: Servers, saboteurs: Sequence[Saboteur] = SABOTEURS) -> Mapping[str, str]:
    """Let the suite judge the true layer by every behaviour that judges one of these saboteurs on this backend."""
    here = [each for each in saboteurs if backend in each.backends]
    judges = {name for each in here for name in (*each.caught_by, *each.spared)}
    return judge(DEFAULT_SUBJECT, backend, judges, servers).details


def judge(subject: str, backend: str, behaviours: Iterable[str], servers: Servers) -> Judgement:
    """Let these behaviours judge a subject: one fails where any of its cases does.

    Raises:
        RuntimeError: A behaviour did not run, does not exist, or came to an error.
    """
    asked = sorted(set(behaviours))
    with tempfile.TemporaryDirectory(prefix="saboteur-") as report:
        # To say where two long objects differ takes pytest seconds, and nobody reads it of a layer wrong on purpose.
        short = ["--assert=plain"] if subject != DEFAULT_SUBJECT else []
        asks = ["-n0", "--tb=native", *short, f"--subject={subject}", f"--backend={backend}", f"--report={report}"]
        output, acts = Path(report, "output"), Path(report, "acts")
        prepare = partial(_prepare, subject, servers, acts)
        plugin = ["-p", activity.__name__]
        forked.run([*plugin, *asks, *map(node_of, asked)], REPOSITORY, output, seconds=SECONDS, prepare=prepare)
        told, rows, nodes = output.read_text(), _rows(Path(report, "verdicts.jsonl")), activity.recorded(acts)
    judged = {row["behaviour"] for row in rows if row["verdict"] in ("pass", "fail", "deviates")}
    if judged != set(asked) or any(row["verdict"] == "error" for row in rows):
        raise RuntimeError(f"no verdict on every behaviour of {subject} on {backend}:\n{told}")
    details = {row["behaviour"]: row["detail"] for row in rows if row["verdict"] == "fail"}
    return Judgement(details, frozenset(each for each in asked if node_of(each) in nodes))


def node_of(behaviour: str) -> str:
    """What pytest calls a behaviour: `conformance/test_read.py::test_costs_one_get` of `read.costs-one-get`."""
    area, _, words = behaviour.replace("-", "_").partition(".")
    return f"conformance/test_{area}.py::test_{words}"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
