"""Google Cloud Storage: gcsfs makes the authorised session, the calls go to the JSON API itself.

Below gcsfs's calls, because they retry on their own for more than half a minute (34 s on a refused connection, measured
with 2026.10.1; the number is bound at import), ask for a bucket's kind over gRPC first, and answer from listings that
they remember.

A body is one request of any size (Google takes 5 TiB). A resumable session would lose less to a broken line, but cannot
be dropped at every server, and a chunk whose answer was lost may be there or not.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import google.auth.exceptions
from gcsfs.retry import HttpError

from .. import errors
from . import Body, Connection, Download, NotModified, Page, Span, Stat, Traits, started
from .answers import check_listing, check_range, class_of, is_marker, range_header, redirected, version_told, whole_size
from .gcs_bodies import batch, framed, new_sum, statuses, sum_of, sum_told, text_of
from .gcs_client import open_driver, send, token_redirected
from .loop import patience, read_block, wait
from .remote import RemoteEngine, closed_after_errors

_CODES: dict[str, type[errors.StorageError]] = {
    "rateLimitExceeded": errors.ThrottledError,
    "userRateLimitExceeded": errors.ThrottledError,
    "conditionNotMet": errors.VersionChangedError,
}
_NO_BUCKET = "bucket does not exist"
_PAGE = 1000


class GCSEngine(RemoteEngine):
    """One bucket of Google Cloud Storage, or of an emulator."""

    traits = Traits(single_put_limit=5 * 1024**4, delete_limit=100)

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._bucket = f"/storage/v1/b/{quote(self._root, safe='')}"
        # Google says whether object or bucket is missing; emulators say "Not Found".
        self.traits = replace(GCSEngine.traits, hides_root=("read", "head", "copy") if connection.endpoint_url else ())

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Objects: get, the content; a version is asked for by its generation, for emulators check no condition."""
        asked = _given(alt="media", generation=if_version, ifGenerationNotMatch=unless_version)
        headers = _given(Range=range_header(span)) | {"Accept-Encoding": "gzip"}
        try:
            answer, first = self._call(key, self._timeout, _open, "GET", self._object(key), asked, headers)
        except errors.NotFoundError as error:
            if if_version is None or isinstance(error, errors.RootNotFoundError):
                raise
            raise errors.VersionChangedError("the version is gone", error.filename) from error.__cause__
        with self._translated(key), closed_after_errors(answer.close):
            stat = _described(answer.headers)
            if stat.version == unless_version:
                raise NotModified
            length = int(answer.headers.get("Content-Length", stat.size))
            check_range(span, stat.size, length)
        chunks = self._chunks(key, first, length, lambda: read_block(answer.content.iter_any()), answer.close)
        expected = None if span else sum_told(answer.headers)
        return Download(stat, length, started(self._summed(key, started(chunks), length, expected)))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Objects: insert, with the sum that the server must find before the object becomes visible."""
        asked = _given(uploadType="multipart", name=key, ifGenerationMatch="0" if if_absent else if_version)
        described = {"metadata": dict(metadata or {}), "crc32c": sum_of(body)}
        deadline = patience(self._timeout, body)
        path = f"/upload{self._bucket}/o"
        try:
            headers, data = framed(described, body)
            told = self._call(key, deadline, _ask, "POST", path, asked, headers, data)
        except errors.VersionChangedError as error:
            if not if_absent:
                raise
            raise errors.AlreadyExistsError("the name is taken", error.filename) from error.__cause__
        except errors.NotFoundError as error:
            raise self._no_root(error) from error.__cause__
        with self._translated(key):
            return version_told(told.get("generation"))

    def stat(self, key: str) -> Stat:
        """Objects: get, the description."""
        asked = {"fields": "size,generation,updated,metadata"}
        told = self._call(key, self._timeout, _ask, "GET", self._object(key), asked)
        with self._translated(key):
            version = version_told(told.get("generation"))
            return Stat(int(told["size"]), version, _time(told["updated"]), told.get("metadata", {}))

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """Objects: list."""
        asked = _given(
            prefix=prefix or None,
            delimiter="/" if one_level else None,
            maxResults=str(limit or _PAGE),
            pageToken=after,
            fields="kind,items(name,size),prefixes,nextPageToken",
        )
        try:
            told = self._call(prefix, self._timeout, _ask, "GET", f"{self._bucket}/o", asked)
        except errors.NotFoundError as error:
            raise self._no_root(error) from error.__cause__
        check_listing(told, "kind", self._uri(prefix))
        entries = [(entry["name"], int(entry.get("size", 0))) for entry in told.get("items") or ()]
        return Page(
            [name for name, size in entries if not is_marker(name, size)],
            [name[:-1] for name in told.get("prefixes") or ()],
            told.get("nextPageToken") or None,
            [name for name, size in entries if is_marker(name, size)],
        )

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """Objects: delete for one key, a batch of them for more."""
        if len(keys) > 1:
            return self._delete_batch(keys)
        try:
            self._call(keys[0], self._timeout, _ask, "DELETE", self._object(keys[0]))
        except errors.RootNotFoundError:
            raise
        except errors.NotFoundError:
            pass
        return {}

    def copy(self, source: str, target: str) -> bool:
        """Objects: copy, within the bucket, metadata included."""
        path = f"{self._object(source)}/copyTo/b/{quote(self._root, safe='')}/o/{quote(target, safe='')}"
        self._call(source, self._timeout, _ask, "POST", path)
        return True

    def check_root(self) -> None:
        """Buckets: get."""
        try:
            self._call("", self._timeout, _ask, "GET", self._bucket, {"fields": "name"})
        except errors.NotFoundError as error:
            raise self._no_root(error) from error.__cause__

    def _delete_batch(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        headers, data = batch([self._object(key) for key in keys])
        kind, body = self._call(keys[0], self._timeout, _read, "POST", "/batch/storage/v1", {}, headers, data)
        with self._translated(keys[0]):
            told = list(zip(keys, statuses(kind, body), strict=True))
        return {
            key: class_of("", status, _CODES)(f"refused ({status})", self._uri(key))
            for key, status in told
            if status >= 300 and status != 404
        }

    def _summed(
        self, key: str, chunks: Iterator[bytes], length: int, expected: str | None
    ) -> Generator[bytes, None, None]:
        """Hand chunks on; of a whole body the last one only when the sum of all is what the server told."""
        found, received = new_sum(), 0
        try:
            yield b""
            for chunk in chunks:
                found.update(chunk)
                received += len(chunk)
                if expected and received >= length and text_of(found) != expected:
                    raise errors.CorruptedError(
                        "the bytes that arrived do not have the object's CRC32C", self._uri(key)
                    )
                yield chunk
        finally:
            chunks.close()  # type: ignore[attr-defined]

    def _object(self, key: str) -> str:
        return f"{self._bucket}/o/{quote(key, safe='')}"

    def _no_root(self, error: errors.NotFoundError) -> errors.RootNotFoundError:
        return errors.RootNotFoundError(f"there is no bucket {self._root!r}", error.filename)

    def _call(self, key: str, deadline: float, use: Any, method: str, path: str, *asked: Any) -> Any:
        with self._translated(key):
            return wait(use(self._connected(), method, path, *asked), deadline)

    def _connect(self) -> Any:
        return open_driver(self._connection)

    @staticmethod
    async def _disconnect(driver: Any) -> None:
        await driver.session.close()

    def _refusal(self, error: Exception, uri: str) -> Exception:
        return token_redirected(error, uri) or _refusal(error, uri)

    def _headers(self, error: Exception) -> Mapping[str, str]:
        told = error._error_response if isinstance(error, HttpError) else {}
        return told.get("headers") or {}


async def _open(driver: Any, *asked: Any) -> tuple[aiohttp.ClientResponse, bytes]:
    """Send a request; return the answer and the first block of its body."""
    answer = await send(driver, *asked)
    try:
        return answer, await read_block(answer.content.iter_any())
    except BaseException:
        answer.close()
        raise


async def _read(driver: Any, *asked: Any) -> tuple[str, bytes]:
    """Send a request; return type and bytes of the answer."""
    async with await send(driver, *asked) as answer:
        return answer.headers.get("Content-Type", ""), await answer.read()


async def _ask(driver: Any, method: str, path: str, query: Any = None, headers: Any = None, data: Any = None) -> Any:
    """Send a request; return the JSON of the answer."""
    _, body = await _read(driver, method, path, query or {}, headers or {}, data)
    return json.loads(body) if body.strip() else {}


def _refusal(error: Exception, uri: str) -> Exception:
    """Return the layer's error, or the answer NotModified, for a driver's."""
    if isinstance(error, HttpError) and not isinstance(error.__cause__, google.auth.exceptions.RefreshError):
        return _refused(error._error_response, uri)
    if isinstance(error, google.auth.exceptions.DefaultCredentialsError):
        return errors.AccessDeniedError(
            "no credentials were found; set GOOGLE_APPLICATION_CREDENTIALS to the path of a service account's key "
            "file, or run `gcloud auth application-default login`",
            uri,
        )
    if isinstance(error, google.auth.exceptions.TransportError):
        return errors.UnreachableError(f"the token's server cannot be reached: {error}", uri)
    if isinstance(error, HttpError | google.auth.exceptions.GoogleAuthError):
        return errors.AccessDeniedError(f"no access token: {error.__cause__ or error}", uri)
    if isinstance(error, aiohttp.ClientResponseError):
        # Its words hold the proxy's address, with its login; of the answer the first line is enough.
        words = error.message.partition("\n")[0]
        return errors.UnreachableError(f"the connection failed: {error.status} {words}", uri)
    if isinstance(error, asyncio.TimeoutError):
        return errors.DeadlineError("the server did not answer in time", uri)
    if isinstance(error, aiohttp.ClientError | OSError):
        return errors.UnreachableError(f"the connection failed: {error}", uri)
    return errors.StorageError(f"{type(error).__name__}: {error}", uri)


def _refused(told: Mapping[str, Any], uri: str) -> Exception:
    status, message, reason = told["code"], told["message"], told.get("reason", "")
    if status == 304:
        return NotModified()
    if 300 <= status < 400:
        return redirected(status, told["headers"].get("location", ""), "STORAGE_EMULATOR_HOST", uri)
    kind = errors.RootNotFoundError if _NO_BUCKET in message else class_of(reason, status, _CODES)
    return kind(f"{message or 'refused'} ({reason or status})", uri)


def _described(headers: Mapping[str, str]) -> Stat:
    size = whole_size(headers.get("Content-Range", ""), headers.get("X-Goog-Stored-Content-Length", "0"))
    modified = headers.get("Last-Modified")
    return Stat(
        size, version_told(headers.get("X-Goog-Generation")), parsedate_to_datetime(modified) if modified else None
    )


def _time(text: str) -> datetime:
    """Read a time of RFC 3339 with any number of decimals; Python 3.10 takes three or six."""
    found = re.fullmatch(r"(.{19})(?:\.(\d+))?(.+)", text)
    if not found:
        raise ValueError(f"{text!r} is no time")
    zone = found[3].replace("Z", "+00:00")
    return datetime.fromisoformat(f"{found[1]}.{(found[2] or '')[:6]:0<6}{zone}").astimezone(timezone.utc)


def _given(**asked: str | None) -> dict[str, str]:
    return {name: value for name, value in asked.items() if value is not None}
