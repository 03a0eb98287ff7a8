"""What a behaviour is: a test function whose names give its id and whose docstring is the promise."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from fixtures.endpoint import CAPABILITIES, NOT_KEPT, NOT_SHOWN, Endpoint
from fixtures.provision import BACKENDS
from fixtures.site import ANYWHERE

BehaviourIds = dict[str, str]
RAISES: Final = frozenset({"raises", "RaisesExc", "RaisesGroup"})
"""What pytest calls its ways to expect an exception."""
_NAMES: Final = frozenset(BACKENDS) - frozenset(ANYWHERE)
"""Backends of the project, which no other's scheme stands for."""


@dataclass(frozen=True)
class Behaviour:
    """One sentence that a subject must satisfy."""

    id: str
    """Area and words: `read.missing-raises-not-found`."""
    sentence: str
    needs: tuple[str, ...]
    """Capabilities without which the whole behaviour does not apply."""
    case_needs: tuple[str, ...]
    """Further capabilities that only some of its cases need."""
    sources: tuple[str, ...]


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """Mark a behaviour, a module (`pytestmark`) or a `pytest.param` as applying only where these are."""
    unknown = [name for name in capabilities if name not in CAPABILITIES]
    if unknown or not capabilities:
        raise ValueError(f"no capability is called {unknown}; there are {', '.join(CAPABILITIES)}")
    return pytest.mark.needs(*capabilities)


def sees(what: str) -> pytest.MarkDecorator:
    """Mark a behaviour or a `pytest.param` as applying only where this can be looked at (`Endpoint.unseen`)."""
    if what not in (*NOT_SHOWN, *NOT_KEPT):
        raise ValueError(f"nothing to look at is called {what!r}; there are {', '.join((*NOT_SHOWN, *NOT_KEPT))}")
    return pytest.mark.sees(what)


def lacks(capability: str) -> pytest.MarkDecorator:
    """Mark a behaviour or a `pytest.param` as applying only where this is absent: it shows what its absence means."""
    if capability not in CAPABILITIES:
        raise ValueError(f"no capability is called {capability!r}; there are {', '.join(CAPABILITIES)}")
    return pytest.mark.lacks(capability)


def only(*names: str) -> pytest.MarkDecorator:
    """Mark as applying only on these backends, or on those whose URIs have one of these schemes.

    A scheme that is a backend's name too, such as `http`, means that backend alone.
    """
    return pytest.mark.only(*names)


def one_of_each_engine() -> pytest.MarkDecorator:
    """Mark what the layer does by itself, whatever the server, such as a whole module: each engine shows it once.

    On two web servers: without ranges a large body is kept in a local file.
    """
    return only("memory", "local", "moto", "azurite", "gcs", "ftp", "http", "http-no-ranges")


def embedded_backends() -> pytest.MarkDecorator:
    """Mark what is decided before anything is sent, or once all has arrived: what needs no container shows it."""
    return only("memory", "local", "moto")


def without_server() -> pytest.MarkDecorator:
    """Mark what a helper makes of its arguments, or of a file that has arrived: wherever that lies, it is the same."""
    return only("memory", "local")


def source(*references: str) -> pytest.MarkDecorator:
    """Mark a behaviour with where its rule comes from: a line of the behaviour list, a standard, a thread."""
    return pytest.mark.source(*references)


def area_of(path: Path) -> str:
    """The area that a file of the suite is about: `read` for test_read.py."""
    return path.stem.removeprefix("test_").replace("_", "-")


def id_of(path: Path, function: str) -> str:
    """The id of the behaviour that `function` in the file `path` tests."""
    return f"{area_of(path)}.{function.removeprefix('test_').replace('_', '-')}"


def behaviour_of(item: pytest.Function) -> Behaviour:
    """The behaviour that `item` is one case of."""
    params = item.callspec.marks if hasattr(item, "callspec") else []
    everywhere = [mark for mark in item.iter_markers("needs") if mark not in params]
    return Behaviour(
        id_of(item.path, item.originalname),
        sentence_of(item.function),
        _arguments(everywhere),
        _arguments(mark for mark in params if mark.name == "needs"),
        _arguments(item.iter_markers("source")),
    )


def sentence_of(function: object) -> str:
    """The first line of the docstring, or an empty text."""
    return (getattr(function, "__doc__", None) or "").strip().partition("\n")[0].strip()


