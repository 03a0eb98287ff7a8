"""The report that people look at: one self-contained page made from a directory of verdicts.

python -m conformance.page DIR [--baseline=OTHER]    writes DIR/index.html anew
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from conformance.options import FACTS
from conformance.plan import Pair
from conformance.suite import Suite
from conformance.verdicts import DEVIATES, ERROR, FAIL, NOT_APPLICABLE, PASS, VERDICTS, Row, write_rows
from fixtures.endpoint import CAPABILITIES

ROWS: Final = "verdicts.jsonl"
PAGE: Final = "index.html"
TEMPLATE: Final = Path(__file__).with_name("page.html")
WORST_FIRST: Final = (FAIL, ERROR, DEVIATES, PASS, NOT_APPLICABLE)
"""A behaviour's verdict is the first of these that one of its cases came to."""
_RANK: Final = {PASS: 0, DEVIATES: 1, NOT_APPLICABLE: 2, ERROR: 3, FAIL: 4}

Json = dict[str, Any]


def write_report(suite: Suite, plan: Iterable[Pair], rows: Iterable[Row], sentences: Sequence[str]) -> None:
    """Write all that `--report` promises but junit.xml, which is pytest's."""
    directory = Path(suite.settings.report)
    write_rows(directory / ROWS, rows)
    facts = {"sentences": list(sentences), **facts_of(suite, plan)}
    (directory / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    write_page(directory, Path(suite.settings.baseline) if suite.settings.baseline else None)


def facts_of(suite: Suite, plan: Iterable[Pair]) -> Json:
    """What the rows of a run do not say: its backends, its behaviours, and how to repeat them."""
    settings = suite.settings
    return {
        "subject": settings.subject,
        "seed": settings.seed,
        "sampled": list(settings.sampled),
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "backends": {name: _backend(suite, name) for name in settings.backends},
        "ledger": {entry.name: {"why": entry.why, "source": entry.source} for entry in suite.ledger.entries},
        "behaviours": {
            pair.behaviour: {
                "sentence": pair.sentence,
                "needs": list(pair.needs),
                "sources": list(pair.sources),
                "node": pair.nodeid.partition("[")[0],
            }
            for pair in plan
        },
    }


def _backend(suite: Suite, name: str) -> Json:
    endpoint = suite.endpoints.get(name)
    return {
        "server": endpoint.server if endpoint else "did not start",
        "runs_as": endpoint.runs_as if endpoint else "",
        "scheme": endpoint.scheme if endpoint else "",
        "capabilities": list(endpoint.capabilities) if endpoint else [],
        "lacking": dict(endpoint.lacking) if endpoint else {},
        "failure": suite.failures.get(name, ""),
        "command": suite.settings.command([name]),
    }


@dataclass(frozen=True)
class Report:
    """A directory of verdicts, read back."""

    facts: Json
    rows: Sequence[Json]

    @classmethod
    def read(cls, directory: Path) -> Report:
        """The report in a directory.

        Raises:
            FileNotFoundError: There is none; names the file that is missing.
        """
        facts = json.loads((directory / FACTS).read_text(encoding="utf-8"))
        lines = (directory / ROWS).read_text(encoding="utf-8").splitlines()
        return cls(facts, [json.loads(line) for line in lines])


def write_page(directory: Path, baseline: Path | None = None) -> None:
    """Write index.html into a directory of verdicts, compared with another one if it is given.

    Raises:
        FileNotFoundError: One of the directories holds no report.
    """
    report = Report.read(directory)
    before = Report.read(baseline) if baseline else None
    # `<` would end the element that holds the data; all that is not ASCII is escaped, lone surrogates among it.
    text = json.dumps(data_of(report, before), separators=(",", ":")).replace("<", "\\u003c")
    page = TEMPLATE.read_text(encoding="utf-8").replace("{{data}}", text)
    (directory / PAGE).write_text(page, encoding="utf-8")


def data_of(report: Report, before: Report | None = None) -> Json:
    """All that the page shows."""
    facts = report.facts
    return {
        **{name: facts[name] for name in ("subject", "seed", "when", "ledger")},
        "sentences": facts.get("sentences", []),
        "verdicts": list(VERDICTS),
        "capabilities": list(CAPABILITIES),
        "backends": [{"name": name, **known, **_sums(report, name)} for name, known in facts["backends"].items()],
        "behaviours": [_behaviour(name, known, report) for name, known in sorted(facts["behaviours"].items())],
        "comparison": compare(before, report) if before else None,
    }


def _sums(report: Report, backend: str) -> Json:
    mine = [row for row in report.rows if row["backend"] == backend]
    requests: Counter[str] = Counter()
    for row in mine:
        requests.update(row["requests"])
    return {
        "counts": dict(Counter(row["verdict"] for row in mine)),
        "requests": dict(requests),
        "seconds": round(sum(row["seconds"] for row in mine), 1),
    }


def _behaviour(name: str, known: Json, report: Report) -> Json:
    cells: dict[str, list[Json]] = {}
    for row in report.rows:
        if row["behaviour"] == name:
            cells.setdefault(row["backend"], []).append(row)
    return {"id": name, **known, "cells": {backend: _cell(rows) for backend, rows in cells.items()}}


def _cell(rows: Sequence[Json]) -> Json:
    """One field of the matrix; of the cases that pass, only how many there are."""
    return {
        "verdict": worst(row["verdict"] for row in rows),
        "passed": sum(row["verdict"] == PASS for row in rows),
        "requests": sum(sum(row["requests"].values()) for row in rows),
        "seconds": round(sum(row["seconds"] for row in rows), 2),
        "cases": [
            {name: row.get(name, "") for name in ("case", "verdict", "detail", "entry", "request")}
            for row in rows
            if row["verdict"] != PASS
        ],
    }


def worst(verdicts: Iterable[str]) -> str:
    """The verdict of a behaviour, from those of its cases: not applicable only where no case applies."""
    return min(verdicts, key=WORST_FIRST.index)


def compare(before: Report, after: Report) -> dict[str, list[Json]]:
    """What got worse, better, new and gone, case by case, on the backends that both reports have.

    Of a backend on which either tried a sample, nothing is called new or gone.
    """
    both = set(before.facts["backends"]) & set(after.facts["backends"])
    old, new = _keyed(before, both), _keyed(after, both)
    seldom = {*before.facts.get("sampled", []), *after.facts.get("sampled", [])}
    changed = [(key, old[key], new[key]) for key in sorted(old.keys() & new.keys())]
    return {
        "worse": [_change(k, a, b) for k, a, b in changed if _RANK[b["verdict"]] > _RANK[a["verdict"]]],
        "better": [_change(k, a, b) for k, a, b in changed if _RANK[b["verdict"]] < _RANK[a["verdict"]]],
        "new": [_change(key, None, new[key]) for key in sorted(new.keys() - old.keys()) if key[2] not in seldom],
        "gone": [_change(key, old[key], None) for key in sorted(old.keys() - new.keys()) if key[2] not in seldom],
    }


def _keyed(report: Report, backends: set[str]) -> dict[tuple[str, str, str], Json]:
    return {(r["behaviour"], r["case"], r["backend"]): r for r in report.rows if r["backend"] in backends}


def _change(key: tuple[str, str, str], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Json:
    behaviour, case, backend = key
    return {
        "behaviour": behaviour,
        "case": case,
        "backend": backend,
        "before": before["verdict"] if before else "",
        "after": after["verdict"] if after else "",
        "detail": after["detail"] if after else "",
    }


def name_of(change: Mapping[str, Any]) -> str:
    """A change's behaviour, with the case in brackets where it has cases."""
    return f"{change['behaviour']}[{change['case']}]" if change["case"] else str(change["behaviour"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a page of a report that is there."""
    parser = argparse.ArgumentParser(prog="python -m conformance.page", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--baseline", type=Path, help="a second report to compare with")
    options = parser.parse_args(arguments)
    try:
        write_page(options.directory, options.baseline)
    except FileNotFoundError as error:
        print(f"{error.filename} is not there; pytest --report=DIR writes it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
