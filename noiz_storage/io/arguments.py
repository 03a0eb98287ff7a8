"""Arguments and options of the helpers, looked at before anything is sent."""

from __future__ import annotations

import codecs
import inspect
from collections.abc import Callable, Mapping
from typing import Any


def text(name: str, value: object) -> str:
    """Return an argument that must be text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    return value


def check_encoding(encoding: str, errors: str = "strict") -> None:
    """Refuse what turns no text into bytes.

    Raises:
        LookupError: there is no such encoding of text, or no such treatment of errors.
        UnicodeError: it is no plain encoding, such as `undefined`.
    """
    "a".encode(encoding, errors)
    codecs.lookup_error(errors)


def parameters(function: Callable[..., Any], leading: int) -> dict[str, Any]:
    """Return the parameters of a function that may be given by name, with their defaults (`Parameter.empty`: none).

    Args:
        leading: how many to leave out, such as `self`, and the one that says where.
    """
    given = [*inspect.signature(function).parameters.values()][leading:]
    return {each.name: each.default for each in given if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}


def check_options(options: Mapping[str, Any], taken: Mapping[str, Any], refused: Mapping[str, str], what: str) -> None:
    """Refuse options that lead elsewhere or that nobody would heed; to ask for the default leads nowhere.

    Args:
        taken: those that are heeded, with their defaults.
        refused: why others are not, and what to do instead.
        what: who is asked, for the message.
    Raises:
        TypeError: names the option and the remedy, not the value, which may hold a login.
    """
    for option, value in options.items():
        if option in taken and _is_same(value, taken[option]):
            continue
        if option in refused:
            raise TypeError(f"this value of {option}= is not taken: {refused[option]}")
        if option not in taken:
            heeded = sorted(taken.keys() - refused.keys())
            raise TypeError(f"{what} has no option {option}=; it has {', '.join(heeded) or 'none'}")


def _is_same(value: Any, default: Any) -> bool:
    """Say whether a value is the default, without comparing what has no plain answer, such as arrays."""
    return value is default or (isinstance(value, (bool, str)) and type(value) is type(default) and value == default)