def inapplicable(item: pytest.Item, endpoint: Endpoint) -> str:
    """Why `item` does not apply to an endpoint; empty where it does."""
    present = set(endpoint.capabilities)
    absent = [name for name in _arguments(item.iter_markers("needs")) if name not in present]
    if absent:
        return f"{endpoint.backend} lacks {', '.join(absent)}"
    hidden = [name for name in _arguments(item.iter_markers("sees")) if name in endpoint.unseen]
    if hidden:
        return endpoint.without(hidden[0])
    surplus = [name for name in _arguments(item.iter_markers("lacks")) if name in present]
    if surplus:
        return f"{endpoint.backend} has {', '.join(surplus)}"
    names = {endpoint.backend, *{endpoint.scheme}.difference(_NAMES)}
    unfit = [mark for mark in item.iter_markers("only") if not names & {*mark.args}]
    return f"{endpoint.backend} is none of {', '.join(unfit[0].args)}" if unfit else ""


def _arguments(marks: Iterable[pytest.Mark]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(argument for mark in marks for argument in mark.args))


def backend_of(item: pytest.Item) -> str:
    """The name of the backend that `item` runs on."""
    return str(_callspec(item).params["backend"])


def case_of(item: pytest.Item) -> str:
    """The text in the brackets without the backend's name at its end; empty for a behaviour of one case."""
    return str(_callspec(item).id).removesuffix(backend_of(item)).removesuffix("-")


def _callspec(item: pytest.Item) -> pytest.CallSpec2:  # type: ignore[name-defined]
    return item.callspec  # type: ignore[attr-defined]


class BehaviourFile(pytest.Module):
    """A file of the suite; whatever could make a behaviour vanish is an error of its collection."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Every case of every behaviour of this file.

        Raises:
            CollectError: A behaviour here has no docstring or a taken id, or could be lost silently.
        """
        try:
            found = list(super().collect())
        except pytest.skip.Exception as error:
            raise self.CollectError(f"{self.name}: a file of the suite may not skip itself ({error.msg})") from None
        complaints = [f"{self.path.name}: {text}" for text in self._complaints(found)]
        if complaints:
            raise self.CollectError("\n".join(complaints))
        yield from found

    def _complaints(self, found: list[pytest.Item | pytest.Collector]) -> Iterator[str]:
        if not area_of(self.path):
            yield "the name gives no area; call it test_<area>.py"
        collected = {node.originalname for node in found if isinstance(node, pytest.Function)}
        for name, times in Counter(defined_names(self.path)).items():
            if times > 1:
                yield f"{name} is defined {times} times, and only the last would run"
            if name not in collected:
                yield f"{name} is defined, but would not run"
        for line in _blind_to_state(self.path):
            yield f"line {line}: pytest.raises does not look at what is left behind; use the fixture `refused`"
        for node in found:
            if not isinstance(node, pytest.Function):
                yield f"{node.name} is no plain function; a behaviour is a function of the module"
        yield from self._complaints_about({n.originalname: n for n in found if isinstance(n, pytest.Function)})

    def _complaints_about(self, functions: dict[str, pytest.Function]) -> Iterator[str]:
        taken = self.config.stash.setdefault(TAKEN, {})
        for name, item in functions.items():
            identity = id_of(self.path, name)
            if not identity.partition(".")[2]:
                yield f"{name} has no words; call it test_<words>"
            if not sentence_of(item.function):
                yield f"{name} has no docstring; its first line is the behaviour's sentence"
            owner = taken.setdefault(identity, str(self.path))
            if owner != str(self.path):
                yield f"the id {identity} is taken by {owner}"


TAKEN = pytest.StashKey[BehaviourIds]()


def defined_names(path: Path) -> list[str]:
    """The names of all functions that look like a behaviour, also inside an `if` or another function."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return []  # pytest cannot collect the file either, which is red
    return [node.name for node in _statements(tree) if isinstance(node, functions) and node.name.startswith("test_")]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below a node; not their expressions, which are most of a file and define no function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield child
            yield from _statements(child)


def _blind_to_state(path: Path) -> list[int]:
    """The lines on which an exception is expected without a look at the state that it leaves."""
    nodes = ast.walk(ast.parse(path.read_bytes()))
    return [node.lineno for node in nodes if isinstance(node, (ast.Attribute, ast.ImportFrom)) and _expects(node)]


def _expects(node: ast.Attribute | ast.ImportFrom) -> bool:
    """Whether this is one of pytest's ways to expect an exception, or imports one."""
    names = [node.attr] if isinstance(node, ast.Attribute) else [alias.name for alias in node.names]
    return not RAISES.isdisjoint(names)
