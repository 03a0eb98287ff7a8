"""The environment: every variable that is set, by the process or by a `.env` file, as text, address or number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dotenv.main import DotEnv

from .errors import ConfigurationError
from .setting_values import check_address, seconds, whole

_EXPANDED = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
"""What python-dotenv (1.2) puts a variable's value, or a default, in place of."""


class Environment:
    """The variables as they are at one moment.

    Those of the process win over those of a `.env` file, which is that of the working directory, or of the first
    directory above it that has one.

    Raises:
        ConfigurationError: the file is no UTF-8.
    """

    def __init__(self, process: Mapping[str, str]) -> None:
        found = next((d / ".env" for d in (Path.cwd(), *Path.cwd().parents) if (d / ".env").is_file()), None)
        self.values = {**(_of_file(found, process) if found else {}), **process}

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


def _of_file(path: Path, process: Mapping[str, str]) -> dict[str, str]:
    """Return what a file sets.

    `${NAME}` stays as it is where neither a line above nor the process gives NAME a value: python-dotenv puts nothing
    in its place, and an address would lose a part unseen.
    """
    values: dict[str, str] = {}
    known = dict(process)
    try:
        lines = [*DotEnv(path, interpolate=False, encoding="utf-8-sig").parse()]
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no UTF-8 ({error.reason}); save it as UTF-8", str(path)) from error
    for name, literal in lines:
        if literal is None:
            continue
        values[name], is_whole = _expand(literal, known)
        known[name] = values[name] if is_whole and values[name] else process.get(name, "")
    return values


def _expand(literal: str, known: Mapping[str, str]) -> tuple[str, bool]:
    """Return a text with what is known in the place of variables, and whether all of them were."""
    found = [(match, known.get(match["name"]) or match["default"]) for match in _EXPANDED.finditer(literal)]
    values = iter(match[0] if value is None else value for match, value in found)
    return _EXPANDED.sub(lambda _: next(values), literal), all(value is not None for _, value in found)
