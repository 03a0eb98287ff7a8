"""Reasons: why a case failed, in one line: what was expected, what came, and which request was the last."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest
from _pytest._io.saferepr import saferepr
from _pytest.assertion import pytest_assertrepr_compare
from _pytest.outcomes import Failed

import fixtures
from conformance.ledger import first_line
from fixtures.breaches import MARKED, OTHER_CHECKSUM
from fixtures.channel import Request
from fixtures.endpoint import MARKERS

_EXPLAINED: Final = ("assert ", "Regex pattern did not match")
"""How a first line begins that says little without those below it."""
_HINTS: Final = re.compile(r"\s*(Use -v+ to get more diff|Full diff:.*|\.\.\.Full output truncated.*)\s*")
NO_FAULTS: Final[Mapping[str, str]] = {}
_SIGNS: Final = {MARKERS: re.compile(r"[^/]/'")}
"""Fault of a server → how a failure that comes of it can be told."""
_UNUSUAL: Final = (405, 411)
"""Statuses below 500 that only tell what a server cannot do."""
_ABOUT: Final = {401: PermissionError, 403: PermissionError, 404: FileNotFoundError, 412: FileExistsError}
"""Status that is often right → the error of the layer's that it is behind."""
_TARGET_LENGTH: Final = 90
_VALUE_LENGTH: Final = 160
_WITNESSES: Final = re.compile(r"(witness|raw)(_\w+)?\.py")
_CHANNEL: Final = re.compile(r"channel\.py")
_FIXTURES: Final = Path(fixtures.__file__).parent


def reason(error: BaseException) -> str:
    """What was expected and what came, in one line; the class too unless that says nothing."""
    text = first_line(error)
    if isinstance(error, (AssertionError, Failed)) and text.startswith(_EXPLAINED):
        return _explained(str(error))
    plain = isinstance(error, (AssertionError, Failed)) and text
    return text if plain else f"{type(error).__name__}: {text}".removesuffix(": ")


def _explained(text: str) -> str:
    """What pytest explains of a comparison, as one line without its hints."""
    lines = text.strip().partition("\n  Full diff:")[0].splitlines()
    return "; ".join(line.strip() for line in lines if line.strip() and not _HINTS.fullmatch(line))


def compared(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Pytest's own explanation of a comparison, its first line with both values as far as they are short."""
    explained = list(pytest_assertrepr_compare(config, op, left, right) or ())
    if not explained:
        return None
    shown = (saferepr(value, _VALUE_LENGTH) for value in (left, right))
    return [f" {op} ".join(shown).replace("\n", "\\n"), *explained[1:]]


def of_a_witness(error: BaseException) -> bool:
    """Whether a witness could not do what it was asked; that nothing is there (KeyError) is an answer."""
    return not isinstance(error, KeyError) and _comes_from(error, _WITNESSES)


def of_a_channel(error: BaseException) -> bool:
    """Whether the suite's own proxy did not do what it was asked."""
    return _comes_from(error, _CHANNEL)


def _comes_from(error: BaseException, modules: re.Pattern[str]) -> bool:
    """Whether an error, or one that it was raised from, passed through one of these modules of `fixtures`."""
    cause = error.__cause__
    if cause is not None and not isinstance(cause, KeyError) and _comes_from(cause, modules):
        return True
    frames = (Path(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(each.parent == _FIXTURES and modules.fullmatch(each.name) for each in frames)


def last_request(requests: Sequence[Request]) -> str:
    """The last request of a case and its answer; of its query only the names, since values may be secrets."""
    if not requests:
        return ""
    last = requests[-1]
    parts = urlsplit(last.target)
    names = "&".join(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    target = f"{parts.path}?{names}" if names else parts.path
    answer = f"was answered {last.status}" if last.status else "had no answer"
    return f"{last.method} {target[:_TARGET_LENGTH]} {answer}"


def cause(
    requests: Sequence[Request], error: BaseException, faults: Mapping[str, str] = NO_FAULTS, *, disturbed: bool = False
) -> str:
    """What a server did that may be behind a failure, alike for all cases that it is behind; empty for none.

    `faults` are those that were found out (`Endpoint.faults`); `disturbed` says that the case asked for some itself.
    """
    listed = any(each.breach == MARKED for each in requests) and requests[-1].kind == "list"
    known = [words for name, words in faults.items() if listed or _SIGNS[name].search(reason(error))]
    if known:
        return f"the server {known[0]}"
    breaches = [each.breach for each in requests if each.breach and _explains(each.breach, error)]
    if breaches:
        return f"the server {breaches[-1]}"
    answered = [each for each in requests if not each.by_fault]
    odd = [each for each in _final(answered) if each.status in _UNUSUAL]
    odd += [each for each in _final(answered) if each.status >= 500]
    if not odd and not disturbed and isinstance(error, OSError):  # the layer's own, of what it was refused last
        about = [each for each in answered[-1:] if each.status >= 400]
        odd = [each for each in about if isinstance(error, _ABOUT.get(each.status, OSError))]
    return f"the server answers {odd[-1].status} to {odd[-1].method} ({odd[-1].kind})" if odd else ""


def _final(requests: Sequence[Request]) -> list[Request]:
    """These requests but those that were sent again with success."""
    done: set[tuple[str, str]] = set()
    found = []
    for each in reversed(requests):
        if each.status < 400:
            done.add((each.method, each.target))
        elif (each.method, each.target) not in done:
            found.append(each)
    return found[::-1]


def _explains(breach: str, error: BaseException) -> bool:
    """Whether a breach may be behind an error by itself: who minds a checksum says so."""
    return breach != MARKED and (breach != OTHER_CHECKSUM or "checksum" in str(error))
