"""What the answers of a cloud's servers say, and which of them cannot be believed."""

from __future__ import annotations

import email.utils
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

from .. import errors
from . import Span

_STATUSES: dict[int, type[errors.StorageError]] = {
    401: errors.AccessDeniedError,
    403: errors.AccessDeniedError,
    404: errors.NotFoundError,
    405: errors.UnsupportedError,
    408: errors.DeadlineError,
    411: errors.UnsupportedError,
    412: errors.VersionChangedError,
    416: errors.RangeError,
    429: errors.ThrottledError,
    501: errors.UnsupportedError,
    503: errors.ThrottledError,
}


def class_of(code: str, status: int, codes: Mapping[str, type[errors.StorageError]]) -> type[errors.StorageError]:
    """Return the class of a server's refusal: by its own code where that is known, else by the HTTP status."""
    return codes.get(code) or _STATUSES.get(status) or (errors.ServerError if status >= 500 else errors.StorageError)


def seconds_told(retry_after: str) -> float:
    """Return how long a server asks to be left alone (seconds), by a number or a date; 0 for what is neither."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):  # the year 99999999999
        return 0.0


def range_header(span: Span | None) -> str | None:
    """Return the header of a half-open range."""
    if span is None:
        return None
    return f"bytes={span[0]}-{'' if span[1] is None else span[1] - 1}"


def redirected(status: int, location: str, variable: str, uri: str) -> errors.ConfigurationError:
    """Return the error for a server that sends a request on, which is not followed: the login is for that server."""
    target = f"to {place_of(location)!r}" if location else "without saying where"
    return errors.ConfigurationError(
        f"the server redirects this request {target} ({status}), which is not followed, for it carries the login; "
        f"set {variable} to the server that has the objects",
        uri,
    )


def place_of(address: str) -> str:
    """Return an address without its login and its query, which may hold a signature."""
    parts = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def check_range(span: Span | None, size: int, length: int) -> None:
    """Raise CorruptedError where an answer of `length` bytes is not the range that was asked for of `size` bytes."""
    asked = length if span is None else min(size, size if span[1] is None else span[1]) - span[0]
    if length != asked:
        raise errors.CorruptedError(f"the server sent {length} bytes where {asked} of {size} were asked for")


def check_listing(answer: Mapping[str, Any], field: str, uri: str) -> None:
    """Raise StorageError where an answer lacks what every listing has, an empty one too."""
    if field not in answer:
        raise no_listing(field, uri)


def no_listing(field: str, uri: str) -> errors.StorageError:
    """Return the error for an answer that lacks what every listing has."""
    return errors.StorageError(
        f"the answer is no listing, it lacks {field!r}; does the endpoint name the right port?", uri
    )


def is_marker(key: str, size: int) -> bool:
    """Say whether an object is one of those by which consoles show a directory: empty, with a slash at its end."""
    return not size and key.endswith("/")


def version_told(version: object) -> str:
    """Return the version that an answer tells; whoever answers without one is no such server."""
    if not version:
        raise errors.StorageError(
            "the answer tells no version, as every storage of this kind does; does the endpoint name the right port?"
        )
    return str(version)


def whole_size(content_range: str, content_length: str | int) -> int:
    """Return the size of the object (bytes) of which an answer may hold only a range."""
    return int(content_range.rpartition("/")[2] or content_length)
