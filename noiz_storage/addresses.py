"""From what a caller writes to the key that is meant, and back."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .errors import InvalidNameError
from .uri import URI, as_text, check_key, is_uri

Name = str | os.PathLike[str]
"""What a caller may write for a name: a key relative to the base, an absolute URI or an absolute local path."""


class Names:
    """The names below one base; absolute addresses may lie below the legacy base too."""

    def __init__(self, base: URI, legacy: URI | None) -> None:
        self._base = base
        self._legacy = legacy

    def relative(self, path: Name) -> str:
        """Return a name's key relative to the base, checked; an empty one for the base itself.

        Raises:
            InvalidNameError: a forbidden name, or an address that does not lie below the base.
        """
        text = as_text(path)
        key = self._below(text) if is_uri(text) or text.startswith("/") else text
        return check_key(key, base=self._base.key) if key else ""

    def full(self, path: Name) -> str:
        """Return the whole key of an object's name."""
        key = self.relative(path)
        if not key:
            raise InvalidNameError("the name is empty: the base itself is not a file", str(self._base))
        return self._base.child(key).key

    def prefix(self, path: Name) -> str:
        """Return what the keys below a name start with; the name may end with a slash here."""
        text = as_text(path)
        key = self._base.child(self.relative(text[:-1] if text.endswith("/") and text != "/" else text)).key
        return key + "/" if key else ""

    def shorten(self, keys: Iterable[str]) -> list[str]:
        """Return whole keys relative to the base, sorted and each once; those that no name reaches are among them."""
        cut = len(self.prefix(""))
        return sorted({key[cut:] for key in keys if key[cut:]})

    def _below(self, text: str) -> str:
        uri = URI.parse(text)
        for base in (self._base, self._legacy) if self._legacy else (self._base,):
            key = base.key_below(uri)
            if key is not None:
                return key + "/" if key and text.endswith("/") else key
        raise InvalidNameError(f"{text!r} does not lie below {self._base}", text)
