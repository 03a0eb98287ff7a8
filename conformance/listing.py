"""The lists for people: of backends, and of behaviours with sentence, capabilities and source."""

from __future__ import annotations

import textwrap
from importlib import import_module
from typing import Final

import pytest
from _pytest.main import wrap_session

from conformance.behaviour import Behaviour, behaviour_of
from conformance.plan import behaviours_among
from fixtures.provision import BACKENDS, WEB, module_of
from fixtures.site import ANYWHERE

WIDTH: Final = 100


SCHEMES: Final = {
    "memory": "memory",
    "local": "file",
    "moto": "s3",
    "minio": "s3",
    "versitygw": "s3",
    "ceph": "s3",
    "azurite": "az",
    "gcs": "gs",
    "ftp": "ftp",
    "ftps": "ftps",
    **{name: name.partition("-")[0] for name in WEB},
    **{name: name for name in ANYWHERE},
}
"""Backend → scheme of its URIs."""


def list_backends() -> None:
    """Print one line per backend: its name, its scheme and what starts it."""
    for name in BACKENDS:
        provisioner = import_module(module_of(name))
        example = getattr(provisioner, "EXAMPLE", "")
        need = f" Needs --endpoint-url={example}" if example else ""
        print(f"{name:<15} {SCHEMES[name]:<7} {(provisioner.__doc__ or '').partition(chr(10))[0]}{need}")


def list_behaviours(config: pytest.Config) -> int | pytest.ExitCode:
    """Print every behaviour that the command line selects; status 0 unless a file cannot be collected."""
    config.option.verbose = -2
    config.option.collectonly = True
    return wrap_session(config, _collect_and_print)


def _collect_and_print(_config: pytest.Config, session: pytest.Session) -> pytest.ExitCode:
    session.perform_collect()
    behaviours = {each.id: each for each in map(behaviour_of, behaviours_among(session.items))}
    for identity in sorted(behaviours):
        print(tell(behaviours[identity]))
    print(f"behaviours: {len(behaviours)}")
    return pytest.ExitCode.TESTS_FAILED if session.testsfailed else pytest.ExitCode.OK


def tell(behaviour: Behaviour) -> str:
    """A behaviour in a few lines: its id, then its sentence, what it needs and its source."""
    facts = [behaviour.sentence]
    facts += [f"needs: {', '.join(behaviour.needs)}"] * bool(behaviour.needs)
    facts += [f"some cases need: {', '.join(behaviour.case_needs)}"] * bool(behaviour.case_needs)
    facts += [f"source: {'; '.join(behaviour.sources)}"] * bool(behaviour.sources)
    lines = [textwrap.fill(fact, WIDTH, initial_indent="    ", subsequent_indent="      ") for fact in facts]
    return "\n".join([behaviour.id, *lines])
