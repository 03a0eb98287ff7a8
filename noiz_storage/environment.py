"""The environment: every variable that is set, by the process or by a `.env` file, as text, address or number."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from .errors import ConfigurationError
from .setting_values import check_address, seconds, whole

_EXPANDED = re.compile(r"\$\{([^}:]*)\}")
"""What python-dotenv puts a variable's value in place of: nothing where it is not set."""


class Environment:
    """The variables as they are at one moment.

    Those of the process win over those of a `.env` file, which is that of the working directory, or of the first
    directory above it that has one.

    Raises:
        ConfigurationError: the file is no UTF-8.
    """

    def __init__(self, process: Mapping[str, str]) -> None:
        found = next((d / ".env" for d in (Path.cwd(), *Path.cwd().parents) if (d / ".env").is_file()), None)
        self.values = {**(_of_file(found) if found else {}), **process}

    def text(self, variable: str) -> str:
        """Return a variable's value without blank ends; empty where it is unset."""
        return self.values.get(variable, "").strip()

    def address(self, variable: str) -> str:
        """Return the address that a variable holds; empty where it is unset or empty, refused where it is blank."""
        given = self.values.get(variable, "")
        return check_address(variable, given) if given else ""

    def whole(self, variable: str, default: int, least: int, most: int | None = None) -> int:
        """Return a whole number."""
        text = self.text(variable)
        return whole(variable, text, least, most) if text else default

    def seconds(self, variable: str, default: float, least: float, most: float | None = None) -> float:
        """Return a duration."""
        text = self.text(variable)
        return seconds(variable, text, least, most) if text else default


def _of_file(path: Path) -> dict[str, str]:
    """Return what a file sets; `${NAME}` stays as it is where nobody sets NAME: an address would lose a part unseen."""
    try:
        literal, values = (
            dotenv_values(path, interpolate=interpolate, encoding="utf-8-sig") for interpolate in (False, True)
        )
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no UTF-8 ({error.reason}); save it as UTF-8", str(path)) from error
    known = {*os.environ, *literal}
    return {
        name: value if {*_EXPANDED.findall(literal[name] or "")} <= known else literal[name] or ""
        for name, value in values.items()
        if value is not None
    }
