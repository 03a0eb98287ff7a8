"""The table of errors."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from conformance.error_table import CLASSES, OPERATIONS, TABLE, rendered
from noiz_storage import errors

SOURCES = Path(__file__).parents[2] / "docs/sources.md"


def test_the_document_shows_the_table() -> None:
    """What people read is what is run; where this fails, paste what `rendered` returns."""
    assert rendered() in SOURCES.read_text()


def test_rows_and_operations_belong_together() -> None:
    """Every operation stands in a row, and every row's operations and class are known."""
    used = {name for row in TABLE.values() for name in row.operations}
    assert used == set(OPERATIONS)
    assert {row.kind for row in TABLE.values()} | {"InvalidNameError"} == set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_those_of_the_layer(name: str) -> None:
    """A class of the table has its built-in, its errno and its answer to `retriable` in the layer itself."""
    kind, known = getattr(errors, name), CLASSES[name]
    assert issubclass(kind, known.built_in)
    assert (kind.code, kind.retriable) == (getattr(errno, known.code, errno.EIO), known.retriable)
