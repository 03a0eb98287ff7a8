"""The document of behaviours: what other suites test, what covers it here, and why the rest is not offered."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.behaviour import Behaviour
from conformance.catalogue import CATALOGUE, ELSEWHERE, NOT_OFFERED, covering, document, read_catalogue, unknown

TWO = {
    "B1": {"title": "Reading", "1": "A whole object", "2": "A pipe | of an object", "3": "A range", "4": "A pen"},
    ELSEWHERE: {"4": "`pens`"},
    NOT_OFFERED: {"2": "there are no pipes", "3": "as 2"},
}
READ = Behaviour("read.whole", "A whole object is read.", ("list",), ("write",), ("B1.1", "s3fs#154"))


def test_numbers_are_complete() -> None:
    """The catalogue numbers its behaviours from 1 to 286, each once, and excuses only what it lists."""
    catalogue = read_catalogue()
    excused = {**catalogue.pop(NOT_OFFERED), **catalogue.pop(ELSEWHERE)}
    numbers = sorted(int(number) for entries in catalogue.values() for number in entries if number != "title")
    assert numbers == list(range(1, 287))
    assert set(excused) <= {str(number) for number in numbers}


def test_reference_to_a_reason_has_one() -> None:
    """`as 23` points to a reason that stands there."""
    excused = read_catalogue()[NOT_OFFERED]
    pointed = {why.removeprefix("as ") for why in excused.values() if why.startswith("as ")}
    assert not [number for number in pointed if excused[number].startswith("as ")]


def test_citations_are_gathered() -> None:
    """A behaviour covers what its sources cite."""
    assert covering([READ]) == {"1": ["read.whole"]}


@pytest.mark.parametrize(
    "line",
    [
        "4 behaviours that other storage suites test: 1 covered here, 1 tested otherwise,",
        "2 not offered by the layer, 0 open.",
        "| 1 | A whole object | `read.whole` |",
        "| 2 | A pipe \\| of an object | not offered: there are no pipes |",
        "| 3 | A range | not offered: there are no pipes |",
        "| 4 | A pen | tested by `pens` |",
        "| read.whole | A whole object is read. | list, write |",
    ],
)
def test_document_says(line: str) -> None:
    """The document counts, names what covers, says why not, and lists the suite's own behaviours."""
    assert line in document(TWO, {READ.id: READ}).splitlines()


def test_unexplained_is_open() -> None:
    """What nothing covers and nothing excuses is open."""
    assert "| 1 | A whole object | **open** |" in document(TWO, {}).splitlines()


def test_ids_that_are_none_are_found() -> None:
    """An id with the area of a behaviour must be one; files and modules that look alike are no ids."""
    text = "`read.whole` and `read.hole`, `conformance.page`, `write.whole` and read.pole"
    assert unknown(text, [READ.id]) == ["read.hole"]


def test_document_is_up_to_date() -> None:
    """docs/behaviours.md is what `python -m conformance.catalogue` writes, and other documents name what there is."""
    check = [sys.executable, "-m", "conformance.catalogue", "--check"]
    run = subprocess.run(check, cwd=CATALOGUE.parent.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
