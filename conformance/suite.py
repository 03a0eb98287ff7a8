"""One run of the suite in one process: its settings, its endpoints and which of them are down."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.budgets import pressure
from conformance.ledger import Ledger
from conformance.options import Settings
from conformance.selection import covers
from fixtures import provision
from fixtures.channel import Channel, Request, open_channel
from fixtures.endpoint import Endpoint

USUAL_SECONDS = 60
"""How long a case may take that asks for nothing else, as pyproject.toml says."""
NIGHTLY_SECONDS = 900
"""How long a case may take by night whose behaviour asks for `nightly`."""
PAIRS = "test_storages.py"
"""The file whose behaviours need companions."""


@dataclass
class Suite:
    """What every process of a run knows; the controller alone starts and stops servers."""

    settings: Settings
    ledger: Ledger = field(default_factory=Ledger)
    directory: Path = Path()
    """Files that the processes of this run share, inside the directory that goes away with its servers."""
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    companions: dict[str, Endpoint] = field(default_factory=dict)
    """Backends that no case runs on: the other one of two storages at once."""
    failures: dict[str, str] = field(default_factory=dict)
    """Backend → why it did not start, and what to do about it."""
    _channels: dict[str, Channel] = field(default_factory=dict)

    @classmethod
    def of_worker(cls, text: str) -> Suite:
        """The suite of a worker, from what `for_worker` of the controller wrote."""
        fields = json.loads(text)
        return cls(
            settings=Settings.from_json(fields["settings"]),
            ledger=Ledger.from_list(fields["ledger"]),
            directory=Path(fields["directory"]),
            endpoints=_read(fields["endpoints"]),
            companions=_read(fields["companions"]),
            failures=fields["failures"],
        )

    def for_worker(self) -> str:
        """What a worker needs to know, as one JSON text."""
        fields = {
            "settings": self.settings.to_json(),
            "ledger": self.ledger.to_list(),
            "directory": str(self.directory),
            "endpoints": {name: each.to_json() for name, each in self.endpoints.items()},
            "companions": {name: each.to_json() for name, each in self.companions.items()},
            "failures": self.failures,
        }
        return json.dumps(fields)

    def start(self, config: pytest.Config) -> None:
        """Start the chosen backends side by side; pytest stops them when `config` ends, however it ends."""
        names = [*self.settings.backends, *(_companions(self.settings.backends) if covers(config, PAIRS) else ())]
        run = provision.start_all(names, self.settings.provisioning())
        config.add_cleanup(run.stop)
        self.directory = run.site.directory / "suite"
        (self.directory / "down").mkdir(parents=True)
        self.failures = dict(run.failures)
        self.endpoints = {name: each for name, each in run.endpoints.items() if name in self.settings.backends}
        self.companions = {name: each for name, each in run.endpoints.items() if name not in self.endpoints}

    def close(self) -> None:
        """Let go of what this process holds."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    def channel(self, endpoint: Endpoint) -> Channel | None:
        """This process's channel to a backend's proxy, opened at first use; None where there is no wire."""
        if not endpoint.proxy:
            return None
        if endpoint.backend not in self._channels:
            self._channels[endpoint.backend] = open_channel(endpoint)
        return self._channels[endpoint.backend]

    def renew_channel(self, endpoint: Endpoint) -> None:
        """Let go of a channel that a failed case may go on sending through."""
        if endpoint.backend in self._channels:
            self._channels.pop(endpoint.backend).close()

    def beside(self, backend: str) -> Endpoint:
        """The endpoint of another backend of this run, a companion's too.

        Raises:
            LookupError: It was not started, or could not be.
        """
        found = {**self.companions, **self.endpoints}.get(backend)
        if found is None:
            remedy = f"name conformance/{PAIRS} and leave out -k, or choose both backends"
            raise LookupError(self.unavailable(backend) or f"{backend} was not started for this run: {remedy}")
        return found

    def unavailable(self, backend: str) -> str:
        """Why nothing can run on a backend; empty when it is up as far as any process of this run knows."""
        if backend in self.failures:
            return f"{backend} did not start: {self.failures[backend]}"
        note = self.directory / "down" / backend
        return note.read_text() if note.exists() else ""

    def probe(self, backend: str) -> str:
        """Ask the server of a backend whether it lives; why not is told to every process of the run."""
        endpoint = self.endpoints.get(backend)
        patience = pressure()  # and twice: machines are busy
        silence = endpoint.answers(patience) and endpoint.answers(patience) if endpoint else ""
        if silence and not self.unavailable(backend):
            note = self.directory / "down" / backend
            note.with_suffix(".new").write_text(f"{backend} stopped answering: {silence}")
            note.with_suffix(".new").replace(note)
        return self.unavailable(backend)

    def lost_proxy(self, backend: str) -> str:
        """Why this process's channel to a backend cannot be asked, which is renewed then; empty where it can be."""
        channel = self._channels.get(backend)
        try:
            if channel:
                channel.requests()
        except (OSError, ValueError) as error:
            self._channels.pop(backend).close()
            return f"the suite's own proxy does not answer: {error}"
        return ""

    def blame(self, backend: str, case: str) -> None:
        """Note that a case was running when its server was found to be silent."""
        with (self.directory / "down" / f"{backend}.cases").open("a") as file:
            file.write(f"{case}\n")

    def in_flight(self, backend: str) -> list[str]:
        """The cases that were running when the server of a backend stopped answering."""
        path = self.directory / "down" / f"{backend}.cases"
        return sorted(set(path.read_text().splitlines())) if path.exists() else []

    def requests(self, backend: str) -> tuple[list[Request], bool]:
        """What the running case sent so far, and whether it asked for faults; nothing where nobody can tell."""
        channel = self._channels.get(backend)
        try:
            return (channel.requests(), channel.disturbed) if channel else ([], False)
        except (OSError, ValueError):  # the proxy is gone: what failed is told all the same
            return [], False


def _companions(backends: Sequence[str]) -> list[str]:
    """The backends that must run too."""
    wanted = [name for backend in backends for name in provision.COMPANIONS.get(backend, ())]
    return [name for name in wanted if name not in backends]


def _read(texts: Mapping[str, str]) -> dict[str, Endpoint]:
    return {name: Endpoint.from_json(text) for name, text in texts.items()}


SUITE = pytest.StashKey[Suite]()


def suite_of(config: pytest.Config) -> Suite:
    """The suite that `config` runs."""
    return config.stash[SUITE]


def takes_its_time(item: pytest.Item) -> bool:
    """Whether a case may take `NIGHTLY_SECONDS`."""
    asks = "nightly" in inspect.signature(item.function).parameters  # type: ignore[attr-defined]
    return asks and suite_of(item.config).settings.nightly


def give_time(item: pytest.Item) -> float:
    """Let a case take as much longer as the machine is busier than an idle one; returns the seconds that it has."""
    mark, factor = item.get_closest_marker("timeout"), pressure()
    usual = NIGHTLY_SECONDS if takes_its_time(item) else mark.args[0] if mark and mark.args else USUAL_SECONDS
    if factor > 1 or usual == NIGHTLY_SECONDS:
        item.add_marker(pytest.mark.timeout(usual * factor), append=False)
    return float(usual * factor)
