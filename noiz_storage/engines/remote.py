"""What the engines over HTTP share: one client, made when first needed, and answers that arrive in pieces."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
import weakref
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from typing import Any

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from .. import errors
from . import Connection, Engine, NotModified
from .answers import seconds_told
from .loop import later, start, wait

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
        self._made: list[tuple[Any, int, Any]] = []
        """Every driver that is open, the process that made it, and its finalizer."""
        start(str(connection.base))

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
                self._driver = driver = self._connect()
                _take_over(driver)
                pid = os.getpid()
                end = weakref.finalize(self, _end_later, self._disconnect, driver, pid)
                end.atexit = False
                self._made.append((driver, pid, end))
                _open.add(self)
            return self._driver

    def close(self) -> None:
        """Close the client's connections; the next request opens new ones."""
        with self._lock:
            made, self._made, self._driver = self._made, [], None
        with contextlib.ExitStack() as each:  # every one, also after one that fails
            for driver, pid, end in made:
                end.detach()
                each.callback(self._end, driver, pid)

    def _end(self, driver: Any, pid: int) -> None:
        if os.getpid() == pid:
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
            (each for each in causes(error) if isinstance(each, aiohttp.ClientConnectorCertificateError)), None
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
    with contextlib.ExitStack() as each:
        for engine in list(_open):
            each.callback(engine.close)


_open: weakref.WeakSet[RemoteEngine] = weakref.WeakSet()
_inherited: list[Any] = []
"""Drivers of the parent that a forked child keeps, for letting go of them would complain that they are open."""


def forget_request(error: BaseException) -> None:
    """Take out of aiohttp's errors, in a chain of causes, what they tell of their requests."""
    for each in causes(error):
        if isinstance(each, aiohttp.ClientResponseError):
            each.request_info, each.history, each.args = NO_REQUEST, (), ()


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from, each once."""
    seen: list[BaseException] = []
    while error and error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


@contextlib.contextmanager
def closed_after_errors(drop: Callable[[], object]) -> Iterator[None]:
    """Drop an answer's connection where the answer cannot be used."""
    try:
        yield
    except BaseException:
        later(drop)
        raise


Send = Callable[..., Coroutine[Any, Any, Any]]
"""A coroutine function that sends one request with the client it is given."""
