"""A connection string of Azure, read as people write it and written as azure-storage-blob reads it."""

from __future__ import annotations

from collections.abc import Iterable

_WORDS = ("defaultendpointsprotocol", "usedevelopmentstorage")
"""Fields whose values are words: any case does for other SDKs, small letters for this one."""


def split(text: str) -> list[tuple[str, str]]:
    """Return the names and values of a connection string, without blanks around them and without empty parts.

    To azure-storage-blob (12.31, `parse_connection_str`) " BlobEndpoint" is a name of its own, which it ignores: a
    blank behind a `;` would send all requests to the public cloud.

    Raises:
        ValueError: names the number of the part that is not NAME=VALUE, or there is no part.
    """
    parts = [part.partition("=") for part in map(str.strip, text.split(";")) if part]
    wrong = next((number for number, (name, equals, _) in enumerate(parts, 1) if not equals or not name.strip()), 0)
    if wrong or not parts:
        raise ValueError(f"part {wrong or 1} of it is not NAME=VALUE")
    stripped = [(name.strip(), value.strip()) for name, _, value in parts]
    return [(name, value.lower() if name.lower() in _WORDS else value) for name, value in stripped]


def join(fields: Iterable[tuple[str, str]]) -> str:
    """Return the connection string of names and values."""
    return ";".join(f"{name}={value}" for name, value in fields)
