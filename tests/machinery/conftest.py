"""Servers that play ones that nobody here knows, for the tests of `--backend=s3`, `gs` and `az`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from strangers import KINDS, Stranger, forget_accounts, stranger

from fixtures.provision import Options, start_all


@pytest.fixture(scope="module")
def strangers() -> Iterator[dict[str, Stranger]]:
    """A server of each kind, with other people's things."""
    run = start_all(list(KINDS.values()), Options())
    assert run.failures == {}
    yield {each: stranger(each, run.endpoints[player]) for each, player in KINDS.items()}
    run.stop()


@pytest.fixture(params=KINDS)
def there(request: pytest.FixtureRequest, strangers: dict[str, Stranger]) -> Stranger:
    """The server of one kind."""
    return strangers[request.param]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without any account."""
    forget_accounts(monkeypatch)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    return monkeypatch


@pytest.fixture
def variables(only: pytest.MonkeyPatch, there: Stranger) -> dict[str, str]:
    """The usual variables of whoever may do everything there, and no others."""
    for name, value in there.variables.items():
        only.setenv(name, value)
    return there.variables
