"""The mutants of a module, and which of them are tried."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
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
    span: tuple[int, int] = field(compare=False, repr=False)
    """Where the module's text is another."""
    text: str = field(compare=False, repr=False)
    """What stands there instead."""

    @property
    def id(self) -> str:
        """A word that stays the same while this code does, wherever it stands in the module."""
        return digest(self.file, self.function, self.before, self.after, str(self.number))

    def applied(self, source: str) -> str:
        """All of the changed module."""
        first, last = self.span
        return source[:first] + self.text + source[last:]

    def valid(self, source: str) -> bool:
        """Whether it can be compiled, and differs in more than its layout."""
        changed = self.applied(source)
        try:
            return ast.dump(ast.parse(changed)) != _dump(source) and bool(compile(changed, "", "exec"))
        except SyntaxError:
            return False


@cache
def _dump(source: str) -> str:
    return ast.dump(ast.parse(source))


def digest(*texts: str) -> str:
    """A word for some texts."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def mutants_of(file: str, source: str, modules: Sequence[Module] = ()) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines; `modules` are those that may use its names."""
    outline, found, alike = Module.of(source), [], Counter[tuple[str, str, str]]()
    for span, text in _changed(source):
        before, after, line = _difference(source, span, text)
        place = outline.at(line)
        if only_annotates(modules or [outline], place):
            continue
        look = (place.function, before, after)
        found.append(Mutant(file, *look, alike[look], line, place, span, text))
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


def _changed(source: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Every change: where the text is another, and which."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    spans = wrapper.resolve(WhitespaceInclusivePositionProvider)
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    for node in _nodes(wrapper.module):
        for old, new in changes(node):
            span = spans.get(old)
            if span is not None and not isinstance(old, cst.BaseCompoundStatement):
                first, last = (starts[each.line - 1] + each.column for each in (span.start, span.end))
                yield (first, last), wrapper.module.code_for_node(new)


def _nodes(node: Any) -> Iterator[Any]:
    if is_left(node):
        return
    yield node
    for child in below(node):
        yield from _nodes(child)


def _difference(source: str, span: tuple[int, int], text: str) -> tuple[str, str, int]:
    """The lines that differ, each side as one line, and the number of the first."""
    first, last = span
    start, end = source.rfind("\n", 0, first) + 1, source.find("\n", last)
    end = len(source) if end < 0 else end
    old, new = source[start:end].split("\n"), (source[start:first] + text + source[last:end]).split("\n")
    least = min(len(old), len(new))
    before = next((at for at in range(least) if old[at] != new[at]), least - 1)
    behind = next((at for at in range(least - before) if old[-1 - at] != new[-1 - at]), 0)
    line = source.count("\n", 0, start) + 1 + before
    return _joined(old[before : len(old) - behind]), _joined(new[before : len(new) - behind]), line


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
