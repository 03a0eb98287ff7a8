"""HTTP and HTTPS, read-only: aiohttp's client, without fsspec's `http` driver.

Below that driver because it asks twice for what one GET answers, hands on the whole body where a server ignores a
range, never looks whether the object changed between two ranges, and keeps no deadline. Names of files are
percent-encoded on the wire and nowhere else.
"""

from __future__ import annotations

import sys
import urllib.parse
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp
from yarl import URL

from .. import errors
from . import Body, Connection, Download, NotModified, Page, Span, Stat, Traits, started
from .answers import range_header
from .http_answers import UNKNOWN, can_pin, described, kept, place, strong, tag_of, window
from .http_client import accepted, authorization, finish, refusal_of, target_of, trusted
from .loop import later, read_block, wait
from .remote import RemoteEngine
from .sessions import proxy_of, send_once

MOST_REDIRECTS = 5
"""Redirects that one call follows; each is a request of its own."""

_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "noiz-storage"}


class HttpEngine(RemoteEngine):
    """The files below one address of a web server."""

    traits = Traits(needs_probe=False, read_only=True, has_listing=False)
    authorities = "STORAGE_HTTP_CA_FILE (STORAGE_<NAME>_CA_FILE)"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        base = connection.base
        self._start = URL(connection.endpoint_url.rstrip("/") or f"{base.scheme}://{base.root}", encoded=True)
        self._login = authorization(connection.credentials)
        self._trusted = trusted(connection.credentials.get("ca_file", ""))

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """GET. Where the server cannot pin the version that it sends, the body is fetched whole before it is handed on.

        A large body that the server cannot pin, or of which it sends no ranges, lies in a local file then: whatever is
        read of it later is of one version.
        """
        asked = {"Range": range_header(span), "If-Match": strong(if_version), "If-None-Match": tag_of(unless_version)}
        answer = self._ask("GET", key, {name: value for name, value in asked.items() if value})
        try:
            with self._translated(key):
                return self._download(key, answer, span, if_version, unless_version)
        except BaseException:
            later(answer.close)
            raise

    def stat(self, key: str) -> Stat:
        """HEAD; where the server refuses that or tells no length, a GET more, read to its end only for the length."""
        with self._translated(key):
            answer = self._head(key)
            if answer is None:
                self.also_sent("read")
                answer = self._ask("GET", key, {})
            try:
                stat = described(answer, key)
                known = stat.size != UNKNOWN
                return stat if known else replace(stat, size=sum(map(len, self._until_the_end(key, answer))))
            finally:
                later(answer.release)

    def _head(self, key: str) -> aiohttp.ClientResponse | None:
        try:
            answer = self._ask("HEAD", key, {})
        except errors.UnsupportedError as error:
            if isinstance(error.__cause__, aiohttp.ClientResponseError):
                return None
            raise
        if "Content-Length" in answer.headers:
            return answer
        later(answer.release)
        return None

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Refuse: nothing is written over HTTP."""
        raise self._read_only(key)

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """Refuse: HTTP knows no listing, and pages made for people differ from server to server."""
        reason = "no files are listed over HTTP; name each one, or keep their names in a file beside them"
        raise errors.UnsupportedError(reason, self._uri(prefix))

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """Refuse."""
        raise self._read_only(keys[0])

    def copy(self, source: str, target: str) -> bool:
        """Refuse."""
        raise self._read_only(target)

    def check_root(self) -> None:
        """A server has no buckets; one that is not there is found unreachable."""

    def _read_only(self, key: str) -> errors.UnsupportedError:
        return errors.UnsupportedError("files are read over HTTP, never written", self._uri(key))

    def _download(
        self,
        key: str,
        answer: aiohttp.ClientResponse,
        span: Span | None,
        if_version: str | None,
        unless_version: str | None,
    ) -> Download:
        stat = described(answer, key)
        if stat.version and stat.version == unless_version:
            raise NotModified  # a server that has no ETag, or does not look at it
        if if_version is not None and stat.version != if_version:
            raise errors.VersionChangedError("the object changed while it was read")
        if stat.size == UNKNOWN:
            return self._of_unknown_length(key, answer, stat, span)
        if span and span[0] >= stat.size:
            raise errors.RangeError(f"the range starts at {span[0]} of {stat.size} bytes")
        first, last = (span[0], min(stat.size, span[1] or stat.size)) if span else (0, stat.size)
        start, stop = place(answer, stat.size)
        if start > first or stop < last:
            raise errors.CorruptedError(
                f"the server sent bytes {start} to {stop} where {first} to {last} were asked for"
            )
        body = self._chunks(key, self._first(key, answer), stop - start, lambda: self._more(answer), answer.close)
        chunks = started(window(started(body), first - start, last - first))
        return Download(stat, last - first, chunks) if can_pin(answer, stat) else kept(stat, chunks)

    def _of_unknown_length(self, key: str, answer: aiohttp.ClientResponse, stat: Stat, span: Span | None) -> Download:
        first, last = span or (0, None)
        body = self._until_the_end(key, answer)
        found = kept(stat, window(body, first, sys.maxsize if last is None else last - first))
        if span and not found.length:
            raise errors.RangeError(f"the range starts at {first}, past the end")
        return found if span else replace(found, stat=replace(stat, size=found.length))

    def _until_the_end(self, key: str, answer: aiohttp.ClientResponse) -> Generator[bytes, None, None]:
        try:
            while chunk := self._first(key, answer):
                yield chunk
        finally:
            later(answer.close)

    def _first(self, key: str, answer: aiohttp.ClientResponse) -> bytes:
        with self._translated(key):
            return wait(self._more(answer), self._timeout)

    @staticmethod
    async def _more(answer: aiohttp.ClientResponse) -> bytes:
        return await read_block(answer.content.iter_any())

    def _ask(self, method: str, key: str, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """Return the head of an answer that is no refusal."""
        with self._translated(key):
            answer: aiohttp.ClientResponse = wait(self._send(self._connected(), method, key, headers), self._timeout)
            return answer

    async def _send(
        self, session: aiohttp.ClientSession, method: str, key: str, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Send one request, and one more for each redirect; the credentials go to the storage's own server only."""
        at = URL(f"{self._start}/{urllib.parse.quote(key)}", encoded=True)
        for redirects in range(MOST_REDIRECTS + 1):
            if redirects:
                self.also_sent("redirect")
            login = self._login if at.origin() == self._start.origin() else {}
            answer = await session.request(
                method, at, headers={**headers, **login}, allow_redirects=False, proxy=proxy_of(at)
            )
            if answer.status not in _REDIRECTS:
                return await accepted(answer)
            await finish(answer)
            at = target_of(at, answer.headers.get("Location", ""))
        raise errors.StorageError(f"the server redirected {MOST_REDIRECTS + 1} times")

    def _connect(self) -> aiohttp.ClientSession:
        return wait(self._open(), self._timeout)

    async def _open(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusted or True),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
        )
        return send_once(session)

    @staticmethod
    async def _disconnect(driver: Any) -> None:
        await driver.close()

    def _refusal(self, error: Exception, uri: str) -> Exception:
        return refusal_of(error, uri)

    def _headers(self, error: Exception) -> Mapping[str, str]:
        return getattr(error, "headers", None) or {}
