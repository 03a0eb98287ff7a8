"""The ledger: known deviations that cannot be mended from here; nothing else excuses a failure."""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date, datetime, timedelta, timezone
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest

from fixtures.provision import BACKENDS

_toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

ACTORS: Final = ("server", "library", "us")
"""Who can end a deviation."""
_NONSENSE: Final = "a text that no failure has"
_REPOSITORY: Final = Path(__file__).parent.parent
_LAST_TIME_ZONE: Final = timezone(timedelta(hours=14))
"""A date that has not begun here has begun nowhere."""


@dataclass(frozen=True)
class Deviation:
    """One table of the ledger: what fails, where, how exactly, why, and who must act."""

    name: str
    """The table's name; a row of verdicts.jsonl names it."""
    behaviour: str
    backend: str
    exception: str
    """The class, with its module unless it is built in."""
    message: str
    """A regular expression that the whole first line of the message matches."""
    why: str
    source: str
    """The address of a thread, or a reproduction in docs/findings."""
    date: str
    who: str
    case: tuple[str, ...] = ("",)
    """What the brackets after the behaviour's id hold; one text or a list of them in the file."""
    from_version: str = ""
    to_version: str = ""
    """The first and the last version of the server that deviates; empty where none is known."""

    @classmethod
    def of_table(cls, name: str, table: Mapping[str, Any]) -> Deviation:
        """The entry that a table without complaints holds."""
        case = table.get("case", "")
        cases = (case,) if isinstance(case, str) else tuple(case)
        return cls(name, **{**table, "date": str(table["date"]), "case": cases})

    def covers(self, server: str) -> bool:
        """Whether the version in a server's text lies in the range, its ends included; `3.35` includes 3.35.1."""
        version, low, high = map(numbers, (server, self.from_version, self.to_version))
        if not version:
            return not (low or high)
        return _first(version, low) >= low and _first(version, high) <= high

    def excuses(self, error: BaseException) -> bool:
        """Whether a case failed with exactly this class and message."""
        exact = class_of(error) == self.exception
        return exact and re.fullmatch(self.message, first_line(error)) is not None

    def overlaps(self, other: Deviation) -> bool:
        """Whether both speak of one case on one server."""
        if (self.behaviour, self.backend) != (other.behaviour, other.backend) or not set(self.case) & set(other.case):
            return False
        return _not_after(self.from_version, other.to_version) and _not_after(other.from_version, self.to_version)


@dataclass(frozen=True)
class Ledger:
    """Every known deviation."""

    entries: tuple[Deviation, ...] = ()

    def entry(self, behaviour: str, case: str, backend: str, server: str) -> Deviation | None:
        """The entry about a case on a backend whose server calls itself `server`."""
        for each in self.entries:
            if (each.behaviour, each.backend) == (behaviour, backend) and case in each.case and each.covers(server):
                return each
        return None

    def and_also(self, more: Sequence[Deviation]) -> Ledger:
        """These entries, and then those of `more`, for what none of these is about."""
        return Ledger((*self.entries, *more))

    def to_list(self) -> list[dict[str, Any]]:
        """The entries as JSON can hold them."""
        return [asdict(each) for each in self.entries]

    @classmethod
    def from_list(cls, entries: list[dict[str, Any]]) -> Ledger:
        """The ledger that `to_list` gave."""
        return cls(tuple(Deviation(**{**each, "case": tuple(each["case"])}) for each in entries))


def first_line(error: BaseException) -> str:
    """The first line of an exception's message: what pytest explains of an assertion stands below it."""
    try:
        return str(error).strip().partition("\n")[0]
    except Exception as broken:  # noqa: BLE001 (a class under test may raise anything when it is shown)
        return f"which cannot be shown: {type(broken).__name__}"


