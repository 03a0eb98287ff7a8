"""Companions: backends that run only to be the other one of two storages."""

from __future__ import annotations

import pytest

from conformance.options import Settings
from conformance.suite import Suite
from fixtures.endpoint import Endpoint

SETTINGS = Settings(backends=("minio",), subject="noiz_storage", seed=1)
AZURITE = Endpoint("azurite", "az", "http://127.0.0.1:1/account", "root", {"owner": {}}, "Azurite", "process", ())


def test_a_worker_knows_the_companions() -> None:
    """Workers reach companions, and do not take them for backends that cases run on."""
    worker = Suite.of_worker(Suite(SETTINGS, companions={"azurite": AZURITE}).for_worker())
    assert (worker.beside("azurite"), worker.endpoints) == (AZURITE, {})


def test_a_companion_that_did_not_start_says_why() -> None:
    """What needs a companion that could not be started tells its reason."""
    with pytest.raises(LookupError, match="azurite did not start: no npm; install it"):
        Suite(SETTINGS, failures={"azurite": "no npm; install it"}).beside("azurite")


def test_a_companion_that_nobody_asked_for() -> None:
    """What needs a companion in a run that starts none tells how to have it."""
    with pytest.raises(LookupError, match=r"name conformance/test_storages\.py"):
        Suite(SETTINGS).beside("azurite")
