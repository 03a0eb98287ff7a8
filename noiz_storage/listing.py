"""Names below a prefix: pages put together, and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .engines import Engine, Page
from .errors import InvalidNameError, ServerError
from .uri import check_key


def names(
    engine: Engine,
    prefix: str,
    *,
    one_level: bool,
    objects_only: bool = False,
    markers: bool = False,
    follow: bool = True,
    limit: int | None = None,
) -> Iterator[str]:
    """Yield the keys that start with `prefix`; with `one_level` only those one level below, and the prefixes there.

    Where another client wrote below a prefix that no name of the layer's reaches (`a//b`, `a/./b`), the keys below
    take that prefix's place, so that none is out of sight. Objects that only show a directory are left out unless
    `markers`, and come last then, the deepest first: some accounts delete no directory before what lies in it.

    Cost: ⌈n / page⌉ lists; a page holds 1,000 names on S3 and Google, 5,000 on Azure and one directory on FTP. As
    much again for each prefix that cannot be reached.
    """
    shown: list[str] = []
    for page in _pages(engine, prefix, one_level=one_level, follow=follow, limit=limit):
        yield from page.keys
        shown.extend(page.markers)
        for below in () if objects_only else page.prefixes:
            if _is_reached(below):
                yield below
            else:
                yield from names(engine, f"{below}/", one_level=False, follow=follow)
    if markers:
        yield from reversed(shown)


def _pages(engine: Engine, prefix: str, *, one_level: bool, follow: bool, limit: int | None) -> Iterator[Page]:
    """Yield the pages of a listing, the first one of so many names at most; ServerError where one leads no further."""
    after: str | None = None
    while True:
        most = limit if after is None else None
        page = engine.list(prefix, after=after, one_level=one_level, limit=most, follow=follow)
        yield page
        if page.after is None:
            return
        if page.after == after:
            raise ServerError(f"the listing of {prefix!r} does not go on: each page names itself as the next")
        after = page.after


def _is_reached(prefix: str) -> bool:
    """Say whether the layer accepts a prefix's last segment, so that a caller can go on to what lies below."""
    try:
        check_key(prefix.rpartition("/")[2])
    except InvalidNameError:
        return False
    return True


def fixed_part(pattern: str) -> str:
    """Return the directories of a pattern before its first wildcard, with a final slash unless empty."""
    plain = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return plain[: plain.rfind("/") + 1]


def is_deep(pattern: str) -> bool:
    """Say whether a pattern can match names more than one level below its fixed part."""
    return "**" in pattern or "/" in pattern[len(fixed_part(pattern)) :]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the expression for a glob pattern.

    `*` and `?` stay within a segment, `[…]` and `[!…]` name characters, `**` as a whole segment spans any number of
    segments. `[[]` stands for a literal bracket.

    Raises:
        InvalidNameError: a range of characters that runs backwards.
    """
    expression, segments = "", pattern.split("/")
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "**":
            expression += ".+" if last else "(?:[^/]+/)*"
        else:
            expression += _segment(segment) + ("" if last else "/")
    try:
        return re.compile(expression, re.DOTALL)
    except re.error as error:
        raise InvalidNameError(f"the pattern {pattern!r} cannot be read: {error}", pattern) from error


def _segment(segment: str) -> str:
    tokens = re.findall(r"\[!?\]?[^\]]*\]|.", segment, re.DOTALL)
    return "".join(map(_token, tokens))


def _token(token: str) -> str:
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if len(token) > 2:
        inner = re.sub(r"[]\\[^&~|]", r"\\\g<0>", token[1:-1])
        return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(token)
