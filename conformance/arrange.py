"""Fixtures for authors of behaviours; conformance/README.md lists them."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy
import pytest

from conformance import census
from conformance.behaviour import behaviour_of, case_of
from conformance.budgets import pressure
from conformance.costs import Costs, metered, wired
from conformance.process import in_child as call_in_child
from conformance.process import in_processes as call_in_processes
from conformance.process import preload
from conformance.subject import Subject, SubjectFailed, blamed
from conformance.suite import NIGHTLY_SECONDS, suite_of, takes_its_time
from conformance.verdicts import PASS, BackendDown, trial_of
from fixtures.channel import Channel
from fixtures.endpoint import Endpoint
from fixtures.witness import Witness
from fixtures.witness import witness as witness_of

__all__ = [
    "another",
    "backend",
    "channel",
    "costs",
    "environment",
    "fs",
    "in_child",
    "in_processes",
    "key",
    "nightly",
    "noise",
    "nothing_is_left_over",
    "rng",
    "subject",
    "wire",
    "witness",
]

FOREIGN: Final = ("STORAGE_", "AWS_", "S3_", "AZURE_", "GOOGLE_", "GCS", "CLOUDSDK_", "PROCESSED_DATA_DIR")
"""Variables that begin so are the user's own; no behaviour may see them."""
OF_HIS_SERVER: Final = ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION", "AWS_CA_BUNDLE")
"""But for these, where the server is the user's own: without them the layer may not even reach it."""
SURROUNDINGS: Final = {
    "STORAGE_RETRY_ATTEMPTS": "3",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "CLOUDSDK_CONFIG": os.devnull,
    "NO_GCE_CHECK": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
"""What every behaviour also runs with: a short retry budget, and nothing of the user's home."""
SECONDS: Final = 15.0
"""The budget of seconds and the deadline that a behaviour runs with, on an idle machine."""


class Environment:
    """The environment of the subject in this process; it is as it was when the test has ended."""

    def __init__(self, patch: pytest.MonkeyPatch, subject: Subject, kept: Mapping[str, str] | None = None) -> None:
        self._patch = patch
        self._subject = subject
        self._kept = kept or {}

    def change(self, **variables: str | None) -> None:
        """Set these variables (None removes one) and let the subject forget what it read before."""
        for name, value in variables.items():
            if value is None:
                self._patch.delenv(name, raising=False)
            else:
                self._patch.setenv(name, value)
        self._subject.reset_filesystem()

    def replace(self, variables: Mapping[str, str]) -> None:
        """Make these variables the only ones that concern storage."""
        absent = dict.fromkeys(name for name in os.environ if name.startswith(FOREIGN))
        budgets = dict.fromkeys(("STORAGE_RETRY_SECONDS", "STORAGE_TIMEOUT"), f"{SECONDS * pressure():g}")
        self.change(**{**absent, **SURROUNDINGS, **budgets, **self._kept, **variables})


def kept_for(endpoint: Endpoint) -> dict[str, str]:
    """The variables that the user's own server needs."""
    return {name: os.environ[name] for name in OF_HIS_SERVER if name in os.environ and endpoint.runs_as == "endpoint"}


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Endpoint:
    """The endpoint that this case runs on."""
    if request.node.get_closest_marker("xfail"):
        pytest.fail("a behaviour may not be marked as xfail", pytrace=False)
    suite = suite_of(request.config)
    why = suite.unavailable(request.param)
    if why:
        raise BackendDown(why, pytrace=False)
    return suite.endpoints[request.param]


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> Subject:
    """The storage layer under test."""
    return Subject(suite_of(request.config).settings.subject)


@pytest.fixture(scope="session")
def nightly(request: pytest.FixtureRequest) -> bool:
    """Whether the run may take its time: generated cases by the thousand."""
    return suite_of(request.config).settings.nightly


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers that depend on the run's seed and on this case alone, alike on every backend."""
    seed = suite_of(request.config).settings.seed
    return random.Random(f"{seed}:{behaviour_of(request.node).id}[{case_of(request.node)}]")


@pytest.fixture
def noise(rng: random.Random) -> Callable[[int], bytes]:
    """`noise(n)`: n random bytes; at 1 GB/s, for many a body has several MiB."""
    return numpy.random.default_rng(rng.getrandbits(64)).bytes


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """The prefix that this case has to itself: area, words, and a random word that depends on the seed."""
    seed = suite_of(request.config).settings.seed
    word = random.Random(f"{seed}:{request.node.nodeid}").getrandbits(40)
    return f"{behaviour_of(request.node).id.replace('.', '/', 1)}/{word:010x}"


@pytest.fixture
def channel(request: pytest.FixtureRequest, backend: Endpoint) -> Channel | None:
    """This process's channel to the backend's proxy, fresh for this case; None where there is no wire."""
    opened = suite_of(request.config).channel(backend)
    if opened:
        opened.clear()
    return opened


@pytest.fixture
def wire(channel: Channel | None) -> Channel:
    """What goes over the wire in this case, and how to disturb it; the behaviour must need `network`."""
    if channel is None:
        raise LookupError("there is no wire here: mark the behaviour with @needs('network')")
    return channel


@pytest.fixture
def nothing_is_left_over(
    request: pytest.FixtureRequest, backend: Endpoint, key: str, channel: Channel | None
) -> Iterator[None]:
    """Fails a behaviour after which threads, descriptors, files, processes, tasks or uploads are left over."""
    place = suite_of(request.config).directory / f"tmp-{os.getpid()}"
    place.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(place))
        patch.setattr(tempfile, "tempdir", str(place))
        census.prepare()
        before = census.census()
        yield
        trial = trial_of(request.node)
        if trial.verdict != PASS or not trial.ended:
            return
        _close_witnesses()
        left = [*census.left_over(before), *_unfinished(backend, key, channel, trial.requests)]
    if left:
        raise SubjectFailed(f"leaks {'; '.join(left)}", pytrace=False)


