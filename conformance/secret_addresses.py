"""Addresses that hold a login or a pair of keys, as people misspell them: `HIDDEN` stands for what may not be shown."""

from __future__ import annotations

from typing import Final

LOGINS: Final = (
    "{}://HIDDEN:HIDDEN@host/a",
    "{}://HIDDEN@host/a",
    "{}://:HIDDEN@host",
    "{}://HIDDEN:a/HIDDEN@host/a",
    "{}://HIDDEN:@HIDDEN@host/a",
    "{}://HIDDEN:a/@HIDDEN@host/a",
    "{}://HIDDEN:a?HIDDEN#HIDDEN@host/a",
    "{}://HIDDEN:HIDDEN%40host/a",
    "{}:///HIDDEN:a/HIDDEN@host/a",
    "{}://HIDDEN:a\nHIDDEN@host/a",
    "{}://HIDDEN:a b\\HIDDEN@[::1]:80/a",
    "{}:/HIDDEN:HIDDEN@host/a",
    "{}:HIDDEN:HIDDEN@host/a",
    "{}x://HIDDEN:HIDDEN@host/a",
)
"""For each scheme, in place of the braces; none can be used."""
KEYS: Final = (
    "{}://HIDDEN:HIDDEN/bucket/x",
    "{}://HIDDEN:a/HIDDEN/bucket/x",
    "{}:///HIDDEN:HIDDEN/x",
    "{}:/HIDDEN:HIDDEN/x",
    "{}:HIDDEN:HIDDEN/x",
    "{}//HIDDEN:HIDDEN/x",
    "'{}://HIDDEN:HIDDEN/x'",
    "{}x://HIDDEN:HIDDEN/x",
    "{}://HIDDEN:${{HIDDEN/x",
)
"""The same without an `@`."""
