"""Where a line stands: in which function and statement, and which lines use what it defines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

Lines = dict[str, set[int]]
"""File → numbers of lines."""
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Place:
    """A simple statement, or what stands before the body of a compound one."""

    first: int
    last: int
    function: str
    """Qualified name of the function, or of the class, that it stands in; empty at the top."""
    runs: bool
    """Whether it runs when a function is called, and not when the module is imported."""
    names: tuple[str, ...] = ()
    """What it defines."""
    body: tuple[int, int] = (0, 0)
    """First and last line of the function or class that it begins."""


@dataclass
class Module:
    """The statements of one module, and the names that it uses."""

    places: list[Place] = field(default_factory=list)
    uses: dict[str, set[int]] = field(default_factory=dict)
    """Name → lines that use it, outside of annotations."""

    @classmethod
    def of(cls, source: str) -> Module:
        """Read a module."""
        tree, module = ast.parse(source), cls()
        module.places = list(_places(tree, "", runs=False))
        for name, line in _uses(tree):
            module.uses.setdefault(name, set()).add(line)
        return module

    def at(self, line: int) -> Place:
        """The smallest statement that holds a line."""
        found = [place for place in self.places if place.first <= line <= place.last]
        return min(found, key=lambda place: place.last - place.first, default=Place(line, line, "", runs=False))


def showing(modules: Mapping[str, Module], file: str, place: Place) -> Lines:
    """The lines that run when tests meet a change there; none where that cannot be told.

    What runs at an import, as a table does, shows where its names are used.
    """
    found: Lines = {}
    open_places, seen = [(file, place)], set()
    while open_places:
        here, current = open_places.pop()
        if (here, current) in seen:
            continue
        seen.add((here, current))
        if current.runs or current.body != (0, 0):
            first, last = (current.first, current.last) if current.runs else current.body
            found.setdefault(here, set()).update(range(first, last + 1))
        else:
            open_places += _users(modules, current.names)
    return found


def only_annotates(modules: Iterable[Module], place: Place) -> bool:
    """Whether a statement at the top defines names that no code uses: aliases of types."""
    used = {name for module in modules for name in module.uses}
    return not (place.runs or place.function) and bool(place.names) and not used.intersection(place.names)


def _users(modules: Mapping[str, Module], names: Iterable[str]) -> Iterator[tuple[str, Place]]:
    for file, module in modules.items():
        for line in {line for name in names for line in module.uses.get(name, ())}:
            yield file, module.at(line)


def _places(node: ast.AST, function: str, *, runs: bool) -> Iterator[Place]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            continue
        defines = isinstance(child, _DEFINITIONS)
        inner = f"{function}.{child.name}".lstrip(".") if isinstance(child, _DEFINITIONS) else function
        yield _place(child, function, runs)
        yield from _places(child, inner, runs=(runs or not isinstance(child, ast.ClassDef)) if defines else runs)


def _place(node: ast.AST, function: str, runs: bool) -> Place:
    first, last = _first(node), getattr(node, "end_lineno", 0) or 0
    body = getattr(node, "body", None)
    header = max(first, body[0].lineno - 1) if body and not isinstance(node, ast.match_case) else last
    whole = (first, last) if isinstance(node, _DEFINITIONS) else (0, 0)
    return Place(first, header if body else last, function, runs, tuple(_defined(node)), whole)


def _first(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", [])
    pattern = getattr(node, "pattern", node)
    return min(int(each.lineno) for each in [pattern, *decorators])


def _defined(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _DEFINITIONS):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        for each in ast.walk(target) if isinstance(target, ast.AST) else ():
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                yield each.id


def _uses(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that are read, and attributes, outside of annotations."""
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                yield each.id, each.lineno
            elif isinstance(each, ast.Attribute):
                yield each.attr, each.lineno
            elif isinstance(each, ast.keyword) and each.arg:
                yield each.arg, each.lineno
            if isinstance(each, ast.AST):
                yield from _uses(each)
