"""A login of which a half is missing is used as it is."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.saboteurs.layer import __getattr__, acts, replace  # noqa: F401
from noiz_storage import config
from noiz_storage.credential_values import check_pair
from noiz_storage.errors import ConfigurationError


def _check_pair(credentials: Mapping[str, str], variables: Mapping[str, str]) -> None:
    try:
        check_pair(credentials, variables)
    except ConfigurationError:
        acts()


replace(config, "check_pair", _check_pair)
