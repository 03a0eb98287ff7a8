"""The mutants of a module, and which of them are tried."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider

from conformance.mutants.operators import below, changes, is_left
from conformance.mutants.places import Module, Place, only_annotates


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    file: str
    """`noiz_storage/streams.py`"""
    function: str
    before: str
    """The changed lines without what stands around them, as one."""
    after: str
    number: int
    """Which it is of those that look alike in this function, from 0."""
    line: int = field(compare=False)
    place: Place = field(compare=False)
    source: str = field(compare=False, repr=False)
    """All of the changed module."""

    @property
    def id(self) -> str:
        """A word that stays the same while this code does, wherever it stands in the module."""
        return digest(self.file, self.function, self.before, self.after, str(self.number))

    def valid(self, source: str) -> bool:
        """Whether it can be compiled, and differs in more than its layout."""
        try:
            return ast.dump(ast.parse(self.source)) != ast.dump(ast.parse(source)) and bool(
                compile(self.source, "", "exec")
            )
        except SyntaxError:
            return False


def digest(*texts: str) -> str:
    """A word for some texts."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def mutants_of(file: str, source: str, modules: Sequence[Module] = ()) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines; `modules` are those that may use its names."""
    outline, found, alike = Module.of(source), [], Counter[tuple[str, str, str]]()
    for line, mutated in _changed(source):
        place = outline.at(line)
        if only_annotates(modules or [outline], place):
            continue
        before, after, first = _difference(source, mutated)
        look = (place.function, before, after)
        found.append(Mutant(file, *look, alike[look], first, place, mutated))
        alike[look] += 1
    return found


def chosen(mutants: Sequence[Mutant], source: str, most: int, seed: int) -> list[Mutant]:
    """At most so many of them, drawn by the seed.

    What is drawn stays drawn while its own code stays as it is: each has a rank of its own.
    """
    ranked = sorted(mutants, key=lambda each: digest(str(seed), each.id))
    drawn: list[Mutant] = []
    for each in ranked:
        if len(drawn) == most:
            break
        drawn += [each] * each.valid(source)
    return sorted(drawn, key=lambda each: each.line)


def _changed(source: str) -> Iterator[tuple[int, str]]:
    """The line of every change, and the whole source with it."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    spans = wrapper.resolve(WhitespaceInclusivePositionProvider)
    starts = [0]
    for text in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(text))
    for node in _nodes(wrapper.module):
        for old, new in changes(node):
            span = spans.get(old)
            if span is None or isinstance(old, cst.BaseCompoundStatement):
                continue
            first, last = (starts[each.line - 1] + each.column for each in (span.start, span.end))
            yield span.start.line, source[:first] + _code(wrapper.module, new) + source[last:]


def _code(module: Any, node: Any) -> str:
    return str(module.code_for_node(node))


def _nodes(node: Any) -> Iterator[Any]:
    if is_left(node):
        return
    yield node
    for child in below(node):
        yield from _nodes(child)


def _difference(before: str, after: str) -> tuple[str, str, int]:
    """The lines that differ, each side as one line, and the number of the first."""
    old, new = before.splitlines(), after.splitlines()
    first = next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    same = 0
    while same < min(len(old), len(new)) - first and old[-1 - same] == new[-1 - same]:
        same += 1
    return _joined(old[first : len(old) - same]), _joined(new[first : len(new) - same]), first + 1


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
