"""What earlier runs found, kept outside of the checkout: one JSON object per line, the last of a name counts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def default_place() -> Path:
    """Below the user's cache directory."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(cache) / "noiz-storage" / "mutants.jsonl"


class Records:
    """Answers by name, each with a key: what it depends on."""

    def __init__(self, place: Path, *, fresh: bool = False) -> None:
        self._place = place
        self.known: dict[str, tuple[str, Any]] = {}
        """Name → key and answer."""
        if place.exists() and not fresh:
            for line in place.read_text(encoding="utf-8").splitlines():
                self._read(line)
        self._rewrite()

    def get(self, name: str, key: str) -> Any:
        """The answer of that name if nothing that it depends on has changed, else None."""
        known, answer = self.known.get(name, ("", None))
        return answer if known == key else None

    def last(self, name: str) -> Any:
        """The latest answer of that name, whatever has changed since, or None."""
        return self.known.get(name, ("", None))[1]

    def put(self, name: str, key: str, answer: Any) -> None:
        """Keep an answer, at once."""
        self.known[name] = key, answer
        with self._place.open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, key, answer]) + "\n")

    def _read(self, line: str) -> None:
        """Read a line; a run that was killed may have left half of one."""
        try:
            name, key, answer = json.loads(line)
        except ValueError:
            return
        self.known[name] = key, answer

    def _rewrite(self) -> None:
        """Drop what is superseded."""
        self._place.parent.mkdir(parents=True, exist_ok=True)
        new = self._place.with_suffix(".new")
        new.write_text("".join(json.dumps([name, *rest]) + "\n" for name, rest in self.known.items()), encoding="utf-8")
        new.replace(self._place)
