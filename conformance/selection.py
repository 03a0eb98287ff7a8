"""Selection: whether a run was asked for the whole suite, and which behaviours the whole suite has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conformance.behaviour import defined_names, id_of

FOLDER = Path(__file__).resolve().parent
"""The suite's own folder; its ledger and its baseline lie there."""
_NARROWING: Final = {
    "-k": "keyword",
    "-m": "markexpr",
    "--lf": "lf",
    "--sw": "stepwise",
    "--deselect": "deselect",
    "--ignore": "ignore",
    "--ignore-glob": "ignore_glob",
}
"""Options that leave something out → what pytest calls them."""


@dataclass(frozen=True)
class Selection:
    """What of the suite the user asked for."""

    whole: bool
    """Every behaviour."""
    whole_behaviours: bool
    """Of each chosen behaviour every case."""
    behaviours: frozenset[str]
    """The ids of all behaviours that the suite's files define, whatever was asked for."""


def selection_of(config: pytest.Config) -> Selection:
    """What the command line of `config` asks for."""
    return Selection(
        whole=asks_for_all(config),
        whole_behaviours=not _narrowed(config) and not any("[" in str(place) for place in config.args),
        behaviours=frozenset(defined_behaviours(FOLDER)),
    )


def asks_for_all(config: pytest.Config) -> bool:
    """Whether the command line of `config` asks for the whole suite."""
    return not _narrowed(config) and any(path == FOLDER or path in FOLDER.parents for path in _paths(config))


def _narrowed(config: pytest.Config) -> bool:
    return any(config.getoption(name, None) for name in _NARROWING.values())


def covers(config: pytest.Config, file: str) -> bool:
    """Whether the places on the command line hold a file of the suite, and no word (`-k`) chooses among them."""
    return not config.getoption("keyword", "") and bool({FOLDER / file, FOLDER, *FOLDER.parents} & set(_paths(config)))


def _paths(config: pytest.Config) -> list[Path]:
    return [Path(config.invocation_params.dir, str(place).partition("::")[0]).resolve() for place in config.args]


def defined_behaviours(folder: Path) -> set[str]:
    """The id of every behaviour that a file in `folder` or below defines, read without running it."""
    return {id_of(path, name) for path in folder.rglob("test_*.py") for name in defined_names(path)}
