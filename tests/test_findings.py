"""docs/findings.md: each finding has a reproduction, and each reproduction belongs to a finding."""

import ast
import re
from pathlib import Path

FINDINGS = Path(__file__).parent.parent / "docs" / "findings.md"
REPRODUCTION = re.compile(r"\[(\w+\.py)\]\(findings/\1\)")


def rows() -> list[list[str]]:
    """The cells of every row of the tables."""
    lines = FINDINGS.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in cells if row[0] != "what"]


def scripts() -> set[str]:
    """The names of the files beside the table."""
    return {path.name for path in FINDINGS.with_suffix("").glob("*.py")}


def test_every_row_has_all_its_cells_and_names_one_script() -> None:
    """Version, finding, reproduction and remedy."""
    assert rows()
    assert [row for row in rows() if len(row) != 5 or not REPRODUCTION.fullmatch(row[3])] == []


def test_the_scripts_are_those_that_are_named() -> None:
    """No script is missing, and none is left over."""
    assert {REPRODUCTION.sub(r"\1", row[3]) for row in rows()} == scripts()


def test_every_script_says_what_it_shows_and_parses_on_every_python() -> None:
    """Its first lines tell the reader what it needs and starts."""
    texts = {name: (FINDINGS.with_suffix("") / name).read_text(encoding="utf-8") for name in scripts()}
    assert [
        name for name, text in texts.items() if not ast.get_docstring(ast.parse(text, feature_version=(3, 10)))
    ] == []
