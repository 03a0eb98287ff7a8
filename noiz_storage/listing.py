"""Names below a prefix: pages put together, and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .engines import Engine
from .errors import InvalidNameError


def names(
    engine: Engine,
    prefix: str,
    *,
    one_level: bool,
    objects_only: bool = False,
    follow: bool = True,
    limit: int | None = None,
) -> Iterator[str]:
    """Yield the keys that start with `prefix`; with `one_level` only those one level below, and the prefixes there.

    Cost: ⌈n / page⌉ lists; a page holds 1,000 names on S3 and Google, 5,000 on Azure and one directory on FTP.
    """
    after: str | None = None
    while True:
        page = engine.list(prefix, after=after, one_level=one_level, limit=limit, follow=follow)
        yield from page.keys
        if not objects_only:
            yield from page.prefixes
        after = page.after
        if after is None:
            return


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
