"""What a run sends to servers that are not on this machine: told and asked for before anything is sent.

python -m conformance.traffic s3=http://127.0.0.1:9000    records anew what the suite sends to such an endpoint
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from conformance.listing import SCHEMES
from conformance.options import Settings, named_endpoints
from fixtures import proxy
from fixtures.anywhere import far
from fixtures.channel import Channel, Request
from fixtures.provision import PROXY_PROTOCOLS
from fixtures.site import ANYWHERE

RECORD: Final = Path(__file__).with_name("traffic.json")
"""Scheme → what the whole suite once sent to such an endpoint, witness, discovery and removal included."""


def ask(config: pytest.Config, settings: Settings) -> None:
    """Tell what the run will send to servers that are not on this machine, and go on only if the user wants that.

    Raises:
        UsageError: He does not, or cannot be asked.
    """
    remote = far(settings.endpoint_urls)
    for url, backend in remote.items():
        is_endpoint = url in settings.endpoint_urls.values()
        tokens = f"It sells the access tokens for {backend}, about one for each case."
        told = expectation(backend, nightly=settings.nightly) if is_endpoint else tokens
        print(f"{url} is not on this machine. {told}")
    if remote and not settings.yes and not _agreed(config):
        raise pytest.UsageError("nothing was sent, since nobody agreed")


def expectation(backend: str, *, nightly: bool = False) -> str:
    """What the whole suite is expected to cause at an endpoint of this kind, in words."""
    known = json.loads(RECORD.read_text()).get(SCHEMES[backend])
    if known is None:
        return "Nobody has recorded what the suite sends to such an endpoint."
    sent, received = (f"{known[way] / 1e6:,.0f} MB" for way in ("sent", "received"))
    words = (
        f"The whole suite sends about {known['requests']:,} requests with {sent} and receives {received} "
        f"(recorded with {known['behaviours']} behaviours on {known['server']}); a choice of it less."
    )
    return words + " --nightly sends many times more, which nobody has recorded." * nightly


def _agreed(config: pytest.Config) -> bool:
    """Whether the user says yes; pytest has taken the terminal away, and gives it back for this."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture:
        capture.suspend(in_=True)
    try:
        if not sys.stdin.isatty():
            command = shlex.join(["pytest", *map(str, config.invocation_params.args), "--yes"])
            raise pytest.UsageError(f"there is no terminal to ask on; if that is wanted: {command}")
        return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
    finally:
        if capture:
            capture.resume()


def record(backend: str, url: str, words: Sequence[str]) -> None:
    """Run the whole suite on `url` through a proxy that counts every request, and keep what it counted."""
    relay = proxy.start(PROXY_PROTOCOLS[SCHEMES[backend]], url)
    try:
        with Channel(relay.control) as channel:
            behaviours, server = _run(backend, channel.url, words)
            requests = channel.requests()
    finally:
        relay.stop()
    known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    known[SCHEMES[backend]] = {**_sums(requests), "behaviours": behaviours, "server": server}
    RECORD.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def _sums(requests: Sequence[Request]) -> dict[str, int]:
    sent, received = sum(each.sent for each in requests), sum(each.received for each in requests)
    return {"requests": len(requests), "sent": sent, "received": received}


def _run(backend: str, url: str, words: Sequence[str]) -> tuple[int, str]:
    """Run the suite; returns how many behaviours there were, and what the server calls itself."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        chosen = [f"--backend={backend}", f"--endpoint-url={url}", f"--report={directory}"]
        subprocess.run([sys.executable, "-m", "pytest", "-q", *chosen, *words], check=False)
        rows = [json.loads(line) for line in Path(directory, "verdicts.jsonl").read_text().splitlines()]
    return len({row["behaviour"] for row in rows}), rows[0]["server"]


def main(arguments: Sequence[str]) -> int:
    """Record one kind of endpoint; what follows its address reaches pytest."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    ((backend, url),) = named_endpoints(arguments[:1], ANYWHERE).items()
    record(backend, url, arguments[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
