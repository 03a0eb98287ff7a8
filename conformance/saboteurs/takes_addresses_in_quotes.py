"""Quotes around an address are left out, as a shell would have done."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import environment
from noiz_storage.setting_values import check_address


def _check_address(variable: str, text: str, *, secret: bool = False) -> str:
    return check_address(variable, changed(text, text.strip("'\"")), secret=secret)


replace(environment, "check_address", _check_address)