def class_of(error: BaseException) -> str:
    """An exception's class as the ledger names it: `OSError`, `noiz_storage.errors.NotFoundError`."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def numbers(text: str) -> tuple[int, ...]:
    """The version in a text: (2025, 9, 7) of `MinIO RELEASE.2025-09-07`; a digit within a word is none."""
    found = re.search(r"\bv?\d.*", text)
    return tuple(map(int, re.findall(r"\d+", found[0]))) if found else ()


def load(path: Path, behaviours: Collection[str]) -> Ledger:
    """The ledger in a file; there is none where the file is absent.

    Raises:
        UsageError: An entry is not whole, makes no sense, or speaks of a behaviour that does not exist.
    """
    try:
        tables = _toml.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (_toml.TOMLDecodeError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"{path.name}: {error}") from None
    complaints = [f"[{name}] {text}" for name in tables for text in _complaints(tables[name], behaviours)]
    entries = () if complaints else tuple(Deviation.of_table(name, table) for name, table in tables.items())
    _refuse(path, complaints or _doubled(entries))
    return Ledger(entries)


def load_own(path: Path, behaviours: Collection[str], before: Ledger) -> Ledger:
    """The ledger `before`, and behind it the user's own in a file.

    Raises:
        UsageError: There is no such file, or it makes no sense, by itself or beside `before`.
    """
    if not path.is_file():
        raise pytest.UsageError(f"--ledger={path} is not there; conformance/README.md says what it holds")
    both = (*before.entries, *load(path, behaviours).entries)
    names = Counter(each.name for each in both)
    _refuse(path, [f"[{name}] is an entry of the project's ledger too" for name in names if names[name] > 1])
    _refuse(path, _doubled(both))
    return Ledger(both)


def _doubled(entries: Sequence[Deviation]) -> list[str]:
    pairs = ((one, other) for one, other in combinations(entries, 2) if one.overlaps(other))
    return [f"[{one.name}] and [{other.name}] speak of the same case" for one, other in pairs]


def _refuse(path: Path, complaints: Collection[str]) -> None:
    if complaints:
        raise pytest.UsageError("\n".join(f"{path.name}: {text}" for text in complaints))


def _first(version: tuple[int, ...], bound: tuple[int, ...]) -> tuple[int, ...]:
    """As many numbers of `version` as `bound` has."""
    return (*version, *[0] * len(bound))[: len(bound)]


def _not_after(low: str, high: str) -> bool:
    """Whether a range may begin at `low` and end at `high`; an open end is never in the way."""
    first, last = numbers(low), numbers(high)
    return not last or _first(first, last) <= last


def _complaints(table: Any, behaviours: Collection[str]) -> Iterator[str]:
    """What is wrong with one table."""
    if not isinstance(table, dict):
        yield "is no table of an entry"
        return
    known = {each.name: each for each in fields(Deviation) if each.name != "name"}
    missing = [name for name, each in known.items() if each.default is MISSING and name not in table]
    unknown = [name for name in table if name not in known]
    if missing or unknown:
        words = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        yield " and ".join(words)
        return
    for name, complain in _CHECKS.items():
        if name in table and (complaint := complain(table[name])):
            yield f"{name} = {_shown(table[name])} {complaint}"
    if table["behaviour"] not in behaviours:
        yield f"behaviour = {table['behaviour']!r} does not exist; see pytest --list-behaviours"
    ends = table.get("from_version", ""), table.get("to_version", "")
    if all(isinstance(end, str) for end in ends) and not _not_after(*ends):
        yield f"begins with version {ends[0]}, after its end {ends[1]}"


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, date) else repr(value)


def _about_text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "is no text"


def _about_backend(value: Any) -> str:
    return "" if value in tuple(BACKENDS) else f"is none of {', '.join(BACKENDS)}"


def _about_who(value: Any) -> str:
    return "" if value in ACTORS else f"is none of {', '.join(ACTORS)}"


def _about_message(value: Any) -> str:
    try:
        excuses_all = re.fullmatch(value, _NONSENSE) is not None
    except (re.error, TypeError) as error:
        return f"is no regular expression: {error}"
    return "would excuse any failure" if excuses_all else ""


def _about_exception(value: Any) -> str:
    named = isinstance(value, str) and all(word.isidentifier() for word in value.split("."))
    return "" if named else "is no class, such as AssertionError or noiz_storage.errors.NotFoundError"


def _about_source(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    found = text.startswith("docs/findings/") and (_REPOSITORY / text).is_file()
    return "" if found or text.startswith("https://") else "is neither https://… nor a file docs/findings/…"


def _about_date(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        return "is no date, such as 2026-11-23 without quotation marks"
    return "lies in the future" if value > datetime.now(_LAST_TIME_ZONE).date() else ""


def _about_case(value: Any) -> str:
    cases = [value] if isinstance(value, str) else value
    texts = isinstance(cases, list) and cases and all(isinstance(case, str) and case for case in cases)
    if not texts:
        return "is neither a text nor a list of texts"
    return "" if len(set(cases)) == len(cases) else "names a case twice"


def _about_version(value: Any) -> str:
    return "" if isinstance(value, str) and numbers(value) else "holds no version, such as '3.35.0'"


_CHECKS: Final[Mapping[str, Callable[[Any], str]]] = {
    "backend": _about_backend,
    "exception": _about_exception,
    "message": _about_message,
    "why": _about_text,
    "source": _about_source,
    "date": _about_date,
    "who": _about_who,
    "case": _about_case,
    "from_version": _about_version,
    "to_version": _about_version,
}
"""Field → what is wrong with a value of it, or nothing."""
