"""Text and TOML, as UTF-8."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import tomli_w

from ..addresses import Name
from ..filesystem import locate
from ..paths import StoragePath
from .arguments import check_encoding
from .arguments import text as as_text
from .content import Where, publish_bytes, reading

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def write_text(
    path: Name,
    text: str,
    /,
    *,
    encoding: str = "utf-8",
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
) -> StoragePath:
    """Write text as it is: line ends are kept.

    Raises:
        UnicodeEncodeError: a character that the encoding has not; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    body = as_text("text", text).encode(encoding)
    place = locate(path, storage)
    return publish_bytes(place, body, overwrite=overwrite, next_free=next_free)


def read_text(path: Name, /, *, encoding: str = "utf-8", storage: Where = None) -> str:
    """Read text as it is: line ends are kept.

    Raises:
        CorruptedError: it is not text of this encoding.
        LookupError: there is no such encoding; nothing was contacted.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    check_encoding(encoding)
    with reading(path, storage, f"{encoding} text", (UnicodeDecodeError,)) as file:
        return file.read().decode(encoding)


def save_toml(
    path: Name,
    values: Mapping[str, Any],
    /,
    *,
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
) -> StoragePath:
    """Save a table as TOML 1.0, in UTF-8 whatever the locale is.

    Raises:
        TypeError: a value that TOML has not, such as None; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    place = locate(path, storage)
    return publish_bytes(place, tomli_w.dumps(values).encode(), overwrite=overwrite, next_free=next_free)


def load_toml(path: Name, /, *, storage: Where = None) -> dict[str, Any]:
    """Load a table from TOML 1.0.

    Raises:
        CorruptedError: it is not TOML in UTF-8; the parser's error is the `__cause__`.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    with reading(path, storage, "TOML") as file:
        return dict(tomllib.loads(file.read().decode()))
