"""Packages that only some helpers need, imported when they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import ConfigurationError


def required(module: str) -> Any:
    """Return a module of the `seismic` extra.

    Raises:
        ConfigurationError: it cannot be imported; says what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = error.name or module
        raise ConfigurationError(f"this needs {missing}; pip install 'noiz-storage[seismic]'") from error
