"""Azure Blob Storage and Azurite: adlfs makes the client, the calls go to the client itself.

Below adlfs's calls, because they retry on their own for more than a minute (81.7 s on a refused connection, measured
with 2026.8.0), publish when the body of a `with` raises, and answer from listings that they remember. Reading goes one
step further down, to the SDK's generated operation: the SDK's own reader asks twice for an empty blob.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import BlobBlock, BlobProperties
from azure.storage.blob._generated.models import ModifiedAccessConditions
from azure.storage.blob.aio import BlobPrefix

from .. import errors
from . import TOKEN as TOKEN_KEY
from . import Body, Download, Page, Span, Stat, Traits, Upload, directory_shown, started
from .answers import check_range, is_marker, no_listing, range_header, version_told, whole_size
from .azure_client import PlainBoundary, open_driver
from .azure_errors import headers_of, kept, refusal_of
from .loop import patience, read_block, size_of, wait
from .remote import RemoteEngine, Send, closed_after_errors
from .sessions import set_switch

_ONE_REQUEST = {"retry_total": 0, "permit_redirects": False, "logging_enable": False}
"""Options of every call: it is sent once, and to the server that it is signed for."""


class AzureEngine(RemoteEngine):
    """One container of one storage account."""

    traits = Traits(
        has_parts=True,
        begin_sends=False,
        single_put_limit=5000 * 1024**2,
        copies_directories=True,
        delete_limit=256,
    )

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Get Blob; the first block arrives with the answer, the rest as it is asked for."""
        conditions = ModifiedAccessConditions(if_match=if_version, if_none_match=unless_version)
        try:
            headers, first, rest = self._call(key, self._timeout, self._get, span, conditions)
        except errors.RangeError as error:
            self._check_empty(key, error)
            raise

        def drop() -> object:
            return asyncio.ensure_future(rest.response.close())

        with self._translated(key), closed_after_errors(drop):
            stat, length = _described(headers), int(headers["Content-Length"])
            if span and span[0] >= stat.size:
                # Azurite (3.35.0) answers 206 with no bytes where the range starts at the very end.
                raise errors.RangeError(f"the range starts at {span[0]} of {stat.size} bytes")
            check_range(span, stat.size, length)
        chunks = self._chunks(key, first, length, lambda: read_block(rest), drop)
        return Download(stat, length, started(chunks))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Put Blob."""
        match = {"etag": if_version, "match_condition": MatchConditions.IfNotModified} if if_version else {}

        async def send(blob: Any) -> Any:
            return await blob.upload_blob(
                body,
                length=size_of(body),
                overwrite=not if_absent,
                metadata=metadata,
                **match,
                **_ONE_REQUEST,
            )

        answer = self._call(key, patience(self._timeout, body), send)
        return str(answer["etag"])

    def stat(self, key: str) -> Stat:
        """Get Blob Properties."""

        async def send(blob: Any) -> Any:
            return await blob.get_blob_properties(**_ONE_REQUEST)

        found: BlobProperties = self._call(key, self._timeout, send)
        with self._translated(key):
            version = version_told(found.etag)
            _refuse_directory(found.metadata or {}, found.size)
        copying = found.copy.status
        return Stat(
            found.size,
            version,
            found.last_modified,
            found.metadata or {},
            complete=copying != "pending",
            abandoned=copying in ("failed", "aborted"),
        )

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """List Blobs."""

        async def send(container: Any) -> Page:
            walk = container.walk_blobs if one_level else container.list_blobs
            options = {"results_per_page": limit, "include": ["metadata"], **_ONE_REQUEST}
            pages = walk(name_starts_with=prefix or None, **options).by_page(after)
            try:
                entries = [entry async for entry in await anext(pages)]
            except AttributeError as error:  # the SDK does not look whether there are any
                raise no_listing("Blobs", self._uri(prefix)) from error
            if not pages.service_endpoint:
                raise no_listing("ServiceEndpoint", self._uri(prefix))
            blobs = [entry for entry in entries if not isinstance(entry, BlobPrefix)]
            return Page(
                [blob.name for blob in blobs if not _is_directory(blob)],
                [entry.name[:-1] for entry in entries if isinstance(entry, BlobPrefix)],
                pages.continuation_token or None,
                [blob.name for blob in blobs if _is_directory(blob)],
            )

        page: Page = self._call(prefix, self._timeout, send, whole=True)
        return page

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """Delete Blob for one key, Blob Batch for more."""
        if len(keys) > 1:
            stayed: Mapping[str, errors.StorageError] = self._call(
                keys[0], self._timeout, self._delete_batch, keys, whole=True
            )
            return stayed

        async def send(blob: Any) -> None:
            await blob.delete_blob(**_ONE_REQUEST)

        try:
            self._call(keys[0], self._timeout, send)
        except errors.RootNotFoundError:
            raise
        except errors.NotFoundError:
            pass
        return {}

    def copy(self, source: str, target: str) -> bool:
        """Copy Blob within the account; large copies go on after the answer."""

        async def send(container: Any) -> Any:
            origin = container.get_blob_client(source).url
            return await container.get_blob_client(target).start_copy_from_url(origin, **_ONE_REQUEST)

        return bool(self._call(source, self._timeout, send, whole=True)["copy_status"] == "success")

    def check_root(self) -> None:
        """Get Container Properties."""

        async def send(container: Any) -> None:
            await container.get_container_properties(**_ONE_REQUEST)

        self._call("", self._timeout, send, whole=True)

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        """Choose the names of the blocks: nothing is sent until the first of them."""
        return Upload(key, metadata[TOKEN_KEY], metadata[TOKEN_KEY])

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        """Put Block."""
        name = f"{upload.ident}-{number:06}"

        async def send(blob: Any) -> None:
            await blob.stage_block(name, body, length=len(body), **_ONE_REQUEST)

        self._call(upload.key, patience(self._timeout, body), send)
        return name

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        """Put Block List."""
        blocks = [BlobBlock(block_id=tag) for tag in tags]

        async def send(blob: Any) -> Any:
            return await blob.commit_block_list(blocks, metadata={TOKEN_KEY: upload.token}, **_ONE_REQUEST)

        return str(self._call(upload.key, self._timeout, send)["etag"])

    def abort(self, upload: Upload) -> None:
        """Leave the blocks to the server, which drops uncommitted ones after a week: there is no request for it."""

    def _check_empty(self, key: str, error: errors.RangeError) -> None:
        """Raise NotFoundError where a blob without bytes, of which no range was there, stands for a directory."""
        if headers_of(error.__cause__).get("Content-Range", "*/0").endswith("/0"):
            self.also_sent("head")
            self.stat(key)

    async def _get(
        self, blob: Any, span: Span | None, conditions: ModifiedAccessConditions
    ) -> tuple[Mapping[str, str], bytes, AsyncIterable[bytes]]:
        response, stream = await blob._client.blob.download(
            range=range_header(span),
            modified_access_conditions=conditions,
            decompress=False,  # what is stored, whatever its Content-Encoding says of it
            cls=lambda answer, stream, _: (answer.http_response, stream),
            **_ONE_REQUEST,
        )
        return response.headers, await read_block(stream), stream

    async def _delete_batch(self, container: Any, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        set_switch(container, "_pipeline", PlainBoundary(container._pipeline))
        answers = await container.delete_blobs(*keys, raise_on_any_failure=False, **_ONE_REQUEST)
        told = zip(keys, [answer async for answer in answers], strict=True)
        return {key: self._kept(key, answer) for key, answer in told if answer.status_code not in (202, 404)}

    def _kept(self, key: str, answer: Any) -> errors.StorageError:
        """Return the error for a part of a batch's answer."""
        code = answer.headers.get("x-ms-error-code", "")
        return kept(code, answer.status_code, answer.reason, self._uri(key))

    def _call(self, key: str, deadline: float, send: Send, *asked: Any, whole: bool = False) -> Any:
        """Wait for `send` with the client of one blob, or of the whole container."""
        with self._translated(key):
            container = self._connected().service_client.get_container_client(self._root)
            return wait(send(container if whole else container.get_blob_client(key), *asked), deadline)

    def _connect(self) -> Any:
        return open_driver(self._connection, self.traits.single_put_limit)

    @staticmethod
    async def _disconnect(driver: Any) -> None:
        async with contextlib.AsyncExitStack() as each:
            each.push_async_callback(driver.service_client.close)
            if hasattr(driver.credential, "close"):  # it has a session of its own
                each.push_async_callback(driver.credential.close)

    def _refusal(self, error: Exception, uri: str) -> Exception:
        return refusal_of(error, uri)

    def _headers(self, error: Exception) -> Mapping[str, str]:
        return headers_of(error)


def _described(headers: Mapping[str, str]) -> Stat:
    size = whole_size(headers.get("Content-Range", ""), headers["Content-Length"])
    prefix = "x-ms-meta-"
    metadata = {name[len(prefix) :]: value for name, value in headers.items() if name.lower().startswith(prefix)}
    _refuse_directory(metadata, size)
    return Stat(size, version_told(headers.get("ETag")), None, metadata)


def _is_directory(blob: BlobProperties) -> bool:
    return is_marker(blob.name, blob.size) or _tells_directory(blob.metadata or {}, blob.size)


def _tells_directory(metadata: Mapping[str, str | None], size: int) -> bool:
    """Say whether a blob stands for a directory, as Hadoop, AzCopy and accounts with real directories mark them."""
    marks = [value for name, value in metadata.items() if name.lower() == "hdi_isfolder"]
    return not size and any((value or "").lower() == "true" for value in marks)


def _refuse_directory(metadata: Mapping[str, str | None], size: int) -> None:
    if _tells_directory(metadata, size):
        raise directory_shown()
