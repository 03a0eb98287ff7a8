"""What the engines over HTTP share: one client, made when first needed, and answers that arrive in pieces."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import email.utils
import os
import threading
import time
import weakref
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from typing import Any

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from .. import errors
from . import Connection, Engine, NotModified, Span
from .loop import later, wait

NO_REQUEST = aiohttp.RequestInfo(URL(), "", CIMultiDictProxy(CIMultiDict()), URL())
"""What an error tells of its request: no headers, which hold credentials, and no address, which may be a signed one."""


class RemoteEngine(Engine):
    """An engine whose driver is an asynchronous client of one bucket or container."""

    authorities = "SSL_CERT_FILE"
    """The variable that names the certificates to trust."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._root = connection.base.root
        self._timeout = connection.timeout
        self._lock = threading.Lock()
        self._driver: Any = None

    @abstractmethod
    def _connect(self) -> Any:
        """Return a connected driver whose client makes one attempt a call."""

    @staticmethod
    @abstractmethod
    async def _disconnect(driver: Any) -> None:
        """Close a driver's connections."""

    @abstractmethod
    def _refusal(self, error: Exception, uri: str) -> Exception:
        """Return the layer's error for a driver's."""

    @abstractmethod
    def _headers(self, error: Exception) -> Mapping[str, str]:
        """Return the headers of the answer that a driver's error stands for, to be asked in lower case."""

    def _connected(self) -> Any:
        with self._lock:
            if self._driver is None:
                self._driver = self._connect()
                _take_over(self._driver)
                self._pid = os.getpid()
                self._end = weakref.finalize(self, _end_later, self._disconnect, self._driver, self._pid)
                self._end.atexit = False
                _open.add(self)
            return self._driver

    def close(self) -> None:
        """Close the client's connections; the next request opens new ones."""
        with self._lock:
            driver, self._driver = self._driver, None
        if driver is None:
            return
        self._end.detach()
        if os.getpid() == self._pid:
            wait(self._disconnect(driver), self._timeout)
        else:
            _inherited.append(driver)

    def _uri(self, key: str) -> str:
        """Return the address of a key, or of a prefix, whose final slash no name has."""
        return str(self._connection.base.with_key(key.removesuffix("/")))

    @contextlib.contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        try:
            yield
        except (errors.StorageError, NotModified) as error:
            if isinstance(error, errors.StorageError) and error.filename is None:
                error.filename = self._uri(key)
            raise
        except Exception as error:
            refusal = self._distrust(error, self._uri(key)) or self._refusal(error, self._uri(key))
            forget_request(error)
            if isinstance(refusal, errors.TransientError):
                refusal.wait = seconds_told(self._headers(error).get("retry-after", ""))
            raise refusal from error

    def _distrust(self, error: Exception, uri: str) -> errors.UntrustedError | None:
        """Return the layer's error for a certificate that is not trusted."""
        found = next(
            (each for each in _causes(error) if isinstance(each, aiohttp.ClientConnectorCertificateError)), None
        )
        if found is None:
            return None
        told = getattr(found.certificate_error, "verify_message", "") or str(found.certificate_error)
        remedy = f"set {self.authorities} to its authority's certificate, a PEM file"
        return errors.UntrustedError(f"the server's certificate is not trusted: {told}; {remedy}", uri)

    def _chunks(
        self, key: str, first: bytes, length: int, more: Callable[[], Any], drop: Callable[[], object]
    ) -> Generator[bytes, None, None]:
        """Yield the bytes of an answer; a body cut short is an error, an abandoned one drops its connection."""
        received, chunk = 0, first
        try:
            yield b""
            while chunk:
                received += len(chunk)
                yield chunk
                if received >= length:
                    return
                with self._translated(key):
                    chunk = wait(more(), self._timeout)
            if received < length:
                raise errors.UnreachableError(f"{received} of {length} bytes arrived", self._uri(key))
        finally:
            if received < length:
                later(drop)


def _take_over(driver: Any) -> None:
    """Take a driver's end into the layer's own hands.

    Both drivers close themselves by `weakref.finalize` on the event loop of the process that made them. In a forked
    child that loop stands still: s3fs (2026.9.0) waits there for seconds at the child's exit and adlfs (2026.8.0) for
    ever; adlfs's finalizer also holds the instance, so that none is ever freed. There is no public switch.
    """
    for finalizer in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        alive = finalizer.peek()
        if alive and alive[0] is driver:
            finalizer.detach()


def _end_later(disconnect: Callable[[Any], Coroutine[Any, Any, None]], driver: Any, pid: int) -> None:
    """Close a driver whose engine is garbage.

    Without waiting: garbage is collected in the middle of anything, a lock that the loop needs included. In a forked
    child the connections belong to the parent.
    """
    if os.getpid() == pid:
        later(lambda: asyncio.ensure_future(disconnect(driver)))
    else:
        _inherited.append(driver)


@atexit.register
def _close_all() -> None:
    """Close what is still open when the interpreter ends, while there is a loop to do it."""
    for engine in list(_open):
        engine.close()


_open: weakref.WeakSet[RemoteEngine] = weakref.WeakSet()
_inherited: list[Any] = []
"""Drivers of the parent that a forked child keeps, for letting go of them would complain that they are open."""


def send_once(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Keep a session from retrying on its own.

    aiohttp (3.14.5) sends GET, HEAD, PUT and DELETE a second time when a kept connection breaks: an exclusive create
    would then meet its own first PUT, and the meter would miss a request. There is no public switch.
    """
    session._retry_connection = False
    return session


def forget_request(error: BaseException) -> None:
    """Take out of aiohttp's errors, in a chain of causes, what they tell of their requests."""
    for each in _causes(error):
        if isinstance(each, aiohttp.ClientResponseError):
            each.request_info, each.history, each.args = NO_REQUEST, (), ()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from, each once."""
    seen: list[BaseException] = []
    while error and error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


_STATUSES: dict[int, type[errors.StorageError]] = {
    401: errors.AccessDeniedError,
    403: errors.AccessDeniedError,
    404: errors.NotFoundError,
    405: errors.UnsupportedError,
    408: errors.DeadlineError,
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


@contextlib.contextmanager
def closed_after_errors(drop: Callable[[], object]) -> Iterator[None]:
    """Drop an answer's connection where the answer cannot be used."""
    try:
        yield
    except BaseException:
        later(drop)
        raise


def check_range(span: Span | None, size: int, length: int) -> None:
    """Raise CorruptedError where an answer of `length` bytes is not the range that was asked for of `size` bytes."""
    asked = length if span is None else min(size, size if span[1] is None else span[1]) - span[0]
    if length != asked:
        raise errors.CorruptedError(f"the server sent {length} bytes where {asked} of {size} were asked for")


def check_listing(answer: Mapping[str, Any], field: str, uri: str) -> None:
    """Raise StorageError where an answer lacks what every listing has, an empty one too."""
    if field not in answer:
        raise errors.StorageError(
            f"the answer is no listing, it lacks {field!r}; does the endpoint name the right port?", uri
        )


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


Send = Callable[..., Coroutine[Any, Any, Any]]
"""A coroutine function that sends one request with the client it is given."""