def _close_witnesses() -> None:
    """End the connections of witnesses, which live as long as their case."""
    web = sys.modules.get("fixtures.witness_http")
    if web:
        web.close_pools()


def _unfinished(backend: Endpoint, key: str, channel: Channel | None, requests: Mapping[str, int]) -> list[str]:
    """What a case has left half written; looked for on a disk, which costs no request, or where parts were sent.

    Not after a fault: whose answer is lost does not know what it has begun, and may be kept from dropping it.
    """
    asks = (requests.get("part") or backend.directory) and not (channel and channel.disturbed)
    if backend.scheme == "file" or asks:
        return [f"an unfinished upload of {name}" for name in witness_of(backend, key).uploads()]
    return []


@pytest.fixture(autouse=True)
def environment(
    request: pytest.FixtureRequest,
    backend: Endpoint,
    key: str,
    subject: Subject,
    channel: Channel | None,
    nothing_is_left_over: None,
) -> Iterator[Environment]:
    """The subject's environment: its default storage is this case's prefix, reached through the proxy."""
    del nothing_is_left_over  # it looks before and after all else
    with pytest.MonkeyPatch.context() as patch:
        variables = Environment(patch, subject, kept_for(backend))
        with blamed("reset_filesystem"):
            variables.replace(backend.environment(key, url=channel.url if channel else None))
        yield variables
        if channel:
            trial_of(request.node).requests = dict(Counter(each.kind for each in wired(channel)))
    with blamed("reset_filesystem"):
        subject.reset_filesystem()
    if trial_of(request.node).verdict != PASS:
        suite_of(request.config).renew_channel(backend)
    if backend.scheme == "memory":
        _empty(witness_of(backend, key))


def _empty(witness: Witness) -> None:
    """Remove everything, since memory holds it until the process ends."""
    for name in witness.keys():  # noqa: SIM118 (no mapping)
        witness.delete(name)


@pytest.fixture
def fs(request: pytest.FixtureRequest, subject: Subject, channel: Channel | None) -> Iterator[Any]:
    """The subject's default file system, based at this case's prefix."""
    with blamed("get_filesystem"):
        instance = subject.get_filesystem()
    yield instance
    if channel is None:
        trial_of(request.node).requests = dict(metered(instance) or {})


@pytest.fixture
def another(backend: Endpoint, key: str, subject: Subject, channel: Channel | None) -> Iterator[Callable[..., Any]]:
    """`another()`: an independent file system at the same prefix, as another client of the layer has it.

    `another(identity="reader")` has other credentials, `another(direct=True)` goes past the proxy; both end the
    connections that `fs` has open, since the subject is told by its environment.
    """

    built: list[Any] = []

    def build(identity: str = "owner", *, direct: bool = False) -> Any:
        if identity == "owner" and not direct:
            with blamed("NoizFileSystem"):
                built.append(subject.filesystem.NoizFileSystem(backend.base_uri(key)))
            return built[-1]
        url = channel.url if channel and not direct else None
        with pytest.MonkeyPatch.context() as patch, blamed("get_filesystem"):
            Environment(patch, subject, kept_for(backend)).replace(backend.environment(key, url=url, identity=identity))
            built.append(subject.get_filesystem())
        with blamed("reset_filesystem"):
            subject.reset_filesystem()
        return built[-1]

    yield build
    for instance in built:
        getattr(instance, "close", lambda: None)()


@pytest.fixture
def witness(backend: Endpoint, key: str) -> Witness:
    """A second client that shares no code with the subject, at this case's prefix, straight to the server."""
    return witness_of(backend, key)


@pytest.fixture
def costs(channel: Channel | None, fs: Any, backend: Endpoint) -> Costs:
    """`with costs(read=1): …` fails unless its body sends exactly that, by the wire and by the meter."""
    return Costs(channel, fs, backend.redirects)


@pytest.fixture
def in_processes(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """`in_processes(function, n, *arguments)`: `function(number, *arguments)` at once in n new processes."""
    suite = suite_of(request.config)
    preload((endpoint.scheme for endpoint in suite.endpoints.values()), suite.directory)
    return partial(call_in_processes, seconds=NIGHTLY_SECONDS) if takes_its_time(request.node) else call_in_processes


@pytest.fixture
def in_child(in_processes: object) -> Callable[..., Any]:
    """`in_child(method, function, *arguments)`: what it returns in one child that is forked or spawned, and ends."""
    del in_processes  # whichever comes first preloads
    return call_in_child
