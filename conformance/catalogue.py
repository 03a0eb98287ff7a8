"""Writes docs/behaviours.md: what other suites test and which behaviour covers it here, then every behaviour there is.

python -m conformance.catalogue            writes the file
python -m conformance.catalogue --check    says whether it is up to date, and whether README.md and docs/gaps.md name
                                           behaviours that there are; status 1 if not
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.behaviour import Behaviour, behaviour_of
from conformance.plan import behaviours_among

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CATALOGUE: Final = Path(__file__).with_name("catalogue.toml")
DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "behaviours.md"
CITING: Final = (DOCUMENT.with_name("gaps.md"), DOCUMENT.parent.parent / "README.md")
"""Documents that name behaviours by hand."""
NOT_OFFERED: Final = "not-offered"
ELSEWHERE: Final = "tested-elsewhere"
_CITED: Final = re.compile(r"B\d+\.(\d+)")
_ID: Final = re.compile(r"`([a-z_]+)\.([a-z0-9-]+)`")
_HEAD: Final = """# Behaviours

Written by `python -m conformance.catalogue`; do not edit.

{known} behaviours that other storage suites test: {covered} covered here, {elsewhere} tested otherwise,
{refused} not offered by the layer, {open} open.
The suite has {all} behaviours of its own; `pytest --list-behaviours` prints them too.
"""


@dataclass
class Collected:
    """A pytest plugin that keeps what was collected."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep every behaviour once."""
        self.behaviours = {each.id: each for each in map(behaviour_of, behaviours_among(session.items))}


def collect() -> dict[str, Behaviour]:
    """Every behaviour of the suite by id.

    Raises:
        RuntimeError: A file of the suite cannot be collected.
    """
    collected, told = Collected(), io.StringIO()
    words = ["--collect-only", "-qq", "-n0", "-p", "no:cacheprovider", "--backend=memory", str(CATALOGUE.parent)]
    with contextlib.redirect_stdout(told):
        status = pytest.main(words, plugins=[collected])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"the suite cannot be collected:\n{told.getvalue()}")
    return dict(sorted(collected.behaviours.items()))


def read_catalogue() -> dict[str, Any]:
    """Section → number → what is tested.

    Under `not-offered` stands number → why the layer does not offer it, under `tested-elsewhere` → what tests it.
    """
    catalogue: dict[str, Any] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return catalogue


def covering(behaviours: Iterable[Behaviour]) -> dict[str, list[str]]:
    """Number in the catalogue → ids of the behaviours that cite it."""
    found: dict[str, list[str]] = {}
    for behaviour in behaviours:
        for number in _CITED.findall(" ".join(behaviour.sources)):
            found.setdefault(number, []).append(behaviour.id)
    return found


def document(catalogue: Mapping[str, Any], behaviours: Mapping[str, Behaviour]) -> str:
    """The text of docs/behaviours.md."""
    by, refused, others = covering(behaviours.values()), catalogue[NOT_OFFERED], catalogue[ELSEWHERE]
    sections = {name: dict(entries) for name, entries in catalogue.items() if name not in (NOT_OFFERED, ELSEWHERE)}
    numbers = [number for entries in sections.values() for number in entries if number != "title"]
    excuses = {**{number: f"tested by {text}" for number, text in others.items()}, **_reasons(refused)}
    counts = Counter("covered" if number in by else excuses.get(number, "open").split()[0] for number in numbers)
    told = {"known": len(numbers), "elsewhere": counts["tested"], "refused": counts["not"], "all": len(behaviours)}
    lines = [_HEAD.format(**told, covered=counts["covered"], open=counts["open"])]
    for name, entries in sections.items():
        lines += _section(name, entries, by, excuses)
    for area, members in groupby(behaviours.values(), key=lambda each: each.id.partition(".")[0]):
        lines += [f"## {area}", "", "| behaviour | promise | needs |", "|---|---|---|"]
        lines += [_row(each.id, each.sentence, ", ".join((*each.needs, *each.case_needs))) for each in members]
        lines.append("")
    return "\n".join(lines)


def _reasons(refused: Mapping[str, str]) -> dict[str, str]:
    """Number → that it is not offered and why; `as 12` stands for the reason of 12."""
    found = {number: refused[why[3:]] if why.startswith("as ") else why for number, why in refused.items()}
    return {number: f"not offered: {why}" for number, why in found.items()}


def _section(
    name: str, entries: dict[str, str], by: Mapping[str, Sequence[str]], excuses: Mapping[str, str]
) -> Iterator[str]:
    yield from (f"## {name} {entries.pop('title')}", "", "| | what is tested | here |", "|---|---|---|")
    for number, text in entries.items():
        covering_ids = ", ".join(f"`{identity}`" for identity in by.get(number, ()))
        yield _row(number, text, covering_ids or excuses.get(number, "**open**"))
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def unknown(text: str, behaviours: Iterable[str]) -> list[str]:
    """The ids in a text that have the area of a behaviour and are none."""
    known = set(behaviours)
    areas = {identity.partition(".")[0] for identity in known}
    return sorted({f"{area}.{words}" for area, words in _ID.findall(text) if area in areas} - known)


def main(arguments: Sequence[str]) -> int:
    """Write the document, or with `--check` compare it."""
    behaviours = collect()
    text = document(read_catalogue(), behaviours)
    if "--check" not in arguments:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    complaints = [
        f"{each.name} names what is no behaviour: {', '.join(found)}"
        for each in CITING
        if (found := unknown(each.read_text(encoding="utf-8"), behaviours))
    ]
    if DOCUMENT.read_text(encoding="utf-8") != text:
        complaints.append(f"docs/{DOCUMENT.name} is out of date; run python -m conformance.catalogue")
    print(*complaints, sep="\n", end="\n" if complaints else "", file=sys.stderr)
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
