"""The list of all behaviours: id, sentence, capabilities needed, source. Nothing is started for it."""

from __future__ import annotations

import textwrap

import pytest
from _pytest.main import wrap_session

from conformance.behaviour import Behaviour, behaviour_of
from conformance.plan import behaviours_among

WIDTH = 100


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
    print(f"{len(behaviours)} behaviours")
    return pytest.ExitCode.TESTS_FAILED if session.testsfailed else pytest.ExitCode.OK


def tell(behaviour: Behaviour) -> str:
    """A behaviour in a few lines: its id, then its sentence, what it needs and its source."""
    facts = [behaviour.sentence]
    facts += [f"needs: {', '.join(behaviour.needs)}"] * bool(behaviour.needs)
    facts += [f"some cases need: {', '.join(behaviour.case_needs)}"] * bool(behaviour.case_needs)
    facts += [f"source: {'; '.join(behaviour.sources)}"] * bool(behaviour.sources)
    lines = [textwrap.fill(fact, WIDTH, initial_indent="    ", subsequent_indent="      ") for fact in facts]
    return "\n".join([behaviour.id, *lines])
