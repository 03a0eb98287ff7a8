"""Counters in names."""

from __future__ import annotations

from itertools import islice

import pytest

from noiz_storage.counters import Counted, split_counter
from noiz_storage.errors import InvalidNameError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TD.TD05.Z.2019.274.0100.0", Counted("TD.TD05.Z.2019.274.0100.", 0, "")),
        ("TD.TD05.Z.2019.274.0100.12.npz", Counted("TD.TD05.Z.2019.274.0100.", 12, ".npz")),
        ("inventory_TD.TD05.Z.xml.3", Counted("inventory_TD.TD05.Z.xml.", 3, "")),
        (
            "TD.TD05.Z.2019.274.0100.0.01h02m03s.trigger.png",
            Counted("TD.TD05.Z.2019.274.0100.", 0, ".01h02m03s.trigger.png"),
        ),
        ("psd.2019.274.1230.7.csv.gz", Counted("psd.2019.274.1230.", 7, ".csv.gz")),
        ("basis.0.npz", Counted("basis.", 0, ".npz")),
    ],
)
def test_names_are_taken_apart(name: str, expected: Counted) -> None:
    """The counter is found where Noiz writes it, and the name comes back from its parts."""
    assert split_counter(name) == expected
    assert expected.with_number(expected.number) == name


@pytest.mark.parametrize(
    "name",
    [
        "TD.TD05.Z.2019.274.1230",
        "TD.10.Z.2019.274.1230.npz",
        "2019.274.1230.npz",
        "noext",
        "a.007",
        "a.1_0",
        "a.-1",
        "7",
    ],
)
def test_names_without_a_counter_are_refused(name: str) -> None:
    """Neither the time nor anything that only looks like a number is taken for a counter."""
    with pytest.raises(InvalidNameError, match="no counter"):
        split_counter(name)


@pytest.mark.parametrize(("name", "extension"), [("a.0", True), ("a.0.npz", False), ("TD.Z.2019.274.1230.npz", True)])
def test_the_flag_says_where(name: str, extension: bool) -> None:
    """Noiz's flag looks in one place only."""
    with pytest.raises(ValueError, match="no counter"):
        split_counter(name, extension=extension)


def test_free_counters_start_at_the_own() -> None:
    """The free counters are those from the name's own on that no name of the series holds."""
    names = ["a.0.npz", "a.2.npz", "a.3.npy", "b.1.npz", "a.4x.npz", "a.04.npz"]
    assert list(islice(split_counter("a.0.npz").free(names), 3)) == [1, 3, 4]
    assert list(islice(split_counter("a.2.npz").free(names), 2)) == [3, 4]
