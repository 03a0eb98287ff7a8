"""What the user asks for: the options of the suite, checked before anything starts."""

from __future__ import annotations

import importlib
import json
import secrets
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import pytest

from fixtures.anywhere import addresses
from fixtures.provision import BACKENDS, Options
from fixtures.site import ANYWHERE, SERVERS

DEFAULT_BACKENDS: Final = "memory,local,moto"
DEFAULT_SUBJECT: Final = "noiz_storage"
ENGINE: Final = "fsspec"
CACHE: Final = "off"
FACTS: Final = "report.json"
"""The file of a report that says what the rows of verdicts.jsonl do not."""


@dataclass(frozen=True)
class Settings:
    """The checked options of one run; `to_json` carries them to the workers of pytest-xdist."""

    backends: tuple[str, ...]
    subject: str
    seed: int
    servers: str = "auto"
    endpoint_urls: dict[str, str] = field(default_factory=dict)
    buckets: dict[str, str] = field(default_factory=dict)
    server_names: dict[str, str] = field(default_factory=dict)
    yes: bool = False
    """Whether servers that are not on this machine may be used without asking."""
    nightly: bool = False
    sampled: tuple[str, ...] = ()
    """Backends on which one case of every behaviour is enough."""
    report: str = ""
    """Directory for index.html, verdicts.jsonl and junit.xml; empty for none."""
    baseline: str = ""
    """Directory of another report to compare with; empty for none."""
    expect: str = ""
    """The user's own baseline, as it was named; empty for the project's."""
    ledger: str = ""
    """The user's own ledger, as it was named; empty for none."""

    def to_json(self) -> str:
        """These settings as one JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that `to_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "backends": tuple(fields["backends"]), "sampled": tuple(fields["sampled"])})

    def provisioning(self) -> Options:
        """The part of the settings that the provisioners act on."""
        named = {"endpoint_urls": self.endpoint_urls, "buckets": self.buckets, "names": self.server_names}
        return Options(servers=self.servers, **named)

    def command(self, backends: Sequence[str], *places: str) -> str:
        """The shell command that repeats `places` (node ids; none: the suite) on some backends with this seed."""
        words = ["pytest", f"--backend={','.join(backends)}", f"--seed={self.seed}"]
        words += [f"--subject={self.subject}"] * (self.subject != DEFAULT_SUBJECT)
        words += [f"--servers={self.servers}"] * (self.servers != "auto")
        words += ["--nightly"] * self.nightly
        words += [f"--endpoint-url={name}={url}" for name, url in self.endpoint_urls.items() if name in backends]
        words += [f"--bucket={name}={bucket}" for name, bucket in self.buckets.items() if name in backends]
        words += [f"--server-name={name}={told}" for name, told in self.server_names.items() if name in backends]
        words += ["--yes"] * self.yes
        words += [f"--expect={self.expect}"] * bool(self.expect) + [f"--ledger={self.ledger}"] * bool(self.ledger)
        return shlex.join([*words, *places])


def add_options(parser: pytest.Parser) -> None:
    """Tell pytest which options the suite understands."""
    add = parser.getgroup("conformance", "the storage conformance suite").addoption
    add("--backend", action="append", metavar="NAME,…|all", help=f"where to run (default: {DEFAULT_BACKENDS})")
    add("--sample", action="append", metavar="NAME,…", help="on these backends one case of every behaviour is enough")
    add("--list-backends", action="store_true", help="print the backends there are, and exit")
    add("--list-behaviours", action="store_true", help="print every behaviour with its source, and exit")
    add("--servers", default="auto", metavar="|".join(SERVERS), help="how servers are started (default: auto)")
    add("--endpoint-url", action="append", metavar="[NAME=]URL", help="use this running server for a backend")
    add("--bucket", action="append", metavar="[NAME=]BUCKET", help="stay in this bucket, below a prefix of its own")
    add("--server-name", action="append", metavar="[NAME=]TEXT", help="call the server so, whatever it says it is")
    add("--yes", action="store_true", help="use servers that are not on this machine without asking")
    add("--subject", default=DEFAULT_SUBJECT, metavar="MODULE", help="the storage layer to judge")
    add("--nightly", action="store_true", help="take the time for generated cases by the thousand")
    add("--report", default="", metavar="DIR", help="write index.html, verdicts.jsonl and junit.xml there")
    add("--baseline", default="", metavar="DIR", help="compare --report with the report in that directory")
    add("--update-baseline", action="store_true", help="write what passes to the baseline, which the diff shows")
    add("--expect", default="", metavar="FILE", help="use this baseline; it is written where it is not there")
    add("--ledger", default="", metavar="FILE", help="a ledger of your own, read after the project's")
    add("--seed", type=int, metavar="N", help="seed of all random content (default: a new one)")


def read_settings(config: pytest.Config) -> Settings:
    """The settings that the options of `config` ask for.

    Raises:
        UsageError: An option has a value that makes no sense.
    """
    option = config.option
    backends = chosen_backends(option.backend or [DEFAULT_BACKENDS])
    _refuse_unknown_subject(option.subject)
    settings = Settings(
        backends=backends,
        subject=option.subject,
        seed=secrets.randbelow(2**32) if option.seed is None else option.seed,
        servers=option.servers,
        endpoint_urls=_addresses(option.endpoint_url or [], backends),
        buckets=by_backend("--bucket", option.bucket or [], backends),
        server_names=by_backend("--server-name", option.server_name or [], backends),
        yes=option.yes,
        nightly=option.nightly,
        sampled=_sampled(option.sample or [], backends),
        report=_writable("--report", Path(config.invocation_params.dir, option.report)) if option.report else "",
        baseline=_baseline(config),
        expect=option.expect,
        ledger=option.ledger,
    )
    _refuse_wrong_servers(settings)
    return settings


def _writable(option: str, directory: Path) -> str:
    """A directory that can be written to; what takes hours is not to be lost at its end."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return str(directory)
    except OSError as error:
        raise pytest.UsageError(f"{option}: {directory} cannot be written to: {error}") from error


