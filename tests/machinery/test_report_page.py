"""What the page of a report is made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.options import Settings
from conformance.page import Report, compare, data_of, main, worst, write_report
from conformance.suite import Suite
from conformance.verdicts import DEVIATES, ERROR, FAIL, NOT_APPLICABLE, PASS
from fixtures.endpoint import RANGES, Endpoint

KNOWN = {"sentence": "It reads.", "needs": [], "sources": [], "node": "test_read.py::test_whole"}


def row(verdict: str, case: str = "", backend: str = "minio") -> dict[str, Any]:
    """One row of verdicts.jsonl."""
    told = {"behaviour": "read.whole", "case": case, "backend": backend, "verdict": verdict, "detail": "why"}
    return {**told, "entry": "", "requests": {"read": 2}, "seconds": 1.5}


def report(*rows: dict[str, Any]) -> Report:
    """A report of these rows."""
    backends = {each["backend"]: {"server": "S 1"} for each in rows}
    facts = {
        "subject": "s",
        "seed": 1,
        "when": "",
        "ledger": {},
        "backends": backends,
        "behaviours": {"read.whole": KNOWN},
    }
    return Report(facts, rows)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([PASS, NOT_APPLICABLE], PASS),
        ([NOT_APPLICABLE], NOT_APPLICABLE),
        ([PASS, DEVIATES], DEVIATES),
        ([DEVIATES, ERROR], ERROR),
        ([ERROR, FAIL], FAIL),
    ],
)
def test_a_behaviour_is_what_its_worst_case_is(verdicts: list[str], expected: str) -> None:
    """One field shows the worst case."""
    assert worst(verdicts) == expected


def test_a_field_counts_what_passes_and_tells_the_rest() -> None:
    """Passing cases are a number, the others are told."""
    (behaviour,) = data_of(report(row(PASS, "a"), row(FAIL, "b")))["behaviours"]
    assert behaviour["cells"]["minio"] == {
        "verdict": FAIL,
        "passed": 1,
        "requests": 4,
        "seconds": 3.0,
        "cases": [{"case": "b", "verdict": FAIL, "detail": "why", "entry": "", "request": ""}],
    }


def test_a_report_begins_with_the_sentence(tmp_path: Path) -> None:
    """What is said of a server, and why it lacks a capability, stands in report.json and in the page's data."""
    lacking = {RANGES: "a GET of a range was answered 200"}
    endpoint = Endpoint("s3", "s3", "http://h", "root", {}, "S 1", "endpoint", (), lacking=lacking)
    suite = Suite(Settings(("s3",), "s", 1, report=str(tmp_path)), endpoints={"s3": endpoint})
    write_report(suite, [], [], ["S 1 at http://h keeps Noiz's promises."])
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["sentences"] == ["S 1 at http://h keeps Noiz's promises."]
    assert facts["backends"]["s3"]["lacking"] == lacking
    shown = data_of(Report.read(tmp_path))
    assert (shown["sentences"], shown["backends"][0]["lacking"]) == (facts["sentences"], lacking)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([row(PASS)], [row(FAIL)], "worse"),
        ([row(PASS)], [row(NOT_APPLICABLE)], "worse"),
        ([row(DEVIATES)], [row(PASS)], "better"),
        ([row(PASS, "a")], [row(PASS, "a"), row(PASS, "b")], "new"),
        ([row(PASS, "a"), row(PASS, "b")], [row(PASS, "a")], "gone"),
    ],
)
def test_what_changed_is_told_once(before: list[dict[str, Any]], after: list[dict[str, Any]], kind: str) -> None:
    """Each case that changed is in one list."""
    found = compare(report(*before), report(*after))
    assert {name: len(changes) for name, changes in found.items() if changes} == {kind: 1}


@pytest.mark.parametrize("first", [True, False])
def test_what_a_sample_leaves_out_is_neither_new_nor_gone(first: bool) -> None:
    """Of a backend that was sampled in one of the reports only what both tried is compared."""
    sampled = report(row(FAIL, "a"))
    sampled.facts["sampled"] = ["minio"]
    both = [sampled, report(row(PASS, "a"), row(PASS, "b"))]
    found = compare(*(both if first else both[::-1]))
    assert {name: len(changes) for name, changes in found.items() if changes} == {"better" if first else "worse": 1}


def test_a_backend_of_one_report_is_not_compared() -> None:
    """A backend that only one of the reports has is neither new nor gone."""
    found = compare(report(row(PASS)), report(row(PASS), row(FAIL, backend="ceph")))
    assert not any(found.values())


def test_no_report_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory without a report is named."""
    assert main([str(tmp_path)]) == 1
    assert f"{tmp_path}/report.json is not there; pytest --report=DIR writes it" in capsys.readouterr().err
