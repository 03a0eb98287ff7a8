"""What is changed: mutmut's operators, and four that it lacks; and what is left as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import libcst as cst
from mutmut.mutation import mutators

Change = tuple[Any, Any]
"""A node of the syntax tree, and the one that takes its place."""
_MESSAGE: Final = re.compile(r"\w*(Error|Exception|Warning|Exit|Usage)|warn\w*|echo|secho|print|debug|info|add_note")
"""Names of what is called with a text for people."""
_FOR_PEOPLE: Final = ("help", "metavar", "doc", "prompt")
"""Arguments that are texts for people."""
_PROSE: Final = re.compile(r"\w[,;:.]? \w")
_ENCODING: Final = re.compile(r"""["'](ascii|latin-?1|iso-8859-1|utf-?(8|16|32)(-?sig|-?[lb]e)?)["']""", re.IGNORECASE)
_TYPING: Final = ("cast", "TypeVar", "NewType", "ParamSpec", "overload")
_TRIVIAL: Final = ("len", "isinstance", "issubclass")
"""Calls that only fail without one of their arguments."""
_BARE: Final = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.NamedExpr)
"""Conditions in which mutmut finds no operator to change."""


def changes(node: Any) -> Iterator[Change]:
    """Every change of one node, not of those below it."""
    for kind, operator in mutators.mutation_operators:
        if isinstance(node, kind) and not (kind is cst.Call and _name(node.func) in (*_TRIVIAL, *_TYPING)):
            for changed in operator(node):
                if not _drops_a_text(node, changed) and not _is_the_same(node, changed):
                    yield node, changed
    yield from _more(node)


def below(node: Any) -> Iterator[Any]:
    """The nodes below one that may be changed."""
    if _is_for_types(node):
        yield from filter(None, [node.orelse])
    elif isinstance(node, cst.Call) and _name(node.func) in _TYPING:
        yield from node.args[1:] if _name(node.func) == "cast" else ()
    elif isinstance(node, cst.Call):
        yield from (child for child in node.children if not _is_text(node, child))
    else:
        yield from node.children


def is_left(node: Any) -> bool:
    """Whether a node stays as it is, with all below it: docstrings, annotations, imports, `__all__`, prose."""
    if isinstance(node, (cst.Annotation, cst.Import, cst.ImportFrom)) or is_prose(node):
        return True
    if isinstance(node, cst.Expr):
        return isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))
    return isinstance(node, cst.Assign) and any(_name(each.target) == "__all__" for each in node.targets)


def is_prose(node: Any) -> bool:
    """Whether a string has several words, which keys, modes and separators have not."""
    if isinstance(node, cst.SimpleString):
        return bool(_PROSE.search(node.value))
    if isinstance(node, cst.FormattedString):
        shown = (each.value if isinstance(each, cst.FormattedStringText) else "x" for each in node.parts)
        return bool(_PROSE.search("".join(shown)))
    return isinstance(node, cst.ConcatenatedString) and (is_prose(node.left) or is_prose(node.right))


def _more(node: Any) -> Iterator[Change]:
    """Conditions turned round, statements left out, loops that do not run, exceptions that are not caught."""
    conditional = isinstance(node, (cst.If, cst.While, cst.CompIf)) and not _is_for_types(node)
    if conditional and isinstance(node.test, _BARE):
        held = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.test, cst.UnaryOperation(cst.Not(), held)
    if isinstance(node, cst.Raise) or (isinstance(node, cst.Expr) and isinstance(node.value, cst.Call)):
        yield node, cst.Pass()
    if isinstance(node, cst.For):
        yield node.iter, cst.Tuple([])
    if isinstance(node, cst.ExceptHandler) and node.type:
        yield node.type, cst.Tuple([])


def _is_for_types(node: Any) -> bool:
    """Whether a block is there for type checkers alone."""
    return isinstance(node, cst.If) and _name(node.test) == "TYPE_CHECKING"


def _name(node: Any) -> str:
    """The last word of a dotted name."""
    if isinstance(node, cst.Attribute):
        return str(node.attr.value)
    return str(node.value) if isinstance(node, cst.Name) else ""


def _drops_a_text(node: Any, changed: Any) -> bool:
    """Whether a call only loses what it tells people."""
    if not (isinstance(node, cst.Call) and isinstance(changed, cst.Call)):
        return False
    lost = [each for each in node.args if not any(each is kept for kept in changed.args)]
    return bool(lost) and all(_is_text(node, each) or is_prose(each.value) for each in lost)


def _is_the_same(node: Any, changed: Any) -> bool:
    """Whether both are names of one encoding, such as utf-8 and UTF-8."""
    if not (isinstance(node, cst.SimpleString) and isinstance(changed, cst.SimpleString)):
        return False
    return node.value.lower() == changed.value.lower() and bool(_ENCODING.fullmatch(node.value))


def _is_text(call: Any, argument: Any) -> bool:
    """Whether an argument of a call is a text for people."""
    if not isinstance(argument, cst.Arg):
        return False
    if argument.keyword and argument.keyword.value in _FOR_PEOPLE:
        return True
    strings = (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)
    return bool(_MESSAGE.fullmatch(_name(call.func))) and isinstance(argument.value, strings)