def _baseline(config: pytest.Config) -> str:
    """The directory of the report to compare with, which must hold one."""
    given = config.option.baseline
    if not given:
        return ""
    if not config.option.report:
        raise pytest.UsageError(f"--baseline={given} compares a report: add --report=DIR")
    directory = Path(config.invocation_params.dir, given)
    if not (directory / FACTS).is_file():
        raise pytest.UsageError(f"--baseline={given} holds no {FACTS}; it must be the directory of an earlier --report")
    return str(directory)


def chosen_backends(texts: Sequence[str]) -> tuple[str, ...]:
    """The backends that the values of `--backend` name, each once, in the order of reports."""
    names = _names(texts)
    unknown = [name for name in names if name != "all" and name not in BACKENDS]
    if unknown or not names:
        asked = " and ".join(repr(name) for name in unknown) or "nothing"
        raise pytest.UsageError(f"--backend names {asked}; known backends: {', '.join(BACKENDS)}, all")
    return tuple(name for name in BACKENDS if name in names or ("all" in names and name not in ANYWHERE))


def _sampled(texts: Sequence[str], backends: Sequence[str]) -> tuple[str, ...]:
    """The backends that the values of `--sample` name."""
    names = _names(texts)
    unknown = [name for name in names if name not in backends]
    if unknown:
        raise pytest.UsageError(f"--sample={unknown[0]}: it is not among the chosen {', '.join(backends)}")
    return tuple(name for name in backends if name in names)


def _names(texts: Sequence[str]) -> list[str]:
    """The words between the commas of an option that may be given several times."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def named_endpoints(texts: Sequence[str], backends: Sequence[str]) -> dict[str, str]:
    """Backend → address; a text without a name speaks of the only backend chosen."""
    _refuse_credentials("--endpoint-url", texts)
    named = by_backend("--endpoint-url", texts, backends)
    return {name: url.rstrip("/") for name, url in named.items()}


def by_backend(option: str, texts: Sequence[str], backends: Sequence[str]) -> dict[str, str]:
    """Backend → what an option says of it; a text without a name speaks of the only backend chosen."""
    named = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or "://" in name:
            name, value = _only(option, backends, text), text
        if name not in backends:
            raise pytest.UsageError(f"{option}={text}: {name!r} is not among the chosen {', '.join(backends)}")
        named[name] = value
    return named


def _only(option: str, backends: Sequence[str], text: str) -> str:
    if len(backends) == 1:
        return backends[0]
    raise pytest.UsageError(f"{option}={text}: say for which backend: {option}=NAME={text}")


def _refuse_unknown_subject(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise pytest.UsageError(f"--subject={name} cannot be imported: {error}") from error


def _addresses(texts: Sequence[str], backends: Sequence[str]) -> dict[str, str]:
    """Backend → address of every server that is not started here, named by an option or by the user's variables."""
    try:
        found = addresses(backends, named_endpoints(texts, backends))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    for backend, url in found.items():
        _refuse_credentials(f"the address of {backend}", [url])
    return found


def _refuse_credentials(what: str, texts: Sequence[str]) -> None:
    """Addresses are printed and reported, however they are spelled; none needs an `@` for anything else."""
    if any("@" in text for text in texts):
        raise pytest.UsageError(f"{what} holds credentials; give them in environment variables")


def _refuse_wrong_servers(settings: Settings) -> None:
    try:
        settings.provisioning()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
