"""The reviewed file of survivors that are equivalent: no input can tell them from the layer."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.mutants.mutation import Mutant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE: Final = Path(__file__).with_name("judged.toml")
_FIELDS: Final = ("module", "function", "before", "after", "reason")


@dataclass(frozen=True)
class Entry:
    """One judgement: a change, and why nothing can see it."""

    module: str
    function: str
    before: str
    after: str
    reason: str

    def covers(self, name: str, mutant: Mutant) -> bool:
        """Whether it speaks of this mutant of the module called `name`."""
        return (self.module, self.function, self.before, self.after) == (name, *look_of(mutant))


def look_of(mutant: Mutant) -> tuple[str, str, str]:
    """What people see of a mutant."""
    return mutant.function, mutant.before, mutant.after


def read(path: Path) -> list[Entry]:
    """The entries of a file; none where it is not there.

    Raises:
        ValueError: An entry lacks something, or has no reason.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []) if path.exists() else []
    for table in tables:
        if set(table) != set(_FIELDS) or not all(isinstance(each, str) for each in table.values()):
            raise ValueError(f"{path.name}: an entry has exactly {', '.join(_FIELDS)}, and this is {table}")
        if not table["reason"].strip(" ….?"):
            raise ValueError(f"{path.name}: no reason why {table['before']!r} may become {table['after']!r}")
    return [Entry(**table) for table in tables]


def rotten(
    entries: Collection[Entry], name: str, mutants: Collection[Mutant], killed: Collection[Mutant]
) -> Iterator[str]:
    """What is wrong with the entries of one module, of which these mutants can be made and those were killed."""
    for entry in entries:
        if entry.module != name:
            continue
        alike = [each for each in mutants if entry.covers(name, each)]
        dead = [each for each in killed if each in alike]
        if not alike:
            yield f"judged.toml: {name} has no such mutant any more: {entry.before!r} → {entry.after!r}"
        elif len(dead) == len(alike):
            yield f"judged.toml: it is killed, and so not equivalent: {name}, {entry.before!r} → {entry.after!r}"
