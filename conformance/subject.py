"""The subject: the module under test, looked up by the names that every storage layer of Noiz offers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from _pytest.outcomes import Failed

PARTS: Final = ("cli", "config", "errors", "filesystem", "io", "legacy_path_helpers", "path_helpers", "uri")
"""Modules that a name is looked up in before the subject itself."""


class SubjectFailed(Failed):
    """The subject broke while a behaviour was set up or taken down: its fault, so the verdict is fail."""


class Subject:
    """A module with noiz_storage's public names; what it does not offer fails the behaviour that asks for it.

    `subject.io.save_numpy` is `<module>.io.save_numpy`, or `<module>.save_numpy` where that is absent.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._module = importlib.import_module(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in PARTS:
            return _Part(self._name, self._module, name)
        return _offered(self._name, name, [self._module])

    def __reduce__(self) -> tuple[type[Subject], tuple[str]]:
        return Subject, (self._name,)

    def __repr__(self) -> str:
        return f"<subject {self._name}>"


class _Part:
    """One part of the subject, such as its `io`."""

    def __init__(self, subject: str, module: ModuleType, part: str) -> None:
        self._label = (subject, part)
        self._places = [place for place in (_submodule(subject, module, part), module) if place]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        subject, part = self._label
        return _offered(subject, f"{part}.{name}", self._places)

    def __repr__(self) -> str:
        return "<part {1} of subject {0}>".format(*self._label)


def _submodule(subject: str, module: ModuleType, part: str) -> Any:
    try:
        return importlib.import_module(f"{subject}.{part}")
    except ModuleNotFoundError as error:
        if error.name not in (f"{subject}.{part}", subject):
            raise
        return getattr(module, part, None)


def _offered(subject: str, name: str, places: list[Any]) -> Any:
    last = name.rpartition(".")[2]
    for place in places:
        if hasattr(place, last):
            return getattr(place, last)
    raise SubjectFailed(f"the subject {subject} offers no {name}", pytrace=False)


@contextmanager
def blamed(doing: str) -> Iterator[None]:
    """Turn an exception of the subject into a failure of the behaviour, even outside the test's own body."""
    try:
        yield
    except Exception as error:
        raise SubjectFailed(f"{doing}: {type(error).__name__}: {error}") from error
